"""Being told of news by the hubs that feeds name: asking, confirming, renewing, believing, ending."""

from __future__ import annotations

import gzip
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

import pytest
from loopback_server import Loopback, Reply, Seen
from websub_site import NOW, PushedSite, atom, pushed_site, request

from aggregator.config.schema import WebSub
from aggregator.model import PollOutcome, Remark
from aggregator.model.pushing import HubOffer, Intent
from aggregator.websub.signatures import signature

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FEED_TYPE = {"Content-Type": "application/atom+xml"}


class ScriptedHub:
    """A hub on loopback that takes every request, and asks back or sends when the test says so."""

    def __init__(self, loopback: Loopback) -> None:
        self.url, self.topic = loopback.url("/hub"), loopback.url("/feed")
        self._loopback = loopback
        loopback.replies["/hub"] = Reply(status=202)
        loopback.replies["/feed"] = Reply(body=self.feed(1), headers=FEED_TYPE)

    def feed(self, *numbers: int) -> bytes:
        return atom(self.topic, self.url, *numbers)

    @property
    def asked(self) -> list[dict[str, str]]:
        """Return what it was asked for."""
        forms = [parse_qs(seen.body.decode()) for seen in self._loopback.seen if seen.method == "POST"]
        return [{name: values[0] for name, values in form.items()} for form in forms]

    def ask(self, lease_seconds: int | None = 864_000, **fields: str) -> tuple[int, bytes]:
        """Ask whether the last request was the callback's."""
        last = self.asked[-1]
        query = {"hub.mode": last["hub.mode"], "hub.topic": last["hub.topic"], "hub.challenge": "challenge 1"}
        query |= {"hub.lease_seconds": str(lease_seconds)} if lease_seconds else {}
        query |= {f"hub.{name}": value for name, value in fields.items()}
        status, _, body = request("GET", f"{last['hub.callback']}?{urlencode(query)}")
        return status, body

    def send(self, body: bytes, secret: str | None = None, **headers: str) -> int:
        """Send news, signed with the secret of the last request or another."""
        last = self.asked[-1]
        signed = {"X-Hub-Signature": signature(secret or last["hub.secret"], body)} if secret != "" else {}
        status, _, _ = request("POST", last["hub.callback"], body, FEED_TYPE | signed | headers)
        return status


@pytest.fixture(name="hub")
def _hub(loopback: Loopback) -> ScriptedHub:
    return ScriptedHub(loopback)


@pytest.fixture(name="site")
def _site(tmp_path: Path, loopback: Loopback, hub: ScriptedHub) -> Iterator[PushedSite]:
    with pushed_site(tmp_path, [hub.topic], loopback.allow, WebSub(subscribe=True)) as site:
        yield site


@pytest.fixture(name="leased")
def _leased(site: PushedSite, hub: ScriptedHub) -> PushedSite:
    """Return a site that the hub tells of news."""
    site.cycle()
    site.spread()
    assert hub.ask() == (200, b"challenge 1")
    return site


def test_a_feed_that_names_a_hub_is_subscribed_there_under_its_own_name(site: PushedSite, hub: ScriptedHub) -> None:
    site.cycle()
    site.spread()

    (asked,) = hub.asked
    (lease,) = site.leases()
    assert asked == {
        "hub.callback": f"{site.url}websub/{lease.token}",
        "hub.mode": "subscribe",
        "hub.topic": hub.topic,
        "hub.lease_seconds": "864000",
        "hub.secret": lease.secret,
    }
    assert len(lease.token) >= 43  # 32 bytes
    assert len(lease.secret or "") >= 43
    assert "secret" not in repr(lease)


def test_the_header_counts_more_than_the_document_and_the_topics_redirects_are_followed(
    site: PushedSite, hub: ScriptedHub, loopback: Loopback
) -> None:
    links = f'<{loopback.url("/hub2")}>; rel="hub", <{loopback.url("/self")}>; rel="self"'
    loopback.replies["/feed"] = Reply(status=302, headers={"Location": "/feed2"})
    loopback.replies["/feed2"] = Reply(body=hub.feed(1), headers={"Link": links})
    loopback.replies["/hub2"] = Reply(status=202)
    site.cycle()
    site.spread()

    assert [(lease.hub, lease.topic) for lease in site.leases()] == [(loopback.url("/hub2"), loopback.url("/self"))]
    assert [form["hub.topic"] for form in hub.asked] == [loopback.url("/self")]


