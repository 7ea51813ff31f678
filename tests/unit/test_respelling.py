"""Items that wait in quarantine while the identity rules change are known by the new keys."""

from __future__ import annotations

import pytest

from aggregator.decide import identify_document
from aggregator.decide.respelling import respelled_item
from aggregator.model import Candidate


def before(url: str) -> str:
    return url


def after(url: str) -> str:
    return url.replace("/old/", "/")


@pytest.mark.parametrize(
    "items",
    [
        pytest.param([{"url": "https://a.example/old/1"}], id="known by its link"),
        pytest.param([{"url": "https://a.example/old/1", "guid": "urn:x:1"}], id="known by its guid"),
        pytest.param([{"url": "https://a.example/old/1", "title": t} for t in "TU"], id="sharing a link"),
        pytest.param([{"url": "https://a.example/other"}], id="untouched"),
        pytest.param([{"url": None}], id="without a link"),
    ],
)
def test_a_held_item_is_identified_as_if_it_came_now(items: list[dict[str, str]]) -> None:
    candidates = [Candidate(**{"place": "item 1", "title": "T"} | fields) for fields in items]  # type: ignore[arg-type]
    held = identify_document(candidates, before, source_url="https://f.example/")

    assert [respelled_item(item, after) for item in held] == identify_document(candidates, after, source_url="https://f.example/")
