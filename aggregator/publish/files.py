"""Owns one file as it should be, what is noted of it once it is published, and what can be read of it then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xxhash
from msgspec import Struct

from aggregator.errors import ObstacleError
from aggregator.feedfiles import NewFile, is_there, read_published, stat_of
from aggregator.model import Publication
from aggregator.publish.paths import is_archived

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


class File(Struct, frozen=True, kw_only=True):
    """A file as it should be. *revision* is that of what it shows; *parts* tell where in it which entries are.

    *page* is the number of a page of an archive.
    """

    path: str
    content: bytes
    revision: int
    parts: bytes | None = None
    page: int | None = None

    @property
    def new(self) -> NewFile:
        """What there should be in the output folder."""
        return NewFile(self.path, self.content, packed=not is_archived(self.path))

    def published(self, output: Path, inputs: bytes, now: datetime) -> Publication:
        """Note it as published, made of *inputs* besides what it shows."""
        _, mtime_ns = stat_of(output, self.path) or (0, 0)
        return Publication(
            path=self.path,
            digest=xxhash.xxh3_128_digest(self.content),
            size=len(self.content),
            mtime_ns=mtime_ns,
            revision=self.revision,
            inputs=inputs,
            published_at=now,
            parts=self.parts,
        )

    def is_as_published(self, output: Path) -> bool:
        """Say whether it lies there as it should."""
        try:
            return is_there(output, self.new)
        except ObstacleError:
            return False


def as_published(output: Path, path: str) -> bytes | None:
    """Return the bytes of a published file; ``None`` where there is none, or something else in its place.

    Raises:
        OutputError: it is there but cannot be read.
    """
    try:
        return read_published(output, path)
    except ObstacleError:
        return None
