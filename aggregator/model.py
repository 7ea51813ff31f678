"""Owns the values that pass between the rooms: frozen, one type per stage of the flow.

    source → Document → Parsed(Candidate …) → Decision → (store) → FeedContent(PublishedEntry …) → bytes → files

``None`` means that the *publisher* left something out, never "not filled in yet". Fields named ``…_at`` are our own clock;
``published`` and ``updated`` are what the publisher claims, unless a docstring says otherwise. All datetimes are aware.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta


# --- what the publisher says -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An author or contributor (RFC 4287, section 3.2)."""

    name: str
    uri: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A category as the publisher names it (RFC 4287, section 4.2.2). Ours are :class:`Category`."""

    term: str
    scheme: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A related resource, such as a podcast's audio (RFC 4287, section 4.2.7.2); *length* in bytes."""

    url: str
    media_type: str | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a feed says of itself; emitted as ``atom:source`` (RFC 4287, section 4.2.11)."""

    guid: str | None = None
    title: str | None = None
    subtitle: str | None = None
    site_url: str | None = None
    self_url: str | None = None
    updated: datetime | None = None
    authors: tuple[Person, ...] = ()
    rights: str | None = None
    icon: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A flaw that did not stop a candidate, such as a date nobody can read. Listed by ``quarantine list``."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A parsed entry not yet judged. Before ``clean`` its texts are raw, after it they are safe to show.

    *title* is plain text; *summary* and *content* are HTML. *url* is absolute. *place* says where the source carries it
    (a seed's path within its folder, or ``item 3``); *url_reason* says which rule found the URL.
    """

    place: str
    title: str = ""
    url: str | None = None
    url_reason: str = "the item's link"
    guid: str | None = None
    summary: str | None = None
    content: str | None = None
    language: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    authors: tuple[Person, ...] = ()
    tags: tuple[Tag, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    categories: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """An item or file that could not become a candidate: kept raw in quarantine, with the reason."""

    place: str
    code: str
    message: str
    raw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """All that one document said. *flaw* is a reason why the document may be incomplete: its validators are not trusted."""

    provenance: Provenance = Provenance()
    candidates: tuple[Candidate, ...] = ()
    rejects: tuple[Reject, ...] = ()
    flaw: Remark | None = None


# --- fetching ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """ETag and Last-Modified of a completely received and stored document, opaque to us (RFC 9110, section 8.8)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """One conditional GET to make."""

    url: str
    validators: Validators = Validators()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A completely received body, decoded from its content coding, with what is needed to read it."""

    url: str
    final_url: str
    status: int
    content_type: str | None
    content_language: str | None
    body: bytes
    validators: Validators
    wire_bytes: int = 0
    duration: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The server said 304: what we have is current."""

    url: str
    final_url: str
    status: int = 304
    wire_bytes: int = 0
    duration: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailure:
    """The fetch brought nothing we may use. *code* is stable and for machines, *message* is for people."""

    url: str
    code: str
    message: str
    final_url: str | None = None
    status: int | None = None
    wire_bytes: int = 0
    duration: timedelta


FetchResult = Document | NotModified | FetchFailure


# --- sources and categories --------------------------------------------------------------------------------------------


class SourceKind(StrEnum):
    """What kind of source: a live feed URL or a folder of seeds."""

    FEED = "feed"
    SEEDS = "seeds"


class Origin(StrEnum):
    """Who asked for a source or category: the configuration file, the command line, or the entries themselves."""

    CONFIG = "config"
    COMMAND = "command"
    ENTRY = "entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What the operator asked for. *url* of a seed folder is its path as configured."""

    url: str
    kind: SourceKind = SourceKind.FEED
    title: str | None = None
    categories: tuple[str, ...] = ()
    interval: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A subscription and what we learned of it."""

    id: int
    subscription: Subscription
    origin: Origin
    disabled_reason: str | None = None
    provenance: Provenance = Provenance()
    validators: Validators = Validators()
    document_digest: bytes | None = None
    added_at: datetime
    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    failures: int = 0
    error: Remark | None = None
    next_poll_at: datetime | None = None
    next_poll_reason: str = "never polled"
    entry_count: int = 0

    @property
    def name(self) -> str:
        """What to call it in front of people."""
        return self.subscription.title or self.provenance.title or self.subscription.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One published feed. *slug* and *atom_id* never change once assigned; *revision* grows with every change to its content."""

    id: int
    slug: str
    name: str
    atom_id: str
    revision: int = 0
    entry_count: int = 0
    newest: datetime | None = None


# --- identity and verdicts ---------------------------------------------------------------------------------------------


class Verdict(StrEnum):
    """What storing a candidate means. Their counts add up to what a document carried."""

    NEW = "new"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    MERGED = "merged"
    QUARANTINED = "quarantined"
    CHURNING = "churning"
    TOMBSTONED = "tombstoned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """The dedup key of an article: unique in the store, never requested, never shown as a link."""

    value: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """A clean candidate with its identity.

    *carrier* names the item within its source, whatever happens to its URL; *url_key* is the canonical URL; *key* is what
    it is filed under (usually the same); *digest* is the fingerprint of what a reader would see.
    """

    candidate: Candidate
    carrier: str
    url_key: str | None
    key: Key
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """What a verdict needs to know of a stored entry. *published* and *updated* are the effective dates, as emitted."""

    id: int
    published: datetime
    updated: datetime
    speaker_sighting_id: int
    speaker_kind: SourceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSighting:
    """What a verdict needs to know of a carrier that this source showed before."""

    id: int
    entry_id: int
    carrier: str
    url_key: str | None
    title: str
    digest: bytes
    revisions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The part of the store that bears on one document: sightings by carrier, entry ids by key, entries by id."""

    sightings: Mapping[str, KnownSighting] = field(default_factory=dict)
    keys: Mapping[str, int] = field(default_factory=dict)
    entries: Mapping[int, KnownEntry] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do with one identified candidate, and why.

    *entry_id* is ``None`` for a new entry and for a second carrier of one that is new in this very batch; the store then
    finds it by *key*. *speaks*: its text becomes the entry's. *published* and *updated* are the entry's effective dates
    from now on.
    """

    verdict: Verdict
    rule: str
    reason: str
    identified: Identified
    key: Key
    entry_id: int | None
    sighting_id: int | None
    speaks: bool
    published: datetime
    updated: datetime
    date_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """An entry is in a category, for a reason. *category* is a name or a slug."""

    category: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How the items of one document, or of several, ended: ``seen`` is the sum of all others."""

    seen: int = 0
    new: int = 0
    revised: int = 0
    unchanged: int = 0
    merged: int = 0
    quarantined: int = 0
    churning: int = 0
    tombstoned: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Sum two tallies field by field."""
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in self.__slots__})


# --- publishing --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedEntry:
    """An entry as subscribers see it. *published* and *updated* are the effective dates, never missing."""

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
    source_url: str
    source_kind: SourceKind
    provenance: Provenance
    carriers: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Who publishes. *url* is absolute and ends in a slash."""

    title: str
    url: str
    language: str
    author: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedContent:
    """Everything one Atom document is rendered from: equal content gives equal bytes."""

    site: Site
    atom_id: str
    title: str
    feed_url: str
    page_url: str
    entries: tuple[PublishedEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One published file. *path* is relative to the output folder; *inputs* fingerprints all it was rendered from but entries."""

    path: str
    digest: bytes
    size: int
    revision: int
    inputs: bytes
    published_at: datetime
