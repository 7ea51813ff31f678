"""Owns the measures of bar charts; a template draws them as SVG. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 600.0, 100.0


class Bar(Struct, frozen=True, kw_only=True):
    """A bar: where it stands and how high, in the units of the chart; *says* what it stands for."""

    x: float
    y: float
    width: float
    height: float
    says: str


class Plot(Struct, frozen=True, kw_only=True):
    """A chart. *description* tells who cannot see it what is to be seen."""

    name: str
    description: str
    bars: tuple[Bar, ...]
    first: str
    last: str


def plot(name: str, values: Sequence[tuple[str, int]], description: str) -> Plot:
    """Return the chart of *values*, at least one, each with its label, from left to right.

    *description* is filled in with ``{name}``, ``{total}``, ``{most}``, ``{first}`` and ``{last}``.
    """
    most = max(value for _, value in values)
    step = WIDTH / len(values)
    heights = [HEIGHT * value / most if most else 0.0 for _, value in values]
    first, last = values[0][0], values[-1][0]
    total = sum(value for _, value in values)
    return Plot(
        name=name,
        description=description.format(name=name, total=f"{total:,}", most=f"{most:,}", first=first, last=last),
        bars=tuple(
            Bar(
                x=round(number * step + step / 10, 1),
                y=round(HEIGHT - height, 1),
                width=round(step * 0.8, 1),
                height=round(height, 1),
                says=f"{label}: {value:,}",
            )
            for number, ((label, value), height) in enumerate(zip(values, heights, strict=True))
        ),
        first=first,
        last=last,
    )
