"""Owns the effective dates of an entry: what subscribers see, made of what the publisher claims and when we first saw it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aggregator.model import Candidate, Decision, Identified

FEWEST_SHARED = 5
_ZONE_GUESSED = "zoneless-date"  # as parse remarks it
# No feed is older than this; such dates are unset clocks and template defaults (1970-01-01, 0001-01-01).
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


def effective_dates(candidate: Candidate, now: datetime) -> tuple[datetime, datetime, str]:
    """Return ``(published, updated, reason)`` of an entry that is new at *now*, in whole seconds.

    Neither is ever missing nor in the future, so that no date pins an entry to the top or freezes the feed's own date.
    """
    now = now.replace(microsecond=0)
    published, reason = _believable(candidate, now)
    reason = "; ".join((reason, *(remark.message for remark in candidate.remarks if remark.code == _ZONE_GUESSED)))
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


def declared_date(candidate: Candidate) -> datetime | None:
    """Return when the publisher says that an item came, or was changed last where that is all it says."""
    return candidate.published or candidate.updated


def shared_date(items: Iterable[Identified]) -> Mapping[str, str]:
    """Find the items of one document whose date is none of theirs, by carrier, with the reason.

    Where most items claim the same instant, it is that of the document's making; the articles are no newer than it.
    """
    claims = {(item.carrier, date) for item in items if (date := declared_date(item.candidate)) is not None}
    instants = Counter(date for _, date in claims)
    instant, count = max(instants.items(), key=lambda pair: (pair[1], pair[0]), default=(None, 0))
    if instant is None or count < FEWEST_SHARED or count * 2 <= len({carrier for carrier, _ in claims}):
        return {}
    when = f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    reason = f"{count} items of the document are dated {when}: when it was made, or a mere day, not when each of them came"
    return {carrier: reason for carrier, date in claims if date == instant}


def with_shared_dates(decisions: Sequence[Decision]) -> Sequence[Decision]:
    """Add to the reasons of dates what the other new items of the document tell of them.

    The dates stay: an article is no newer than the document in which it stands, and how much older it is nobody says.
    """
    dated = [decision.identified for decision in decisions if decision.date_reason]
    shared = shared_date(dated) if len(dated) >= FEWEST_SHARED else {}
    if not shared:
        return decisions
    return [
        replace(d, date_reason=f"{d.date_reason}; {shared[d.identified.carrier]}")
        if d.date_reason and d.identified.carrier in shared
        else d
        for d in decisions
    ]


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
