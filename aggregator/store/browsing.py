"""Owns the SQL of what pages ask that are made while somebody waits: each question costs the same however large the store is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.model import Category
from aggregator.model.overview import Overview
from aggregator.store.records import Publications, Quarantine
from aggregator.store.rows import source_of
from aggregator.store.sources import Sources

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.store.connection import Connection

# as counted when it was last published: to count anew takes longer than the rest of a page
_CATEGORY = """
    SELECT id, slug, name, atom_id, revision, entry_count, newest FROM categories
    WHERE slug = :slug OR id = (SELECT category_id FROM former_slugs WHERE slug = :slug)
"""
_LATEST = "SELECT * FROM sources ORDER BY disabled_reason IS NOT NULL, failures DESC, next_poll_at DESC, id LIMIT :limit"
_FAILING = "SELECT count(*) FROM sources WHERE disabled_reason IS NULL AND failures > 0"
_PER_DAY = """
    SELECT substr(CAST(published AS TEXT), 1, 10) AS day, count(*) AS number FROM entries
    WHERE published >= :since AND published <= :until GROUP BY 1
"""
# there is no index by time, and none is needed: the last rows are the last polls
_PER_HOUR = """
    SELECT substr(CAST(started_at AS TEXT), 1, 13) AS hour, count(*) AS number FROM polls
    WHERE id > (SELECT coalesce(max(id), 0) - :rows FROM polls) AND started_at >= :since GROUP BY 1
"""
_MOST_POLLS = 100_000


class Browsing(Struct, frozen=True):
    """Questions of pages, within one transaction."""

    connection: Connection

    def category(self, slug: str) -> Category | None:
        """Return the category of *slug*, also one that it had before, if there is one."""
        row = self.connection.row(_CATEGORY, slug=slug)
        return Category(**row) if row else None

    def number(self, atom_id: str) -> int | None:
        """Return the number of an entry, shown or not; ``None`` if there is none of this id."""
        number: int | None = self.connection.value("SELECT id FROM entries WHERE atom_id = :id", id=atom_id)
        return number

    def overview(self, days: datetime, hours: datetime, now: datetime, limit: int) -> Overview:
        """Tell how everything is: entries since *days*, polls since *hours*, and *limit* sources, the failing ones first."""
        per_day = self.connection.tuples(_PER_DAY, since=days, until=now)
        per_hour = self.connection.tuples(_PER_HOUR, since=hours, rows=_MOST_POLLS)
        return Overview(
            sources=tuple(source_of(row) for row in self.connection.rows(_LATEST, limit=limit)),
            total=int(self.connection.value("SELECT count(*) FROM sources")),
            enabled=Sources(self.connection).count_enabled(),
            failing=int(self.connection.value(_FAILING)),
            entries=dict(per_day),
            polls=dict(per_hour),
            quarantine=Quarantine(self.connection).count_by_code(),
            obstacles=tuple(Publications(self.connection).obstacles()),
        )
