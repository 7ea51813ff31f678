"""The list of all rules says of each where it stands, and names it as the entries do that it placed or hid."""

from __future__ import annotations

from msgspec.structs import replace

from aggregator.classify import CategoryRules, Condition, Field, Hiding, ItemSubject, RuleBook, Screen, Screener, classify
from aggregator.classify.catalogue import catalogue
from aggregator.classify.replay import Stale
from aggregator.model import Candidate, Subscription, Tag

LOUD, OTHER = "https://loud.example/feed", "https://other.example/feed"
AD = (Condition(field=Field.TITLE, pattern="ad"),)
NEWS = (Condition(field=Field.TITLE, pattern="news"),)
BOOK = RuleBook(
    categories=(
        CategoryRules(category="A", tags=("AI",)),
        CategoryRules(category="B", include=(NEWS, (*AD, *NEWS)), exclude=(AD,)),
    ),
    default="rest",
    screen=Screen(site=Hiding(block=(AD,)), feeds={LOUD: Hiding(keep=(NEWS, AD))}),
)


def test_every_rule_is_listed_where_the_configuration_has_it() -> None:
    assert [(rule.location, rule.does, rule.says) for rule in catalogue(BOOK, [OTHER, LOUD], None)] == [
        (("categories", 0, "tags", 0), "puts into A", "tag = AI"),
        (("categories", 1, "include", 0), "puts into B", "title ~ news"),
        (("categories", 1, "include", 1), "puts into B", "title ~ ad and title ~ news"),
        (("categories", 1, "exclude", 0), "keeps out of B", "title ~ ad"),
        (("default_category",), "puts into rest", "what no rule or source puts into another"),
        (("block", 0), "hides what it holds for", "title ~ ad"),
        (("feeds", 1, "keep"), f"hides all of {LOUD} but what a line holds for", "title ~ news; or title ~ ad"),
    ]


def test_entries_bear_the_reason_of_the_rule_that_placed_or_hid_them() -> None:
    rules = {rule.location: rule.reason for rule in catalogue(BOOK, [LOUD], None)}
    item, loud = Candidate(place="item 1", title="other"), Subscription(url=LOUD)

    def placed(candidate: Candidate) -> list[str]:
        return [a.reason for a in classify(candidate, Subscription(url=OTHER), BOOK.categories, BOOK.default)]

    assert placed(replace(item, tags=(Tag(term="ai"),))) == [rules["categories", 0, "tags", 0]]
    assert placed(replace(item, title="news")) == [rules["categories", 1, "include", 0]]
    assert placed(item) == [rules["default_category",]]
    blocked = [Screener(BOOK.screen).blocked(ItemSubject(one, loud)) for one in (replace(item, title="ad"), item)]
    assert [one and one.reason for one in blocked] == [rules["block", 0], rules["feeds", 0, "keep"]]
    assert rules["categories", 1, "exclude", 0] is None


def test_a_rule_is_not_applied_as_long_as_what_it_bears_on_is_stale() -> None:
    def waiting(stale: Stale | None) -> set[str]:
        return {f"{rule.location[0]} {rule.location[1:2]}" for rule in catalogue(BOOK, [LOUD], stale) if not rule.is_applied}

    assert waiting(None) == waiting(Stale(sources=frozenset({1}))) == set()
    assert waiting(Stale(names=frozenset({"ai"}))) == {"categories (0,)"}
    assert waiting(Stale(names=frozenset({"b", "rest"}))) == {"categories (1,)", "default_category ()"}
    assert waiting(Stale(site=True)) == {"block (0,)"}
    assert waiting(Stale(feeds=frozenset({LOUD}))) == {"feeds (0,)"}
