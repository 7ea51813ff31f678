"""Owns the rules that put an entry into categories, and the reasons it gives for each."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.classify.conditions import Line, shown, test_of, text_of
from aggregator.classify.slugs import name_key
from aggregator.model import Assignment, SourceKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from aggregator.classify.conditions import Subject, Test
    from aggregator.model import Candidate, Subscription

    _Tests = Sequence[tuple[Test, str]]

UNNAMED = "no rule or source names a category"


class CategoryRules(Struct, frozen=True, kw_only=True):
    """When an entry belongs to *category*, also known by its *slug*.

    It does if a publisher gives it one of *tags*, or any line of *include* holds, and no line of *exclude* does. A line holds
    when all its conditions do.
    """

    category: str
    slug: str | None = None
    tags: tuple[str, ...] = ()
    include: tuple[Line, ...] = ()
    exclude: tuple[Line, ...] = ()

    @property
    def key(self) -> str:
        """The form under which its name is looked up."""
        return name_key(self.category)

    @property
    def names(self) -> frozenset[str]:
        """The keys of all names that bear on it."""
        return frozenset(map(name_key, filter(None, (self.category, self.slug, *self.tags))))


class Outcome(Struct, frozen=True):
    """The categories that somebody claims for an item, by key: those *kept*, and why others were *dropped*."""

    kept: dict[str, Assignment]
    dropped: dict[str, str]


class ItemSubject:
    """What conditions look at, of a cleaned candidate; texts are prepared when first asked for."""

    def __init__(self, candidate: Candidate, subscription: Subscription) -> None:
        self.candidate = candidate
        self.subscription = subscription
        self.title = candidate.title
        self.url = candidate.url
        self.language = candidate.language
        self.categories = candidate.categories

    @cached_property
    def authors(self) -> tuple[str, ...]:
        """Return the names of its authors."""
        return tuple(person.name for person in self.candidate.authors)

    @cached_property
    def tags(self) -> frozenset[str]:
        """Return the keys of all the names that publishers gave it."""
        terms = (name for tag in self.candidate.tags for name in (tag.term, tag.label) if name)
        return frozenset(map(name_key, (*terms, *self.categories)))

    @cached_property
    def content(self) -> bytes:
        """Return the text of summary and content, without markup, in UTF-8."""
        return text_of((self.candidate.summary or "").encode(), (self.candidate.content or "").encode())


class Classifier:
    """Rules made ready for many items. With *only*, it deals with the categories of these keys, and with no other."""

    def __init__(self, rules: Sequence[CategoryRules], default: str, only: Collection[str] | None = None) -> None:
        self._rules = rules
        self._default = default
        self._only = only
        self._declared = {name_key(rule.slug): rule for rule in rules if rule.slug} | {rule.key: rule for rule in rules}
        self._elsewhere = {name_key(tag) for rule in rules for tag in rule.tags} - self._declared.keys()
        self._homes: dict[str, tuple[str, str] | None] = {}

    def classify(self, subject: Subject) -> tuple[Assignment, ...]:
        """Return the categories of an item, each once, with the first reason found.

        Its own categories come first, then the subscription's, then those whose rules include it, each in the order given. An
        own category that some category has among its tags is that category, unless one is declared under this very name. An
        exclude rule takes away its own category only, from wherever that came. What no category keeps goes into the default
        one, also when everything was excluded and whatever the default itself excludes: an entry never vanishes without a
        trace.
        """
        outcome = self.outcome(subject)
        return tuple(outcome.kept.values()) or (self.by_default(outcome.dropped),)

    def by_default(self, dropped: dict[str, str]) -> Assignment:
        """Return the category of an item that no category keeps, given why those claimed were *dropped*."""
        return Assignment(category=self._default, reason="; ".join(dropped.values()) or UNNAMED)

    def outcome(self, subject: Subject) -> Outcome:
        """Return which categories keep an item, and which drop it."""
        kept: dict[str, Assignment] = {}
        dropped: dict[str, str] = {}
        for name, key, reason in self._claims(subject):
            if key in kept or key in dropped:
                continue
            if against := _first(self._excluding.get(key, ()), subject):
                dropped[key] = f"{reason}, but {against}"
            else:
                kept[key] = Assignment(category=name, reason=reason)
        return Outcome(kept, dropped)

    def _claims(self, subject: Subject) -> Iterator[tuple[str, str, str]]:
        """Yield every category that somebody claims, before any exclusion: name, key, reason."""
        subscription = subject.subscription
        for name in subject.categories:
            if name_key(name) not in self._elsewhere and (home := self._home(name)):
                whose = "seed" if subscription.kind is SourceKind.SEEDS else "entry"
                yield *home, f"the {whose}'s own category"
        for name in subscription.categories:
            if home := self._home(name):
                yield *home, f"subscribed under this category: {subscription.url}"
        for name, key, tests in self._including:
            if reason := _first(tests, subject):
                yield name, key, reason

    def _home(self, claimed: str) -> tuple[str, str] | None:
        """Return name and key of the category that is called so, ``None`` if we do not deal with it."""
        try:
            return self._homes[claimed]
        except KeyError:
            rule = self._declared.get(name_key(claimed))
            name = rule.category if rule else claimed
            home = (name, name_key(name))
            self._homes[claimed] = found = home if self._only is None or home[1] in self._only else None
            return found

    @cached_property
    def _including(self) -> tuple[tuple[str, str, _Tests], ...]:
        concerned = [rule for rule in self._rules if self._home(rule.category) and (rule.tags or rule.include)]
        return tuple((rule.category, rule.key, (*_tag_tests(rule), *_tests(rule, "include"))) for rule in concerned)

    @cached_property
    def _excluding(self) -> dict[str, _Tests]:
        return {rule.key: _tests(rule, "exclude") for rule in self._rules if rule.exclude and self._home(rule.category)}


def reasons(rule: CategoryRules, which: str) -> list[str]:
    """Return what entries bear because of each line of *which*: ``tags``, ``include`` or ``exclude``."""
    said = rule.tags if which == "tags" else map(shown, getattr(rule, which))
    return [f"rule {which}[{index}] of {rule.category}: {line}" for index, line in enumerate(said)]


def classify(
    candidate: Candidate, subscription: Subscription, rules: Sequence[CategoryRules], default: str
) -> tuple[Assignment, ...]:
    """Return the categories of a cleaned *candidate* that *subscription* brought; see :meth:`Classifier.classify`."""
    return Classifier(rules, default).classify(ItemSubject(candidate, subscription))


def _first(tests: _Tests, subject: Subject) -> str | None:
    """Return the reason of the first test that an item meets."""
    for test, reason in tests:
        if test(subject):
            return reason
    return None


def _tag_tests(rule: CategoryRules) -> _Tests:
    def test(key: str) -> Test:
        return lambda subject: key in subject.tags

    return list(zip((test(name_key(tag)) for tag in rule.tags), reasons(rule, "tags"), strict=True))


def _tests(rule: CategoryRules, which: str) -> _Tests:
    lines: tuple[Line, ...] = getattr(rule, which)
    return list(zip(map(test_of, lines), reasons(rule, which), strict=True))
