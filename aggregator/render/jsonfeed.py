"""Owns entries as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/): items and their frame. Its types also read them back."""

from __future__ import annotations

import html
import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct, field

from aggregator.render.facts import ascii_url, body_of, legal, named, origin_of, read_from, via_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.model import FeedHead, Person, PublishedEntry

_UNKNOWN_TYPE = "application/octet-stream"  # an attachment must have a type (RFC 2046, section 4.5.1)
# Markup as `clean` leaves it: every `<` begins a tag. Between blocks there is a space, within a line there is none.
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*+)(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+>")
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark", "q", "rp", "rt"}
    | {"ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"}
)

_Zoned = Annotated[datetime, Meta(tz=True)]


class _Author(Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    url: str | None = None


class _Attachment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    url: str
    mime_type: str
    size_in_bytes: int | None = None


class _Via(Struct, frozen=True, kw_only=True):
    title: str
    url: str


class _Source(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the format has no word for: the feed that an item comes from, by title, page and address.

    *via* is that in which we read an item that was copied from there.
    """

    title: str
    url: str | None = None
    feed_url: str | None = None
    via: _Via | None = None


class Item(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An item as the format has it, in the order in which it is written."""

    id: str
    url: str | None = None
    external_url: str | None = None
    title: str
    content_html: str
    summary: str | None = None
    image: str | None = None
    date_published: _Zoned
    date_modified: _Zoned
    authors: tuple[_Author, ...] = ()
    tags: tuple[str, ...] = ()
    language: str | None = None
    attachments: tuple[_Attachment, ...] = ()
    source: _Source | None = field(default=None, name="_source")


class _Hub(Struct, frozen=True, kw_only=True):
    type: str
    url: str


class _Feed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    version: str
    title: str
    home_page_url: str
    feed_url: str
    description: str | None = None
    icon: str | None = None
    language: str | None = None
    hubs: tuple[_Hub, ...] = ()


def json_item(entry: PublishedEntry) -> bytes:
    """Return *entry* as one item, on one line without its end. It is by its authors, or else by those of its source."""
    body = body_of(entry)
    return msgspec.json.encode(
        Item(
            id=legal(entry.atom_id),
            url=_address(entry.url),
            external_url=_elsewhere(entry) if entry.links else None,
            title=legal(entry.title),
            content_html=legal(body),
            summary=_plain(entry.summary) or None if entry.summary and entry.summary != body else None,
            image=_address(entry.thumbnails[0].url) if entry.thumbnails else None,
            date_published=entry.published,
            date_modified=entry.updated,
            authors=_authors(entry.authors) or _authors(entry.provenance.authors),
            tags=tuple(dict.fromkeys(legal(tag.label or tag.term) for tag in entry.tags)),
            language=_legal(entry.language),
            attachments=tuple(
                _Attachment(url=ascii_url(legal(e.url)), mime_type=legal(e.media_type or _UNKNOWN_TYPE), size_in_bytes=e.length)
                for e in entry.enclosures
            ),
            source=_source(entry),
        )
    )


def json_frame(head: FeedHead) -> tuple[bytes, bytes]:
    """Return what stands before the first item and after the last; between items stand a comma and a line break.

    It names no authors: in this format they would be those of every item that names none itself.
    """
    site, subtitle = head.site, head.subtitle or head.site.subtitle
    feed = _Feed(
        version="https://jsonfeed.org/version/1.1",
        title=legal(head.title),
        home_page_url=head.page_url,
        feed_url=head.json_url,
        description=_legal(subtitle),
        icon=site.icon,
        language=site.language,
        hubs=tuple(_Hub(type="WebSub", url=hub) for hub in site.hubs),
    )
    return msgspec.json.encode(feed)[:-1] + b',"items":[\n', b"\n]}\n"


def _authors(people: Iterable[Person]) -> tuple[_Author, ...]:
    # the format knows no mail address beside the name, but lets it stand in for a page
    return tuple(_Author(name=p.name, url=_address(p.uri or (f"mailto:{p.email}" if p.email else None))) for p in named(people))


def _source(entry: PublishedEntry) -> _Source | None:
    known = entry.provenance
    origin = origin_of(known, read_from(entry))
    if origin is None:
        return None
    via = via_of(entry)
    return _Source(
        title=legal(origin.title),
        url=_address(origin.site_url),
        feed_url=_address(origin.feed_url),
        via=_Via(title=legal(via.title or ""), url=ascii_url(legal(via.url))) if via else None,
    )


def _elsewhere(entry: PublishedEntry) -> str | None:
    """Return the page that an entry is about, where it has one of its own as well."""
    return _address(next((link.url for link in entry.links if link.rel == "related" and link.url != entry.url), None))


def _plain(markup: str) -> str:
    text = _TAG.sub(lambda tag: "" if tag[2] in _INLINE else " ", markup)
    return " ".join(legal(html.unescape(text)).split())


def _legal(text: str | None) -> str | None:
    return legal(text) if text else None


def _address(url: str | None) -> str | None:
    return ascii_url(legal(url)) if url else None
