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

_FINALS = "iang|iong|uang|ang|eng|ong|ian|iao|uai|uan|ing|ai|an|ao|ei|en|er|ou|ia|ie|in|iu|ua|ue|ui|un|uo|ve|a|e|i|o|u|v"
# What at least two syllables of pinyin can look like; few words of other languages do.
_PINYIN = re.compile(rf"(?:(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?(?:{_FINALS})){{2,}}")
_LONGEST_SYLLABLE = 6
_LEADING_HAN = re.compile("[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff]{2,20}")


def human_name(category: str, tags: Iterable[str]) -> str:
    """Return the name that *category* is the slug of, if one of *tags* begins with it, else *category* itself."""
    if category.isascii() and category.isalpha() and category.islower() and _PINYIN.fullmatch(category):
        return next(filter(None, (_name_in(category, tag) for tag in tags if not tag.isascii())), category)
    return category


@lru_cache(maxsize=4096)
def _name_in(category: str, tag: str) -> str | None:
    """Return the beginning of *tag* whose slug is *category*; the same pair comes with thousands of posts."""
    leading = _LEADING_HAN.match(tag)
    if leading is None:
        return None
    longest = min(len(leading[0]), len(category))
    shortest = max(2, -(-len(category) // _LONGEST_SYLLABLE))
    return next((tag[:n] for n in range(longest, shortest - 1, -1) if slug_for(tag[:n], ()) == category), None)
