"""How the items of a batch are counted."""

from __future__ import annotations

from aggregator.ingest import tally
from aggregator.model import Reject, Tally


def test_a_reject_counts_for_all_the_items_it_stands_for() -> None:
    rejects = [
        Reject(place="item 2", code="empty-item", message="the item is empty"),
        Reject(place="item 20001", code="item-cap", message="30 items were not read", count=30),
    ]

    assert tally([], rejects) == Tally(seen=31, quarantined=31)
