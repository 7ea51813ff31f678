"""RSS and Atom: owns where the items are, found by their tags alone, and which of them may be left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.delta.isolation import Isolated, isolated
from aggregator.delta.pieces import MOST_ITEMS, Surroundings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

# What begins something that tags within are no tags of, and the tags of items.
_MARKUP = re.compile(rb"<(?:!--|!\[CDATA\[|\?|!|(?P<end>/)?(?P<name>item|entry)(?=[\s/>]))")
_ENDS = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_REST_OF_TAG = re.compile(rb"(?:[^<>\"']++|\"[^<\"]*+\"|'[^<']*+')*+>")

_BETWEEN = rb"(?s)(?:\s++|<!--.*?-->)*+"
_AFTER = re.compile(rb"(?:\s++|<!--.*?-->|</[^<>]*+>)*+", re.DOTALL)

# Illegal in XML 1.0, section 2.2. They are taken out before parsing, which may join what they part.
_CONTROLS = bytes({*range(0x20)} - {*b"\t\n\r"})
_NONCHARACTERS = ("\ufffe", "\uffff")

BASE = b"xml:base"
_BASE_VALUE = BASE + rb"\s*=\s*(?:\"[^\"]*+\"|'[^']*+')"


class UnclearError(Exception):
    """It cannot be told by tags alone where items start and end."""


class XmlPieces(Struct, frozen=True, kw_only=True):
    """An XML document up to the first of its *items*, these, and what follows the last; *name* is that of their tags.

    There is nothing but blanks and comments between the items, and nothing but end tags and comments after them.
    """

    head: bytes
    items: tuple[bytes, ...]
    tail: bytes
    name: bytes

    def document(self, numbers: Collection[int]) -> bytes:
        """Join the items of these *numbers* to a feed."""
        return self.head + b"\n".join(self._chosen(numbers)) + self.tail

    def surroundings(self) -> Surroundings | None:
        """Return what all items inherit, and what the first ``xml:base`` within an item leaves to all after it."""
        found = self._isolated(())
        if found is None:
            return None
        with_base = [number for number, item in enumerate(self.items, start=1) if BASE in item]
        inherited = [b""] * len(self.items)
        fixed = {1} if found.reaches_first_item else set()
        if with_base and not found.has_base:
            first = with_base[0]
            fixed.add(first)
            base = re.search(_BASE_VALUE, self.items[first - 1])
            inherited[first:] = [base[0] if base else b""] * (len(self.items) - first)
        # Whether the document mentions a base anywhere decides whether links are resolved everywhere (parse.syndication).
        mentions_base = bool(with_base) or BASE in self.head or BASE in self.tail
        context = context_of(found, mentions_base)
        return Surroundings(context=context, inherited=tuple(inherited), fixed=frozenset(fixed))

    def are_isolated(self, numbers: Collection[int]) -> bool:
        """Prove it, by a look at every element."""
        found = self._isolated(numbers)
        if found is None or found.has_base:
            return found is not None
        told = zip(self._chosen(numbers), found.bases[1:], strict=True)
        return all(item.count(BASE) == len(bases) and len(set(bases)) <= 1 for item, bases in told)

    def _isolated(self, numbers: Collection[int]) -> Isolated | None:
        return around(self.head, self.name, self._chosen(numbers), self.tail)

    def _chosen(self, numbers: Collection[int]) -> list[bytes]:
        return [self.items[number - 1] for number in sorted(numbers)]


def split(text: str) -> XmlPieces | None:
    """Take an XML document apart; ``None`` where tags alone do not tell the items from the rest, or there are too many."""
    document = text.encode()
    if not is_legal(document, text):
        return None
    found = _spans(document)
    if found is None:
        return None
    name, spans = found
    ends = [end for _, end in spans]
    starts = [start for start, _ in spans]
    gaps = (document[end:start] for end, start in zip(ends, starts[1:], strict=False))
    tail = document[ends[-1] :]
    if not all(_is_empty(gap) for gap in gaps) or not is_end(tail):
        return None
    items = tuple(document[start:end] for start, end in spans)
    return XmlPieces(head=document[: starts[0]], items=items, tail=tail, name=name)


def around(head: bytes, name: bytes, items: Iterable[bytes], tail: bytes) -> Isolated | None:
    """Return what is around *items*, tags of which have this *name*, in a document of these parts; ``None`` if unproven."""
    return isolated(head, [b"<%b/>" % name, *items], tail)


def context_of(found: Isolated, mentions_base: bool) -> str:  # noqa: FBT001 - whether "xml:base" is anywhere in the document
    """Name all that bears on how each item is read."""
    return f"xml\0{mentions_base}\0{found.context}"


def is_legal(document: bytes, text: str) -> bool:
    """Say whether a *document*, and its *text*, has only characters that XML has."""
    return len(document.translate(None, _CONTROLS)) == len(document) and not any(sign in text for sign in _NONCHARACTERS)


def is_end(tail: bytes) -> bool:
    """Say whether *tail* may follow the last item: blanks, comments and end tags."""
    return _AFTER.fullmatch(tail) is not None


def _is_empty(gap: bytes) -> bool:
    # A comment may not hold the one word that parse looks for in the text of the whole document.
    return not gap.strip() or (re.fullmatch(_BETWEEN, gap) is not None and BASE not in gap)


def _spans(document: bytes) -> tuple[bytes, list[tuple[int, int]]] | None:
    """Find the name of the items' tags, and where each item starts and ends."""
    name, spans, at = b"", list[tuple[int, int]](), 0
    try:
        while found := next_item(document, at, name):
            name, start, at = found
            spans.append((start, at))
            if len(spans) > MOST_ITEMS:
                return None
    except UnclearError:
        return None
    return (name, spans) if spans else None


def next_item(document: bytes, at: int, name: bytes) -> tuple[bytes, int, int] | None:
    """Find the first item from *at* on, where no item is open: the name of its tags, where it starts and where it ends.

    *name* is that of the items before it, empty if there are none; tags of other names are none of items.

    Raises:
        UnclearError: tags alone do not tell. Items within items are not understood.
    """
    start = None
    while found := _MARKUP.search(document, at):
        tag = found["name"]
        if tag is None:
            end = _ENDS.get(found[0])
            at = document.find(end, found.end()) + len(end) if end else 0
            if at < found.end():
                raise UnclearError
            continue
        rest = _REST_OF_TAG.match(document, found.end())
        if rest is None:
            raise UnclearError
        at = rest.end()
        name = name or tag
        if tag != name:
            continue
        if (start is None) == bool(found["end"]):
            raise UnclearError
        if found["end"] or document[at - 2 : at] == b"/>":
            return name, found.start() if start is None else start, at
        start = found.start()
    if start is not None:
        raise UnclearError
    return None
