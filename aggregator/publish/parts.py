"""Owns documents made of parts, one for each entry, and where in the bytes of a published file these are. Pure.

What was rendered of an entry is kept in the published file itself: as long as the entry looks the same, its part is cut out of
the old file for the new one. The parts' stamps and lengths are kept in the store, with the digest of the whole file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import xxhash
from msgspec import DecodeError, Struct, msgpack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Kept = dict[tuple[int, bytes], bytes]
"""Rendered parts by their entry's number and its stamp."""


class Part(Struct, frozen=True):
    """What was rendered of an entry; *stamp* tells from what."""

    entry_id: int
    stamp: bytes
    content: bytes


class _Index(Struct, frozen=True, array_like=True):
    """Where the parts of a document are: after *head* bytes, with *gap* bytes between two of them."""

    head: int
    gap: int
    parts: list[tuple[int, bytes, int]]


def document(frame: tuple[bytes, bytes], between: bytes, parts: Sequence[Part]) -> bytes:
    """Put a document together: what stands before the parts, these, and what stands after them."""
    head, tail = frame
    return b"".join((head, between.join(part.content for part in parts), tail))


def index(head: bytes, between: bytes, parts: Sequence[Part]) -> bytes:
    """Return where :func:`document` puts the parts."""
    rows = [(part.entry_id, part.stamp, len(part.content)) for part in parts]
    return msgpack.encode(_Index(len(head), len(between), rows))


def kept_parts(content: bytes | None, digest: bytes, index_: bytes | None) -> Kept:
    """Return the parts of a published file; none, if it is not the one of this *digest* that *index_* was made of."""
    if content is None or index_ is None or xxhash.xxh3_128_digest(content) != digest:
        return {}
    try:
        found = msgpack.decode(index_, type=_Index)
    except DecodeError:
        return {}  # as another version wrote it
    kept, at = {}, found.head
    for entry_id, stamp, length in found.parts:
        kept[entry_id, stamp] = content[at : at + length]
        at += length + found.gap
    return kept


def sealed(parts: Sequence[Part]) -> bytes:
    """Pack what a page of an archive says of its entries, as it is sealed."""
    from isal import igzip  # noqa: PLC0415 - rarely is a page full

    return bytes(igzip.compress(msgpack.encode([(part.entry_id, part.content) for part in parts]), 2, mtime=0))


def unsealed(body: bytes) -> Mapping[int, bytes]:
    """Unpack what a page of an archive says of its entries, in their order."""
    from isal import igzip  # noqa: PLC0415 - as above

    content: bytes = igzip.decompress(body)  # type: ignore[no-untyped-call]
    return dict(msgpack.decode(content, type=list[tuple[int, bytes]]))
