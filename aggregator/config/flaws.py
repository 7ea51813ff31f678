"""Owns how a problem of the configuration is written down: where, which key, what is wrong.

A *location* is the path of keys and list positions to a value; its *origin* is a line of the file or an environment variable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Location = tuple[str | int, ...]
_SHORT = 80


class Origin(Struct, frozen=True, kw_only=True):
    """Where a value was written: a *line* (1-based) of the file, or a *variable* and the location that its name means."""

    variable: str = ""
    line: int = 1
    location: Location = ()


class Flaw(Struct, frozen=True, kw_only=True):
    """One thing that is wrong. *origin* is given only where *location* does not lead to it."""

    location: Location = ()
    message: str
    origin: Origin | None = None


def written(flaws: Iterable[Flaw], origins: Mapping[Location, Origin], name: str) -> list[str]:
    """Write *flaws* one a line, sorted and each once, as ``NAME:12: feeds[3].url: message``."""
    placed = [(flaw.origin or _origin(flaw.location, origins), flaw) for flaw in flaws]
    placed.sort(key=lambda pair: (pair[0].variable, pair[0].line))  # the file from top to bottom, then what overrides it
    return list(dict.fromkeys(_line(origin, flaw, name) for origin, flaw in placed))


def placed(location: Location, origins: Mapping[Location, Origin], name: str) -> str:
    """Write where a value stands as ``NAME:12: feeds[3].url``, or that nobody wrote it down."""
    if location[:1] not in origins:
        return f"{dotted(location)}, which is not set"
    return _line(_origin(location, origins), Flaw(location=location, message=""), name)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the one of the *known* words that *word* was probably meant to be; capitals do not count."""
    import difflib  # noqa: PLC0415 - most files have no flaw

    by_lower = {other.lower(): other for other in known}
    near = difflib.get_close_matches(word.lower(), by_lower, 1)
    return by_lower[near[0]] if near else None


def given(value: object) -> str:
    """Repeat a short *value* at the end of a message; of what is no text the line shows enough."""
    return f" (got {value!r})" if isinstance(value, str) and len(value) <= _SHORT else ""


def dotted(location: Location) -> str:
    """Write a location as ``feeds[3].url``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location).removeprefix(".")


def _origin(location: Location, origins: Mapping[Location, Origin]) -> Origin:
    """Find where *location*, or what holds it, was written."""
    for length in range(len(location), 0, -1):
        if origin := origins.get(location[:length]):
            return origin
    return origins.get((), Origin())


def _line(origin: Origin, flaw: Flaw, name: str) -> str:
    if not origin.variable:
        return ": ".join(filter(None, (f"{name}:{origin.line}", dotted(flaw.location), flaw.message)))
    # The variable's name already says which key it is; only what lies deeper needs a word.
    deeper = dotted(flaw.location) if len(flaw.location) > len(origin.location) else ""
    return ": ".join(filter(None, (f"environment: {origin.variable}", deeper, flaw.message)))
