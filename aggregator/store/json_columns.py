"""Owns how values stand in a column: as JSON, which is text in a row.

Most of it is empty, and that is neither written nor read by a library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct, json
from msgspec.structs import asdict

if TYPE_CHECKING:
    from collections.abc import Collection

Value = TypeVar("Value", bound=Struct)

_EMPTY = frozenset({None, "null", "[]", "{}"})  # stores of earlier versions have null where nothing is known


def is_empty(kept: str | None) -> bool:
    """Say whether there is nothing in a column."""
    return kept in _EMPTY


def as_json(fields: Any) -> str | None:
    """Write lists and dictionaries as JSON; ``None`` if there is nothing in them."""
    return json.encode(fields).decode() if fields else None


def listed(values: Collection[Struct]) -> str:
    """Write values as a JSON list of objects, leaving out what is not known."""
    known = [{name: field for name, field in asdict(value).items() if field is not None} for value in values]
    return as_json(known) or "[]"


def from_json(kept: str | None) -> Any:
    """Read JSON back; ``None`` if there is nothing in it."""
    return None if kept in _EMPTY else json.decode(kept or "")


def values(kind: type[Value], kept: str | None) -> tuple[Value, ...]:
    """Read values of one kind that :func:`listed` wrote."""
    return () if kept in _EMPTY else tuple(kind(**fields) for fields in json.decode(kept or ""))
