"""Owns the SQL that files the decisions on a batch."""

from __future__ import annotations

from collections import defaultdict
from contextlib import nullcontext
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.model import Filing, Key, Source, Verdict
from aggregator.store.categories import Categories
from aggregator.store.rows import as_json, listed
from aggregator.store.shelving import Shelving
from aggregator.store.statements import inserting, setting
from aggregator.store.withdrawals import accounted, reissue

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from aggregator.store.connection import Connection, Row

_TEXT_KEPT = {Verdict.NEW, Verdict.REVISED, Verdict.MERGED}
_UNHEARD = b""  # in place of a digest, of which there is none: whatever the carrier says next is another text
# The columns of a sighting that follow its newest revision.
_FOLLOWING = (
    "place", "guid", "url", "url_key", "url_reason", "verdict", "rule", "reason", "title", "digest", "speaks_for", "last_seen_at",
)  # fmt: skip
# What rules go by, and which is against it; not where an item only goes by other names.
_RULED = ("categories", "blocked_by", "blocked_reason")
_NEW_ENTRY = inserting("entries", "atom_id", "published", "updated", "date_reason", "first_seen_at")
_NEW_KEY = inserting("keys", "key", "entry_id", "rule", "reason", "added_at") + " ON CONFLICT (key) DO NOTHING"
_NEW_SIGHTING = inserting("sightings", "entry_id", "source_id", "carrier", "revisions", "first_seen_at", *_FOLLOWING, *_RULED)
_NEW_REVISION = inserting(
    "revisions", "sighting_id", "number", "seen_at", "reason", "digest", "title", "url", "summary", "content", "language",
    "authors", "tags", "enclosures", "contributors", "thumbnails", "published", "updated",
)  # fmt: skip
_NEW_ASSIGNMENT = (
    inserting("assignments", "entry_id", "category_id", "sighting_id", "reason", "published")
    + " ON CONFLICT (entry_id, category_id) DO UPDATE SET reason = excluded.reason"
)
_SAYS_ANEW = f"UPDATE sightings SET {setting(*_FOLLOWING, *_RULED)}, revisions = revisions + 1, ended_at = NULL WHERE id = :id"
# The item of a platform that moved: it has other names, and says nothing new.
_RENAMED = ("carrier", *(column for column in _FOLLOWING if column != "speaks_for"))
_GOES_BY = f"UPDATE sightings SET {setting(*_RENAMED)}, ended_at = NULL WHERE id = :id"
_FORGET = "DELETE FROM revisions WHERE sighting_id = :sighting_id AND number <= :number"
_SAYS_THE_SAME = "UPDATE sightings SET last_seen_at = :now, ended_at = NULL WHERE id IN each(:ids)"
_SAID = "SELECT carrier, id, revisions FROM sightings WHERE source_id = :source AND carrier IN each(:carriers)"
_SILENCE = "UPDATE sightings SET speaks_for = NULL WHERE speaks_for IN each(:ids)"
_GONE = "UPDATE sightings SET ended_at = :now WHERE source_id = :source AND carrier IN each(:carriers) AND ended_at IS NULL"
_WITH_IDS = "SELECT atom_id, id FROM entries WHERE atom_id IN each(:ids)"
_ASSIGNED = "SELECT entry_id, category_id, sighting_id, reason FROM assignments WHERE entry_id IN each(:ids)"
_WITHDRAW = "DELETE FROM assignments WHERE entry_id = :entry_id AND category_id = :category_id"


class Placed(Struct, frozen=True, kw_only=True):
    """A filing with the entry it belongs to."""

    filing: Filing
    entry_id: int

    @property
    def keeps_text(self) -> bool:
        """Whether the carrier says something that is not stored yet."""
        return self.filing.decision.verdict in _TEXT_KEPT

    @property
    def moved(self) -> bool:
        """Whether a sighting that we have goes by the names of this item from now on."""
        return self.filing.decision.rule == "moved" and self.filing.decision.sighting_id is not None

    @property
    def changes_entry(self) -> bool:
        """Whether subscribers get another text for an entry that there was before."""
        return self.keeps_text and self.filing.decision.speaks and self.filing.decision.entry_id is not None


