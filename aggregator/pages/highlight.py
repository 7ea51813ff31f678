"""Owns the lines of a text in which a search found something, and what is marked in them. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aggregator.pages.excerpt import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator

_BEFORE, _LONG = 40, 200  # characters of an excerpt before what was found, and in all
_WORD = re.compile(r'"([^"]*)"?|([^\s"]+)')
_LONGEST_TEXT = 100_000

Piece = tuple[bool, str]
"""A piece of text, and whether it is what was looked for."""


def sought(query: str) -> re.Pattern[str] | None:
    """Return what to mark of *query*: each of its words and phrases as they stand, whatever their case."""
    words = {r"\s+".join(map(re.escape, (quoted or word).split())) for quoted, word in _WORD.findall(query)} - {""}
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(longest_first), re.IGNORECASE) if words else None


def marked(text: str, wanted: re.Pattern[str] | None) -> tuple[Piece, ...]:
    """Cut *text* where what is *wanted* begins and ends."""
    return tuple(_pieces(text, wanted)) if wanted else ((False, text),) if text else ()


def found_in(html: str, wanted: re.Pattern[str] | None) -> tuple[Piece, ...]:
    """Return some lines of *html* around the first place of what is *wanted*, or its beginning."""
    text = excerpt(html, limit=_LONGEST_TEXT) if wanted else ""
    place = wanted.search(text) if wanted else None
    start = max(0, place.start() - _BEFORE) if place else 0
    shown = text[start : start + _LONG].strip()
    more = "…" if start + _LONG < len(text) else ""
    return marked(f"{'…' if start else ''}{shown}{more}", wanted)


def _pieces(text: str, wanted: re.Pattern[str]) -> Iterator[Piece]:
    end = 0
    for place in wanted.finditer(text):
        if place.start() > end:
            yield False, text[end : place.start()]
        yield True, place[0]
        end = place.end()
    if text[end:]:
        yield False, text[end:]
