"""Owns identity: keys, what is known, and what is decided."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads it when it reads back what was restored
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct, field

from aggregator.model.publisher import Candidate  # noqa: TC001 - msgspec reads it when it reads back what quarantine holds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.model.publisher import Enclosure, Link, Person, Provenance, Tag, Thumbnail
    from aggregator.model.sources import SourceKind


class Verdict(StrEnum):
    """What storing a candidate means. Their counts add up to what a document carried."""

    NEW = "new"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    MERGED = "merged"
    QUARANTINED = "quarantined"
    CHURNING = "churning"
    TOMBSTONED = "tombstoned"


class Key(Struct, frozen=True, kw_only=True):
    """The dedup key of an article: unique in the store, never requested, never shown as a link."""

    value: str
    rule: str
    reason: str


class Identified(Struct, frozen=True, kw_only=True):
    """A clean candidate with its identity.

    *carrier* names the item within its source, whatever happens to its URL; *url_key* is the canonical URL; *key* is what
    it is filed under (usually the same); *name* tells it from others of the same URL; *digest* is the fingerprint of what a
    reader would see.
    """

    candidate: Candidate
    carrier: str
    url_key: str | None
    key: Key
    name: str
    digest: bytes


class Revision(Struct, frozen=True, kw_only=True):
    """What a carrier said of an entry: its *number*-th version, seen first *seen_at*, and why it counted as one.

    *published* and *updated* are the publisher's claims.
    """

    number: int
    seen_at: datetime
    reason: str
    title: str
    url: str | None = None
    summary: str | None = None
    content: str | None = None
    language: str | None = None
    authors: tuple[Person, ...] = ()
    tags: tuple[Tag, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    contributors: tuple[Person, ...] = ()
    thumbnails: tuple[Thumbnail, ...] = ()
    links: tuple[Link, ...] = ()
    rights: str | None = None
    copied_from: Provenance | None = None
    published: datetime | None = None
    updated: datetime | None = None


class Hider(StrEnum):
    """Who decided that nobody is shown an entry."""

    OPERATOR = "operator"
    RULE = "rule"


class Hidden(Struct, frozen=True, kw_only=True):
    """Nobody is shown an entry any more, since *at*."""

    at: datetime
    by: Hider
    reason: str | None = None


class Restored(Struct, frozen=True, kw_only=True):
    """The operator showed an entry again, at *at*, that had been *hidden*: from then on no rule hides it."""

    at: datetime
    hidden: Hidden


class Reach(StrEnum):
    """How far a rule that hides reaches."""

    SITE = "site"
    FEED = "feed"


class Blocked(Struct, frozen=True, kw_only=True):
    """A rule is against what a carrier says: one of the whole site, or of its feed only."""

    by: Reach
    reason: str


class KnownEntry(Struct, frozen=True, kw_only=True):
    """What a verdict needs to know of a stored entry. *published* and *updated* are the effective dates, as emitted.

    *settled*: subscribers may have seen it, so its id and dates stand. *speaker_silent*: whoever speaks for it will not say
    anything new, since the subscription ended or the item is gone. *hidden* tells that it is a tombstone, and why.
    """

    id: int
    published: datetime
    updated: datetime
    speaker_sighting_id: int
    speaker_kind: SourceKind
    speaker_source_id: int
    settled: bool
    speaker_silent: bool
    hidden: Hidden | None = None


class KnownSighting(Struct, frozen=True, kw_only=True):
    """What a verdict needs to know of a carrier that this source showed before.

    *revisions* counts what it said, also what is not kept any more; none if it only came while its entry was hidden. *said* is
    the newest of them, looked up only where *digest* is of no item of the document. *doubted_at*: it last said something else
    then, and what it says since, to which *digest* belongs, was not believed. *published* is the date that its text declares.
    """

    id: int
    entry_id: int
    carrier: str
    guid: str | None
    url_key: str | None
    title: str
    digest: bytes
    revisions: int
    url: str | None = None
    doubted_at: datetime | None = None
    said: Revision | None = None
    published: datetime | None = None


class Known(Struct, frozen=True, kw_only=True):
    """The part of the store that bears on one document: this source's sightings by carrier, entry ids by key, entries by id.

    *absent* are sightings of this source that speak for one of these entries and are in the document by no name that is known,
    by entry; looked up for whole documents only, since of what is left out nobody knows the names.
    """

    sightings: Mapping[str, KnownSighting] = field(default_factory=dict)
    absent: Mapping[int, KnownSighting] = field(default_factory=dict)
    keys: Mapping[str, int] = field(default_factory=dict)
    entries: Mapping[int, KnownEntry] = field(default_factory=dict)


class Decision(Struct, frozen=True, kw_only=True):
    """What to do with one identified candidate, and why.

    *entry_id* is ``None`` for a new entry and for a second carrier of one that is new in this very batch; the store then
    finds it by *key*. *speaks*: its text becomes the entry's. *founds*: its id and dates become the entry's, because the
    entry is new, or no subscriber has seen it yet. *published* and *updated* are the entry's effective dates from now on.
    """

    verdict: Verdict
    rule: str
    reason: str
    identified: Identified
    key: Key
    entry_id: int | None
    sighting_id: int | None
    speaks: bool
    founds: bool
    published: datetime
    updated: datetime
    date_reason: str


class Assignment(Struct, frozen=True, kw_only=True):
    """An entry is in a category, for a reason. *category* is a name or a slug."""

    category: str
    reason: str


class Filing(Struct, frozen=True, kw_only=True):
    """A decision made ready for the store.

    *atom_ids* are the entry's possible ids, best first, of which the first that is free becomes its own for ever;
    *assignments* are the categories that this carrier gives it; *blocked* tells of a rule that is against what it says;
    *fingerprint* is that of a text that speaks, where copies are looked for.
    """

    decision: Decision
    atom_ids: tuple[str, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    blocked: Blocked | None = None
    fingerprint: int | None = None
