"""Owns the finished pages. The only module that knows Jinja; the templates decide nothing but how things look."""

from __future__ import annotations

import os
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemBytecodeCache, PackageLoader, StrictUndefined

from aggregator.pages.views import CategoryView, FeedView, view_category, view_entries
from aggregator.pages.words import words_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from aggregator.model import Category, PublishedEntry, Site

STYLE: bytes = (files("aggregator.pages") / "style.css").read_bytes()
"""The stylesheet of all pages, to be published as ``style.css`` in the site's root."""


def _compiled() -> FileSystemBytecodeCache | None:
    """Keep compiled templates where Python keeps its compiled modules: compiling takes longer than rendering a few pages.

    Where it may not write, they are compiled at each start.
    """
    folder = Path(__file__).parent / "templates" / "__pycache__"
    try:
        folder.mkdir(exist_ok=True)
    except OSError:
        return None
    usable = os.access(folder, os.W_OK) and not sys.dont_write_bytecode
    return FileSystemBytecodeCache(str(folder), "%s.jinja") if usable else None


_TEMPLATES = Environment(
    loader=PackageLoader("aggregator.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,
    bytecode_cache=_compiled(),
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def render_index(site: Site, timezone: ZoneInfo, categories: Sequence[Category], latest: Sequence[PublishedEntry]) -> bytes:
    """Return the site's first page, for ``index.html``: *categories* and *latest* entries in the order given.

    Links to ``feeds/all.atom``, and for each category to ``feeds/SLUG.atom`` and ``c/SLUG/``. Dates are shown in *timezone*.
    """
    views = [view_category(category, timezone) for category in categories]
    feeds = [_feed_of_all(site), *(_feed_of(site, view) for view in views)]
    entries = view_entries(latest, timezone)
    return _render("index.html", site, root="", feeds=feeds, categories=views, entries=entries)


def render_category(site: Site, timezone: ZoneInfo, category: Category, entries: Sequence[PublishedEntry]) -> bytes:
    """Return the page of one *category*, for ``c/SLUG/index.html``: *entries* in the order given, dates in *timezone*."""
    view = view_category(category, timezone)
    feeds = [_feed_of(site, view), _feed_of_all(site)]  # a reader that takes only one takes the first
    shown = view_entries(entries, timezone)
    return _render("category.html", site, root="../../", feeds=feeds, category=view, entries=shown)


def render_moved(site: Site, category: Category) -> bytes:
    """Return the page at a former address of one *category*, for ``c/FORMER-SLUG/index.html``: it leads to the present one."""
    feed = FeedView(title=f"{category.name} · {site.title}", path=f"feeds/{category.slug}.atom")
    return _render("moved.html", site, root="../../", feeds=[feed], category=category.name, page=f"c/{category.slug}/")


def _feed_of_all(site: Site) -> FeedView:
    return FeedView(title=site.title, path="feeds/all.atom")


def _feed_of(site: Site, category: CategoryView) -> FeedView:
    return FeedView(title=f"{category.name} · {site.title}", path=category.feed)


def _render(name: str, site: Site, **values: object) -> bytes:
    """Render one template."""
    words = words_for(site.language)
    html = _TEMPLATES.get_template(name).render(site=site, words=words, language=words.page_language(site.language), **values)
    return html.encode("utf-8", errors="replace")  # a lone surrogate must not cost the page
