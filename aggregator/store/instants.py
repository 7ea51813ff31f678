"""Owns how a moment in time is kept by either database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, Dialect, TypeDecorator

if TYPE_CHECKING:
    from collections.abc import Callable


class Instant(TypeDecorator[datetime]):
    """An aware datetime in UTC; refuses naive ones. SQLite keeps no zone, so it is put back on the way out.

    For SQLite we write and read the text of its DATETIME ourselves: an entry has a dozen instants, and what SQLAlchemy does for
    each, in three steps of Python, takes longer than storing the row.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Return what turns an aware datetime into what the database keeps."""
        if dialect.name == "sqlite":
            return lambda value: None if value is None else _in_utc(value).isoformat(" ", "microseconds")[:-6]
        return lambda value: None if value is None else _in_utc(value)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], Any] | None:  # noqa: ARG002 - interface
        """Return what turns that into an aware datetime in UTC."""
        if dialect.name == "sqlite":
            return lambda value: None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)
        return lambda value: None if value is None else value.astimezone(UTC)


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise TypeError(f"naive datetime {value!r}: instants are aware")
    return value.astimezone(UTC)
