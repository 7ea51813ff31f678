"""Owns the SQL that reads all that is known of one entry."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.errors import NotFoundError
from aggregator.model import KnownKey, Placement, Quarantined, Revision, Shelved, Sighting, Story
from aggregator.store.reading import Reading
from aggregator.store.rows import hidden_of, revision_of
from aggregator.store.tombstones import restored
from aggregator.store.visibility import SHOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from aggregator.model import Category, PublishedEntry
    from aggregator.store.connection import Connection

_BY_NUMBER = "SELECT id FROM entries WHERE id = :number"
_BY_ID = "SELECT id FROM entries WHERE atom_id = :what"
_BY_KEY = "SELECT entry_id FROM keys WHERE key = :what OR key = :url_key ORDER BY key = :what DESC LIMIT 1"
_BY_LINK = "SELECT entry_id FROM sightings WHERE url = :what OR url_key = :url_key ORDER BY id LIMIT 1"
_ENTRY = "SELECT first_seen_at, date_reason, hidden_at, hidden_by, hidden_reason FROM entries WHERE id = :id"
_MERGED = "SELECT id, atom_id FROM entries WHERE merged_into = :id ORDER BY id"
_KEYS = "SELECT key AS value, rule, reason, added_at FROM keys WHERE entry_id = :id ORDER BY added_at, key"
_SHELVES = """
    SELECT slug, name, reason FROM categories JOIN assignments ON assignments.category_id = categories.id
    WHERE assignments.entry_id = :id ORDER BY slug
"""
_SIGHTINGS = """
    SELECT sightings.id, sources.url AS source_url, coalesce(sources.title_wanted, sources.title, sources.url) AS source_name,
        place, sightings.guid, sightings.url, url_key, url_reason, speaks_for IS NOT NULL AS speaks, verdict, rule, reason,
        revisions, sightings.title, first_seen_at, last_seen_at, ended_at
    FROM sightings JOIN sources ON sources.id = sightings.source_id
    WHERE entry_id = :id ORDER BY first_seen_at, sightings.id
"""
_REVISIONS = """
    SELECT revisions.* FROM revisions JOIN sightings ON sightings.id = revisions.sighting_id
    WHERE sightings.entry_id = :id ORDER BY revisions.sighting_id, revisions.number
"""
_QUARANTINED = """
    SELECT quarantine.id, sources.url AS source_url, quarantine.place, code, message, raw, quarantine.entry_id,
        quarantine.first_seen_at, quarantine.last_seen_at, quarantine.carrier, quarantine.dropped_at
    FROM quarantine JOIN sources ON sources.id = quarantine.source_id
"""
_ABOUT = f"""
    {_QUARANTINED} WHERE quarantine.entry_id = :id OR EXISTS (
        SELECT 1 FROM sightings WHERE sightings.entry_id = :id
        AND sightings.source_id = quarantine.source_id AND sightings.carrier = quarantine.carrier
    ) ORDER BY quarantine.first_seen_at, quarantine.id
"""
_HELD = f"""
    {_QUARANTINED} WHERE quarantine.entry_id IS NULL
    AND (quarantine.carrier IN each(:carriers) OR CAST(quarantine.item AS TEXT) LIKE :link ESCAPE '\\')
    ORDER BY quarantine.id
"""
_NEWER = f"""
    SELECT count(*) FROM entries WHERE {SHOWN} AND page IS NULL
    AND (entries.published > :published OR (entries.published = :published AND entries.atom_id < :atom_id))
"""
_NEWER_OF = f"""
    SELECT count(*) FROM assignments JOIN entries ON entries.id = assignments.entry_id
    WHERE category_id = :category AND assignments.page IS NULL AND {SHOWN} AND assignments.published >= :published
    AND (assignments.published > :published OR entries.atom_id < :atom_id)
"""
_PAGE = "SELECT page FROM entries WHERE id = :id"
_PAGE_OF = "SELECT page FROM assignments WHERE entry_id = :id AND category_id = :category"
_RENDERED = "SELECT revision, published_at FROM publications WHERE path = :path"
_SHARING = """
    SELECT DISTINCT url_key, entry_id FROM sightings WHERE url_key IN each(:url_keys) AND entry_id <> :id
    ORDER BY url_key, entry_id
