"""Owns the SQL of telling hubs and subscribers: which feeds have bytes that nobody was told of, and whom that concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.model.pushing import Ping

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.store.connection import Connection

_FEEDS = "(publications.path LIKE 'feeds/%.atom' OR publications.path LIKE 'feeds/%.json')"
# of a feed itself; the pages of its archive are led to by it
_TOPICS = f"{_FEEDS} AND publications.path NOT LIKE 'feeds/%/%'"
_CHANGED = f"""
    SELECT publications.path FROM publications LEFT JOIN announcements ON announcements.path = publications.path
    WHERE {_TOPICS} AND (announcements.digest IS NULL OR announcements.digest <> publications.digest)
    ORDER BY publications.path
"""
_ANNOUNCED = """
    INSERT INTO announcements (path, digest) SELECT path, digest FROM publications WHERE path IN each(:paths)
    ON CONFLICT (path) DO UPDATE SET digest = excluded.digest
"""
_PING = """
    INSERT INTO pings (hub, topic, changes, attempts, due_at) VALUES (:hub, :topic, 1, 0, :now)
    ON CONFLICT (hub, topic) DO UPDATE SET changes = pings.changes + 1, attempts = 0, due_at = excluded.due_at
"""
_DELIVER = """
    UPDATE subscribers SET changes = changes + 1, due_at = :now, attempts = 0 WHERE topic = :topic AND ends_at > :now
"""
_DUE = "SELECT id, hub, topic, changes, attempts FROM pings WHERE due_at <= :now ORDER BY id"
_TOLD = "DELETE FROM pings WHERE id = :id AND changes = :changes"
_REPEAT = """
    UPDATE pings SET attempts = :attempts, due_at = :due_at, trouble = :trouble WHERE id = :id AND changes = :changes
"""


class Pings(Struct, frozen=True):
    """Questions about who is to be told of news, within one transaction."""

    connection: Connection

    def changed(self) -> list[str]:
        """Return the paths of published feeds whose present bytes were not announced."""
        return self.connection.column(_CHANGED)

    def announce(self, topics: dict[str, str], hubs: Sequence[str], now: datetime) -> None:
        """Note that *hubs*, and subscribers of ours, are to be told of changed feeds: *topics* are their URLs by path."""
        self.connection.run(_ANNOUNCED, paths=list(topics))
        self.connection.run_each(_PING, ({"hub": hub, "topic": t, "now": now} for t in topics.values() for hub in hubs))
        self.connection.run_each(_DELIVER, ({"topic": topic, "now": now} for topic in topics.values()))

    def is_topic(self, path: str) -> bool:
        """Say whether there is a published feed at *path*."""
        return self.connection.value(f"SELECT path FROM publications WHERE path = :path AND {_TOPICS}", path=path) is not None

    def due(self, now: datetime) -> tuple[Ping, ...]:
        """Return what hubs are to be told now, the longest due first."""
        return tuple(Ping(**row) for row in self.connection.rows(_DUE, now=now))

    def told(self, ping: Ping) -> None:
        """Strike a ping off, unless there was more news meanwhile."""
        self.connection.run(_TOLD, id=ping.id, changes=ping.changes)

    def postpone(self, hub: str, now: datetime, due_at: datetime) -> None:
        """Tell a *hub* nothing before then."""
        self.connection.run(
            "UPDATE pings SET due_at = :due_at WHERE hub = :hub AND due_at <= :now", hub=hub, now=now, due_at=due_at
        )

    def repeat(self, ping: Ping, due_at: datetime, trouble: str) -> None:
        """Tell it again then, because of this *trouble*; unless there was more news meanwhile, which is due anyway."""
        self.connection.run(
            _REPEAT, id=ping.id, changes=ping.changes, attempts=ping.attempts + 1, due_at=due_at, trouble=trouble
        )  # fmt: skip
