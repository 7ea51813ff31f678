"""Owns the hours and days at which a feed says that it need not be polled (RSS's ``skipHours`` and ``skipDays``, in GMT)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.schedule.words import listed

if TYPE_CHECKING:
    from collections.abc import Collection

    from aggregator.model import Hints

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HOUR = timedelta(hours=1)
_HOURS_A_DAY, _HOURS_A_WEEK = 24, 168


class Opening(Struct, frozen=True):
    """The first hour at or after some moment in which the feed may be polled; *at* is its start. *because* is a main clause."""

    at: datetime
    because: str


def next_opening(moment: datetime, hints: Hints) -> Opening | None:
    """Find when a poll due at *moment* may be made.

    ``None`` if *moment* itself is not skipped, and if the feed skips every hour of the week, which nobody can mean.
    """
    if not hints.skip_hours and not hints.skip_days:
        return None
    hour = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    by_hour = by_day = False
    for _ in range(_HOURS_A_WEEK):
        in_hour, in_day = hour.hour in hints.skip_hours, hour.weekday() in hints.skip_days
        if not in_hour and not in_day:
            break
        by_hour, by_day = by_hour or in_hour, by_day or in_day
        hour += _HOUR
    else:
        return None
    if not by_hour and not by_day:
        return None
    times = []
    if by_hour:
        times.append(f"from {listed(_hour_ranges(hints.skip_hours))} GMT (skipHours)")
    if by_day:
        times.append(f"on {listed([_DAYS[day] for day in sorted(set(hints.skip_days))])} GMT (skipDays)")
    return Opening(hour, f"the feed is not to be polled {' or '.join(times)}")


def _hour_ranges(hours: Collection[int]) -> list[str]:
    """Write hours of the day as ranges, across midnight too: ``22:00 to 6:00``."""
    skipped = set(hours)
    ranges = []
    for start in sorted(hour for hour in skipped if (hour - 1) % _HOURS_A_DAY not in skipped):
        end = start
        while end % _HOURS_A_DAY in skipped:
            end += 1
        ranges.append(f"{start}:00 to {end % _HOURS_A_DAY}:00")
    return ranges
