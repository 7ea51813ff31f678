"""Cuts long lists of values into statements of a size that databases take and drivers cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

Value = TypeVar("Value", int, str)
_CHUNK = 500  # values in one IN list; SQLite takes 32,766, but short statements are cached better


def chunks(values: set[Value]) -> Iterator[list[Value]]:
    """Yield *values* in lists of a few hundred, in a stable order, which makes stable statements."""
    ordered = sorted(values)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]
