"""Owns the SQL that reads entries, for publishing and for listings: those that are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from aggregator.store.rows import published_entry
from aggregator.store.visibility import SHOWN

if TYPE_CHECKING:
    from collections.abc import Collection

    from aggregator.model import Category, PublishedEntry
    from aggregator.store.connection import Connection

_NEWEST_FIRST = "ORDER BY entries.published DESC, entries.atom_id"
# entries with the newest text of whoever speaks for them; the operator's title for a source comes before its own
_PUBLISHED = """
    SELECT entries.id, entries.atom_id, entries.published, entries.updated,
        revisions.title, revisions.url, revisions.summary, revisions.content, revisions.language,
        revisions.authors, revisions.tags, revisions.enclosures, revisions.contributors, revisions.thumbnails,
        revisions.links, revisions.rights, revisions.copied_from,
        sources.url AS source_url, sources.kind AS source_kind,
        coalesce(sources.title_wanted, sources.title) AS source_title,
        sources.guid AS source_guid, sources.subtitle AS source_subtitle, sources.site_url AS source_site_url,
        sources.self_url AS source_self_url, sources.feed_updated AS source_feed_updated, sources.authors AS source_authors,
        sources.contributors AS source_contributors, sources.rights AS source_rights, sources.icon AS source_icon,
        sources.logo AS source_logo, sources.language AS source_language
    FROM entries
    JOIN sightings ON sightings.speaks_for = entries.id
    JOIN revisions ON revisions.sighting_id = sightings.id AND revisions.number = sightings.revisions
    JOIN sources ON sources.id = sightings.source_id
"""
_NEWEST = f"SELECT id FROM entries WHERE {SHOWN} {_NEWEST_FIRST} LIMIT :limit"
# by the date beside the assignment, whose index gives them in order: the cost does not grow with the category
_NEWEST_OF = f"""
    SELECT assignments.entry_id AS id FROM assignments JOIN entries ON entries.id = assignments.entry_id
    WHERE assignments.category_id = :category AND {SHOWN} ORDER BY assignments.published DESC, entries.atom_id LIMIT :limit
"""
# From where a page ended on; the date alone first, by which the index is walked.
_OLDER = f"""
    SELECT id FROM entries WHERE {SHOWN} AND entries.published <= :published
    AND (entries.published < :published OR entries.atom_id > :atom_id) {_NEWEST_FIRST} LIMIT :limit
"""
_OLDER_OF = f"""
    SELECT assignments.entry_id AS id FROM assignments JOIN entries ON entries.id = assignments.entry_id
    WHERE assignments.category_id = :category AND {SHOWN} AND assignments.published <= :published
    AND (assignments.published < :published OR entries.atom_id > :atom_id)
    ORDER BY assignments.published DESC, entries.atom_id LIMIT :limit
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

    def older(self, than: PublishedEntry, category: Category | None, limit: int) -> tuple[PublishedEntry, ...]:
        """Return the entries that come after *than* in the order of *category*, or of all; at the same cost at any depth."""
        start = {"published": than.published, "atom_id": than.atom_id, "limit": limit}
        if category is None:
            return self._published(_OLDER, **start)
        return self._published(_OLDER_OF, **start, category=category.id)

    def entry(self, entry_id: int) -> PublishedEntry:
        """Return one entry, also a hidden one."""
        (entry,) = self._published("SELECT id FROM entries WHERE id = :id", id=entry_id)
        return entry

    def entries(self, entry_ids: Collection[int]) -> tuple[PublishedEntry, ...]:
        """Return these entries, also hidden ones."""
        return self._published("SELECT id FROM entries WHERE id IN each(:entry_ids)", entry_ids=entry_ids) if entry_ids else ()

    def _published(self, ids: str, **values: Any) -> tuple[PublishedEntry, ...]:
        """Read the entries that the query *ids* chooses."""
        rows = self.connection.rows(f"{_PUBLISHED} JOIN ({ids}) AS chosen ON chosen.id = entries.id {_NEWEST_FIRST}", **values)
        return tuple(published_entry(row) for row in rows)
