"""Owns the pages for people: categories and entries in, HTML bytes out; equal in, equal out. Touches no file, knows no clock.

The only room that knows Jinja; it is imported in ``documents`` alone. Links are relative, so that a site may live under a
path; there is no script and no inline style, so that the strictest Content-Security-Policy holds.

    documents   the pages that are files, and STYLE    answers    those made on request: entry, older, search, status
    excerpt     HTML → a few lines of plain text       highlight  what was looked for, in a text
    views       model → what a template shows (pure)   plots      numbers → bars
    direction   text that cannot turn its surroundings    words  the interface in English and Chinese
"""

from __future__ import annotations

from aggregator.pages.answers import render_entry, render_gone, render_missing, render_older, render_search, render_status
from aggregator.pages.documents import STYLE, render_categories, render_category, render_index, render_moved
from aggregator.pages.views import entry_path

__all__ = [
    "STYLE",
    "entry_path",
    "render_categories",
    "render_category",
    "render_entry",
    "render_gone",
    "render_index",
    "render_missing",
    "render_moved",
    "render_older",
    "render_search",
    "render_status",
]
