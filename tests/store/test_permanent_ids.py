"""One guid of several articles: whose permanent id it becomes, whoever is read first."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace
from rekeyed_store import file, publish, rows

from aggregator.model import SourceKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from aggregator.model import Candidate, Source
    from aggregator.store import Store

GUID, OTHER = "tag:cms.example,2026:1", "tag:cms.example,2026:2"
HOUR = timedelta(hours=1)


def ids(store: Store) -> dict[str, str]:
    """Return the id of each entry, by the title that speaks; ``minted`` if it is one of ours."""
    told = rows(store, "SELECT title, atom_id FROM sightings JOIN entries ON entries.id = speaks_for")
    return {title: "minted" if ":entry/" in atom_id else atom_id for title, atom_id in told}


@pytest.fixture(name="carried")
def _carried(make_source: Callable[..., Source], candidate: Callable[..., Candidate]) -> list[tuple[Source, Candidate]]:
    """Return what three feeds and a folder of seeds carry: of the first two feeds one article, of the others their own."""
    shared = {"url": "https://a.example/shared"}
    told: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"url": "https://1.example/"}, shared | {"title": "Shared", "guid": OTHER}),
        ({"url": "https://2.example/"}, shared | {"title": "Also shared", "guid": GUID}),
        ({"url": "https://3.example/"}, {"title": "Third", "url": "https://a.example/3", "guid": GUID}),
        ({"url": "https://4.example/"}, {"title": "Fourth", "url": "https://a.example/4", "guid": GUID}),
        ({"url": "s/", "kind": SourceKind.SEEDS}, {"title": "Seed", "url": "https://a.example/5", "guid": OTHER}),
    ]
    return [(make_source(**source), candidate(**item)) for source, item in told]


@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::11])
def test_before_anything_is_published_the_order_of_sources_says_whose_a_guid_is_and_not_the_order_of_polls(
    store: Store, carried: list[tuple[Source, Candidate]], now: datetime, order: tuple[int, ...]
) -> None:
    for at in order:
        source, item = carried[at]
        file(store, source, now, item)

    assert ids(store) == {"Shared": "minted", "Third": GUID, "Fourth": "minted", "Seed": OTHER}
    assert len(set(rows(store, "SELECT atom_id FROM entries"))) == 4


def test_what_was_published_keeps_its_id_whoever_comes_later(
    store: Store, carried: list[tuple[Source, Candidate]], now: datetime
) -> None:
    (third, item), (fourth, other) = carried[2:4]
    file(store, fourth, now, other)
    publish(store, now + HOUR)
    file(store, third, now + 2 * HOUR, item)

    assert ids(store) == {"Third": "minted", "Fourth": GUID}


def test_of_articles_of_one_source_that_share_a_guid_the_first_keeps_it(
    store: Store, carried: list[tuple[Source, Candidate]], now: datetime
) -> None:
    source, item = carried[2]
    pages = [replace(item, title=str(n), url=f"https://a.example/{n}") for n in range(4)]
    file(store, source, now, *pages[1:])
    file(store, source, now + HOUR, *pages)

    assert ids(store) == {"0": "minted", "1": GUID, "2": "minted", "3": "minted"}
