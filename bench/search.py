"""Measures search: µs of CPU to take an entry into the index, and ms of CPU to find the newest of many.

    .venv/bin/python bench/search.py [100000]

The texts are made here, 2.5 KB of Chinese in UTF-8 each, of 20,000 words of two characters, some more frequent than others. The
store is SQLite. Of each query the best of five.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.app.progress import Progress
from aggregator.app.searching import Search
from aggregator.clean.plain import rough_text_of
from aggregator.store import Store, migrate
from aggregator.store.statements import inserting
from aggregator.terms import phrases_of, terms_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aggregator.store.connection import Row

BYTES = 2500
NOW = datetime(2026, 1, 2, tzinfo=UTC)
SOURCE = {"kind": "feed", "url": "https://a.example/feed", "origin": "config", "categories": "[]", "authors": "[]"}
ENTRY = inserting("entries", "id", "atom_id", "published", "updated", "date_reason", "first_seen_at")
SIGHTING = inserting(
    "sightings", "id", "entry_id", "source_id", "carrier", "place", "speaks_for", "verdict", "rule", "reason", "revisions",
    "digest", "title", "first_seen_at", "last_seen_at",
)  # fmt: skip
REVISION = inserting(
    "revisions", "id", "sighting_id", "number", "seen_at", "reason", "digest", "title", "content", "authors", "tags", "enclosures"
)


def words(chance: random.Random) -> list[str]:
    """Return words of two characters, the more frequent ones first."""
    characters = [chr(0x4E00 + n) for n in range(3000)]
    weights = [1 / (rank + 10) for rank in range(len(characters))]
    return list(dict.fromkeys("".join(chance.choices(characters, weights, k=2)) for _ in range(20_000)))


def article(chance: random.Random, known: list[str], weights: list[float]) -> str:
    """Return paragraphs until there are ``BYTES``."""
    html = ""
    while len(html.encode()) < BYTES:
        html += "<p>" + "，".join("".join(chance.choices(known, weights, k=chance.randint(3, 8))) for _ in range(6)) + "。</p>\n"
    return html


def rows(numbers: range, texts: list[str]) -> Iterator[Row]:
    """Return what an entry is made of, for all three tables."""
    for number in numbers:
        text = texts[number % len(texts)]
        yield {
            "id": number, "atom_id": f"urn:{number}", "published": NOW + timedelta(minutes=number * 7919 % 500_000),
            "updated": NOW, "date_reason": "", "first_seen_at": NOW, "entry_id": number, "source_id": 1, "carrier": str(number),
            "place": "", "speaks_for": number, "verdict": "new", "rule": "", "reason": "", "revisions": 1, "digest": b"",
            "title": text[3:20], "last_seen_at": NOW, "sighting_id": number, "number": 1, "seen_at": NOW, "content": text,
            "authors": "[]", "tags": "[]", "enclosures": "[]",
        }  # fmt: skip


def best(work: Callable[[], object]) -> float:
    """Return the least CPU seconds of five calls."""
    rounds = []
    for _ in range(5):
        started = time.process_time()
        work()
        rounds.append(time.process_time() - started)
    return min(rounds)


def main(count: int) -> None:
    """Print what it costs with so many entries."""
    chance = random.Random(6)  # noqa: S311 - to be the same each time
    known = words(chance)
    weights = [1 / (rank + 20) for rank in range(len(known))]
    texts = [article(chance, known, weights) for _ in range(3000)]
    cost = best(lambda: [terms_of(rough_text_of(text)) for text in texts[:500]]) / 500
    print(f"terms of an entry          {cost * 1e6:8.0f} µs")
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/store.db"
        migrate.upgrade(url)
        with Store(url, authority="a.example") as store:
            with store.write() as tx:
                connection = tx.sources.connection
                fields = SOURCE | {"added_at": NOW, "next_poll_reason": ""}
                connection.run(inserting("sources", *fields), **fields)
            for start in range(1, count + 1, 5000):
                with store.write() as tx:
                    some = list(rows(range(start, min(start + 5000, count + 1)), texts))
                    for sql in (ENTRY, SIGHTING, REVISION):
                        tx.sources.connection.run_each(sql, some)
            before = sum(path.stat().st_size for path in Path(folder).iterdir())
            search = Search(app=None, store=store)  # type: ignore[arg-type]  # which indexing does not ask
            started = time.process_time()
            search.catch_up(Progress())
            cost = (time.process_time() - started) / count
            print(f"an entry into the index    {cost * 1e6:8.0f} µs, terms and all")
            grown = sum(path.stat().st_size for path in Path(folder).iterdir()) - before
            print(f"its size                   {grown / count / 1024:8.1f} KiB an entry")
            queries = {
                "two characters, frequent": known[0], "two characters, rare": known[-1], "one character": known[0][0],
                "four characters": known[3] + known[4], "six characters": known[0] + known[1] + known[2],
                "two words": f"{known[5]} {known[300]}", "nothing": "龘龘",
            }  # fmt: skip
            for name, query in queries.items():
                with store.read() as tx:
                    found = tx.searching.find(phrases_of(query), limit=31)
                    cost = best(lambda query=query: tx.searching.find(phrases_of(query), limit=31))  # type: ignore[misc]
                print(f"{name:<26} {cost * 1e3:8.2f} ms, {len(found)} found")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
