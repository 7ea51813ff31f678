"""Owns the SQL that reads entries: for publishing, for listings, and for the story of one entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import Connection, func, or_, select

from aggregator.errors import NotFoundError
from aggregator.model import Key, PublishedEntry, Shelved, Sighting, Story
from aggregator.store.rows import published_entry
from aggregator.store.schema import assignments, categories, entries, keys, revisions, sightings, sources

if TYPE_CHECKING:
    from sqlalchemy import Select

    from aggregator.model import Category

_NEWEST_FIRST = (entries.c.published.desc(), entries.c.atom_id)


class Reading(Struct, frozen=True):
    """Questions about stored entries, within one transaction.

    Order: newest published first, then by atom:id; total, and the same whatever the order in which entries were stored.
    """

    connection: Connection

    def newest(self, limit: int) -> tuple[PublishedEntry, ...]:
        """Return the newest entries of all."""
        ids = select(entries.c.id).order_by(*_NEWEST_FIRST).limit(limit)
        return self._published(ids)

    def newest_of(self, category: Category, limit: int) -> tuple[PublishedEntry, ...]:
        """Return the newest entries of *category*."""
        # by the date beside the assignment, whose index gives them in order: the cost does not grow with the category
        of = select(assignments.c.entry_id).join(entries).where(assignments.c.category_id == category.id)
        return self._published(of.order_by(assignments.c.published.desc(), entries.c.atom_id).limit(limit))

    def search(self, words: str, limit: int) -> tuple[PublishedEntry, ...]:
        """Return the newest entries whose title holds *words*, whatever their case."""
        escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        ids = (
            select(entries.c.id)
            .join(sightings, sightings.c.speaks_for == entries.c.id)
            .where(sightings.c.title.ilike(f"%{escaped}%", escape="\\"))
        )
        return self._published(ids.order_by(*_NEWEST_FIRST).limit(limit))

    def count(self) -> int:
        """Return the number of entries."""
        return int(self.connection.execute(select(func.count()).select_from(entries)).scalar_one())

    def story(self, what: str, url_key: str | None) -> Story:
        """Return all that is known of one entry, given by its number, its atom:id, a carrier's URL or that URL's key.

        Raises:
            NotFoundError: there is none.
        """
        entry_id = self._find(what, url_key)
        if entry_id is None:
            raise NotFoundError(f"no entry is known under {what}; `aggregator entry list` shows the newest")
        row = self.connection.execute(select(entries).where(entries.c.id == entry_id)).one()
        return Story(
            entry=self._published(select(entries.c.id).where(entries.c.id == entry_id))[0],
            first_seen_at=row.first_seen_at,
            date_reason=row.date_reason,
            keys=self._keys(entry_id),
            sightings=self._sightings(entry_id),
            shelves=self._shelves(entry_id),
        )

    def _find(self, what: str, url_key: str | None) -> int | None:
        conditions = [entries.c.atom_id == what, sightings.c.url == what, keys.c.key == what]
        if what.isdecimal() and len(what) < 19:  # noqa: PLR2004 - the database's integers end there
            conditions.append(entries.c.id == int(what))
        if url_key is not None:
            conditions.append(keys.c.key == url_key)
        joined = entries.join(sightings, sightings.c.entry_id == entries.c.id).join(keys, keys.c.entry_id == entries.c.id)
        found = self.connection.execute(select(entries.c.id).select_from(joined).where(or_(*conditions)).limit(1)).scalar()
        return int(found) if found is not None else None

    def _keys(self, entry_id: int) -> tuple[Key, ...]:
        query = select(keys).where(keys.c.entry_id == entry_id).order_by(keys.c.added_at, keys.c.key)
        return tuple(Key(value=row.key, rule=row.rule, reason=row.reason) for row in self.connection.execute(query))

    def _shelves(self, entry_id: int) -> tuple[Shelved, ...]:
        query = select(categories.c.slug, categories.c.name, assignments.c.reason).join(assignments)
        found = self.connection.execute(query.where(assignments.c.entry_id == entry_id).order_by(categories.c.slug))
        return tuple(Shelved(slug=row.slug, name=row.name, reason=row.reason) for row in found)

    def _sightings(self, entry_id: int) -> tuple[Sighting, ...]:
        named = func.coalesce(sources.c.title_wanted, sources.c.title, sources.c.url).label("source_name")
        query = (
            select(sightings, sightings.c.speaks_for.is_not(None).label("speaks"), sources.c.url.label("source_url"), named)
            .join(sources)
            .where(sightings.c.entry_id == entry_id)
        )
        of_entry = query.where(sightings.c.entry_id == entry_id)
        found = self.connection.execute(of_entry.order_by(sightings.c.first_seen_at, sightings.c.id))
        return tuple(Sighting(**{name: getattr(row, name) for name in Sighting.__struct_fields__}) for row in found)

    def _published(self, ids: Select[Any]) -> tuple[PublishedEntry, ...]:
        chosen = ids.subquery()
        query = _published().join(chosen, chosen.c[0] == entries.c.id)
        return tuple(published_entry(row) for row in self.connection.execute(query.order_by(*_NEWEST_FIRST)))


def _published() -> Select[Any]:
    """Select entries with the newest text of whoever speaks for them."""
    said = [getattr(revisions.c, n) for n in ("title", "url", "summary", "content", "language", "authors", "tags", "enclosures")]
    learned = ("guid", "subtitle", "site_url", "self_url", "feed_updated", "authors", "rights", "icon", "language")
    return (
        select(
            entries.c.id,
            entries.c.atom_id,
            entries.c.published,
            entries.c.updated,
            *said,
            sources.c.url.label("source_url"),
            sources.c.kind.label("source_kind"),
            func.coalesce(sources.c.title_wanted, sources.c.title).label("source_title"),  # the operator's word first
            *(getattr(sources.c, name).label(f"source_{name}") for name in learned),
        )
        .join(sightings, sightings.c.speaks_for == entries.c.id)
        .join(revisions, (revisions.c.sighting_id == sightings.c.id) & (revisions.c.number == sightings.c.revisions))
        .join(sources, sources.c.id == sightings.c.source_id)
    )
