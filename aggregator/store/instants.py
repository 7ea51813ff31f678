"""Owns how a moment in time is kept: as an aware datetime outside, in SQLite as text in UTC."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from typing import Any

_NAMES = frozenset({"published", "updated", "newest", "moving_since", "feed_updated", "source_feed_updated"})
_LENGTH = len("2026-01-02 03:04:05.000000")


@functools.cache
def is_instant(column: str) -> bool:
    """Say whether a column holds instants: its name tells, on both databases and in any query; a test watches over it."""
    return column.endswith("_at") or column in _NAMES


@functools.lru_cache(maxsize=4096)  # one moment stands in many rows
def kept(instant: datetime) -> str:
    """Return the text that the database keeps: in UTC, without the zone.

    PostgreSQL reads the same text, since our sessions are in UTC.

    Raises:
        TypeError: the instant is naive.
    """
    if instant.tzinfo is None:
        raise TypeError(f"naive datetime {instant!r}: instants are aware")
    return instant.astimezone(UTC).isoformat(" ", "microseconds")[:_LENGTH]


def given(value: Any) -> datetime | None:
    """Return the instant that the database gives: PostgreSQL one in UTC, SQLite its text."""
    return datetime.fromisoformat(f"{value}Z") if isinstance(value, str) else value
