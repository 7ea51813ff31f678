"""The files of a seed folder: which there are, and their bytes. Knows nothing of what is in them.

A seed folder may be filled by others, so nothing in it may lead out of it or stall us: no symbolic link is followed, and
pipes and devices are never waited for.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from aggregator.errors import SeedError
from aggregator.model import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIXES = (".md", ".markdown", ".html", ".txt")
DRAFTS = "_drafts"

_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# Without O_NONBLOCK, opening a pipe waits until somebody writes to it.
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class SeedFile(NamedTuple):
    """A file that may be a seed. *path* is POSIX and relative to the folder, *size* in bytes, *mtime_ns* since the epoch."""

    path: str
    size: int
    mtime_ns: int


_Found: TypeAlias = "SeedFile | Reject | str"  # a text is the path of a folder, with a slash at its end


def scan(folder: Path) -> Iterator[SeedFile | Reject]:
    """List the seeds below *folder*, sorted by path, with what looks like one but will not be read.

    Hidden files and folders are skipped, and so are symbolic links to places within the folder: what they lead to is found
    where it is. What is in a folder ``_drafts`` is listed as such, and not looked at.

    Raises:
        SeedError: there is no such folder (``no-folder``).
    """
    if not folder.is_dir():
        raise SeedError(
            "no-folder", f"{folder}: there is no such folder; create it or correct the seed folder's path in config.yaml"
        )
    return _walk(str(folder.resolve()))


def read(folder: Path, path: str, *, max_size: int) -> bytes:
    """Return the bytes of the seed *path* below *folder*, following no symbolic link on the way.

    Raises:
        SeedError: it is longer than *max_size* bytes (``too-large``), not a regular file (``not-a-file``) or cannot be
            read (``unreadable``, with the words of the operating system).
    """
    try:
        descriptor = _open(folder, path)
        try:
            data = _bytes_of(descriptor, max_size + 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise SeedError("unreadable", f"cannot be read: {error.strerror or error}") from error
    if len(data) > max_size:
        raise SeedError("too-large", f"longer than {max_size:,} bytes; split it or raise the limit in config.yaml")
    return data


def is_draft(path: str) -> bool:
    """Say whether *path* is within a folder of drafts."""
    return f"/{DRAFTS}/" in f"/{path}"


def _walk(root: str) -> Iterator[SeedFile | Reject]:
    waiting = _list(root, "")  # a stack, not recursion: folders may be nested deeper than Python likes to go
    while waiting:
        found = waiting.pop()
        if isinstance(found, str):
            waiting.extend(_list(root, found))
        else:
            yield found


def _list(root: str, folder: str) -> list[_Found]:
    """Return what *folder* (``""`` or ending in a slash) holds, the last one first."""
    try:
        # Not by its path: that would be walked again for each file, and may have been swapped for a link.
        at = os.open(os.path.join(root, folder[:-1]), _FOLDER_FLAGS | os.O_NOFOLLOW)  # noqa: PTH118 - strings: 20,000 files
        try:
            with os.scandir(at) as entries:
                inspected = [_inspect(root, folder + entry.name, entry) for entry in entries]
        finally:
            os.close(at)
    except OSError as error:
        return [Reject(place=folder, code="unreadable", message=f"{folder}: cannot be listed: {error.strerror or error}")]
    return sorted(filter(None, inspected), key=_place, reverse=True)


def _inspect(root: str, path: str, entry: os.DirEntry[str]) -> _Found | None:
    if entry.name.startswith("."):
        return None
    if entry.is_symlink():
        return _inspect_link(root, path, entry)
    if entry.is_dir(follow_symlinks=False):
        return path + "/"
    if not _is_seed_name(entry.name):
        return None
    if is_draft(path) and path.isprintable():
        return Reject(place=path, code="draft", message=f"{path}: a draft, by its folder; it is not published")
    return _inspect_file(path, entry)


def _inspect_file(path: str, entry: os.DirEntry[str]) -> _Found | None:
    if not entry.is_file(follow_symlinks=False):
        return Reject(place=path, code="not-a-file", message=f"{path}: a pipe, socket or device; only regular files are read")
    if not path.isprintable():
        shown = path.encode(errors="surrogateescape").decode(errors="replace")
        return Reject(place=shown, code="bad-name", message=f"{shown!r}: the name is not printable UTF-8; rename the file")
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:  # removed since the folder was listed
        return None
    return SeedFile(path, status.st_size, status.st_mtime_ns)


def _inspect_link(root: str, path: str, entry: os.DirEntry[str]) -> Reject | None:
    target = os.path.realpath(os.path.join(root, path))  # noqa: PTH118 - not Path.resolve: a link to itself must not raise
    if not (_is_seed_name(entry.name) or os.path.isdir(target)):  # noqa: PTH112 - as above
        return None
    if not Path(target).is_relative_to(root):
        return Reject(place=path, code="outside", message=f"{path}: a symbolic link out of the seed folder; it is not followed")
    if not os.path.exists(target):  # noqa: PTH110 - as above
        return Reject(place=path, code="unreadable", message=f"{path}: a symbolic link to nothing; remove it")
    return None


def _is_seed_name(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)


def _place(found: _Found) -> str:
    if isinstance(found, str):
        return found
    return found.path if isinstance(found, SeedFile) else found.place


def _open(folder: Path, path: str) -> int:
    """Open *path* step by step, so that no folder on the way can be swapped for a symbolic link."""
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if not parts or ".." in parts or path.startswith("/"):
        raise SeedError("not-a-file", "not a path within the seed folder")
    at = os.open(folder, _FOLDER_FLAGS)
    try:
        for part in parts[:-1]:
            inner = os.open(part, _FOLDER_FLAGS | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = inner
        return os.open(parts[-1], _FILE_FLAGS, dir_fd=at)
    finally:
        os.close(at)


def _bytes_of(descriptor: int, most: int) -> bytes:
    """Return the bytes of a regular file, as they are now, but at most *most*."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise SeedError("not-a-file", "not a regular file; only those are read")
    step = status.st_size + 4096  # all of it at once; not *most*, since what is asked for is allocated first
    data = b""
    while (left := most - len(data)) and (piece := os.read(descriptor, min(left, step))):
        data += piece
    return data
