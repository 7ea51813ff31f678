"""Owns the effective dates of an entry: what subscribers see, made of what the publisher claims and when we first saw it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aggregator.model import Candidate

# No feed is older than this; such dates are unset clocks and template defaults (1970-01-01, 0001-01-01).
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


def effective_dates(candidate: Candidate, now: datetime) -> tuple[datetime, datetime, str]:
    """Return ``(published, updated, reason)`` of an entry that is new at *now*, in whole seconds.

    Neither is ever missing nor in the future, so that no date pins an entry to the top or freezes the feed's own date.
    """
    now = now.replace(microsecond=0)
    published, reason = _believable(candidate, now)
    updated = candidate.updated.astimezone(UTC).replace(microsecond=0) if candidate.updated else published
    return published, min(max(updated, published), now), reason


def later_update(candidate: Candidate, previous: datetime, now: datetime) -> datetime:
    """Return ``updated`` of a revised entry: the publisher's claim where it is later, else *now*.

    It is always later than *previous*.
    """
    now = now.replace(microsecond=0)
    claim = candidate.updated.astimezone(UTC).replace(microsecond=0) if candidate.updated else None
    if claim and previous < claim <= now:
        return claim
    return max(now, previous + timedelta(seconds=1))


def _believable(candidate: Candidate, now: datetime) -> tuple[datetime, str]:
    declared, what = (candidate.published, "published") if candidate.published else (candidate.updated, "updated")
    if declared is None:
        return now, "no date given: when we first saw it"
    declared = declared.astimezone(UTC).replace(microsecond=0)
    if declared > now:
        return now, f"dated in the future ({declared.isoformat()}): when we first saw it"
    if declared < EARLIEST:
        return now, f"dated before 1990 ({declared.isoformat()}): when we first saw it"
    return declared, f"the publisher's {what} date"
