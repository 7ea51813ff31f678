"""Owns what is written at the end of a poll, by its outcome. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from aggregator.model import (
    Conclusion,
    Document,
    Freshness,
    NextPoll,
    Poll,
    PollOutcome,
    PollState,
    Remark,
    Standing,
    Tally,
    Validators,
)
from aggregator.schedule import plan_poll

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model import FetchResult, Source
    from aggregator.poll.world import Polling


def begun(source: Source, result: FetchResult, now: datetime) -> Poll:
    """Return the row of a poll as far as the fetch tells."""
    return Poll(
        source_id=source.id,
        started_at=now,
        outcome=PollOutcome.PUSHED if isinstance(result, Document) and result.is_pushed else PollOutcome.READ,
        tally=Tally(),
        status=result.status,
        final_url=result.final_url,
        hops=result.hops,
        wire_bytes=result.wire_bytes,
        fetch_s=result.duration.total_seconds(),
    )


def succeeded(
    source: Source, poll: Poll, world: Polling, *, state: PollState, validators: Validators, digest: bytes | None
) -> Conclusion:
    """Conclude a poll that brought a document, or the word that it is still the same."""
    plan = _plan(source, poll, world, state=state, freshness=state.freshness, failures=0)
    return Conclusion(
        source=source, poll=poll, next_poll=plan, validators=validators, digest=digest, state=state, failures=0
    )  # fmt: skip


def failed(source: Source, poll: Poll, remark: Remark, freshness: Freshness, world: Polling) -> Conclusion:
    """Conclude a poll that brought nothing.

    What we hold is still what the last good document said, so its validators still vouch for it.
    """
    done = replace(poll, outcome=PollOutcome.FAILED, remark=remark)
    heard = replace(source.state.freshness, retry_after=freshness.retry_after)
    plan = _plan(source, done, world, state=source.state, freshness=heard, failures=source.failures + 1)
    return _without_news(source, done, plan, failures=source.failures + 1)


def blameless(source: Source, poll: Poll, remark: Remark, world: Polling) -> Conclusion:
    """Conclude a poll that brought nothing for which the source is not to blame: it is asked again soon."""
    done = replace(poll, outcome=PollOutcome.FAILED, remark=remark)
    shortest = min(world.pace.floor, source.subscription.interval or world.pace.floor)
    soon = shortest * (1 + world.pace.jitter * world.chance())
    reason = f"soon after the last poll, whose failure is not held against the source: {remark.message}"
    return _without_news(source, done, NextPoll(at=poll.started_at + soon, reason=reason), failures=source.failures)


def unheard(source: Source, poll: Poll, remark: Remark) -> Conclusion:
    """Conclude a push that cannot be read: the next poll will tell, when it was planned anyway."""
    done = replace(poll, outcome=PollOutcome.FAILED, remark=remark)
    return _without_news(source, done, _as_planned(source), failures=source.failures)


def _as_planned(source: Source) -> NextPoll:
    return NextPoll(at=source.next_poll_at, reason=source.next_poll_reason)


def _without_news(source: Source, done: Poll, plan: NextPoll, *, failures: int) -> Conclusion:
    return Conclusion(
        source=source,
        poll=done,
        next_poll=plan,
        validators=source.validators,
        digest=source.document_digest,
        state=source.state,
        failures=failures,
    )


def _plan(source: Source, poll: Poll, world: Polling, *, state: PollState, freshness: Freshness, failures: int) -> NextPoll:
    if poll.outcome is PollOutcome.PUSHED:
        return _as_planned(source)  # if pushes put it off, a hub that forgets half of the news would never be found out
    now = poll.started_at
    late = source.next_poll_at is None or now - source.next_poll_at > world.pace.usual
    standing = Standing(
        interval=source.subscription.interval,
        hints=state.hints,
        freshness=freshness,
        pulse=state.pulse,
        failures=failures,
        error=poll.remark.code if poll.remark and failures else None,
        pushed=source.pushed_until is not None and now < source.pushed_until,
        crowded=late and failures == 0,
    )
    return plan_poll(standing, now=now, chance=world.chance(), pace=world.pace)
