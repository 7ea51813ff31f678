"""A newsroom for tests: a store with one feed, and the folder that it is published in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import feedparser

from aggregator.ingest import ingest, prepare_document
from aggregator.ingest_rules import IngestRules
from aggregator.model import Candidate, Hidden, Hider, Parsed, Person, Site, Subscription
from aggregator.publish import Publishing, publish
from aggregator.urls import UrlRules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aggregator.model import PublishedEntry
    from aggregator.store import Store

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ROOT = "https://news.example.org/"
SITE = Site(title="News", url=ROOT, language="en", author=Person(name="Desk"))
RULES = IngestRules(urls=UrlRules(), categories=(), default_category="Other", authority="news.example.org")


@dataclass
class Newsroom:
    """A store with one feed in the category Bees, and the folder that it is published in."""

    store: Store
    output: Path
    entries: int = 5
    now: datetime = NOW
    numbers: Iterator[int] = field(default_factory=count)
    url: str = "https://bees.example/feed"

    def __post_init__(self) -> None:
        with self.store.write() as tx:
            tx.sources.add(Subscription(url=self.url, categories=("Bees",), title="Bees daily"), self.now)
            tx.categories.follow([], self.now)

    @property
    def world(self) -> Publishing:
        return Publishing(
            store=self.store, output=self.output, site=SITE, timezone=ZoneInfo("UTC"), entries=self.entries,
            full_content=True, live=True, clock=lambda: self.now,
        )  # fmt: skip

    def say(self, *candidates: Candidate) -> None:
        """Let the feed bring these, a minute later."""
        self.now += MINUTE
        with self.store.read() as tx:
            source = tx.sources.find(self.url)
        with self.store.write() as tx:
            ingest(tx, source, prepare_document(Parsed(candidates=candidates), source, RULES, base_url=self.url), RULES, self.now)

    def bring(self, number: int) -> None:
        """Let the feed bring so many new articles, each published a minute after the one before."""
        self.say(*(article(next(self.numbers)) for _ in range(number)))

    def publish(self) -> tuple[str, ...]:
        self.now += MINUTE
        return publish(self.world).paths

    def hide(self, *entry_ids: int) -> None:
        self.now += MINUTE
        with self.store.write() as tx:
            tx.tombstones.hide(entry_ids, Hidden(at=self.now, by=Hider.OPERATOR, reason="a private reason"))

    def withdraw(self, entry_id: int) -> None:
        """Hide an entry as a rule does."""
        self.now += MINUTE
        with self.store.write() as tx:
            tx.shelving.hide({entry_id: "a rule"}, self.now)

    def put_back(self, entry_id: int) -> None:
        """Show again what a rule hid."""
        self.now += MINUTE
        with self.store.write() as tx:
            tx.shelving.hide({entry_id: None}, self.now)

    def restore(self, *entry_ids: int) -> None:
        self.now += MINUTE
        with self.store.write() as tx:
            tx.tombstones.restore(entry_ids, self.now)

    def read(self, path: str) -> bytes:
        return (self.output / path).read_bytes()

    def files(self) -> dict[str, bytes]:
        return {str(p.relative_to(self.output)): p.read_bytes() for p in self.output.rglob("*") if p.is_file()}

    def pages(self) -> dict[str, bytes]:
        return {path: content for path, content in self.files().items() if "/archive/" in path}

    def walk(self, slug: str = "bees") -> Iterator[tuple[str, list[str]]]:
        """Follow the archive from the feed on, as a crawler does; yield each address with the titles there."""
        path = f"feeds/{slug}.atom"
        while path:
            found = parsed(self.read(path))
            yield path, [entry.title for entry in found.entries]
            path = next((link.href.removeprefix(ROOT) for link in found.feed.links if link.rel == "prev-archive"), "")

    def entry(self, title: str) -> PublishedEntry:
        with self.store.read() as tx:
            return next(entry for entry in tx.reading.newest(9999) if entry.title == title)


def article(number: int, text: str = "Honey.") -> Candidate:
    link = f"https://bees.example/{number:04}"
    return Candidate(
        place=f"item {number}", title=f"Bee {number:04}", url=link, guid=link, content=f"<p>{text}</p>",
        published=NOW - timedelta(days=90) + number * MINUTE,
    )  # fmt: skip


def parsed(content: bytes) -> Any:
    return feedparser.parse(BytesIO(content))  # noqa: TID251 - bytes are no address