class Entries(Struct, frozen=True):
    """What ingest tells of entries, within one transaction. *revisions* are kept of each carrier, the newest."""

    connection: Connection
    authority: str
    revisions: int

    def file(self, source: Source, filings: Sequence[Filing], now: datetime, came: datetime | None = None) -> dict[str, int]:
        """Store what was decided and mark the categories that change by it. Returns the entry id of each carrier.

        What is new was first seen when it *came*, if that was before *now*.
        """
        came = came or now
        created = self._file_entries([f for f in filings if f.decision.verdict is Verdict.NEW], came)
        placed = [Placed(filing=f, entry_id=f.decision.entry_id or created[f.decision.key.value]) for f in filings]
        kept = [p for p in placed if p.keeps_text]
        changed = {p.entry_id: p.filing for p in kept if p.changes_entry}
        moved = [p for p in placed if p.moved]
        self._file_keys([*kept, *moved], came)
        if changed:  # whoever spoke for these entries is silent before another speaks
            self.connection.run(_SILENCE, ids=changed)
            reissue(self.connection, changed)
        names = (_following(p, now) | _named(p) | {"id": p.filing.decision.sighting_id} for p in moved)
        self.connection.run_each(_GOES_BY, names)
        sighting_ids = self._file_sightings(source, placed, now, came)
        self._update_entries(changed)
        joined = {p.entry_id for p in kept if p.filing.decision.verdict is Verdict.MERGED}  # its link shows in the entry
        self._assign(kept, sighting_ids, joined.union(changed), now)
        self._settle(kept, now)
        return {p.filing.decision.identified.carrier: p.entry_id for p in placed}

    def end(self, source: Source, carriers: Iterable[str], now: datetime) -> None:
        """Note that *source* carries these no longer; entry and sighting stay."""
        if gone := set(carriers):
            self.connection.run(_GONE, source=source.id, carriers=gone, now=now)

    def _file_entries(self, filings: Sequence[Filing], came: datetime) -> dict[str, int]:
        """Insert new entries; return their ids by key."""
        if not filings:
            return {}
        taken = set(self.connection.column(_WITH_IDS, ids=[atom_id for f in filings for atom_id in f.atom_ids]))
        chosen: dict[str, Filing] = {}
        for filing in filings:
            atom_id = next(candidate for candidate in filing.atom_ids if candidate not in taken)
            taken.add(atom_id)
            chosen[atom_id] = filing
        self.connection.run_each(_NEW_ENTRY, (_entry_row(atom_id, filing, came) for atom_id, filing in chosen.items()))
        made = self.connection.rows(_WITH_IDS, ids=chosen)
        return {chosen[row["atom_id"]].decision.key.value: row["id"] for row in made}

    def _file_keys(self, kept: Sequence[Placed], came: datetime) -> None:
        """Let every key of a changed carrier lead to its entry, unless it leads to another article already."""
        self.connection.run_each(
            _NEW_KEY,
            (
                {"key": key.value, "entry_id": p.entry_id, "rule": key.rule, "reason": key.reason, "added_at": came}
                for p in kept
                for key in _keys_of(p.filing)
            ),
        )

    def _file_sightings(self, source: Source, placed: Sequence[Placed], now: datetime, came: datetime) -> dict[str, int]:
        """Insert or update the sightings, and keep what they say; return the ids of those that say something, by carrier."""
        first = {p.filing.decision.identified.carrier: p for p in reversed(placed)}  # repeated in the batch: counts once
        fresh = [p for p in first.values() if p.filing.decision.sighting_id is None and p.keeps_text]
        unheard = [p for p in first.values() if p.filing.decision.sighting_id is None and not p.keeps_text]
        again = [p for p in first.values() if p.filing.decision.sighting_id is not None]
        anew = [p for p in again if p.keeps_text]
        if same := [p.filing.decision.sighting_id for p in again if not p.keeps_text]:
            self.connection.run(_SAYS_THE_SAME, ids=same, now=now)
        new = {"source_id": source.id, "revisions": 1, "first_seen_at": came}
        self.connection.run_each(_NEW_SIGHTING, (_following(p, now) | _ruled(p) | _named(p) | new for p in fresh))
        new |= {"revisions": 0, "digest": _UNHEARD}
        self.connection.run_each(_NEW_SIGHTING, (_following(p, now) | _ruled(p) | _named(p) | new for p in unheard))
        if not fresh and not anew:
            return {}
        self.connection.run_each(
            _SAYS_ANEW, (_following(p, now) | _ruled(p) | {"id": p.filing.decision.sighting_id} for p in anew)
        )
        carriers = [p.filing.decision.identified.carrier for p in (*fresh, *anew)]
        said = self.connection.rows(_SAID, source=source.id, carriers=carriers)
        self.connection.run_each(_NEW_REVISION, (_revision_row(first[row["carrier"]].filing, row, now) for row in said))
        self._forget(said)
        return {row["carrier"]: row["id"] for row in said}

    def _forget(self, said: Iterable[Row]) -> None:
        """Let go of what carriers said so long ago that it is not kept."""
        old = ({"sighting_id": row["id"], "number": row["revisions"] - self.revisions} for row in said)
        self.connection.run_each(_FORGET, [row for row in old if row["number"] > 0])

    def _update_entries(self, changed: dict[int, Filing]) -> None:
        """Give entries whose text changed their later date, and their new id if no subscriber knows the old."""
        for entry_id, filing in changed.items():
            decision = filing.decision
            self.connection.run("UPDATE entries SET updated = :updated WHERE id = :id", id=entry_id, updated=decision.updated)
            if decision.founds:
                atom_id = self._free_id(filing, entry_id)
                self.connection.run("UPDATE entries SET atom_id = :atom_id WHERE id = :id", id=entry_id, atom_id=atom_id)
            if decision.date_reason:
                dated = {"published": decision.published, "date_reason": decision.date_reason}
                self.connection.run(f"UPDATE entries SET {setting(*dated)} WHERE id = :id", id=entry_id, **dated)
                shelved = "UPDATE assignments SET published = :published WHERE entry_id = :id"
                self.connection.run(shelved, id=entry_id, published=decision.published)

    def _free_id(self, filing: Filing, entry_id: int) -> str:
        taken = set(self.connection.column(f"{_WITH_IDS} AND id <> :own", ids=filing.atom_ids, own=entry_id))
        return next(atom_id for atom_id in filing.atom_ids if atom_id not in taken)

    def _assign(self, kept: Sequence[Placed], sighting_ids: dict[str, int], changed: set[int], now: datetime) -> None:
        """Put entries into the categories that their carriers name now, with the reason; mark every category that shows it."""
        shelves = Categories(self.connection, self.authority)
        category_ids = shelves.ensure({a.category for p in kept for a in p.filing.assignments}, now)
        standing = self._assigned({p.entry_id for p in kept if p.filing.decision.entry_id is not None})
        touched = {category_id for entry_id in changed for category_id in standing[entry_id]}
        withdrawn: list[Row] = []
        otherwise: list[Row] = []  # for another reason than before
        wanted: dict[tuple[int, int], Row] = {}
        for p in {p.filing.decision.identified.carrier: p for p in reversed(kept) if p.filing.assignments}.values():
            decision = p.filing.decision
            named = {category_ids[a.category]: a.reason for a in p.filing.assignments}
            on = standing[p.entry_id]
            # out of the categories that this carrier put it into and names no more
            own = decision.sighting_id
            for category_id in [c for c, (by, _) in on.items() if own is not None and by == own and c not in named]:
                del on[category_id]
                withdrawn.append({"entry_id": p.entry_id, "category_id": category_id})
            carrier = decision.identified.carrier
            row = {"entry_id": p.entry_id, "sighting_id": sighting_ids.get(carrier, own), "published": decision.published}
            otherwise += [
                row | {"category_id": c, "reason": named[c]} for c, (by, why) in on.items() if by == own and why != named[c]
            ]
            for category_id, reason in named.items():
                wanted.setdefault((p.entry_id, category_id), row | {"category_id": category_id, "reason": reason})
        new = [row for (entry_id, category_id), row in wanted.items() if category_id not in standing[entry_id]]
        known = {row["entry_id"] for row in (*withdrawn, *new) if row["entry_id"] in standing}
        with accounted(self.connection, known, "it is in this category no more", now) if known else nullcontext():
            self.connection.run_each(_WITHDRAW, withdrawn)
            self.connection.run_each(_NEW_ASSIGNMENT, (*new, *otherwise))
        shelves.touch(touched.union(row["category_id"] for row in (*withdrawn, *new)))

    def _settle(self, kept: Sequence[Placed], now: datetime) -> None:
        """Hide what rules are against, and show again what they were against before."""
        before = {p.entry_id for p in kept if p.filing.decision.entry_id is not None}
        against = {p.entry_id for p in kept if p.filing.blocked}
        if before or against:
            Shelving(self.connection, self.authority).settle(before, against, now)

    def _assigned(self, entry_ids: set[int]) -> defaultdict[int, dict[int, tuple[int, str]]]:
        """Return the categories of entries, each with the sighting that put it there and the reason."""
        found: defaultdict[int, dict[int, tuple[int, str]]] = defaultdict(dict)
        for row in self.connection.rows(_ASSIGNED, ids=entry_ids) if entry_ids else ():
            found[row["entry_id"]][row["category_id"]] = (row["sighting_id"], row["reason"])
        return found


