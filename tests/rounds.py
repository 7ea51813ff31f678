"""Rounds of polling for tests: a real store, real servers on loopback, a clock of the test's own; see :class:`Rounds`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from loopback_fetch import settings

from aggregator.fetch import fetch_all
from aggregator.ingest_rules import IngestRules
from aggregator.model import Subscription
from aggregator.poll import Polling, poll
from aggregator.urls import UrlRules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loopback_server import Loopback

    from aggregator.model import Memory, Move, Poll, Source
    from aggregator.store import Store

AUTHORITY = "news.example.org"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HOSTS = tuple(f"127.1.0.{n}" for n in range(1, 6))
RULES = IngestRules(urls=UrlRules(), categories=(), default_category="未分类", authority=AUTHORITY)


@dataclass
class Rounds:
    """Rounds of polling at times that the test sets; chance never adds to a wait."""

    store: Store
    loopback: Loopback
    now: datetime = NOW
    allow: set[tuple[str, int]] = field(default_factory=set)

    def subscribe(self, url: str, **fields: Any) -> str:
        """Subscribe to a URL, or to a path of 127.0.0.1; return the URL."""
        url = url if ":" in url else self.loopback.url(url)
        with self.store.write() as tx:
            tx.sources.add(Subscription(url=url, **fields), self.now)
        return url

    def source(self, url: str) -> Source:
        with self.store.read() as tx:
            return tx.sources.find(url)

    def memory(self, url: str) -> Memory:
        with self.store.read() as tx:
            return tx.memories.find(tx.sources.find(url))

    def moves(self, url: str) -> Sequence[Move]:
        with self.store.read() as tx:
            return tx.sources.moves(tx.sources.find(url))

    def titles(self) -> set[str]:
        with self.store.read() as tx:
            return {entry.title for entry in tx.reading.newest(1000)}

    def poll_all(self, sources: Sequence[Source]) -> dict[str, Poll]:
        allowed = self.loopback.allow_at("127.0.0.1", *HOSTS) | self.allow
        limits = settings(self.loopback, allow=allowed)
        world = Polling(
            store=self.store,
            fetch=lambda requests: fetch_all(requests, limits, lambda: self.now),
            rules=RULES,
            clock=lambda: self.now,
            chance=lambda: 0.0,
        )
        return {source.subscription.url: row for source, row in poll(sources, world)}

    def poll(self, *urls: str, after: timedelta = timedelta()) -> dict[str, Poll]:
        """Let time pass, then poll."""
        self.now += after
        return self.poll_all([self.source(url) for url in urls])

    def poll_one(self, url: str, after: timedelta = timedelta()) -> Poll:
        return self.poll(url, after=after)[url]

    def wait(self, url: str) -> timedelta:
        """Return how long after now a source is due."""
        due = self.source(url).next_poll_at
        assert due
        return due - self.now
