"""Owns what a template gets to see: model values turned into strings, each decided here and tested without HTML. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from msgspec import Struct

from aggregator.iris import unless_secret
from aggregator.model import SourceKind
from aggregator.pages.direction import written_out
from aggregator.pages.excerpt import excerpt, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from aggregator.model import Category, Provenance, PublishedEntry

_MAX_TAGS = 8
_MAX_TITLE = 300

# Nothing but a plain web address becomes a link: the browser would run javascript: and skip the blanks in "java\nscript:".
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#\x00-\x1f\x7f][^\s\x00-\x1f\x7f]*", re.IGNORECASE)


class DateView(Struct, frozen=True, kw_only=True):
    """A moment for machines (RFC 3339) and for people, both in the site's time zone."""

    machine: str
    people: str


class EntryView(Struct, frozen=True, kw_only=True):
    """One entry of a page. *title* may be empty; *url*, *source* and *language* may be missing.

    *via* names the feed that we read, where that copied the entry from the *source*.
    *page* is its own one, relative to the site's root; there is none where the site is not live.
    """

    title: str
    url: str | None
    language: str | None
    source: str | None
    source_url: str | None
    via: str | None
    date: DateView
    tags: tuple[str, ...]
    text: str
    page: str | None


class CategoryView(Struct, frozen=True, kw_only=True):
    """One category of the index; *page* and *feed* are relative to the site's root."""

    name: str
    entry_count: int
    newest: DateView | None
    page: str
    feed: str


class FeedView(Struct, frozen=True, kw_only=True):
    """A feed that a browser or reader may find by itself; *path* is relative to the site's root."""

    title: str
    path: str
    media_type: str


def view_date(moment: datetime, timezone: ZoneInfo) -> DateView:
    """Return *moment* in *timezone*. Absolute, since "5 minutes ago" would change a page that nothing happened to."""
    try:
        local = moment.astimezone(timezone)
    except OverflowError:  # a publisher's year 1 or 9999, next to the edge of what a datetime can hold
        local = moment
    machine = local.isoformat(timespec="seconds")
    return DateView(machine=machine, people=f"{machine[:10]} {machine[11:16]}")


def view_category(category: Category, timezone: ZoneInfo) -> CategoryView:
    """Return what the index shows of *category*."""
    return CategoryView(
        name=category.name,
        entry_count=category.entry_count,
        newest=view_date(category.newest, timezone) if category.newest else None,
        page=f"c/{category.slug}/",
        feed=f"feeds/{category.slug}.atom",
    )


def view_entries(entries: Sequence[PublishedEntry], timezone: ZoneInfo, *, live: bool = False) -> tuple[EntryView, ...]:
    """Return what a page shows of *entries*, in their order; on a *live* site each has a page of its own."""
    return tuple(view_entry(entry, timezone, entry_path(entry.atom_id) if live else None) for entry in entries)


def entry_path(atom_id: str) -> str:
    """Return where an entry's own page is, relative to the site's root; its number would tell in which order entries came."""
    return f"entry?id={quote(atom_id, safe=':/,@', errors='replace')}"


def view_entry(entry: PublishedEntry, timezone: ZoneInfo, page: str | None) -> EntryView:
    """Return what a page shows of *entry*, whose own page is *page*."""
    title = shorten(" ".join(entry.title.split()), limit=_MAX_TITLE)
    text = excerpt(entry.summary or "") or excerpt(entry.content or "")
    labels = dict.fromkeys(label for tag in entry.tags if (label := " ".join((tag.label or tag.term).split())))
    return EntryView(
        title=title,
        url=web_address(entry.url),
        language=entry.language,
        source=source_name(entry),
        source_url=web_address(unless_secret(entry.provenance.site_url)),
        via=_called(entry.via, entry.source_url) if entry.via else None,
        date=view_date(entry.published, timezone),
        tags=tuple(labels)[:_MAX_TAGS],
        text="" if text == title else text,  # a short note has no title of its own: its text was taken
        page=page,
    )


def web_address(url: str | None) -> str | None:
    """Return *url* if it may become a link: absolute, http or https, without blanks and control characters."""
    return written_out(url) if url and _WEB_ADDRESS.fullmatch(url) else None


def source_name(entry: PublishedEntry) -> str | None:
    """Name where *entry* comes from: the source's title, else a host name.

    Never the whole address of a feed, which may hold somebody's token, and never the path of a seed folder.
    """
    feed_url = entry.source_url if entry.source_kind is SourceKind.FEED else None
    return _called(entry.provenance, entry.provenance.self_url if entry.via else feed_url) or host(entry.url)


def _called(known: Provenance, feed_url: str | None) -> str | None:
    return " ".join((known.title or "").split()) or host(known.site_url) or host(feed_url)


def host(url: str | None) -> str | None:
    """Return the host of *url*, if it is an address that has one."""
    try:
        return urlsplit(url).hostname or None if url else None
    except ValueError:  # such as "http://[" or a bad port
        return None
