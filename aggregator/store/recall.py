"""Owns the SQL that looks up what is known of a batch, before it is judged."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from aggregator.model import Identified, Known, KnownEntry, KnownSighting, Source, SourceKind
from aggregator.store.records import publishing_began
from aggregator.store.rekeys import are_mixed
from aggregator.store.rows import hidden_of, revision_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from aggregator.model import Revision
    from aggregator.store.connection import Connection, Row

    Canonical = Callable[[str], str | None]

_KEYS = "SELECT key, entry_id FROM keys WHERE key IN each(:keys)"
_SIGHTINGS = """
    SELECT id, entry_id, carrier, guid, url, url_key, title, digest, revisions,
        CASE verdict WHEN 'churning' THEN last_seen_at END AS doubted_at,
        (SELECT published FROM revisions WHERE sighting_id = sightings.id AND number = sightings.revisions) AS published
    FROM sightings WHERE source_id = :source
"""
_BY_CARRIER = f"{_SIGHTINGS} AND carrier IN each(:carriers) ORDER BY id"
_BY_LINK = f"{_SIGHTINGS} AND url_key IN each(:links) ORDER BY id"
_BY_ADDRESS = f"{_SIGHTINGS} AND url IN each(:urls) ORDER BY id"
_BY_GUID = f"{_SIGHTINGS} AND url_key IS NULL AND guid IN each(:guids) AND title IN each(:titles) ORDER BY id"
_BY_TITLE = f"{_SIGHTINGS} AND url_key IS NULL AND guid IS NULL AND title IN each(:titles) ORDER BY id"
_BY_NUMBER = f"{_SIGHTINGS} AND id IN each(:ids) ORDER BY id"
_CARRIED = """
    SELECT DISTINCT key, keys.entry_id, url FROM keys JOIN sightings ON sightings.entry_id = keys.entry_id
    WHERE key IN each(:keys) AND url IS NOT NULL
"""
_SAID = """
    SELECT revisions.* FROM revisions JOIN sightings ON sightings.id = revisions.sighting_id
    WHERE sightings.id IN each(:ids) AND revisions.number = sightings.revisions
