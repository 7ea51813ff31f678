"""Owns the finished pages. The only module that knows Jinja; the templates decide nothing but how things look."""

from __future__ import annotations

import os
import sys
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemBytecodeCache, PackageLoader, StrictUndefined

from aggregator import __version__
from aggregator.pages.direction import contained
from aggregator.pages.views import FeedView, view_category, view_entries
from aggregator.pages.words import words_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from aggregator.model import Category, PublishedEntry, Site
    from aggregator.pages.views import CategoryView
    from aggregator.pages.words import Words

STYLE: bytes = (files("aggregator.pages") / "style.css").read_bytes()
"""The stylesheet of all pages, to be published as ``style.css`` in the site's root."""

_LONGEST_START = 4  # characters of a slug: enough to tell where to look
_ATOM, _JSON, _OPML = "application/atom+xml", "application/feed+json", "text/x-opml"


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
    # another version may set up its environment otherwise, which compiled templates do not tell
    return FileSystemBytecodeCache(str(folder), f"%s.{__version__}.jinja") if usable else None


def _finished(value: object) -> object:
    """Return what a template is about to show; of text, one that keeps to itself."""
    return contained(value) if type(value) is str else value  # HTML that is safe as it is has a type of its own


_TEMPLATES = Environment(
    finalize=_finished,
    loader=PackageLoader("aggregator.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,
    bytecode_cache=_compiled(),
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def render_index(
    site: Site,
    timezone: ZoneInfo,
    categories: Sequence[Category],
    latest: Sequence[PublishedEntry],
    *,
    count: int | None = None,
    live: bool = False,
) -> bytes:
    """Return the site's first page, for ``index.html``: *categories* and *latest* entries in the order given.

    Links to ``feeds/all.atom``, and for each category to ``feeds/SLUG.atom`` and ``c/SLUG/``; to ``categories/`` where these are
    not all, but *count* is. Dates are shown in *timezone*. Where the site is *live*, there are links to what only our own server
    answers.
    """
    views = [view_category(category, timezone) for category in categories]
    words = words_for(site.language)
    return rendered(
        "index.html",
        site,
        live=live,
        feeds=[*feeds_of(site), FeedView(title=site.title, path="feeds.opml", media_type=_OPML)],
        offers="".join(_offer(view, site) for view in views),
        rows="".join(_row(view, words) for view in views),
        shown=len(categories),
        count=count or len(categories),
        all_categories=_list_path(1),
        entries=view_entries(latest, timezone, live=live),
        older=older_path(latest[-1], None) if live and latest else None,
    )


def render_categories(
    site: Site, timezone: ZoneInfo, categories: Sequence[Category], page: int, starts: Sequence[str], *, live: bool = False
) -> bytes:
    """Return one *page* of a list of all categories, for ``categories/index.html`` or, from 2 on, ``categories/PAGE/index.html``.

    It shows *categories* in the order given; *starts* are the slugs with which the pages start, this one's included.
    """
    root = "../" if page == 1 else "../../"
    words = words_for(site.language)
    return rendered(
        "categories.html",
        site,
        root=root,
        live=live,
        feeds=feeds_of(site),
        page=page,
        starts=[slug[:_LONGEST_START] for slug in starts],
        path_of=_list_path,
        rows="".join(_row(view_category(category, timezone), words, root) for category in categories),
    )


def _list_path(page: int) -> str:
    return "categories/" if page == 1 else f"categories/{page}/"


def render_category(
    site: Site, timezone: ZoneInfo, category: Category, entries: Sequence[PublishedEntry], *, live: bool = False
) -> bytes:
    """Return the page of one *category*, for ``c/SLUG/index.html``: *entries* in the order given, dates in *timezone*.

    Where the site is *live*, there are links to what only our own server answers.
    """
    more = live and entries and len(entries) < category.entry_count
    return rendered(
        "category.html",
        site,
        root="../../",
        live=live,
        feeds=feeds_of(site, (category.name, category.slug)),
        scope=category,
        heading=category.name,
        category=view_category(category, timezone),
        entries=view_entries(entries, timezone, live=live),
        older=f"../../{older_path(entries[-1], category)}" if more else None,
        since=None,
    )


def render_moved(site: Site, category: Category) -> bytes:
    """Return the page at a former address of one *category*, for ``c/FORMER-SLUG/index.html``: it leads to the present one."""
    return rendered(
        "moved.html",
        site,
        root="../../",
        feeds=feeds_of(site, (category.name, category.slug)),
        category=category.name,
        page=f"c/{category.slug}/",
    )


def older_path(entry: PublishedEntry, category: Category | None) -> str:
    """Return where what is older than *entry* is shown, of *category* or of all, relative to the site's root."""
    return f"older?{urlencode({'than': entry.atom_id} | ({'in': category.slug} if category else {}), errors='replace')}"


def feeds_of(site: Site, *categories: tuple[str, str]) -> list[FeedView]:
    """Return the feeds of *categories*, given by name and slug, and of all; a reader that takes only one takes the first."""
    named = [(f"{contained(name)} · {site.title}", slug) for name, slug in categories]
    return [
        FeedView(title=title, path=f"feeds/{slug}{suffix}", media_type=media_type)
        for title, slug in (*named, (site.title, "all"))
        for suffix, media_type in ((".atom", _ATOM), (".json", _JSON))
    ]


def _offer(view: CategoryView, site: Site) -> str:
    """Write the link by which a browser or reader finds a category's feed."""
    return (
        f'<link rel="alternate" type="{_ATOM}" title="{escape(f"{contained(view.name)} · {site.title}")}" href="{view.feed}">\n'
    )


def _row(view: CategoryView, words: Words, root: str = "") -> str:
    """Write a line of a list. There may be thousands, for which a template takes three times as long."""
    name = escape(contained(view.name))
    newest = view.newest
    freshness = (
        f'<span aria-hidden="true"> · </span>{words.newest} <time datetime="{newest.machine}">{newest.people}</time>'
        if newest
        else ""
    )
    return (
        f'<li>\n<a class="name" href="{root}{view.page}"><bdi>{name}</bdi></a>\n'
        f'<span class="meta">{words.count(view.entry_count)}{freshness}</span>\n'
        f'<a class="subscribe" href="{root}{view.feed}" type="{_ATOM}" aria-label="{words.subscribe_to.format(name=name)}">'
        f"{words.subscribe}</a>\n</li>\n"
    )


def rendered(name: str, site: Site, **values: object) -> bytes:
    """Render one template."""
    words = words_for(site.language)
    common = {"root": "", "live": False, "images": False, "indexed": True, "query": "", "scope": None, "feeds": (), "offers": ""}
    shown = common | {"site": site, "words": words, "language": words.page_language(site.language)} | values
    html = _TEMPLATES.get_template(name).render(shown)
    return html.encode("utf-8", errors="replace")  # a lone surrogate must not cost the page
