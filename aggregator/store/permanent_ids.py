"""Owns the SQL of the permanent ids of entries: which are free, and who gets one that several entries are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from aggregator.decide.atom_ids import Claimant, heirs, is_minted, permanent_ids
from aggregator.store.records import publishing_began

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.model import Filing
    from aggregator.store.connection import Connection

_TAKEN = "SELECT atom_id, id FROM entries WHERE atom_id IN each(:ids)"
_NAME = "UPDATE entries SET atom_id = :atom_id WHERE id = :id"
# of entries that were stored since, or of all
_CLAIMANTS = """
    SELECT entries.id AS entry_id, entries.first_seen_at, sightings.guid, sources.kind, sources.id AS source_id,
        sightings.id AS sighting_id, (SELECT min(key) FROM keys WHERE keys.entry_id = entries.id) AS key
    FROM sources
    JOIN sightings ON sightings.source_id = sources.id
    JOIN entries ON entries.id = sightings.speaks_for
    WHERE sightings.guid IN each(:guids)
"""
_STORED_SINCE = " AND sightings.first_seen_at > :began AND entries.first_seen_at > :began"


class PermanentIds(Struct, frozen=True):
    """The ids of entries, while a batch is filed. *contested* are those that an entry did not get, or gave up."""

    connection: Connection
    authority: str
    contested: set[str] = field(default_factory=set)

    def chosen(self, filings: Sequence[Filing]) -> dict[str, Filing]:
        """Choose an id for each new entry."""
        taken = set(self.connection.column(_TAKEN, ids=[atom_id for f in filings for atom_id in f.atom_ids]))
        found: dict[str, Filing] = {}
        for filing in filings:
            atom_id = self._first(filing.atom_ids, taken)
            taken.add(atom_id)
            found[atom_id] = filing
        return found

    def give_another(self, entry_id: int, filing: Filing) -> None:
        """Give an entry that no subscriber knows the id that another carrier brings."""
        before = self.connection.value("SELECT atom_id FROM entries WHERE id = :id", id=entry_id)
        taken = set(self.connection.column(f"{_TAKEN} AND id <> :own", ids=filing.atom_ids, own=entry_id))
        atom_id = self._first(filing.atom_ids, taken)
        self.connection.run(_NAME, id=entry_id, atom_id=atom_id)
        if before != atom_id and not is_minted(before):
            self.contested.add(before)

    def settle(self) -> None:
        """Give every contested id to whom it belongs among the entries that no subscriber knows; what was published stays."""
        if not self.contested:
            return
        began = publishing_began(self.connection)
        claimants = _CLAIMANTS + _STORED_SINCE if began else _CLAIMANTS
        rows = self.connection.rows(claimants, guids=self.contested, **({"began": began} if began else {}))
        unknown = {row["entry_id"]: Claimant(**row) for row in rows}
        holders = {row["atom_id"]: row["id"] for row in self.connection.rows(_TAKEN, ids=self.contested)}
        for guid, heir in heirs(unknown.values()).items():
            holder = holders.get(guid)
            if holder == heir.entry_id or (holder is not None and holder not in unknown):
                continue
            if holder is not None:
                self._mint(unknown[holder])
            self.connection.run(_NAME, id=heir.entry_id, atom_id=guid)

    def _mint(self, claimant: Claimant) -> None:
        ids = permanent_ids(None, claimant.key, self.authority, claimant.first_seen_at)
        taken = set(self.connection.column(_TAKEN, ids=ids))
        atom_id = next(atom_id for atom_id in ids if atom_id not in taken)
        self.connection.run(_NAME, id=claimant.entry_id, atom_id=atom_id)

    def _first(self, ids: Sequence[str], taken: set[str]) -> str:
        """Return the first that is free, and note which was wanted."""
        found = next(atom_id for atom_id in ids if atom_id not in taken)
        if found != ids[0] and not is_minted(ids[0]):
            self.contested.add(ids[0])
        return found
