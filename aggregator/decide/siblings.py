"""Owns which items of one source are one article, where their links are one and nothing else has told them apart yet."""

from __future__ import annotations

from typing import NamedTuple

from aggregator.decide.identity import fold


class Traits(NamedTuple):
    """What tells items of one link apart. *guid* is ``None`` where it names no single item, or only says the link again."""

    guid: str | None
    title: str
    url: str | None
    digest: bytes


def named_by(carrier: str, guid: str | None) -> str | None:
    """Return the guid of an item that goes by it."""
    return guid if carrier.startswith("guid:") else None


def says_the_same(one: Traits, other: Traits) -> bool:
    """Say whether two items have one title or one text."""
    title = fold(one.title)
    return one.digest == other.digest or (title != "" and title == fold(other.title))


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
