"""Owns entries as subscribers see them, and the story behind each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.publisher import Enclosure, Link, Person, Provenance, Tag, Thumbnail
    from aggregator.model.sources import SourceKind
    from aggregator.model.verdicts import Hidden, Restored


class PublishedEntry(Struct, frozen=True, kw_only=True):
    """An entry as subscribers see it. *published* and *updated* are the effective dates, never missing.

    *carriers* are the links under which other sources carry it. *provenance* is of the feed that it comes from; where the feed of
    *source_url*, which we read, copied it from there, *via* is what that one says of itself.
    """

    id: int
    atom_id: str
    title: str
    url: str | None
    summary: str | None
    content: str | None
    language: str | None
    published: datetime
    updated: datetime
    authors: tuple[Person, ...] = ()
    tags: tuple[Tag, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    contributors: tuple[Person, ...] = ()
    thumbnails: tuple[Thumbnail, ...] = ()
    links: tuple[Link, ...] = ()
    rights: str | None = None
    carriers: tuple[str, ...] = ()
    source_url: str
    source_kind: SourceKind
    provenance: Provenance
    via: Provenance | None = None


class Site(Struct, frozen=True, kw_only=True):
    """Who publishes. *url* is absolute and ends in a slash; *hubs* are the WebSub hubs that are told of news."""

    title: str
    url: str
    language: str
    author: Person
    subtitle: str | None = None
    icon: str | None = None
    logo: str | None = None
    rights: str | None = None
    hubs: tuple[str, ...] = ()


class FeedHead(Struct, frozen=True, kw_only=True):
    """All that a feed says besides its entries. *feed_url* is its own address, *page_url* that of its page for people.

    *archive_url* is that of the newest page of its archive (RFC 5005, section 4), if there is one.
    """

    site: Site
    atom_id: str
    title: str
    subtitle: str | None = None
    feed_url: str
    json_url: str
    page_url: str
    updated: datetime
    archive_url: str | None = None


class ArchiveHead(Struct, frozen=True, kw_only=True):
    """All that a page of an archive says besides its entries (RFC 5005, section 4). *feed* is the feed whose archive it is."""

    feed: FeedHead
    page_url: str
    updated: datetime
    previous_url: str | None = None
    next_url: str | None = None


class DeletedEntry(Struct, frozen=True, kw_only=True):
    """An entry that a feed showed and shows no more (RFC 6721), with the reason in words."""

    atom_id: str
    deleted_at: datetime
    reason: str


class Publication(Struct, frozen=True, kw_only=True):
    """One published file. *path* is relative to the output folder; *inputs* fingerprints all it was rendered from but entries.

    *size* and *mtime_ns* are the file's own: one that no longer has them was changed by somebody else. *parts* tell where in it
    which entries are, if it is made of such.
    """

    path: str
    digest: bytes
    size: int
    mtime_ns: int
    revision: int
    inputs: bytes
    published_at: datetime
    parts: bytes | None = None


class Sighting(Struct, frozen=True, kw_only=True):
    """Source S carried this entry under URL U and guid G, first and last seen then; with what was decided of it and why."""

    id: int
    source_url: str
    source_name: str
    place: str
    guid: str | None
    url: str | None
    url_key: str | None
    url_reason: str | None
    speaks: bool
    verdict: str
    rule: str
    reason: str
    revisions: int
    title: str
    first_seen_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None


class KnownKey(Struct, frozen=True, kw_only=True):
    """A key that leads to an entry, and since when."""

    value: str
    rule: str
    reason: str
    added_at: datetime


class Shelved(Struct, frozen=True, kw_only=True):
    """An entry is published in the category of this *slug* and *name*, for a reason."""

    slug: str
    name: str
    reason: str


class Placement(Struct, frozen=True, kw_only=True):
    """Where an entry stands in the feed of the category of this *slug* and *name* (of all entries, if there is no *reason*).

    *position* counts from 1, the newest, within the feed itself; there is none if it is hidden, or on a *page* of the archive.
    *published_at* is when the feed's file was last rendered, and *is_current* whether it shows what the store says now.
    """

    slug: str
    name: str
    reason: str | None
    position: int | None
    page: int | None
    published_at: datetime | None
    is_current: bool


class Tombstone(Struct, frozen=True, kw_only=True):
    """A hidden entry: what was shown of it, and why it is not any more."""

    id: int
    title: str
    url: str | None
    hidden: Hidden


class Story(Struct, frozen=True, kw_only=True):
    """All that is known of one entry: what ``entry why`` tells.

    *merged* are the entries that turned out to be the same article, by their number and atom:id: they lead here. *restored* is
    how the operator last showed it again; it may be hidden anew since.
    """

    entry: PublishedEntry
    first_seen_at: datetime
    date_reason: str
    keys: tuple[KnownKey, ...]
    sightings: tuple[Sighting, ...]
    shelves: tuple[Shelved, ...]
    hidden: Hidden | None = None
    merged: tuple[tuple[int, str], ...] = ()
    restored: Restored | None = None
