"""The name that people know a category by, where its seed has only the name's pinyin and a tag has the name.

``renminyoudianbao`` with the tag 人民邮电报新闻 is 人民邮电报: the beginning of the tag that is written so in pinyin. Knows of
pinyin only what ``classify`` says, and asks it rarely: its dictionary takes a quarter of a second to load.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from aggregator.classify import slug_for

if TYPE_CHECKING:
    from collections.abc import Iterable

_INITIALS = (
    "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r", "z", "c", "s", "y", "w", "zh", "ch", "sh",
)  # fmt: skip
_FINALS = (
    "a", "ai", "an", "ang", "ao", "e", "ei", "en", "eng", "er", "i", "ia", "ian", "iang", "iao", "ie", "in", "ing", "iong",
    "iu", "o", "ong", "ou", "u", "ua", "uai", "uan", "uang", "ue", "ui", "un", "uo", "v", "ve",
)  # fmt: skip
_SYLLABLES = frozenset(initial + final for initial in ("", *_INITIALS) for final in _FINALS)
_LONGEST_SYLLABLE = 6
_LONGEST = 80  # of a slug
_LEADING_HAN = "[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff]{2,20}"


def human_name(category: str, tags: Iterable[str]) -> str:
    """Return the name that *category* is the slug of, if one of *tags* begins with it, else *category* itself."""
    if category.isascii() and category.isalpha() and category.islower() and _looks_like_pinyin(category):
        return next(filter(None, (_name_in(category, tag) for tag in tags if not tag.isascii())), category)
    return category


@lru_cache(maxsize=4096)
def _looks_like_pinyin(word: str) -> bool:
    """Say whether *word* can be cut into syllables of pinyin; few words of other languages can."""
    if len(word) > _LONGEST:
        return False
    ends = {0}  # where a syllable may end; no regular expression, since those try every way to cut
    for end in range(1, len(word) + 1):
        if any(start in ends and word[start:end] in _SYLLABLES for start in range(max(0, end - _LONGEST_SYLLABLE), end)):
            ends.add(end)
    return len(word) in ends


@lru_cache(maxsize=4096)
def _name_in(category: str, tag: str) -> str | None:
    """Return the beginning of *tag* whose slug is *category*; the same pair comes with thousands of posts."""
    leading = re.match(_LEADING_HAN, tag)
    if leading is None:
        return None
    longest = min(len(leading[0]), len(category))
    shortest = max(2, -(-len(category) // _LONGEST_SYLLABLE))
    return next((tag[:n] for n in range(longest, shortest - 1, -1) if slug_for(tag[:n], ()) == category), None)
