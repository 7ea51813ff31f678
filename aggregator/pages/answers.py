"""Owns the pages that are made while somebody waits: single entries, older ones, what was found, how everything is."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from msgspec import Struct

from aggregator.pages.documents import feeds_of, older_path, rendered
from aggregator.pages.highlight import found_in, marked, sought
from aggregator.pages.plots import plot
from aggregator.pages.views import (
    CategoryView,
    DateView,
    entry_path,
    host,
    view_category,
    view_date,
    view_entries,
    view_entry,
    web_address,
)
from aggregator.pages.words import words_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from aggregator.model import Category, Enclosure, PublishedEntry, Sighting, Site, Source, Story
    from aggregator.model.overview import Overview
    from aggregator.pages.highlight import Piece
    from aggregator.pages.views import EntryView

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_MIB = 1024**2


class CarrierView(Struct, frozen=True, kw_only=True):
    """Who carries an entry, under which link, and since when we know."""

    name: str
    url: str | None
    first_seen: DateView


class EnclosureView(Struct, frozen=True, kw_only=True):
    """A file that belongs to an entry: its address, its *name* for people, its type and size in words."""

    url: str
    name: str
    says: str


class HitView(Struct, frozen=True, kw_only=True):
    """An entry that was found, with what is marked in its title and in some lines of its text."""

    entry: EntryView
    title: tuple[Piece, ...]
    text: tuple[Piece, ...]


class SourceView(Struct, frozen=True, kw_only=True):
    """A source as the status page shows it: never its whole address, which may hold a token. *health* names a word."""

    name: str
    host: str | None
    health: str
    last: DateView | None
    next: DateView | None
    why: str


def render_entry(site: Site, timezone: ZoneInfo, story: Story) -> bytes:
    """Return the page of one entry, for ``entry?id=ID``: its whole text, and who carries it. Its HTML is clean already."""
    entry = story.entry
    shelves = [CategoryView(name=s.name, entry_count=0, newest=None, page=f"c/{s.slug}/", feed="") for s in story.shelves]
    first_seen, updated = view_date(story.first_seen_at, timezone), view_date(entry.updated, timezone)
    published = view_date(entry.published, timezone)
    return rendered(
        "entry.html",
        site,
        live=True,
        images=True,
        feeds=feeds_of(site, *((s.name, s.slug) for s in story.shelves)),
        entry=view_entry(entry, timezone, None),
        content=entry.content or entry.summary or "",
        authors=[person.name for person in entry.authors if person.name],
        first_seen=first_seen if first_seen.people != published.people else None,
        updated=updated if updated.people != published.people else None,
        rights=entry.rights,
        enclosures=[_enclosure(enclosure) for enclosure in entry.enclosures if web_address(enclosure.url)],
        shelves=shelves,
        carriers=[_carrier(sighting, timezone) for sighting in story.sightings],
    )


def render_older(
    site: Site, timezone: ZoneInfo, category: Category | None, than: datetime, entries: Sequence[PublishedEntry], *, more: bool
) -> bytes:
    """Return the page of the *entries* of *category*, or of all, that are older *than* that; with *more* of them, a link on."""
    return rendered(
        "category.html",
        site,
        live=True,
        indexed=False,
        feeds=feeds_of(site, *([(category.name, category.slug)] if category else [])),
        scope=category,
        heading=category.name if category else site.title,
        category=view_category(category, timezone) if category else None,
        entries=view_entries(entries, timezone, live=True),
        older=older_path(entries[-1], category) if more else None,
        since=view_date(than, timezone),
    )


def render_search(
    site: Site, timezone: ZoneInfo, query: str, found: Sequence[PublishedEntry], category: Category | None, before: int | None
) -> bytes:
    """Return the page of what was *found* in *category*, or in all, the newest first; the next one begins *before* a number."""
    wanted = sought(query)
    asked = {"q": query} | ({"category": category.slug} if category else {})
    return rendered(
        "search.html",
        site,
        live=True,
        indexed=False,
        feeds=feeds_of(site),
        scope=category,
        query=query,
        hits=[_hit(entry, timezone, wanted) for entry in found],
        everywhere=f"search?{urlencode({'q': query}, errors='replace')}",
        older=f"search?{urlencode(asked | {'before': str(before)}, errors='replace')}" if before is not None else None,
    )


def render_status(site: Site, timezone: ZoneInfo, overview: Overview, now: datetime) -> bytes:
    """Return the page of how everything is, as of *now*; no secret is on it."""
    words = words_for(site.language)
    days = [f"{now - timedelta(days=n):%Y-%m-%d}" for n in reversed(range(30))]
    hours = [f"{now - timedelta(hours=n):%Y-%m-%d %H}" for n in reversed(range(48))]
    return rendered(
        "status.html",
        site,
        live=True,
        indexed=False,
        overview=overview,
        plots=(
            plot(words.per_day, [(day, overview.entries.get(day, 0)) for day in days], words.plot),
            plot(words.per_hour, [(f"{hour}:00", overview.polls.get(hour, 0)) for hour in hours], words.plot),
        ),
        sources=[_source(source, timezone) for source in overview.sources],
        total=overview.total,
    )


def render_missing(site: Site) -> bytes:
    """Return the page that says that there is none."""
    return rendered("notice.html", site, live=True, indexed=False, said=words_for(site.language).missing)


def render_gone(site: Site) -> bytes:
    """Return the page of an entry that is shown no more."""
    return rendered("notice.html", site, live=True, indexed=False, said=words_for(site.language).gone)


def _carrier(sighting: Sighting, timezone: ZoneInfo) -> CarrierView:
    name = " ".join(sighting.source_name.split())
    if sighting.source_name == sighting.source_url:  # nobody named it: its address may hold a token, or be a path of ours
        name = host(sighting.source_url) or host(sighting.url) or "?"
    return CarrierView(name=name, url=web_address(sighting.url), first_seen=view_date(sighting.first_seen_at, timezone))


def _enclosure(enclosure: Enclosure) -> EnclosureView:
    name = enclosure.url.partition("?")[0].rstrip("/").rpartition("/")[2] or enclosure.url
    size = f"{enclosure.length / _MIB:.1f} MiB" if enclosure.length else ""
    return EnclosureView(url=enclosure.url, name=name, says=", ".join(filter(None, (enclosure.media_type, size))))


def _hit(entry: PublishedEntry, timezone: ZoneInfo, wanted: re.Pattern[str] | None) -> HitView:
    view = view_entry(entry, timezone, entry_path(entry.atom_id))
    return HitView(entry=view, title=marked(view.title, wanted), text=found_in(entry.content or entry.summary or "", wanted))


def _source(source: Source, timezone: ZoneInfo) -> SourceView:
    where = host(source.subscription.url)
    named = source.subscription.title or source.provenance.title
    health, why = _health(source)
    return SourceView(
        name=" ".join((named or where or "?").split()),
        host=where,
        health=health,
        last=view_date(source.polled_at, timezone) if source.polled_at else None,
        next=view_date(source.next_poll_at, timezone) if source.next_poll_at and not source.disabled_reason else None,
        why=_ADDRESS.sub(lambda found: host(found[0]) or "…", why),
    )


def _health(source: Source) -> tuple[str, str]:
    if source.disabled_reason is not None:
        return "disabled", source.disabled_reason
    if source.failures and source.error:
        return "failing", f"{source.error.message} ({source.error.code}); {source.next_poll_reason}"
    return "healthy", source.next_poll_reason