"""
_ENTRIES = """
    SELECT entries.id, entries.published, entries.updated, entries.first_seen_at, sources.kind,
        hidden_at, hidden_by, hidden_reason,
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
        from aggregator.decide.identity import is_titled, named_by_text  # noqa: PLC0415 - a round without news decides nothing

        wanted = {i.key.value for i in items} | {f"{i.url_key} {i.name}" for i in items if i.url_key}
        wanted |= {named_by_text(i).key.value for i in items if is_titled(i)}
        keys = {row["key"]: row["entry_id"] for row in self.connection.rows(_KEYS, keys=wanted)}
        sightings = self._sightings(source.id, items)
        entry_ids = {*keys.values(), *(sighting.entry_id for sighting in sightings.values())}
        return Known(sightings=sightings, keys=keys, entries={entry.id: entry for entry in self.entries(entry_ids)})

    def with_absent(self, known: Known, source: Source) -> Known:
        """Add those of *source* that speak for entries which the keys of a whole document lead to, and are not known of it."""
        there = {sighting.id for sighting in known.sightings.values()}
        mine = (e.speaker_sighting_id for e in known.entries.values() if e.speaker_source_id == source.id)
        if not (ids := set(mine) - there):
            return known
        rows = self.connection.rows(_BY_NUMBER, source=source.id, ids=ids)
        said = {row["sighting_id"]: revision_of(row) for row in self.connection.rows(_SAID, ids=ids)}
        return replace(known, absent={row["entry_id"]: KnownSighting(**row, said=said.get(row["id"])) for row in rows})

    def with_former(self, known: Known, items: Sequence[Identified], was: Canonical, becomes: Canonical) -> Known:
        """Add the entries with keys by former rules, *was*, of which today's, *becomes*, make a key of *items*."""
        strange = (i for i in items if i.key.rule == "url" and i.key.value not in known.keys)
        former = {was(i.candidate.url): i.key.value for i in strange if i.candidate.url}
        rows = self.connection.rows(_CARRIED, keys=[key for key in former if key is not None]) if former else ()
        keys = {former[row["key"]]: row["entry_id"] for row in rows if becomes(row["url"]) == former[row["key"]]}
        entries = {entry.id: entry for entry in self.entries(set(keys.values()))}
        return replace(known, keys={**known.keys, **keys}, entries={**known.entries, **entries})

    def _sightings(self, source_id: int, items: Sequence[Identified]) -> dict[str, KnownSighting]:
        """Find what this source carried before, by carrier: under the same carriers, with the same links, or guids without.

        Without either all that have the same titles, and what the items would be called if these tell nothing.
        """
        from aggregator.decide.identity import is_titled, named_by_text  # noqa: PLC0415 - as above

        titled = [i for i in items if is_titled(i)]
        carriers = {i.carrier for i in (*items, *map(named_by_text, titled))}
        links = {i.url_key for i in items if i.url_key}
        # A guid that is the link now went by itself while the link was another.
        names = {i.name for i in items if i.name.startswith("guid:")}
        rows = self.connection.rows(_BY_CARRIER, source=source_id, carriers=carriers | names)
        rows += self.connection.rows(_BY_LINK, source=source_id, links=links)
        carriers.difference_update(row["carrier"] for row in rows)
        if lost := [i.candidate for i in items if i.url_key is None and i.candidate.guid and i.carrier in carriers]:
            guids, titles = {c.guid for c in lost}, {c.title for c in lost}
            rows += self.connection.rows(_BY_GUID, source=source_id, guids=guids, titles=titles)
        if titles := {i.candidate.title for i in items if i.carrier == i.name and not i.candidate.guid}:
            rows += self.connection.rows(_BY_TITLE, source=source_id, titles=titles)
        now = self._written_now(rows, source_id, items) if are_mixed(self.connection) else {}
        said = self._said(rows, items)
        found = {row["carrier"]: KnownSighting(**row, said=said.get(row["id"])) for row in rows}
        return found | {carrier: found[former] for carrier, former in now.items() if carrier not in found}

    def _written_now(self, rows: list[Row], source_id: int, items: Sequence[Identified]) -> dict[str, str]:
        """Add to *rows* those with the same addresses, and write the keys of these as in *items*: other rules made them.

        Returns their carriers by what they are called now.
        """
        links = {i.candidate.url: i.url_key for i in items if i.candidate.url and i.url_key}
        same = self.connection.rows(_BY_ADDRESS, source=source_id, urls=links)
        urls = {row["id"]: row["url"] for row in same}
        rows += same
        carriers = {}
        for row in rows:
            if row["id"] in urls:
                row["url_key"] = link = links[urls[row["id"]]]
                if row["carrier"].startswith("url:"):
                    _, space, rest = row["carrier"].partition(" ")
                    carriers[f"url:{link}{space}{rest}"] = row["carrier"]
        return carriers

    def _said(self, sightings: Sequence[Row], items: Sequence[Identified]) -> dict[int, Revision]:
        """Return what those carriers said last that do not say the same as any of *items*.

        Of the many that may share a link, only those are asked that are named as one of the items is.
        """
        digests, carriers = {item.digest for item in items}, {item.carrier for item in items}
        siblings = Counter({row["id"]: row["url_key"] for row in sightings}.values())
        other = {
            row["id"]
            for row in sightings
            if row["digest"] not in digests and (row["carrier"] in carriers or siblings[row["url_key"]] == 1)
        }
        return {row["sighting_id"]: revision_of(row) for row in self.connection.rows(_SAID, ids=other)} if other else {}

    def entries(self, entry_ids: set[int]) -> Iterator[KnownEntry]:
        """Yield what a verdict needs to know of these entries; not of those that were merged into others."""
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
                hidden=hidden_of(row),
            )
