"""What the store keeps for WebSub, the same on every database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from aggregator.model import Publication
from aggregator.model.pushing import Asked, HubOffer, Intent, Lease, Ping, Push, Request, Subscriber

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from aggregator.model import Source
    from aggregator.store import Store

HOUR = timedelta(hours=1)
HUB, TOPIC = "https://hub.example/", "https://a.example/feed"
OFFER = HubOffer(hub=HUB, topic=TOPIC)
REQUEST = Request(intent=Intent.SUBSCRIBE, callback="https://b.example/cb", topic=TOPIC, lease_s=60, secret="s")  # noqa: S106 - made up


@pytest.fixture(name="lease")
def _lease(store: Store, make_source: Callable[..., Source], now: datetime) -> Lease:
    source = make_source()
    with store.write() as tx:
        tx.leases.take(source.id, OFFER, "token", "secret", now)
        (lease,) = tx.leases.all()
    return lease


def test_a_lease_begins_wanted_and_due(store: Store, lease: Lease, now: datetime) -> None:
    begun = {"hub": HUB, "topic": TOPIC, "token": "token", "secret": "secret", "wanted": Intent.SUBSCRIBE, "due_at": now}
    assert lease == Lease(id=lease.id, source_id=lease.source_id, **begun)  # type: ignore[arg-type]
    with store.read() as tx:
        assert (tx.leases.due(now), tx.leases.due(now - HOUR)) == ((lease,), ())
        assert (tx.leases.called("token"), tx.leases.called("other")) == (lease, None)
        assert tx.leases.of(lease.source_id) == (lease,)


def test_a_source_is_pushed_until_its_last_wanted_lease_ends(store: Store, lease: Lease, now: datetime) -> None:
    def until(lease: Lease) -> datetime | None:
        with store.write() as tx:
            tx.leases.change(lease)
            return tx.sources.enabled()[0].pushed_until

    assert until(replace(lease, ends_at=now + HOUR)) == now + HOUR
    assert until(replace(lease, ends_at=now + HOUR, wanted=Intent.UNSUBSCRIBE)) is None
    assert until(replace(lease, ends_at=now + HOUR)) == now + HOUR
    with store.write() as tx:
        tx.leases.end(lease)
        assert tx.sources.enabled()[0].pushed_until is None


def test_what_came_of_asking_counts_unless_the_hub_asked_back_meanwhile(store: Store, lease: Lease, now: datetime) -> None:
    asked = replace(lease, asked=Intent.SUBSCRIBE, attempts=1)
    failed = replace(asked, due_at=now + HOUR, trouble="HTTP 500")
    with store.write() as tx:
        tx.leases.change(asked)
        tx.leases.answered(failed)
        assert tx.leases.all() == (failed,)
        confirmed = replace(lease, ends_at=now + HOUR, due_at=now)
        tx.leases.change(confirmed)
        tx.leases.answered(failed)
        assert tx.leases.all() == (confirmed,)


def test_pushes_wait_in_their_order_and_are_counted(store: Store, lease: Lease, now: datetime) -> None:
    push = Push(
        id=0, source_id=lease.source_id, topic=TOPIC, received_at=now, content_type=None, content_encoding="", body=b"\0\xff"
    )  # fmt: skip
    with store.write() as tx:
        tx.leases.keep(push)
        tx.leases.keep(replace(push, body=b"2"))
        tx.leases.receive(lease, now)
        tx.leases.refuse(lease)
        first, second = tx.leases.waiting()
        assert (bytes(first.body), bytes(second.body), tx.leases.count_waiting(lease.source_id)) == (b"\0\xff", b"2", 2)
        tx.leases.drop(first)
        assert [bytes(left.body) for left in tx.leases.waiting()] == [b"2"]
        assert tx.leases.all() == (replace(lease, received=1, received_at=now, refused=1),)


def test_a_feed_is_polled_soon_with_the_reason(store: Store, lease: Lease, now: datetime) -> None:
    with store.write() as tx:
        tx.leases.poll_soon(lease, now, "because")
        (source,) = tx.sources.due(now)
    assert (source.next_poll_at, source.next_poll_reason) == (now, "because")


def published(path: str, digest: bytes, now: datetime) -> Publication:
    return Publication(path=path, digest=digest, size=1, mtime_ns=1, revision=1, inputs=b"", published_at=now)


def test_feeds_are_announced_when_their_bytes_change(store: Store, now: datetime) -> None:
    paths = ["feeds/a.atom", "feeds/a.json", "feeds/a/archive/1.atom", "index.html", "feeds.opml"]
    with store.write() as tx:
        tx.publications.put([published(path, b"1", now) for path in paths])
        assert tx.pings.changed() == ["feeds/a.atom", "feeds/a.json"]
        assert [tx.pings.is_topic(path) for path in paths] == [True, True, False, False, False]
        tx.pings.announce({"feeds/a.atom": "u:a"}, [HUB, "https://h2.example/"], now)
        assert tx.pings.changed() == ["feeds/a.json"]
        assert [(ping.hub, ping.topic, ping.changes) for ping in tx.pings.due(now)] == [
            (HUB, "u:a", 1),
            ("https://h2.example/", "u:a", 1),
        ]
        tx.publications.put([published("feeds/a.atom", b"2", now)])
        assert tx.pings.changed() == ["feeds/a.atom", "feeds/a.json"]


def test_a_ping_is_struck_off_unless_there_was_more_news(store: Store, now: datetime) -> None:
    with store.write() as tx:
        tx.pings.announce({"feeds/a.atom": "u:a"}, [HUB], now)
        (ping,) = tx.pings.due(now)
        tx.pings.announce({"feeds/a.atom": "u:a"}, [HUB], now)
        tx.pings.told(ping)
        tx.pings.repeat(ping, now + HOUR, "down")
        again = replace(ping, changes=2)
        assert tx.pings.due(now) == (again,)
        tx.pings.repeat(again, now + HOUR, "down")
        assert (tx.pings.due(now), tx.pings.due(now + HOUR)) == ((), (replace(again, attempts=1),))
        tx.pings.told(again)
        assert tx.pings.due(now + HOUR) == ()
        tx.pings.announce({"feeds/b.atom": "u:b", "feeds/c.atom": "u:c"}, [HUB], now)
        tx.pings.postpone(HUB, now, now + HOUR)
        assert (len(tx.pings.due(now)), len(tx.pings.due(now + HOUR))) == (0, 2)
        assert all(isinstance(left, Ping) for left in tx.pings.due(now + HOUR))


def test_requests_wait_until_they_are_settled(store: Store, now: datetime) -> None:
    with store.write() as tx:
        tx.hub.ask(REQUEST, now)
        tx.hub.ask(replace(REQUEST, intent=Intent.UNSUBSCRIBE), now)
        first, second = tx.hub.asked(now)
        assert first == Asked(id=first.id, request=REQUEST, attempts=0)
        assert (tx.hub.count_waiting(), tx.hub.count_alike(REQUEST), tx.hub.count_of_host("http://b.example:8/x")) == (2, 2, 2)
        tx.hub.ask_again(first, now + HOUR)
        assert tx.hub.asked(now) == (second,)
        tx.hub.settle(second)
        assert tx.hub.asked(now + HOUR) == (replace(first, attempts=1),)


def test_a_subscriber_is_one_for_each_callback_and_topic(store: Store, now: datetime) -> None:
    with store.write() as tx:
        tx.hub.subscribe(REQUEST, now + HOUR)
        tx.hub.subscribe(replace(REQUEST, secret=None), now + 2 * HOUR)
        (subscriber,) = tx.hub.subscribers()
        expected = Subscriber(id=subscriber.id, callback=REQUEST.callback, topic=TOPIC, secret=None, ends_at=now + 2 * HOUR)
        assert (subscriber, tx.hub.knows(REQUEST)) == (expected, True)
        tx.hub.unsubscribe(REQUEST)
        assert (tx.hub.subscribers(), tx.hub.knows(REQUEST)) == ((), False)


def test_news_is_due_to_subscribers_until_they_have_the_newest(store: Store, now: datetime) -> None:
    with store.write() as tx:
        tx.hub.subscribe(REQUEST, now + HOUR)
        tx.pings.announce({"feeds/a.atom": TOPIC}, [], now)
        (due,) = tx.hub.due(now)
        tx.pings.announce({"feeds/a.atom": TOPIC}, [], now)
        tx.hub.delivered(due)
        (due,) = tx.hub.due(now)
        assert due.changes == 2
        tx.hub.repeat(due, None, "HTTP 500")
        assert tx.hub.due(now) == ()
        assert [(s.due_at, s.attempts, s.trouble) for s in tx.hub.subscribers()] == [(None, 1, "HTTP 500")]
        tx.pings.announce({"feeds/a.atom": TOPIC}, [], now)
        (due,) = tx.hub.due(now)
        tx.hub.delivered(due)
        assert [(s.due_at, s.attempts, s.trouble) for s in tx.hub.subscribers()] == [(None, 0, None)]
        tx.hub.end_expired(now + HOUR)
        assert tx.hub.subscribers() == ()
