"""Owns what changed rules mean for items that are stored: which of them they may touch, and where each entry goes.

What the rules in force give is decided by the same :class:`Classifier` as for new items. What is spared is work: of an entry with
one carrier only the categories that changed are decided anew, and all others stand. Where that does not tell all, because
several carriers count or the default category's reason depends on every rule, all rules are asked.
"""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from msgspec import Struct, field

from aggregator.classify.conditions import Field
from aggregator.classify.rules import UNNAMED, CategoryRules, Classifier
from aggregator.classify.screens import Screener, hidden_reason
from aggregator.classify.slugs import name_key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from typing import Protocol

    from aggregator.classify.book import RuleBook
    from aggregator.classify.conditions import Line, Subject
    from aggregator.model import Blocked

    class Carrier(Subject, Protocol):
        """A stored item: its number and its source's, whether it speaks, and the rule that was against it so far."""

        id: int
        source_id: int
        speaks: bool
        blocked: Blocked | None

    Standing = Mapping[int, tuple[int, str]]


class Stale(Struct, frozen=True, kw_only=True):
    """What changed since the rules were last applied to what is stored.

    *names* are keys of categories' names; *sources* are now subscribed under other categories; *site*: the rules that hide of
    the whole site; *feeds* are URLs of subscriptions whose own rules that hide changed.
    """

    names: frozenset[str] = frozenset()
    sources: frozenset[int] = frozenset()
    site: bool = False
    feeds: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Tell whether anything changed."""
        return self != Stale()

    def __or__(self, other: Stale) -> Stale:
        """Add what else changed."""
        return Stale(
            names=self.names | other.names,
            sources=self.sources | other.sources,
            site=self.site or other.site,
            feeds=self.feeds | other.feeds,
        )


class Refiled(Struct, frozen=True, kw_only=True):
    """Where an entry goes: into the categories *put*, each with the carrier that puts it there and the reason.

    Those of them that are *new* to it are among it; it was in the others before, for another reason. *dropped* are those that
    it leaves, with the reason for which it was there.
    """

    entry_id: int
    put: dict[int, tuple[int, str]] = field(default_factory=dict)
    new: frozenset[int] = frozenset()
    dropped: dict[int, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether anything changes."""
        return bool(self.put or self.dropped)


def changed(old: RuleBook, new: RuleBook) -> Stale:
    """Return which names, sites and feeds two rule books are at odds about."""
    before, after = old.keys, new.keys
    rules = [r for key in before.keys() | after for r in (before.get(key), after.get(key)) if before.get(key) != after.get(key)]
    names = {name for rule in rules if rule for name in rule.names}
    if old.default != new.default:
        names |= {name_key(old.default), name_key(new.default)}
    feeds = old.screen.feeds.keys() | new.screen.feeds
    return Stale(
        names=frozenset(names),
        site=old.screen.site != new.screen.site,
        feeds=frozenset(url for url in feeds if old.screen.feeds.get(url) != new.screen.feeds.get(url)),
    )


def fields_needed(lines: Iterable[Line]) -> frozenset[Field]:
    """Return the fields that conditions look at."""
    return frozenset(condition.field for line in lines for condition in line)


class Replay:
    """Rules in force, made ready for what is stored.

    *shelf* gives the number of the category that is called so, *names* are the keys of the categories that changed, with all
    that they are called.
    """

    def __init__(self, book: RuleBook, names: Collection[str], shelf: Callable[[str], int]) -> None:
        self._names = frozenset(names) | {name_key(book.default)}
        self._book = book
        self._shelf = shelf
        self._whole = Classifier(book.categories, book.default)
        self._partial = Classifier(book.categories, book.default, only=self._names)
        self._screener = Screener(book.screen)
        self._drops_elsewhere = any(rule.exclude and rule.key not in self._names for rule in book.categories)

    @cached_property
    def _affected(self) -> frozenset[int]:
        return frozenset(map(self._shelf, self._names)) | {self._default}

    @cached_property
    def _default(self) -> int:
        return self._shelf(self._book.default)

    @property
    def fields(self) -> frozenset[Field]:
        """What :meth:`quickly` looks at."""
        concerned = [rule for rule in self._book.categories if rule.key in self._names]
        return _fields(concerned)

    @property
    def all_fields(self) -> frozenset[Field]:
        """What :meth:`wholly` looks at."""
        return _fields(self._book.categories)

    @property
    def screen_fields(self) -> frozenset[Field]:
        """What :meth:`blocked` looks at."""
        sieves = (self._book.screen.site, *self._book.screen.feeds.values())
        return fields_needed(chain.from_iterable((*sieve.block, *sieve.keep) for sieve in sieves))

    def quickly(self, entry_id: int, carriers: Sequence[Carrier], standing: Standing) -> Refiled | None:
        """Say where an entry goes by the rules that changed; ``None`` if all rules have to be asked."""
        outcomes = [self._partial.outcome(carrier) for carrier in carriers]
        touched = {category: why for category, why in standing.items() if category in self._affected}
        if len(carriers) != 1:
            # what no changed rule claims, and none claimed before: at most, some carrier has no category by any rule
            silent = not any(outcome.kept or outcome.dropped for outcome in outcomes)
            silent = silent and all(c == self._default and reason == UNNAMED for c, (_, reason) in touched.items())
            return Refiled(entry_id=entry_id) if silent and standing else None
        (carrier,), (outcome,) = carriers, outcomes
        kept = outcome.kept.values()
        if not kept and len(touched) == len(standing):
            plain = not outcome.dropped and bool(standing) and all(reason == UNNAMED for _, reason in standing.values())
            if self._drops_elsewhere and not plain:
                return None
            kept = [self._partial.by_default(outcome.dropped)]  # type: ignore[assignment]
        wanted = {self._shelf(a.category): (carrier.id, a.reason) for a in kept}
        return _refiled(entry_id, touched, wanted)

    def wholly(self, entry_id: int, carriers: Sequence[Carrier], standing: Standing) -> Refiled:
        """Say where an entry goes by all rules: wherever any of its carriers puts it, as when they were ingested."""
        wanted: dict[int, tuple[int, str]] = {}
        for carrier in carriers:
            named = {self._shelf(a.category): (carrier.id, a.reason) for a in self._whole.classify(carrier)}
            wanted = named | wanted  # the first to put it there
        return _refiled(entry_id, standing, wanted)

    def blocked(self, carrier: Carrier) -> Blocked | None:
        """Say which rule is against what a carrier says, if one is."""
        return self._screener.blocked(carrier)


def hidden(carriers: Iterable[Carrier], blocked: Mapping[int, Blocked | None]) -> str | None:
    """Say why rules hide an entry, if they do; *blocked* has what changed for its carriers."""
    return hidden_reason((c.speaks, blocked.get(c.id, c.blocked)) for c in carriers)


def _refiled(entry_id: int, standing: Standing, wanted: dict[int, tuple[int, str]]) -> Refiled:
    if standing == wanted:
        return Refiled(entry_id=entry_id)
    put = {category: why for category, why in wanted.items() if standing.get(category) != why}
    dropped = {category: reason for category, (_, reason) in standing.items() if category not in wanted}
    return Refiled(entry_id=entry_id, put=put, new=frozenset(put.keys() - standing.keys()), dropped=dropped)


def _fields(rules: Iterable[CategoryRules]) -> frozenset[Field]:
    found = fields_needed(line for rule in rules for line in (*rule.include, *rule.exclude))
    return found | {Field.TAG} if any(rule.tags for rule in rules) else found
