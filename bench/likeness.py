"""Measures near-duplicates: µs for a fingerprint, ns for a comparison, fingerprints that a look-up compares; the same in a store.

    .venv/bin/python bench/likeness.py [100000]

The texts are made here, 4 KB of HTML in UTF-8 each: Chinese letters and English words, some more frequent than others. CPU time,
the best of nine rounds. The look-ups are among random fingerprints, a tenth of which are copies of others. The store is SQLite
with a thousand entries a day; a look-up of one is for a feed with one new entry, of thirty for a new feed, both among six days.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.likeness import DISTANCE, alike, bands, distance, fingerprint
from aggregator.store import Store, migrate
from aggregator.store.statements import inserting

if TYPE_CHECKING:
    from collections.abc import Callable

BYTES = 4096
NOW = datetime(2026, 1, 2, tzinfo=UTC)
LINK = '<p><a href="https://example.com/a/{}.html">{}</a>'


def best(work: Callable[[], object], *, times: int) -> float:
    """Return the least CPU seconds that one call took, in nine rounds of so many calls."""
    rounds = []
    for _ in range(9):
        started = time.process_time()
        for _ in range(times):
            work()
        rounds.append((time.process_time() - started) / times)
    return min(rounds)


def article(chance: random.Random, units: list[str], *, space: str, stops: str) -> str:
    """Return paragraphs of three sentences with a link each, until there are ``BYTES``."""
    weights = [1 / (rank + 10) for rank in range(len(units))]
    html = ""
    while len(html.encode()) < BYTES:
        clauses = (space.join(chance.choices(units, weights, k=chance.randint(8, 16))) for _ in range(6))
        text = "".join(clause + stops[n % 2] + space for n, clause in enumerate(clauses))
        html += LINK.format(chance.randrange(10**6), text[:8]) + text[8:] + "</p>\n"
    return html


def signed(bits: int) -> int:
    """Return 64 bits as the signed number that they are in a database."""
    return bits - (bits >> 63 << 64)


def population(chance: random.Random, number: int) -> list[int]:
    """Return random fingerprints, and for every ninth of them a copy with up to twice ``DISTANCE`` bits changed."""
    originals = [chance.getrandbits(64) for _ in range(number - number // 10)]
    copies = []
    for original in chance.sample(originals, number // 10):
        changed = sum(1 << bit for bit in chance.sample(range(64), chance.randint(0, 2 * DISTANCE)))
        copies.append(original ^ changed)
    return [signed(bits) for bits in originals + copies]


def in_store(values: list[int], chance: random.Random, folder: Path) -> None:
    """Keep fingerprints in a store, and print what keeping and looking up cost."""
    url = f"sqlite:///{folder / 'bench.db'}"
    migrate.upgrade(url)
    row = {"updated": NOW, "date_reason": "", "first_seen_at": NOW}
    span = (NOW - timedelta(days=6), NOW)
    with Store(url, authority="bench.example") as store:
        with store.write() as tx:
            rows = (
                row | {"id": place, "atom_id": str(place), "published": NOW - timedelta(days=(len(values) - place) / 1000)}
                for place in range(len(values))
            )
            tx.likenesses.connection.run_each(inserting("entries", "id", "atom_id", "published", *row), rows)
            started = time.process_time()
            tx.likenesses.keep(dict(enumerate(values)))
            kept = (time.process_time() - started) / len(values)
        with store.read() as tx:
            asked = chance.sample(values, 30)
            one = best(lambda: tx.likenesses.near(asked[:1], *span), times=20)
            many = best(lambda: tx.likenesses.near(asked, *span), times=2)
    print(f"in a store: kept in {kept * 1e6:.0f} µs, one looked up in {one * 1e6:.0f} µs, each of 30 in {many / 30 * 1e6:.0f} µs")


def main() -> None:
    """Measure, and print a line for each figure."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    chance = random.Random(5)  # noqa: S311 - repeatable, not secret
    letters = [chr(0x4E00 + n) for n in range(3000)]
    words = ["".join(chance.choices("etaoinshrdlucmfw", k=chance.randint(2, 9))) for _ in range(2000)]
    for name, text in (
        ("Chinese", article(chance, letters, space="", stops="，。")),
        ("English", article(chance, words, space=" ", stops=",.")),
    ):
        cost = best(lambda text=text: fingerprint("", text), times=200)
        print(f"{name}: {len(text.encode())} bytes of HTML, {cost * 1e6:.0f} µs for a fingerprint")

    values = population(chance, number)
    one, other = values[:2]
    print(f"comparison {best(lambda: distance(one, other), times=20_000) * 1e9:.0f} ns")
    print(f"bands {best(lambda: bands(one), times=5_000) * 1e6:.1f} µs")

    index = defaultdict(set)
    for place, value in enumerate(values):
        for band in bands(value):
            index[band].add(place)
    asked = chance.sample(range(number), 500)
    candidates = [set().union(*(index[band] for band in bands(values[place]))) - {place} for place in asked]
    found = [
        sum(alike(values[place], values[near]) for near in near_by) for place, near_by in zip(asked, candidates, strict=True)
    ]
    sizes = [len(near_by) for near_by in candidates]
    print(f"{number} fingerprints: {statistics.mean(sizes):.0f} candidates for a look-up, {max(sizes)} at most")
    print(f"{sum(found)} alike found by {len(asked)} look-ups")
    with tempfile.TemporaryDirectory() as folder:
        in_store(values, chance, Path(folder))


if __name__ == "__main__":
    main()
