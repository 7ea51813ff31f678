"""Owns the SQL by which the whole store gets its keys anew."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct, json
from msgspec.structs import asdict

from aggregator.decide.atom_ids import permanent_ids
from aggregator.decide.dates import effective_dates
from aggregator.decide.reshelving import Shelf, reshelved
from aggregator.decide.respelling import respelled_item
from aggregator.model import Candidate, Identified, SourceKind
from aggregator.model.rekeying import Carried, Filed, KeyRow, Stock
from aggregator.store.categories import Categories
from aggregator.store.facts import facts, forget, note_each
from aggregator.store.records import publishing_began
from aggregator.store.rows import hidden_of
from aggregator.store.statements import inserting, setting
from aggregator.store.tombstones import ask_again
from aggregator.store.withdrawals import accounted, put_back, reissue

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from aggregator.model.rekeying import Founded, Parted, Rekeying
    from aggregator.store.connection import Connection, Row

_SIGHTINGS = """
    SELECT sightings.id, entry_id, source_id, sources.url AS source_url, sources.kind, carrier, sightings.guid, sightings.title,
        sightings.url, url_key, url_reason, digest, rule, speaks_for IS NOT NULL AS speaks, revisions, home_id,
        ended_at IS NOT NULL OR disabled_reason IS NOT NULL AS quiet, first_seen_at, last_seen_at,
        (SELECT published FROM revisions WHERE sighting_id = sightings.id AND number = sightings.revisions) AS published
    FROM sightings JOIN sources ON sources.id = sightings.source_id ORDER BY sightings.id
"""
# an item that was found again at a new address has the old one in its text only
_OLDER = """
    SELECT DISTINCT sighting_id, revisions.url FROM sightings JOIN revisions ON revisions.sighting_id = sightings.id
    WHERE (sightings.revisions > 1 OR sightings.rule = 'moved') AND revisions.url <> sightings.url ORDER BY 1, 2
"""
_ENTRIES = "SELECT id, atom_id, first_seen_at, hidden_at, hidden_by, hidden_reason, merged_into FROM entries ORDER BY id"
_NEW_ENTRY = inserting("entries", "atom_id", "published", "updated", "date_reason", "first_seen_at") + " RETURNING id"
_CLAIMED = """
    SELECT sightings.id, sightings.title, place, revisions.published, revisions.updated FROM sightings
    JOIN revisions ON revisions.sighting_id = sightings.id AND revisions.number = sightings.revisions
    WHERE sightings.id IN each(:ids)
"""
_HIDE_ALIKE = """
    UPDATE entries SET (hidden_at, hidden_by, hidden_reason) = (
        SELECT hidden_at, hidden_by, hidden_reason FROM entries AS other WHERE other.id = :left
    ) WHERE id = :id AND hidden_at IS NULL
"""
# An entry that was shown when it was merged into one that the operator had hidden: when that was. It was not hidden as a part.
_SHOWN_UNTIL = "shown until merged: entry "
_HIDDEN_AT = "SELECT id, hidden_at FROM entries WHERE id IN each(:ids) AND hidden_at IS NOT NULL"
_PAGES = "SELECT category_id, entry_id, page FROM assignments WHERE entry_id IN each(:ids)"
_MERGED = "SELECT id, merged_into FROM entries WHERE merged_into IS NOT NULL"
_SHELVES = "SELECT entry_id, category_id, sighting_id, reason FROM assignments WHERE entry_id IN each(:ids)"
_SHELVE = """
    INSERT INTO assignments (entry_id, category_id, sighting_id, reason, published)
    SELECT :entry_id, :category_id, :sighting_id, :reason, published FROM entries WHERE id = :entry_id
