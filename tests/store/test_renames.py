"""Categories that are renamed: what still uses an old name or slug means them, and neither is ever another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aggregator.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.store import Store


def shelves(store: Store) -> list[tuple[str, str]]:
    with store.read() as tx:
        return [(category.slug, category.name) for category in tx.categories.all()]


def bring(store: Store, now: datetime, *names: str) -> dict[str, int]:
    """Let entries name these categories."""
    with store.write() as tx:
        return tx.categories.ensure(names, now)


def rename(store: Store, now: datetime, called: str, name: str, slug: str) -> None:
    with store.write() as tx:
        tx.categories.rename(tx.categories.find(called), name, slug, now)


def declare(store: Store, now: datetime, *declared: tuple[str, str | None]) -> None:
    with store.write() as tx:
        tx.categories.follow(declared, now)


def test_what_uses_an_old_name_or_slug_means_the_renamed_category(store: Store, now: datetime) -> None:
    number = bring(store, now, "科技")["科技"]
    rename(store, now, "keji", "技术", "jishu")
    rename(store, now, "jishu", "Technology", "tech")

    words = ("科技", " 科技 ", "keji", "技术", "jishu", "technology", "tech")
    assert bring(store, now, *words) == dict.fromkeys(words, number)
    with store.read() as tx:
        (category,) = tx.categories.all()
        assert {word: tx.categories.find(word) for word in words} == dict.fromkeys(words, category)
        assert (tx.feeds.former(category), tx.categories.former_names(category)) == (["jishu", "keji"], ["技术", "科技"])
        assert tx.feeds.moved() == [("jishu", "tech"), ("keji", "tech")]
        assert [tx.browsing.category(slug) for slug in ("keji", "jishu", "tech", "kej")] == [category, category, category, None]


def test_a_name_that_differs_from_its_slug_by_capitals_only_is_kept_too(store: Store, now: datetime) -> None:
    number = bring(store, now, "Bees")["Bees"]
    rename(store, now, "bees", "Wild bees", "wild")

    assert bring(store, now, "Bees", "bees", "BEES") == {"Bees": number, "bees": number, "BEES": number}


def test_two_spellings_of_a_new_name_are_one_category(store: Store, now: datetime) -> None:
    numbers = bring(store, now, "Bees", "bees", "BEES")

    assert len(set(numbers.values())) == 1


def test_the_permanent_id_of_a_renamed_category_stays(store: Store, now: datetime) -> None:
    bring(store, now, "科技")
    with store.read() as tx:
        before = tx.categories.find("科技")
    rename(store, now, "科技", "技术", "jishu")

    with store.read() as tx:
        after = tx.categories.find("技术")
    assert (after.id, after.atom_id) == (before.id, before.atom_id)
    assert after.revision > before.revision


def test_a_slug_that_was_given_up_is_given_to_no_other_category(store: Store, now: datetime) -> None:
    bring(store, now, "时事")
    rename(store, now, "时事", "新闻", "xinwen")
    bring(store, now, "实事")  # reads just like the old name

    assert shelves(store) == [("shishi-2", "实事"), ("xinwen", "新闻")]


@pytest.mark.parametrize(
    "taken", [("keji", "new"), ("科技", "new"), ("jishu", "new"), ("技术", "new"), ("New", "keji"), ("New", "jishu")]
)
def test_what_means_or_meant_one_category_cannot_be_chosen_for_another(
    store: Store, now: datetime, taken: tuple[str, str]
) -> None:
    bring(store, now, "科技", "体育")
    rename(store, now, "科技", "技术", "jishu")

    with pytest.raises(UsageError, match=r"means the category 技术 \(jishu\), or did so once"):
        rename(store, now, "体育", *taken)
    assert shelves(store) == [("jishu", "技术"), ("tiyu", "体育")]


def test_a_category_may_have_back_what_it_gave_up(store: Store, now: datetime) -> None:
    bring(store, now, "科技")
    rename(store, now, "科技", "技术", "jishu")
    rename(store, now, "技术", "科技", "keji")

    with store.read() as tx:
        category = tx.categories.find("技术")
        assert (category.name, category.slug) == ("科技", "keji")
        assert (tx.feeds.former(category), tx.categories.former_names(category)) == (["jishu"], ["技术"])


def test_a_configuration_that_still_says_the_old_slug_means_the_category(store: Store, now: datetime) -> None:
    declare(store, now, ("科技", "keji"))
    rename(store, now, "科技", "科技", "tech")
    declare(store, now, ("科技", "keji"))
    assert shelves(store) == [("tech", "科技")]

    declare(store, now, ("科技", "tech"))
    assert shelves(store) == [("tech", "科技")]


def test_a_category_that_the_configuration_renames_is_still_meant_by_its_old_name(store: Store, now: datetime) -> None:
    number = bring(store, now, "科技")["科技"]
    declare(store, now, ("技术", "keji"))

    assert bring(store, now, "科技", "技术") == {"科技": number, "技术": number}
    assert shelves(store) == [("keji", "技术")]


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        pytest.param([("体育", "keji")], "the slug keji of the category 体育 was that of 技术", id="an old slug for another"),
        pytest.param([("科技", "neu")], "科技 is published as jishu, and cannot become neu", id="an old name for another"),
        pytest.param([("技术", "jishu"), ("科技", None)], "技术 and 科技 are one, published as jishu", id="both names"),
    ],
)
def test_a_configuration_cannot_give_away_what_a_category_was_called(
    store: Store, now: datetime, declared: Sequence[tuple[str, str | None]], problem: str
) -> None:
    bring(store, now, "科技")
    rename(store, now, "科技", "技术", "jishu")

    with pytest.raises(UsageError, match=problem):
        declare(store, now, *declared)
    assert shelves(store) == [("jishu", "技术")]


def test_names_that_categories_swap_mean_those_that_bear_them(store: Store, now: datetime) -> None:
    declare(store, now, ("A", "one"), ("B", "two"), ("C", "three"))
    for round_ in (("B", "C", "A"), ("C", "A", "B"), ("A", "C", "B"), ("A", "B", "C")):
        declare(store, now, *zip(round_, ("one", "two", "three"), strict=True))
        numbers = bring(store, now, "one", "two", "three", *round_)
        assert [numbers[name] for name in round_] == [numbers["one"], numbers["two"], numbers["three"]]
