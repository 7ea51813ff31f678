"""Owns which items of a document are read, and how what was read of them takes its place in the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from aggregator.delta.memory import Memory, Record, digest_of, record_of, traces_of, unshared
from aggregator.delta.xmlfeed import split as split_xml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.delta.pieces import Pieces
    from aggregator.model import Identified, Parsed

_FORMAT = "2"  # another one forgets all that was remembered


class Cut(Struct, frozen=True, kw_only=True):
    """A document, and which of its items are to be read: *numbers*, from 1. *left_out* is remembered of the others."""

    pieces: Pieces
    digests: tuple[bytes, ...]
    context: bytes
    fixed: frozenset[int]
    numbers: tuple[int, ...]
    left_out: tuple[Record, ...]

    @property
    def leaves_out(self) -> int:
        """How many items are not read again."""
        return len(self.digests) - len(self.numbers)

    @property
    def document(self) -> bytes:
        """What is to be parsed: the document in UTF-8, without the items left out."""
        return self.pieces.document(self.numbers)

    def whole(self) -> Cut:
        """Return the same with no item left out."""
        return replace(self, numbers=tuple(range(1, len(self.digests) + 1)), left_out=())

    def placed(self, parsed: Parsed) -> Parsed | None:
        """Give what was *parsed* of :attr:`document` its places in the whole document.

        ``None`` if that is not what was cut out: it has a flaw, such as not being well-formed, or another number of items.
        Then only the whole document can tell.
        """
        places = {_place(position): _place(number) for position, number in enumerate(self.numbers, start=1)}
        found = [candidate.place for candidate in parsed.candidates] + [reject.place for reject in parsed.rejects]
        if parsed.flaw is not None or len(found) != len(places) or not places.keys() >= set(found):
            return None
        return replace(
            parsed,
            candidates=tuple(replace(candidate, place=places[candidate.place]) for candidate in parsed.candidates),
            rejects=tuple(replace(reject, place=places[reject.place]) for reject in parsed.rejects),
        )

    def is_sound(self, items: Sequence[Identified]) -> bool:
        """Say whether *items*, which were read, are identified as they would be beside those left out.

        They are, unless one shares its link or id with one that was left out.
        """
        absent = set(traces_of(self.left_out))
        return absent.isdisjoint(traces_of(record_of(b"", 0, item) for item in items))

    def memory(self, items: Sequence[Identified]) -> bytes:
        """What to remember once *items*, which were read and placed, are stored, for :func:`cut` of the next document.

        Items that were rejected, that share a link or an id, or on whose place in the document something depends, are not
        remembered, and so read again. Of a document that :meth:`placed` refuses nothing may be remembered.
        """
        numbers = {_place(number): number - 1 for number in self.numbers}
        read = (self._record_of(numbers[item.candidate.place], item) for item in items)
        records = {record.digest: record for record in unshared((*read, *self.left_out))}
        tied = {self.digests[number - 1] for number in self.fixed}
        remembered = {digest: records[digest] for digest in self.digests if digest in records and digest not in tied}
        return Memory(context=self.context, records=remembered).packed()

    def _record_of(self, index: int, item: Identified) -> Record:
        return record_of(self.digests[index], len(self.pieces.items[index]), item)


def cut(text: str, memory: bytes | None, *, base_url: str, content_language: str | None, rules: str) -> Cut | None:
    """Find the items of a document that have to be read: those not in *memory*, which is of the last document stored.

    Takes time linear in the length of *text*, about a hundredth of what parsing takes.

    Args:
        text: the whole document, decoded: which encoding it has may depend on any of its items.
        memory: what :meth:`Cut.memory` returned for the source's last document; empty or ``None`` if there is none.
        base_url: what relative links are relative to. With another one, nothing that is remembered counts.
        content_language: the HTTP header; as *base_url*.
        rules: what the operator declared about links, in any notation; as *base_url*.

    Returns:
        The cut; or ``None`` if it cannot be proven that items may be left out of such a document. That is: it is not
        well-formed, has a DOCTYPE, or is no feed; or something in one of its items may bear on how others are read.
    """
    pieces = _pieces(text.strip("\ufeff\0 \t\r\n"))
    around = pieces.surroundings() if pieces else None
    if pieces is None or around is None:
        return None
    context = context_digest(around.context, base_url=base_url, content_language=content_language, rules=rules)
    digests = tuple(map(digest_of, pieces.items, around.inherited))
    known = Memory.unpacked(memory)
    records = known.records if known.context == context else {}
    everything = range(1, len(digests) + 1)
    new = {number for number in everything if digests[number - 1] not in records}
    if not pieces.are_isolated(new):
        return None
    read = new | around.fixed
    return Cut(
        pieces=pieces,
        digests=digests,
        context=context,
        fixed=around.fixed,
        numbers=tuple(sorted(read)),
        left_out=tuple(records[digests[number - 1]] for number in everything if number not in read),
    )


def context_digest(context: str, *, base_url: str, content_language: str | None, rules: str) -> bytes:
    """Fingerprint all that bears on how the items of a document are read: its own *context*, and what is told with it."""
    return digest_of("\0".join((_FORMAT, base_url, content_language or "", rules, context)).encode())


def _pieces(text: str) -> Pieces | None:
    try:
        if text.startswith("{"):
            from aggregator.delta.jsonfeed import split as split_json  # noqa: PLC0415 - few feeds are JSON

            return split_json(text)
        return split_xml(text)
    except UnicodeEncodeError:  # half a surrogate pair, which no decoder gives
        return None


def _place(number: int) -> str:
    return f"item {number}"  # as parse numbers them
