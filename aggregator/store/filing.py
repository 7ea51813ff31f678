"""Owns the SQL that files the decisions on a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select, update

from aggregator.model import Filing, Key, Source, Verdict
from aggregator.store.categories import Categories
from aggregator.store.chunks import chunks
from aggregator.store.engine import upserting
from aggregator.store.rows import enclosures_json, people_json, tags_json
from aggregator.store.schema import assignments, entries, keys, revisions, sightings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Table

_TEXT_KEPT = {Verdict.NEW, Verdict.REVISED, Verdict.MERGED}


class Placed(Struct, frozen=True, kw_only=True):
    """A filing with the entry it belongs to."""

    filing: Filing
    entry_id: int


class Entries(Struct, frozen=True):
    """What ingest tells of entries, within one transaction."""

    connection: Connection
    authority: str

    def file(self, source: Source, filings: Sequence[Filing], now: datetime) -> dict[str, int]:
        """Store what was decided and mark the categories that change by it. Returns the entry id of each carrier."""
        created = self._file_entries([f for f in filings if f.decision.verdict is Verdict.NEW], now)
        placed = [Placed(filing=f, entry_id=f.decision.entry_id or created[f.decision.key.value]) for f in filings]
        self._file_keys(placed, now)
        self._silence([p for p in placed if p.filing.decision.speaks and p.filing.decision.verdict in _TEXT_KEPT])
        sighting_ids = self._file_sightings(source, placed, now)
        changed = self._update_entries(filings)
        self._assign(placed, sighting_ids, changed, now)
        return {p.filing.decision.identified.carrier: p.entry_id for p in placed}

    def end(self, source: Source, carriers: Iterable[str], now: datetime) -> None:
        """Note that *source* carries these no longer; entry and sighting stay."""
        for chunk in chunks(set(carriers)):
            gone = (sightings.c.source_id == source.id, sightings.c.carrier.in_(chunk), sightings.c.ended_at.is_(None))
            self.connection.execute(update(sightings).where(*gone).values(ended_at=now))

    def _file_entries(self, filings: Sequence[Filing], now: datetime) -> dict[str, int]:
        """Insert new entries; return their ids by key."""
        if not filings:
            return {}
        taken = self._taken({atom_id for f in filings for atom_id in f.atom_ids})
        chosen: dict[str, str] = {}
        values = []
        for filing in filings:
            atom_id = next(candidate for candidate in filing.atom_ids if candidate not in taken)
            taken.add(atom_id)
            decision = filing.decision
            chosen[decision.key.value] = atom_id
            values.append(
                {
                    "atom_id": atom_id,
                    "published": decision.published,
                    "updated": decision.updated,
                    "date_reason": decision.date_reason,
                    "first_seen_at": now,
                }
            )
        # by their ids, not in the order given: for that SQLAlchemy would insert one at a time on SQLite
        made = self.connection.execute(insert(entries).returning(entries.c.atom_id, entries.c.id), values)
        ids = {row.atom_id: int(row.id) for row in made}
        return {key: ids[atom_id] for key, atom_id in chosen.items()}

    def _taken(self, atom_ids: set[str]) -> set[str]:
        query = select(entries.c.atom_id)
        return {
            i for chunk in chunks(atom_ids) for i in self.connection.execute(query.where(entries.c.atom_id.in_(chunk))).scalars()
        }

    def _file_keys(self, placed: Sequence[Placed], now: datetime) -> None:
        """Let every key of a changed carrier lead to its entry, unless it leads to another article already."""
        values = [
            {"key": key.value, "entry_id": p.entry_id, "rule": key.rule, "reason": key.reason, "added_at": now}
            for p in placed
            if p.filing.decision.verdict in _TEXT_KEPT
            for key in _keys_of(p.filing)
        ]
        if values:
            self.connection.execute(self._insert_new(keys, ["key"]), values)

    def _silence(self, placed: Sequence[Placed]) -> None:
        """Take the word from whoever spoke for these entries, before another does."""
        for chunk in chunks({p.entry_id for p in placed}):
            self.connection.execute(update(sightings).where(sightings.c.speaks_for.in_(chunk)).values(speaks_for=None))

    def _file_sightings(self, source: Source, placed: Sequence[Placed], now: datetime) -> dict[str, int]:
        """Insert or update the sightings; return their ids by carrier."""
        first = {p.filing.decision.identified.carrier: p for p in reversed(placed)}  # repeated in the batch: counts once
        fresh = [p for p in first.values() if p.filing.decision.sighting_id is None]
        again = [p for p in first.values() if p.filing.decision.sighting_id is not None]
        said: list[tuple[Filing, int, int]] = []
        if fresh:
            values = [_sighting_row(source, p, now) for p in fresh]
            made = self.connection.execute(insert(sightings).returning(sightings.c.carrier, sightings.c.id), values)
            said += [(first[carrier].filing, sighting_id, 1) for carrier, sighting_id in made]
        same = {p.filing.decision.sighting_id or 0 for p in again if p.filing.decision.verdict not in _TEXT_KEPT}
        for chunk in chunks(same):
            still = update(sightings).where(sightings.c.id.in_(chunk))
            self.connection.execute(still.values(last_seen_at=now, ended_at=None))
        said += [self._revise(p, now) for p in again if p.filing.decision.verdict in _TEXT_KEPT]
        if said:
            self.connection.execute(insert(revisions), [_revision_row(f, sighting_id, n, now) for f, sighting_id, n in said])
        return {filing.decision.identified.carrier: sighting_id for filing, sighting_id, _ in said}

    def _revise(self, placed: Placed, now: datetime) -> tuple[Filing, int, int]:
        """Note that a known sighting says something new; return the number of that revision."""
        decision, item = placed.filing.decision, placed.filing.decision.identified
        changed = (
            update(sightings)
            .where(sightings.c.id == decision.sighting_id)
            .values(_changing(placed.filing))
            .values(
                revisions=sightings.c.revisions + 1,
                digest=item.digest,
                speaks_for=placed.entry_id if decision.speaks else None,
                last_seen_at=now,
                ended_at=None,
            )
            .returning(sightings.c.id, sightings.c.revisions)
        )
        row = self.connection.execute(changed).one()
        return placed.filing, row.id, row.revisions

    def _update_entries(self, filings: Sequence[Filing]) -> set[int]:
        """Give entries whose text changed their later date, and their new id if no subscriber knows the old; return them."""
        changed = {
            f.decision.entry_id: f
            for f in filings
            if f.decision.entry_id is not None and f.decision.speaks and f.decision.verdict in _TEXT_KEPT
        }
        for entry_id, filing in changed.items():
            decision = filing.decision
            fields: dict[str, Any] = {"updated": decision.updated}
            if decision.founds:
                fields["atom_id"] = self._free_id(filing, entry_id)
            if decision.date_reason:
                fields |= {"published": decision.published, "date_reason": decision.date_reason}
                shelved = update(assignments).where(assignments.c.entry_id == entry_id)
                self.connection.execute(shelved.values(published=decision.published))
            self.connection.execute(update(entries).where(entries.c.id == entry_id).values(fields))
        return set(changed)

    def _free_id(self, filing: Filing, entry_id: int) -> str:
        query = select(entries.c.atom_id).where(entries.c.atom_id.in_(filing.atom_ids), entries.c.id != entry_id)
        taken = set(self.connection.execute(query).scalars())
        return next(atom_id for atom_id in filing.atom_ids if atom_id not in taken)

    def _assign(self, placed: Sequence[Placed], sighting_ids: dict[str, int], changed: set[int], now: datetime) -> None:
        """Put entries into the categories that their carriers name now, with the reason; mark every category that shows it."""
        shelves = Categories(self.connection, self.authority)
        touched: set[int] = set()
        for chunk in chunks(changed):
            query = select(assignments.c.category_id).distinct().where(assignments.c.entry_id.in_(chunk))
            touched.update(self.connection.execute(query).scalars())
        wanted = [p for p in placed if p.filing.decision.verdict in _TEXT_KEPT and p.filing.assignments]
        category_ids = shelves.ensure({a.category for p in wanted for a in p.filing.assignments}, now)
        values: dict[tuple[int, int], dict[str, Any]] = {}
        for p in wanted:
            decision = p.filing.decision
            sighting_id = sighting_ids.get(decision.identified.carrier, decision.sighting_id)
            named = {category_ids[a.category]: a.reason for a in p.filing.assignments}
            if decision.sighting_id is not None:
                touched.update(self._withdraw(p.entry_id, decision.sighting_id, set(named)))
            for category_id, reason in named.items():
                pair = {"entry_id": p.entry_id, "category_id": category_id}
                row = pair | {"sighting_id": sighting_id, "reason": reason, "published": decision.published}
                values.setdefault((p.entry_id, category_id), row)
        if values:
            new = self._insert_new(assignments, ["entry_id", "category_id"]).returning(assignments.c.category_id)
            touched.update(self.connection.execute(new, list(values.values())).scalars())
        shelves.touch(touched)

    def _withdraw(self, entry_id: int, sighting_id: int, named: set[int]) -> set[int]:
        """Take an entry out of the categories that a carrier put it into and names no more; return them."""
        own = (assignments.c.entry_id == entry_id, assignments.c.sighting_id == sighting_id)
        gone = delete(assignments).where(*own, assignments.c.category_id.not_in(named)).returning(assignments.c.category_id)
        return set(self.connection.execute(gone).scalars())

    def _insert_new(self, table: Table, unique: list[str]) -> Any:
        return upserting(self.connection, table).on_conflict_do_nothing(index_elements=unique)


def _keys_of(filing: Filing) -> tuple[Key, ...]:
    decision, item = filing.decision, filing.decision.identified
    if item.key.rule == "url" and item.key.value != decision.key.value:
        return (decision.key,)  # its plain URL was found to be another article's
    return (decision.key, item.key)


def _changing(filing: Filing) -> dict[str, Any]:
    """Return the columns of a sighting that follow its newest revision."""
    decision, item = filing.decision, filing.decision.identified
    return {
        "place": item.candidate.place,
        "guid": item.candidate.guid,
        "url": item.candidate.url,
        "url_key": item.url_key,
        "url_reason": item.candidate.url_reason if item.candidate.url else None,
        "verdict": decision.verdict,
        "rule": decision.rule,
        "reason": decision.reason,
        "title": item.candidate.title,
    }


def _sighting_row(source: Source, placed: Placed, now: datetime) -> dict[str, Any]:
    decision = placed.filing.decision
    item = decision.identified
    return _changing(placed.filing) | {
        "entry_id": placed.entry_id,
        "source_id": source.id,
        "carrier": item.carrier,
        "speaks_for": placed.entry_id if decision.speaks else None,
        "revisions": 1,
        "digest": item.digest,
        "first_seen_at": now,
        "last_seen_at": now,
    }


def _revision_row(filing: Filing, sighting_id: int, number: int, now: datetime) -> dict[str, Any]:
    candidate = filing.decision.identified.candidate
    return {
        "sighting_id": sighting_id,
        "number": number,
        "seen_at": now,
        "reason": filing.decision.reason,
        "digest": filing.decision.identified.digest,
        "title": candidate.title,
        "url": candidate.url,
        "summary": candidate.summary,
        "content": candidate.content,
        "language": candidate.language,
        "authors": people_json(candidate.authors),
        "tags": tags_json(candidate.tags),
        "enclosures": enclosures_json(candidate.enclosures),
        "published": candidate.published,
        "updated": candidate.updated,
    }
