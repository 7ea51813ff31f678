"""The hub of our own feeds: who may subscribe, that it was he who asked, what he is sent, and what strangers cannot do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from loopback_server import Loopback, Reply, Seen
from websub_site import NOW, PushedSite, atom, pushed_site, request

from aggregator.app import hub as hub_room
from aggregator.config.schema import WebSub
from aggregator.websub.signatures import is_signed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
SECRET = "a secret"  # noqa: S105 - made up


@pytest.fixture(name="site")
def _site(tmp_path: Path, loopback: Loopback) -> Iterator[PushedSite]:
    loopback.replies["/feed"] = Reply(body=atom(loopback.url("/feed"), None, 1))
    loopback.replies["/cb"] = confirm
    with pushed_site(tmp_path, [loopback.url("/feed")], loopback.allow, WebSub(hub=True)) as site:
        site.cycle()
        site.spread()
        yield site


def confirm(seen: Seen) -> Reply:
    """Answer as a subscriber that asked for all it is asked about, and is glad of all it gets."""
    return Reply(body=parse_qs(urlsplit(seen.path).query).get("hub.challenge", [""])[0].encode())


def topic(site: PushedSite) -> str:
    return f"{site.url}feeds/all.atom"


def ask(site: PushedSite, callback: str, **fields: str) -> int:
    form = {"mode": "subscribe", "topic": topic(site), "callback": callback} | fields
    status, _, _ = request("POST", f"{site.url}hub", urlencode({f"hub.{k}": v for k, v in form.items()}).encode(), FORM)
    return status


def subscribe(site: PushedSite, callback: str, **fields: str) -> None:
    """Subscribe and be verified."""
    assert ask(site, callback, **fields) == 202
    assert site.requests.acquire(timeout=30)
    site.spread()


def publish(site: PushedSite, loopback: Loopback, *numbers: int) -> bytes:
    """Publish entries of these numbers; return what the topic is then."""
    loopback.replies["/feed"] = Reply(body=atom(loopback.url("/feed"), None, *numbers))
    site.cycle(after=2 * HOUR)
    return (site.work.app.config.output / "feeds" / "all.atom").read_bytes()


def questions(loopback: Loopback) -> list[dict[str, str]]:
    """Return the queries of all that callbacks were asked or told."""
    found = [parse_qs(urlsplit(seen.path).query) for seen in loopback.seen if seen.method == "GET" and "hub.mode" in seen.path]
    return [{name: values[0] for name, values in query.items()} for query in found]


def deliveries(loopback: Loopback) -> list[Seen]:
    return [seen for seen in loopback.seen if seen.method == "POST"]


def test_a_subscriber_is_asked_whether_it_was_him_and_gets_a_lease(site: PushedSite, loopback: Loopback) -> None:
    subscribe(site, loopback.url("/cb?x=1"))

    (asked,) = questions(loopback)
    challenge = asked.pop("hub.challenge")
    assert asked == {"x": "1", "hub.mode": "subscribe", "hub.topic": topic(site), "hub.lease_seconds": "864000"}
    assert len(challenge) >= 43
    assert [(s.callback, s.topic, s.ends_at) for s in site.subscribers()] == [
        (loopback.url("/cb?x=1"), topic(site), NOW + 10 * DAY)
    ]


def test_the_new_document_is_sent_whole_with_its_type_its_links_and_a_signature(site: PushedSite, loopback: Loopback) -> None:
    subscribe(site, loopback.url("/cb?x=1"), secret=SECRET)
    document = publish(site, loopback, 1, 2)
    site.spread()

    (sent,) = deliveries(loopback)
    assert sent.path == "/cb?x=1"  # exactly the callback
    assert sent.body == document
    assert sent.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert sent.headers["link"] == f'<{site.url}hub>; rel="hub", <{topic(site)}>; rel="self"'
    assert is_signed(sent.headers["x-hub-signature"], SECRET, document)


def test_without_a_secret_nothing_is_signed_and_without_news_nothing_is_sent(site: PushedSite, loopback: Loopback) -> None:
    subscribe(site, loopback.url("/cb"))
    site.cycle(after=2 * HOUR)
    site.spread()
    assert deliveries(loopback) == []

    publish(site, loopback, 1, 2)
    site.spread()
    site.spread()

    (sent,) = deliveries(loopback)
    assert "x-hub-signature" not in sent.headers


def test_the_json_twin_is_a_topic_as_well(site: PushedSite, loopback: Loopback) -> None:
    subscribe(site, loopback.url("/cb"), topic=f"{site.url}feeds/all.json")
    publish(site, loopback, 1, 2)
    site.spread()

    assert [sent.headers["content-type"] for sent in deliveries(loopback)] == ["application/feed+json"]


def test_unknown_parameters_are_ignored_and_a_subscription_can_be_made_again(site: PushedSite, loopback: Loopback) -> None:
    subscribe(site, loopback.url("/cb"), nonsense="1", lease_seconds="600")
    subscribe(site, loopback.url("/cb"), lease_seconds="99999999999", secret=SECRET)

    assert [(s.ends_at, s.secret) for s in site.subscribers()] == [(NOW + 30 * DAY, SECRET)]


def test_callbacks_that_differ_by_their_fragment_are_one_and_get_everything_once(site: PushedSite, loopback: Loopback) -> None:
    for fragment in ("", "#a", "#b"):
        subscribe(site, loopback.url(f"/cb{fragment}"))
    publish(site, loopback, 1, 2)
    site.spread()

    assert [subscriber.callback for subscriber in site.subscribers()] == [loopback.url("/cb")]
    assert len(deliveries(loopback)) == 1
    subscribe(site, loopback.url("/cb#c"), mode="unsubscribe")
    assert site.subscribers() == ()


def test_a_document_that_somebody_took_away_is_sent_once_it_is_there_again(site: PushedSite, loopback: Loopback) -> None:
    subscribe(site, loopback.url("/cb"))
    document = publish(site, loopback, 1, 2)
    path = site.work.app.config.output / "feeds" / "all.atom"
    path.unlink()
    path.mkdir()
    site.spread()
    assert deliveries(loopback) == []
    path.rmdir()
    path.write_bytes(document)
    site.spread()

    assert [delivery.body for delivery in deliveries(loopback)] == [document]


def test_a_subscription_ends_when_its_subscriber_confirms_that(site: PushedSite, loopback: Loopback) -> None:
    subscribe(site, loopback.url("/cb"))
    subscribe(site, loopback.url("/cb"), mode="unsubscribe")

    assert questions(loopback)[-1].keys() == {"hub.mode", "hub.topic", "hub.challenge"}
    assert site.subscribers() == ()


@pytest.mark.parametrize(
    "answer",
    [
        Reply(body=b"another"),
        Reply(status=404),
        Reply(status=500),
        Reply(status=302, headers={"Location": "/elsewhere"}),
        Reply(body=b"x" * 100_000),
    ],
)
@pytest.mark.parametrize("mode", ["subscribe", "unsubscribe"])
def test_a_request_that_is_not_confirmed_changes_nothing(site: PushedSite, loopback: Loopback, answer: Reply, mode: str) -> None:
    subscribe(site, loopback.url("/cb"), secret=SECRET)
    before = site.subscribers()
    loopback.replies["/cb"] = answer
    subscribe(site, loopback.url("/cb"), mode=mode, secret="another")  # noqa: S106 - made up

    assert site.subscribers() == before
    assert "/elsewhere" not in loopback.paths()
    site.spread(after=HOUR)
    assert len(questions(loopback)) == 2


def test_a_subscriber_that_is_away_is_asked_three_times(site: PushedSite, loopback: Loopback) -> None:
    loopback.replies["/cb"] = Reply(raw=b"", then="close")
    subscribe(site, loopback.url("/cb"))
    for _ in range(5):
        site.spread(after=HOUR)

    assert len(questions(loopback)) == 3
    assert site.subscribers() == ()


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"topic": "https://a.example/feed"}, 404),
        ({"topic": "{site}feeds/none.atom"}, 404),
        ({"topic": "{site}feeds/../config.yaml"}, 404),
        ({"topic": "{site}index.html"}, 404),
        ({"mode": "publish"}, 400),
        ({"callback": "gopher://b.example/"}, 400),
        ({"secret": "x" * 200}, 400),
    ],
)
def test_what_cannot_be_is_refused_at_once(site: PushedSite, loopback: Loopback, fields: dict[str, str], status: int) -> None:
    said = {name: value.replace("{site}", site.url) for name, value in fields.items()}

    assert ask(site, said.pop("callback", loopback.url("/cb")), **said) == status
    site.spread()
    assert questions(loopback) == []


def test_the_hub_is_asked_with_a_form_of_modest_size(site: PushedSite) -> None:
    assert request("POST", f"{site.url}hub", b"{}", {"Content-Type": "application/json"})[0] == 415
    assert request("POST", f"{site.url}hub", b"x" * 20_000, FORM)[0] == 413
    assert request("GET", f"{site.url}hub")[0] == 405


def test_a_callback_at_a_private_address_is_never_contacted(site: PushedSite, loopback: Loopback) -> None:
    subscribe(site, f"http://127.0.0.2:{loopback.port}/cb")

    assert "127.0.0.2" not in loopback.contacts
    assert site.subscribers() == ()


def test_one_host_gets_no_more_than_its_share(site: PushedSite, loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_room, "_MOST_OF_HOST", 2)
    assert [ask(site, loopback.url(f"/cb?{n}")) for n in range(4)] == [202, 202, 429, 429]
    site.spread()
    assert ask(site, loopback.url("/cb?9")) == 429
    assert ask(site, loopback.url("/cb?0")) == 202  # who is known may renew

    monkeypatch.setattr(hub_room, "_MOST_WAITING", 1)
    assert ask(site, loopback.url("/cb?1")) == 503


def test_the_same_request_is_not_taken_again_and_again(site: PushedSite, loopback: Loopback) -> None:
    assert [ask(site, loopback.url("/cb")) for _ in range(5)] == [202, 202, 202, 429, 429]


def test_a_lease_that_is_over_brings_nothing(site: PushedSite, loopback: Loopback) -> None:
    subscribe(site, loopback.url("/cb"), lease_seconds="3600")
    publish(site, loopback, 1, 2)  # two hours later
    site.spread()

    assert deliveries(loopback) == []
    assert site.subscribers() == ()


def test_who_is_gone_is_sent_nothing_any_more(site: PushedSite, loopback: Loopback) -> None:
    subscribe(site, loopback.url("/cb"))
    loopback.replies["/cb"] = Reply(status=410)
    publish(site, loopback, 1, 2)
    site.spread()

    assert site.subscribers() == ()


@pytest.mark.parametrize(
    "failure", [Reply(status=500), Reply(raw=b"", then="close"), Reply(status=301, headers={"Location": "/x"})]
)
def test_a_delivery_that_fails_is_repeated_with_the_newest_and_given_up_until_there_is_news(
    site: PushedSite, loopback: Loopback, failure: Reply
) -> None:
    subscribe(site, loopback.url("/cb"), lease_seconds=str(30 * 86_400))
    loopback.replies["/cb"] = failure
    publish(site, loopback, 1, 2)
    site.spread()
    newest = publish(site, loopback, 1, 2, 3)
    site.spread()
    assert deliveries(loopback)[-1].body == newest  # and nobody is sent what was new before

    for _ in range(20):
        site.spread(after=13 * HOUR)
    assert len(deliveries(loopback)) == 1 + 12

    loopback.replies["/cb"] = confirm
    site.spread(after=HOUR)
    assert len(deliveries(loopback)) == 13
    publish(site, loopback, 1, 2, 3, 4)
    site.spread()
    assert len(deliveries(loopback)) == 14
    assert [(s.due_at, s.trouble) for s in site.subscribers()] == [(None, None)]
    assert "/x" not in loopback.paths()


def test_a_feed_that_is_there_no_more_is_denied_to_its_subscribers(
    site: PushedSite, loopback: Loopback, forget: Callable[[], None]
) -> None:
    subscribe(site, loopback.url("/cb"))
    assert ask(site, loopback.url("/cb?late")) == 202
    publish(site, loopback, 1, 2)
    forget()
    site.spread()

    denials = [query for query in questions(loopback) if query["hub.mode"] == "denied"]
    assert [(query["hub.topic"], query["hub.reason"]) for query in denials] == [
        (topic(site), "hub.topic is none of the feeds here")
    ] * 2
    assert site.subscribers() == ()


@pytest.fixture(name="forget")
def _forget(site: PushedSite) -> Callable[[], None]:
    """Return what makes the store forget that the feed of everything was ever published."""

    def forget() -> None:
        with site.work.store.write() as tx:
            tx.pings.connection.run("DELETE FROM publications WHERE path = 'feeds/all.atom'")

    return forget
