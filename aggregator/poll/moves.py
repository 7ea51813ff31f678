"""Owns when a permanent redirect is believed. Pure.

RFC 9110 (sections 15.4.2 and 15.4.9) lets a client use the new URL from then on. But hotels, broken proxies and expired domains
answer with 301, too, and what we poll for ever must not depend on one bad evening. So it takes several polls over some days.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from aggregator.model import Move, Moving

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from aggregator.model import Hop, PollState, Source

POLLS = 3
OVER = timedelta(days=2)
_PERMANENT = frozenset({301, 308})


def moved(
    source: Source, hops: tuple[Hop, ...], final_url: str, now: datetime, taken: AbstractSet[str]
) -> tuple[PollState, Move | None]:
    """Return the state of *source* after a poll that brought what we asked for, and the move if this poll decided it.

    Args:
        source: as it was before the poll.
        hops: the redirects that were followed.
        final_url: where they led.
        now: the time of the poll.
        taken: addresses that it does not move to: those of other sources, whose histories must not merge, and those from which
            it was taken back.
    """
    state = source.state
    if not hops or any(hop.status not in _PERMANENT for hop in hops) or final_url in {source.poll_url, *taken}:
        return (state if state.moving is None else replace(state, moving=None)), None
    moving = state.moving
    if moving is None or moving.url != final_url:
        return replace(state, moving=Moving(url=final_url, since=now)), None
    moving = replace(moving, polls=moving.polls + 1)
    if moving.polls < POLLS or now - moving.since < OVER:
        return replace(state, moving=moving), None
    reason = f"{moving.polls} polls in a row since {moving.since:%Y-%m-%d} were redirected there for good (HTTP {hops[0].status})"
    move = Move(moved_at=now, from_url=source.poll_url, to_url=final_url, reason=reason)
    return replace(state, moving=None, current_url=final_url), move
