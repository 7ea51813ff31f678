"""Owns the SQL of sources and of the poll log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict

from aggregator.errors import NotFoundError, UsageError
from aggregator.model import (
    Appearance,
    Move,
    Origin,
    Poll,
    Provenance,
    Source,
    Subscription,
)
from aggregator.store.conclusions import write
from aggregator.store.json_columns import from_json
from aggregator.store.memories import Memories
from aggregator.store.rows import (
    poll_of,
    provenance_row,
    source_of,
    subscription_of,
    subscription_row,
)
from aggregator.store.statements import inserting, setting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.model import Conclusion
    from aggregator.store.connection import Connection, Row

NOT_IN_FILE = "no longer in the configuration"
REMOVED = "removed on the command line"
ENDED = frozenset({NOT_IN_FILE, REMOVED})


class Polled(Struct, frozen=True, kw_only=True):
    """A feed that is polled, as a list of feeds names it; *url* is the subscription's, *poll_url* where it is now."""

    url: str
    poll_url: str
    title: str | None
    site_url: str | None
    categories: tuple[str, ...]


_COUNTED = "SELECT sources.*, (SELECT count(*) FROM sightings WHERE source_id = sources.id) AS entry_count FROM sources"
_ENABLED = "FROM sources WHERE kind = 'feed' AND disabled_reason IS NULL"
_DUE = f"""
    SELECT * {_ENABLED} AND (next_poll_at IS NULL OR next_poll_at <= :now)
    ORDER BY next_poll_at IS NOT NULL, next_poll_at, id
"""
_POLLED = f"""
    SELECT url, coalesce(current_url, url) AS poll_url, coalesce(title_wanted, title) AS title, site_url, categories
    {_ENABLED} ORDER BY url
"""
_SUBSCRIBED = "SELECT id, kind, url, origin, title_wanted, categories, interval_s, disabled_reason FROM sources"
_NEW = inserting(
    "sources", "kind", "url", "origin", "title_wanted", "categories", "interval_s", "added_at", "authors", "next_poll_reason"
)
_APPEARANCES = """
    SELECT entries.published, sightings.first_seen_at AS seen_at
    FROM entries JOIN sightings ON sightings.entry_id = entries.id
    WHERE sightings.source_id = :source AND sightings.first_seen_at >= :since
"""
_MOVES = """
    SELECT moved_at, from_url, to_url, reason, undone_at FROM moves WHERE source_id = :source ORDER BY moved_at DESC, id DESC
"""
_UNDO = "UPDATE moves SET undone_at = :now WHERE source_id = :source AND to_url = :to_url AND undone_at IS NULL"
_POLLS = "SELECT * FROM polls WHERE source_id = :source ORDER BY started_at DESC, id DESC LIMIT :limit"
_TOUCH = """
    UPDATE categories SET revision = revision + 1 WHERE id IN (
        SELECT assignments.category_id FROM assignments JOIN sightings ON sightings.speaks_for = assignments.entry_id
        WHERE sightings.source_id = :source
    )
"""


