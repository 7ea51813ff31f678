"""Owns what the operator decides about ingest: apart from its steps, whose parsers a round without news does not need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.classify import Screen

if TYPE_CHECKING:
    from aggregator.classify import CategoryRules
    from aggregator.model.copying import CopyRules
    from aggregator.urls import UrlRules


class IngestRules(Struct, frozen=True, kw_only=True):
    """What the operator declared about identity, categories, what is hidden, and copies (of most categories nothing).

    *authority* is the host under which ids are minted, *zone* the IANA's name of the time zone of dates that do not name one.
    """

    urls: UrlRules
    categories: tuple[CategoryRules, ...]
    default_category: str
    authority: str
    screen: Screen = Screen()
    duplicates: tuple[CopyRules, ...] = ()
    zone: str = "UTC"
