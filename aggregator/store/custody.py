"""Owns the SQL of what guards look at, and of what they hold back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, json

from aggregator.digests import blake2b
from aggregator.model import Identified
from aggregator.model.guarding import FLOOD, SWAPPED, Held, HeldItem, Recent

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from aggregator.model import Source
    from aggregator.store.connection import Connection, Row

_NEWEST = 500  # sightings of a source: more than its document is likely to hold
_RECENT = """
    SELECT sightings.id, sightings.entry_id, sightings.title, sightings.url_key, sightings.rule, revisions.content,
        revisions.summary, coalesce(revisions.published, revisions.updated) AS declared_at, entries.published, entries.updated
    FROM sightings
    JOIN entries ON entries.id = sightings.entry_id
    JOIN revisions ON revisions.sighting_id = sightings.id AND revisions.number = sightings.revisions
    WHERE sightings.source_id = :source
    ORDER BY sightings.first_seen_at DESC, sightings.id DESC LIMIT :limit
"""
_HELD_BEFORE = """
    SELECT id, carrier, code, message, dropped_at FROM quarantine WHERE source_id = :source AND carrier IN each(:carriers)
"""
_HOLD = """
    INSERT INTO quarantine
        (source_id, carrier, place, code, message, raw, digest, item, dropped_at, first_seen_at, last_seen_at)
    VALUES (:source, :carrier, :place, :code, :message, :raw, :digest, :item, :dropped_at, :now, :now)
"""
_SEE_AGAIN = "UPDATE quarantine SET place = :place, raw = :raw, item = :item, last_seen_at = :now WHERE id = :id"
_HELD = """
    SELECT quarantine.id, sources.url AS source_url, code, item, dropped_at, first_seen_at
    FROM quarantine JOIN sources ON sources.id = quarantine.source_id WHERE carrier IS NOT NULL
"""
_OF_SOURCE = f"{_HELD} AND sources.url = :url AND (:code = '' OR code = :code) AND dropped_at IS NULL ORDER BY quarantine.id"
_NUMBERED = f"{_HELD} AND quarantine.id IN each(:numbers) ORDER BY quarantine.id"
# Who decides otherwise on a document's items has it read again, so that what was not learned from it then is learned now.
_READ_AGAIN = "UPDATE sources SET etag = NULL, last_modified = NULL, document_digest = NULL WHERE url IN each(:urls)"
# Of what a guard held nothing is left: that is the state of the source no more.
_CLEAR = """
    UPDATE sources SET error_code = NULL, error_message = NULL
    WHERE url IN each(:urls) AND error_code IN each(:codes) AND NOT EXISTS (
        SELECT 1 FROM quarantine WHERE quarantine.source_id = sources.id AND quarantine.code = sources.error_code
        AND carrier IS NOT NULL AND dropped_at IS NULL
    )
"""


class Custody(Struct, frozen=True):
    """What guards look at and hold, within one transaction."""

    connection: Connection

    def recent(self, source: Source) -> tuple[Recent, ...]:
        """Return the newest sightings of *source*, with what they said last."""
        return tuple(
            Recent(
                id=row["id"],
                entry_id=row["entry_id"],
                title=row["title"],
                url_key=row["url_key"],
                text=row["content"] or row["summary"] or "",
                declared=row["declared_at"],
                published=row["published"],
                updated=row["updated"],
                moved=row["rule"] == "moved",
            )
            for row in self.connection.rows(_RECENT, source=source.id, limit=_NEWEST)
        )

    def held(self, source: Source, carriers: Collection[str]) -> dict[str, Held]:
        """Return which of these items of *source* are held already, or were dropped, by carrier."""
        rows = self.connection.rows(_HELD_BEFORE, source=source.id, carriers=carriers) if carriers else ()
        return {
            row["carrier"]: Held(
                carrier=row["carrier"],
                code=row["code"],
                message=row["message"],
                row=row["id"],
                dropped=row["dropped_at"] is not None,
            )
            for row in rows
        }

    def hold(self, source: Source, items: Iterable[tuple[Identified, Held]], now: datetime) -> None:
        """Keep items of *source* whole; of those that were held before, keep what they say now."""
        again: list[Row] = []
        anew: dict[str, Row] = {}
        for item, held in items:
            row = {"place": item.candidate.place, "raw": item.candidate.title, "item": json.encode(item).decode(), "now": now}
            if held.row is not None:
                again.append(row | {"id": held.row})
            else:
                about = {"carrier": held.carrier, "code": held.code, "message": held.message, "digest": _digest(held.carrier)}
                dropped_at = now if held.dropped else None
                anew.setdefault(held.carrier, row | about | {"source": source.id, "dropped_at": dropped_at})
        self.connection.run_each(_SEE_AGAIN, again)
        self.connection.run_each(_HOLD, anew.values())

    def items(self, numbers: Collection[int]) -> tuple[HeldItem, ...]:
        """Return the held items of these rows, whole; a row that holds none is left out."""
        return tuple(_held_item(row) for row in self.connection.rows(_NUMBERED, numbers=numbers))

    def items_of(self, source: Source, code: str | None) -> tuple[HeldItem, ...]:
        """Return the held items of *source*, whole: all that were not dropped, or those held for the reason *code*."""
        return tuple(_held_item(row) for row in self.connection.rows(_OF_SOURCE, url=source.subscription.url, code=code or ""))

    def let_go(self, items: Sequence[HeldItem]) -> None:
        """Hold these no more: they were filed."""
        self.connection.run("DELETE FROM quarantine WHERE id IN each(:ids)", ids=[item.id for item in items])
        self._decided(items)

    def drop(self, items: Sequence[HeldItem], now: datetime) -> None:
        """Never let these in, however often they come."""
        ids = [item.id for item in items]
        self.connection.run("UPDATE quarantine SET dropped_at = :now WHERE id IN each(:ids)", ids=ids, now=now)
        self._decided(items)

    def _decided(self, items: Sequence[HeldItem]) -> None:
        urls = {item.source_url for item in items}
        self.connection.run(_READ_AGAIN, urls=urls)
        self.connection.run(_CLEAR, urls=urls, codes=(FLOOD, SWAPPED))


def _held_item(row: Row) -> HeldItem:
    return HeldItem(**row | {"item": json.decode(row["item"], type=Identified)})


def _digest(carrier: str) -> bytes:
    """Stand in for that of raw input, to tell rows apart: the place in the document changes, the name does not."""
    return blake2b(carrier.encode(errors="surrogatepass"), digest_size=16).digest()
