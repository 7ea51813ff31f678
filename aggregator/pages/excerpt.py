"""Owns the way from an entry's HTML to a few lines of plain text. Makes nothing safe: the template escapes what comes out."""

from __future__ import annotations

import re
from html.parser import HTMLParser

# Far more markup than an excerpt needs, and little enough that a huge or nasty document costs nothing.
_ENOUGH = 16_384
_STEP = 1_024
# Text beyond the limit that is at hand when it is cut, so that it is cut where the whole would be.
_AHEAD = 64

_UNSEEN = frozenset({"script", "style", "template", "noscript", "svg", "math", "title"})
# Within a line there is nothing between two pieces of text; every other element sets its text apart.
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark", "q", "rp", "rt"}
    | {"ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"}
)

# Full-width punctuation brings its own space.
_DOUBLE_SPACE = re.compile("(?<=[。，、；：！？」』》）】]) ")


class _Text(HTMLParser):
    """Collects what a reader would see of a document."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - HTMLParser's signature
        if tag in _UNSEEN:
            self._unseen += 1
        self._set_apart(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - as above
        self._set_apart(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN and self._unseen:
            self._unseen -= 1
        self._set_apart(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(data)

    def _set_apart(self, tag: str) -> None:
        if tag not in _INLINE:
            self.pieces.append(" ")


def excerpt(html: str, *, limit: int = 200) -> str:
    """Return the first *limit* characters or so of the text of *html*, on one line, ended by "…" when there is more.

    A word is not cut where words have spaces between them.
    """
    parser = _Text()
    text = ""
    for start in range(0, min(len(html), _ENOUGH), _STEP):
        parser.feed(html[start : start + _STEP])
        text = " ".join("".join(parser.pieces).split())
        if len(text) > limit + _AHEAD:
            break  # most of an article need not be read for its first lines
    else:
        parser.feed("\n")  # without it, the parser keeps a last "AT&T" back as a possible character reference
        text = " ".join("".join(parser.pieces).split())
    return shorten(_DOUBLE_SPACE.sub("", text), limit=limit)


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
