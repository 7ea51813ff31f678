"""Owns the use cases on an open store: what a command or a tick asks for, each a line or two of wiring."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aggregator import __version__
from aggregator.errors import UsageError
from aggregator.model import Poll, Provenance, Source, SourceKind, Subscription, Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from aggregator.app.composition import App
    from aggregator.publish import Publishing
    from aggregator.store import Store, Transaction

HOMEPAGE = "https://pypi.org/project/feed-aggregator/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """What one cycle did: a row for each seed folder and each poll, and the paths that were written."""

    sown: tuple[tuple[Source, Poll], ...]
    polled: tuple[tuple[Source, Poll], ...]
    written: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Whom to tell of progress: *begin* a step with its name and size, then *advance*."""

    begin: Callable[[str, int | None], None] = field(default=lambda _name, _size: None)
    advance: Callable[[int], None] = field(default=lambda _count: None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The use cases, on an open store."""

    app: App
    store: Store

    def follow(self) -> None:
        """Bring sources and categories in line with the configuration."""
        wanted, now = self.app.config, self.app.clock()
        folders = wanted.seed_folders
        with self.store.write() as tx:
            tx.categories.follow(((rule.category, rule.slug) for rule in wanted.rules), now)
            tx.sources.follow([*(f.subscription for f in folders), *wanted.subscriptions], now)
            for folder in folders:
                source = tx.sources.find(folder.subscription.url)
                tx.sources.learn(source, Provenance(site_url=folder.site_url))

    def cycle(self, progress: Progress) -> Cycle:
        """Do one cycle: seeds, due polls, publish. The caller holds the lock."""
        sown = self.sow((), progress)
        polled = self.poll(self.due(), progress)
        return Cycle(sown=sown, polled=polled, written=self.publish((), progress))

    def due(self) -> tuple[Source, ...]:
        """Return the feeds whose time has come."""
        with self.store.read() as tx:
            return tx.sources.due(self.app.clock())

    def feeds(self, urls: Sequence[str]) -> tuple[Source, ...]:
        """Return the feeds of *urls*, or all enabled ones.

        Raises:
            NotFoundError: we do not know one of them.
            UsageError: one of them is no feed.
        """
        with self.store.read() as tx:
            if urls:
                return tuple(self._feed(tx.sources.find(url)) for url in urls)
            every = tx.sources.all()
        return tuple(s for s in every if s.subscription.kind is SourceKind.FEED and s.disabled_reason is None)

    def _feed(self, source: Source) -> Source:
        if source.subscription.kind is not SourceKind.FEED:
            raise UsageError(f"{source.subscription.url} is a folder of seeds; `aggregator seed ingest` reads it")
        return source

    def sow(self, folders: Sequence[str], progress: Progress, trust: Trust = Trust.STAT) -> tuple[tuple[Source, Poll], ...]:
        """Bring the entries of seed folders up to date: of those given as configured, or of all."""
        return self._sow(folders, progress, trust, self.store.write)

    def rehearse_sowing(
        self, folders: Sequence[str], progress: Progress, trust: Trust = Trust.STAT
    ) -> tuple[tuple[Source, Poll], ...]:
        """Tell what :meth:`sow` would do, and store nothing."""
        return self._sow(folders, progress, trust, self.store.rehearse)

    def _sow(
        self,
        folders: Sequence[str],
        progress: Progress,
        trust: Trust,
        writing: Callable[[], AbstractContextManager[Transaction]],
    ) -> tuple[tuple[Source, Poll], ...]:
        from aggregator.sow import Field, Sowing, sow  # noqa: PLC0415 - a poll needs no Markdown

        done = []
        world = Sowing(
            store=self.store,
            writing=writing,
            rules=self.app.ingest_rules,
            clock=self.app.clock,
            advanced=progress.advance,
            trust=trust,
            parse_timeout=self.app.config.limits.parse_timeout,
        )
        for folder in self.app.config.seed_folders:
            if folders and folder.subscription.url not in folders:
                continue
            progress.begin(f"seeds in {folder.subscription.url}", None)
            with self.store.read() as tx:
                source = tx.sources.find(folder.subscription.url)
            ground = Field(
                source=source,
                folder=folder.path,
                rules=self.app.seed_rules(folder),
                max_size=self.app.config.limits.seed_size,
            )
            done.append((source, sow(ground, world)))
        return tuple(done)

    def poll(self, sources: Sequence[Source], progress: Progress) -> tuple[tuple[Source, Poll], ...]:
        """Poll *sources* now, in the order in which they answer."""
        if not sources:
            return ()  # the usual case under cron, which then needs neither the HTTP client nor the parsers
        from aggregator.fetch import FetchSettings, fetch_all  # noqa: PLC0415 - most commands need no network
        from aggregator.poll import Polling, poll  # noqa: PLC0415

        wanted = self.app.config.fetch
        settings = FetchSettings(
            user_agent=wanted.user_agent or f"aggregator/{__version__} (+{self.contact})",
            allow=wanted.allowed,
            connect_timeout=wanted.connect_timeout,
            idle_timeout=wanted.idle_timeout,
            timeout=wanted.timeout,
            max_body=wanted.max_body,
            max_redirects=wanted.max_redirects,
            concurrency=wanted.concurrency,
        )
        world = Polling(
            store=self.store, fetch=lambda requests: fetch_all(requests, settings), rules=self.app.ingest_rules,
            clock=self.app.clock, chance=self.app.chance, parse_timeout=self.app.config.limits.parse_timeout,
        )  # fmt: skip
        progress.begin("feeds", len(sources))
        done = []
        with closing(poll(sources, world)) as rows:  # also on Ctrl-C: fetching and its worker process end here
            for row in rows:
                done.append(row)
                progress.advance(1)
        return tuple(done)

    @property
    def contact(self) -> str:
        """The address a server's operator finds in the user agent: our site, unless it can be reached from here only."""
        host = self.app.authority
        return HOMEPAGE if host == "localhost" or host.startswith("127.") else self.app.config.site.url

    def publish(self, slugs: Sequence[str], progress: Progress) -> tuple[str, ...]:
        """Publish what changed, of the given categories or of all; return the paths that were written."""
        from aggregator.publish import publish  # noqa: PLC0415 - most commands render nothing

        progress.begin("publishing", None)
        return publish(self.publishing, slugs)

    def differing(self, slugs: Sequence[str]) -> tuple[str, ...]:
        """Return the published files that are not what the store says."""
        from aggregator.publish import differing  # noqa: PLC0415 - most commands render nothing

        return differing(self.publishing, slugs)

    @property
    def publishing(self) -> Publishing:
        """What publishing needs."""
        from aggregator.publish import Publishing  # noqa: PLC0415 - most commands render nothing

        wanted = self.app.config
        return Publishing(
            store=self.store,
            output=wanted.output,
            site=wanted.site_value,
            timezone=wanted.zone,
            entries=wanted.publish.entries,
            full_content=wanted.publish.full_content,
            clock=self.app.clock,
        )

    def subscribe(self, subscription: Subscription) -> Source:
        """Add a subscription; it is polled with the next run."""
        with self.store.write() as tx:
            return tx.sources.add(subscription, self.app.clock())

    def unsubscribe(self, url: str) -> Source:
        """End a subscription made on the command line."""
        with self.store.write() as tx:
            return tx.sources.remove(url)