@pytest.mark.parametrize("status", [307, 308])
def test_a_hubs_redirect_is_followed_with_the_whole_request(
    site: PushedSite, hub: ScriptedHub, loopback: Loopback, status: int
) -> None:
    loopback.replies["/hub"] = Reply(status=status, headers={"Location": "/moved"})
    loopback.replies["/moved"] = Reply(status=202)
    site.cycle()
    site.spread()

    first, second = [seen for seen in loopback.seen if seen.method == "POST"]
    assert (first.path, second.path) == ("/hub", "/moved")
    assert first.body == second.body
    assert hub.ask()[0] == 200


def test_a_secret_is_kept_from_a_hub_that_others_can_overhear(tmp_path: Path, loopback: Loopback) -> None:
    feed = atom(loopback.url("/feed"), "http://hub.example/", 1)
    loopback.replies["/feed"] = Reply(body=feed)
    with pushed_site(tmp_path, [loopback.url("/feed")], loopback.allow, WebSub(subscribe=True)) as site:
        site.cycle()
        site.work.websub.listening.follow()

        assert [lease.secret for lease in site.leases()] == [None]


@pytest.mark.parametrize(
    "wrong",
    [{"topic": "https://a.example/other"}, {"mode": "unsubscribe"}, {"mode": "nonsense"}, {"challenge": ""}],
)
def test_what_was_not_asked_for_is_not_confirmed(site: PushedSite, hub: ScriptedHub, wrong: dict[str, Any]) -> None:
    site.cycle()
    site.spread()

    assert hub.ask(**wrong)[0] == 404
    assert [lease.ends_at for lease in site.leases()] == [None]


def test_a_confirmation_is_plain_text_and_given_once(site: PushedSite, hub: ScriptedHub) -> None:
    site.cycle()
    site.spread()
    query = urlencode(
        {**{k: hub.asked[-1][k] for k in ("hub.mode", "hub.topic")}, "hub.challenge": "<b>", "hub.lease_seconds": 60}
    )
    status, headers, body = request("GET", f"{hub.asked[-1]['hub.callback']}?{query}")

    assert (status, body, headers["content-type"]) == (200, b"<b>", "text/plain; charset=utf-8")
    assert headers["x-content-type-options"] == "nosniff"
    assert hub.ask()[0] == 404
    assert request("GET", f"{site.url}websub/{'x' * 43}?{query}")[0] == 404
    assert request("POST", f"{site.url}websub/{'x' * 43}", b"x")[0] == 404


def test_while_a_hub_tells_of_news_the_feed_is_polled_rarely(leased: PushedSite, hub: ScriptedHub) -> None:
    (lease,) = leased.leases()
    assert (lease.ends_at, lease.asked) == (NOW + 10 * DAY, None)

    leased.cycle(after=HOUR + MINUTE)

    (source,) = leased.sources()
    assert source.next_poll_at == leased.times.now + DAY
    assert source.next_poll_reason == "about 24 h after the last poll: a hub tells us what is new (WebSub)"
    assert len(hub.asked) == 1


def test_news_is_read_and_published_like_a_poll_and_moves_no_poll(leased: PushedSite, hub: ScriptedHub) -> None:
    planned = leased.sources()[0].next_poll_at

    assert hub.send(hub.feed(2, 1)) == 202
    assert leased.news.acquire(timeout=30)
    done = leased.cycle(after=MINUTE)

    assert leased.titles() == {"Entry 1", "Entry 2"}
    assert [(poll.outcome, poll.tally.new, poll.tally.unchanged) for _, poll in done.polled] == [(PollOutcome.PUSHED, 1, 1)]
    assert any(path.endswith("all.atom") for path in done.published.paths)
    (source,) = leased.sources()
    assert source.next_poll_at == planned
    assert [(lease.received, lease.refused, lease.received_at) for lease in leased.leases()] == [(1, 0, NOW)]
    assert leased.cycle().polled == ()


def test_news_is_kept_until_it_is_read_and_read_in_order(leased: PushedSite, hub: ScriptedHub) -> None:
    assert [hub.send(hub.feed(n)) for n in (2, 3, 4)] == [202, 202, 202]

    leased.cycle()

    assert leased.titles() == {f"Entry {n}" for n in (1, 2, 3, 4)}


