"""Owns what is kept in memory of the files in a folder: each is read once, and again when it was replaced.

Knows nothing of HTTP: a name in, what was made of the file out, or ``None``.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

from msgspec import Struct

from aggregator.web.clock import this_second

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class FoundFile(Struct, frozen=True, kw_only=True):
    """A file as it was at one moment. *packed* is the file of that name with ``.gz``, if there is one.

    *modified* is in whole seconds since 1970, at the latest when it was read. The two files are written one after the other: they
    may disagree.
    """

    name: str
    body: bytes
    packed: bytes | None
    modified: int


class Sized(Protocol):
    """Something that knows how many bytes it takes in memory."""

    @property
    def size(self) -> int:
        """Bytes."""


T = TypeVar("T", bound=Sized)


class _Stamp(NamedTuple):
    """Changes whenever a file is replaced. The change time catches a copy that restores inode, size and mtime."""

    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int


class FileCache(Generic[T]):
    """Files below *root*, as *prepare* makes them, kept until they are replaced: at most *capacity* bytes of them.

    The least recently used go first. Each is a whole file as it was at one moment, since a publisher replaces files by
    renaming and we read one open file to its end. For use in one event loop; *prepare* is called in threads, one at a time.
    """

    def __init__(self, root: Path, capacity: int, prepare: Callable[[FoundFile], T]) -> None:
        self._root = f"{root}/"
        self._capacity = capacity
        self._prepare = prepare
        self._size = 0
        self._kept: OrderedDict[str, tuple[_Stamp, T]] = OrderedDict()
        # One miss at a time: after a publication all readers ask for the same file, which is then prepared once.
        self._reading = asyncio.Lock()

    async def get(self, name: str) -> T | None:
        """Return the file *name*, or ``None`` if there is none or it is a link, a folder or a device.

        Raises:
            OSError: the file is there but cannot be read.
        """
        kept = self.kept(name)
        if kept is not None:
            return kept
        if not _is_regular(self._root + name):  # asking for what is not there must not queue up before what is
            return None
        async with self._reading:
            kept = self.kept(name)
            if kept is not None:
                return kept
            # In a thread: a large feed takes longer to prepare than other clients should wait.
            made = await asyncio.to_thread(self._read, name)
            if made is None:
                return None
            self._keep(name, *made)
            return made[1]

    def kept(self, name: str) -> T | None:
        """Return the file *name* if it is in memory and still the same one."""
        kept = self._kept.get(name)
        if kept is None:
            return None
        try:
            stamp = _stamp(os.lstat(self._root + name))
        except OSError:
            stamp = None
        if kept[0] != stamp:
            self._drop(name)
            return None
        self._kept.move_to_end(name)
        return kept[1]

    def _read(self, name: str) -> tuple[_Stamp, T] | None:
        found = _read(self._root + name)
        if found is None:
            return None
        status, body = found
        packed = _read(f"{self._root}{name}.gz")
        file = FoundFile(name=name, body=body, packed=packed and packed[1], modified=min(int(status.st_mtime), this_second()))
        return _stamp(status), self._prepare(file)

    def _keep(self, name: str, stamp: _Stamp, file: T) -> None:
        self._kept[name] = (stamp, file)
        self._size += file.size
        while self._size > self._capacity:
            self._drop(next(iter(self._kept)))

    def _drop(self, name: str) -> None:
        self._size -= self._kept.pop(name)[1].size


def _read(path: str) -> tuple[os.stat_result, bytes] | None:
    """Read the regular file at *path*; ``None`` if there is no such thing."""
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
        return status, file.read()


def _stamp(status: os.stat_result) -> _Stamp:
    return _Stamp(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _is_regular(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False
