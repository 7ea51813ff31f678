"""Owns what the status page tells: how the sources are, and how much came of them lately."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.model.sources import Source


class Overview(Struct, frozen=True, kw_only=True):
    """How everything is. *sources*: those that need somebody first, and no more than the page shows; *total* counts all.

    *entries* counts by day (``2026-01-02``), *polls* by hour (``2026-01-02 03``), both in UTC and without those that had none;
    *quarantine* by reason. *obstacles* are the paths of files that could not be published.
    """

    sources: tuple[Source, ...]
    total: int
    enabled: int
    failing: int
    entries: Mapping[str, int]
    polls: Mapping[str, int]
    quarantine: Mapping[str, int]
    obstacles: tuple[str, ...]
