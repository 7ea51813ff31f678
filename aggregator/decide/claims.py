"""Owns the keys to which a sighting has a claim: those by which it was filed, and what becomes of each by other rules.

A link is no article's identity where several items of a source share it. That stays so for links told apart before; where other
rules give one link to items of a source that had two, they are told apart unless their names say that they are one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from aggregator.decide.identity import fold, named, title_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from aggregator.model.rekeying import Carried, KeyRow

    Canonical = Callable[[str], str | None]


class Claim(NamedTuple):
    """A key that a sighting was filed by, and the one that stands in its place."""

    old: str
    new: str


class Spelling(NamedTuple):
    """What rules make of a sighting: the key of its link, and the name that stands beside it where the link is shared.

    A name of ``""`` says that the link alone is the key, ``None`` that it stays as it was.
    """

    url_key: str | None
    name: str | None


def spell(sightings: Sequence[Carried], becomes: Canonical) -> list[Spelling]:
    """Return how each of *sightings* is written now."""
    links = [s.url_key if s.url is None else becomes(s.url) or s.url_key for s in sightings]
    changed: dict[tuple[int, str], list[int]] = {
        (s.source_id, side): []
        for s, link in zip(sightings, links, strict=True)
        if link != s.url_key
        for side in (link, s.url_key)
        if side is not None
    }
    for at, (s, link) in enumerate(zip(sightings, links, strict=True)):
        if link is not None and not s.is_seed and (together := changed.get((s.source_id, link))) is not None:
            together.append(at)
    names: dict[int, str | None] = {}
    for together in changed.values():
        ordered = sorted(together, key=lambda at: (sightings[at].first_seen_at, sightings[at].id))
        told = _told_apart([sightings[at] for at in ordered])
        names.update(zip(ordered, told, strict=True))
    return [Spelling(link, names.get(at)) for at, link in enumerate(links)]


def claims(
    sightings: Sequence[Carried], spellings: Sequence[Spelling], keys: Iterable[KeyRow], was: Canonical, becomes: Canonical
) -> Iterator[list[Claim]]:
    """Yield the claims of each of *sightings*; one of which we keep no text has none, and goes with its entry."""
    plain: dict[str, int] = {}
    named: Mapping[tuple[int, str], list[str]] = defaultdict(list)
    for key in keys:
        if key.rule == "url":
            plain[key.value] = key.entry_id
        elif key.rule.startswith("url+"):
            link, _, name = key.value.partition(" ")
            named[key.entry_id, link].append(name)
    for s, spelling in zip(sightings, spellings, strict=True):
        found: list[Claim] = []
        if s.heard and s.url is not None and spelling.url_key is not None:
            for old in dict.fromkeys((s.url_key, was(s.url))):
                found += _claimed(old, spelling, s, plain, named)
            for link in s.older:
                new = Spelling(becomes(link), None)
                found += _claimed(was(link), new, s, plain, named) if new.url_key else ()
        yield found


def _claimed(
    old: str | None, new: Spelling, s: Carried, plain: Mapping[str, int], named: Mapping[tuple[int, str], Sequence[str]]
) -> Iterator[Claim]:
    if old is None:
        return
    if plain.get(old) == s.entry_id:
        yield Claim(old, f"{new.url_key} {new.name}" if new.name else new.url_key or old)
    for name in named.get((s.entry_id, old), ()):
        yield Claim(f"{old} {name}", new.url_key or old if new.name == "" else f"{new.url_key} {name}")


def _told_apart(together: Sequence[Carried]) -> list[str | None]:
    """Say by what name each sighting of one source that has one link now is told from the others; the oldest comes first."""
    articles = _articles(together)
    of_link: dict[str | None, set[int]] = defaultdict(set)
    of_document: dict[datetime, set[int]] = defaultdict(set)
    for s, article in zip(together, articles, strict=True):
        of_link[s.url_key].add(article)
        of_document[s.first_seen_at].add(article)
    guids = Counter(s.guid for s in together)
    names: dict[int, str | None] = {}
    is_shared, last_seen_at = False, None
    plain: list[Carried] = []
    for s, article in zip(together, articles, strict=True):
        if article not in names:
            were_together = len(of_document[s.first_seen_at]) > 1 or (last_seen_at and last_seen_at >= s.first_seen_at)
            if len(of_link[s.url_key]) > 1:
                names[article] = None  # told apart before, under another link
            elif is_shared or were_together or not all(_alike(s, other) for other in plain):
                # when items met is not always known: what did not change in a document is not noted as seen again
                names[article] = _name(s, guids)
            else:
                names[article] = ""
        if names[article] == "":
            plain.append(s)
        is_shared = is_shared or names[article] != ""
        last_seen_at = max(last_seen_at or s.last_seen_at, s.last_seen_at)
    return [names[article] for article in articles]


def _alike(one: Carried, other: Carried) -> bool:
    """Whether the names of two sightings of one source say that they are one article: title, or guid up to a ``#``."""
    if one.guid and other.guid and one.guid.partition("#")[0] == other.guid.partition("#")[0]:
        return True
    title = fold(one.title)
    return bool(title) and title == fold(other.title)


def _articles(together: Sequence[Carried]) -> list[int]:
    """Number the articles that sightings of one source are: one, if they are filed as one, or say the same to the letter."""
    numbers: dict[object, int] = {}
    found = []
    for at, s in enumerate(together):
        marks: list[object] = [s.entry_id, s.digest, *([(s.guid, s.title)] if s.guid and s.title else ())]
        number = next((numbers[mark] for mark in marks if mark in numbers), at)
        for mark in marks:
            numbers.setdefault(mark, number)
        found.append(number)
    return found


def _name(s: Carried, guids: Mapping[str | None, int]) -> str:
    """Name a sighting where its link cannot, as :mod:`aggregator.decide.identity` does within a document."""
    if s.guid is not None and (s.carrier.startswith("guid:") or guids[s.guid] == 1):
        return named("guid", s.guid)
    return title_of(s) or f"text:{s.digest.hex()}"
