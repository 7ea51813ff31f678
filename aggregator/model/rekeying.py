"""Owns what passes between store and decisions when the identity rules changed and the whole store gets its keys anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.verdicts import Hidden, Verdict

# A sighting that spoke for its entry until the rules changed says so; where its entry is parted again, it speaks again.
REKEYED, SILENCED = "rekeyed", "rekeyed-silenced"
SPLIT = "split"  # the operator said that it is another article


class Carried(Struct, frozen=True, kw_only=True):
    """A sighting, as far as its key goes. *older* are the links it had before; *heard*: we keep a text of it.

    *published* is the date that this declares. *quiet*: it will not say anything new, since the item is gone or the
    subscription ended. *home_id* as in the store.
    """

    id: int
    entry_id: int
    source_id: int
    source_url: str
    is_seed: bool
    carrier: str
    guid: str | None
    title: str
    url: str | None
    url_key: str | None
    url_reason: str | None
    digest: bytes
    rule: str
    speaks: bool
    heard: bool
    quiet: bool
    home_id: int | None
    first_seen_at: datetime
    last_seen_at: datetime
    older: tuple[str, ...] = ()
    published: datetime | None = None


class KeyRow(Struct, frozen=True, kw_only=True):
    """A key as it is stored, with the entry that it leads to."""

    value: str
    entry_id: int
    rule: str
    reason: str
    added_at: datetime


class Filed(Struct, frozen=True, kw_only=True):
    """An entry, as far as its identity goes. *settled*: subscribers may have seen it. *merged_into* as in the store."""

    id: int
    atom_id: str
    first_seen_at: datetime
    settled: bool
    hidden: Hidden | None
    merged_into: int | None


class Stock(Struct, frozen=True, kw_only=True):
    """Everything in the store that has to do with keys."""

    sightings: tuple[Carried, ...]
    keys: tuple[KeyRow, ...]
    entries: tuple[Filed, ...]


class Respelled(Struct, frozen=True, kw_only=True):
    """A sighting whose link has another key now, or whose carrier is written in another way."""

    sighting_id: int
    entry_id: int
    title: str
    was: str | None
    key: str | None
    carrier: str


class Resettled(Struct, frozen=True, kw_only=True):
    """A sighting that goes to another entry, or that gets or loses the word, with the reason. *home_id* is what it becomes."""

    sighting_id: int
    left: int
    entry_id: int
    home_id: int | None
    verdict: Verdict | None
    rule: str
    reason: str


class Merged(Struct, frozen=True, kw_only=True):
    """An entry that turned out to be the same article as another: the keys that it had alone, and those they share now.

    *theirs* are the keys that the other had alone. *hidden*: it was shown, and is hidden with the other, as the operator wished.
    """

    entry_id: int
    into: int
    title: str
    was: tuple[str, ...]
    keys: tuple[str, ...]
    theirs: tuple[str, ...] = ()
    hidden: Hidden | None = None


class Parted(Struct, frozen=True, kw_only=True):
    """Sightings that turned out to be another article than the rest of their entry, and go to an entry of their own.

    *is_new*: to one that did not exist, whose number is negative until it is stored; else to that where they were once.
    """

    entry_id: int
    to: int
    is_new: bool
    title: str
    was: tuple[str, ...]
    keys: tuple[str, ...]


class Founded(Struct, frozen=True, kw_only=True):
    """An entry to be made for sightings that never had one to themselves; it is dated by what *sighting_id* says."""

    entry_id: int
    sighting_id: int
    guid: str | None
    key: str
    first_seen_at: datetime


class Rekeying(Struct, frozen=True, kw_only=True):
    """What becomes of the store by other identity rules.

    *led* says of entries where they lead: to the one they were merged into, or nowhere else (any more). *speakers* are those of
    the entries where that changes; the text of *retold* entries was another before.
    """

    respelled: tuple[Respelled, ...] = ()
    resettled: tuple[Resettled, ...] = ()
    merged: tuple[Merged, ...] = ()
    parted: tuple[Parted, ...] = ()
    founded: tuple[Founded, ...] = ()
    led: dict[int, int | None] = {}
    speakers: dict[int, int] = {}
    retold: frozenset[int] = frozenset()
    keys_gone: tuple[str, ...] = ()
    keys: tuple[KeyRow, ...] = ()
