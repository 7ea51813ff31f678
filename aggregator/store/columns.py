"""Owns how the columns of the schema are written."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Integer, text

Instant = DateTime(timezone=True)  # its column's name tells as well, see instants.py


def row_id() -> Column[int]:
    """A number for each row."""
    # SQLite's row ids are INTEGER PRIMARY KEY, nothing else (https://www.sqlite.org/autoinc.html)
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True)


def reference(name: str, target: str, *, optional: bool = False) -> Column[int]:
    """The number of a row of another table."""
    return Column(name, BigInteger, ForeignKey(f"{target}.id"), nullable=optional)


def required(name: str, kind: Any, default: str | None = None) -> Column[Any]:
    """A column that is never empty."""
    return Column(name, kind, nullable=False, server_default=text(default) if default is not None else None)


def optional(kind: Any, *names: str) -> list[Column[Any]]:
    """Columns that may be empty."""
    return [Column(name, kind) for name in names]
