"""Owns the SQL of what the next document of a feed is read with: apart from its source, which every poll reads and writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.model import Memory
from aggregator.store.rows import memory_of, memory_row
from aggregator.store.statements import inserting

if TYPE_CHECKING:
    from aggregator.model import Source
    from aggregator.store.connection import Connection

_FIND = "SELECT seen_items, appearances FROM memories WHERE source_id = :source"
_KEEP = (
    inserting("memories", "source_id", "seen_items", "appearances")
    + " ON CONFLICT (source_id) DO UPDATE SET seen_items = excluded.seen_items, appearances = excluded.appearances"
)
_FORGET = "UPDATE memories SET seen_items = NULL WHERE source_id = :source"


class Memories(Struct, frozen=True):
    """Questions about what is remembered of documents, within one transaction."""

    connection: Connection

    def find(self, source: Source) -> Memory:
        """Return what is remembered of a feed's documents, which may be nothing."""
        row = self.connection.row(_FIND, source=source.id)
        return memory_of(row) if row else Memory()

    def keep(self, source: Source, memory: Memory) -> None:
        """Remember this instead of what was remembered."""
        self.connection.run(_KEEP, source_id=source.id, **memory_row(memory))

    def forget_items(self, source: Source) -> None:
        """Let the next document be read whole."""
        self.connection.run(_FORGET, source=source.id)
