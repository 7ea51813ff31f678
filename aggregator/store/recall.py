"""Owns the SQL that looks up what is known of a batch, before it is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.model import Identified, Known, KnownEntry, KnownSighting, Source, SourceKind
from aggregator.store.records import publishing_began

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aggregator.store.connection import Connection

_KEYS = "SELECT key, entry_id FROM keys WHERE key IN each(:keys)"
_SIGHTINGS = "SELECT id, entry_id, carrier, guid, url_key, title, digest, revisions FROM sightings WHERE source_id = :source"
_BY_CARRIER = f"{_SIGHTINGS} AND carrier IN each(:carriers) ORDER BY id"
_BY_LINK = f"{_SIGHTINGS} AND url_key IN each(:links) ORDER BY id"
_ENTRIES = """
    SELECT entries.id, entries.published, entries.updated, entries.first_seen_at, sources.kind,
        sightings.id AS sighting_id, sightings.source_id,
        sightings.ended_at IS NOT NULL OR sources.disabled_reason IS NOT NULL AS silent
    FROM entries JOIN sightings ON sightings.speaks_for = entries.id JOIN sources ON sources.id = sightings.source_id
    WHERE entries.id IN each(:ids)
"""


class Recall(Struct, frozen=True):
    """What ingest asks of entries, within one transaction."""

    connection: Connection

    def known(self, source: Source, items: Sequence[Identified]) -> Known:
        """Return the part of the store that bears on *items* of *source*."""
        if not items:
            return Known()
        wanted = {i.key.value for i in items} | {f"{i.url_key} {i.name}" for i in items if i.url_key}
        keys = {row["key"]: row["entry_id"] for row in self.connection.rows(_KEYS, keys=wanted)}
        sightings = {sighting.carrier: sighting for sighting in self._sightings(source.id, items)}
        entry_ids = {*keys.values(), *(sighting.entry_id for sighting in sightings.values())}
        return Known(sightings=sightings, keys=keys, entries={entry.id: entry for entry in self._entries(entry_ids)})

    def _sightings(self, source_id: int, items: Sequence[Identified]) -> Iterator[KnownSighting]:
        """Find what this source carried before: under the same carriers, or with the same links."""
        carriers, links = {i.carrier for i in items}, {i.url_key for i in items if i.url_key}
        rows = self.connection.rows(_BY_CARRIER, source=source_id, carriers=carriers)
        rows += self.connection.rows(_BY_LINK, source=source_id, links=links)
        return (KnownSighting(**row) for row in rows)

    def _entries(self, entry_ids: set[int]) -> Iterator[KnownEntry]:
        if not entry_ids:
            return
        began = publishing_began(self.connection)
        for row in self.connection.rows(_ENTRIES, ids=entry_ids):
            yield KnownEntry(
                id=row["id"],
                published=row["published"],
                updated=row["updated"],
                speaker_sighting_id=row["sighting_id"],
                speaker_kind=SourceKind(row["kind"]),
                speaker_source_id=row["source_id"],
                settled=began is not None and row["first_seen_at"] <= began,
                speaker_silent=bool(row["silent"]),
            )
