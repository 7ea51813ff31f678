"""Owns what passes between rooms about copies: the same text under another URL."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.verdicts import KnownEntry

EVERYWHERE = ""  # stands for the categories that are not named; none has such a key
COPIED = "near-duplicate"  # the rule by which a sighting was led to an entry that says the same


class Duplicates(StrEnum):
    """What becomes of copies within a category."""

    OFF = "off"
    SUGGEST = "suggest"
    ON = "on"


class CopyRules(Struct, frozen=True, kw_only=True):
    """What the operator wants done about copies in a category, given by its *key*, or in all that are not named.

    *primary* are the URLs of sources whose words count before those of others, the first one before the second.
    """

    category: str = EVERYWHERE
    key: str = EVERYWHERE
    duplicates: Duplicates
    primary: tuple[str, ...] = ()


class Near(Struct, frozen=True, kw_only=True):
    """A fingerprint is like that of a stored entry; *distance* is the number of bits in which they differ."""

    value: int
    entry_id: int
    distance: int


class Counterpart(Struct, frozen=True, kw_only=True):
    """A stored entry that others may be copies of: its title, whose words it has, and under which URL.

    *sources* are the numbers of all that carry it, *categories* the keys of those that it is in.
    """

    entry: KnownEntry
    title: str
    source_name: str
    source_url: str
    url: str | None
    name: str
    sources: frozenset[int]
    categories: frozenset[str]


class Pair(Struct, frozen=True, kw_only=True):
    """Two entries that say the same, in *category*; the newer one first."""

    distance: int
    category: str
    entry_id: int
    title: str
    source: str
    url: str | None
    published: datetime
    other_id: int
    other_title: str
    other_source: str
    other_url: str | None
    other_published: datetime
