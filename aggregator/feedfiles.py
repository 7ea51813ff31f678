"""Owns the files under the output folder: written whole or not at all, and only when their bytes change.

A reader at any moment, also during ``kill -9``, finds the old file or the new one: the bytes go to a temporary name in the
same folder, are flushed to the disk, and then take the place of the old file in one step.

Beside a file that many ask for lies its gzip form, as web servers look for it (nginx: gzip_static). Both have the same
modification time; where they have not, a run was killed between them, and the next one writes both.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import zlib
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.errors import ObstacleError, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

_PACKED = ".gz"
_MANY = 16  # files, from which on they are flushed by as many threads
_TEMPORARY = re.compile(r"\.[A-Za-z0-9._-]+\.[0-9]+\.tmp")
# What comes of a thing in the way of one file: a folder, a link, rights of its own. All else concerns every file.
_IN_THE_WAY = {errno.EISDIR, errno.ENOTDIR, errno.ELOOP, errno.EEXIST, errno.ENOTEMPTY, errno.EACCES, errno.EPERM}


def read_published(root: Path, path: str) -> bytes | None:
    """Return the bytes of a published file, ``None`` where there is no regular file of that name.

    Raises:
        OutputError: it is there but cannot be read; an ObstacleError, if that is its own fault.
    """
    try:
        descriptor = os.open(root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, which pathlib cannot open
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _kind_of(error)(f"cannot read {root / path}: {error.strerror}") from error


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


class NewFile(Struct, frozen=True):
    """What the file at *path* should hold; beside *packed* ones lies their gzip form."""

    path: str
    content: bytes
    packed: bool = True


class Written(Struct, frozen=True):
    """What came of writing files: the *paths* of those that had to be, and by its path why one could not be."""

    paths: tuple[str, ...] = ()
    obstacles: Mapping[str, str] = {}


def prepare(root: Path, folders: Iterable[str]) -> None:
    """See that there are *root* and the *folders* in it, and that files can be made there.

    Raises:
        OutputError: there is one that cannot be made, or not be written to.
    """
    for folder in (root, *(root / name for name in folders)):
        try:
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"cannot make the folder {folder}: {error.strerror}") from error
        if not os.access(folder, os.W_OK | os.X_OK):
            raise OutputError(f"cannot write to the folder {folder}; what is there stays published")


def write(root: Path, files: Sequence[NewFile]) -> Written:
    """See that *files* under *root* hold what they should.

    They are flushed to the disk together, since that is what takes time, and then appear one after the other, in their order.
    Where something is in the way of one, which is not a file of ours, the others are written.

    Raises:
        OutputError: the folder cannot be written; none of *files* is.
    """
    stale: list[str] = []
    begun: list[_Begun] = []
    folders: dict[str, None] = {}
    obstacles: dict[str, str] = {}
    try:
        for file in files:
            with _passed(obstacles, file.path):
                if is_there(root, file):
                    continue
                stale.append(file.path)
                with _told(f"{root}/{file.path}"):
                    made = dict.fromkeys(_make_folders(root, file.path))
                    begun += _begin(root, file)
                    folders |= made
        _flush_all(begun)
        for one in begun:
            with _passed(obstacles, one.path), _told(one.target):
                if one.path not in obstacles:  # nor does its gzip form appear alone
                    os.replace(one.temporary, one.target)  # noqa: PTH105 - as above
    finally:
        for one in begun:
            os.close(one.descriptor)
            with suppress(OSError):  # most have their names by now
                os.unlink(one.temporary)  # noqa: PTH108 - as above
    for folder in folders:
        with _told(folder):
            _flush_folder(folder)
    return Written(tuple(path for path in stale if path not in obstacles), obstacles)


def is_there(root: Path, file: NewFile) -> bool:
    """Say whether a file holds just what it should, and its gzip form was written with it.

    Raises:
        OutputError: it is there but cannot be read.
    """
    return (not file.packed or _is_packed_right(root, file)) and read_published(root, file.path) == file.content


def _is_packed_right(root: Path, file: NewFile) -> bool:
    """Say whether the gzip form was written with its file, and ends as one of these bytes does (RFC 1952, section 2.3.1)."""
    end = zlib.crc32(file.content).to_bytes(4, "little") + len(file.content).to_bytes(8, "little")[:4]
    return is_packed(root, file.path) and (read_published(root, f"{file.path}{_PACKED}") or b"").endswith(end)


def remove_stale(root: Path, folders: Iterable[str]) -> None:
    """Remove temporary files that a killed run left in *root*, and anywhere in its *folders*. Only for one run at a time."""
    ours = [(str(root), [entry.name for entry in os.scandir(root)])] if root.is_dir() else []
    ours += ((within, names) for folder in folders for within, _, names in os.walk(root / folder))
    for within, names in ours:
        for name in names:
            if _TEMPORARY.fullmatch(name):
                with suppress(FileNotFoundError):
                    os.unlink(f"{within}/{name}")  # noqa: PTH108 - as above


class _Begun(Struct, frozen=True):
    """A file, or the gzip form of one, under its temporary name, still open as *descriptor*. *path* is that of the file."""

    path: str
    descriptor: int
    temporary: str
    target: str


@contextmanager
def _told(path: str) -> Iterator[None]:
    """Tell which file could not be written, and that what is there stays there."""
    try:
        yield
    except OSError as error:
        raise _kind_of(error)(f"cannot write {path}: {error.strerror}; what is there stays as it was") from error


@contextmanager
def _passed(obstacles: dict[str, str], path: str) -> Iterator[None]:
    """Note what is in the way of one file, and go on."""
    try:
        yield
    except ObstacleError as error:
        obstacles[path] = str(error)


def _kind_of(error: OSError) -> type[OutputError]:
    return ObstacleError if error.errno in _IN_THE_WAY else OutputError


def _make_folders(root: Path, path: str) -> Iterator[str]:
    """Make the folders that *path* needs; yield those whose list of names changes by that, or by the file itself."""
    root.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder = str(root)
    for part in path.split("/")[:-1]:
        within = f"{folder}/{part}"
        try:
            os.mkdir(within, 0o755)  # noqa: PTH102 - as above
        except FileExistsError:
            if not os.path.isdir(within):  # noqa: PTH112 - as above
                raise ObstacleError(f"cannot write {root}/{path}: {within} is no folder; move it away") from None
        else:
            yield folder
        folder = within
    yield folder


def _begin(root: Path, file: NewFile) -> list[_Begun]:
    """Write a file under its temporary name. Its gzip form comes first: alone, it is noticed by its time."""
    target = os.path.join(root, file.path)  # noqa: PTH118 - a Path for each costs as much as the file
    plain = _open(file.path, target)
    begun = [plain]
    try:
        _fill(plain.descriptor, file.content)
        if file.packed:
            from isal import igzip  # noqa: PLC0415 - a run that publishes nothing compresses nothing

            packed = _open(file.path, f"{target}{_PACKED}")
            begun.insert(0, packed)
            _fill(packed.descriptor, igzip.compress(file.content, 2, mtime=0))  # the time would change the bytes
            mtime_ns = os.fstat(plain.descriptor).st_mtime_ns
            os.utime(packed.descriptor, ns=(mtime_ns, mtime_ns))
    except BaseException:
        for one in begun:
            os.close(one.descriptor)
            os.unlink(one.temporary)  # noqa: PTH108 - as above
        raise
    return begun


def _open(path: str, target: str) -> _Begun:
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(os.lstat(target).st_mode):
            raise ObstacleError(f"cannot write {target}: something that is no file is there; move it away")
    folder, _, name = target.rpartition("/")
    temporary = f"{folder}/.{name}.{os.getpid()}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    return _Begun(path, os.open(temporary, flags, 0o644), temporary, target)


def _fill(descriptor: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]


def _flush_all(begun: Sequence[_Begun]) -> None:
    """Flush files to the disk: many at a time, where there are many, so that the disk can do it in one go."""
    if len(begun) <= _MANY:
        for one in begun:
            _flush(one)
        return
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - 5 ms, and most rounds write few files

    with ThreadPoolExecutor(_MANY) as pool:
        list(pool.map(_flush, begun))


def _flush(one: _Begun) -> None:
    with _told(one.target):
        os.fsync(one.descriptor)


def _flush_folder(folder: str) -> None:
    """Make new names durable: until their folder is flushed, a power cut may bring the old ones back."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