def test_the_next_poll_finds_what_was_pushed_and_stores_nothing_twice(
    leased: PushedSite, hub: ScriptedHub, loopback: Loopback
) -> None:
    hub.send(hub.feed(2, 1))
    leased.cycle()
    loopback.replies["/feed"] = Reply(body=hub.feed(2, 1), headers=FEED_TYPE)

    done = leased.cycle(after=2 * HOUR)

    assert [(poll.outcome, poll.tally.new) for _, poll in done.polled] == [(PollOutcome.SAME_DOCUMENT, 0)]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Hub-Signature": "sha256=" + "0" * 64},
        {"X-Hub-Signature": "sha1=" + "0" * 40},
        {"X-Hub-Signature": ""},
        {},
    ],
)
def test_what_is_not_well_signed_is_ignored_and_counted(leased: PushedSite, hub: ScriptedHub, headers: dict[str, str]) -> None:
    assert hub.send(hub.feed(666), secret="", **headers) == 202  # who guesses learns nothing

    leased.cycle()

    assert leased.titles() == {"Entry 1"}
    assert [(lease.received, lease.refused) for lease in leased.leases()] == [(0, 1)]


def test_a_signature_by_another_secret_is_ignored(leased: PushedSite, hub: ScriptedHub) -> None:
    hub.send(hub.feed(666), secret="another")  # noqa: S106 - made up
    leased.cycle()

    assert leased.titles() == {"Entry 1"}


def test_a_hub_that_has_no_secret_gives_a_hint_to_poll_and_no_more(tmp_path: Path, loopback: Loopback, hub: ScriptedHub) -> None:
    with pushed_site(tmp_path, [hub.topic], loopback.allow, WebSub(subscribe=True)) as site:
        site.cycle()
        site.work.websub.listening.follow()
        (lease,) = site.leases()
        with site.work.store.write() as tx:
            tx.leases.end(lease)
            tx.leases.take(lease.source_id, site.sources()[0].state.offer, "t" * 43, None, site.times.now)  # type: ignore[arg-type]
        site.spread()
        hub.ask()
        loopback.replies["/feed"] = Reply(body=hub.feed(2, 1), headers=FEED_TYPE)

        assert hub.send(hub.feed(666), secret="") == 202
        site.cycle()

        assert site.titles() == {"Entry 1", "Entry 2"}


@pytest.mark.usefixtures("leased")
def test_a_document_larger_than_a_poll_may_bring_is_refused(hub: ScriptedHub) -> None:
    assert hub.send(b"x" * (15 * 1024**2 + 1)) == 413


@pytest.mark.parametrize("token", ["%00", "x" * 5000, "%ED%A0%80", "..", "a%2Fb"])
def test_a_callback_of_whatever_name_is_unknown(site: PushedSite, token: str) -> None:
    assert request("GET", f"{site.url}websub/{token}?hub.mode=denied&hub.topic=x&hub.reason=%00")[0] == 404
    assert request("POST", f"{site.url}websub/{token}", b"x")[0] == 404


def test_a_hub_of_many_feeds_that_is_away_is_tried_once_in_a_while(tmp_path: Path, loopback: Loopback) -> None:
    feeds = [loopback.url(f"/feed{n}") for n in range(4)]
    for n, url in enumerate(feeds):
        loopback.replies[f"/feed{n}"] = Reply(body=atom(url, loopback.url("/hub"), n))
    loopback.replies["/hub"] = Reply(raw=b"", then="close")
    with pushed_site(tmp_path, feeds, loopback.allow, WebSub(subscribe=True)) as site:
        site.cycle()
        site.spread()
        assert loopback.paths().count("/hub") == 1

        loopback.replies["/hub"] = Reply(status=202)
        site.spread(after=MINUTE)
        assert {form["hub.topic"][0] for form in map(_form, loopback.seen) if form} == set(feeds)


def _form(seen: Seen) -> dict[str, list[str]]:
    return parse_qs(seen.body.decode())


def test_nothing_is_read_of_what_is_sent_to_nobody(site: PushedSite) -> None:
    assert request("POST", f"{site.url}websub/{'x' * 43}", b"x" * (16 * 1024**2))[0] == 404


def test_a_feed_of_which_only_news_is_read_names_its_hub_still(leased: PushedSite, hub: ScriptedHub, loopback: Loopback) -> None:
    for newest in (2, 3, 4):
        loopback.replies["/feed"] = Reply(body=hub.feed(*range(newest, 0, -1)), headers=FEED_TYPE)
        leased.cycle(after=2 * DAY)

    assert leased.titles() == {f"Entry {n}" for n in (1, 2, 3, 4)}
    assert [source.state.offer for source in leased.sources()] == [HubOffer(hub=hub.url, topic=hub.topic)]


