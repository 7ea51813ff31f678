"""Owns when two texts are alike although their URLs differ: one agency's report in the words of several papers.

A fingerprint is a simhash (Charikar, 2002) of 64 bits: texts that share most of their shingles differ in few bits. A shingle is
three units in a row; a unit is a word, or a character where a script puts no spaces between words. Numbers count threefold: a
copy keeps them, and a market report differs in little else from that of the day before. What each paper sets itself does not
count: headline, source, editors.
"""

from __future__ import annotations

import re
import struct
from collections import defaultdict
from html import unescape
from itertools import pairwise
from typing import TYPE_CHECKING
from unicodedata import is_normalized, normalize
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# Bits in which the fingerprints of texts that are alike may differ; docs/decisions.md has the measurements.
DISTANCE = 6
# Different shingles that a text must have. In a shorter one a single word changes more than DISTANCE bits, so that nothing can be
# told of copies, and what such texts share is more often a form of words ("shares of … closed at …") than an origin.
SHORTEST = 60
# Characters of a text that are looked at: they bound the time, and no copy differs only after that many.
_LONGEST = 20_000

_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark", "q"}
    | {"s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"}
)
# `clean` makes well-formed HTML, in which a regular expression finds the tags.
_MARKUP = re.compile(
    r"<(?:!--.*?(?:-->|\Z)|(?P<raw>script|style)\b.*?(?:</(?P=raw)\s*>|\Z)"
    r"|[/!?]?(?P<name>[a-z][^\s/>]*+)(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\"'>])*+(?:>|\Z))",
    re.DOTALL | re.IGNORECASE,
)
# Short lines and brackets that name the source, the editors, the headline of the original: each paper has its own.
_WHO = (
    r"(?:(?:(?:文章|本文|稿件|信息)?来源|(?:责任|本文|值班)?编辑|责编|校对|作者|记者|原标题|sources?|editors?)\s*[:：]"
    r"|(?:reporting|writing|editing) by\s)"
)
_CREDIT = re.compile(rf"[\n(（【\[][^\S\n]*(?i:{_WHO})[^)）】\]\n]{{0,99}}(?:[)）】\]]|(?=\n|\Z))")
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
# What NFKC would make ASCII punctuation or spaces of. As spaces they are the same to us, and without them most Chinese text is
# in NFKC already, which is found out in a tenth of the time.
_WIDE = re.compile("[\u00a0\u2026\u3000！-／：-＠［-｀｛-～]+")
# Han, kana, bopomofo, Thai, Lao, Burmese, Khmer: no spaces between words. Korean has them.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3007\u3041-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U000323af"
)
_ANY_UNSPACED = re.compile(f"[{_UNSPACED}]")
_NUMBER = re.compile("[0-9]+")
_BETWEEN_WORDS = re.compile(r"[^\w\n ]+")
_RUN = re.compile(rf"([{_UNSPACED}]+)|([^\W_{_UNSPACED}]+)")

_LANE = 64  # bits
# Below 2³⁰, so that three products of 32 bits with one of them still fit a lane; odd, so that none loses a bit.
_PLACES = (0x1E3779B1, 0x35EBCA77, 0x22B2AE3D)
_STIR, _STIR_LOW, _STIR_HIGH = 0x27D4EB2F, 0x165667B1, 0x3C6EF373

