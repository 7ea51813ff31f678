"""Owns the SQL by which changed rules reach what is stored: which rules were applied, what they look at, where entries go.

A transaction of this room reads very many rows, so it reads only the columns that it is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from msgspec import Struct, ValidationError, json

from aggregator.classify import Field, RuleBook, hidden_reason, name_key, text_of
from aggregator.model import Blocked, Hider, Reach
from aggregator.store.categories import Categories
from aggregator.store.facts import fact, forget, note
from aggregator.store.json_columns import from_json
from aggregator.store.rows import subscription_of
from aggregator.store.tombstones import Tombstones
from aggregator.store.withdrawals import LEFT_CATEGORY, accounted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from aggregator.classify.replay import Refiled, Stale
    from aggregator.model import Subscription
    from aggregator.store.connection import Connection, Row

_IN_FORCE = "category rules"
_TO_APPLY = "category rules to apply"
_PART = 5000  # entries that are read at once
_SUBSCRIPTIONS = "SELECT id, kind, url, title_wanted, categories, interval_s FROM sources"
_REVISED = "JOIN revisions ON revisions.sighting_id = sightings.id AND revisions.number = sightings.revisions"
# where each field of a condition is; what is not asked for is read as NULL
_COLUMNS = (
    (Field.TITLE, "sightings.title"),
    (Field.URL, "sightings.url"),
    (Field.LANGUAGE, "revisions.language"),
    (Field.AUTHOR, "revisions.authors"),
    (Field.TAG, "revisions.tags"),
    (Field.CONTENT, "utf8(revisions.summary)"),
    (Field.CONTENT, "utf8(revisions.content)"),
)
_SPOKEN = "SELECT speaks_for, title FROM sightings WHERE speaks_for IN each(:ids)"
_OF_SOURCES = "SELECT DISTINCT entry_id FROM sightings WHERE source_id IN each(:ids) AND revisions > 0 ORDER BY entry_id"
_SHARED = """
    SELECT entry_id FROM sightings WHERE entry_id IN each(:ids) AND revisions > 0 GROUP BY entry_id HAVING count(*) > 1
"""
_HIDDEN = "SELECT id, hidden_by, hidden_reason FROM entries WHERE hidden_at IS NOT NULL"
_JUDGED = """
    SELECT entry_id, id, speaks_for IS NOT NULL, blocked_by, blocked_reason FROM sightings
    WHERE entry_id IN each(:ids) AND revisions > 0 ORDER BY entry_id, id
"""
_PUT = """
    INSERT INTO assignments (entry_id, category_id, sighting_id, reason, published)
    SELECT id, :category_id, :sighting_id, :reason, published FROM entries WHERE id = :entry_id
    ON CONFLICT (entry_id, category_id) DO UPDATE SET sighting_id = excluded.sighting_id, reason = excluded.reason
"""
_DROP = "DELETE FROM assignments WHERE entry_id = :entry_id AND category_id = :category_id"
_BLOCK = "UPDATE sightings SET blocked_by = :by, blocked_reason = :reason WHERE id = :id"
_HIDE = f"""
    UPDATE entries SET hidden_at = coalesce(hidden_at, :now), hidden_by = '{Hider.RULE}', hidden_reason = :reason WHERE id = :id