class Sources(Struct, frozen=True):
    """Questions about sources, within one transaction."""

    connection: Connection

    def all(self) -> tuple[Source, ...]:
        """Return every source, also disabled ones, in the order they were added."""
        return tuple(source_of(row) for row in self.connection.rows(f"{_COUNTED} ORDER BY id"))

    def find(self, url: str) -> Source:
        """Return the source of *url*.

        Raises:
            NotFoundError: there is none.
        """
        row = self.connection.row(f"{_COUNTED} WHERE url = :url", url=url)
        if row is None:
            raise NotFoundError(f"no source has the URL {url}; `aggregator feed list` shows those that exist")
        return source_of(row)

    def due(self, now: datetime) -> tuple[Source, ...]:
        """Return the enabled feeds whose time has come, the longest due first; their entries are not counted."""
        return tuple(source_of(row) for row in self.connection.rows(_DUE, now=now))

    def enabled(self) -> tuple[Source, ...]:
        """Return the enabled feeds in the order they were added; their entries are not counted."""
        return tuple(source_of(row) for row in self.connection.rows(f"SELECT * {_ENABLED} ORDER BY id"))

    def count_enabled(self) -> int:
        """Return the number of enabled feeds."""
        return int(self.connection.value(f"SELECT count(*) {_ENABLED}"))

    def polled(self) -> tuple[Polled, ...]:
        """Return the enabled feeds, by their URL."""
        rows = self.connection.rows(_POLLED)
        return tuple(Polled(**row | {"categories": tuple(from_json(row["categories"]) or ())}) for row in rows)

    def follow(self, subscriptions: Sequence[Subscription], now: datetime) -> None:
        """Make the sources of the configuration equal to *subscriptions*; what left it is disabled, and nothing is lost."""
        stored = {row["url"]: row for row in self.connection.rows(_SUBSCRIBED)}
        for subscription in subscriptions:
            old = stored.get(subscription.url)
            if old is None:
                self._insert(subscription, Origin.CONFIG, now)
                continue
            before = subscription_of(old)
            if old["disabled_reason"] is None and old["origin"] == Origin.CONFIG and before == subscription:
                continue
            fields = subscription_row(subscription) | {"origin": Origin.CONFIG, "disabled_reason": None}
            if old["disabled_reason"] is not None or old["interval_s"] != fields["interval_s"]:
                fields |= {"next_poll_at": None, "next_poll_reason": "the configuration changed"}  # planned by what it said
            self._update(old["id"], fields)
            if before.title != subscription.title:
                self._touch_categories(old["id"])
            self._note_categories(old["id"], before, subscription)
        wanted = {s.url for s in subscriptions}
        for url, old in stored.items():
            if old["origin"] == Origin.CONFIG and url not in wanted and old["disabled_reason"] is None:
                self._update(old["id"], {"disabled_reason": NOT_IN_FILE})

    def add(self, subscription: Subscription, now: datetime) -> Source:
        """Add a subscription made on the command line, or take up again one that was removed.

        Raises:
            UsageError: it is subscribed already, or somebody disabled it.
        """
        old = self.connection.row(f"{_SUBSCRIBED} WHERE url = :url", url=subscription.url)
        if old is None:
            self._insert(subscription, Origin.COMMAND, now)
        elif old["disabled_reason"] is None:
            raise UsageError(f"{subscription.url} is subscribed already")
        elif old["disabled_reason"] not in ENDED:
            raise UsageError(
                f"{subscription.url} is disabled ({old['disabled_reason']}); `aggregator feed enable` polls it again"
            )
        else:
            fields = subscription_row(subscription) | {"origin": Origin.COMMAND, "disabled_reason": None}
            self._update(old["id"], fields | {"next_poll_at": None, "next_poll_reason": "added again"})
            if old["title_wanted"] != subscription.title:
                self._touch_categories(old["id"])
            self._note_categories(old["id"], subscription_of(old), subscription)
        return self.find(subscription.url)

    def remove(self, url: str) -> Source:
        """End a subscription made on the command line. Its entries stay, and so does what is known of it.

        Raises:
            NotFoundError: there is none.
            UsageError: it comes from the configuration file, or was removed before.
        """
        source = self.find(url)
        if source.disabled_reason in ENDED:
            raise UsageError(f"{url} is not subscribed any more ({source.disabled_reason})")
        _refuse_of_file(source)
        self._update(source.id, {"disabled_reason": REMOVED})
        return self.find(url)

    def disable(self, url: str, reason: str) -> Source:
        """Stop polling a feed that was added on the command line, until it is enabled.

        Raises:
            NotFoundError: there is none.
            UsageError: it comes from the configuration file, or is disabled already.
        """
        source = self.find(url)
        if source.disabled_reason is not None:
            raise UsageError(f"{url} is disabled already ({source.disabled_reason})")
        _refuse_of_file(source)
        self._update(source.id, {"disabled_reason": reason})
        return self.find(url)

    def enable(self, url: str) -> Source:
        """Poll a feed again that was disabled or removed on the command line.

        Raises:
            NotFoundError: there is none.
            UsageError: it is enabled already, or was taken out of the configuration file.
        """
        source = self.find(url)
        if source.disabled_reason is None:
            raise UsageError(f"{url} is enabled already")
        if source.origin is Origin.CONFIG:
            raise UsageError(f"{url} was taken out of the configuration file; put it back there, or `aggregator feed add` it")
        self._update(source.id, {"disabled_reason": None, "next_poll_at": None, "next_poll_reason": "enabled again"})
        return self.find(url)

    def conclude(self, conclusions: Sequence[Conclusion]) -> None:
        """Write polls into the log and their outcomes to the sources."""
        write(self.connection, conclusions)

    def move(self, source: Source, move: Move) -> None:
        """Note that a feed moved; where it is polled from now on is in the conclusion of the poll."""
        self.connection.run(inserting("moves", "source_id", *Move.__struct_fields__), source_id=source.id, **asdict(move))

    def appearances(self, source: Source, since: datetime) -> tuple[Appearance, ...]:
        """Return the entries that *source* brought *since* then: when they were published, and when we saw them there."""
        return tuple(Appearance(**row) for row in self.connection.rows(_APPEARANCES, source=source.id, since=since))

    def moves(self, source: Source) -> tuple[Move, ...]:
        """Return where a feed moved, the newest move first."""
        return tuple(Move(**row) for row in self.connection.rows(_MOVES, source=source.id))

    def take_back(self, source: Source, now: datetime) -> Move:
        """Take the newest move of a feed back: it is polled where it was before, and not moved there again by itself.

        Raises:
            NotFoundError: it never moved, or every move was taken back.
        """
        standing = [move for move in self.moves(source) if move.undone_at is None]
        if not standing:
            raise NotFoundError(f"{source.subscription.url} did not move; `aggregator feed show` tells where it is polled")
        last = standing[0]
        self.connection.run(_UNDO, source=source.id, to_url=last.to_url, now=now)
        before = None if last.from_url == source.subscription.url else last.from_url
        fresh = {"etag": None, "last_modified": None, "document_digest": None}  # of another address
        self._update(source.id, fresh | {"current_url": before, "moving_url": None, "moving_since": None, "moving_polls": 0})
        Memories(self.connection).forget_items(source)
        return last

    def learn(self, source: Source, provenance: Provenance) -> None:
        """Keep what a feed says of itself. Where that shows in published entries, their categories count as changed."""
        if provenance == source.provenance:
            return
        self._update(source.id, provenance_row(provenance))
        if _shown(provenance) != _shown(source.provenance):
            self._touch_categories(source.id)

    def _touch_categories(self, source_id: int) -> None:
        """Mark every category that shows an entry of a source."""
        self.connection.run(_TOUCH, source=source_id)

    def polls(self, source: Source, limit: int) -> tuple[Poll, ...]:
        """Return the newest polls of *source*, newest first."""
        return tuple(poll_of(row) for row in self.connection.rows(_POLLS, source=source.id, limit=limit))

    def _note_categories(self, source_id: int, before: Subscription, now: Subscription) -> None:
        """Note that its entries are in other categories now than its subscription says, until the rules are applied."""
        if before.categories != now.categories:
            from aggregator.classify.replay import Stale  # noqa: PLC0415 - rare, and most runs have no use for it
            from aggregator.store.shelving import note_stale  # noqa: PLC0415

            note_stale(self.connection, Stale(sources=frozenset({source_id})))

    def _insert(self, subscription: Subscription, origin: Origin, now: datetime) -> None:
        new = {"origin": origin, "added_at": now, "authors": "[]", "next_poll_reason": "never polled"}
        self.connection.run(_NEW, **subscription_row(subscription), **new)

    def _update(self, source_id: int, fields: Row) -> None:
        self.connection.run(f"UPDATE sources SET {setting(*fields)} WHERE id = :id", id=source_id, **fields)


def _refuse_of_file(source: Source) -> None:
    if source.origin is Origin.CONFIG:
        raise UsageError(f"{source.subscription.url} stands in the configuration file; take it out there")


def _shown(provenance: Provenance) -> tuple[object, ...]:
    """Return what render emits of it: its own date is left out there, so that an idle feed changes no byte of ours."""
    return (*(getattr(provenance, name) for name in provenance.__struct_fields__ if name != "updated"),)
