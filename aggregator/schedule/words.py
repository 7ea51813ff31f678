"""Owns how times and lists read in English."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_TEENS = {11, 12, 13}


@lru_cache(maxsize=1024)  # of the same few spans are most sentences made
def span(length: timedelta) -> str:
    """Write a time in at most two units, rounded: ``45 s``, ``20 min``, ``9 h 30 min``, ``36 h``, ``3 d 4 h``."""
    if length < _MINUTE:
        return f"{length.total_seconds():.0f} s"
    if length < 2 * _DAY:
        hours, minutes = divmod(round(length / _MINUTE), 60)
        return " ".join(f"{number} {unit}" for number, unit in ((hours, "h"), (minutes, "min")) if number)
    days, hours = divmod(round(length / _HOUR), 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def ordinal(number: int) -> str:
    """Write a rank: ``1st``, ``22nd``, ``13th``."""
    ending = "th" if number % 100 in _TEENS else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def listed(parts: Sequence[str], comma: str = "") -> str:
    """Join *parts* with commas and "and"; *comma* is what stands before the "and", which clauses want and names do not."""
    *most, last = parts
    return f"{', '.join(most)}{comma} and {last}" if most else last
