"""Ten feeds that carry the same articles under differing URLs, in any order of answers, twice: the same store."""

from __future__ import annotations

import random
import re
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from rounds import AUTHORITY, NOW, RULES
from store_content import assert_every_item_is_accounted_for, content

from aggregator.model import Document, Subscription, Validators
from aggregator.poll import Polling, poll
from aggregator.store import Store, migrate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from aggregator.model import FetchRequest

ARTICLES, FEEDS, ORDERS = 14, 10, 8
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# One article's address as ten publishers write it.
SHAPES = (
    "https://news.example/2025/story-{n}", "http://news.example/2025/story-{n}", "https://www.news.example/2025/story-{n}",
    "https://news.example/2025/story-{n}/", "https://news.example/2025/story-{n}?utm_source=feed-{f}&amp;utm_medium=rss",
    "https://news.example/2025/index/../story-{n}", "https://NEWS.example:443/2025/./story-{n}", "https://news.example/2025/story-{n}#top",
    "https://news.example/2025/%73tory-{n}", "//news.example/2025/story-{n}?fbclid=abc{f}",
)  # fmt: skip
# What they call it: not at all, by its address, by a name of their own, by a number, by one that others give to other articles.
NAMES = ("", "https://news.example/2025/story-{n}", "tag:{f}.example,2025:{n}", "{n}", "{other}")
URLS = tuple(f"https://feed-{f}.example/rss" for f in range(FEEDS))


def item(number: int, of: int, guids: Sequence[str]) -> str:
    names = {"n": number, "f": of, "other": (number + of) % ARTICLES}
    link, name = SHAPES[(number + of) % len(SHAPES)].format(**names), guids[of % len(guids)].format(**names)
    guid = f'<guid isPermaLink="false">{name}</guid>' if name else ""
    date = NOW - DAY - number * HOUR - timedelta(minutes=of)
    dated = "" if (number + of) % 4 == 0 else f"<pubDate>{date:%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
    title = f"Story {number}" if of % 3 else f"Story {number} as {of} has it"
    return (
        f"<item><title>{title}</title><link>{link}</link>{guid}<description>token-{number}-{of}</description>{dated}"
        f"<category>{('a', 'b', 'c')[(number * of) % 3]}</category></item>"
    )


def carried(of: int, time: int) -> Sequence[int]:
    """Return the articles that a feed carries the first and the second time."""
    return [n for n in range(ARTICLES) if (n * 7 + of * 3) % 5 < 3 and (n < 10 or time)]


def answers(order: Sequence[str], time: int, guids: Sequence[str]) -> Iterator[Document]:
    for url in order:
        of = URLS.index(url)
        items = "".join(item(n, of, guids) for n in carried(of, time))
        body = (
            f'<rss version="2.0"><channel><title>Feed {of}</title><link>https://feed-{of}.example/</link>{items}</channel></rss>'
        )
        yield Document(
            url=url, final_url=url, status=200, content_type="application/rss+xml", content_language=None, body=body.encode(),
            validators=Validators(), duration=timedelta(),
        )  # fmt: skip


# What tells in which order things happened: who came first, how often something changed, and how each poll went.
HISTORY = (
    "polls.new", "polls.merged", "sightings.verdict", "sightings.rule", "sightings.reason", "revisions.reason",
    "assignments.sighting_id", "assignments.reason", "categories.revision",
    "memories.appearances", "sources.pulse_at", "sources.pulse_gap_s", "sources.next_poll_at", "sources.next_poll_reason",
)  # fmt: skip


def _same(now: datetime) -> datetime:
    return now


def after(orders: Sequence[Sequence[str]], folder: Path, guids: Sequence[str] = NAMES) -> dict[str, Any]:
    """Return what is stored after two rounds in which the feeds answer in these orders; subscribers look between them."""
    folder.mkdir()
    url = f"sqlite:///{folder / 'store.db'}"
    migrate.upgrade(url)
    with Store(url, authority=AUTHORITY) as store:
        with store.write() as tx:
            tx.categories.follow((), NOW)
            for n, feed in enumerate(URLS):
                tx.sources.add(Subscription(url=feed, categories=("even" if n % 2 == 0 else "odd", "all of them")), NOW)
        for time, order in enumerate(orders):
            now = NOW + time * HOUR

            def fetch(requests: Iterable[FetchRequest], order: Sequence[str] = order, time: int = time) -> Iterator[Document]:
                asked = {request.url for request in requests}
                return answers([url for url in order if url in asked], time, guids)

            world = Polling(store=store, fetch=fetch, rules=RULES, clock=partial(_same, now), chance=lambda: 0.0)
            with store.read() as tx:
                sources = [tx.sources.find(url) for url in order]
            assert [source.subscription.url for source, _ in poll(sources, world)] == list(order)
            with store.write() as tx:
                tx.publications.begin(now)
        assert_every_item_is_accounted_for(store)
        return content(store, *HISTORY)


@pytest.fixture(name="usual", scope="module")
def _usual(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return after((URLS, URLS), tmp_path_factory.mktemp("usual") / "store")


def test_articles_of_many_feeds_are_one_entry_each_and_no_text_is_lost(usual: dict[str, Any]) -> None:
    told = {found for row in usual["revisions"] for found in re.findall(r"token-\d+-\d+", row["summary"])}

    assert told == {f"token-{n}-{of}" for of in range(FEEDS) for time in (0, 1) for n in carried(of, time)}
    assert len(usual["entries"]) == len({n for of in range(FEEDS) for n in carried(of, 1)}) == ARTICLES
    assert len(usual["sightings"]) == len(told)
    assert usual["quarantine"] == []


@pytest.mark.parametrize("seed", range(ORDERS))
def test_in_whatever_order_feeds_answer_the_store_becomes_the_same(usual: dict[str, Any], tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret

    assert after([chance.sample(URLS, len(URLS)) for _ in range(2)], tmp_path / "store") == usual


def keys_of_entries(stored: dict[str, Any]) -> set[frozenset[str]]:
    """Return of each entry the keys that lead to it."""
    named = {entry["atom_id"] for entry in stored["entries"]}
    return {frozenset(key["key"] for key in stored["keys"] if key["entry_id"] == (name,)) for name in named}


# Permanent ids, but each of several articles.
TAKEN = ("tag:cms.example,2025:{n}", "tag:cms.example,2025:{other}", "")


@pytest.fixture(name="taken", scope="module")
def _taken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return after((URLS, URLS), tmp_path_factory.mktemp("taken") / "store", TAKEN)


@pytest.mark.parametrize("seed", range(ORDERS // 2))
def test_ids_that_publishers_give_to_several_articles_join_none_in_any_order(
    taken: dict[str, Any], usual: dict[str, Any], tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - as above
    other = after([chance.sample(URLS, len(URLS)) for _ in range(2)], tmp_path / "store", TAKEN)

    assert other == taken
    assert keys_of_entries(other) == keys_of_entries(usual)
    assert len({entry["atom_id"] for entry in other["entries"]}) == ARTICLES
