"""Whatever documents came, and by whatever rules: keys made anew are those that the same documents would have had."""

from __future__ import annotations

import shutil
from collections import defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import json
from rekeyed_store import PLAIN, file, publish, rekeyed, rows, shape

from aggregator.model import Candidate, SourceKind, Subscription
from aggregator.model.rekeying import Rekeying
from aggregator.store import Store, migrate
from aggregator.urls import Alias, UrlRules

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from aggregator.model import Source, Tally

AUTHORITY = "news.example.org"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
SHAPES = ("", "old/", "m/")
REVISIONS = "SELECT * FROM revisions ORDER BY id"


def aliased(*shapes: str) -> UrlRules:
    return UrlRules(
        aliases=tuple(Alias(match=rf"https://a\.example/{s}(\d+)", canonical=r"https://a.example/\1") for s in shapes)
    )


RULES = st.sampled_from([PLAIN, aliased("old/"), aliased("m/"), aliased("old/", "m/")])


class Item(NamedTuple):
    """An item of a document: an article under one of its addresses, with or without a guid."""

    article: int
    shape: str
    has_guid: bool


class Document(NamedTuple):
    """What a source says, once; *is_published* if subscribers may have seen the store just before."""

    items: tuple[Item, ...]
    is_published: bool


ITEMS = st.builds(Item, st.integers(1, 2), st.sampled_from(SHAPES), st.booleans())
DOCUMENTS = st.lists(
    st.builds(
        Document,
        st.lists(ITEMS, min_size=1, max_size=3, unique_by=lambda item: item[:2]).map(tuple),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


class World:
    """A store into which documents come, each from a source of its own; the first of them a folder of seeds."""

    def __init__(self, store: Store, documents: list[Document]) -> None:
        self.store = store
        self._documents = documents
        with store.write() as tx:
            tx.categories.follow((), NOW)
            self._sources = [
                tx.sources.add(Subscription(url=f"https://s{n}.example/", kind=kind, categories=(f"C{n}",)), NOW)
                for n, kind in enumerate([SourceKind.SEEDS] + [SourceKind.FEED] * 3)
            ]

    def poll(self, rules: UrlRules, at: datetime, which: Collection[int] = range(4)) -> list[Tally]:
        tallies = []
        for n, (source, document) in enumerate(reversed(list(zip(self._sources, self._documents, strict=False)))):
            if n not in which:
                continue
            if document.is_published:
                publish(self.store, at + n * HOUR)
            items = [_candidate(source, item, number) for number, item in enumerate(document.items)]
            tallies.append(file(self.store, source, at + n * HOUR, *items, urls=rules))
        return tallies

    def news(self, rules: UrlRules, at: datetime) -> list[Tally]:
        """Poll, and return the tallies with anything but what was known."""
        return [tally for tally in self.poll(rules, at) if tally.unchanged < tally.seen]

    def groups(self) -> set[frozenset[str]]:
        found: dict[int, set[str]] = defaultdict(set)
        for entry_id, title in rows(self.store, "SELECT entry_id, title FROM sightings"):
            found[entry_id].add(title)
        return {frozenset(group) for group in found.values()}


def _candidate(source: Source, item: Item, number: int) -> Candidate:
    told = f"{source.id} {item.shape}{item.article}"
    url = f"https://a.example/{item.shape}{item.article}"
    guid = f"urn:{told.replace(' ', ':')}" if item.has_guid else None
    return Candidate(place=f"{number}.md", title=f"T {told}", url=url, guid=guid, content=f"<p>{told}</p>", published=NOW - HOUR)


@pytest.fixture(name="empty", scope="module")
def _empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "store.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@contextmanager
def world_of(empty: Path, documents: list[Document], rules: UrlRules, which: Collection[int] = range(4)) -> Iterator[World]:
    """A world to which some of these documents came, read by *rules*."""
    path = empty.with_name("copy.db")
    for old in empty.parent.glob("copy.db*"):
        old.unlink()
    shutil.copy(empty, path)
    with Store(f"sqlite:///{path}", authority=AUTHORITY) as store:
        world = World(store, documents)
        world.poll(rules, NOW, which)
        yield world


def groups_by(empty: Path, documents: list[Document], rules: UrlRules) -> set[frozenset[str]]:
    with world_of(empty, documents, rules) as world:
        return world.groups()


def use_other_rules(store: Store, former: UrlRules) -> None:
    with store.write() as tx:
        tx.rekeys.note("former", json.encode(former).decode())
        tx.rekeys.note_since(("others",))


def whatever_comes(test: Callable[..., None]) -> Callable[..., None]:
    few = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=25)
    return few(given(documents=DOCUMENTS, first=RULES, second=RULES)(test))


@whatever_comes
def test_rules_that_change_and_change_back_give_the_store_back(
    empty: Path, documents: list[Document], first: UrlRules, second: UrlRules
) -> None:
    with world_of(empty, documents, first) as world:
        before = shape(world.store)
        rekeyed(world.store, first, second, NOW + 9 * HOUR)
        rekeyed(world.store, second, first, NOW + 10 * HOUR)

        assert shape(world.store) == before


@whatever_comes
def test_the_documents_that_were_stored_are_no_news_by_other_rules(
    empty: Path, documents: list[Document], first: UrlRules, second: UrlRules
) -> None:
    with world_of(empty, documents, first) as world:
        said = rows(world.store, REVISIONS)
        rekeyed(world.store, first, second, NOW + 9 * HOUR)
        again = rekeyed(world.store, second, second, NOW + 10 * HOUR)
        before = shape(world.store)

        assert again == Rekeying()
        assert world.news(second, NOW + 11 * HOUR) == []
        assert shape(world.store) == before
        assert rows(world.store, REVISIONS) == said


@whatever_comes
def test_entries_are_those_that_the_new_rules_would_have_made(
    empty: Path, documents: list[Document], first: UrlRules, second: UrlRules
) -> None:
    expected = groups_by(empty, documents, second)
    with world_of(empty, documents, first) as world:
        rekeyed(world.store, first, second, NOW + 9 * HOUR)

        assert world.groups() == expected


@whatever_comes
def test_before_keys_are_made_anew_other_rules_repeat_nothing(
    empty: Path, documents: list[Document], first: UrlRules, second: UrlRules
) -> None:
    with world_of(empty, documents, first) as world:
        use_other_rules(world.store, first)

        assert [tally for tally in world.poll(second, NOW + 9 * HOUR) if tally.new or tally.revised] == []


@whatever_comes
def test_what_comes_before_keys_are_made_anew_ends_where_it_belongs_and_none_is_lost(
    empty: Path, documents: list[Document], first: UrlRules, second: UrlRules
) -> None:
    expected = groups_by(empty, documents, second)
    with world_of(empty, documents, first, range(0, 4, 2)) as world:
        use_other_rules(world.store, first)
        tallies = world.poll(second, NOW + HOUR)
        rekeyed(world.store, first, second, NOW + 9 * HOUR)

        assert world.groups() == expected
        assert [tally for tally in tallies if tally.revised] == []
        assert world.news(second, NOW + 11 * HOUR) == []
