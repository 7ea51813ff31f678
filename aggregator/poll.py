"""Owns one round of polling: sources → fetch → parse → ingest → next poll. A bad source costs that source only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aggregator.errors import UnreadableFeedError
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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from aggregator.ingest import IngestRules
    from aggregator.model import FetchResult, Parsed, Source
    from aggregator.store import Store, Transaction

    Fetch = Callable[[Iterable[FetchRequest]], Iterator[FetchResult]]

_EXCERPT = 2048  # characters of an unreadable document that quarantine keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """What a round of polling needs from outside: the network, the clock, chance, and what the operator declared."""

    store: Store
    fetch: Fetch
    rules: IngestRules
    clock: Callable[[], datetime]
    chance: Callable[[], float]


def poll(sources: Sequence[Source], world: Polling) -> Iterator[tuple[Source, Poll]]:
    """Bring *sources* up to date and yield each as it is done, in the order in which servers answer.

    Each source is one transaction: entries, validators, poll row and next poll together, or nothing.

    Raises:
        StoreError: the store cannot be written; what was yielded before is stored.
    """
    by_url = {source.subscription.url: source for source in sources}
    for result in world.fetch([FetchRequest(url=url, validators=source.validators) for url, source in by_url.items()]):
        source = by_url[result.url]
        yield source, _conclude(source, result, world)


def _conclude(source: Source, result: FetchResult, world: Polling) -> Poll:
    now = world.clock()
    match result:
        case FetchFailure():
            return _failed(source, _poll(source, result, now), Remark(code=result.code, message=result.message), world)
        case NotModified():
            same = replace(_poll(source, result, now), outcome=PollOutcome.NOT_MODIFIED)
            return _unchanged(source, same, source.validators, world)
        case Document():
            return _read(source, result, now, world)


def _read(source: Source, document: Document, now: datetime, world: Polling) -> Poll:
    started = _poll(source, document, now)
    digest = hashlib.blake2b(document.body, digest_size=16).digest()
    if digest == source.document_digest:
        return _unchanged(source, replace(started, outcome=PollOutcome.SAME_DOCUMENT), document.validators, world)
    try:
        parsed = parse(
            document.body,
            content_type=document.content_type,
            base_url=document.final_url,
            content_language=document.content_language,
        )
    except UnreadableFeedError as error:
        excerpt = document.body[:_EXCERPT].decode("utf-8", "replace")
        reject = Reject(place="document", code=error.code, message=str(error), raw=excerpt)
        return _failed(source, started, Remark(code=error.code, message=str(error)), world, reject)
    return _stored(source, started, parsed, (document, digest), world)


def _stored(source: Source, started: Poll, parsed: Parsed, fetched: tuple[Document, bytes], world: Polling) -> Poll:
    document, digest = fetched
    prepared = prepare_document(parsed, source, world.rules, base_url=document.final_url)
    # What may be incomplete is not vouched for: the next fetch is unconditional and reads all of it again.
    cut = parsed.flaw is not None and parsed.flaw.code == "truncated"
    with world.store.write() as tx:
        done = replace(started, tally=ingest(tx, source, prepared, world.rules, started.started_at), remark=parsed.flaw)
        tx.sources.learn(source, parsed.provenance)
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
