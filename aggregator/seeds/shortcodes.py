"""What a shortcode of Hugo stands for, as far as the post alone tells: a picture (https://gohugo.io/shortcodes/figure/)."""

from __future__ import annotations

import re
from html import escape

from aggregator.clean import text_of
from aggregator.seeds.markdown import to_html

# Hugo's own, and what widespread themes call it.
_PICTURES = frozenset({"figure", "image", "img"})
_ARGUMENT = re.compile(
    r"(?P<name>[\w-]{1,40})\s*=\s*(?:\"(?P<double>(?:[^\"\\]|\\.)*+)\"|`(?P<raw>[^`]*)`|'(?P<single>[^']*)'|(?P<bare>[^\s\"'`]+))",
    re.DOTALL,
)
_ESCAPED = re.compile(r'\\(["\\])')


def shortcode_html(name: str, arguments: str) -> str | None:
    """Return the HTML of the shortcode *name* called with *arguments*, or ``None`` if nobody can tell."""
    given = {found["name"].lower(): _value(found) for found in _ARGUMENT.finditer(arguments)} if name in _PICTURES else {}
    if not given.get("src"):
        return None
    caption = to_html(" ".join(filter(None, (given.get("title"), given.get("caption"))))).strip()
    caption = caption.removeprefix("<p>").removesuffix("</p>")  # of one paragraph only the words are wanted
    image = f'<img src="{escape(given["src"])}" alt="{escape(given.get("alt") or text_of(caption))}">'
    # without a blank line after it, Markdown takes the text that follows for HTML
    return f"<figure>{image}{f'<figcaption>{caption}</figcaption>' if caption else ''}</figure>\n\n"


def _value(found: re.Match[str]) -> str:
    if found["double"] is not None:
        return _ESCAPED.sub(r"\1", found["double"])
    return found["raw"] or found["single"] or found["bare"] or ""
