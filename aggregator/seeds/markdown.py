"""Markdown to HTML. The only module that knows comrak; the HTML it returns is not safe, cleaning comes later.

CommonMark with tables, strikethrough and footnotes, raw HTML passed through, and emphasis that works beside Chinese
punctuation. GitHub's autolinks are off on purpose: they take ``http://example.com/，后面的字`` for one address.
"""

from __future__ import annotations

import comrak

# A table pads each row to the width of its head, so 20 KB can become 30 MB. No honest table has more cells.
MOST_CELLS = 200_000


def to_html(markdown: str) -> str:
    """Render *markdown*; equal text gives equal HTML."""
    extensions = _EXTENSIONS if _cells(markdown) <= MOST_CELLS else _EXTENSIONS_WITHOUT_TABLES
    return comrak.render_markdown(markdown, extension_options=extensions, render_options=_RENDERING)


def _cells(markdown: str) -> int:
    """Return how many cells the tables of *markdown* could have at most."""
    if "|" not in markdown:
        return 0
    lines = markdown.split("\n")
    return max(line.count("|") for line in lines) * len(lines)


def _extensions() -> comrak.ExtensionOptions:
    extensions = comrak.ExtensionOptions()
    extensions.cjk_friendly_emphasis = True
    extensions.strikethrough = True
    extensions.footnotes = True
    extensions.table = True
    return extensions


def _rendering() -> comrak.RenderOptions:
    rendering = comrak.RenderOptions()
    rendering.unsafe_ = True  # raw HTML passes; `clean` has the last word
    return rendering


_EXTENSIONS = _extensions()
_EXTENSIONS_WITHOUT_TABLES = _extensions()
_EXTENSIONS_WITHOUT_TABLES.table = False
_RENDERING = _rendering()
