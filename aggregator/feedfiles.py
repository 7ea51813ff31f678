"""Owns the files under the output folder: written whole or not at all, and only when their bytes change.

A reader at any moment, also during ``kill -9``, finds the old file or the new one: the bytes go to a temporary name in the
same folder, are flushed to the disk, and then take the place of the old file in one step.

Beside a file that many ask for lies its gzip form, as web servers look for it (nginx: gzip_static). Both have the same
modification time; where they have not, a run was killed between them, and the next one writes both.
"""

from __future__ import annotations

import os
import re
import zlib
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_PACKED = ".gz"
_MANY = 16  # files, from which on they are flushed by as many threads
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


class NewFile(Struct, frozen=True):
    """What the file at *path* should hold; beside *packed* ones lies their gzip form."""

    path: str
    content: bytes
    packed: bool = True


def write(root: Path, files: Sequence[NewFile]) -> list[str]:
    """See that *files* under *root* hold what they should; return the paths of those that had to be written.

    They are flushed to the disk together, since that is what takes time, and then appear one after the other, in their order.

    Raises:
        OutputError: the folder cannot be written, or something that is not a file of ours is in the way.
    """
    stale = [file for file in files if not is_there(root, file)]
    begun: list[_Begun] = []
    folders: dict[str, None] = {}
    try:
        for file in stale:
            with _told(f"{root}/{file.path}"):
                folders |= dict.fromkeys(_make_folders(root, file.path))
                begun += _begin(os.path.join(root, file.path), file)  # noqa: PTH118 - a Path for each costs as much as the file
        _flush_all(begun)
        for one in begun:
            with _told(one.target):
                os.replace(one.temporary, one.target)  # noqa: PTH105 - as above
    except BaseException:
        for one in begun:
            with suppress(OSError):
                os.unlink(one.temporary)  # noqa: PTH108 - as above
        raise
    finally:
        for one in begun:
            os.close(one.descriptor)
    for folder in folders:
        with _told(folder):
            _flush_folder(folder)
    return [file.path for file in stale]


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
    """A file under its temporary name, still open as *descriptor*."""

    descriptor: int
    temporary: str
    target: str


@contextmanager
def _told(path: str) -> Iterator[None]:
    """Tell which file could not be written, and that the old one is still there."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; the file as it was stays published") from error


def _make_folders(root: Path, path: str) -> Iterator[str]:
    """Make the folders that *path* needs; yield those whose list of names changes by that, or by the file itself."""
    root.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder = str(root)
    for part in path.split("/")[:-1]:
        within = f"{folder}/{part}"
        with suppress(FileExistsError):
            os.mkdir(within, 0o755)  # noqa: PTH102 - as above
            yield folder
        folder = within
    yield folder


def _begin(target: str, file: NewFile) -> list[_Begun]:
    """Write a file under its temporary name. Its gzip form comes first: alone, it is noticed by its time."""
    plain = _open(target)
    begun = [plain]
    try:
        _fill(plain.descriptor, file.content)
        if file.packed:
            from isal import igzip  # noqa: PLC0415 - a run that publishes nothing compresses nothing

            packed = _open(f"{target}{_PACKED}")
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


def _open(target: str) -> _Begun:
    folder, _, name = target.rpartition("/")
    temporary = f"{folder}/.{name}.{os.getpid()}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    return _Begun(os.open(temporary, flags, 0o644), temporary, target)


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
