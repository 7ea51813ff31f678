"""Owns which items of one source are one article, where their links are one and nothing else has told them apart yet.

So it is with items of one guid that have no link, and with those that have neither. All items of a document that share a link, a
guid or, without either, a title are read (``delta``).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.decide.identity import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from aggregator.model import Identified, KnownSighting


class Traits(Struct, frozen=True):
    """What tells items of one link apart. *guid* is ``None`` where it names no single item, or only says the link again."""

    guid: str | None
    title: str
    url: str | None
    digest: bytes
    published: datetime | None = None


def named_by(carrier: str, guid: str | None) -> str | None:
    """Return the guid of an item that goes by it."""
    return guid if carrier.startswith("guid:") else None


def together(url_key: str | None, guid: str | None = None) -> tuple[str | None, str | None]:
    """Return what items have in common that may be one: their link, or their guid without one; or that they have neither."""
    return (url_key, None) if url_key is not None else (None, guid)


class Titles:
    """Which titles tell items apart that have a link or guid in common: those that no two of them have, then or now.

    Without a guid it is the title of a day, where a date is given.
    """

    def __init__(self, items: Sequence[Identified], sightings: Mapping[str, KnownSighting]) -> None:
        self._items = items
        self._sightings = sightings
        self._shared: set[object] | None = None

    def tell(self, item: Identified) -> bool:
        """Say whether the title of an item is of no other: where all are called “Release”, it says nothing."""
        if self._shared is None:  # which few documents need to know
            self._shared = self._find_shared()
        candidate = item.candidate
        date = candidate.published if candidate.guid is None else None
        return (together(item.url_key, candidate.guid), fold(candidate.title), date) not in self._shared

    def _find_shared(self) -> set[object]:
        of_items: dict[object, set[str]] = defaultdict(set)
        of_entries: dict[object, set[int]] = defaultdict(set)
        for item in self._items:
            candidate = item.candidate
            for sign in _signs(together(item.url_key, candidate.guid), candidate.title, candidate.published):
                of_items[sign].add(item.carrier)
        for s in self._sightings.values():
            for sign in _signs(together(s.url_key, s.guid), s.title, s.published):
                of_entries[sign].add(s.entry_id)
        return {key for found in (of_items, of_entries) for key, names in found.items() if len(names) > 1}


def _signs(common: object, title: str, published: datetime | None) -> Iterator[object]:
    """Yield what looks for a title find it by: with and without its date."""
    yield common, fold(title), None
    if published is not None:
        yield common, fold(title), published


def says_the_same(one: Traits, other: Traits) -> bool:
    """Say whether two items have one text, or one title and, where neither has a guid, no two dates."""
    if is_same_text(one, other):
        return True
    dates = {one.published, other.published} - {None} if one.guid is other.guid is None else ()
    title = fold(one.title)
    return title != "" and title == fold(other.title) and len(dates) < 2  # noqa: PLR2004 - two


def is_same_text(one: Traits, other: Traits) -> bool:
    """Say whether two items have one text, title included."""
    return one.digest == other.digest


def is_same_item(one: Traits, other: Traits) -> bool:
    """Say whether two items of one canonical link are one article. When in doubt they are two."""
    if (one.guid is not None and one.guid == other.guid) or says_the_same(one, other):
        return True
    if _fragment(one.url) != _fragment(other.url):
        return False  # two places of one page
    return one.guid is None or other.guid is None or _counts_edits(one.guid, other.guid)


def _counts_edits(guid: str, other: str) -> bool:
    """Say whether guids differ in what stands behind the ``#`` only, as the BBC's do after each edit."""
    stem, mark, _ = guid.partition("#")
    other_stem, other_mark, _ = other.partition("#")
    return bool(stem and mark and other_mark) and stem == other_stem


def _fragment(url: str | None) -> str:
    return (url or "").partition("#")[2]
