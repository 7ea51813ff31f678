"""Redirects, and what goes along: secrets, manners towards hosts."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from loopback_fetch import FEED, SOON, code, document, fetch, fetch_all, fetch_one, settings
from loopback_server import Loopback, Reply, Seen

from aggregator.fetch import Reason
from aggregator.model import Document, FetchFailure, FetchRequest, Hop, NotModified, Validators

if TYPE_CHECKING:
    from collections.abc import Iterator

FOUND = b"HTTP/1.1 302 Found\r\nLocation: /feed\r\n"


@pytest.fixture
def stranger() -> Iterator[Loopback]:
    """A second server, on the same host but another port."""
    with Loopback() as server:
        server.replies |= {"/feed": Reply(body=FEED), "/401": Reply(status=401)}
        yield server


# --- redirects ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(raw=FOUND + b"\r\n", then="flood"), id="endless"),
        pytest.param(Reply(raw=FOUND + b"Content-Length: 50\r\n\r\nabc", then="close"), id="cut"),
        pytest.param(Reply(raw=FOUND + b"Content-Length: 50\r\n\r\nabc", then="hang"), id="stalled"),
        pytest.param(Reply(raw=FOUND + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"), id="not what it says"),
    ],
)
def test_the_text_of_a_redirect_is_of_no_consequence(loopback: Loopback, reply: Reply) -> None:
    loopback.replies |= {"/old": reply, "/feed": Reply(body=FEED)}
    hops = (Hop(url=loopback.url("/old"), status=302),)
    assert fetch(loopback, "/old", idle_timeout=SOON) == document(loopback, "/old", final_url=loopback.url("/feed"), hops=hops)


def test_a_redirect_with_a_short_text_keeps_its_connection(loopback: Loopback) -> None:
    loopback.replies |= {"/old": Reply(status=302, headers={"Location": "/feed"}, body=b"x" * 1000), "/feed": Reply(body=FEED)}
    assert isinstance(fetch(loopback, "/old"), Document)
    assert loopback.contacts == ["127.0.0.1"]


def test_the_limit_on_headers_is_for_all_hops_together(loopback: Loopback) -> None:
    loopback.replies["/path"] = Reply(status=302, headers={"Location": "/path", "X": "x" * 60_000})
    assert code(fetch(loopback, "/path")) == Reason.TOO_LARGE
    assert len(loopback.seen) == 5  # of 256 KiB


def test_a_304_says_by_which_hops_it_came(loopback: Loopback) -> None:
    loopback.replies["/old"] = Reply(status=308, headers={"Location": "/feed"})
    loopback.replies["/feed"] = Reply(body=FEED, headers={"ETag": '"a"'})
    result = fetch(loopback, "/old", Validators(etag='"a"'))
    assert isinstance(result, NotModified)
    assert (result.final_url, result.hops) == (loopback.url("/feed"), (Hop(url=loopback.url("/old"), status=308),))


def test_redirects_leave_a_host_alone_for_as_long_as_anyone(loopback: Loopback) -> None:
    times = []

    def moved(_: Seen) -> Reply:
        times.append(time.monotonic())
        return Reply(status=302, headers={"Location": "/feed"})

    def feed(_: Seen) -> Reply:
        times.append(time.monotonic())
        return Reply(body=FEED)

    loopback.replies |= {"/old": moved, "/feed": feed}
    assert isinstance(fetch(loopback, "/old", spacing=SOON), Document)
    assert times[1] - times[0] >= SOON.total_seconds()


def test_a_host_is_left_alone_between_two_requests_while_others_are_asked(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, skipped = time.monotonic, [0.0]
    monkeypatch.setattr("aggregator.fetch.clock.time.monotonic", lambda: real() + skipped[0])
    loopback.replies |= dict.fromkeys(["/1", "/2", "/3"], Reply(body=FEED))
    urls = [loopback.url("/1"), loopback.url("/2"), loopback.url("/3", host="127.0.0.2")]
    limits = settings(loopback, spacing=timedelta(hours=1), allow=loopback.allow_at("127.0.0.1", "127.0.0.2"))
    results = fetch_all([FetchRequest(url=url) for url in urls], limits)
    assert {next(results).url, next(results).url} == {urls[0], urls[2]}
    assert sorted(loopback.paths()) == ["/1", "/3"]
    skipped[0] = 3600.0
    assert [result.url for result in results] == [urls[1]]


# --- secrets -----------------------------------------------------------------------------------------------------------

BASIC = "Basic dXNlcjpzZWNyZXQ="  # user:secret
IN_THE_URL = FetchRequest(url="http://user:secret@")
IN_A_FIELD = FetchRequest(url="http://", secret_fields=(("Authorization", BASIC),))
IN_A_FIELD_OF_THEIRS = FetchRequest(url="http://", secret_fields=(("X-Token", "secret"), ("x-name", "hermes")))
SECRETS = [
    pytest.param(IN_THE_URL, {"authorization": BASIC}, id="in the URL"),
    pytest.param(IN_A_FIELD, {"authorization": BASIC}, id="in a field"),
    pytest.param(IN_A_FIELD_OF_THEIRS, {"x-token": "secret", "x-name": "hermes"}, id="in fields of their own"),
    pytest.param(
        FetchRequest(url="http://other:one@", secret_fields=(("authorization", BASIC),)),
        {"authorization": BASIC},
        id="a field counts more than the URL",
    ),
]
USUAL = {"host", "user-agent", "accept", "accept-encoding"}


def at(loopback: Loopback, path: str, request: FetchRequest) -> FetchRequest:
    """The *request* with its URL completed."""
    url = loopback.url(path).replace("http://", request.url)
    return FetchRequest(url=url, secret_fields=request.secret_fields)


@pytest.mark.parametrize(("request_", "sent"), SECRETS)
def test_secrets_go_to_the_origin_of_the_subscription_only(
    loopback: Loopback, stranger: Loopback, request_: FetchRequest, sent: dict[str, str]
) -> None:
    loopback.replies |= {
        "/old": Reply(status=301, headers={"Location": "/older"}),
        "/older": Reply(status=302, headers={"Location": stranger.url("/away")}),
        "/back": Reply(status=302, headers={"Location": stranger.url("/feed")}),
    }
    stranger.replies["/away"] = Reply(status=302, headers={"Location": loopback.url("/back")})
    result = fetch_one(at(loopback, "/old", request_), loopback, allow=loopback.allow | stranger.allow)
    assert isinstance(result, Document)
    assert [seen.path for seen in loopback.seen] == ["/old", "/older", "/back"]
    for seen in loopback.seen[:2]:
        assert {name: value for name, value in seen.headers.items() if name not in USUAL} == sent
    for seen in (*loopback.seen[2:], *stranger.seen):
        assert set(seen.headers) == USUAL


@pytest.mark.parametrize(("request_", "sent"), SECRETS)
def test_secrets_do_not_show(loopback: Loopback, stranger: Loopback, request_: FetchRequest, sent: dict[str, str]) -> None:
    loopback.replies |= {
        "/old": Reply(status=301, headers={"Location": "/feed"}),
        "/feed": Reply(body=FEED),
        "/401": Reply(status=401),
        "/away": Reply(status=302, headers={"Location": stranger.url("/401")}),
        "/reset": Reply(raw=b"", then="reset"),
    }
    for path in ("/old", "/feed", "/401", "/away", "/reset"):
        request = at(loopback, path, request_)
        result = fetch_one(request, loopback, allow=loopback.allow | stranger.allow)
        shown = f"{request} {result} {getattr(result, 'message', '')} {result.final_url} {result.hops}"
        assert not any(value in shown for value in (*sent.values(), "secret", "other:one"))
        assert (result.final_url or "").startswith(("http://127.0.0.1:",))


def test_a_401_behind_a_redirect_says_why(loopback: Loopback, stranger: Loopback) -> None:
    loopback.replies["/old"] = Reply(status=302, headers={"Location": stranger.url("/401")})
    allow = loopback.allow | stranger.allow
    with_secrets = fetch_one(at(loopback, "/old", IN_A_FIELD), loopback, allow=allow)
    without = fetch_one(FetchRequest(url=loopback.url("/old")), loopback, allow=allow)
    assert isinstance(with_secrets, FetchFailure)
    assert isinstance(without, FetchFailure)
    assert (with_secrets.code, with_secrets.message) == (
        "http-401",
        "401 needs credentials, which a redirect does not take along: subscribe to the URL that it leads to",
    )
    assert (without.code, without.message) == ("http-401", "401 needs credentials")


def test_the_next_request_knows_nothing_of_the_secrets_of_the_last(loopback: Loopback) -> None:
    loopback.replies["/feed"] = Reply(body=FEED)
    requests = [
        at(loopback, "/feed", IN_A_FIELD_OF_THEIRS),
        at(loopback, "/feed", IN_THE_URL),
        FetchRequest(url=loopback.url("/feed")),
    ]
    assert [type(result) for result in fetch_all(requests, settings(loopback, concurrency=1))] == [Document] * 3
    assert [set(seen.headers) - USUAL for seen in loopback.seen] == [{"x-token", "x-name"}, {"authorization"}, set()]
    assert loopback.contacts == ["127.0.0.1"]


def test_credentials_in_a_location_are_not_used(loopback: Loopback) -> None:
    loopback.replies["/old"] = Reply(status=302, headers={"Location": loopback.url("/feed").replace("://", "://user:secret@")})
    loopback.replies["/feed"] = Reply(body=FEED)
    assert fetch(loopback, "/old").final_url == loopback.url("/feed")
    assert [set(seen.headers) for seen in loopback.seen] == [USUAL, USUAL]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param((("X-Token", "secret\r\nX-Evil: y"),), id="value"),
        pytest.param((("X-Evil: y\r\nX-Token", "secret"),), id="name"),
        pytest.param((("Host", "secret"),), id="a field of the connection"),
    ],
)
def test_a_field_that_cannot_be_sent_is_a_failure_without_a_connection(
    loopback: Loopback, fields: tuple[tuple[str, str], ...]
) -> None:
    result = fetch_one(FetchRequest(url=loopback.url("/feed"), secret_fields=fields), loopback)
    assert code(result) == Reason.BAD_FIELD
    assert "secret" not in str(result)
    assert loopback.contacts == []


def test_a_request_may_have_a_user_agent_of_its_own(loopback: Loopback) -> None:
    loopback.replies |= {"/old": Reply(status=302, headers={"Location": "/feed"}), "/feed": Reply(body=FEED)}
    fetch_one(FetchRequest(url=loopback.url("/old"), user_agent="other/2 (+https://example.org/)"), loopback)
    fetch_one(FetchRequest(url=loopback.url("/feed")), loopback)
    agents = [seen.headers["user-agent"] for seen in loopback.seen]
    assert agents == ["other/2 (+https://example.org/)", "other/2 (+https://example.org/)", "test/1"]
