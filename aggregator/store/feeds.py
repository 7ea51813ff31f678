"""Owns the SQL of feeds as they are published: what stands in a feed itself, what in its archive, and which are out of date.

The feed of everything is that of category 0.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from aggregator.model import Category, DeletedEntry
from aggregator.store.categories import EVERYTHING, Categories
from aggregator.store.facts import fact, note
from aggregator.store.statements import inserting
from aggregator.store.visibility import SHOWN, UNSEEN
from aggregator.store.withdrawals import WITHDRAWN_OF_ALL

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from aggregator.store.connection import Connection

_ALL = "SELECT id, slug, name, atom_id, revision, entry_count, newest FROM categories"
_STALE = f"{_ALL} WHERE revision <> published_revision OR published_inputs IS NULL OR published_inputs <> :inputs ORDER BY slug"
_OF_ALL = "SELECT coalesce(sum(revision), 0) FROM categories"
_PUBLISHED_ALL = "SELECT 1 FROM publications WHERE path = :path AND revision = :revision AND inputs = :inputs"
_COUNTS = "SELECT count(*) AS entry_count, max(published) AS newest FROM assignments WHERE category_id = :id"
_UNSEEN_OF = f"""
    SELECT count(*) FROM entries CROSS JOIN assignments
    WHERE {UNSEEN} AND assignments.entry_id = entries.id AND category_id = :id
"""
_NEWEST_SHOWN = f"""
    SELECT assignments.published AS newest FROM assignments JOIN entries ON entries.id = assignments.entry_id
    WHERE category_id = :id AND {SHOWN} ORDER BY assignments.published DESC LIMIT 1
"""
# What an entry looks like to a subscriber, but for its text, which never changes under the number of a revision.
_LOOKS = """
    SELECT entries.id, entries.updated, entries.atom_id, entries.published, sightings.id AS sighting_id, sightings.revisions,
        sightings.source_id
"""
_POOL = f"""
    {_LOOKS} FROM assignments JOIN entries ON entries.id = assignments.entry_id
    JOIN sightings ON sightings.speaks_for = entries.id
    WHERE assignments.category_id = :id AND assignments.page IS NULL AND {SHOWN}
"""
_POOL_OF_ALL = f"""
    {_LOOKS} FROM entries JOIN sightings ON sightings.speaks_for = entries.id
    WHERE entries.page IS NULL AND {SHOWN}
"""
_NEWEST_FIRST = ("ORDER BY assignments.published DESC, entries.atom_id", "ORDER BY entries.published DESC, entries.atom_id")
_OLDEST_FIRST = ("ORDER BY assignments.published, entries.atom_id DESC", "ORDER BY entries.published, entries.atom_id DESC")
_CROWD = f"""
    SELECT count(*) FROM assignments JOIN entries ON entries.id = assignments.entry_id
    WHERE category_id = :id AND assignments.page IS NULL AND {SHOWN}
"""
_CROWD_OF_ALL = f"SELECT count(*) FROM entries WHERE page IS NULL AND {SHOWN}"
_SOURCES = """
    SELECT id, url, kind, coalesce(title_wanted, title) AS title, guid, subtitle, site_url, self_url, authors,
        contributors, rights, icon, logo, language
    FROM sources WHERE id IN each(:ids)
"""
_OTHER_LINKS = """
    SELECT DISTINCT entry_id, url FROM sightings
    WHERE entry_id IN each(:ids) AND speaks_for IS NULL AND revisions > 0 AND url IS NOT NULL ORDER BY entry_id, url
"""
_SEAL = inserting("archives", "category_id", "page", "next_page", "updated", "sealed_at", "body")
_SEALED = "UPDATE assignments SET page = :page WHERE category_id = :category_id AND entry_id = :entry_id"
_SEALED_OF_ALL = "UPDATE entries SET page = :page WHERE id = :entry_id"
_LAST_PAGE = "SELECT page, updated FROM archives WHERE category_id = :id ORDER BY page DESC LIMIT 1"
_PAGE = "SELECT page, next_page, updated, body, revision FROM archives WHERE category_id = :id AND page = :page"
# The index of what is stale finds it.
_UNSEEN_PAGE = (
    "SELECT page FROM archives WHERE category_id = :id AND revision <> published_revision AND published_revision = -1 LIMIT 1"
)
_STALE_PAGES = "SELECT page FROM archives WHERE category_id = :id AND revision <> published_revision ORDER BY page"
_PAGES = "SELECT page FROM archives WHERE category_id = :id ORDER BY page"
# Those that stand on no page of the archive are told of here or nowhere.
_DELETED = """
    SELECT entries.atom_id, deleted_at, reason FROM tombstones JOIN entries ON entries.id = tombstones.entry_id
    WHERE category_id = :id AND tombstones.page IS {kind} ORDER BY deleted_at DESC, entries.atom_id LIMIT :limit
