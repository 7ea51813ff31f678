"""The protocol of WebSub by the checklist of the Recommendation: what is sent, what is believed, when it is due."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from aggregator.model.pushing import HubOffer, Intent, Lease, Request, Subscriber
from aggregator.websub import forms, standing
from aggregator.websub.links import link_field, offered
from aggregator.websub.signatures import is_signed, signature

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DAY = timedelta(days=1)
FEED, HUB, OTHER = "https://a.example/feed", "https://hub.example/", "https://other.example/"
LEASE = Lease(id=1, source_id=7, hub=HUB, topic=FEED, token="t", secret="s", asked=Intent.SUBSCRIBE)  # noqa: S106 - made up
REQUEST = Request(intent=Intent.SUBSCRIBE, callback="https://b.example/cb", topic=FEED, lease_s=60)
texts = st.text(st.characters(codec="utf-8"), max_size=60)


def form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode("ascii"), strict_parsing=True))


# --- discovery ---


@pytest.mark.parametrize(
    ("fields", "hubs", "own", "expected"),
    [
        pytest.param((f'<{HUB}>; rel="hub", <{FEED}>; rel="self"',), (), None, (HUB, FEED), id="one field"),
        pytest.param((f"<{HUB}>; rel=hub", f"<{FEED}>; rel=self"), (), None, (HUB, FEED), id="two fields, no quotes"),
        pytest.param((), (HUB, OTHER), FEED, (HUB, FEED), id="the document alone"),
        pytest.param((f'<{HUB}>; rel="hub"',), (OTHER,), FEED, (HUB, FEED), id="the header wins"),
        pytest.param((f'<{FEED}>; rel="self"',), (HUB,), OTHER, (HUB, FEED), id="the header wins for self, too"),
        pytest.param((), (HUB,), None, (HUB, "https://a.example/got"), id="no self: where it came from"),
        pytest.param(('</hub>; rel="hub"',), (), FEED, ("https://a.example/hub", FEED), id="relative"),
        pytest.param(
            (f'<{HUB}>; title="a, b; rel=self"; rel="x hub"',), (), FEED, (HUB, FEED), id="quoted commas, two relations"
        ),
        pytest.param((f'<{HUB}>; REL="HUB"',), (), FEED, (HUB, FEED), id="case"),
        pytest.param(
            (f'<{OTHER}>; rel="next", <javascript:x>; rel="hub", <{HUB}>; rel=hub',), (), FEED, (HUB, FEED), id="unusable"
        ),
        pytest.param((), (HUB,), f"{FEED}#top", (HUB, FEED), id="a topic has no fragment"),
    ],
)
def test_hub_and_topic_are_those_of_the_header_and_else_of_the_document(
    fields: tuple[str, ...], hubs: tuple[str, ...], own: str | None, expected: tuple[str, str]
) -> None:
    assert offered(fields, hubs, own, "https://a.example/got") == HubOffer(hub=expected[0], topic=expected[1])


@pytest.mark.parametrize("fields", [(), ("nonsense",), ('<https://x.example/>; rel="self"',), ("<http://[>; rel=hub",)])
def test_a_feed_that_names_no_hub_offers_nothing(fields: tuple[str, ...]) -> None:
    assert offered(fields, (), FEED, FEED) is None


@given(st.lists(st.text('<>;="rel hubself,\\/:x', max_size=80), max_size=5))
def test_whatever_a_link_field_says_it_is_read_or_left(fields: list[str]) -> None:
    offer = offered(fields, (HUB,), None, FEED)

    assert offer is not None
    assert urlsplit(offer.hub).scheme in {"http", "https"}


def test_our_own_link_field_says_hubs_and_self() -> None:
    assert offered([link_field([HUB, OTHER], FEED)], (), None, OTHER) == HubOffer(hub=HUB, topic=FEED)


# --- signatures ---


@given(secret=st.text(st.characters(codec="utf-8"), min_size=1, max_size=60), body=st.binary(max_size=200))
def test_what_we_sign_is_the_hmac_of_the_recommendation(secret: str, body: bytes) -> None:
    assert signature(secret, body) == "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    assert is_signed(signature(secret, body), secret, body)
    assert not is_signed(signature(secret, body), secret, body + b"x")
    assert not is_signed(signature(secret, body), secret + "x", body)


@pytest.mark.parametrize(
    ("method", "believed"), [("sha1", False), ("sha256", True), ("sha384", True), ("sha512", True), ("md5", False)]
)
def test_a_signature_is_checked_by_the_method_it_states_and_nothing_below_sha256_counts(method: str, believed: bool) -> None:  # noqa: FBT001
    field = f"{method}={hmac.new(b's', b'body', method).hexdigest()}"

    assert is_signed(field, "s", b"body") is believed


@pytest.mark.parametrize("field", [None, "", "sha256", "sha256=", "=", "sha256=zz", "sha256=é", "0" * 64])
def test_a_missing_or_wrong_signature_is_none(field: str | None) -> None:
    assert not is_signed(field, "s", b"body")


# --- a subscriber's requests ---


def test_a_hub_is_asked_for_the_topic_with_callback_lease_and_secret() -> None:
    assert form(forms.subscription(LEASE, "https://us.example/websub/t")) == {
        "hub.callback": "https://us.example/websub/t",
        "hub.mode": "subscribe",
        "hub.topic": FEED,
        "hub.lease_seconds": "864000",
        "hub.secret": "s",
    }


def test_the_end_of_a_subscription_needs_no_lease_and_no_secret() -> None:
    assert form(forms.subscription(replace(LEASE, wanted=Intent.UNSUBSCRIBE), "https://us.example/websub/t")) == {
        "hub.callback": "https://us.example/websub/t",
        "hub.mode": "unsubscribe",
        "hub.topic": FEED,
    }


@pytest.mark.parametrize(
    ("hub", "may"),
    [
        ("https://hub.example/", True),
        ("http://hub.example/", False),
        ("http://127.0.0.1:8099/hub", True),
        ("http://127.0.0.1:8098/hub", False),
    ],
)
def test_a_secret_goes_over_https_or_to_an_allowed_address_only(hub: str, may: bool) -> None:  # noqa: FBT001
    assert forms.may_have_secret(hub, frozenset({("127.0.0.1", 8099)})) is may


ASKED = {"hub.mode": "subscribe", "hub.topic": FEED, "hub.challenge": "abc", "hub.lease_seconds": "60"}


@pytest.mark.parametrize(
    ("lease", "question", "confirmed"),
    [
        pytest.param(LEASE, ASKED, True, id="what we asked for"),
        pytest.param(replace(LEASE, asked=None), ASKED, False, id="nothing was asked for"),
        pytest.param(LEASE, ASKED | {"hub.topic": OTHER}, False, id="another topic"),
        pytest.param(LEASE, ASKED | {"hub.mode": "unsubscribe"}, False, id="another intent"),
        pytest.param(LEASE, ASKED | {"hub.challenge": ""}, False, id="no challenge"),
        pytest.param(LEASE, ASKED | {"hub.challenge": "x" * 1025}, False, id="a page for a challenge"),
        pytest.param(replace(LEASE, wanted=Intent.UNSUBSCRIBE), ASKED, False, id="not wanted any more"),
    ],
)
def test_only_what_is_pending_is_confirmed(lease: Lease, question: dict[str, str], confirmed: bool) -> None:  # noqa: FBT001
    assert forms.confirms(lease, question) is confirmed


# --- a hub's side ---


def test_a_request_is_read_and_what_it_says_besides_is_ignored() -> None:
    asked = {"hub.mode": "subscribe", "hub.callback": "https://b.example/cb", "hub.topic": FEED, "hub.secret": "s", "foo": "bar"}

    assert forms.read_request(asked) == replace(REQUEST, lease_s=864_000, secret="s")  # noqa: S106 - made up


@pytest.mark.parametrize("fragment", ["#", "#a", "#a#b?c"])
def test_a_callback_is_the_same_with_a_fragment_which_nobody_is_sent(fragment: str) -> None:
    asked = {"hub.mode": "subscribe", "hub.callback": f"https://b.example/cb?x=1{fragment}", "hub.topic": FEED}

    assert forms.read_request(asked).callback == "https://b.example/cb?x=1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"hub.mode": "publish"},
        {"hub.mode": ""},
        {"hub.topic": ""},
        {"hub.callback": ""},
        {"hub.callback": "ftp://b.example/"},
        {"hub.callback": "//b.example/"},
        {"hub.callback": "https://u:p@b.example/"},
        {"hub.callback": "https://b.example/\r\nX: y"},
        {"hub.callback": "https://b.example:0x/"},
        {"hub.callback": "https://b.example/" + "x" * 2048},
        {"hub.secret": "é" * 100},
        {"hub.secret": "a\0b"},
        {"hub.topic": "https://a.example/\0"},
    ],
)
def test_a_request_that_cannot_be_is_refused(wrong: dict[str, str]) -> None:
    asked = {"hub.mode": "subscribe", "hub.callback": "https://b.example/cb", "hub.topic": FEED}

    with pytest.raises(forms.BadRequestError):
        forms.read_request(asked | wrong)


@given(texts, texts, texts)
def test_the_question_keeps_the_callback_as_it_is_and_appends_to_its_query(topic: str, challenge: str, query: str) -> None:
    callback = f"https://b.example/cb?{''.join(query.split()).partition('#')[0]}"
    request = replace(REQUEST, callback=callback, topic=topic)

    asked = forms.question(request, challenge)

    assert asked.startswith(f"{callback}&hub.mode=subscribe&")
    found = dict(parse_qsl(asked.removeprefix(f"{callback}&"), keep_blank_values=True))
    assert found == {"hub.mode": "subscribe", "hub.topic": topic, "hub.challenge": challenge, "hub.lease_seconds": "60"}


def test_a_callback_without_a_query_gets_one_and_an_unsubscription_has_no_lease() -> None:
    asked = forms.question(replace(REQUEST, intent=Intent.UNSUBSCRIBE), "abc")

    assert asked == "https://b.example/cb?hub.mode=unsubscribe&hub.topic=https%3A%2F%2Fa.example%2Ffeed&hub.challenge=abc"


def test_a_denial_names_the_topic_and_the_reason() -> None:
    subscriber = Subscriber(id=1, callback="https://b.example/cb?x=1", topic=FEED, secret=None, ends_at=NOW)

    assert dict(parse_qsl(urlsplit(forms.denial(subscriber, "gone")).query)) == {
        "x": "1", "hub.mode": "denied", "hub.topic": FEED, "hub.reason": "gone",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "granted"),
    [
        (None, 10 * DAY),
        ("", 10 * DAY),
        ("3600", timedelta(hours=1)),
        ("1", timedelta(minutes=5)),
        ("99999999999", 30 * DAY),
        ("9" * 5000, 10 * DAY),
        ("0", 10 * DAY),
        ("-5", 10 * DAY),
        ("٣", 10 * DAY),
        ("forever", 10 * DAY),
    ],
)
def test_no_lease_that_we_grant_is_for_ever(written: str | None, granted: timedelta) -> None:
    assert standing.granted(standing.seconds_of(written)) == granted


# --- when ---


@given(st.timedeltas(min_value=timedelta(seconds=1), max_value=30 * DAY))
def test_a_lease_is_renewed_before_it_ends(lease: timedelta) -> None:
    assert NOW < standing.renewal(NOW, lease) < NOW + lease


def test_what_fails_is_tried_again_less_and_less_often() -> None:
    waits = [standing.repetition(NOW, attempts) - NOW for attempts in range(1, 12)]

    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(minutes=1), timedelta(hours=12))


def test_leases_follow_what_feeds_offer() -> None:
    offer = HubOffer(hub=HUB, topic=FEED)
    moved = HubOffer(hub=OTHER, topic=FEED)
    ending = replace(LEASE, wanted=Intent.UNSUBSCRIBE)

    assert standing.changes({7: offer}, []) == standing.Changes(take=((7, offer),))
    assert standing.changes({7: offer}, [LEASE]) == standing.Changes()
    assert standing.changes({7: moved}, [LEASE]) == standing.Changes(take=((7, moved),), leave=(LEASE,))
    assert standing.changes({}, [LEASE]) == standing.Changes(leave=(LEASE,))
    assert standing.changes({}, [ending]) == standing.Changes()
    assert standing.changes({7: offer}, [ending]) == standing.Changes(again=(ending,))


def test_of_each_host_one_is_tried_first() -> None:
    assert standing.parted(["a1", "b1", "a2", "a3"], lambda thing: thing[0]) == (["a1", "b1"], ["a2", "a3"])
