"""Owns which published files a bucket does not hold as they are, and their way there.

The store keeps the digest of what was put last of each file. So what a run did not get there, or did not live to note, the next
one puts; and what is there costs nothing. Files are never deleted there.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import TYPE_CHECKING

import xxhash
from msgspec import Struct

from aggregator.errors import AccessError, BucketError
from aggregator.filetypes import type_of
from aggregator.publish.files import as_published
from aggregator.publish.paths import INDEX, is_archived

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aggregator.filetypes import FileType
    from aggregator.publish.world import Publishing

    Put = Callable[[str, bytes, FileType], None]
    Row = tuple[str, bytes]  # path and digest

_AT_ONCE = 8
_TOGETHER = 64  # files whose arrival is noted at once


class Uploaded(Struct, frozen=True, kw_only=True):
    """What came of putting files into a bucket: how many are there now, how many are still missing, and why if that is known."""

    put: int = 0
    missing: int = 0
    problem: str | None = None


def upload(world: Publishing, bucket: str, connect: Callable[[], Put]) -> Uploaded:
    """Put into *bucket*, which is called so, what it does not hold as it is published; *connect* is called if that is anything.

    Pages of archives go first and the front page last, since others lead to the former and the latter leads to others.

    Raises:
        StoreError: the store cannot be read or written.
        OutputError: a published file cannot be read.
    """
    with world.store.read() as tx:
        rows = tx.publications.unput() if tx.publications.aim() == bucket else None
    if rows is None:
        with world.store.write() as tx:
            tx.publications.take_aim(bucket)
            rows = tx.publications.unput()
    if not rows:
        return Uploaded()
    try:
        put = connect()
    except (AccessError, BucketError) as error:
        return Uploaded(missing=len(rows), problem=str(error))
    count, problem = 0, None
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for some in _in_order(rows):
            done, problem = _put(world, put, pool, some)
            with world.store.write() as tx:
                tx.publications.was_put(done)
            count += len(done)
            if problem:
                break
    return Uploaded(put=count, missing=len(rows) - count, problem=problem)


def _in_order(rows: Sequence[Row]) -> list[list[Row]]:
    def rank(row: Row) -> tuple[bool, bool]:
        return not is_archived(row[0]), row[0] == INDEX

    alike = [list(group) for _, group in groupby(sorted(rows, key=rank), rank)]
    return [group[start : start + _TOGETHER] for group in alike for start in range(0, len(group), _TOGETHER)]


def _put(world: Publishing, put: Put, pool: ThreadPoolExecutor, rows: Sequence[Row]) -> tuple[list[Row], str | None]:
    """Put these files; return those that are there now, and what became of the first that is not."""

    def send(row: Row) -> bool:
        path, digest = row
        content = as_published(world.output, path)
        if content is None or xxhash.xxh3_128_digest(content) != digest:
            return False  # somebody else changed it: a later run writes it again, and puts it
        put(path, content, type_of(path))
        return True

    done, problem = [], None
    for row, future in [(row, pool.submit(send, row)) for row in rows]:
        if problem and future.cancel():
            continue
        try:
            if future.result():
                done.append(row)
        except BucketError as error:
            problem = problem or str(error)
    return done, problem