"""
_LONGEST_NUMBER = 18  # digits; the database's integers end there


class Stories(Struct, frozen=True):
    """Questions about one entry, within one transaction. An entry that was merged into another leads to that."""

    connection: Connection

    def find(self, what: str, url_key: str | None) -> int:
        """Return the entry of a number, an atom:id, a carrier's URL or that URL's key.

        Raises:
            NotFoundError: there is none.
        """
        number = int(what) if what.isdecimal() and len(what) <= _LONGEST_NUMBER else None
        for sql in (_BY_NUMBER, _BY_ID, _BY_KEY, _BY_LINK):
            found = self.connection.value(sql, what=what, number=number, url_key=url_key)
            if found is not None:
                return self._survivor(found)
        raise NotFoundError(f"no entry is known under {what}; {self._held(what, url_key)}")

    def story(self, what: str, url_key: str | None) -> Story:
        """Return what is known of the entry that :meth:`find` finds.

        Raises:
            NotFoundError: there is none.
        """
        entry_id = self.find(what, url_key)
        (row,) = self.connection.rows(_ENTRY, id=entry_id)
        return Story(
            entry=Reading(self.connection).entry(entry_id),
            first_seen_at=row["first_seen_at"],
            date_reason=row["date_reason"],
            keys=tuple(KnownKey(**key) for key in self.connection.rows(_KEYS, id=entry_id)),
            sightings=tuple(
                Sighting(**sighting | {"speaks": bool(sighting["speaks"])})
                for sighting in self.connection.rows(_SIGHTINGS, id=entry_id)
            ),
            shelves=tuple(Shelved(**shelf) for shelf in self.connection.rows(_SHELVES, id=entry_id)),
            hidden=hidden_of(row),
            restored=restored(self.connection, entry_id),
            merged=tuple((merged["id"], merged["atom_id"]) for merged in self.connection.rows(_MERGED, id=entry_id)),
        )

    def history(self, entry_id: int) -> Mapping[int, tuple[Revision, ...]]:
        """Return what is kept of what each carrier said of an entry, by the carrier's id; the oldest first."""
        found: defaultdict[int, tuple[Revision, ...]] = defaultdict(tuple)
        for row in self.connection.rows(_REVISIONS, id=entry_id):
            found[row["sighting_id"]] += (revision_of(row),)
        return found

    def sharing(self, entry_id: int, url_keys: Collection[str]) -> Mapping[str, tuple[int, ...]]:
        """Return the other entries that have a link of these keys, by the key."""
        found: defaultdict[str, tuple[int, ...]] = defaultdict(tuple)
        for row in self.connection.rows(_SHARING, id=entry_id, url_keys=url_keys):
            found[row["url_key"]] += (row["entry_id"],)
        return found

    def quarantined(self, entry_id: int) -> tuple[Quarantined, ...]:
        """Return what is in quarantine about an entry or about what carries it, the oldest first."""
        return tuple(Quarantined(**row) for row in self.connection.rows(_ABOUT, id=entry_id))

    def placements(self, story: Story, categories: tuple[Category, ...], path_of: Callable[[str], str]) -> Iterator[Placement]:
        """Yield where an entry stands in the feed of each of *categories* that has it; *path_of* a slug is the feed's file."""
        reasons = {shelf.slug: shelf.reason for shelf in story.shelves}
        for category in categories:
            if category.slug not in reasons and category.id:
                continue
            page = self.connection.value(_PAGE_OF if category.id else _PAGE, id=story.entry.id, category=category.id)
            rendered = self.connection.rows(_RENDERED, path=path_of(category.slug))
            yield Placement(
                slug=category.slug,
                name=category.name,
                reason=reasons.get(category.slug),
                position=None if story.hidden or page is not None else self._newer(story.entry, category) + 1,
                page=None if story.hidden else page,
                published_at=rendered[0]["published_at"] if rendered else None,
                is_current=any(row["revision"] == category.revision for row in rendered),
            )

    def _newer(self, entry: PublishedEntry, category: Category) -> int:
        sql = _NEWER_OF if category.id else _NEWER
        here = {"published": entry.published, "atom_id": entry.atom_id} | ({"category": category.id} if category.id else {})
        return int(self.connection.value(sql, **here))

    def _survivor(self, entry_id: int) -> int:
        while (into := self.connection.value("SELECT merged_into FROM entries WHERE id = :id", id=entry_id)) is not None:
            entry_id = into
        return entry_id

    def _held(self, what: str, url_key: str | None) -> str:
        """Say where an item is that did not become an entry."""
        link = what.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        carriers = [f"guid:{what}", *([f"url:{url_key}"] if url_key else [])]
        held = self.connection.row(_HELD, carriers=carriers, link=f'%"{link}"%')
        if held is None:
            return "`aggregator entry list` shows the newest"
        what = "holds it" if held["dropped_at"] is None else "has it, dropped for good,"
        return f"quarantine {what} as row {held['id']} ({held['code']}): {held['message']}"
