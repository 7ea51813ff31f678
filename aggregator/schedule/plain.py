"""Owns the plain rule of before :func:`aggregator.schedule.plan_poll`; to go when nothing calls it any more."""

from __future__ import annotations

from datetime import datetime, timedelta

DEFAULT_INTERVAL = timedelta(minutes=60)
LONGEST_BACKOFF = timedelta(days=3)
JITTER = 0.1


def next_poll(now: datetime, *, interval: timedelta | None, failures: int, randomness: float) -> tuple[datetime, str]:
    """Return when a source is due again and why.

    Args:
        now: the time of the poll that just ended.
        interval: what the subscription asks for, if anything.
        failures: polls that failed in a row, 0 after a success; each doubles the delay, up to three days, never for ever.
        randomness: 0 to 1, spreads sources that were polled together by 10 % of the interval.
    """
    regular = interval or DEFAULT_INTERVAL
    origin = "as subscribed" if interval else "the default"
    if failures == 0:
        delay, reason = regular, f"every {_words(regular)}, {origin}"
    else:
        delay = max(regular, min(regular * 2 ** min(failures - 1, 16), LONGEST_BACKOFF))
        reason = f"{failures} failure{'s' * (failures > 1)} in a row: {_words(delay)} from the last"
    return now + delay * (1 + JITTER * randomness), reason


def _words(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    for size, unit in ((1440, "d"), (60, "h")):
        if minutes >= size and minutes % size == 0:
            return f"{minutes // size} {unit}"
    return f"{minutes} min" if minutes else f"{span.total_seconds():.0f} s"
