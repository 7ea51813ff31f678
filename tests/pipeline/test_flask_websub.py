"""An independent implementation, Flask-WebSub, as our hub, as our publisher and as our subscriber, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("flask_websub", exc_type=ImportError)

from flask_peer import FlaskPeer, flask_peer
from flask_websub.subscriber import discover
from websub_site import NOW, PushedSite, pushed_site

from aggregator.config.schema import WebSub

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # see flask_peer
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(name="peer")
def _peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskPeer]:
    with flask_peer(tmp_path, monkeypatch) as peer:
        yield peer


@pytest.fixture(name="site")
def _site(tmp_path: Path, peer: FlaskPeer) -> Iterator[PushedSite]:
    """Return a site that subscribes to the peer's feed, tells the peer's hub of its own feeds, and is a hub for them as well."""
    websub = WebSub(hubs=(peer.hub_url,), subscribe=True, hub=True)
    with pushed_site(tmp_path, [peer.topic], frozenset({("127.0.0.1", peer.port)}), websub) as site:
        site.cycle()
        site.spread()
        peer.tasks.finish()
        yield site


def topic(site: PushedSite) -> str:
    return f"{site.url}feeds/all.atom"


def document(site: PushedSite) -> bytes:
    return (site.work.app.config.output / "feeds" / "all.atom").read_bytes()


def heard(site: PushedSite) -> list[tuple[int, int]]:
    """Return how much came well signed, and how much did not."""
    return [(lease.received, lease.refused) for lease in site.leases()]


def test_its_hub_verifies_us_and_sends_us_signed_news(site: PushedSite, peer: FlaskPeer) -> None:
    assert peer.secrets() == [lease.secret for lease in site.leases()] != [None]
    assert [lease.ends_at for lease in site.leases()] == [NOW + 10 * DAY]

    peer.publish(2, 1)
    assert site.news.acquire(timeout=30)
    site.cycle()

    assert site.titles() == {"Entry 1", "Entry 2"}
    assert heard(site) == [(1, 0)]


def test_what_its_hub_signs_with_another_secret_is_ignored(site: PushedSite, peer: FlaskPeer) -> None:
    peer.secrets(to="another")
    peer.publish(666)
    site.cycle()

    assert site.titles() == {"Entry 1"}
    assert heard(site) == [(0, 1)]


def test_our_lease_at_its_hub_is_renewed(site: PushedSite, peer: FlaskPeer) -> None:
    site.spread(after=8 * DAY)
    peer.tasks.finish()

    assert [(lease.ends_at, lease.asked) for lease in site.leases()] == [(NOW + 18 * DAY, None)]
    peer.publish(2, 1)
    assert site.news.acquire(timeout=30)


def test_our_lease_at_its_hub_ends_with_the_subscription(site: PushedSite, peer: FlaskPeer) -> None:
    with site.work.store.write() as tx:
        tx.sources.follow((), site.times.now)
    site.spread()
    peer.tasks.finish()

    assert site.leases() == ()
    assert peer.secrets() == []


def test_its_hub_is_told_of_our_news_and_passes_it_on(site: PushedSite, peer: FlaskPeer) -> None:
    peer.subscribe(topic_url=topic(site), hub_url=peer.hub_url)
    peer.tasks.finish()
    assert peer.confirmed.get(timeout=30) == "subscribe"

    peer.numbers[:] = [2, 1]
    site.cycle(after=25 * HOUR)
    assert site.spread() == ()
    peer.tasks.finish()

    assert peer.received.get(timeout=30) == document(site)


def test_our_feed_leads_it_to_our_hub_which_verifies_it_and_sends_it_signed_news(site: PushedSite, peer: FlaskPeer) -> None:
    peer.subscribe(**discover(topic(site)) | {"hub_url": f"{site.url}hub"})
    assert site.requests.acquire(timeout=30)
    site.spread()
    assert peer.confirmed.get(timeout=30) == "subscribe"
    assert [subscriber.secret is not None for subscriber in site.subscribers()] == [True]

    peer.numbers[:] = [2, 1]
    site.cycle(after=25 * HOUR)
    site.spread()

    assert peer.received.get(timeout=30) == document(site)
    assert [(s.due_at, s.trouble) for s in site.subscribers()] == [(None, None)]


def test_what_our_hub_would_sign_with_another_secret_it_ignores(site: PushedSite, peer: FlaskPeer) -> None:
    callback_id = peer.subscribe(topic_url=topic(site), hub_url=f"{site.url}hub")
    site.spread()
    with site.work.store.write() as tx:
        tx.hub.connection.run("UPDATE subscribers SET secret = 'another'")
    peer.numbers[:] = [2, 1]
    site.cycle(after=25 * HOUR)
    site.spread()
    assert peer.received.empty()

    with peer.app.app_context():
        peer.subscriber.renew(callback_id)
    site.spread()  # with the secret that it knows, in place of the other
    peer.numbers[:] = [3, 2, 1]
    site.cycle(after=25 * HOUR)
    site.spread()
    assert peer.received.get(timeout=30) == document(site)


def test_it_renews_and_ends_its_lease_at_our_hub(site: PushedSite, peer: FlaskPeer) -> None:
    callback_id = peer.subscribe(topic_url=topic(site), hub_url=f"{site.url}hub", lease_seconds=86_400)
    site.spread()
    assert [subscriber.ends_at for subscriber in site.subscribers()] == [NOW + DAY]

    with peer.app.app_context():
        peer.subscriber.renew(callback_id)
        site.spread(after=HOUR)
        assert [subscriber.ends_at for subscriber in site.subscribers()] == [NOW + HOUR + DAY]
        peer.subscriber.unsubscribe(callback_id)
        site.spread()
    assert site.subscribers() == ()
    assert [peer.confirmed.get(timeout=30) for _ in range(3)] == ["subscribe", "subscribe", "unsubscribe"]
