"""Owns what a text is found by: the terms that the search index keeps of it, and what a query asks of them. Pure.

Words are terms in lower case and NFKC. Where a script puts no spaces between words, each two characters in a row are a term, and
so is the last character of such a run: 人民邮电 is kept as 人民 民邮 邮电 电. Two characters are then found as one term, more of
them as a phrase, and a single one as what a term begins with.
"""

from __future__ import annotations

import re
from operator import add
from unicodedata import is_normalized, normalize

from msgspec import Struct

# PostgreSQL knows no place in a text beyond this (https://www.postgresql.org/docs/current/textsearch-limitations.html).
MOST_TERMS = 16_000
_LONGEST_WORD = 64
# Of a query: what is beyond is not looked for.
_LONGEST_QUERY, _MOST_PHRASES = 200, 8

# Han, kana, bopomofo, Thai, Lao, Burmese, Khmer. Korean has spaces.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3007\u3041-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U000323af"
)
# Punctuation that NFKC would make ASCII. It separates all the same, and most Chinese text without it is in NFKC already, which is
# found out in a tenth of the time. Not the full-width quotation marks, which mean something in a query.
_WIDE = re.compile("[！＃-／：-＠［-｀｛-～\u3000…]+")
_RUN = re.compile(rf"([{_UNSPACED}]+)|([^\W_{_UNSPACED}]+)")
_PIECE = re.compile(r'"([^"]*)"?|([^\s"]+)')


class Phrase(Struct, frozen=True):
    """Terms that stand in a row. *is_open*: of the last one only the beginning is given."""

    terms: tuple[str, ...]
    is_open: bool = False


def terms_of(text: str) -> list[str]:
    """Return the terms of *text*, in their order; of a very long one those of its beginning."""
    return _terms(_folded(text))[:MOST_TERMS]


def phrases_of(query: str) -> tuple[Phrase, ...]:
    """Return what *query* asks for: all of its words, and what stands in quotation marks as one phrase.

    Without any letter or number it asks for nothing. What is beyond the limits is left out.
    """
    pieces = (quoted or word for quoted, word in _PIECE.findall(_folded(query[:_LONGEST_QUERY])))
    found = dict.fromkeys(phrase for piece in pieces if (phrase := _phrase(piece)) is not None)
    return tuple(found)[:_MOST_PHRASES]


def _phrase(piece: str) -> Phrase | None:
    terms = _terms(piece)
    if not terms:
        return None
    unspaced, _ = _RUN.findall(piece)[-1]
    if len(unspaced) > 1:
        terms.pop()  # where the query ends, the text may go on
    return Phrase(tuple(terms), is_open=len(unspaced) == 1)


def _terms(folded: str) -> list[str]:
    terms: list[str] = []
    for unspaced, word in _RUN.findall(folded):
        if word:
            terms.append(word[:_LONGEST_WORD])
        else:
            terms += map(add, unspaced, unspaced[1:])
            terms.append(unspaced[-1])
    return terms


def _folded(text: str) -> str:
    text = _WIDE.sub(" ", text)
    return (text if is_normalized("NFKC", text) else normalize("NFKC", text)).casefold()
