"""Owns what is remembered of a document until the next one: a context, and of each item its digest and two traces.

The traces are for identity. A link that several items of one document share is no article's identity, so an item is only
judged rightly beside all others of its link or id. Items that share one are not remembered, and so always read; and if a new
item has a trace of one that was left out, everything is read.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aggregator.model import Identified

DIGEST_BYTES = 16
_TRACE_BYTES = 4  # equal by chance costs one parse of a whole document
_NO_TRACE = bytes(_TRACE_BYTES)
_RECORD_BYTES = DIGEST_BYTES + 2 * _TRACE_BYTES


class Record(NamedTuple):
    """One item: the *digest* of its bytes, and traces of the *url* and of the *name* that may identify it."""

    digest: bytes
    url: bytes
    name: bytes

    @property
    def traces(self) -> frozenset[bytes]:
        """The traces there are."""
        return frozenset((self.url, self.name)) - {_NO_TRACE}


class Memory(Struct, frozen=True, kw_only=True):
    """The *context* of a document, and a record of each item that may be left out of the next, by digest."""

    context: bytes = b""
    records: Mapping[bytes, Record] = field(default_factory=dict)

    @classmethod
    def unpacked(cls, packed: bytes | None) -> Memory:
        """Read what :meth:`packed` wrote; anything else is no memory."""
        if not packed or len(packed) % _RECORD_BYTES != DIGEST_BYTES:
            return cls()
        cuts = range(DIGEST_BYTES, len(packed), _RECORD_BYTES)
        records = (_unpacked(packed[start : start + _RECORD_BYTES]) for start in cuts)
        return cls(context=packed[:DIGEST_BYTES], records={record.digest: record for record in records})

    def packed(self) -> bytes:
        """Write it as bytes: 16, and 24 for each item."""
        return self.context + b"".join(b"".join(record) for record in self.records.values())


def digest_of(data: bytes, inherited: bytes = b"") -> bytes:
    """Fingerprint *data*, and what it inherits."""
    fingerprint = hashlib.blake2b(data, digest_size=DIGEST_BYTES)
    fingerprint.update(inherited)
    return fingerprint.digest()


def record_of(digest: bytes, item: Identified) -> Record:
    """Note by what an item can be taken for another: its link, and its id or, where it has neither, its name."""
    guid = item.candidate.guid
    name = guid if guid is not None else item.name if item.url_key is None else None
    return Record(digest, _trace("url", item.url_key), _trace("name", name))


def unshared(records: Iterable[Record]) -> tuple[Record, ...]:
    """Leave out the records that share a trace with another."""
    all_records = tuple(records)
    carriers = Counter(trace for record in all_records for trace in record.traces)
    return tuple(record for record in all_records if all(carriers[trace] == 1 for trace in record.traces))


def _trace(kind: str, value: str | None) -> bytes:
    if value is None:
        return _NO_TRACE
    return hashlib.blake2b(f"{kind} {value}".encode(), digest_size=_TRACE_BYTES).digest()


def _unpacked(packed: bytes) -> Record:
    names = DIGEST_BYTES + _TRACE_BYTES
    return Record(packed[:DIGEST_BYTES], packed[DIGEST_BYTES:names], packed[names:])
