"""Owns the conditions that rules are made of: one test of one field each, what they look at, and lines of them.

Patterns are RE2 (:mod:`aggregator.patterns`), so that no rule can stall a run.
"""

from __future__ import annotations

import functools
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from aggregator.classify.slugs import name_key
from aggregator.patterns import compile_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aggregator.model import Subscription

    Test = Callable[["Subject"], bool]

# Cleaned HTML has no bare < or > outside its tags, whose names are in lower case. A block's edge separates words, an inline tag
# does not: in 中国<b>电信</b> the rule 中国电信 must still be found.
_BLOCK = rb"</?(?:p|div|br|hr|li|[udo]l|d[dt]|h[1-6]|table|t[rdh]|pre|blockquote|fig(?:ure|caption)|section|article)\b[^<>]*>"
_TAG = rb"<[^<>]*>"


class Field(StrEnum):
    """What of an entry a condition looks at, by the key it has in the configuration."""

    TAG = "tag"  # a publisher's tag (term or label) or category: equal, as name_key sees it
    TITLE = "title"  # RE2, anywhere in the title
    CONTENT = "content"  # RE2, anywhere in the text of summary and content, without markup
    AUTHOR = "author"  # RE2, anywhere in one author's name
    URL = "url"  # RE2, anywhere in the entry's URL
    SOURCE = "source"  # the subscription's URL, or its beginning
    LANGUAGE = "language"  # basic filtering of RFC 4647, section 3.3.1: zh is zh-CN, but not zho


PATTERN_FIELDS = frozenset({Field.TITLE, Field.CONTENT, Field.AUTHOR, Field.URL})


class Condition(Struct, frozen=True, kw_only=True):
    """One test of one field."""

    field: Field
    pattern: str

    def __str__(self) -> str:
        """Write it as a reason shows it, such as ``tag = 科技`` or ``title ~ (?i)ai``."""
        return f"{self.field} {'~' if self.field in PATTERN_FIELDS else '='} {self.pattern}"


Line = tuple[Condition, ...]


class Subject(Protocol):
    """What conditions look at: an item as a source carries it, just read or from the store."""

    @property
    def title(self) -> str:
        """Its title, plain text."""
        ...

    @property
    def url(self) -> str | None:
        """Its URL."""
        ...

    @property
    def language(self) -> str | None:
        """Its language."""
        ...

    @property
    def authors(self) -> Sequence[str]:
        """The names of its authors."""
        ...

    @property
    def categories(self) -> Sequence[str]:
        """Its own categories."""
        ...

    @property
    def tags(self) -> frozenset[str]:
        """The keys of all the names that publishers gave it: tags, their labels, categories."""
        ...

    @property
    def content(self) -> bytes:
        """The text of summary and content, without markup, in UTF-8: as RE2 reads it, and the store gives it fastest."""
        ...

    @property
    def subscription(self) -> Subscription:
        """What brought it."""
        ...


def check_pattern(pattern: str) -> str | None:
    """Say why RE2 cannot compile *pattern*, ``None`` if it can."""
    try:
        compile_pattern(pattern)
    except ValueError as problem:  # covers UnicodeEncodeError, for lone surrogates
        return f"not a pattern that RE2 knows: {_shortened(str(problem))}"
    return None


def text_of(summary: bytes | None, content: bytes | None) -> bytes:
    """Return the text of cleaned HTML, without markup; all of it in UTF-8."""
    block, tag, unescape = _tools()
    markup = b"%b\n%b" % (summary, content) if summary and content else summary or content or b""
    text = tag(b"", block(b"\n", markup))
    return unescape(text.decode()).encode() if b"&" in text else text


def test_of(line: Line) -> Test:
    """Return the test whether all conditions of *line* hold; without conditions they never do.

    Those on content are asked last, since its text takes longest to be had.
    """
    tests = tuple(map(_test, sorted(line, key=lambda condition: condition.field is Field.CONTENT)))
    if len(tests) == 1:
        return tests[0]
    return lambda subject: bool(tests) and all(test(subject) for test in tests)


def shown(line: Line) -> str:
    """Write a line as reasons show it."""
    return " and ".join(map(str, line))


def _test(condition: Condition) -> Test:
    wanted = condition.pattern
    match condition.field:
        case Field.TAG:
            key = name_key(wanted)
            return lambda subject: key in subject.tags
        case Field.SOURCE:
            return lambda subject: subject.subscription.url.startswith(wanted)
        case Field.LANGUAGE:
            beginning = f"{wanted}-".lower()
            return lambda subject: f"{subject.language or ''}-".lower().startswith(beginning)
        case _:
            return _search(condition.field, compile_pattern(wanted).search)


def _search(field: Field, search: Callable[[str | bytes], object]) -> Test:
    """Return the test whether a pattern is found in what *field* names."""
    match field:
        case Field.TITLE:
            return lambda subject: search(subject.title.encode()) is not None  # so re2 has no places to count in characters
        case Field.CONTENT:
            return lambda subject: search(subject.content) is not None
        case Field.AUTHOR:
            return lambda subject: any(search(name) for name in subject.authors)
        case _:
            return lambda subject: subject.url is not None and search(subject.url) is not None


@functools.cache  # few sites have rules on content
def _tools() -> tuple[Callable[[bytes, bytes], bytes], Callable[[bytes, bytes], bytes], Callable[[str], str]]:
    from html import unescape  # noqa: PLC0415 - as above

    return re.compile(_BLOCK).sub, re.compile(_TAG).sub, unescape


def _shortened(text: str, limit: int = 200) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"
