"""Owns what is remembered of the editions of a feed, so that a client of an older one can be sent what it lacks.

RFC 3229 with the manipulation ``feed`` (http://bobwyman.pubsub.com/main/2004/09/using_rfc3229_w.html): a document with those
entries only that the edition lacked which the client names by its tag. Knows nothing of HTTP.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from itertools import count
from typing import TYPE_CHECKING

import xxhash
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# An entry or a tombstone (RFC 6721) of our own documents. Text is escaped there, so nothing else looks like one.
_PIECE = re.compile(
    rb"[ \t]*(?:<entry[ >].*?</entry>|<at:deleted-entry\s[^>]*(?:/>|>.*?</at:deleted-entry>))\n?",
    re.DOTALL,
)


class Edition(Struct, frozen=True, kw_only=True):
    """One edition of a feed. *serials* number it and those before it, by their tags.

    *pieces* are its entries and tombstones, each with where it begins and ends and the number of the edition since which it has
    been there, byte for byte the same.
    """

    body: bytes
    serials: Mapping[bytes, int]
    pieces: tuple[tuple[int, int, int], ...]

    def number(self, tags: Iterable[bytes]) -> int | None:
        """Return the number of the newest edition that one of *tags* names; ``None`` if they name none that is remembered."""
        return max((self.serials[tag] for tag in tags if tag in self.serials), default=None)

    def since(self, number: int) -> bytes | None:
        """Return the document without what edition *number* had already; ``None`` if that is nothing."""
        kept, position = [], 0
        for begin, end, serial in self.pieces:
            if serial <= number:
                kept.append(self.body[position:begin])
                position = end
        return b"".join((*kept, self.body[position:])) if kept else None


class Editions:
    """The last *depth* editions of each of at most *feeds* feeds, as tags and digests: some 100 bytes an entry.

    Those of which nothing new came for longest are forgotten first.
    """

    def __init__(self, feeds: int = 2000, depth: int = 20) -> None:
        self._feeds = feeds
        self._depth = depth
        self._numbers = count(1)
        self._known: OrderedDict[str, tuple[dict[bytes, int], dict[int, int]]] = OrderedDict()

    def note(self, name: str, body: bytes, tags: tuple[bytes, ...]) -> Edition:
        """Take note that the feed *name* says *body*, which goes by *tags*. To be called in the order of editions."""
        number = next(self._numbers)
        serials, seen = self._known.pop(name, ({}, {}))
        found = [(match.start(), match.end(), xxhash.xxh3_64_intdigest(match[0])) for match in _PIECE.finditer(body)]
        first_seen = {digest: seen.get(digest, number) for _, _, digest in found}
        serials = {**serials, **dict.fromkeys(tags, number)}
        oldest = min(sorted(set(serials.values()))[-self._depth :])
        serials = {tag: serial for tag, serial in serials.items() if serial >= oldest}
        self._known[name] = (serials, first_seen)
        if len(self._known) > self._feeds:
            self._known.popitem(last=False)
        return Edition(body=body, serials=serials, pieces=tuple((begin, end, first_seen[digest]) for begin, end, digest in found))
