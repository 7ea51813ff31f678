"""Owns the use cases about subscriptions: made, ended, paused, taken from lists in OPML and written to them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from aggregator.errors import UsageError
from aggregator.model import SourceKind, Subscription
from aggregator.store.sources import ENDED

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from aggregator.app.composition import App
    from aggregator.model import Move, Source
    from aggregator.opml import Outline, Refusal
    from aggregator.store import Store, Transaction


class Result(StrEnum):
    """What becomes of one outline of a list."""

    NEW = "new"
    KNOWN = "already subscribed"
    REFUSED = "refused"


class Imported(Struct, frozen=True, kw_only=True):
    """One outline of a list, in *line* of it, with what became of it and why.

    *feed* is its address, or what else it is called; *title* and *categories* are those of the subscription, which stays as it is
    if there was one. *code* of a refusal is stable and for machines.
    """

    line: int
    result: Result
    feed: str
    title: str | None = None
    categories: tuple[str, ...] = ()
    code: str | None = None
    why: str | None = None


class Subscriptions(Struct, frozen=True, kw_only=True):
    """What is asked of subscriptions, on an open store."""

    app: App
    store: Store

    def add(self, subscription: Subscription, final_url: str | None = None) -> Source:
        """Subscribe; it is polled with the next run. *final_url* is where redirects led when somebody looked.

        Raises:
            UsageError: it is subscribed already, perhaps by another address.
        """
        with self.store.write() as tx:
            _refuse_known(tx, subscription.url, final_url or subscription.url)
            return tx.sources.add(subscription, self.app.clock())

    def refuse_known(self, url: str) -> None:
        """Tell that *url* is subscribed already, before anybody looks there.

        Raises:
            UsageError: it is.
        """
        with self.store.read() as tx:
            _refuse_known(tx, url)

    def remove(self, url: str) -> Source:
        """End a subscription made on the command line."""
        with self.store.write() as tx:
            return tx.sources.remove(url)

    def disable(self, url: str, reason: str) -> Source:
        """Stop polling a feed until it is enabled."""
        with self.store.write() as tx:
            return tx.sources.disable(url, reason)

    def enable(self, url: str) -> Source:
        """Poll a feed again; it is due at once."""
        with self.store.write() as tx:
            return tx.sources.enable(url)

    def unmove(self, url: str) -> tuple[Source, Move]:
        """Take the last move of a feed back. The caller holds the lock: a poll under way would write the move again."""
        with self.store.write() as tx:
            move = tx.sources.take_back(tx.sources.find(url), self.app.clock())
            return tx.sources.find(url), move

    def take_list(self, data: bytes, categories: tuple[str, ...]) -> tuple[Imported, ...]:
        """Subscribe to the feeds of a list in OPML, each in the list's and in the given *categories*: all of them, or none.

        Raises:
            UnreadableOpmlError: it cannot be read.
            StoreError: the store cannot be written; nothing was subscribed.
        """
        return self._take_list(data, categories, self.store.write)

    def rehearse_list(self, data: bytes, categories: tuple[str, ...]) -> tuple[Imported, ...]:
        """Tell what :meth:`take_list` would do, and store nothing."""
        return self._take_list(data, categories, self.store.rehearse)

    def _take_list(
        self, data: bytes, categories: tuple[str, ...], writing: Callable[[], AbstractContextManager[Transaction]]
    ) -> tuple[Imported, ...]:
        from aggregator.opml import read_opml  # noqa: PLC0415 - most commands read no list

        found = read_opml(data)
        with writing() as tx:
            subscribed, taken = _subscribed(tx), []
            for outline in found.outlines:
                wanted = replace(outline, categories=tuple(dict.fromkeys(outline.categories + categories)))
                known = subscribed.get(outline.url)
                if known is None:
                    tx.sources.add(_subscription(wanted), self.app.clock())
                taken.append(_imported(wanted, known))
        return tuple(sorted((*taken, *map(_refused, found.refusals)), key=lambda row: row.line))

    def as_list(self) -> bytes:
        """Return the feeds that are polled as OPML, dated by the newest of them: equal subscriptions, equal bytes.

        A feed that moved is listed where it is now, since its old address may be gone by the time somebody reads the list.
        """
        from aggregator.opml import OpmlFeed, write_opml  # noqa: PLC0415 - as above

        with self.store.read() as tx:
            feeds = [source for source in _feeds(tx) if source.disabled_reason is None]
        listed = [
            OpmlFeed(
                url=source.poll_url,
                title=None if source.name == source.subscription.url else source.name,
                site_url=source.provenance.site_url,
                categories=source.subscription.categories,
            )
            for source in feeds
        ]
        return write_opml(self.app.config.site.title, listed, max((source.added_at for source in feeds), default=None))


def _feeds(tx: Transaction) -> list[Source]:
    """Return the feeds whose subscription did not end; those that somebody disabled are among them."""
    return [s for s in tx.sources.all() if s.subscription.kind is SourceKind.FEED and s.disabled_reason not in ENDED]


def _subscribed(tx: Transaction) -> dict[str, Source]:
    """Return the same by all their addresses: those they were subscribed under, and those they moved to."""
    feeds = _feeds(tx)
    return {source.poll_url: source for source in feeds} | {source.subscription.url: source for source in feeds}


def _refuse_known(tx: Transaction, *urls: str) -> None:
    subscribed = _subscribed(tx)
    for known in (subscribed[url] for url in urls if url in subscribed):
        if known.disabled_reason is None:
            named = known.subscription.url
            raise UsageError(f"{urls[0]} is subscribed already{'' if named == urls[0] else f', as {named}'}")


def _subscription(outline: Outline) -> Subscription:
    return Subscription(url=outline.url, title=outline.title, categories=outline.categories)


def _imported(outline: Outline, known: Source | None) -> Imported:
    if known is None:
        return Imported(
            line=outline.line, result=Result.NEW, feed=outline.url, title=outline.title, categories=outline.categories
        )
    why = None
    if known.disabled_reason is not None:
        why = f"but disabled: {known.disabled_reason}; `aggregator feed enable` polls it again"
    elif known.subscription.url != outline.url:
        why = f"as {known.subscription.url}"
    mine = known.subscription
    return Imported(
        line=outline.line, result=Result.KNOWN, feed=outline.url, title=mine.title, categories=mine.categories, why=why
    )


def _refused(refusal: Refusal) -> Imported:
    return Imported(line=refusal.line, result=Result.REFUSED, feed=refusal.what, code=refusal.code, why=refusal.why)
