"""Owns how lines are broken that must fit a terminal, where some characters take two columns."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from typing import TYPE_CHECKING

from aggregator.cli.context import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

NARROWEST, WIDEST = 40, 100  # columns: less has no room for words, and longer lines are hard to read


def room() -> int:
    """Return how wide lines may be: as wide as the terminal, within reason, and the widest where there is none."""
    columns = shutil.get_terminal_size((WIDEST, 0)).columns if sys.stdout.isatty() else WIDEST
    return min(max(columns, NARROWEST), WIDEST)


def wrapped(text: str, width: int, *, indent: int = 0) -> Iterator[str]:
    """Yield *text* in lines of *width* columns at most; those after the first are indented two columns more.

    It is broken at spaces and beside wide characters; a word is cut only if it is longer than a line.
    """
    indent += len(text) - len(text.lstrip(" "))
    line, margin = " " * indent, " " * (indent + 2)
    used = indent
    for piece in _pieces(printable(text).lstrip(" "), width - len(margin)):
        if used + _width(piece) > width:
            yield line.rstrip()
            line, used = margin + piece.lstrip(" "), len(margin) + _width(piece.lstrip(" "))
        else:
            line, used = line + piece, used + _width(piece)
    yield line.rstrip()


def _pieces(text: str, room: int) -> Iterator[str]:
    """Part a text where it may be broken: before a space, around a wide character, and where a word fills the *room*."""
    piece = ""
    for character in text:
        if character == " " or _is_wide(character) or (piece and _is_wide(piece[-1])) or len(piece) == room:
            yield piece
            piece = ""
        piece += character
    yield piece


def _width(text: str) -> int:
    return len(text) + sum(map(_is_wide, text))


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"
