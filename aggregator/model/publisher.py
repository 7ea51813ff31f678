"""Owns what publishers say: people, tags, candidates, and what one document holds."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads it when it reads back what quarantine holds

from msgspec import Struct

from aggregator.model.scheduling import Hints


class Person(Struct, frozen=True, kw_only=True):
    """An author or contributor (RFC 4287, section 3.2)."""

    name: str
    uri: str | None = None
    email: str | None = None


class Tag(Struct, frozen=True, kw_only=True):
    """A category as the publisher names it (RFC 4287, section 4.2.2). Ours are :class:`Category`."""

    term: str
    scheme: str | None = None
    label: str | None = None


class Enclosure(Struct, frozen=True, kw_only=True):
    """A related resource, such as a podcast's audio (RFC 4287, section 4.2.7.2); *length* in bytes."""

    url: str
    media_type: str | None = None
    length: int | None = None


class Thumbnail(Struct, frozen=True, kw_only=True):
    """A picture that stands for an entry (Media RSS, ``media:thumbnail``); *width* and *height* in pixels."""

    url: str
    width: int | None = None
    height: int | None = None


class Link(Struct, frozen=True, kw_only=True):
    """Where an entry leads beside its page: ``related``, ``via`` (RFC 4287, section 4.2.7.2) or ``license`` (RFC 4946)."""

    url: str
    rel: str
    title: str | None = None
    media_type: str | None = None


class Provenance(Struct, frozen=True, kw_only=True):
    """What a feed says of itself; emitted as ``atom:source`` (RFC 4287, section 4.2.11)."""

    guid: str | None = None
    title: str | None = None
    subtitle: str | None = None
    site_url: str | None = None
    self_url: str | None = None
    updated: datetime | None = None
    authors: tuple[Person, ...] = ()
    contributors: tuple[Person, ...] = ()
    rights: str | None = None
    icon: str | None = None
    logo: str | None = None
    language: str | None = None


class Remark(Struct, frozen=True, kw_only=True):
    """A flaw that did not stop a candidate, such as a date nobody can read. Listed by ``quarantine list``."""

    code: str
    message: str


class Candidate(Struct, frozen=True, kw_only=True):
    """A parsed entry not yet judged. Before ``clean`` its texts are raw, after it they are safe to show.

    *title* is plain text; *summary* and *content* are HTML. *url* is absolute. *place* says where the source carries it
    (a seed's path within its folder, or ``item 3``); *url_reason* says which rule found the URL. *copied_from* is what the item
    says of another feed that it comes from (``atom:source``; RSS, ``source``). *rights* are plain text.
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
    contributors: tuple[Person, ...] = ()
    thumbnails: tuple[Thumbnail, ...] = ()
    links: tuple[Link, ...] = ()
    rights: str | None = None
    copied_from: Provenance | None = None
    categories: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()


class Reject(Struct, frozen=True, kw_only=True):
    """An item or file that could not become a candidate: kept raw in quarantine, with the reason. It stands for *count* items."""

    place: str
    code: str
    message: str
    raw: str = ""
    count: int = 1


class Parsed(Struct, frozen=True, kw_only=True):
    """All that one document said. *flaw* is a reason why the document may be incomplete: its validators are not trusted.

    *hints* are about the pace of polls, *hubs* tell of news at once (WebSub).
    """

    provenance: Provenance = Provenance()
    candidates: tuple[Candidate, ...] = ()
    rejects: tuple[Reject, ...] = ()
    flaw: Remark | None = None
    hints: Hints = Hints()
    hubs: tuple[str, ...] = ()
