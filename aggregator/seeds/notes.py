"""What was found out about a seed, for people: each value with where it came from, and what was removed."""

from __future__ import annotations

from msgspec import Struct

from aggregator.clean import fold, shorten

_LONGEST = 300


class Explained(Struct, frozen=True, kw_only=True):
    """One *field* of a seed, its *value* as text, and its *origin*: the rule or the place that gave it."""

    field: str
    value: str
    origin: str


class Notes:
    """Collects notes while a seed is read. Texts are cut when they are shown, not before."""

    __slots__ = ("_notes",)

    def __init__(self) -> None:
        self._notes: list[tuple[str, object, str]] = []

    def add(self, field: str, value: object, origin: str) -> None:
        """Note where a value came from."""
        self._notes.append((field, value, origin))

    def explained(self) -> tuple[Explained, ...]:
        """Return the notes in the order in which they were made."""
        return tuple(
            Explained(field=field, value=shorten(fold(_shown(value)), _LONGEST), origin=origin)
            for field, value, origin in self._notes
        )


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value))
    return "–" if value is None else str(value)
