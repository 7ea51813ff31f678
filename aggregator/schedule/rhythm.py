"""Owns how often a source publishes, judged by its newest entries, and how often it is therefore worth a poll.

Entries that come within :attr:`Pace.floor` of each other are one *occasion*: a site that brings ten articles every morning
has a rhythm of a day. An entry came when we first saw it, which no publisher can get wrong. Only the entries of the first
document, which may go back for years, came when their publisher says.

    wait = ¼ · max(median gap between occasions, time since the last occasion), between floor and ceiling

A quarter: an article then waits for an eighth of the usual gap on average, and after eight quiet hours of the night the first
of the morning for two at most. The median does not mind a few odd dates, or a pause of ours. The time since the last occasion
makes polls rarer the longer nothing comes, and is all there is after a first document without dates. It follows that an entry
more never means a poll less (the low median: one gap more moves it no further than to that gap).
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

from aggregator.model import Pulse
from aggregator.schedule.pace import Wait
from aggregator.schedule.words import span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from aggregator.model import Appearance
    from aggregator.schedule.pace import Pace

_POLLS_A_GAP = 4
_OCCASIONS = 20


def rhythm(pulse: Pulse | None, now: datetime, pace: Pace) -> Wait | None:
    """Judge how long to wait before the next poll, which is made *now*; ``None`` for a source that never brought anything."""
    if pulse is None:
        return None
    silence = max(now - pulse.at, timedelta())  # our clock may have gone back
    gap = pulse.gap or silence
    length = min(max(max(gap, silence) / _POLLS_A_GAP, pace.floor), pace.ceiling)
    what = f"its entries come about every {span(gap)}" if gap > silence else f"nothing new came for {span(silence)}"
    if max(gap, silence) < pace.floor:
        why = f"something new has just come ({span(length)} is the shortest wait)"
    elif length == pace.floor:
        why = f"{what} ({span(length)} is the shortest wait)"
    elif length == pace.ceiling:
        why = f"{what} ({span(length)} is the longest wait)"
    else:
        why = f"{what} (a quarter of which is waited)"
    return Wait(length, (why,))


def pulse_of(
    appearances: Sequence[Appearance], imported_at: datetime | None, now: datetime, pace: Pace
) -> Pulse | None:  # fmt: skip
    """Find the occasions in the newest entries of a source; ``None`` if it never brought anything.

    Args:
        appearances: in any order; those of twenty occasions will do, or what :func:`worth_keeping` picks.
        imported_at: when its first document was stored; ``None`` if that is not known, then it was the earliest of these.
        now: the end of the poll that brought the newest; what came later came before our clock went back.
        pace: how far apart occasions are.
    """
    if not appearances:
        return None
    imported_at = imported_at or min(entry.seen_at for entry in appearances)
    starts = [min(moment, now) for moment, _ in _starts(appearances, imported_at, pace.floor)]
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    return Pulse(at=starts[-1], gap=_median_low(gaps) if gaps else None)


def worth_keeping(appearances: Iterable[Appearance], imported_at: datetime, pace: Pace) -> tuple[Appearance, ...]:
    """Pick, oldest first, the appearances from which :func:`pulse_of` can tell as much as from all: one for each occasion."""
    return tuple(entry for _, entry in _starts(appearances, imported_at, pace.floor)[-_OCCASIONS:])


def _starts(
    appearances: Iterable[Appearance], imported_at: datetime, apart: timedelta
) -> list[tuple[datetime, Appearance]]:  # fmt: skip
    """The first entry of each occasion, and when it came, oldest first."""
    starts: list[tuple[datetime, Appearance]] = []
    free_from: datetime | None = None  # when the occasion is over
    for came in sorted([(_came(entry, imported_at), entry) for entry in appearances], key=itemgetter(0)):
        if free_from is None or came[0] >= free_from:
            starts.append(came)
            free_from = came[0] + apart
    return starts


def _came(entry: Appearance, imported_at: datetime) -> datetime:
    published, seen_at = entry.published, entry.seen_at
    return seen_at if published is None or seen_at > imported_at or seen_at < published else published


def _median_low(spans: list[timedelta]) -> timedelta:
    """As the statistics module's, which takes 4 ms to import."""
    return sorted(spans)[(len(spans) - 1) // 2]