# Where the bands begin, and where the last one ends: DISTANCE + 1 of them, as equal as can be.
_EDGES = [_LANE * n // (DISTANCE + 1) for n in range(DISTANCE + 2)]


def fingerprint(title: str, html: str) -> int | None:
    """Return the simhash of *html*, a body as `clean` hands it on; its plain *title* is left out where the body repeats it first.

    A signed number of 64 bits, as databases store them. ``None`` if the text has fewer than ``SHORTEST`` different shingles:
    of such texts nothing can be told, and none counts as like another. White space, punctuation, case, inline markup,
    compatibility forms (NFKC) and credits (source, editors) make no difference.
    """
    text = _text(html).lstrip()
    codes = _codes("\n" + text.removeprefix(title)[:_LONGEST])
    shingles = _shingles(codes) if len(codes) >= SHORTEST else frozenset()
    return _simhash(shingles) if len(shingles) >= SHORTEST else None


def distance(one: int, other: int) -> int:
    """Return in how many bits two fingerprints differ: 0 to 64, about 30 for texts that have nothing to do with one another."""
    return ((one ^ other) & 0xFFFF_FFFF_FFFF_FFFF).bit_count()


def alike(one: int | None, other: int | None) -> bool:
    """Say whether two fingerprints are of texts that are so alike that one must be the other's copy."""
    return one is not None and other is not None and distance(one, other) <= DISTANCE


def bands(value: int) -> tuple[int, ...]:
    """Return what to look a fingerprint up by: any other within ``DISTANCE`` bits has at least one of these numbers too.

    Bits that differ can spoil only as many of ``DISTANCE + 1`` pieces as there are such bits (pigeonhole). Each number tells
    which piece it is, so that one index holds all; they are below 2¹³.
    """
    return tuple(
        n << 10 | value >> low & (1 << high - low) - 1  # Python shifts and masks negative numbers as if they went on for ever
        for n, (low, high) in enumerate(pairwise(_EDGES))
    )


def pairs(values: Mapping[int, int]) -> dict[tuple[int, int], int]:
    """Return which of these fingerprints are alike, by pairs of what they are called, the lower first; with their distance."""
    found: dict[tuple[int, int], int] = {}
    seen: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for name, value in sorted(values.items()):
        for band in bands(value):
            for other, its_value in seen[band]:
                if (apart := distance(value, its_value)) <= DISTANCE:
                    found[other, name] = apart
            seen[band].append((name, value))
    return found


def _text(html: str) -> str:
    return unescape(_MARKUP.sub(_gap, html) if "<" in html else html)


def _gap(markup: re.Match[str]) -> str:
    return "" if (markup["name"] or "").lower() in _INLINE else "\n"


def _codes(text: str) -> list[int]:
    """Return a number below 2³² for each unit of the text, and twice more for its numbers at the end."""
    text = _folded_text(_CREDIT.sub("\n", text))
    codes = _spaced(text) if not _ANY_UNSPACED.search(text) else _mixed(text)
    numbers = [number.encode() for number in _NUMBER.findall(text)]
    return codes + [crc32(number, 1) for number in numbers] + [crc32(number, 2) for number in numbers]


def _folded_text(text: str) -> str:
    for character in () if text.isascii() else _INVISIBLE:
        text = text.replace(character, "")
    if not is_normalized("NFKC", text):
        text = normalize("NFKC", _WIDE.sub(" ", text))
    return text.casefold()


def _spaced(text: str) -> list[int]:
    words = _BETWEEN_WORDS.sub(" ", text.replace("_", " "))
    return list(map(crc32, words.encode(errors="surrogatepass").split()))


def _mixed(text: str) -> list[int]:
    codes: list[int] = []
    for characters, word in _RUN.findall(text):
        if word:
            codes.append(crc32(word.encode(errors="surrogatepass")))
        else:
            codes += map(ord, characters)
    return codes


def _shingles(codes: list[int]) -> frozenset[int]:
    """Return a number below 2³² for each three units in a row, each once, so that a table full of zeros weighs no more than one.

    All are worked out at once, in one long number with a lane of 64 bits for each: ten times as fast as one after the other.
    """
    count = len(codes) - len(_PLACES) + 1
    lanes = _lanes(codes)
    sums = sum((lanes >> _LANE * n) * factor for n, factor in enumerate(_PLACES))
    # the mask also ends the last shingles, which begin in the text and would go on behind it
    return frozenset(struct.unpack(f"<{count}Q", _folded(sums, _halves(count)).to_bytes(8 * count, "little")))


def _simhash(shingles: frozenset[int]) -> int:
    """Return the number whose every bit is that of most shingles' hashes."""
    count = len(shingles)
    halves = _halves(count)
    stirred = _folded(_lanes(shingles) * _STIR, halves)
    hashes = _folded(stirred * _STIR_LOW, halves) | _folded(stirred * _STIR_HIGH, halves) << 32
    table = hashes.to_bytes(8 * count, "little")
    first = int.from_bytes(b"\1" * count, "little")
    bits = [first << bit for bit in range(8)]
    votes = 0
    for byte in range(8):
        column = int.from_bytes(table[byte::8], "little")
        for bit, where in enumerate(bits):
            votes |= ((column & where).bit_count() * 2 > count) << byte * 8 + bit
    return votes - (votes >> 63 << 64)


def _lanes(numbers: Collection[int]) -> int:
    return int.from_bytes(struct.pack(f"<{len(numbers)}Q", *numbers), "little")


def _halves(count: int) -> int:
    """Return the mask of the lower half of *count* lanes."""
    return int.from_bytes(b"\xff\xff\xff\xff\0\0\0\0" * count, "little")


def _folded(lanes: int, halves: int) -> int:
    """Return each lane's upper half mixed into its lower, as numbers of 32 bits."""
    return (lanes ^ lanes >> 32) & halves