"""
_MOST_DELETED = 1000
_DELETED_OF = """
    SELECT tombstones.entry_id, entries.atom_id, deleted_at, reason
    FROM tombstones JOIN entries ON entries.id = tombstones.entry_id
    WHERE category_id = :id AND tombstones.entry_id IN each(:ids)
"""
_LEFT_OUT = "SELECT entry_id FROM reissues WHERE category_id = :id AND page = :page AND left_out = 1"
_PAGE_PUBLISHED = "UPDATE archives SET published_revision = :revision WHERE category_id = :category_id AND page = :page"
_CATEGORY_PUBLISHED = """
    UPDATE categories SET published_revision = :revision, published_inputs = :inputs, entry_count = :entry_count, newest = :newest
    WHERE id = :id
"""
_FRAMED = "what archives are made of"
_MOVED = """
    SELECT former_slugs.slug, categories.slug FROM former_slugs JOIN categories ON categories.id = category_id
    ORDER BY former_slugs.slug
"""


class Standing(Struct, frozen=True, kw_only=True):
    """An entry that stands in a feed itself. *looks* is equal if it looks the same to a subscriber as before.

    *carriers* are the links under which other sources carry it.
    """

    entry_id: int
    atom_id: str
    updated: datetime
    looks: tuple[Any, ...]
    carriers: tuple[str, ...]


class ArchivePage(Struct, frozen=True, kw_only=True):
    """A page of an archive, as it was when it became full. *next_page* was sealed with it; *body* is the publisher's."""

    page: int
    next_page: int | None
    updated: datetime
    body: bytes
    revision: int = 0


