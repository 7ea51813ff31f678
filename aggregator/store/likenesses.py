"""Owns the SQL of fingerprints: kept of entries whose copies are looked for, and looked up by their bands."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.model.copying import Counterpart, Near
from aggregator.store.recall import Recall
from aggregator.store.statements import inserting
from aggregator.store.visibility import SHOWN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from aggregator.store.connection import Connection

_KEEP = inserting("fingerprints", "entry_id", "value")
_BAND = inserting("bands", "band", "entry_id")
_NEAR = """
    SELECT band, value, bands.entry_id FROM bands JOIN fingerprints ON fingerprints.entry_id = bands.entry_id
    WHERE band IN each(:bands) AND bands.entry_id BETWEEN :first AND :last
"""
# Dates are in another table, so numbers stand for them: those of some days lie close together, but for what is imported.
_NUMBERS = "SELECT min(id), max(id) FROM entries WHERE published BETWEEN :since AND :until"
_SPEAKERS = """
    SELECT speaks_for, sightings.title, sightings.url, coalesce(url_key, carrier) AS name, sources.url AS source_url,
        coalesce(sources.title_wanted, sources.title, sources.url) AS source_name
    FROM sightings JOIN sources ON sources.id = sightings.source_id WHERE speaks_for IN each(:ids)
"""
_SOURCES = "SELECT DISTINCT entry_id, source_id FROM sightings WHERE entry_id IN each(:ids)"
_CATEGORIES = """
    SELECT entry_id, name_key FROM assignments JOIN categories ON categories.id = category_id WHERE entry_id IN each(:ids)
"""
_OF_CATEGORIES = """
    entries.published >= :since AND EXISTS (
        SELECT 1 FROM assignments JOIN categories ON categories.id = category_id
        WHERE assignments.entry_id = entries.id AND name_key IN each(:keys)
    )
"""
_UNKNOWN = f"""
    SELECT id FROM entries WHERE {_OF_CATEGORIES} AND {SHOWN}
    AND NOT EXISTS (SELECT 1 FROM fingerprints WHERE fingerprints.entry_id = entries.id) ORDER BY id
"""
_SAID = """
    SELECT speaks_for, sightings.title, revisions.content, revisions.summary
    FROM sightings JOIN revisions ON revisions.sighting_id = sightings.id AND revisions.number = sightings.revisions
    WHERE speaks_for IN each(:ids) ORDER BY speaks_for
"""
_RECENT = f"""
    SELECT entries.id, value FROM entries JOIN fingerprints ON fingerprints.entry_id = entries.id
    WHERE {_OF_CATEGORIES} AND {SHOWN} ORDER BY entries.id
"""


class Said(Struct, frozen=True, kw_only=True):
    """What subscribers get of an entry: a title and a body."""

    entry_id: int
    title: str
    html: str


class Likenesses(Struct, frozen=True):
    """What is kept to find copies, within one transaction."""

    connection: Connection

    def keep(self, values: Mapping[int, int | None]) -> None:
        """Keep the fingerprints of what these entries say now; of one that has none, none."""
        from aggregator.likeness import bands  # noqa: PLC0415 - most stores look for no copies

        if not values:
            return
        for table in ("bands", "fingerprints"):
            self.connection.run(f"DELETE FROM {table} WHERE entry_id IN each(:ids)", ids=values)
        known = [(entry_id, value) for entry_id, value in values.items() if value is not None]
        self.connection.run_each(_KEEP, ({"entry_id": entry_id, "value": value} for entry_id, value in known))
        self.connection.run_each(_BAND, ({"entry_id": e, "band": band} for e, value in known for band in bands(value)))

    def near(self, values: Iterable[int], since: datetime, until: datetime) -> list[Near]:
        """Return which of *values* are like the fingerprints of which entries; those published in that time are among these."""
        from aggregator.likeness import DISTANCE, bands, distance  # noqa: PLC0415 - as above

        asked: defaultdict[int, set[int]] = defaultdict(set)
        for value in values:
            for band in bands(value):
                asked[band].add(value)
        ((first, last),) = self.connection.tuples(_NUMBERS, since=since, until=until)
        if first is None:
            return []
        found = {
            (value, entry_id): apart
            for band, other, entry_id in self.connection.tuples(_NEAR, bands=asked, first=first, last=last)
            for value in asked[band]
            if (apart := distance(value, other)) <= DISTANCE
        }
        return [Near(value=value, entry_id=entry_id, distance=apart) for (value, entry_id), apart in sorted(found.items())]

    def counterparts(self, entry_ids: Collection[int]) -> dict[int, Counterpart]:
        """Return what is known of these entries; not of those that were merged into others."""
        if not entry_ids:
            return {}
        sources, categories = defaultdict(set), defaultdict(set)
        for row in self.connection.rows(_SOURCES, ids=entry_ids):
            sources[row["entry_id"]].add(row["source_id"])
        for row in self.connection.rows(_CATEGORIES, ids=entry_ids):
            categories[row["entry_id"]].add(row["name_key"])
        entries = {entry.id: entry for entry in Recall(self.connection).entries(set(entry_ids))}
        return {
            (entry_id := row.pop("speaks_for")): Counterpart(
                entry=entries[entry_id],
                sources=frozenset(sources[entry_id]),
                categories=frozenset(categories[entry_id]),
                **row,
            )
            for row in self.connection.rows(_SPEAKERS, ids=entry_ids)
        }

    def unknown(self, keys: Collection[str], since: datetime) -> Sequence[int]:
        """Return the entries of these categories, published *since*, of which no fingerprint is kept."""
        return self.connection.column(_UNKNOWN, keys=keys, since=since)

    def said(self, entry_ids: Collection[int]) -> list[Said]:
        """Return what these entries say."""
        return [
            Said(entry_id=row["speaks_for"], title=row["title"], html=row["content"] or row["summary"] or "")
            for row in self.connection.rows(_SAID, ids=entry_ids)
        ]

    def recent(self, keys: Collection[str], since: datetime) -> dict[int, int]:
        """Return the fingerprints of the entries of these categories that were published *since*, by entry."""
        return {row["id"]: row["value"] for row in self.connection.rows(_RECENT, keys=keys, since=since)}
