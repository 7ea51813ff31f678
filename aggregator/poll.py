"""Owns one round of polling: sources → fetch → parse → ingest → next poll. A bad source costs that source only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.errors import UnreadableFeedError, WorkerError
from aggregator.ingest import ingest, prepare_document
from aggregator.model import (
    Document,
    FetchFailure,
    FetchRequest,
    NotModified,
    Poll,
    PollOutcome,
    Reject,
    Remark,
    Tally,
    Validators,
)
from aggregator.parse import parse
from aggregator.schedule import next_poll
from aggregator.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from datetime import datetime

    from aggregator.ingest import IngestRules, Prepared
    from aggregator.model import FetchResult, Provenance, Source
    from aggregator.store import Store, Transaction

    Fetch = Callable[[Iterable[FetchRequest]], Iterator[FetchResult]]

_EXCERPT = 2048  # characters of an unreadable document that quarantine keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """What a round of polling needs from outside: the network, the clock, chance, and what the operator declared.

    *parse_timeout* is the wall time that reading and cleaning one document may take.
    """

    store: Store
    fetch: Fetch
    rules: IngestRules
    clock: Callable[[], datetime]
    chance: Callable[[], float]
    parse_timeout: timedelta = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that is kept of a document: its entries clean and identified, what it says of itself, and its flaw if it has one."""

    prepared: Prepared
    provenance: Provenance
    flaw: Remark | None


def poll(sources: Sequence[Source], world: Polling) -> Generator[tuple[Source, Poll], None, None]:
    """Bring *sources* up to date and yield each as it is done, in the order in which servers answer.

    Each source is one transaction: entries, validators, poll row and next poll together, or nothing. Documents are read in a
    worker process, which ends with the round; close the generator to end it early.

    Raises:
        StoreError: the store cannot be written; what was yielded before is stored.
    """
    by_url = {source.subscription.url: source for source in sources}
    requests = [FetchRequest(url=url, validators=source.validators) for url, source in by_url.items()]
    with Workers(timeout=world.parse_timeout) as workers:
        for result in world.fetch(requests):
            source = by_url[result.url]
            yield source, _conclude(source, result, world, workers)


def read_document(document: Document, source: Source, rules: IngestRules) -> Reading | Remark:
    """Parse, clean and identify a document, in a worker process; a remark says why it cannot be read."""
    try:
        parsed = parse(
            document.body,
            content_type=document.content_type,
            base_url=document.final_url,
            content_language=document.content_language,
        )
    except UnreadableFeedError as error:
        return Remark(code=error.code, message=str(error))
    prepared = prepare_document(parsed, source, rules, base_url=document.final_url)
    return Reading(prepared=prepared, provenance=parsed.provenance, flaw=parsed.flaw)


def _conclude(source: Source, result: FetchResult, world: Polling, workers: Workers) -> Poll:
    started = _poll(source, result, world.clock())
    match result:
        case FetchFailure():
            return _failed(source, started, Remark(code=result.code, message=result.message), world)
        case NotModified():
            return _unchanged(source, replace(started, outcome=PollOutcome.NOT_MODIFIED), source.validators, world)
        case Document():
            return _received(source, started, result, world, workers)


def _received(source: Source, started: Poll, document: Document, world: Polling, workers: Workers) -> Poll:
    digest = hashlib.blake2b(document.body, digest_size=16).digest()
    if digest == source.document_digest:
        return _unchanged(source, replace(started, outcome=PollOutcome.SAME_DOCUMENT), document.validators, world)
    try:
        reading = workers.run(read_document, document, source, world.rules)
    except WorkerError as error:
        reading = Remark(code="too-expensive", message=f"reading the document was given up: {error}")
    if isinstance(reading, Remark):
        excerpt = document.body[:_EXCERPT].decode("utf-8", "replace")
        reject = Reject(place="document", code=reading.code, message=reading.message, raw=excerpt)
        return _failed(source, started, reading, world, reject)
    # What may be incomplete is not vouched for: the next fetch is unconditional and reads all of it again.
    cut = reading.flaw is not None and reading.flaw.code == "truncated"
    with world.store.write() as tx:
        tally = ingest(tx, source, reading.prepared, world.rules, started.started_at)
        done = replace(started, tally=tally, remark=reading.flaw)
        tx.quarantine.forget(source, {"document"})  # an unreadable document is no trouble any more once it is a feed again
        tx.sources.learn(source, reading.provenance)
        _record(tx, source, done, world, Validators() if cut else document.validators, None if cut else digest)
    return done


def _unchanged(source: Source, done: Poll, validators: Validators, world: Polling) -> Poll:
    # A flaw of the document that is still the same is still a flaw.
    done = replace(done, remark=source.error if source.failures == 0 else None)
    with world.store.write() as tx:
        _record(tx, source, done, world, validators, source.document_digest)
    return done


def _failed(source: Source, started: Poll, remark: Remark, world: Polling, reject: Reject | None = None) -> Poll:
    done = replace(started, outcome=PollOutcome.FAILED, remark=remark)
    with world.store.write() as tx:
        if reject is not None:
            tx.quarantine.add(source, reject, done.started_at)
        # What we hold is still what the last good document said, so its validators still vouch for it.
        _record(tx, source, done, world, source.validators, source.document_digest)
    return done


def _record(tx: Transaction, source: Source, done: Poll, world: Polling, validators: Validators, digest: bytes | None) -> None:
    failures = source.failures + 1 if done.outcome is PollOutcome.FAILED else 0
    due = next_poll(
        done.started_at, interval=source.subscription.interval, failures=failures, randomness=world.chance()
    )  # fmt: skip
    tx.sources.record(source, done, next_poll=due, validators=validators, digest=digest)


def _poll(source: Source, result: FetchResult, now: datetime) -> Poll:
    return Poll(
        source_id=source.id,
        started_at=now,
        outcome=PollOutcome.READ,
        tally=Tally(),
        status=result.status,
        final_url=result.final_url,
        wire_bytes=result.wire_bytes,
        fetch_s=result.duration.total_seconds(),
    )
