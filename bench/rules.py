"""Measures changed rules over what is stored: one on titles, one on content, and one that hides.

    .venv/bin/python bench/rules.py [100000] [--keep FOLDER]

CPU and wall seconds of `aggregator rules preview --diff` and `aggregator rules apply`, start-up included, and how many files
the next `aggregator publish` writes, of a store with 20 categories that have rules and 100 feeds. Nine entries of ten are
carried by one feed, the tenth by two. Each has about 2 KB of HTML.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from aggregator.classify import CategoryRules, Condition, Field
from aggregator.decide import identify_document
from aggregator.ingest import Prepared, ingest
from aggregator.ingest_rules import IngestRules
from aggregator.model import Candidate, Person, Subscription, Tag
from aggregator.store import Store, migrate
from aggregator.urls import UrlRules, canonical_url

COMMAND = Path(sys.executable).with_name("aggregator")
FEEDS, RULED, BATCH = 100, 20, 500
NOW = datetime(2026, 1, 1, tzinfo=UTC)
RULES = IngestRules(
    urls=UrlRules(),
    categories=tuple(
        CategoryRules(category=f"c{n}", include=((Condition(field=Field.TITLE, pattern=f"title{n}x"),),)) for n in range(RULED)
    ),
    default_category="rest",
    authority="127.0.0.1",
)
WORDS = [f"word{n}" for n in range(3000)] + [chr(0x4E00 + n) * 2 for n in range(3000)]


def candidate(number: int, chance: random.Random) -> Candidate:
    """Make an item of about 2 KB."""
    paragraphs = [
        f'<p>{" ".join(chance.choices(WORDS, k=30))} <a href="https://{number}.example/{n}">{chance.choice(WORDS)}</a></p>'
        for n in range(8)
    ]
    return Candidate(
        place=f"item {number}",
        title=f"{' '.join(chance.choices(WORDS, k=6))} title{chance.randrange(2 * RULED)}x {number}",
        url=f"https://site{number % FEEDS}.example/{number}",
        content="".join(paragraphs),
        language="zh" if number % 2 else "en",
        published=NOW - timedelta(minutes=number),
        authors=(Person(name=f"Author {number % 50}"),),
        tags=(Tag(term=chance.choice(WORDS)),),
    )


def fill(url: str, number: int) -> None:
    """Store so many entries, as polls would."""
    migrate.upgrade(url)
    chance = random.Random(1)  # noqa: S311 - the same store each time
    canonical = partial(canonical_url, rules=RULES.urls)
    with Store(url, authority=RULES.authority) as store:
        with store.write() as tx:
            tx.categories.follow(((rule.category, None) for rule in RULES.categories), NOW)
            wanted = [
                Subscription(url=f"https://feed{n}.example/", categories=(f"f{n % 30}",) if n % 2 else ()) for n in range(FEEDS)
            ]
            every = [tx.sources.add(subscription, NOW) for subscription in wanted]
        for start in range(0, number, BATCH):
            candidates = [candidate(start + n, chance) for n in range(BATCH)]
            source = every[start // BATCH % FEEDS]
            other = every[(start // BATCH + 1) % FEEDS]
            for carrier, carried in ((source, candidates), (other, candidates[::10])):
                items = tuple(identify_document(carried, canonical, source_url=carrier.subscription.url))
                with store.write() as tx:
                    ingest(tx, carrier, Prepared(items=items, rejects=()), RULES, NOW)


def configuration(*, title: str = "title3x", content: str = "", block: str = "") -> str:
    """Write config.yaml with the rules of the store, but for those given."""
    lines = ["categories:"]
    for n in range(RULED):
        lines.append(f"  - name: c{n}\n    include:\n      - {{title: {title if n == 3 else f'title{n}x'!r}}}")
        if content and n == 4:
            lines.append(f"      - {{content: {content!r}}}")
    lines.append("default_category: rest")
    if block:
        lines.append(f"block: [{{content: {block!r}}}]")
    return "\n".join(lines) + "\n"


def timed(folder: Path, *arguments: str) -> tuple[float, float, int]:
    """Run the command; return CPU seconds, wall seconds and the number of lines that it printed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([COMMAND, *arguments], cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall, done.stdout.count("\n")


def main() -> None:
    """Print a line for each change of rules."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("entries", nargs="?", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="make the store here, or use the one that is here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        store = folder / "aggregator.db"
        if not store.exists():
            fill(f"sqlite:///{store}", options.entries)
        write = (folder / "config.yaml").write_text
        write(configuration())
        for arguments in (("rules", "apply"), ("publish",)):
            timed(folder, *arguments)
        print(f"{options.entries} entries, {store.stat().st_size / 1e6:.0f} MB")
        changes = {
            "a rule on titles": configuration(title="title(3|33)x"),
            "a rule on content": configuration(title="title(3|33)x", content="word77 word|量子计算"),
            "a rule that hides": configuration(title="title(3|33)x", content="word77 word|量子计算", block="word123 word5"),
        }
        for name, text in changes.items():
            write(text)
            cpu, wall, lines = timed(folder, "rules", "preview", "--diff")
            print(f"{name:<20} preview {cpu:6.2f} s CPU {wall:6.2f} s wall, {lines - 2} changes", end="; ")
            cpu, wall, _ = timed(folder, "rules", "apply")
            _, _, written = timed(folder, "publish")
            print(f"apply {cpu:6.2f} s CPU {wall:6.2f} s wall; {written} files published")


if __name__ == "__main__":
    main()
