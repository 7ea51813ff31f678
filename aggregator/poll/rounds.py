"""Owns the shell of a round: results come in as servers answer, conclusions are written, rows go out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from xxhash import xxh3_128_digest

from aggregator.errors import AccessError
from aggregator.model import (
    Access,
    Document,
    FetchFailure,
    Freshness,
    Memory,
    NotModified,
    Poll,
    PollOutcome,
    Reject,
    Remark,
    Tally,
    Validators,
)
from aggregator.model.guarding import SWAPPED
from aggregator.poll import conclusions, outages
from aggregator.poll.moves import moved
from aggregator.poll.reader import Reader
from aggregator.poll.requests import request_for
from aggregator.schedule import pulse_of, worth_keeping

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from datetime import datetime

    from aggregator.ingest import Admission
    from aggregator.model import Appearance, Conclusion, FetchRequest, FetchResult, Move, PollState, Source
    from aggregator.poll.reading import Reading
    from aggregator.poll.world import Polling
    from aggregator.store import Transaction

_EXCERPT = 2048  # characters of an unreadable document that quarantine keeps
# Polls that brought no entries are written so many at a time: a transaction costs more than what is in it.
_TOGETHER = 200


def poll(sources: Sequence[Source], world: Polling) -> Generator[tuple[Source, Poll], None, None]:
    """Bring *sources* up to date and yield each once it is stored, about in the order in which servers answer.

    Each source's entries, validators, memory of seen items, poll row and next poll are one transaction. The disk has them all
    at the end: what a power cut takes back before, validators included, is asked for again. A worker process that reads
    documents ends with the round; close the generator to end it early: what was yielded is stored.

    Raises:
        StoreError: the store cannot be written; what was yielded before is stored.
    """
    with world.store.settled(), Reader(world.rules, timeout=world.parse_timeout) as reader:
        for some in _apart(sources):
            ongoing = _Round(some, world, reader)
            for result in world.fetch(ongoing.requests()):
                ongoing.take(result)
                yield from ongoing.written(_TOGETHER)
            ongoing.judge_the_held()
            yield from ongoing.written(1)


def _apart(sources: Sequence[Source]) -> Iterator[Sequence[Source]]:
    """Part sources that are polled at one address, so that each answer is one source's.

    There are such if somebody subscribes to the address that another feed has moved to.
    """
    left = sources
    while left:
        first: dict[str, Source] = {}
        for source in left:
            first.setdefault(source.poll_url, source)
        yield tuple(first.values())
        left = [source for source in left if first[source.poll_url] is not source]


class _Held(Struct, frozen=True, kw_only=True):
    """A failure that is judged at the end of the round, when we know how the others fared. *page* is what came, if anything."""

    source: Source
    poll: Poll
    failure: Remark
    freshness: Freshness
    page: bytes | None = None
    reject: Reject | None = None


class _Ended(Struct, frozen=True, kw_only=True):
    """A poll that brought no entries, to be written together with others."""

    conclusion: Conclusion
    reject: Reject | None = None
    move: Move | None = None


class _Round:
    """What is known and not yet written in the middle of a round."""

    def __init__(self, sources: Sequence[Source], world: Polling, reader: Reader) -> None:
        self._world = world
        self._reader = reader
        self._by_url = {source.poll_url: source for source in sources}
        self._answers = 0
        self._held: list[_Held] = []
        self._ended: list[_Ended] = []
        self._rows: list[tuple[Source, Poll]] = []

    def requests(self) -> Iterator[FetchRequest]:
        """Yield what to ask for."""
        now = self._world.clock()
        for source in self._by_url.values():
            find = self._world.access.get(source.subscription.url)
            try:
                access = find() if find else Access()
            except AccessError as error:
                refused = Poll(source_id=source.id, started_at=now, outcome=PollOutcome.FAILED)
                self._fail(source, refused, Remark(code="no-access", message=str(error)), Freshness())
                continue
            yield request_for(source, access, now)

    def take(self, result: FetchResult) -> None:
        """Take what came of one request."""
        source = self._by_url[result.url]
        begun = conclusions.begun(source, result, self._world.clock())
        self._answers += result.status is not None
        match result:
            case FetchFailure(code=code) if code in outages.UNREACHED:
                remark = Remark(code=code, message=result.message)
                self._held.append(_Held(source=source, poll=begun, failure=remark, freshness=result.freshness))
            case FetchFailure(code=outages.SAYS_SO):
                self._ended.append(_Ended(conclusion=conclusions.blameless(source, begun, outages.PORTAL, self._world)))
            case FetchFailure():
                self._fail(source, begun, Remark(code=result.code, message=result.message), result.freshness)
            case NotModified():
                self._confirm(source, replace(begun, outcome=PollOutcome.NOT_MODIFIED), result, source.validators)
            case Document():
                self._receive(source, begun, result)

    def judge_the_held(self) -> None:
        """Decide whose fault the failures were that came before the others were known."""
        ours = dict(outages.portals((held.source, held.page) for held in self._held if held.page is not None))
        unreached = [held.source for held in self._held if held.page is None]
        if outages.is_cut_off(unreached, self._answers):
            ours.update({source.id: outages.NO_NETWORK for source in unreached})
        for held in self._held:
            if held.poll.outcome is PollOutcome.PUSHED:
                self._ended.append(
                    _Ended(conclusion=conclusions.unheard(held.source, held.poll, held.failure), reject=held.reject)
                )
            elif (remark := ours.get(held.source.id)) and outages.is_excused(held.source, held.poll.started_at):
                self._ended.append(_Ended(conclusion=conclusions.blameless(held.source, held.poll, remark, self._world)))
            else:
                self._fail(held.source, held.poll, held.failure, held.freshness, held.reject)
        self._held.clear()

    def written(self, enough: int) -> Iterator[tuple[Source, Poll]]:
        """Write what has ended if there is *enough* of it, and yield the rows of all that is written."""
        if len(self._ended) >= enough:
            with self._world.store.write_behind() as tx:
                self._write(tx, self._ended)
            self._ended.clear()
        rows, self._rows = self._rows, []
        yield from rows

    def _fail(self, source: Source, begun: Poll, remark: Remark, freshness: Freshness, reject: Reject | None = None) -> None:
        concluded = conclusions.failed(source, begun, remark, freshness, self._world)
        self._ended.append(_Ended(conclusion=concluded, reject=reject))

    def _confirm(self, source: Source, done: Poll, result: NotModified | Document, validators: Validators) -> None:
        """Note that a source says what it said before."""
        # A flaw of the document that is still the same is still a flaw; what was wrong with others since then is none.
        is_flaw = source.polled_at == source.succeeded_at and source.error is not None and source.error.code != SWAPPED
        done = replace(done, remark=source.error if is_flaw else None)
        state, move = self._moved(source, done, result)
        whole_at = done.started_at if isinstance(result, Document) else state.document_at
        state = replace(state, freshness=result.freshness, document_at=whole_at)
        concluded = conclusions.succeeded(
            source, done, self._world, state=state, validators=validators, digest=source.document_digest
        )  # fmt: skip
        self._ended.append(_Ended(conclusion=concluded, move=move))

    def _receive(self, source: Source, begun: Poll, document: Document) -> None:
        digest = xxh3_128_digest(document.body)  # who finds two documents of one digest deceives nobody but himself
        if digest == source.document_digest:
            same = begun if document.is_pushed else replace(begun, outcome=PollOutcome.SAME_DOCUMENT)
            self._confirm(source, same, document, document.validators)
            return
        with self._world.store.read() as tx:
            memory = tx.memories.find(source)
        reading = self._reader.read(document, source, memory.seen_items)
        if isinstance(reading, Remark):
            excerpt = document.body[:_EXCERPT].decode("utf-8", "replace")
            reject = Reject(place="document", code=reading.code, message=reading.message, raw=excerpt)
            held = _Held(
                source=source, poll=begun, failure=reading, freshness=document.freshness, page=digest, reject=reject
            )  # fmt: skip
            self._held.append(held)
            return
        self._store(source, begun, document, reading, memory, digest)

    def _store(
        self, source: Source, begun: Poll, document: Document, reading: Reading, memory: Memory, digest: bytes
    ) -> None:  # fmt: skip
        from aggregator import delta  # noqa: PLC0415 - as below
        from aggregator.ingest import Told, ingest_document  # noqa: PLC0415 - only where something changed, see Reader

        now, known = begun.started_at, source.state
        # What may be incomplete is not vouched for: the next fetch is unconditional and reads all of it again. So it is with what
        # is not believed, since it will be once it has been the same for long enough.
        cut = reading.flaw is not None and reading.flaw.code == "truncated"
        state, move = self._moved(source, begun, document)
        with self._world.store.write_behind() as tx:
            # of a feed that sends only what is new, all else that we have of it is still there
            unsent = tx.sources.find(source.subscription.url).entry_count if document.is_delta else 0
            told = Told(provenance=reading.provenance, left_out=reading.left_out + unsent)
            admission = ingest_document(tx, source, reading.prepared, self._world.rules, told, now)
            tally = admission.tally + Tally(seen=reading.left_out, unchanged=reading.left_out)
            done = replace(begun, tally=tally, remark=reading.flaw or _held_back(admission))
            if admission.is_strange:
                heard = replace(state, freshness=document.freshness)
                self._write(tx, [self._strange(source, done, heard, move)])
                return
            tx.sources.learn(source, reading.provenance)
            appearances = self._appearances(tx, source, memory, now) if tally.new else memory.appearances
            # what is held is read again, so that it is found to be held still, or to have been released
            seen_items = memory.seen_items if document.is_delta or admission.held else reading.seen_items
            if doubted := admission.doubted:
                seen_items = delta.without(seen_items, doubted)
            if (to_keep := Memory(seen_items=seen_items, appearances=appearances)) != memory:
                tx.memories.keep(source, to_keep)
            state = replace(
                state,
                hints=reading.hints,
                freshness=document.freshness,
                document_at=known.document_at if document.is_delta else now,
                imported_at=known.imported_at or now,
                pulse=pulse_of(appearances, known.imported_at or now, now, self._world.pace) if tally.new else known.pulse,
                offer=known.offer if document.is_pushed else reading.offer,
            )
            concluded = conclusions.succeeded(
                source,
                done,
                self._world,
                state=state,
                validators=Validators() if cut or doubted else document.validators,
                digest=None if cut or doubted or document.is_delta else digest,
            )
            self._write(tx, [_Ended(conclusion=concluded, move=move)])

    def _strange(self, source: Source, done: Poll, state: PollState, move: Move | None) -> _Ended:
        """Conclude a poll that brought another feed's document: what we have is still what the source said last."""
        concluded = conclusions.succeeded(
            source, done, self._world, state=state, validators=source.validators, digest=source.document_digest
        )  # fmt: skip
        return _Ended(conclusion=concluded, move=move)

    def _appearances(self, tx: Transaction, source: Source, memory: Memory, now: datetime) -> tuple[Appearance, ...]:
        every = (*memory.appearances, *tx.sources.appearances(source, now))
        return worth_keeping(every, source.state.imported_at or now, self._world.pace)

    def _moved(self, source: Source, done: Poll, result: NotModified | Document) -> tuple[PollState, Move | None]:
        if done.outcome is PollOutcome.PUSHED:
            return source.state, None  # nobody was asked where the feed is
        if not done.hops:
            return moved(source, (), result.final_url, done.started_at, frozenset())
        with self._world.store.read() as tx:
            others = {
                url for other in tx.sources.all() if other.id != source.id for url in (other.subscription.url, other.poll_url)
            }
            undone = {move.to_url for move in tx.sources.moves(source) if move.undone_at is not None}
        return moved(source, done.hops, result.final_url, done.started_at, others | undone)

    def _write(self, tx: Transaction, polls: Sequence[_Ended]) -> None:
        tx.sources.conclude([ended.conclusion for ended in polls])
        for ended in polls:
            source = ended.conclusion.source
            if ended.reject is not None:
                tx.quarantine.add(source, ended.reject, ended.conclusion.poll.started_at)
            elif ended.conclusion.poll.outcome is not PollOutcome.FAILED and source.error is not None:
                tx.quarantine.forget(source, {"document"})  # an unreadable one is no trouble any more once the feed is back
            if ended.move is not None:
                tx.sources.move(source, ended.move)
            self._rows.append((source, ended.conclusion.poll))


def _held_back(admission: Admission) -> Remark | None:
    """Say in a poll's remark that some of its items are held; what was dropped is no news."""
    held = [reason for _, reason in admission.held if not reason.dropped]
    if not held:
        return None
    if admission.is_strange:
        return Remark(code=held[0].code, message=held[0].message)
    number = f"{len(held)} item{' is' if len(held) == 1 else 's are'}"
    return Remark(code=held[0].code, message=f"{number} held back: `aggregator quarantine list` tells why")
