"""Links that are said to be the original: 原文链接：…, 转载自 …, via …, at the start or the end of a text. Pure text.

A link in a sentence is a decoy, whatever the sentence says, and so is a link without text, such as an image. So the label
must begin a line, the link must follow it at once or after a colon, and little may come after the link.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from aggregator.clean.links import web_url
from aggregator.clean.text import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

MARK = "\x01"  # stands for a link in a block's text; no text that we are given holds a control character
_MOST_OTHER_TEXT = 40


class Original(NamedTuple):
    """The *url* of an original, and the *label* that says so."""

    label: str
    url: str


def find_original(text: str, links: Sequence[tuple[str, str]], labels: tuple[str, ...]) -> Original | None:
    """Return the link that a block calls the original.

    *text* is the block's, a line a line, with a ``MARK`` for each of *links*, which are pairs of text and address.
    """
    patterns = _patterns(labels)
    text = "\n".join(filter(None, map(fold, text.split("\n"))))  # no runs of blanks: patterns would go over them again and again
    at = number = 0
    for found in patterns.before_link.finditer(text):
        number += text.count(MARK, at, found.end("link"))
        at = found.end("link")
        shown, href = links[number - 1]
        if shown.strip() and (url := web_url(href)):
            return Original(found["label"], url)
    for found in patterns.before_address.finditer(text):
        if url := web_url(found["address"]):
            return Original(found["label"], url)
    if len(text.replace(MARK, "")) > _MOST_OTHER_TEXT:
        return None
    return next(
        (Original(shown.strip(), url) for shown, href in links if _is_label(shown, patterns) and (url := web_url(href))), None
    )


class _Patterns(NamedTuple):
    before_link: re.Pattern[str]
    before_address: re.Pattern[str]
    itself: re.Pattern[str]


@lru_cache(maxsize=64)
def _patterns(labels: tuple[str, ...]) -> _Patterns:
    words = "|".join(re.escape(label) for label in sorted(labels, key=len, reverse=True))
    label = rf"^[\s(（\[【>*]*(?:本文|文章)?(?P<label>{words})(?![A-Za-z])\s*"
    after = r"\s*(?:[)）\]】>》”」。.,，;；|｜·—/-][^\x01\n]{0,20})?$"
    flags = re.IGNORECASE | re.MULTILINE
    return _Patterns(
        re.compile(rf"{label}(?:[:：]\s*[^\x01\n]{{0,30}}|[《“「\[(（<]*)(?P<link>\x01){after}", flags),
        re.compile(rf"{label}[:：]\s*(?P<address>https?://[^\s\x01<>\"()（）【】，。；]+){after}", flags),
        re.compile(rf"[\s(（\[【>*]*(?:本文|文章)?(?:{words})[\s:：)）\]】>*]*", re.IGNORECASE),
    )


def _is_label(shown: str, patterns: _Patterns) -> bool:
    return patterns.itself.fullmatch(fold(shown)) is not None