def test_news_that_is_no_feed_costs_nothing(leased: PushedSite, hub: ScriptedHub) -> None:
    planned = leased.sources()[0].next_poll_at
    hub.send(b"<html>no feed</html>")
    leased.cycle()

    (source,) = leased.sources()
    assert (source.failures, source.next_poll_at) == (0, planned)
    assert isinstance(source.error, Remark)
    assert leased.titles() == {"Entry 1"}


@pytest.mark.parametrize("packed", [True, False], ids=["packed as it says", "the coding is the topic's, the body is unpacked"])
def test_a_body_is_read_whether_or_not_it_is_packed_as_it_says(leased: PushedSite, hub: ScriptedHub, packed: bool) -> None:  # noqa: FBT001
    body = hub.feed(2, 1)
    hub.send(gzip.compress(body) if packed else body, **{"Content-Encoding": "gzip"})
    leased.cycle()

    assert leased.titles() == {"Entry 1", "Entry 2"}


def test_more_than_can_be_kept_makes_the_feed_be_polled(leased: PushedSite, hub: ScriptedHub, loopback: Loopback) -> None:
    loopback.replies["/feed"] = Reply(body=hub.feed(99), headers=FEED_TYPE)
    for number in range(2, 13):
        assert hub.send(hub.feed(number)) == 202

    leased.cycle()

    assert leased.titles() == {f"Entry {n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 99)}


def test_a_lease_is_renewed_before_it_ends_and_goes_on_meanwhile(leased: PushedSite, hub: ScriptedHub) -> None:
    leased.spread(after=7 * DAY)
    assert len(hub.asked) == 1
    leased.spread(after=DAY)
    assert len(hub.asked) == 2
    assert hub.asked[0] == hub.asked[1]  # callback and secret stay

    assert hub.send(hub.feed(2)) == 202
    assert hub.ask(lease_seconds=3600)[0] == 200
    leased.cycle()
    assert "Entry 2" in leased.titles()
    assert [lease.ends_at for lease in leased.leases()] == [leased.times.now + HOUR]


def test_a_hub_that_says_no_lease_is_believed_for_a_day(site: PushedSite, hub: ScriptedHub) -> None:
    site.cycle()
    site.spread()
    assert hub.ask(lease_seconds=None)[0] == 200

    assert [lease.ends_at for lease in site.leases()] == [NOW + DAY]


def test_a_hub_that_fails_is_asked_again_and_a_lease_that_runs_out_has_the_feed_polled(
    leased: PushedSite, loopback: Loopback
) -> None:
    loopback.replies["/hub"] = Reply(status=500, body=b"out of order")
    leased.cycle(after=HOUR + MINUTE)
    leased.spread(after=8 * DAY)
    (lease,) = leased.leases()
    assert (lease.trouble, lease.attempts, lease.ends_at) == ("HTTP 500: out of order", 1, NOW + 10 * DAY)
    leased.cycle()

    leased.spread(after=3 * DAY)

    (lease,) = leased.leases()
    (source,) = leased.sources()
    assert (lease.ends_at, source.pushed_until) == (None, None)
    assert source.next_poll_at == leased.times.now
    assert source.next_poll_reason == "the hub's promise to tell us of news has run out (WebSub)"


def test_a_denial_is_noted_and_the_feed_is_polled_as_before(leased: PushedSite, hub: ScriptedHub) -> None:
    assert hub.ask(mode="denied", reason="not you")[0] == 200

    (lease,) = leased.leases()
    (source,) = leased.sources()
    assert (lease.trouble, lease.ends_at) == ("the hub denied it: not you", None)
    assert source.pushed_until is None
    assert source.next_poll_at == leased.times.now
    leased.spread(after=6 * DAY)
    assert len(hub.asked) == 1
    leased.spread(after=2 * DAY)
    assert len(hub.asked) == 2


def test_a_denial_of_another_topic_is_none(leased: PushedSite, hub: ScriptedHub) -> None:
    assert hub.ask(mode="denied", topic="https://a.example/other")[0] == 404
    assert [lease.trouble for lease in leased.leases()] == [None]


def test_a_feed_that_is_disabled_is_unsubscribed(leased: PushedSite, hub: ScriptedHub) -> None:
    _take_out(leased)
    leased.spread()

    assert hub.asked[-1]["hub.mode"] == "unsubscribe"
    assert "hub.lease_seconds" not in hub.asked[-1]
    assert hub.send(hub.feed(2), secret="x") == 410  # noqa: S106 - made up
    assert hub.ask(lease_seconds=None) == (200, b"challenge 1")
    assert leased.leases() == ()


def _take_out(site: PushedSite) -> None:
    with site.work.store.write() as tx:
        tx.sources.follow((), site.times.now)


def test_a_feed_that_loses_its_hub_is_unsubscribed(leased: PushedSite, hub: ScriptedHub, loopback: Loopback) -> None:
    loopback.replies["/feed"] = Reply(body=atom(hub.topic, None, 1), headers=FEED_TYPE)
    leased.cycle(after=2 * HOUR)
    leased.spread()

    assert [form["hub.mode"] for form in hub.asked] == ["subscribe", "unsubscribe"]


def test_a_feed_that_takes_another_hub_is_subscribed_there(leased: PushedSite, hub: ScriptedHub, loopback: Loopback) -> None:
    loopback.replies["/hub2"] = Reply(status=202)
    loopback.replies["/feed"] = Reply(body=atom(hub.topic, loopback.url("/hub2"), 1), headers=FEED_TYPE)
    leased.cycle(after=2 * HOUR)
    leased.spread()

    assert {(lease.hub, lease.wanted) for lease in leased.leases()} == {
        (hub.url, Intent.UNSUBSCRIBE),
        (loopback.url("/hub2"), Intent.SUBSCRIBE),
    }


def test_what_was_never_confirmed_needs_no_end(site: PushedSite, hub: ScriptedHub) -> None:
    site.cycle()
    site.spread()
    _take_out(site)
    site.spread()

    assert [form["hub.mode"] for form in hub.asked] == ["subscribe"]
    assert site.leases() == ()


def test_a_hub_at_a_private_address_is_not_contacted(tmp_path: Path, loopback: Loopback) -> None:
    other = f"http://127.0.0.2:{loopback.port}/hub"
    loopback.replies["/feed"] = Reply(body=atom(loopback.url("/feed"), other, 1))
    with pushed_site(tmp_path, [loopback.url("/feed")], loopback.allow, WebSub(subscribe=True)) as site:
        site.cycle()
        site.spread()

        (lease,) = site.leases()
        assert "not a public address" in (lease.trouble or "")
    assert "127.0.0.2" not in loopback.contacts


def test_a_feed_of_another_format_names_its_hub_too(tmp_path: Path, loopback: Loopback) -> None:
    atom_link = 'xmlns:atom="http://www.w3.org/2005/Atom"'
    rss = (
        f'<rss version="2.0" {atom_link}><channel><title>R</title><atom:link rel="hub" href="{loopback.url("/h1")}"/>'
        f'<atom:link rel="self" href="{loopback.url("/rss")}"/><item><title>x</title></item></channel></rss>'
    )
    hubs = f'"hubs": [{{"type": "rssCloud", "url": "http://x.example/"}}, {{"type": "WebSub", "url": "{loopback.url("/h2")}"}}]'
    json = f'{{"version": "https://jsonfeed.org/version/1.1", "title": "J", "feed_url": "{loopback.url("/json")}", {hubs}}}'
    loopback.replies["/rss"], loopback.replies["/json"] = Reply(body=rss.encode()), Reply(body=json.encode())
    feeds = [loopback.url("/rss"), loopback.url("/json")]
    with pushed_site(tmp_path, feeds, loopback.allow, WebSub(subscribe=True)) as site:
        site.cycle()

        offers = [source.state.offer for source in site.sources()]
    assert [(o.hub, o.topic) for o in offers if o] == [
        (loopback.url("/h1"), loopback.url("/rss")),
        (loopback.url("/h2"), loopback.url("/json")),
    ]


def test_nobody_is_asked_unless_the_operator_wants_it(tmp_path: Path, loopback: Loopback, hub: ScriptedHub) -> None:
    with pushed_site(tmp_path, [hub.topic], loopback.allow, WebSub()) as site:
        site.cycle()
        site.spread()

        assert site.sources()[0].state.offer is not None  # known, for whom it may concern
        assert (hub.asked, site.leases()) == ([], ())
        assert request("POST", f"{site.url}websub/{'x' * 43}", b"x")[0] == 404
