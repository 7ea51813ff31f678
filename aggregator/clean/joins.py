"""The lines of a tree joined: which of its line breaks are spaces and which are nothing. Knows trees only by shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.clean.breaks import joined_without_space
from aggregator.clean.plain import BLOCKS
from aggregator.clean.trees import walk

if TYPE_CHECKING:
    from aggregator.clean.trees import Element

_BLANK = " \t\f"
_VERBATIM = frozenset({"pre", "code", "kbd", "samp", "textarea"})
_ATOMS = _VERBATIM | {"img", "audio", "video", "iframe", "object", "input"}
_ATOM = "x"  # what stands for an image or a piece of code: a neighbour that is not CJK


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
