"""Owns the way from an entry's HTML to a few lines of plain text. Makes nothing safe: the template escapes what comes out."""

from __future__ import annotations

import re
from html import unescape

# Far more markup than an excerpt needs, and little enough that a huge or nasty document costs nothing.
_ENOUGH = 16_384
# Text beyond the limit that is at hand when it is cut, so that it is cut where the whole would be.
_AHEAD = 64

_UNSEEN = frozenset({"script", "style", "template", "noscript", "svg", "math", "title"})
# Within a line there is nothing between two pieces of text; every other element sets its text apart.
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark", "q", "rp", "rt"}
    | {"ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"}
)
# What `clean` hands on is well-formed, so a regular expression finds its tags; html.parser takes eight times as long. Only the
# text of scripts and style sheets may hold what looks like a tag and is none.
_MARKUP = re.compile(
    r"<(?:!--.*?(?:-->|\Z)|[!?][^>]*+(?:>|\Z)|(?P<raw>script|style)\b.*?(?:</(?P=raw)\s*>|\Z)"
    r"|(?P<end>/?)(?P<name>[a-z][^\s/>]*+)(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\"'>])*+(?:>|\Z))",
    re.DOTALL | re.IGNORECASE,
)

# Full-width punctuation brings its own space.
_DOUBLE_SPACE = re.compile("(?<=[。，、；：！？」』》）】]) ")


def excerpt(html: str, *, limit: int = 200) -> str:
    """Return the first *limit* characters or so of the text of *html*, on one line, ended by "…" when there is more.

    A word is not cut where words have spaces between them.
    """
    start = html[:_ENOUGH]
    pieces: list[str] = []
    at = unseen = seen = 0
    for markup in _MARKUP.finditer(start):
        if not unseen:
            pieces.append(start[at : markup.start()])
            seen += len(pieces[-1].strip())
        at = markup.end()
        name = (markup["name"] or "").lower()
        if name in _UNSEEN and not markup[0].endswith("/>"):
            unseen = max(0, unseen + (-1 if markup["end"] else 1))
        if markup["raw"] or (name and name not in _INLINE):
            pieces.append(" ")
            # most of an article need not be read for its first lines
            if seen > limit + _AHEAD and len(text := _text(pieces)) > limit + _AHEAD:
                break
    else:
        text = _text([*pieces, "" if unseen else start[at:]])
    return shorten(_DOUBLE_SPACE.sub("", text), limit=limit)


def _text(pieces: list[str]) -> str:
    return " ".join(unescape("".join(pieces)).split())


def shorten(text: str, *, limit: int) -> str:
    """Return *text*, or its beginning and "…" when it is longer than *limit* characters."""
    if len(text) <= limit:
        return text
    beginning = text[:limit]
    space = beginning.rfind(" ")
    # Chinese has no such spaces; then, and after one very long word, cut where we are.
    if text[limit] != " " and space > limit - 30:
        beginning = beginning[:space]
    return beginning.rstrip() + "…"
