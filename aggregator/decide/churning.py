"""Owns when a source that changes an item again and again is no longer believed, and when it is believed again.

Some sources print the time or an advertisement into every item, so each poll looks like an edit. What they say then is not
kept; only that it changed. Once they say the same for a while, it is an edit like any other.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model import KnownSighting

MAX_REVISIONS = 24  # the limit is reader's: https://github.com/lemon24/reader/issues/225
QUIET = timedelta(days=7)


def is_doubted(own: KnownSighting, now: datetime) -> bool:
    """Say whether a carrier changed too often for what it says now to be believed, and not long enough ago."""
    if own.revisions < MAX_REVISIONS:
        return False
    changed_at = own.doubted_at or (own.said.seen_at if own.said else now)
    return now - changed_at < QUIET


def doubt(own: KnownSighting, *, is_other: bool) -> tuple[str, str]:
    """Return rule and reason for not believing a carrier that changed again, or has not been quiet for long."""
    until = f"until it has been the same for {QUIET.days} days"
    if is_other or own.doubted_at is None:
        often = f"it changed {own.revisions} times already"
        return "too-many-revisions", f"{often}: the source changes it on every poll, and is not believed {until}"
    return "not-quiet-yet", f"it changed {own.revisions} times, and last on {own.doubted_at:%Y-%m-%d}: not believed {until}"


def trust(own: KnownSighting) -> tuple[str, str]:
    """Return rule and reason for taking what a carrier says now as a revision."""
    if own.revisions < MAX_REVISIONS:
        return "new-digest", "what a reader sees changed"
    before = f"the source changed it {own.revisions} times before, but not within {QUIET.days} days, and is believed again"
    return "believed-again", f"what a reader sees changed; {before}"