def _keys_of(filing: Filing) -> tuple[Key, ...]:
    decision, item = filing.decision, filing.decision.identified
    if item.key.rule == "url" or item.key.value == decision.key.value:
        return (decision.key,)  # if they differ, its plain URL was found to be another article's
    return (decision.key, item.key)


def _entry_row(atom_id: str, filing: Filing, came: datetime) -> Row:
    decision = filing.decision
    return {
        "atom_id": atom_id,
        "published": decision.published,
        "updated": decision.updated,
        "date_reason": decision.date_reason,
        "first_seen_at": came,
    }


def _named(placed: Placed) -> Row:
    return {"entry_id": placed.entry_id, "carrier": placed.filing.decision.identified.carrier}


def _ruled(placed: Placed) -> Row:
    filing, blocked = placed.filing, placed.filing.blocked
    return {
        "categories": as_json(filing.decision.identified.candidate.categories),
        "blocked_by": blocked.by if blocked else None,
        "blocked_reason": blocked.reason if blocked else None,
    }


def _following(placed: Placed, now: datetime) -> Row:
    decision = placed.filing.decision
    item = decision.identified
    candidate = item.candidate
    return {
        "place": candidate.place,
        "guid": candidate.guid,
        "url": candidate.url,
        "url_key": item.url_key,
        "url_reason": candidate.url_reason if candidate.url else None,
        "verdict": decision.verdict,
        "rule": decision.rule,
        "reason": decision.reason,
        "title": candidate.title,
        "digest": item.digest,
        "speaks_for": placed.entry_id if decision.speaks else None,
        "last_seen_at": now,
    }


def _revision_row(filing: Filing, said: Row, now: datetime) -> Row:
    candidate = filing.decision.identified.candidate
    return {
        "sighting_id": said["id"],
        "number": said["revisions"],
        "seen_at": now,
        "reason": filing.decision.reason,
        "digest": filing.decision.identified.digest,
        "title": candidate.title,
        "url": candidate.url,
        "summary": candidate.summary,
        "content": candidate.content,
        "language": candidate.language,
        "authors": listed(candidate.authors),
        "tags": listed(candidate.tags),
        "enclosures": listed(candidate.enclosures),
        "contributors": listed(candidate.contributors) if candidate.contributors else None,
        "thumbnails": listed(candidate.thumbnails) if candidate.thumbnails else None,
        "published": candidate.published,
        "updated": candidate.updated,
    }
