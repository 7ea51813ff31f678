"""Owns the SQL of hidden entries: they are shown nowhere and stay, so that what carries them is known when it comes again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, json

from aggregator.model import Hidden, Restored, SourceKind, Tombstone
from aggregator.store.categories import Categories
from aggregator.store.facts import fact, facts, note_each
from aggregator.store.rows import hidden_of
from aggregator.store.visibility import UNSEEN
from aggregator.store.withdrawals import accounted

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from aggregator.store.connection import Connection

_HIDE = "UPDATE entries SET hidden_at = :at, hidden_by = :by, hidden_reason = :reason WHERE id IN each(:ids)"
_HIDDEN = "SELECT id, hidden_at, hidden_by, hidden_reason FROM entries WHERE id IN each(:ids) AND hidden_at IS NOT NULL"
# What the operator showed again is a fact of its own, since few entries ever are.
_RESTORED = "restored entry "
_ALL = f"""
    SELECT entries.id, sightings.title, sightings.url, hidden_at, hidden_by, hidden_reason
    FROM entries JOIN sightings ON sightings.speaks_for = entries.id
    WHERE {UNSEEN} AND hidden_at IS NOT NULL ORDER BY hidden_at DESC, entries.id DESC LIMIT :limit
"""
# What a source said while its entry was hidden was not kept, and yet counts as read. All that vouches for it goes: the feed is
# fetched whole and read whole once, and of a seed folder, whose rules stand before the digest of its listing, just these files.
_ASK_AGAIN = """
    UPDATE sources SET etag = NULL, last_modified = NULL, document_digest = NULL
    WHERE kind = :feeds AND id IN (SELECT source_id FROM sightings WHERE entry_id IN each(:ids) AND ended_at IS NULL)
"""
_READ_WHOLE = """
    UPDATE memories SET seen_items = NULL
    WHERE source_id IN (SELECT source_id FROM sightings WHERE entry_id IN each(:ids) AND ended_at IS NULL)
"""
_LIST_AGAIN = """
    UPDATE sources SET document_digest = substr(document_digest, 1, 16)
    WHERE kind = :seeds AND id IN (SELECT source_id FROM sightings WHERE entry_id IN each(:ids) AND ended_at IS NULL)
"""
_READ_AGAIN = """
    DELETE FROM seed_files WHERE EXISTS (
        SELECT 1 FROM sightings WHERE sightings.entry_id IN each(:ids)
        AND sightings.source_id = seed_files.source_id AND sightings.place = seed_files.path
    )
"""


class Tombstones(Struct, frozen=True):
    """What is done to hidden entries, within one transaction. *authority* is as in :class:`Categories`."""

    connection: Connection
    authority: str

    def all(self, limit: int) -> tuple[Tombstone, ...]:
        """Return what is hidden, the last hidden first."""
        found = []
        for row in self.connection.rows(_ALL, limit=limit):
            hidden = hidden_of(row)
            assert hidden is not None  # noqa: S101 - the query says so
            found.append(Tombstone(id=row["id"], title=row["title"], url=row["url"], hidden=hidden))
        return tuple(found)

    def hide(self, entry_ids: Collection[int], hidden: Hidden) -> None:
        """Show these entries to nobody any more, and mark the categories they were in; those hidden already get this reason."""
        if entry_ids:
            self._shelves.touch_of(set(entry_ids) - self._hidden(entry_ids).keys())
            with accounted(self.connection, entry_ids, "withdrawn", hidden.at):
                self.connection.run(_HIDE, ids=entry_ids, at=hidden.at, by=hidden.by, reason=hidden.reason)

    def restore(self, entry_ids: Collection[int], now: datetime) -> None:
        """Show these entries again, whatever rules say. What their sources said of them meanwhile is read when those are next.

        The caller holds the lock: a poll under way would write down again that it was read.
        """
        buried = self._hidden(entry_ids)
        if not buried:
            return
        self._shelves.touch_of(buried)
        with accounted(self.connection, buried, "", now):
            self.connection.run(_HIDE, ids=buried, at=None, by=None, reason=None)
        ask_again(self.connection, buried)
        noted = {number: Restored(at=now, hidden=hidden) for number, hidden in buried.items()}
        note_each(self.connection, {f"{_RESTORED}{number}": json.encode(r).decode() for number, r in noted.items()})

    def kept_shown(self, entry_ids: Collection[int]) -> frozenset[int]:
        """Return those of some entries that the operator showed again: no rule hides them."""
        names = {f"{_RESTORED}{entry_id}": entry_id for entry_id in entry_ids}
        return frozenset(names[name] for name in facts(self.connection, names))

    def _hidden(self, entry_ids: Collection[int]) -> dict[int, Hidden]:
        rows = self.connection.rows(_HIDDEN, ids=entry_ids) if entry_ids else ()
        return {row["id"]: hidden for row in rows if (hidden := hidden_of(row))}

    @property
    def _shelves(self) -> Categories:
        return Categories(self.connection, self.authority)


def ask_again(connection: Connection, entry_ids: Collection[int]) -> None:
    """Have all that carries these entries, which are shown again, read once more."""
    if entry_ids:
        connection.run(_ASK_AGAIN, ids=entry_ids, feeds=SourceKind.FEED)
        connection.run(_READ_WHOLE, ids=entry_ids)
        connection.run(_LIST_AGAIN, ids=entry_ids, seeds=SourceKind.SEEDS)
        connection.run(_READ_AGAIN, ids=entry_ids)


def restored(connection: Connection, entry_id: int) -> Restored | None:
    """Return how the operator last showed an entry again, if ever."""
    noted = fact(connection, f"{_RESTORED}{entry_id}")
    return json.decode(noted, type=Restored) if noted else None