"""
_SHOW = "UPDATE entries SET hidden_at = NULL, hidden_by = NULL, hidden_reason = NULL WHERE id = :id"
_PLACED = "SELECT reason, count(*) FROM assignments GROUP BY reason"
_HIDDEN_FOR = f"SELECT hidden_reason, count(*) FROM entries WHERE hidden_at IS NOT NULL AND hidden_by = '{Hider.RULE}' GROUP BY 1"


class Carried:
    """An item as a source carries it, as conditions look at it: what was read of it, decoded when first asked for."""

    def __init__(self, row: tuple[Any, ...], subscriptions: Mapping[int, Subscription]) -> None:
        self.entry_id, self.id, self.source_id, speaks, by, reason, categories, title, self.url, self.language, *rest = row
        self._authors, self._tags, self._summary, self._content = rest
        self._text: bytes | None = None
        self.title = title or ""
        self.speaks = bool(speaks)
        self.blocked = Blocked(by=Reach(by), reason=reason) if by else None
        self.categories: tuple[str, ...] = tuple(from_json(categories)) if categories else ()
        self.subscription = subscriptions[self.source_id]

    @cached_property
    def authors(self) -> tuple[str, ...]:
        """Return the names of its authors."""
        return tuple(person["name"] for person in from_json(self._authors) or ())

    @cached_property
    def tags(self) -> frozenset[str]:
        """Return the keys of all the names that publishers gave it."""
        said = from_json(self._tags) or ()
        names = (name for tag in said for name in (tag.get("term"), tag.get("label")) if name)
        return frozenset(map(name_key, (*names, *self.categories)))

    @property
    def content(self) -> bytes:
        """Return the text of summary and content, without markup, in UTF-8."""
        if self._text is None:
            self._text = text_of(self._summary, self._content)
        return self._text


class Shelving(Struct, frozen=True):
    """Questions about the rules and what they are applied to, within one transaction."""

    connection: Connection
    authority: str

    def follow(self, book: RuleBook) -> None:
        """Note the rules in force. Where they are others than before, what changed is to be applied to what is stored.

        The first rules of a store count as applied.
        """
        now, before = json.encode(book).decode(), fact(self.connection, _IN_FORCE)
        if before == now:
            return
        note(self.connection, _IN_FORCE, now)
        if before is not None:
            from aggregator.classify.replay import changed  # noqa: PLC0415 - only where rules changed

            note_stale(self.connection, changed(_book(before), book))

    def changed(self) -> bool:
        """Tell whether anything changed since the rules were applied to what is stored."""
        return fact(self.connection, _TO_APPLY) is not None

    def stale(self) -> Stale | None:
        """Return what changed since the rules were applied, ``None`` if nothing did."""
        return _stale(self.connection)

    def applied(self, stale: Stale) -> None:
        """Note that what changed was applied, unless more has changed meanwhile."""
        if self.stale() == stale:
            forget(self.connection, _TO_APPLY)

    def subscriptions(self) -> dict[int, Subscription]:
        """Return what the operator asked for, by the number of the source."""
        return {row["id"]: subscription_of(row) for row in self.connection.rows(_SUBSCRIPTIONS)}

    def every_part(self) -> Iterator[range]:
        """Yield the numbers of all entries, in parts that fit into memory."""
        ((first, last),) = self.connection.tuples("SELECT min(id), max(id) FROM entries")
        if first is not None:
            yield from (range(start, min(start + _PART, last + 1)) for start in range(first, last + 1, _PART))

    def parts_of(self, sources: Collection[int]) -> Iterator[Sequence[int]]:
        """Yield the numbers of the entries that some sources carry, in such parts."""
        return parts(self.connection.column(_OF_SOURCES, ids=sources)) if sources else iter(())

    def carried(
        self, entry_ids: Sequence[int], fields: Collection[Field], subscriptions: Mapping[int, Subscription]
    ) -> Iterator[tuple[int, list[Carried]]]:
        """Yield entries with those who carry them, and of these what conditions on some *fields* look at."""
        columns = [column if field in fields else "NULL" for field, column in _COLUMNS]
        join = _REVISED if any("revisions" in column for column in columns) else ""
        where, values = _where("sightings.entry_id", entry_ids)
        rows = self.connection.tuples(
            "SELECT sightings.entry_id, sightings.id, sightings.source_id, sightings.speaks_for IS NOT NULL,"
            f" sightings.blocked_by, sightings.blocked_reason, sightings.categories, {', '.join(columns)}"
            f" FROM sightings {join} WHERE {where} AND sightings.revisions > 0 ORDER BY sightings.entry_id, sightings.id",
            **values,
        )
        found = (Carried(row, subscriptions) for row in rows)
        return ((entry_id, list(carriers)) for entry_id, carriers in groupby(found, attrgetter("entry_id")))

    def standing(self, entry_ids: Sequence[int]) -> defaultdict[int, dict[int, tuple[int, str]]]:
        """Return the categories of entries, each with the carrier that put it there and the reason."""
        where, values = _where("entry_id", entry_ids)
        rows = self.connection.tuples(
            f"SELECT entry_id, category_id, sighting_id, reason FROM assignments WHERE {where}", **values
        )
        found: defaultdict[int, dict[int, tuple[int, str]]] = defaultdict(dict)
        for entry_id, category_id, sighting_id, reason in rows:
            found[entry_id][category_id] = (sighting_id, reason)
        return found

    def shared(self, entry_ids: Collection[int]) -> list[int]:
        """Return those entries that several carriers bring."""
        return self.connection.column(_SHARED, ids=entry_ids)

    def hidden(self) -> dict[int, tuple[str, str | None]]:
        """Return who hid entries, and why."""
        return {number: (by, reason) for number, by, reason in self.connection.tuples(_HIDDEN)}

    def reasons(self) -> dict[str, int]:
        """Return for what reasons entries are in categories or hidden by rules, and how many for each."""
        return dict(self.connection.tuples(_PLACED) + self.connection.tuples(_HIDDEN_FOR))

    def titles(self, entry_ids: Collection[int]) -> dict[int, str]:
        """Return the titles of entries."""
        return dict(self.connection.tuples(_SPOKEN, ids=entry_ids)) if entry_ids else {}

    def refile(self, changes: Sequence[Refiled], unseen: Collection[int], now: datetime) -> None:
        """Put entries where they go, and mark every category that shows it: what is *unseen* shows nowhere."""
        with accounted(self.connection, [change.entry_id for change in changes], LEFT_CATEGORY, now):
            self._refile(changes)
        touched = {number for c in changes if c.entry_id not in unseen for number in (*c.new, *c.dropped)}
        Categories(self.connection, self.authority).touch(touched)

    def _refile(self, changes: Sequence[Refiled]) -> None:
        self.connection.run_each(
            _DROP, ({"entry_id": c.entry_id, "category_id": number} for c in changes for number in c.dropped)
        )
        self.connection.run_each(
            _PUT,
            (
                {"entry_id": c.entry_id, "category_id": number, "sighting_id": sighting_id, "reason": reason}
                for c in changes
                for number, (sighting_id, reason) in c.put.items()
            ),
        )

    def block(self, blocked: Mapping[int, Blocked | None]) -> None:
        """Note of carriers which rule is against what they say, if one is."""
        rows = ({"id": number, "by": b.by if b else None, "reason": b.reason if b else None} for number, b in blocked.items())
        self.connection.run_each(_BLOCK, rows)

    def hide(self, reasons: Mapping[int, str | None], now: datetime) -> None:
        """Hide entries by rule, each for its reason; those without one are shown again."""
        hidden = ({"id": i, "reason": reason, "now": now} for i, reason in reasons.items() if reason)
        with accounted(self.connection, reasons, "a rule of this site hides it", now):
            self.connection.run_each(_HIDE, hidden)
            self.connection.run_each(_SHOW, ({"id": i} for i, reason in reasons.items() if reason is None))
        Categories(self.connection, self.authority).touch_of(reasons.keys())

    def settle(self, before: set[int], against: set[int], now: datetime) -> None:
        """Hide those of *against* that rules hide, and of those that were there *before* show again what they hide no more."""
        rows = self.connection.tuples(f"{_HIDDEN} AND id IN each(:ids)", ids=before | against)
        hidden = {number: (by, reason) for number, by, reason in rows}
        entry_ids = against | {number for number, (by, _) in hidden.items() if by == Hider.RULE}
        if not entry_ids:
            return
        reasons = {entry_id: hidden_reason(carriers.values()) for entry_id, carriers in self.judged(entry_ids).items()}
        self.hide(self.differing(reasons, hidden), now)

    def judged(self, entry_ids: Collection[int]) -> dict[int, dict[int, tuple[bool, Blocked | None]]]:
        """Return of the carriers of entries, by their number, whether each speaks and which rule is against it."""
        found: defaultdict[int, dict[int, tuple[bool, Blocked | None]]] = defaultdict(dict)
        for entry_id, number, speaks, by, reason in self.connection.tuples(_JUDGED, ids=entry_ids):
            found[entry_id][number] = (bool(speaks), Blocked(by=Reach(by), reason=reason) if by else None)
        return found

    def differing(self, reasons: Mapping[int, str | None], hidden: Mapping[int, tuple[str, str | None]]) -> dict[int, str | None]:
        """Return those *reasons* for which rules hide entries, or none, that are not what is *hidden* already.

        What the operator hid stays hidden, and what he showed again stays shown.
        """
        found = {}
        for entry_id, reason in reasons.items():
            by, before = hidden.get(entry_id, (Hider.RULE, None))
            if by == Hider.RULE and before != reason:
                found[entry_id] = reason
        shown = Tombstones(self.connection, self.authority).kept_shown(found)
        return {entry_id: reason for entry_id, reason in found.items() if entry_id not in shown}


def note_stale(connection: Connection, stale: Stale) -> None:
    """Note what else is to be applied to what is stored."""
    if stale:
        known = _stale(connection)
        every = known | stale if known else stale
        note(connection, _TO_APPLY, json.encode(every, order="deterministic").decode())


def parts(entry_ids: Iterable[int]) -> Iterator[Sequence[int]]:
    """Part numbers of entries, so that what is read of each part fits into memory."""
    every = list(entry_ids)
    return (every[start : start + _PART] for start in range(0, len(every), _PART))


def _stale(connection: Connection) -> Stale | None:
    found = fact(connection, _TO_APPLY)
    if found is None:
        return None
    from aggregator.classify.replay import Stale  # noqa: PLC0415 - as above

    return json.decode(found, type=Stale)


def _book(kept: str) -> RuleBook:
    try:
        return json.decode(kept, type=RuleBook)
    except ValidationError:
        return RuleBook()  # as another version wrote them: all of today's count as changed


def _where(column: str, entry_ids: Sequence[int]) -> tuple[str, Row]:
    if isinstance(entry_ids, range):
        return f"{column} BETWEEN :first AND :last", {"first": entry_ids[0], "last": entry_ids[-1]}
    return f"{column} IN each(:ids)", {"ids": entry_ids}
