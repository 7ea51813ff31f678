from __future__ import annotations

import pytest
from msgspec import json

from aggregator.classify import CategoryRules, Condition, Field, Hiding, ItemSubject, RuleBook, Screen, Screener, hidden_reason
from aggregator.classify.replay import Stale, changed
from aggregator.model import Blocked, Candidate, Reach, Subscription

URL = "https://a.example/feed"
AD = (Condition(field=Field.TITLE, pattern="ad"),)
NEWS = (Condition(field=Field.TITLE, pattern="news"),)


def against(title: str, screen: Screen) -> Blocked | None:
    return Screener(screen).blocked(ItemSubject(Candidate(place="item 1", title=title), Subscription(url=URL)))


@pytest.mark.parametrize(
    ("title", "hiding", "reason"),
    [
        pytest.param("an ad", Hiding(block=(NEWS, AD)), "rule block[1]: title ~ ad", id="blocked"),
        pytest.param("other", Hiding(block=(NEWS, AD)), None, id="not blocked"),
        pytest.param("other", Hiding(keep=(NEWS, AD)), "no rule of keep holds", id="not kept"),
        pytest.param("an ad", Hiding(keep=(NEWS, AD)), None, id="kept by any line"),
        pytest.param("news and ad", Hiding(block=(AD,), keep=(NEWS,)), "rule block[0]: title ~ ad", id="block before keep"),
        pytest.param("other", Hiding(), None, id="no rules"),
        pytest.param("other", Hiding(block=((),)), None, id="a line without conditions never holds"),
    ],
)
def test_a_rule_of_the_site_is_against_an_item(title: str, hiding: Hiding, reason: str | None) -> None:
    assert against(title, Screen(site=hiding)) == (Blocked(by=Reach.SITE, reason=reason) if reason else None)


def test_a_rule_of_a_feed_is_against_its_own_items_only() -> None:
    hiding = Hiding(block=(AD,))
    assert against("an ad", Screen(feeds={URL: hiding})) == Blocked(by=Reach.FEED, reason=f"rule block[0] of {URL}: title ~ ad")
    assert against("an ad", Screen(feeds={"https://b.example/feed": hiding})) is None


SITE = Blocked(by=Reach.SITE, reason="site")
FEED = Blocked(by=Reach.FEED, reason="feed")


@pytest.mark.parametrize(
    ("carriers", "reason"),
    [
        pytest.param([(True, None)], None, id="nothing against it"),
        pytest.param([(True, SITE), (False, None)], "site", id="what is shown is against a rule of the site"),
        pytest.param([(True, None), (False, SITE)], None, id="what is not shown does not count"),
        pytest.param([(True, FEED), (False, None)], None, id="another feed brings it"),
        pytest.param([(True, FEED), (False, SITE)], "feed", id="something against every carrier"),
        pytest.param([], None, id="no carrier"),
    ],
)
def test_an_entry_is_hidden_by(carriers: list[tuple[bool, Blocked | None]], reason: str | None) -> None:
    assert hidden_reason(carriers) == reason


BOOK = RuleBook(
    categories=(CategoryRules(category="X", slug="x-slug", tags=("Ex",), include=(AD,)), CategoryRules(category="Y")),
    default="rest",
    screen=Screen(site=Hiding(block=(AD,)), feeds={URL: Hiding(keep=(NEWS,))}),
)


@pytest.mark.parametrize(
    ("new", "stale"),
    [
        pytest.param(BOOK, Stale(), id="nothing"),
        pytest.param(
            RuleBook(categories=BOOK.categories[:1], default="rest", screen=BOOK.screen), Stale(names=frozenset({"y"})), id="gone"
        ),
        pytest.param(
            RuleBook(categories=(CategoryRules(category="x"), BOOK.categories[1]), default="rest", screen=BOOK.screen),
            Stale(names=frozenset({"x", "x-slug", "ex"})),
            id="all names of a category",
        ),
        pytest.param(
            RuleBook(categories=BOOK.categories[::-1], default="Other", screen=BOOK.screen),
            Stale(names=frozenset({"rest", "other"})),
            id="the default",
        ),
        pytest.param(
            RuleBook(categories=BOOK.categories, default="rest", screen=Screen()),
            Stale(site=True, feeds=frozenset({URL})),
            id="what is hidden",
        ),
    ],
)
def test_what_changed_between_two_books(new: RuleBook, stale: Stale) -> None:
    assert changed(BOOK, new) == stale


def test_a_book_can_be_written_down_and_read_back() -> None:
    assert json.decode(json.encode(BOOK), type=RuleBook) == BOOK
