"""Owns one file as it should be, and the two things done with it: written, or compared with what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xxhash
from msgspec import Struct

from aggregator.feedfiles import is_packed, read_published, stat_of, write_if_changed, write_packed
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

    def write(self, output: Path) -> bool:
        """See that it is there; say whether it had to be written.

        Raises:
            OutputError: it cannot be.
        """
        write = write_if_changed if is_archived(self.path) else write_packed
        return write(output, self.path, self.content)

    def is_there(self, output: Path) -> bool:
        """Say whether it is there just so.

        Raises:
            OutputError: it is there but cannot be read.
        """
        return read_published(output, self.path) == self.content and (is_archived(self.path) or is_packed(output, self.path))

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
