"""Owns the question which published files are not there any more as they were written.

To look at each costs in proportion to what is published, not to what is new. So that is done from time to time only, and at once
where one of the folders was touched by somebody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import json

from aggregator.feedfiles import is_packed, stat_of
from aggregator.publish.paths import is_archived

if TYPE_CHECKING:
    from aggregator.publish.world import Publishing
    from aggregator.store import Transaction

FOLDERS = ("feeds", "c", "categories")


def folders_of(world: Publishing) -> str:
    """Describe the folders so that the description differs once a file came, went or was replaced."""
    return json.encode([str(world.output), *(stat_of(world.output, folder) for folder in ("", *FOLDERS))]).decode()


def broken(tx: Transaction, world: Publishing) -> frozenset[str] | None:
    """Return the published files that are not as they were written; ``None`` where it is not time to look."""
    looked_at, folders = tx.publications.looked()
    if looked_at is not None and folders == folders_of(world) and world.clock() - looked_at < world.trusted_for:
        return None
    return frozenset(
        path
        for path, size, mtime_ns in tx.publications.stamps()
        if stat_of(world.output, path) != (size, mtime_ns) or not (is_archived(path) or is_packed(world.output, path))
    )
