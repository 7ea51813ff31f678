"""Owns the pages for people: categories and entries in, HTML bytes out; equal in, equal out. Touches no file, knows no clock.

The only room that knows Jinja; it is imported in ``documents`` alone. Links are relative, so that a site may live under a
path; there is no script and no inline style, so that the strictest Content-Security-Policy holds.

    documents   the pages themselves, and STYLE        views     model → what a template shows (pure)
    excerpt     HTML → a few lines of plain text       words     the interface in English and Chinese
"""

from __future__ import annotations

from aggregator.pages.documents import STYLE, render_category, render_index, render_moved

__all__ = ["STYLE", "render_category", "render_index", "render_moved"]
