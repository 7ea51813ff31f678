"""Owns the SQL of the search index: what it still lacks, and which entries have what a query asks for.

The index knows revisions, which never change, by the terms of their text; so nothing is ever taken out of it. Which revision an
entry shows, and whether it is shown, is asked when somebody searches. A revision's number in the index begins with the date of
its entry: the index itself then gives the newest first, and a page of them costs the same however many there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.store.facts import fact, hold, note
from aggregator.store.reading import Reading
from aggregator.store.visibility import SHOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from aggregator.model import Category, PublishedEntry
    from aggregator.store.connection import Connection
    from aggregator.terms import Phrase

_MARK = "searchable up to revision"
_BEHIND = "SELECT count(*) FROM revisions WHERE id > :mark"
_WAITING = """
    SELECT revisions.id, revisions.title, coalesce(revisions.content, revisions.summary, '') AS html, entries.published
    FROM revisions JOIN sightings ON sightings.id = revisions.sighting_id JOIN entries ON entries.id = sightings.entry_id
    WHERE revisions.id > :mark ORDER BY revisions.id LIMIT :limit
"""
_KEEP = "INSERT INTO searchable (rowid, words) VALUES (:rowid, :words)"
# The lower bits of a number are the revision's, the upper ones the seconds of the date. A cross join, since SQLite then walks the
# index in its order, as far as the page goes.
_REVISION_BITS, _DATE_BITS = 31, 32
_NEWEST = (1 << (_REVISION_BITS + _DATE_BITS)) - 1
_FOUND = f"""
    SELECT searchable.rowid AS number, entries.id FROM searchable
    CROSS JOIN revisions
    JOIN sightings ON sightings.id = revisions.sighting_id AND sightings.revisions = revisions.number
    JOIN entries ON entries.id = sightings.speaks_for
    WHERE searchable.words {{matches}} :asked AND searchable.rowid < :before
    AND revisions.id = (searchable.rowid & {(1 << _REVISION_BITS) - 1}) AND {SHOWN} {{further}}
    ORDER BY searchable.rowid DESC LIMIT :limit
"""
_OF_CATEGORY = "AND EXISTS (SELECT 1 FROM assignments WHERE entry_id = entries.id AND category_id = :category)"


class Spelling(Struct, frozen=True, kw_only=True):
    """How a database is told of terms: as the *words* of a text, and as the *phrases* that it *matches* these with."""

    matches: str
    words: Callable[[Sequence[str]], str]
    phrases: Callable[[Sequence[Phrase]], str]


class Unread(Struct, frozen=True, kw_only=True):
    """A revision whose text the index does not know. *published* is the date of its entry."""

    id: int
    title: str
    html: str
    published: datetime


class Hit(Struct, frozen=True, kw_only=True):
    """An entry that was found. Its *number* in the index is where the next page begins."""

    number: int
    entry: PublishedEntry


class Searching(Struct, frozen=True):
    """The search index, within one transaction."""

    connection: Connection

    def behind(self) -> int:
        """Return how many revisions the index does not know yet."""
        mark = int(fact(self.connection, _MARK) or 0)
        return int(self.connection.value(_BEHIND, mark=mark))

    def waiting(self, limit: int) -> list[Unread]:
        """Return the oldest of them; within a transaction that writes, so that nobody else takes the same ones."""
        # for one at a time: whoever comes second waits here, and then goes on from where the first one stopped
        mark = int(hold(self.connection, _MARK, "0"))
        return [Unread(**row) for row in self.connection.rows(_WAITING, mark=mark, limit=limit)]

    def keep(self, terms: Mapping[Unread, Sequence[str]]) -> None:
        """Take into the index what :meth:`waiting` returned, by its *terms*."""
        words = self.connection.dialect.spelling.words
        # FTS5 writes what it gathered each time that a number is lower than the last one
        rows = sorted((_number(text), words(said)) for text, said in terms.items())
        self.connection.run_each(_KEEP, ({"rowid": number, "words": said} for number, said in rows))
        note(self.connection, _MARK, str(max(text.id for text in terms)))

    def find(
        self, phrases: Sequence[Phrase], *, limit: int, before: int | None = None, category: Category | None = None
    ) -> tuple[Hit, ...]:
        """Return the newest entries that have all *phrases*, *before* a number, of a *category* if one is given."""
        spelling = self.connection.dialect.spelling
        found = self.connection.rows(
            _FOUND.format(matches=spelling.matches, further=_OF_CATEGORY if category else ""),
            asked=spelling.phrases(phrases),
            before=_NEWEST if before is None else min(max(before, 0), _NEWEST),
            limit=limit,
            **{"category": category.id} if category else {},
        )
        entries = {entry.id: entry for entry in Reading(self.connection).entries({row["id"] for row in found})}
        return tuple(Hit(number=row["number"], entry=entries[row["id"]]) for row in found)


def _number(text: Unread) -> int:
    seconds = min(max(int(text.published.timestamp()), 0), (1 << _DATE_BITS) - 1)
    return seconds << _REVISION_BITS | text.id
