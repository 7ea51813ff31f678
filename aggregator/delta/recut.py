"""Owns the short way to a cut of a document that is mostly remembered: what is known is neither decoded nor searched for tags.

The items follow each other in the order in which they were remembered, but for the new ones. So where an item starts, those
many bytes are fingerprinted that the next one known had; if they are that one, it ends where they end. What held of these bytes
when they were remembered still holds: that they are UTF-8 of characters that XML has, one whole item, well-formed and isolated.
The same is proven of the rest.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from typing import TYPE_CHECKING

from aggregator.delta.cut import Cut, context_digest
from aggregator.delta.memory import Memory, digest_of
from aggregator.delta.pieces import MOST_ITEMS
from aggregator.delta.xmlfeed import BASE, UnclearError, XmlPieces, around, context_of, is_end, is_legal, next_item

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.delta.memory import Record

_BLANKS = b" \t\r\n"
_NEXT = re.compile(rb"[ \t\r\n]*+<(item|entry)(?=[\s/>])")


def recut(body: bytes, memory: bytes | None, *, base_url: str, content_language: str | None, rules: str) -> Cut | None:
    """Do what :func:`~aggregator.delta.cut.cut` does with the text of *body*, as it came, for XML in UTF-8 as most is.

    The cut is the same, or ``None``: then only the long way can tell.
    """
    known = Memory.unpacked(memory)
    data = body.removeprefix(BOM_UTF8).strip(_BLANKS)
    if not known.records or data[:1] != b"<" or data[-1:] != b">":
        return None
    try:
        pieces, digests = _taken_apart(data, known.records)
    except UnclearError:
        return None
    numbers = tuple(number for number, digest in enumerate(digests, start=1) if digest not in known.records)
    found = _context(pieces, [pieces.items[number - 1] for number in numbers])
    if found is None:
        return None
    context = context_digest(found, base_url=base_url, content_language=content_language, rules=rules)
    if context != known.context:
        return None
    return Cut(
        pieces=pieces,
        digests=digests,
        context=context,
        fixed=frozenset(),
        numbers=numbers,
        left_out=tuple(known.records[digest] for digest in digests if digest in known.records),
    )


def _taken_apart(data: bytes, records: Mapping[bytes, Record]) -> tuple[XmlPieces, tuple[bytes, ...]]:
    """Find the items, and the digest of each.

    Raises:
        UnclearError: as for :func:`next_item`; or there are no items, too many, or more than blanks between them.
    """
    order = tuple(records.values())
    places = {record.digest: place for place, record in enumerate(order, start=1)}
    items, digests = list[bytes](), list[bytes]()
    name, head, end, place = b"", b"", 0, 0
    while found := next_item(data, end, name):
        name, start, after = found
        if not items:
            head = data[:start]
        elif data[end:start].strip(_BLANKS):
            raise UnclearError
        items.append(data[start:after])
        digests.append(digest_of(items[-1]))
        place = places.get(digests[-1], place)
        end = after
        while place < len(order) and (item := _expected(data, end, name, order[place])) is not None:
            end, expected = item
            items.append(expected)
            digests.append(order[place].digest)
            place += 1
        if len(items) > MOST_ITEMS:
            raise UnclearError
    if not items:
        raise UnclearError
    return XmlPieces(head=head, items=tuple(items), tail=data[end:], name=name), tuple(digests)


def _expected(data: bytes, at: int, name: bytes, record: Record) -> tuple[int, bytes] | None:
    """Return the item that follows *at*, and where it ends, if that is the item of this *record*."""
    found = _NEXT.match(data, at)
    if found is None or found[1] != name:
        return None
    start = found.start(1) - 1
    item = data[start : start + record.length]
    return (start + record.length, item) if digest_of(item) == record.digest else None


def _context(pieces: XmlPieces, new: list[bytes]) -> str | None:
    """Return the context of a document without any base; ``None`` if *new* or what is around the items is not proven."""
    rest = b"".join((pieces.head, *new, pieces.tail))
    try:
        text = rest.decode()
    except UnicodeDecodeError:
        return None
    # With a base in one of the known, the context would be another.
    if not is_legal(rest, text) or BASE in rest or not is_end(pieces.tail):
        return None
    found = around(pieces.head, pieces.name, new, pieces.tail)
    return None if found is None or found.reaches_first_item else context_of(found, mentions_base=False)
