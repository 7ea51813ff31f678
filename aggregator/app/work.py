"""Owns the use cases on an open store: what a command or a tick asks for, each a line or two of wiring."""

from __future__ import annotations

from contextlib import closing, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from aggregator.app.progress import Cycle, Progress
from aggregator.errors import UsageError
from aggregator.model import Poll, PollOutcome, Provenance, Source, SourceKind, Tally, Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from aggregator.app.browsing import Browsing
    from aggregator.app.composition import App
    from aggregator.app.copying import Copying
    from aggregator.app.editing import Editing
    from aggregator.app.rekeying import Identities
    from aggregator.app.releasing import Releasing
    from aggregator.app.ruling import Ruling
    from aggregator.app.scouting import Scout
    from aggregator.app.searching import Search
    from aggregator.app.shelves import Shelves
    from aggregator.app.spreading import WebSub
    from aggregator.app.subscriptions import Subscriptions
    from aggregator.app.uploading import Uploading
    from aggregator.feedfiles import Written
    from aggregator.poll import Polling
    from aggregator.publish import Publishing
    from aggregator.store import Store, Transaction


class Work(Struct, frozen=True, kw_only=True):
    """The use cases, on an open store."""

    app: App
    store: Store

    def follow(self) -> None:
        """Bring sources and categories in line with the configuration."""
        wanted, now = self.app.config, self.app.clock()
        folders = wanted.seed_folders
        with self.store.write() as tx:
            tx.categories.follow(((rule.category, rule.slug) for rule in wanted.rules), now)
            tx.shelving.follow(self.app.rule_book)
            tx.sources.follow([*(f.subscription for f in folders), *wanted.subscriptions], now)
            for folder in folders:
                source = tx.sources.find(folder.subscription.url)
                tx.sources.learn(source, Provenance(guid=self.app.seeds_guid(folder, source), site_url=folder.site_url))

    def cycle(self, progress: Progress) -> Cycle:
        """Do one cycle: seeds, due polls, publish. The caller holds the lock."""
        sown = self.sow((), progress)
        pushed = tuple(self.websub.listening.read(self._polling)) if self.app.config.websub.subscribe else ()
        polled = self.poll(self.due(), progress)
        published = self.publish(progress)
        return Cycle(sown=sown, polled=pushed + polled, published=published, uploaded=self.uploading.upload(progress))

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
            return tx.sources.enabled()

    def count_feeds(self) -> int:
        """Return the number of enabled feeds."""
        with self.store.read() as tx:
            return tx.sources.count_enabled()

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
        from aggregator.poll import poll  # noqa: PLC0415 - most commands read no feed

        progress.begin("feeds", len(sources))
        done, failed, total = [], 0, Tally()
        with closing(poll(sources, self._polling())) as rows:  # also on Ctrl-C: fetching and its worker process end here
            for row in rows:
                done.append(row)
                failed += row[1].outcome is PollOutcome.FAILED
                total += row[1].tally
                progress.say(f"feeds: {total.new} new, {total.revised} revised, {failed} failed")
                progress.advance(1)
        return tuple(done)

    def _polling(self) -> Polling:
        """What polling needs."""
        from aggregator.poll import Polling  # noqa: PLC0415 - most commands read no feed

        return Polling(
            store=self.store, fetch=self.app.fetch, rules=self.app.ingest_rules,
            clock=self.app.clock, chance=self.app.chance, access=self.app.access,
            parse_timeout=self.app.config.limits.parse_timeout,
        )  # fmt: skip

    def publish(self, progress: Progress) -> Written:
        """Publish what changed, but for files that something is in the way of.

        Which hubs to tell is noted: :attr:`websub` tells them.
        """
        return self._publish(self.publishing, (), progress)

    def republish(self, slugs: Sequence[str], progress: Progress) -> Written:
        """Publish what changed, of the given categories or of all, and whatever is not there any more as it was published."""
        return self._publish(replace(self.publishing, trusted_for=timedelta(0)), slugs, progress)

    def _publish(self, world: Publishing, slugs: Sequence[str], progress: Progress) -> Written:
        from aggregator.publish import publish  # noqa: PLC0415 - most commands render nothing

        progress.begin("publishing", None)
        done = publish(world, slugs)
        if self.app.config.site_value.hubs:
            self.websub.announce()
        return done

    @property
    def websub(self) -> WebSub:
        """The use cases of telling and being told of news at once."""
        from aggregator.app.spreading import WebSub  # noqa: PLC0415 - most sites know no hub

        return WebSub(app=self.app, store=self.store)

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
            live=wanted.publish.live,
            private=frozenset(wanted.access),
            clock=self.app.clock,
        )

    @property
    def subscriptions(self) -> Subscriptions:
        """The use cases about subscriptions."""
        from aggregator.app.subscriptions import Subscriptions  # noqa: PLC0415 - a poll needs none of these

        return Subscriptions(app=self.app, store=self.store)

    @property
    def shelves(self) -> Shelves:
        """The use cases about categories."""
        from aggregator.app.shelves import Shelves  # noqa: PLC0415 - as above

        return Shelves(app=self.app, store=self.store)

    @property
    def editing(self) -> Editing:
        """The use cases about single entries."""
        from aggregator.app.editing import Editing  # noqa: PLC0415 - as above

        return Editing(app=self.app, store=self.store)

    @property
    def uploading(self) -> Uploading:
        """The use cases about the bucket that published files are put into."""
        from aggregator.app.uploading import Uploading  # noqa: PLC0415 - as above

        return Uploading(app=self.app, store=self.store, publishing=lambda: self.publishing)

    @property
    def search(self) -> Search:
        """The use cases of whoever searches."""
        from aggregator.app.searching import Search  # noqa: PLC0415 - most commands search nothing

        return Search(app=self.app, store=self.store)

    @property
    def browsing(self) -> Browsing:
        """The pages that are made on request."""
        from aggregator.app.browsing import Browsing  # noqa: PLC0415 - only who serves needs them

        return Browsing(app=self.app, store=self.store)

    @property
    def copying(self) -> Copying:
        """The use cases about entries that say the same."""
        from aggregator.app.copying import Copying  # noqa: PLC0415 - most sites look for no copies

        return Copying(app=self.app, store=self.store)

    @property
    def releasing(self) -> Releasing:
        """The use cases about what guards hold back."""
        from aggregator.app.releasing import Releasing  # noqa: PLC0415 - as above

        return Releasing(app=self.app, store=self.store)

    @property
    def identities(self) -> Identities:
        """The use cases about keys, and the rules that they are made by."""
        from aggregator.app.rekeying import Identities  # noqa: PLC0415 - listings need none of it

        return Identities(app=self.app, store=self.store)

    @property
    def rules_changed(self) -> bool:
        """Whether there are rules that were not applied to what is stored."""
        with self.store.read() as tx:
            return tx.shelving.changed()

    @property
    def ruling(self) -> Ruling:
        """The use cases about rules that changed."""
        from aggregator.app.ruling import Ruling  # noqa: PLC0415 - most commands replay no rules

        return Ruling(app=self.app, store=self.store)

    @contextmanager
    def scouting(self) -> Iterator[Scout]:
        """Look at addresses that somebody names, without storing anything."""
        from aggregator.app.scouting import Scout  # noqa: PLC0415 - most commands need no network
        from aggregator.poll.reader import Reader  # noqa: PLC0415

        with Reader(self.app.ingest_rules, timeout=self.app.config.limits.parse_timeout) as reader:
            yield Scout(app=self.app, store=self.store, reader=reader)