class Feeds(Struct, frozen=True):
    """Questions about published feeds, within one transaction. *authority* is as in :class:`Categories`."""

    connection: Connection
    authority: str

    def all(self) -> tuple[Category, ...]:
        """Return every category by slug, as it was counted when it was last published."""
        return tuple(Category(**row) for row in self.connection.rows(f"{_ALL} ORDER BY slug"))

    def everything(self, name: str) -> Category:
        """Return the feed of all entries, called *name*, as if it were a category; it changes whenever one of these does."""
        return Category(
            id=0,
            slug=EVERYTHING,
            name=name,
            atom_id=Categories(self.connection, self.authority).id_of_everything(),
            revision=int(self.connection.value(_OF_ALL)),
        )

    def stale(self, inputs: bytes) -> tuple[Category, ...]:
        """Return the categories, by slug, that changed since their files were made, or whose files were not made of *inputs*."""
        return tuple(Category(**row) for row in self.connection.rows(_STALE, inputs=inputs))

    def is_current(self, everything: Category, path: str, inputs: bytes) -> bool:
        """Say whether the feed of everything, at *path*, was made of its revision and of *inputs*."""
        return bool(self.connection.value(_PUBLISHED_ALL, path=path, revision=everything.revision, inputs=inputs))

    def counted(self, category: Category) -> tuple[int, datetime | None]:
        """Count what *category* shows, along its index; return that and the newest of the dates."""
        (row,) = self.connection.rows(_COUNTS, id=category.id)
        unseen = self.connection.value(_UNSEEN_OF, id=category.id)
        if unseen:
            shown = self.connection.row(_NEWEST_SHOWN, id=category.id)
            return row["entry_count"] - unseen, shown["newest"] if shown else None
        return row["entry_count"], row["newest"]

    def crowd(self, category: Category) -> int:
        """Count what stands in the feed itself."""
        return int(self.connection.value(_CROWD, id=category.id) if category.id else self.connection.value(_CROWD_OF_ALL))

    def standing(self, category: Category) -> tuple[Standing, ...]:
        """Return what stands in the feed itself, newest published first, then by atom:id."""
        of_all = not category.id
        return self._standing(f"{_POOL_OF_ALL if of_all else _POOL} {_NEWEST_FIRST[of_all]}", id=category.id)

    def oldest(self, category: Category, limit: int) -> tuple[Standing, ...]:
        """Return the oldest of what stands in the feed itself, the oldest first."""
        of_all = not category.id
        return self._standing(
            f"{_POOL_OF_ALL if of_all else _POOL} {_OLDEST_FIRST[of_all]} LIMIT :limit", id=category.id, limit=limit
        )

    def _standing(self, chosen: str, **values: int) -> tuple[Standing, ...]:
        rows = self.connection.rows(chosen, **values)
        source_ids = {row["source_id"] for row in rows}
        sources = {row[0]: row for row in self.connection.tuples(_SOURCES, ids=source_ids)} if source_ids else {}
        links = self._other_links([row["id"] for row in rows])
        return tuple(
            Standing(
                entry_id=row["id"],
                atom_id=row["atom_id"],
                updated=row["updated"],
                looks=(tuple(row.values()), sources[row["source_id"]], links.get(row["id"], ())),
                carriers=links.get(row["id"], ()),
            )
            for row in rows
        )

    def _other_links(self, entry_ids: Collection[int]) -> Mapping[int, tuple[str, ...]]:
        found: dict[int, tuple[str, ...]] = {}
        for entry_id, url in self.connection.tuples(_OTHER_LINKS, ids=entry_ids) if entry_ids else ():
            found[entry_id] = (*found.get(entry_id, ()), url)
        return found

    def seal(self, category: Category, pages: Sequence[tuple[ArchivePage, Collection[int]]], now: datetime) -> None:
        """Put entries, by their numbers, out of the feed itself into full pages of its archive."""
        self.connection.run_each(
            _SEAL,
            (
                {
                    "category_id": category.id,
                    "page": page.page,
                    "next_page": page.next_page,
                    "updated": page.updated,
                    "sealed_at": now,
                    "body": page.body,
                }
                for page, _ in pages
            ),
        )
        placed = ({"page": page.page, "entry_id": entry_id} for page, ids in pages for entry_id in ids)
        if category.id:
            self.connection.run_each(_SEALED, ({"category_id": category.id} | row for row in placed))
        else:
            self.connection.run_each(_SEALED_OF_ALL, placed)

    def last_page(self, category: Category) -> tuple[int, datetime] | None:
        """Return the number of the newest page of the archive, and the newest ``updated`` of all pages."""
        row = self.connection.row(_LAST_PAGE, id=category.id)
        return (row["page"], row["updated"]) if row else None

    def stale_pages(self, category: Category) -> list[int]:
        """Return the pages that were not published as they are now."""
        return self.connection.column(_STALE_PAGES, id=category.id)

    def has_unseen_pages(self, category: Category) -> bool:
        """Say whether the archive has a page that was never published."""
        return self.connection.value(_UNSEEN_PAGE, id=category.id) is not None

    def pages(self, category: Category) -> list[int]:
        """Return all pages of the archive."""
        return self.connection.column(_PAGES, id=category.id)

    def page(self, category: Category, number: int) -> ArchivePage:
        """Return a page of the archive."""
        (row,) = self.connection.rows(_PAGE, id=category.id, page=number)
        return ArchivePage(**row)

    def deleted(self, category: Category, limit: int) -> tuple[DeletedEntry, ...]:
        """Return what the feed showed and shows no more, the last first.

        Of what stands as deleted on a page of its archive, too, those are *limit*.
        """
        here = self.connection.rows(_DELETED.format(kind="NULL"), id=category.id, limit=_MOST_DELETED)
        there = self.connection.rows(_DELETED.format(kind="NOT NULL"), id=category.id, limit=limit)
        rows = sorted((*here, *there), key=lambda row: (-row["deleted_at"].timestamp(), row["atom_id"]))
        return tuple(DeletedEntry(**row) for row in rows)

    def withdrawn_at(self, category: Category) -> datetime | None:
        """Return when an entry last left the feed, or came back."""
        if category.id:
            row = self.connection.row("SELECT withdrawn_at FROM categories WHERE id = :id", id=category.id)
            return row["withdrawn_at"] if row else None
        noted = fact(self.connection, WITHDRAWN_OF_ALL)
        return datetime.fromisoformat(noted) if noted else None

    def left_out(self, category: Category, page: int) -> set[int]:
        """Return the entries that a page of the archive does not show any more, since they came back with another text."""
        return set(self.connection.column(_LEFT_OUT, id=category.id, page=page))

    def deleted_of(self, category: Category, entry_ids: Collection[int]) -> dict[int, DeletedEntry]:
        """Return which of these entries the feed showed and shows no more."""
        rows = self.connection.rows(_DELETED_OF, id=category.id, ids=entry_ids)
        return {row.pop("entry_id"): DeletedEntry(**row) for row in rows}

    def published(self, category: Category, inputs: bytes) -> None:
        """Note that the files of *category*, as it was counted, were made of its revision and of *inputs*."""
        if category.id:
            said = {"revision": category.revision, "entry_count": category.entry_count, "newest": category.newest}
            self.connection.run(_CATEGORY_PUBLISHED, id=category.id, inputs=inputs, **said)

    def published_pages(self, category: Category, pages: Sequence[tuple[int, int]]) -> None:
        """Note the revisions that pages of the archive of *category*, by number, were published in."""
        written = ({"category_id": category.id, "page": page, "revision": revision} for page, revision in pages)
        self.connection.run_each(_PAGE_PUBLISHED, written)

    def reframe(self, inputs: str) -> None:
        """Mark all pages of archives, to be published again, where they were made of others than these *inputs*."""
        if fact(self.connection, _FRAMED) == inputs:
            return
        self.connection.run("UPDATE archives SET revision = revision + 1")
        note(self.connection, _FRAMED, inputs)

    def former(self, category: Category) -> list[str]:
        """Return the slugs that a category had before."""
        return self.connection.column("SELECT slug FROM former_slugs WHERE category_id = :id ORDER BY slug", id=category.id)

    def moved(self) -> list[tuple[str, str]]:
        """Return all slugs that categories had before, each with the one it has now."""
        return [(slug, now) for slug, now in self.connection.tuples(_MOVED)]
