"""Owns the paths of published files under the output folder, which are their addresses under the site's URL as well."""

from __future__ import annotations

INDEX, STYLE_SHEET, FEED_STYLE_SHEET = "index.html", "style.css", "feed.css"
FEED_LIST, SOURCE_LIST = "feeds.opml", "sources.opml"
REDIRECTS = "redirects.json"


def feed_path(slug: str) -> str:
    """Return the path of a category's feed."""
    return f"feeds/{slug}.atom"


def json_path(slug: str) -> str:
    """Return the path of a category's feed as JSON."""
    return f"feeds/{slug}.json"


def archive_path(slug: str, page: int) -> str:
    """Return the path of a page of the archive of a category's feed; the first is 1, and the oldest."""
    return f"feeds/{slug}/archive/{page}.atom"


def is_archived(path: str) -> bool:
    """Say whether a path is that of a page of an archive. These are rarely asked for: no gzip form lies beside them."""
    return "/archive/" in path


def list_path(page: int) -> str:
    """Return the path of a page of the list of all categories; the first is 1."""
    return "categories/index.html" if page == 1 else f"categories/{page}/index.html"


def page_path(slug: str) -> str:
    """Return the path of a category's page."""
    return f"c/{slug}/index.html"
