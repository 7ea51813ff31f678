"""Owns what may be said about copies in a category. The room that finds them is loaded where it is said only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.config import values
from aggregator.config.flaws import given

if TYPE_CHECKING:
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


def copy_rules(category: CategoryRules, duplicates: str, primary: tuple[str, ...]) -> CopyRules | None:
    """Return what becomes of copies in a category, ``None`` if nothing does."""
    if duplicates == OFF:
        return None
    from aggregator.model.copying import CopyRules, Duplicates  # noqa: PLC0415 - most configurations name none

    return CopyRules(category=category.category, key=category.key, duplicates=Duplicates(duplicates), primary=primary)
