"""Owns what is remembered of a document until the next one: a context, and of each item its digest, length and two traces.

The traces are for identity. A link that several items of one document share is no article's identity, so an item is only
judged rightly beside all others of its link or id. Items that share one are not remembered, and so always read; and if a new
item has a trace of one that was left out, everything is read.

The digests are of a quick kind, which is made against chance and not against design: who designs two items of the same digest
can only keep the second from being read, in a feed that carries both.
"""

from __future__ import annotations

import struct
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field
from xxhash import xxh3_128_digest, xxh32_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aggregator.model import Identified

DIGEST_BYTES = 16
_TRACE_BYTES = 4  # equal by chance costs one parse of a whole document
_NO_TRACE = bytes(_TRACE_BYTES)
_RECORD = struct.Struct(f">{DIGEST_BYTES}sI{_TRACE_BYTES}s{_TRACE_BYTES}s")


class Record(NamedTuple):
    """One item: the *digest* and the *length* of its bytes, and traces of the *url* and of the *name* that may identify it."""

    digest: bytes
    length: int
    url: bytes
    name: bytes


class Memory(Struct, frozen=True, kw_only=True):
    """The *context* of a document, and a record of each item that may be left out of the next, by digest, in their order."""

    context: bytes = b""
    records: Mapping[bytes, Record] = field(default_factory=dict)

    @classmethod
    def unpacked(cls, packed: bytes | None) -> Memory:
        """Read what :meth:`packed` wrote; anything else is no memory."""
        if not packed or len(packed) % _RECORD.size != DIGEST_BYTES:
            return cls()
        records = map(Record._make, _RECORD.iter_unpack(packed[DIGEST_BYTES:]))
        return cls(context=packed[:DIGEST_BYTES], records={record.digest: record for record in records})

    def packed(self) -> bytes:
        """Write it as bytes: 16, and 28 for each item."""
        return self.context + b"".join(_RECORD.pack(*record) for record in self.records.values())


def digest_of(data: bytes, inherited: bytes = b"") -> bytes:
    """Fingerprint *data*, and what it inherits."""
    return xxh3_128_digest(data + inherited if inherited else data)


def record_of(digest: bytes, length: int, item: Identified) -> Record:
    """Note by what an item can be taken for another: its link, and its id or, where it has neither, its title."""
    guid = item.candidate.guid
    name = guid if guid is not None else _title(item) if item.url_key is None else None
    return Record(digest, length, _trace("url", item.url_key), _trace("name", name))


def _title(item: Identified) -> str:
    title = " ".join(item.candidate.title.split())
    return f"title:{title}" if title else item.name


def without(packed: bytes | None, items: Iterable[Identified]) -> bytes | None:
    """Leave *items* out of a memory, so that they are read again; and whatever shares a link or an id with one of them."""
    again = set(traces_of(record_of(b"", 0, item) for item in items))
    known = Memory.unpacked(packed)
    kept = {digest: record for digest, record in known.records.items() if again.isdisjoint(traces_of([record]))}
    return packed if len(kept) == len(known.records) else Memory(context=known.context, records=kept).packed()


def traces_of(records: Iterable[Record]) -> list[bytes]:
    """Return the traces there are."""
    return [trace for record in records for trace in (record.url, record.name) if trace != _NO_TRACE]


def unshared(records: Iterable[Record]) -> tuple[Record, ...]:
    """Leave out the records that share a trace with another."""
    all_records = tuple(records)
    traces = traces_of(all_records)
    if len(set(traces)) == len(traces):
        return all_records
    carriers = Counter(trace for record in all_records for trace in set(traces_of([record])))
    return tuple(record for record in all_records if all(carriers[trace] == 1 for trace in traces_of([record])))


def _trace(kind: str, value: str | None) -> bytes:
    return _NO_TRACE if value is None else xxh32_digest(f"{kind} {value}".encode())
