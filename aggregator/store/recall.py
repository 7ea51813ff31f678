"""Owns the SQL that looks up what is known of a batch, before it is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import Connection, or_, select

from aggregator.model import Identified, Known, KnownEntry, KnownSighting, Source, SourceKind
from aggregator.store.chunks import chunks
from aggregator.store.records import publishing_began
from aggregator.store.schema import entries, keys, sightings, sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Recall(Struct, frozen=True):
    """What ingest asks of entries, within one transaction."""

    connection: Connection

    def known(self, source: Source, items: Sequence[Identified]) -> Known:
        """Return the part of the store that bears on *items* of *source*."""
        wanted = {i.key.value for i in items} | {f"{i.url_key} {i.name}" for i in items if i.url_key}
        known_keys = {
            row.key: row.entry_id
            for chunk in chunks(wanted)
            for row in self.connection.execute(select(keys.c.key, keys.c.entry_id).where(keys.c.key.in_(chunk)))
        }
        seen = {s.carrier: s for s in self._sightings(source.id, items)}
        entry_ids = set(known_keys.values()) | {s.entry_id for s in seen.values()}
        return Known(sightings=seen, keys=known_keys, entries={e.id: e for e in self._entries(entry_ids)})

    def _sightings(self, source_id: int, items: Sequence[Identified]) -> Iterator[KnownSighting]:
        """Find what this source carried before: under the same carriers, or with the same links."""
        chosen = [sightings.c.carrier.in_(c) for c in chunks({i.carrier for i in items})]
        chosen += [sightings.c.url_key.in_(c) for c in chunks({i.url_key for i in items if i.url_key})]
        for condition in chosen:
            found = select(sightings).where(sightings.c.source_id == source_id, condition).order_by(sightings.c.id)
            for row in self.connection.execute(found):
                yield KnownSighting(
                    id=row.id,
                    entry_id=row.entry_id,
                    carrier=row.carrier,
                    guid=row.guid,
                    url_key=row.url_key,
                    title=row.title,
                    digest=row.digest,
                    revisions=row.revisions,
                )

    def _entries(self, entry_ids: set[int]) -> Iterator[KnownEntry]:
        speaker = sightings.join(sources)
        silent = or_(sightings.c.ended_at.is_not(None), sources.c.disabled_reason.is_not(None)).label("silent")
        columns = (sightings.c.id.label("sighting_id"), sightings.c.source_id, sources.c.kind, silent)
        query = select(entries, *columns).select_from(entries.join(speaker, sightings.c.speaks_for == entries.c.id))
        began = publishing_began(self.connection) if entry_ids else None
        for chunk in chunks(entry_ids):
            for row in self.connection.execute(query.where(entries.c.id.in_(chunk))):
                yield KnownEntry(
                    id=row.id,
                    published=row.published,
                    updated=row.updated,
                    speaker_sighting_id=row.sighting_id,
                    speaker_kind=SourceKind(row.kind),
                    speaker_source_id=row.source_id,
                    settled=began is not None and row.first_seen_at <= began,
                    speaker_silent=bool(row.silent),
                )
