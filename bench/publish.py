"""Measures publishing: one new entry in one of 2,000 categories, by how many entries are stored; and all feeds at once.

    .venv/bin/python bench/publish.py [10000 100000 1000000] [--categories 2000]

CPU seconds within one process, after start-up. "Everything" publishes the store for the first time: feeds, JSON twins, pages,
archives. "One new" is the median of nine rounds, in each of which one entry was stored in another category before. "Whole
run" is `aggregator run` after one new seed, less the same command without news: with the imports that news needs. The peer is
feedgen called naively, as people do who regenerate their feeds: the newest 50 entries of each category, whether new or not.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import resource
import statistics
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from feedgen.feed import FeedGenerator

from aggregator.decide import identify_document
from aggregator.ingest import Prepared, ingest
from aggregator.ingest_rules import IngestRules
from aggregator.model import Candidate, Person, Site, Subscription
from aggregator.publish import Publishing, publish
from aggregator.store import Store, migrate
from aggregator.urls import UrlRules, canonical_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.model import PublishedEntry

COMMAND = Path(sys.executable).with_name("aggregator")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
URL = "https://feed.example/"
RULES = IngestRules(urls=UrlRules(), categories=(), default_category="rest", authority="127.0.0.1")
SITE = Site(title="Bench", url="http://127.0.0.1:8000/", language="zh", author=Person(name="Bench"))
BATCH, LENGTH, ROUNDS = 1000, 50, 9
LETTERS = [chr(0x4E00 + n) for n in range(3000)]


def candidates(categories: int) -> Iterator[Candidate]:
    """Make items of about 1.5 KB, one category after the other."""
    chance = random.Random(1)  # noqa: S311 - the same store each time
    texts = ["".join(f"<p>{''.join(chance.choices(LETTERS, k=80))}。</p>" for _ in range(6)) for _ in range(500)]
    for number in count():
        yield Candidate(
            place=f"item {number}",
            title=f"{''.join(chance.choices(LETTERS, k=12))} {number}",
            url=f"https://site.example/{number}",
            guid=f"https://site.example/{number}",
            content=texts[number % len(texts)],
            published=NOW - timedelta(days=900) + timedelta(minutes=number),
            categories=(f"c{number % categories}",),
        )


def add(store: Store, items: list[Candidate]) -> None:
    """Store items as a poll would."""
    with store.write() as tx:
        source = tx.sources.find(URL)
        identified = tuple(identify_document(items, partial(canonical_url, rules=RULES.urls), source_url=URL))
        ingest(tx, source, Prepared(items=identified, rejects=()), RULES, NOW)


def used() -> float:
    """Return the CPU seconds of this process."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime


def naive(entries: tuple[PublishedEntry, ...]) -> bytes:
    """Make a feed with feedgen, as its documentation does."""
    feed = FeedGenerator()
    feed.id("http://127.0.0.1:8000/")
    feed.title("Bench")
    feed.author({"name": "Bench"})
    for entry in entries:
        item = feed.add_entry(order="append")
        item.id(entry.atom_id)
        item.title(entry.title)
        item.link(href=entry.url)
        item.published(entry.published)
        item.updated(entry.updated)
        item.content(entry.content, type="html")
    return bytes(feed.atom_str())


def measure(folder: Path, number: int, categories: int) -> dict[str, float]:
    """Measure publishing of a store of so many entries."""
    migrate.upgrade(url := f"sqlite:///{folder / 'aggregator.db'}")
    made = candidates(categories)
    with Store(url, authority=RULES.authority) as store:
        with store.write() as tx:
            tx.sources.add(Subscription(url=URL), NOW)
            tx.categories.follow([], NOW)
        for _ in range(0, number, BATCH):
            add(store, [next(made) for _ in range(BATCH)])
        moments = (NOW + timedelta(seconds=n) for n in count())
        world = Publishing(
            store=store, output=folder / "public", site=SITE, timezone=ZoneInfo("UTC"), entries=LENGTH,
            full_content=True, live=True, clock=lambda: next(moments),
        )  # fmt: skip
        begun = used()
        publish(world)
        everything, rounds = used() - begun, []
        for _ in range(ROUNDS):
            add(store, [next(made)])
            begun = used()
            publish(world)
            rounds.append(used() - begun)
        with store.read() as tx:
            category = tx.categories.find("c1")
            begun = used()
            for _ in range(20):
                naive(tx.reading.newest_of(category, LENGTH))
            peer = (used() - begun) / 20
    return {"everything": everything, "one new": statistics.median(rounds), "feedgen, a feed": peer}


def main() -> None:
    """Measure and print a table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("sizes", nargs="*", type=int, default=[10_000, 100_000, 1_000_000])
    options.add_argument("--categories", type=int, default=2000)
    wanted = options.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {wanted.categories} categories\n")
    print("| entries | everything: CPU s | a feed with archive: ms | one new: ms | feedgen, all feeds: s | / ours, one new |")
    print("|---|---|---|---|---|---|")
    for size in wanted.sizes:
        with tempfile.TemporaryDirectory() as temporary:
            cost = measure(Path(temporary), size, wanted.categories)
        peer = cost["feedgen, a feed"] * (wanted.categories + 1)
        cells = (
            f"{size:,}", f"{cost['everything']:.1f}", f"{cost['everything'] / (wanted.categories + 1) * 1000:.1f}",
            f"{cost['one new'] * 1000:.1f}", f"{peer:.1f}", f"{peer / cost['one new']:.0f}",
        )  # fmt: skip
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
