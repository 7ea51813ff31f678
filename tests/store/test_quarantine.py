"""What quarantine tells of a source, on every database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.model import ReasonCount, Reject

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from aggregator.model import Source
    from aggregator.store import Store


def test_reasons_are_counted_for_one_source_what_is_held_apart_from_what_is_stored(
    store: Store, make_source: Callable[..., Source], now: datetime
) -> None:
    source, other = make_source("https://a.example/feed"), make_source("https://b.example/feed")
    with store.write() as tx:
        for carrier, place, code in ((source, "1", "draft"), (source, "2", "draft"), (source, "2", "bad"), (other, "1", "draft")):
            tx.quarantine.add(carrier, Reject(place=place, code=code, message=code), now)

    with store.read() as tx:
        assert tx.quarantine.counts(source) == (
            ReasonCount(code="bad", held=1, stored=0), ReasonCount(code="draft", held=2, stored=0),
        )  # fmt: skip
        assert tx.quarantine.counts(other) == (ReasonCount(code="draft", held=1, stored=0),)
