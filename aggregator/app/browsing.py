"""Owns the pages that are made while somebody waits: what the store says, rendered. It only reads, and each page costs little."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator import pages
from aggregator.terms import phrases_of

if TYPE_CHECKING:
    from aggregator.app.composition import App
    from aggregator.store import Store
    from aggregator.store.searching import Hit

_ON_A_PAGE = 30
_LONGEST_QUERY = 200
_SOURCES = 500
_DAYS, _HOURS = timedelta(days=30), timedelta(hours=48)


class Page(Struct, frozen=True, kw_only=True):
    """An answer: HTTP's *status*, the HTML, and where to look instead, relative to the address that was asked for."""

    status: int = 200
    html: bytes = b""
    location: str | None = None


class Browsing(Struct, frozen=True, kw_only=True):
    """The pages, on an open store that threads may share."""

    app: App
    store: Store

    def entry(self, atom_id: str) -> Page:
        """Return the page of an entry; of one that is hidden, that it is gone."""
        site = self.app.config.site_value
        with self.store.read() as tx:
            number = tx.browsing.number(atom_id)
            if number is None:
                return self.missing()
            story = tx.stories.story(str(number), None)
        if story.entry.id != number:  # it was merged into this one
            return Page(status=301, location=pages.entry_path(story.entry.atom_id))
        if story.hidden is not None:
            return Page(status=410, html=pages.render_gone(site))
        return Page(html=pages.render_entry(site, self.app.config.zone, story))

    def older(self, atom_id: str, slug: str | None) -> Page:
        """Return the page of what is older than an entry, in a category or among all."""
        with self.store.read() as tx:
            category = tx.browsing.category(slug) if slug is not None else None
            number = tx.browsing.number(atom_id)
            if (slug is not None and category is None) or number is None:
                return self.missing()
            than = tx.reading.entry(number)
            found = tx.reading.older(than, category, _ON_A_PAGE + 1)
        shown, more = found[:_ON_A_PAGE], len(found) > _ON_A_PAGE
        config = self.app.config
        return Page(html=pages.render_older(config.site_value, config.zone, category, than.published, shown, more=more))

    def search(self, query: str, before: int | None, slug: str | None) -> Page:
        """Return the page of what has all words of *query*, in a category or among all.

        It begins *before* a number that the page before it named.
        """
        query = query[:_LONGEST_QUERY]
        phrases = phrases_of(query)
        hits: tuple[Hit, ...] = ()
        with self.store.read() as tx:
            category = tx.browsing.category(slug) if slug is not None else None
            if slug is not None and category is None:
                return self.missing()
            if phrases:
                hits = tx.searching.find(phrases, limit=_ON_A_PAGE + 1, before=before, category=category)
        shown = hits[:_ON_A_PAGE]
        before = shown[-1].number if len(hits) > _ON_A_PAGE else None
        config = self.app.config
        found = [hit.entry for hit in shown]
        return Page(html=pages.render_search(config.site_value, config.zone, query, found, category, before))

    def status(self) -> Page:
        """Return the page of how everything is."""
        now = self.app.clock()
        with self.store.read() as tx:
            overview = tx.browsing.overview(now - _DAYS, now - _HOURS, now, _SOURCES)
        return Page(html=pages.render_status(self.app.config.site_value, self.app.config.zone, overview, now))

    def missing(self) -> Page:
        """Return the page that says that there is none."""
        return Page(status=404, html=pages.render_missing(self.app.config.site_value))
