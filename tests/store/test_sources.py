"""Subscriptions over time: what is added again, disabled or changed, on every database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.errors import UsageError
from aggregator.model import Subscription

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.store import Store

URL = "https://a.example/feed"
HOUR = timedelta(hours=1)


def test_a_feed_that_somebody_disabled_is_not_added_again_but_enabled(store: Store, now: datetime) -> None:
    told = Subscription(url=URL, title="Mine", categories=("科技",))
    with store.write() as tx:
        tx.sources.add(told, now)
        tx.sources.disable(URL, "too much")

    with (
        store.write() as tx,
        pytest.raises(UsageError, match=r"is disabled \(too much\); `aggregator feed enable` polls it again"),
    ):
        tx.sources.add(Subscription(url=URL), now)
    with store.write() as tx:
        assert tx.sources.enable(URL).subscription == told


@pytest.mark.parametrize(("interval", "due"), [(HOUR, "later"), (2 * HOUR, None)], ids=["the same", "another"])
def test_another_interval_in_the_configuration_counts_at_once(
    store: Store, now: datetime, interval: timedelta, due: str | None
) -> None:
    for wanted in (HOUR, interval):
        with store.write() as tx:
            tx.sources.follow([Subscription(url=URL, interval=wanted)], now)
            source = tx.sources.find(URL)
            if wanted == HOUR:
                tx.sources._update(source.id, {"next_poll_at": now + HOUR, "next_poll_reason": "later"})

    with store.read() as tx:
        planned = tx.sources.find(URL)
    assert (planned.next_poll_at, planned.next_poll_reason) == (
        (now + HOUR, "later") if due else (None, "the configuration changed")
    )