"""
_HELD = "SELECT id, item FROM quarantine WHERE item IS NOT NULL"
_SECOND = timedelta(seconds=1)


class Overhaul(Struct, frozen=True):
    """All keys, and what is done to them, within one transaction. *authority* is as in :class:`Categories`."""

    connection: Connection
    authority: str

    def stock(self) -> Stock:
        """Return everything that has to do with keys."""
        older: dict[int, tuple[str, ...]] = defaultdict(tuple)
        for row in self.connection.rows(_OLDER):
            older[row["sighting_id"]] += (row["url"],)
        began = publishing_began(self.connection)
        return Stock(
            sightings=tuple(_carried(row, older.get(row["id"], ())) for row in self.connection.rows(_SIGHTINGS)),
            keys=tuple(
                KeyRow(value=row.pop("key"), **row) for row in self.connection.rows("SELECT * FROM keys ORDER BY added_at, key")
            ),
            entries=tuple(
                Filed(
                    id=row["id"],
                    atom_id=row["atom_id"],
                    first_seen_at=row["first_seen_at"],
                    settled=began is not None and row["first_seen_at"] <= began,
                    hidden=hidden_of(row),
                    merged_into=row["merged_into"],
                )
                for row in self.connection.rows(_ENTRIES)
            ),
        )

    def apply(self, plan: Rekeying, becomes: Callable[[str], str | None], now: datetime) -> None:
        """Do what was planned, and mark every category that shows it."""
        self.rearrange(plan, now)
        self._respell_held(becomes)

    def keys_of(self, entry_id: int) -> tuple[KeyRow, ...]:
        """Return the keys that lead to an entry."""
        rows = self.connection.rows("SELECT * FROM keys WHERE entry_id = :id ORDER BY added_at, key", id=entry_id)
        return tuple(KeyRow(value=row.pop("key"), **row) for row in rows)

    def rearrange(self, plan: Rekeying, now: datetime) -> dict[int, int]:
        """Do what was planned of entries and their sightings; return the numbers that new entries got, by those in the plan."""
        involved = {entry_id for r in plan.resettled for entry_id in (r.left, r.entry_id)} | set(plan.led)
        shelves = [Shelf(**row) for row in self._some(_SHELVES, involved)]
        numbers = {founded.entry_id: self._found(founded, now) for founded in plan.founded}
        before = {entry_id for entry_id in involved if entry_id not in numbers}
        with accounted(self.connection, before, "it is another article's entry now", now):
            shown = self._lead(plan, numbers, now)
            self._settle(plan, numbers)
            ask_again(self.connection, shown)
            self._speak(plan, numbers, now)
            self._write_keys(plan, numbers)
            self._shelve(plan, numbers, shelves, involved)
        reissue(self.connection, set(plan.retold) & before)
        return numbers

    def _found(self, founded: Founded, now: datetime) -> int:
        """Make an entry, dated as it would be if it had been one from the beginning."""
        (said,) = self.connection.rows(_CLAIMED, ids=[founded.sighting_id])
        claims = Candidate(place=said["place"], title=said["title"], published=said["published"], updated=said["updated"])
        published, updated, reason = effective_dates(claims, founded.first_seen_at)
        ids = permanent_ids(founded.guid, founded.key, self.authority, now)
        taken = set(self.connection.column("SELECT atom_id FROM entries WHERE atom_id IN each(:ids)", ids=ids))
        number: int = self.connection.value(
            _NEW_ENTRY,
            atom_id=next(atom_id for atom_id in ids if atom_id not in taken),
            published=published,
            updated=updated,
            date_reason=reason,
            first_seen_at=founded.first_seen_at,
        )
        return number

    def _lead(self, plan: Rekeying, numbers: Mapping[int, int], now: datetime) -> set[int]:
        """Let entries lead where they do now; return those that were hidden with another and are shown again."""
        self.connection.run_each(
            "UPDATE entries SET merged_into = :into WHERE id = :id",
            (
                {"id": entry_id, "into": numbers.get(into, into) if into is not None else None}
                for entry_id, into in ((numbers.get(entry_id, entry_id), into) for entry_id, into in plan.led.items())
            ),
        )
        # what was hidden as a part of an entry stays hidden without it
        apart = [p for p in plan.parted if p.is_new or (p.to in plan.led and plan.led[p.to] is None)]
        shown = self._shown_before(apart)
        alike = ({"id": numbers.get(p.to, p.to), "left": p.entry_id} for p in apart if p.to not in shown)
        self.connection.run_each(_HIDE_ALIKE, alike)
        noted = {f"{_SHOWN_UNTIL}{m.entry_id}": now.isoformat() for m in plan.merged if m.hidden is not None}
        note_each(self.connection, noted)
        return shown

    def _shown_before(self, apart: Collection[Parted]) -> set[int]:
        """Return which entries that revive were shown, and merged into another only after that was hidden."""
        names = {f"{_SHOWN_UNTIL}{p.to}": p for p in apart if not p.is_new}
        noted = facts(self.connection, names)
        hidden_at = {row["id"]: row["hidden_at"] for row in self._some(_HIDDEN_AT, {p.entry_id for p in apart})}
        forget(self.connection, *noted)
        until = {names[name]: datetime.fromisoformat(value) for name, value in noted.items()}
        return {p.to for p, moment in until.items() if p.entry_id in hidden_at and hidden_at[p.entry_id] <= moment}

    def _settle(self, plan: Rekeying, numbers: Mapping[int, int]) -> None:
        """Let sightings go where they belong, all silent at first; and write what is written in another way."""
        silent = "UPDATE sightings SET speaks_for = NULL WHERE id = :id"
        self.connection.run_each(silent, ({"id": r.sighting_id} for r in plan.resettled))
        rows = [asdict(r) | {"entry_id": numbers.get(r.entry_id, r.entry_id), "id": r.sighting_id} for r in plan.resettled]
        settled = setting("entry_id", "home_id", "rule", "reason")
        self.connection.run_each(f"UPDATE sightings SET {settled} WHERE id = :id", rows)
        judged = (row for row in rows if row["verdict"])
        self.connection.run_each("UPDATE sightings SET verdict = :verdict WHERE id = :id", judged)
        # two may swap their carriers: let go of all before any is taken
        ids = [{"id": r.sighting_id, "carrier": f"sighting:{r.sighting_id}"} for r in plan.respelled]
        self.connection.run_each("UPDATE sightings SET carrier = :carrier WHERE id = :id", ids)
        self.connection.run_each(
            "UPDATE sightings SET carrier = :carrier, url_key = :key WHERE id = :id",
            ({"id": r.sighting_id, "carrier": r.carrier, "key": r.key} for r in plan.respelled),
        )

    def _speak(self, plan: Rekeying, numbers: Mapping[int, int], now: datetime) -> None:
        self.connection.run_each(
            "UPDATE sightings SET speaks_for = :entry WHERE id = :id",
            ({"entry": numbers.get(entry_id, entry_id), "id": sighting_id} for entry_id, sighting_id in plan.speakers.items()),
        )
        moment = now.replace(microsecond=0)
        self.connection.run_each(
            "UPDATE entries SET updated = :updated WHERE id = :id",
            (
                {"id": row["id"], "updated": max(moment, row["updated"].replace(microsecond=0) + _SECOND)}
                for row in self._some("SELECT id, updated FROM entries WHERE id IN each(:ids)", plan.retold)
            ),
        )

    def _write_keys(self, plan: Rekeying, numbers: Mapping[int, int]) -> None:
        gone = [*plan.keys_gone, *(key.value for key in plan.keys)]
        self.connection.run_each("DELETE FROM keys WHERE key = :key", ({"key": value} for value in gone))
        self.connection.run_each(
            inserting("keys", "key", "entry_id", "rule", "reason", "added_at"),
            (
                asdict(key) | {"key": key.value, "entry_id": numbers.get(key.entry_id, key.entry_id)}
                for key in plan.keys
            ),
        )  # fmt: skip

    def _shelve(self, plan: Rekeying, numbers: Mapping[int, int], shelves: list[Shelf], involved: set[int]) -> None:
        """Give entries the categories that their sightings brought along."""

        def stored(entry_id: int) -> int:
            return numbers.get(entry_id, entry_id)

        merged = {row["id"]: row["merged_into"] for row in self.connection.rows(_MERGED)}

        def leads(entry_id: int) -> int:
            return leads(merged[entry_id]) if entry_id in merged else entry_id

        now = {stored(entry_id) for entry_id in involved} - set(merged)
        moved = {
            r.sighting_id: (stored(r.entry_id), r.home_id or stored(r.entry_id)) for r in plan.resettled if r.left != r.entry_id
        }
        spoken = "SELECT speaks_for, id FROM sightings WHERE speaks_for IN each(:ids)"
        speakers = {row["speaks_for"]: row["id"] for row in self._some(spoken, now)}
        parted = {stored(p.to): p.entry_id for p in plan.parted}
        made = reshelved(shelves, moved, leads, parted, speakers)
        pages = [row for row in self._some(_PAGES, involved) if row["page"] is not None]
        self._clear(involved)
        self.connection.run_each(_SHELVE, map(asdict, made))
        put_back(self.connection, pages)
        Categories(self.connection, self.authority).touch({shelf.category_id for shelf in (*shelves, *made)})

    def _clear(self, entry_ids: set[int]) -> None:
        gone = ({"id": entry_id} for entry_id in entry_ids)
        self.connection.run_each("DELETE FROM assignments WHERE entry_id = :id", gone)

    def _respell_held(self, becomes: Callable[[str], str | None]) -> None:
        """Let what waits in quarantine be known again, and be filed by the new keys when it is released."""
        changed = []
        for row in self.connection.rows(_HELD):
            item = json.decode(row["item"], type=Identified)
            if (now := respelled_item(item, becomes)) is not item:
                changed.append({"id": row["id"], "carrier": now.carrier, "item": json.encode(now).decode()})
        self.connection.run_each("UPDATE quarantine SET carrier = :carrier, item = :item WHERE id = :id", changed)

    def _some(self, sql: str, ids: Collection[int]) -> list[Row]:
        return self.connection.rows(sql, ids=sorted(ids)) if ids else []


def _carried(row: Row, older: tuple[str, ...]) -> Carried:
    kind, revisions = row.pop("kind"), row.pop("revisions")
    row["speaks"], row["quiet"] = bool(row["speaks"]), bool(row["quiet"])
    return Carried(**row, is_seed=kind == SourceKind.SEEDS, heard=revisions > 0, older=older)
