"""Owns the bytes of published files in memory, with their gzip form and entity tags.

Knows nothing of HTTP requests: a path in, a :class:`PublishedFile` or ``None`` out.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import os
import stat
from collections import OrderedDict
from email.utils import formatdate
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

if TYPE_CHECKING:
    from pathlib import Path


class Representation(Struct, frozen=True, kw_only=True):
    """Bytes as they go over the wire. *etag* is strong and quoted: the SHA-256 of exactly these bytes."""

    body: bytes
    etag: bytes


class PublishedFile(Struct, frozen=True, kw_only=True):
    """One file in all the forms it is sent in. *gzipped* is ``None`` when compressing does not make it smaller."""

    plain: Representation
    gzipped: Representation | None
    modified: int
    last_modified: bytes

    @property
    def size(self) -> int:
        """Bytes this takes in memory."""
        return len(self.plain.body) + (len(self.gzipped.body) if self.gzipped else 0)


class _Stamp(NamedTuple):
    """Changes whenever a file is replaced. The change time catches a copy that restores inode, size and mtime."""

    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int


class FileCache:
    """Files read once and kept until they are replaced, at most *capacity* bytes of them, the least recently used first out.

    Each answer is a whole file as it was at one moment, since a publisher replaces files by renaming and we read one
    open file to its end. For use in one event loop.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._size = 0
        self._kept: OrderedDict[Path, tuple[_Stamp, PublishedFile]] = OrderedDict()
        # One miss at a time: after a publication all readers ask for the same file, which is then compressed once.
        self._reading = asyncio.Lock()

    async def get(self, path: Path) -> PublishedFile | None:
        """Return the file at *path*, or ``None`` if there is none or it is a link, a folder or a device.

        Raises:
            OSError: the file is there but cannot be read.
        """
        kept = self._current(path)
        if kept is not None:
            return kept
        if not _is_regular(path):  # asking for what is not there must not queue up before what is
            return None
        async with self._reading:
            kept = self._current(path)
            if kept is not None:
                return kept
            # In a thread: a large feed takes longer to compress than other clients should wait.
            found = await asyncio.to_thread(_read, path)
            if found is None:
                return None
            self._keep(path, *found)
            return found[1]

    def _current(self, path: Path) -> PublishedFile | None:
        """Return what is kept for *path* if the file is still the same one."""
        kept = self._kept.get(path)
        if kept is None:
            return None
        try:
            stamp = _stamp(os.lstat(path))
        except OSError:
            stamp = None
        if kept[0] != stamp:
            self._drop(path)
            return None
        self._kept.move_to_end(path)
        return kept[1]

    def _keep(self, path: Path, stamp: _Stamp, file: PublishedFile) -> None:
        self._kept[path] = (stamp, file)
        self._size += file.size
        while self._size > self._capacity:
            self._drop(next(iter(self._kept)))

    def _drop(self, path: Path) -> None:
        self._size -= self._kept.pop(path)[1].size


def _read(path: Path) -> tuple[_Stamp, PublishedFile] | None:
    """Read and prepare the regular file at *path*; ``None`` if there is no such thing."""
    try:
        # O_NONBLOCK: opening a FIFO that somebody put there must not hang; O_NOFOLLOW: a link is no publication.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        if _is_regular(path):
            raise  # it is there, but we may not read it: the operator must hear of that
        return None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        return _stamp(status), prepare(file.read(), modified=int(status.st_mtime))


def prepare(body: bytes, *, modified: int) -> PublishedFile:
    """Return *body* in all the forms it is sent in; *modified* in whole seconds since 1970. Equal in, equal out."""
    # mtime=0: gzip would otherwise put the clock into the bytes, and the tag would change with it.
    packed = gzip.compress(body, compresslevel=6, mtime=0)
    return PublishedFile(
        plain=_representation(body),
        gzipped=_representation(packed) if len(packed) < len(body) else None,
        modified=modified,
        last_modified=formatdate(modified, usegmt=True).encode("ascii"),
    )


def _representation(body: bytes) -> Representation:
    return Representation(body=body, etag=b'"' + hashlib.sha256(body).hexdigest().encode("ascii") + b'"')


def _stamp(status: os.stat_result) -> _Stamp:
    return _Stamp(inode=status.st_ino, size=status.st_size, mtime_ns=status.st_mtime_ns, ctime_ns=status.st_ctime_ns)


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False
