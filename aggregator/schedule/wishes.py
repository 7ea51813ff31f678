"""Owns how publishers' and servers' wishes for fewer polls are understood. Wishes for more are not needed: see ``rhythm``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aggregator.schedule.pace import Wait
from aggregator.schedule.words import span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.model import Freshness, Hints
    from aggregator.schedule.pace import Pace


def wishes(hints: Hints, freshness: Freshness, now: datetime, pace: Pace) -> Iterator[Wait]:
    """Yield what document and response ask for, each cut to :attr:`Pace.longest_hint`; the longest is to be honoured."""
    most = pace.longest_hint
    if freshness.max_age:
        yield _asked(freshness.max_age, "the server asks for", freshness.stated_in, most)
    if hints.ttl:
        yield _asked(hints.ttl, "the feed asks for", "ttl", most)
    if hints.period and hints.base:
        yield _timetable(hints.period, hints.base, now, pace)
    elif hints.period:
        yield _asked(hints.period, "the feed is updated every", "sy:updatePeriod", most)
    if hints.finished:
        yield Wait(most, (f"the feed says that nothing more will come (counted as {span(most)})",))


def pause(freshness: Freshness, pace: Pace) -> Wait | None:
    """How long the server wants to be left alone, cut to :attr:`Pace.longest_retry_after`."""
    if not freshness.retry_after:
        return None
    return _asked(freshness.retry_after, "the server asks for a pause of", "Retry-After", pace.longest_retry_after)


def _asked(length: timedelta, who: str, where: str, most: timedelta) -> Wait:
    return Wait(min(length, most), (f"{who} {span(length)} ({where}{_counted(length, most)})",))


def _timetable(period: timedelta, base: datetime, now: datetime, pace: Pace) -> Wait:
    """Wait for the next update that is at least :attr:`Pace.floor` away; there is one each *period* before and after *base*."""
    periods = -((base - now - pace.floor) // period)  # rounded up
    update = (base + periods * period).astimezone(UTC)
    length = update - now
    when = f"{update:%Y-%m-%d} at {update.hour}:{update:%M} GMT"
    why = f"the feed is next updated on {when} (sy:updateBase{_counted(length, pace.longest_hint)})"
    return Wait(min(length, pace.longest_hint), (why,))


def _counted(length: timedelta, most: timedelta) -> str:
    return f", counted as {span(most)}" if length > most else ""
