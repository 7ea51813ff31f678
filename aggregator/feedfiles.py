"""Owns the files under the output folder: written whole or not at all, and only when their bytes change.

A reader at any moment, also during ``kill -9``, finds the old file or the new one: the bytes go to a temporary name in the
same folder, are flushed to the disk, and then take the place of the old file in one step.

Beside a file that many ask for lies its gzip form, as web servers look for it (nginx: gzip_static). Both have the same
modification time; where they have not, a run was killed between them, and the next one writes both.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from aggregator.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable

_PACKED = ".gz"
_TEMPORARY = re.compile(r"\.[A-Za-z0-9._-]+\.[0-9]+\.tmp")


def read_published(root: Path, path: str) -> bytes | None:
    """Return the bytes of a published file, ``None`` where there is no regular file of that name.

    Raises:
        OutputError: it is there but cannot be read.
    """
    try:
        descriptor = os.open(root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, which pathlib cannot open
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise OutputError(f"cannot read {root / path}: {error.strerror}") from error


def stat_of(root: Path, path: str) -> tuple[int, int] | None:
    """Return size in bytes and modification time in nanoseconds of a published file, ``None`` where there is none."""
    try:
        found = os.lstat(root / path)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def is_packed(root: Path, path: str) -> bool:
    """Say whether beside the file at *path* lies its gzip form, written with it."""
    plain, packed = stat_of(root, path), stat_of(root, f"{path}{_PACKED}")
    return plain is not None and packed is not None and plain[1] == packed[1]


def write_if_changed(root: Path, path: str, content: bytes) -> bool:
    """See that the file at *path* under *root* holds *content*; say whether it had to be written.

    Raises:
        OutputError: the folder cannot be written, or something that is not a file of ours is in the way.
    """
    if read_published(root, path) == content:
        return False
    _write(root, path, content, None)
    return True


def write_packed(root: Path, path: str, content: bytes) -> bool:
    """Do as :func:`write_if_changed`, and keep the gzip form of *content* beside it.

    Raises:
        OutputError: as there.
    """
    if is_packed(root, path) and read_published(root, path) == content:
        return False
    from isal import igzip  # noqa: PLC0415 - a run that publishes nothing compresses nothing

    _write(root, path, content, igzip.compress(content, 2, mtime=0))  # the time would change the bytes
    return True


def remove_stale(root: Path, paths: Iterable[str]) -> None:
    """Remove temporary files that a killed run left in the folders of *paths*. Only one run at a time may call this."""
    for folder in sorted({(root / path).parent for path in paths}):
        with suppress(FileNotFoundError, NotADirectoryError):
            for entry in list(os.scandir(folder)):
                if _TEMPORARY.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                    Path(entry.path).unlink(missing_ok=True)


def _make_folders(root: Path, relative: PurePosixPath) -> None:
    if not root.is_dir():
        root.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder = root
    for part in relative.parts:
        folder = folder / part
        with suppress(FileExistsError):
            folder.mkdir(mode=0o755)
            _flush_folder(folder.parent)


def _write(root: Path, path: str, content: bytes, packed: bytes | None) -> None:
    target = root / path
    try:
        _make_folders(root, PurePosixPath(path).parent)
        _replace(target, content, packed)
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror}; the file as it was stays published") from error


def _replace(target: Path, content: bytes, packed: bytes | None) -> None:
    """Put new files in the place of old ones, the packed one first: alone, it is noticed by its time."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    temporary_packed = target.with_name(f".{target.name}{_PACKED}.{os.getpid()}.tmp")
    try:
        mtime_ns = _flushed(temporary, content, None)
        if packed is not None:
            _flushed(temporary_packed, packed, mtime_ns)
            temporary_packed.replace(target.with_name(f"{target.name}{_PACKED}"))
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        temporary_packed.unlink(missing_ok=True)
        raise
    _flush_folder(target.parent)


def _flushed(path: Path, content: bytes, mtime_ns: int | None) -> int:
    """Write a file through to the disk; return its modification time, which is *mtime_ns* if given."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        if mtime_ns is not None:
            os.utime(descriptor, ns=(mtime_ns, mtime_ns))
        os.fsync(descriptor)
        return os.fstat(descriptor).st_mtime_ns


def _flush_folder(folder: Path) -> None:
    """Make a new name durable: until its folder is flushed, a power cut may bring the old one back."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
