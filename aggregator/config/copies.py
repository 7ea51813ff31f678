"""Owns what may be said about copies, in a category or in all. The room that finds them is loaded where it is said only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.config import values
from aggregator.config.flaws import given

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.classify import CategoryRules
    from aggregator.model.copying import CopyRules

OFF = "off"


def mode(value: str) -> str:
    """Read what becomes of copies."""
    if value not in {OFF, "suggest", "on"}:
        raise ValueError(f"must be off, suggest or on{given(value)}")
    return value


def source(value: str) -> str:
    """Read what a source is called: the URL of a feed, or the path of a folder of seeds."""
    return values.http_url(value) if "://" in value else values.path(value)


class Said(Struct, frozen=True):
    """What a category says of copies; a *mode* of ``None`` is that of the site."""

    category: CategoryRules
    mode: str | None
    primary: tuple[str, ...]


def copy_rules(categories: Iterable[Said], everywhere: str) -> tuple[CopyRules, ...]:
    """Return what becomes of copies in each category, and in those that are not named; nothing if nothing becomes of any."""
    modes = [(said, said.mode or everywhere) for said in categories]
    if everywhere == OFF:
        modes = [(said, mode) for said, mode in modes if mode != OFF]
        if not modes:
            return ()
    from aggregator.model.copying import CopyRules, Duplicates  # noqa: PLC0415 - most configurations name none

    named = [
        CopyRules(category=said.category.category, key=said.category.key, duplicates=Duplicates(mode), primary=said.primary)
        for said, mode in modes
    ]
    if everywhere != OFF:
        named.append(CopyRules(duplicates=Duplicates(everywhere)))
    return tuple(named)
