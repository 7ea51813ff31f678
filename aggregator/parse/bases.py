"""Owns which ``xml:base`` is in force at the feed and at each item: its own, or that of what it stands in.

The feed library resolves links and what stands in texts, but no addresses of pictures and files. It tells the base with texts
only, and there keeps the first one of an item, or of a text in it, in force to the end of the document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.parsers import expat

from msgspec import Struct, field

from aggregator.parse.fields import absolute_url

if TYPE_CHECKING:
    from collections.abc import Mapping

_BASE = "xml:base"
_FEEDS, _ITEMS = frozenset({"feed", "channel"}), frozenset({"item", "entry"})


class Bases(Struct, frozen=True, kw_only=True):
    """Against what addresses are resolved (https://www.w3.org/TR/xmlbase/): those of the *feed*, and of each of its items."""

    document_url: str
    feed: str
    items: tuple[str, ...] = ()

    def of_items(self, number: int) -> tuple[str, ...]:
        """Return those of all items, where there are this *number* of them; else nobody knows which is whose."""
        return self.items if len(self.items) == number else (self.document_url,) * number


def bases_of(text: str, document_url: str) -> Bases:
    """Find the bases of an RSS or Atom document; where it is not well-formed, or names none, that is its URL for all."""
    if _BASE in text:
        watch = _Watch(bases=[document_url])
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = watch.start, watch.end
        try:
            parser.Parse(text.encode(errors="replace"), True)  # noqa: FBT003 - expat takes it by position
        except expat.ExpatError:
            pass
        else:
            return Bases(document_url=document_url, feed=watch.feed or document_url, items=tuple(watch.items))
    return Bases(document_url=document_url, feed=document_url)


class _Watch(Struct):
    """Follows the elements: the *bases* in force in those that are open; *item_at* is the depth of an item, if one is."""

    bases: list[str]
    feed: str | None = None
    items: list[str] = field(default_factory=list)
    item_at: int = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        base = attributes.get(_BASE)
        self.bases.append((absolute_url(self.bases[-1], base) if base else None) or self.bases[-1])
        if self.item_at:
            return
        local = name.rpartition(":")[2].lower()
        if local in _ITEMS:
            self.item_at = len(self.bases)
            self.items.append(self.bases[-1])
        elif local in _FEEDS and self.feed is None:
            self.feed = self.bases[-1]

    def end(self, _name: str) -> None:
        if self.item_at == len(self.bases):
            self.item_at = 0
        self.bases.pop()
