"""Owns the SQL that notices which feeds stop showing an entry, or show it again, whatever it was that changed.

Subscribers are told of what is gone (RFC 6721): a tombstone remembers it, with the page of the archive that it stood on. What
comes back goes back to its page; but with another text it stands in the feed itself, and the page leaves out the old one.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from aggregator.store.facts import note
from aggregator.store.records import publishing_began
from aggregator.store.statements import inserting
from aggregator.store.visibility import SHOWN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from aggregator.store.connection import Connection, Row

Place = tuple[int, int]  # of an entry in a feed: the category's number, 0 for the feed of everything, and the entry's
# The feed of everything counts as category 0.
_PLACES = f"""
    SELECT category_id, entry_id, assignments.page FROM assignments JOIN entries ON entries.id = assignments.entry_id
    WHERE entry_id IN each(:ids) AND {SHOWN}
    UNION ALL SELECT 0, id, page FROM entries WHERE id IN each(:ids) AND {SHOWN}
"""
_KNOWN = "SELECT id FROM entries WHERE id IN each(:ids) AND first_seen_at <= :began"
_BURY = (
    inserting("tombstones", "category_id", "entry_id", "deleted_at", "reason", "page")
    + " ON CONFLICT (category_id, entry_id) DO NOTHING"
)
# with whether the entry has got another text since
_BURIED = """
    SELECT category_id, tombstones.entry_id, page, EXISTS (
        SELECT 1 FROM sightings JOIN revisions
        ON revisions.sighting_id = sightings.id AND revisions.number = sightings.revisions
        WHERE sightings.speaks_for = tombstones.entry_id AND revisions.seen_at > tombstones.deleted_at
    ) AS retold
    FROM tombstones WHERE tombstones.entry_id IN each(:ids)
"""
_REVIVE = "DELETE FROM tombstones WHERE category_id = :category_id AND entry_id = :entry_id"
_PUT_BACK = "UPDATE assignments SET page = :page WHERE category_id = :category_id AND entry_id = :entry_id"
_OUTDATED = """
    INSERT INTO reissues (category_id, entry_id, page) VALUES (:category_id, :entry_id, :page)
    ON CONFLICT (category_id, entry_id, page) DO NOTHING
"""
_LEFT_OUT = "UPDATE reissues SET left_out = 1 WHERE category_id = :category_id AND entry_id = :entry_id"
_WITHDRAWN_AT = "UPDATE categories SET withdrawn_at = :now WHERE id IN each(:ids)"
LEFT_CATEGORY = "it is in this category no more"  # why an entry is gone from a feed, for its readers
WITHDRAWN_OF_ALL = "withdrawn from the feed of everything"
_IN_THE_FEED_OF_ALL = "UPDATE entries SET page = NULL WHERE id = :id"
_OLDER_PAGES = "SELECT category_id, entry_id, page FROM reissues WHERE entry_id IN each(:ids)"
_STALE = """
    UPDATE archives SET revision = revision + 1, updated = CASE WHEN updated < :now THEN :now ELSE updated END
    WHERE category_id = :category_id AND page = :page
"""
_REISSUED = (
    """
    INSERT INTO reissues (category_id, entry_id, page)
    SELECT category_id, entry_id, page FROM assignments WHERE entry_id IN each(:ids) AND page IS NOT NULL
    UNION ALL SELECT 0, id, page FROM entries WHERE id IN each(:ids) AND page IS NOT NULL
    ON CONFLICT (category_id, entry_id, page) DO NOTHING
    """,
    "UPDATE assignments SET page = NULL WHERE entry_id IN each(:ids) AND page IS NOT NULL",
    "UPDATE entries SET page = NULL WHERE id IN each(:ids) AND page IS NOT NULL",
)


@contextmanager
def accounted(connection: Connection, entry_ids: Collection[int], reason: str, now: datetime) -> Iterator[None]:
    """Account for what happens meanwhile to where these entries are shown: *reason* says, for people, why they are gone."""
    before = _places(connection, entry_ids)
    yield
    after = _places(connection, entry_ids)
    _bury(connection, {place: page for place, page in before.items() if place not in after}, reason, now)
    _revive(connection, after.keys() - before.keys(), now)


def reissue(connection: Connection, entry_ids: Collection[int]) -> None:
    """Let entries whose text changed stand in the feeds themselves again, if they stood in an archive.

    A page of an archive stays as it was when subscribers saw it; of two versions they keep the later (RFC 5005, section 4).
    """
    for sql in _REISSUED:
        connection.run(sql, ids=entry_ids)


def put_back(connection: Connection, places: Iterable[Row]) -> None:
    """Let entries stand on the pages of archives that they stood on."""
    connection.run_each(_PUT_BACK, places)


def _places(connection: Connection, entry_ids: Collection[int]) -> dict[Place, int | None]:
    found = connection.tuples(_PLACES, ids=entry_ids) if entry_ids else ()
    return {(category_id, entry_id): page for category_id, entry_id, page in found}


def _bury(connection: Connection, gone: Mapping[Place, int | None], reason: str, now: datetime) -> None:
    began = publishing_began(connection)
    if not gone or began is None:
        return  # what nobody was shown, nobody misses
    known = set(connection.column(_KNOWN, ids={entry_id for _, entry_id in gone}, began=began))
    buried = {place: page for place, page in gone.items() if place[1] in known}
    connection.run_each(
        _BURY,
        (
            {"category_id": category_id, "entry_id": entry_id, "deleted_at": now, "reason": reason, "page": page}
            for (category_id, entry_id), page in buried.items()
        ),
    )
    _mark(connection, buried, now)


def _revive(connection: Connection, come: Collection[Place], now: datetime) -> None:
    if not come:
        return
    rows = connection.rows(_BURIED, ids={entry_id for _, entry_id in come})
    back = [row for row in rows if (row["category_id"], row["entry_id"]) in come]
    placed = [row for row in back if row["page"] is not None]
    connection.run_each(_REVIVE, map(_place, back))
    put_back(connection, (_place(row) | {"page": row["page"]} for row in placed if not row["retold"]))
    retold = [row for row in back if row["retold"]]
    connection.run_each(_OUTDATED, (_place(row) | {"page": row["page"]} for row in placed if row["retold"]))
    connection.run_each(_LEFT_OUT, map(_place, retold))
    connection.run_each(_IN_THE_FEED_OF_ALL, ({"id": row["entry_id"]} for row in retold if not row["category_id"]))
    _mark(connection, {(row["category_id"], row["entry_id"]): row["page"] for row in back}, now)


def _place(row: Row) -> Row:
    return {"category_id": row["category_id"], "entry_id": row["entry_id"]}


def _mark(connection: Connection, places: Mapping[Place, int | None], now: datetime) -> None:
    """Mark the feeds, and the pages, that these entries stood on or stand on again; their dates go on from here."""
    if places:
        ids = {category_id for category_id, _ in places}
        connection.run(_WITHDRAWN_AT, ids=ids, now=now)
        if 0 in ids:
            note(connection, WITHDRAWN_OF_ALL, now.isoformat())
    older = connection.tuples(_OLDER_PAGES, ids={entry_id for _, entry_id in places}) if places else ()
    pages = {(category_id, page) for (category_id, _), page in places.items() if page is not None}
    pages |= {(category_id, page) for category_id, entry_id, page in older if (category_id, entry_id) in places}
    connection.run_each(_STALE, ({"category_id": category_id, "page": page, "now": now} for category_id, page in sorted(pages)))
