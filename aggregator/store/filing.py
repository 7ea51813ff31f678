"""Owns the SQL that files the decisions on a batch."""

from __future__ import annotations

from collections import defaultdict
from contextlib import nullcontext
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.model import Filing, Source, Verdict
from aggregator.store.categories import Categories
from aggregator.store.placing import Placed, entry_row, following, keys_of, named, revision_row, ruled, with_one_speaker
from aggregator.store.shelving import Shelving
from aggregator.store.statements import inserting, setting
from aggregator.store.withdrawals import LEFT_CATEGORY, accounted, reissue

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from aggregator.store.connection import Connection, Row
    from aggregator.store.permanent_ids import PermanentIds

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
    "authors", "tags", "enclosures", "contributors", "thumbnails", "links", "rights", "copied_from", "published", "updated",
)  # fmt: skip
_NEW_ASSIGNMENT = (
    inserting("assignments", "entry_id", "category_id", "sighting_id", "reason", "published")
    + " ON CONFLICT (entry_id, category_id) DO UPDATE SET reason = excluded.reason"
)
_SAYS_ANEW = (
    f"UPDATE sightings SET {setting('carrier', *_FOLLOWING, *_RULED)}, revisions = revisions + 1, ended_at = NULL WHERE id = :id"
)
# It has other names, as after a move, or is not believed: nothing that it says is kept.
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
        from aggregator.store.permanent_ids import PermanentIds  # noqa: PLC0415 - most rounds file nothing

        ids = PermanentIds(self.connection, self.authority)
        created = self._file_entries([f for f in filings if f.decision.verdict is Verdict.NEW], ids, came)
        placed = with_one_speaker(
            Placed(filing=f, entry_id=f.decision.entry_id or created[f.decision.key.value]) for f in filings
        )
        kept = [p for p in placed if p.keeps_text]
        changed = {p.entry_id: p.filing for p in kept if p.changes_entry}
        moved = [p for p in placed if p.moved]
        self._file_keys([*kept, *moved], came)
        if changed:  # whoever spoke for these entries is silent before another speaks
            self.connection.run(_SILENCE, ids=changed)
            reissue(self.connection, changed)
        names = (following(p, now) | named(p) | {"id": p.filing.decision.sighting_id} for p in placed if p.renames)
        self.connection.run_each(_GOES_BY, names)
        sighting_ids = self._file_sightings(source, placed, now, came)
        self._update_entries(changed, ids)
        ids.settle()
        joined = {p.entry_id for p in kept if p.filing.decision.verdict is Verdict.MERGED}  # its link shows in the entry
        self._assign(kept, sighting_ids, joined.union(changed), now)
        self._settle(kept, now)
        return {p.filing.decision.identified.carrier: p.entry_id for p in placed}

    def end(self, source: Source, carriers: Iterable[str], now: datetime) -> None:
        """Note that *source* carries these no longer; entry and sighting stay."""
        if gone := set(carriers):
            self.connection.run(_GONE, source=source.id, carriers=gone, now=now)

    def _file_entries(self, filings: Sequence[Filing], ids: PermanentIds, came: datetime) -> dict[str, int]:
        """Insert new entries; return their ids by key."""
        if not filings:
            return {}
        chosen = ids.chosen(filings)
        self.connection.run_each(_NEW_ENTRY, (entry_row(atom_id, filing, came) for atom_id, filing in chosen.items()))
        made = self.connection.rows(_WITH_IDS, ids=chosen)
        return {chosen[row["atom_id"]].decision.key.value: row["id"] for row in made}

    def _file_keys(self, kept: Sequence[Placed], came: datetime) -> None:
        """Let every key of a changed carrier lead to its entry, unless it leads to another article already."""
        led = ((p.entry_id, key) for p in kept for key in keys_of(p.filing))
        rows = ({"key": k.value, "entry_id": e, "rule": k.rule, "reason": k.reason, "added_at": came} for e, k in led)
        self.connection.run_each(_NEW_KEY, rows)

    def _file_sightings(self, source: Source, placed: Sequence[Placed], now: datetime, came: datetime) -> dict[str, int]:
        """Insert or update the sightings, and keep what they say; return the ids of those that say something, by carrier."""
        first: dict[str, Placed] = {}
        for p in placed:  # repeated in the batch: counts once
            first.setdefault(p.filing.decision.identified.carrier, p)
        fresh = [p for p in first.values() if p.filing.decision.sighting_id is None and p.keeps_text]
        unheard = [p for p in first.values() if p.filing.decision.sighting_id is None and not p.keeps_text]
        again = [p for p in first.values() if p.filing.decision.sighting_id is not None]
        anew = [p for p in again if p.keeps_text]
        if same := [p.filing.decision.sighting_id for p in again if not p.keeps_text and not p.waits]:
            self.connection.run(_SAYS_THE_SAME, ids=same, now=now)
        new = {"source_id": source.id, "revisions": 1, "first_seen_at": came}
        self.connection.run_each(_NEW_SIGHTING, (following(p, now) | ruled(p) | named(p) | new for p in fresh))
        new |= {"revisions": 0, "digest": _UNHEARD}
        self.connection.run_each(_NEW_SIGHTING, (following(p, now) | ruled(p) | named(p) | new for p in unheard))
        if not fresh and not anew:
            return {}
        self.connection.run_each(
            _SAYS_ANEW, (following(p, now) | ruled(p) | named(p) | {"id": p.filing.decision.sighting_id} for p in anew)
        )
        carriers = [p.filing.decision.identified.carrier for p in (*fresh, *anew)]
        said = self.connection.rows(_SAID, source=source.id, carriers=carriers)
        self.connection.run_each(_NEW_REVISION, (revision_row(first[row["carrier"]].filing, row, now) for row in said))
        self._forget(said)
        return {row["carrier"]: row["id"] for row in said}

    def _forget(self, said: Iterable[Row]) -> None:
        """Let go of what carriers said so long ago that it is not kept."""
        old = ({"sighting_id": row["id"], "number": row["revisions"] - self.revisions} for row in said)
        self.connection.run_each(_FORGET, [row for row in old if row["number"] > 0])

    def _update_entries(self, changed: dict[int, Filing], ids: PermanentIds) -> None:
        """Give entries whose text changed their later date, and their new id if no subscriber knows the old."""
        for entry_id, filing in changed.items():
            decision = filing.decision
            self.connection.run("UPDATE entries SET updated = :updated WHERE id = :id", id=entry_id, updated=decision.updated)
            if decision.founds:
                ids.give_another(entry_id, filing)
            if decision.date_reason:
                dated = {"published": decision.published, "date_reason": decision.date_reason}
                self.connection.run(f"UPDATE entries SET {setting(*dated)} WHERE id = :id", id=entry_id, **dated)
                shelved = "UPDATE assignments SET published = :published WHERE entry_id = :id"
                self.connection.run(shelved, id=entry_id, published=decision.published)

    def _assign(self, kept: Sequence[Placed], sighting_ids: dict[str, int], changed: set[int], now: datetime) -> None:
        """Put entries into the categories that their carriers name now, with the reason; mark every category that shows it."""
        shelves = Categories(self.connection, self.authority)
        category_ids = shelves.ensure({a.category for p in kept for a in p.filing.assignments}, now)
        before = {p.entry_id for p in kept if p.filing.decision.entry_id is not None}
        standing = self._assigned(before)
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
        known = before.intersection(row["entry_id"] for row in (*withdrawn, *new))
        with accounted(self.connection, known, LEFT_CATEGORY, now) if known else nullcontext():
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
