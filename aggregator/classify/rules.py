"""Owns the rules that put an entry into categories, and the reasons it gives for each.

Patterns are RE2 (:mod:`aggregator.patterns`), so that no rule can stall a run.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.classify.slugs import name_key
from aggregator.model import Assignment, SourceKind
from aggregator.patterns import compile_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aggregator.model import Candidate, Subscription

# Cleaned HTML has no bare < or > outside its tags. A block's edge separates words, an inline tag does not: in
# 中国<b>电信</b> the rule 中国电信 must still be found.
_BLOCK = r"(?i)</?(?:p|div|br|hr|li|[udo]l|d[dt]|h[1-6]|table|t[rdh]|pre|blockquote|fig(?:ure|caption)|section|article)\b[^<>]*>"
_TAG = r"<[^<>]*>"


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


class CategoryRules(Struct, frozen=True, kw_only=True):
    """When an entry belongs to *category*, also known by its *slug*: any line of *include* holds and none of *exclude*.

    A line holds when all its conditions do.
    """

    category: str
    slug: str | None = None
    include: tuple[tuple[Condition, ...], ...] = ()
    exclude: tuple[tuple[Condition, ...], ...] = ()


def check_pattern(pattern: str) -> str | None:
    """Say why RE2 cannot compile *pattern*, ``None`` if it can."""
    try:
        compile_pattern(pattern)
    except ValueError as problem:  # covers UnicodeEncodeError, for lone surrogates
        return f"not a pattern that RE2 knows: {_shortened(str(problem))}"
    return None


def classify(
    candidate: Candidate, subscription: Subscription, rules: Sequence[CategoryRules], default: str
) -> tuple[Assignment, ...]:
    """Return the categories of a cleaned *candidate* that *subscription* brought, each once, with the first reason found.

    Its own categories come first, then the subscription's, then those whose rules include it, each in the order given. An
    exclude rule takes away its own category only, from wherever that came. What no category keeps goes into *default*,
    also when everything was excluded and whatever *default* itself excludes: an entry never vanishes without a trace.
    """
    subject = _Subject(candidate, subscription)
    declared = {name_key(rule.slug): rule for rule in rules if rule.slug} | {name_key(rule.category): rule for rule in rules}
    kept: dict[str, Assignment] = {}
    dropped: dict[str, str] = {}
    for claim in _claims(subject, rules):
        rule = declared.get(name_key(claim.category))
        name = rule.category if rule else claim.category
        key = name_key(name)
        if key in kept or key in dropped:
            continue
        if rule and (against := _first_line(subject, rule.exclude, "exclude", name)):
            dropped[key] = f"{claim.reason}, but {against}"
        else:
            kept[key] = Assignment(category=name, reason=claim.reason)
    return tuple(kept.values()) or (
        Assignment(category=default, reason="; ".join(dropped.values()) or "no rule or source names a category"),
    )


class _Subject:
    """What the conditions look at; texts are prepared when first asked for."""

    def __init__(self, candidate: Candidate, subscription: Subscription) -> None:
        self.candidate = candidate
        self.subscription = subscription

    @cached_property
    def tags(self) -> frozenset[str]:
        """Return the keys of all the names that publishers gave the entry."""
        terms = (name for tag in self.candidate.tags for name in (tag.term, tag.label) if name)
        return frozenset(map(name_key, (*terms, *self.candidate.categories)))

    @cached_property
    def content(self) -> str:
        """Return the text of summary and content, without markup."""
        from html import unescape  # noqa: PLC0415 - few sites have rules on content

        markup = "\n".join(filter(None, (self.candidate.summary, self.candidate.content)))
        return unescape(re.sub(_TAG, "", re.sub(_BLOCK, "\n", markup)))

    def meets(self, condition: Condition) -> bool:
        """Tell whether *condition* holds."""
        wanted = condition.pattern
        match condition.field:
            case Field.TAG:
                return name_key(wanted) in self.tags
            case Field.SOURCE:
                return self.subscription.url.startswith(wanted)
            case Field.LANGUAGE:
                return f"{self.candidate.language or ''}-".lower().startswith(f"{wanted}-".lower())
            case _:
                return any(compile_pattern(wanted).search(text) for text in self._texts(condition.field))

    def _texts(self, field: Field) -> tuple[str, ...]:
        match field:
            case Field.TITLE:
                return (self.candidate.title,)
            case Field.CONTENT:
                return (self.content,)
            case Field.AUTHOR:
                return tuple(person.name for person in self.candidate.authors)
            case _:
                return (self.candidate.url,) if self.candidate.url else ()


def _claims(subject: _Subject, rules: Sequence[CategoryRules]) -> Iterator[Assignment]:
    """Yield every category that somebody claims for the entry, before any exclusion."""
    whose = "seed" if subject.subscription.kind is SourceKind.SEEDS else "entry"
    for name in subject.candidate.categories:
        yield Assignment(category=name, reason=f"the {whose}'s own category")
    for name in subject.subscription.categories:
        yield Assignment(category=name, reason=f"subscribed under this category: {subject.subscription.url}")
    for rule in rules:
        if reason := _first_line(subject, rule.include, "include", rule.category):
            yield Assignment(category=rule.category, reason=reason)


def _first_line(subject: _Subject, lines: Sequence[Sequence[Condition]], which: str, category: str) -> str | None:
    """Name the first line of a rule that holds; a line without conditions never does."""
    for index, line in enumerate(lines):
        if line and all(map(subject.meets, line)):
            return f"rule {which}[{index}] of {category}: {' and '.join(map(str, line))}"
    return None


def _shortened(text: str, limit: int = 200) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"
