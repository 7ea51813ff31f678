"""Owns the SQL that reads entries: for publishing, for listings, and for the story of one entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from aggregator.errors import NotFoundError
from aggregator.model import Key, PublishedEntry, Shelved, Sighting, Story
from aggregator.store.rows import published_entry

if TYPE_CHECKING:
    from aggregator.model import Category
    from aggregator.store.connection import Connection

_NEWEST_FIRST = "ORDER BY entries.published DESC, entries.atom_id"
# entries with the newest text of whoever speaks for them; the operator's title for a source comes before its own
_PUBLISHED = """
    SELECT entries.id, entries.atom_id, entries.published, entries.updated,
        revisions.title, revisions.url, revisions.summary, revisions.content, revisions.language,
        revisions.authors, revisions.tags, revisions.enclosures,
        sources.url AS source_url, sources.kind AS source_kind,
        coalesce(sources.title_wanted, sources.title) AS source_title,
        sources.guid AS source_guid, sources.subtitle AS source_subtitle, sources.site_url AS source_site_url,
        sources.self_url AS source_self_url, sources.feed_updated AS source_feed_updated, sources.authors AS source_authors,
        sources.rights AS source_rights, sources.icon AS source_icon, sources.language AS source_language
    FROM entries
    JOIN sightings ON sightings.speaks_for = entries.id
    JOIN revisions ON revisions.sighting_id = sightings.id AND revisions.number = sightings.revisions
    JOIN sources ON sources.id = sightings.source_id
"""
_NEWEST = f"SELECT id FROM entries {_NEWEST_FIRST} LIMIT :limit"
# by the date beside the assignment, whose index gives them in order: the cost does not grow with the category
_NEWEST_OF = """
    SELECT assignments.entry_id AS id FROM assignments JOIN entries ON entries.id = assignments.entry_id
    WHERE assignments.category_id = :category ORDER BY assignments.published DESC, entries.atom_id LIMIT :limit
"""
_TITLED = f"""
    SELECT entries.id FROM entries JOIN sightings ON sightings.speaks_for = entries.id
    WHERE lower(sightings.title) LIKE lower(:pattern) ESCAPE '\\' {_NEWEST_FIRST} LIMIT :limit
"""
_FIND = """
    SELECT entries.id FROM entries
    JOIN sightings ON sightings.entry_id = entries.id JOIN keys ON keys.entry_id = entries.id
    WHERE entries.atom_id = :what OR sightings.url = :what OR keys.key = :what OR entries.id = :number OR keys.key = :url_key
    LIMIT 1
"""
_KEYS = "SELECT key AS value, rule, reason FROM keys WHERE entry_id = :id ORDER BY added_at, key"
_SHELVES = """
    SELECT slug, name, reason FROM categories JOIN assignments ON assignments.category_id = categories.id
    WHERE assignments.entry_id = :id ORDER BY slug
"""
_SIGHTINGS = """
    SELECT sources.url AS source_url, coalesce(sources.title_wanted, sources.title, sources.url) AS source_name,
        place, sightings.guid, sightings.url, url_key, url_reason, speaks_for IS NOT NULL AS speaks, verdict, rule, reason,
        revisions, sightings.title, first_seen_at, last_seen_at, ended_at
    FROM sightings JOIN sources ON sources.id = sightings.source_id
    WHERE entry_id = :id ORDER BY first_seen_at, sightings.id
"""


class Reading(Struct, frozen=True):
    """Questions about stored entries, within one transaction.

    Order: newest published first, then by atom:id; total, and the same whatever the order in which entries were stored.
    """

    connection: Connection

    def newest(self, limit: int) -> tuple[PublishedEntry, ...]:
        """Return the newest entries of all."""
        return self._published(_NEWEST, limit=limit)

    def newest_of(self, category: Category, limit: int) -> tuple[PublishedEntry, ...]:
        """Return the newest entries of *category*."""
        return self._published(_NEWEST_OF, category=category.id, limit=limit)

    def search(self, words: str, limit: int) -> tuple[PublishedEntry, ...]:
        """Return the newest entries whose title holds *words*, whatever their case."""
        escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return self._published(_TITLED, pattern=f"%{escaped}%", limit=limit)

    def count(self) -> int:
        """Return the number of entries."""
        return int(self.connection.value("SELECT count(*) FROM entries"))

    def story(self, what: str, url_key: str | None) -> Story:
        """Return all that is known of one entry, given by its number, its atom:id, a carrier's URL or that URL's key.

        Raises:
            NotFoundError: there is none.
        """
        number = int(what) if what.isdecimal() and len(what) < 19 else None  # noqa: PLR2004 - the database's integers end there
        entry_id = self.connection.value(_FIND, what=what, number=number, url_key=url_key)
        if entry_id is None:
            raise NotFoundError(f"no entry is known under {what}; `aggregator entry list` shows the newest")
        (row,) = self.connection.rows("SELECT first_seen_at, date_reason FROM entries WHERE id = :id", id=entry_id)
        (entry,) = self._published("SELECT id FROM entries WHERE id = :id", id=entry_id)
        return Story(
            entry=entry,
            first_seen_at=row["first_seen_at"],
            date_reason=row["date_reason"],
            keys=tuple(Key(**key) for key in self.connection.rows(_KEYS, id=entry_id)),
            sightings=tuple(
                Sighting(**sighting | {"speaks": bool(sighting["speaks"])})
                for sighting in self.connection.rows(_SIGHTINGS, id=entry_id)
            ),
            shelves=tuple(Shelved(**shelf) for shelf in self.connection.rows(_SHELVES, id=entry_id)),
        )

    def _published(self, ids: str, **values: Any) -> tuple[PublishedEntry, ...]:
        """Read the entries that the query *ids* chooses."""
        rows = self.connection.rows(f"{_PUBLISHED} JOIN ({ids}) AS chosen ON chosen.id = entries.id {_NEWEST_FIRST}", **values)
        return tuple(published_entry(row) for row in rows)
