"""Where lines of text were joined: which of the line breaks are spaces and which are nothing. Knows trees only by shape.

HTML and Markdown turn a line break into a space. Chinese and Japanese have no spaces between words, so there a break is
nothing (CSS Text 3, section 4.1.3, "segment break transformation"); Korean has them and keeps its breaks as spaces.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aggregator.clean.trees import BLOCKS, walk

if TYPE_CHECKING:
    from aggregator.clean.trees import Element

_CJK = (
    "\u2e80-\u303f\u3040-\u30ff\u3100-\u312f\u3190-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff60\uffe0-\uffe6\U00020000-\U0003ffff"
)
_WIDE = re.compile(f"[{_CJK}]")
# Full-width punctuation carries its own space: no break beside it is one, whatever is on the other side.
_WIDE_PUNCTUATION = re.compile(
    "[\u3001-\u3003\u3008-\u3011\u3014-\u301f\ufe30-\ufe4f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff60]"
)
# Wide in Chinese text, narrow in Latin text: the other neighbour decides.
_EITHER = re.compile("[“”‘’…—·]")
_NO_SPACE = re.compile(
    rf"(?<={_WIDE_PUNCTUATION.pattern})\n|\n(?={_WIDE_PUNCTUATION.pattern})"
    rf"|(?<={_WIDE.pattern})\n(?=(?:{_WIDE.pattern}|{_EITHER.pattern}))|(?<={_EITHER.pattern})\n(?={_WIDE.pattern})"
)
_BREAK_IN_TEXT = re.compile("(?<!>)\n")
_BLANK = " \t\f"
_VERBATIM = frozenset({"pre", "code", "kbd", "samp", "textarea"})
_ATOMS = _VERBATIM | {"img", "audio", "video", "iframe", "object", "input"}
_ATOM = "x"  # what stands for an image or a piece of code: a neighbour that is not CJK


def joined_without_space(before: str, after: str) -> bool:
    """Say whether a line break between the characters *before* and *after* is nothing, not a space."""
    if _WIDE_PUNCTUATION.match(before) or _WIDE_PUNCTUATION.match(after):
        return True
    wide_before, wide_after = _WIDE.match(before), _WIDE.match(after)
    if wide_before and wide_after:
        return True
    return bool((wide_before and _EITHER.match(after)) or (wide_after and _EITHER.match(before)))


def join_text(html: str) -> str:
    """Resolve the line breaks in *html* as :func:`join_lines` does, where no tag stands beside one but a block's or ``<br>``."""
    return _BREAK_IN_TEXT.sub(" ", _NO_SPACE.sub("", html))


def is_wide(character: str) -> bool:
    """Say whether *character* is Chinese or Japanese, letter or punctuation."""
    return _WIDE.match(character) is not None


def without_break_before(text: str) -> str:
    """Return *text* without the whitespace it begins with, if a line break is in it."""
    stripped = text.lstrip(_BLANK + "\n")
    return stripped if "\n" in text[: len(text) - len(stripped)] else text


def without_break_after(text: str) -> str:
    """Return *text* without the whitespace it ends with, if a line break is in it."""
    stripped = text.rstrip(_BLANK + "\n")
    return stripped if "\n" in text[len(stripped) :] else text


def join_lines(body: Element) -> None:
    """Resolve each line break in the text of *body*: a space between words, nothing in Chinese text and at a block's edges.

    A break may lie across several elements, as one before ``<b>`` and another within it. ``pre`` and ``code`` are left alone.
    """
    joiner = _Joiner()
    verbatim = depth = 0
    for event, element in walk(body):
        starts = event == "start"
        if element.tag in BLOCKS or element.tag == "br":
            joiner.edge()
        elif starts and not verbatim and element.tag in _ATOMS:
            joiner.atom()
        depth += 1 if starts else -1
        if element.tag in _VERBATIM:
            verbatim += 1 if starts else -1
        if not verbatim:
            joiner.text(_Chunk(element, "text" if starts else "tail", depth))
    joiner.write()


class _Chunk:
    """A text of the tree: before an element's first child, or after the element."""

    __slots__ = ("attribute", "depth", "element", "pieces", "raw")

    def __init__(self, element: Element, attribute: str, depth: int) -> None:
        self.element = element
        self.attribute = attribute
        self.depth = depth
        self.raw: str = getattr(element, attribute) or ""
        self.pieces: list[str] = []


class _Joiner:
    """Reads a document's texts in order; remembers the last character shown and where a break is still undecided."""

    def __init__(self) -> None:
        self._chunks: list[_Chunk] = []
        self._last = ""
        self._break: _Chunk | None = None

    def edge(self) -> None:
        """A block begins or ends: breaks around its text are nothing; between blocks one is kept, for legible source."""
        if self._break and not self._last:
            self._break.pieces.append("\n")
        self._break = None
        self._last = ""

    def atom(self) -> None:
        """Something that is not text stands here."""
        self._decide(_ATOM)
        self._last = _ATOM

    def text(self, chunk: _Chunk) -> None:
        """Take the next text."""
        if not chunk.raw:
            return
        self._chunks.append(chunk)
        lines = chunk.raw.split("\n")
        for number, line in enumerate(lines):
            if number and (self._break is None or chunk.depth < self._break.depth):
                self._break = chunk  # the outermost place: a space belongs beside a link, not into it
            shown = line.lstrip(_BLANK) if number or self._break else line
            shown = shown.rstrip(_BLANK) if number < len(lines) - 1 else shown
            if shown:
                self._decide(shown[0])
                chunk.pieces.append(shown)
                self._last = shown[-1]

    def write(self) -> None:
        """Change the tree."""
        for chunk in self._chunks:
            joined = "".join(chunk.pieces)
            if joined != chunk.raw:
                setattr(chunk.element, chunk.attribute, joined)

    def _decide(self, following: str) -> None:
        if self._break and self._last and not joined_without_space(self._last, following):
            self._break.pieces.append(" ")
        self._break = None
