from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
import zlib
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_server import Loopback, Reply, Seen

from aggregator.fetch import FetchSettings, Reason, fetch_all
from aggregator.fetch.body import MAX_MEMBERS, Body, BodyError
from aggregator.fetch.reasons import Ending, of_ending, of_status
from aggregator.fetch.target import BadUrlError, Target, target_of
from aggregator.fetch.turns import Turns
from aggregator.model import Document, FetchFailure, FetchRequest, FetchResult, NotModified, Validators

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FEED = b"<feed xmlns='http://www.w3.org/2005/Atom'/>"
SOON = timedelta(seconds=0.2)

# Made for this file, for 127.0.0.1 alone: the key, its certificate, and one that ended with 2020. They protect nothing.
TLS_KEY = """\
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEICniVNYjcp8Rbzz86o5uJyvAcpK57fcgSG5jUsIDkKj9oAoGCCqGSM49
AwEHoUQDQgAET0DGMxlrWfGoBVcOzadv7EcHVw/cbb+hJSCWYhwLRbUAjYiF0kYY
Md7dtEAnwGHmSR7Vfzq+SNAI8cTZ1foeBA==
-----END EC PRIVATE KEY-----
"""
TLS_CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBiTCCAS+gAwIBAgIUXpXIhmbXS/zygG1IH3dXo9HRBdIwCgYIKoZIzj0EAwIw
ITEfMB0GA1UEAwwWYWdncmVnYXRvciB0ZXN0IHNlcnZlcjAgFw0yMDAxMDEwMDAw
MDBaGA8yMTIwMDEwMTAwMDAwMFowITEfMB0GA1UEAwwWYWdncmVnYXRvciB0ZXN0
IHNlcnZlcjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABE9AxjMZa1nxqAVXDs2n
b+xHB1cP3G2/oSUglmIcC0W1AI2IhdJGGDHe3bRAJ8Bh5kke1X86vkjQCPHE2dX6
HgSjQzBBMA8GA1UdEQQIMAaHBH8AAAEwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4E
FgQU9kw1mFzFdULpS4W1n7/XmeAAHPIwCgYIKoZIzj0EAwIDSAAwRQIgHjbrHUum
A1ZzhhDPOk7Y6D8a/qRJrg+OfXWBqbUetQQCIQC+X2KBJlSDgAK/gxbCQsXwUI4Y
ZtCjFGiPKCWxZhYyJw==
-----END CERTIFICATE-----
"""
TLS_EXPIRED = """\
-----BEGIN CERTIFICATE-----
MIIBhzCCAS2gAwIBAgIUUf9t8FjRYEaNiMzoLMuh7pb5LHUwCgYIKoZIzj0EAwIw
ITEfMB0GA1UEAwwWYWdncmVnYXRvciB0ZXN0IHNlcnZlcjAeFw0yMDAxMDEwMDAw
MDBaFw0yMTAxMDEwMDAwMDBaMCExHzAdBgNVBAMMFmFnZ3JlZ2F0b3IgdGVzdCBz
ZXJ2ZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARPQMYzGWtZ8agFVw7Np2/s
RwdXD9xtv6ElIJZiHAtFtQCNiIXSRhgx3t20QCfAYeZJHtV/Or5I0AjxxNnV+h4E
o0MwQTAPBgNVHREECDAGhwR/AAABMA8GA1UdEwEB/wQFMAMBAf8wHQYDVR0OBBYE
FPZMNZhcxXVC6UuFtZ+/15ngABzyMAoGCCqGSM49BAMCA0gAMEUCIB2IlVrzJnTV
ioFV53bLLoLwO4j46sgVjUsMOs6uI6bLAiEA3vq0pFyuRgjg456l8bTjfRYEXH0m
zZzfdImPjvHAKQw=
-----END CERTIFICATE-----
"""


def fetch(loopback: Loopback, path: str, validators: Validators = Validators(), **limits: Any) -> FetchResult:  # noqa: B008 - frozen
    """Fetch one URL (or a path of *loopback*) and return its result, without the two fields no test can predict."""
    url = path if ":" in path else loopback.url(path)
    (result,) = fetch_all([FetchRequest(url=url, validators=validators)], settings(loopback, **limits))
    return timeless(result)


def timeless(result: FetchResult) -> FetchResult:
    return replace(result, duration=timedelta())


def settings(loopback: Loopback, **limits: Any) -> FetchSettings:
    return FetchSettings(**{"user_agent": "test/1", "allow": loopback.allow, "timeout": timedelta(seconds=20), **limits})


def document(loopback: Loopback, path: str, body: bytes = FEED, **fields: Any) -> Document:
    expected = Document(
        url=loopback.url(path),
        final_url=loopback.url(path),
        status=200,
        content_type=None,
        content_language=None,
        body=body,
        validators=Validators(),
        wire_bytes=len(body),
        duration=timedelta(),
    )
    return replace(expected, **fields)


def code(result: FetchResult) -> str:
    assert isinstance(result, FetchFailure), result
    assert "\n" not in result.message
    return result.code


# --- what comes well ---------------------------------------------------------------------------------------------------


def test_a_document_comes_with_its_media_type_language_and_validators(loopback: Loopback) -> None:
    date = "Wed, 01 Jan 2025 00:00:00 GMT"
    headers = {"Content-Type": "application/atom+xml", "Content-Language": "zh-CN", "ETag": '"a"', "Last-Modified": date}
    loopback.replies["/feed"] = Reply(body=FEED, headers=headers)
    assert fetch(loopback, "/feed") == document(
        loopback,
        "/feed",
        content_type="application/atom+xml",
        content_language="zh-CN",
        validators=Validators(etag='"a"', last_modified=date),
    )


def test_a_request_says_who_we_are_and_what_we_can_read_and_no_more(loopback: Loopback) -> None:
    loopback.replies["/feed"] = Reply(body=FEED)
    fetch(loopback, "/feed")
    (seen,) = loopback.seen
    assert set(seen.headers) == {"host", "user-agent", "accept", "accept-encoding"}
    assert seen.headers["user-agent"] == "test/1"
    assert seen.headers["accept"].startswith("application/atom+xml, application/rss+xml, application/feed+json")
    assert seen.headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize(
    ("validators", "sent"),
    [
        pytest.param(Validators(etag='W/"a b"'), {"if-none-match": 'W/"a b"'}, id="ETag"),
        pytest.param(Validators(last_modified="yesterday"), {"if-modified-since": "yesterday"}, id="Last-Modified, opaque"),
    ],
)
def test_a_validator_is_given_back_and_304_means_not_modified(
    loopback: Loopback, validators: Validators, sent: dict[str, str]
) -> None:
    headers = {"ETag": validators.etag or "", "Last-Modified": validators.last_modified or ""}
    loopback.replies["/feed"] = Reply(body=FEED, headers={name: value for name, value in headers.items() if value})
    assert fetch(loopback, "/feed", validators) == NotModified(
        url=loopback.url("/feed"), final_url=loopback.url("/feed"), duration=timedelta()
    )
    assert sent.items() <= loopback.seen[0].headers.items()


def test_a_304_with_a_location_is_no_redirect(loopback: Loopback) -> None:
    loopback.replies["/feed"] = Reply(status=304, headers={"Location": "/feed"})
    assert isinstance(fetch(loopback, "/feed", Validators(etag='"a"')), NotModified)
    assert loopback.paths() == ["/feed"]


@pytest.mark.parametrize(
    "etag",
    [
        pytest.param('"' + "x" * 255 + '"', id="too long"),
        pytest.param('"é"', id="not ASCII"),
        pytest.param('"a\tb"', id="control character"),
    ],
)
def test_a_validator_that_might_do_harm_is_neither_kept_nor_sent(loopback: Loopback, etag: str) -> None:
    loopback.replies["/feed"] = Reply(body=FEED, headers={"ETag": etag})
    assert fetch(loopback, "/feed", Validators(etag=etag)) == document(loopback, "/feed")
    assert "if-none-match" not in loopback.seen[0].headers


def test_an_etag_that_comes_twice_is_dropped(loopback: Loopback) -> None:
    loopback.replies["/feed"] = Reply(raw=b'HTTP/1.1 200 OK\r\nETag: "a"\r\nETag: "b"\r\nContent-Length: 1\r\n\r\nx')
    assert fetch(loopback, "/feed") == document(loopback, "/feed", b"x")


def test_a_trailer_cannot_bring_a_validator(loopback: Loopback) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: ETag\r\n\r\n"
    loopback.replies["/feed"] = Reply(raw=head + b'1\r\nx\r\n0\r\nETag: "late"\r\n\r\n')
    assert fetch(loopback, "/feed") == document(loopback, "/feed", b"x")


@pytest.mark.parametrize(
    ("coding", "wire"),
    [
        pytest.param("gzip", gzip.compress(FEED), id="gzip"),
        pytest.param("X-GZIP", gzip.compress(FEED), id="its old name"),
        pytest.param("deflate", zlib.compress(FEED), id="deflate"),
        pytest.param("deflate", zlib.compress(FEED)[2:-4], id="raw deflate"),
        pytest.param("identity", FEED, id="identity"),
    ],
)
def test_a_body_is_decoded(loopback: Loopback, coding: str, wire: bytes) -> None:
    loopback.replies["/feed"] = Reply(body=wire, headers={"Content-Encoding": coding})
    assert fetch(loopback, "/feed") == document(loopback, "/feed", wire_bytes=len(wire))


def test_a_body_that_ends_with_the_connection_is_whole(loopback: Loopback) -> None:
    loopback.replies["/feed"] = Reply(raw=b"HTTP/1.1 200 OK\r\n\r\n" + FEED, then="close")
    assert fetch(loopback, "/feed") == document(loopback, "/feed")


def test_redirects_are_followed_and_only_the_last_response_counts(loopback: Loopback) -> None:
    loopback.replies["/old"] = Reply(status=301, headers={"Location": "/older", "ETag": '"old"'}, body=b"moved")
    loopback.replies["/older"] = Reply(status=302, headers={"Location": loopback.url("/文?a=b")})
    loopback.replies["/%E6%96%87?a=b"] = Reply(body=FEED)
    assert fetch(loopback, "/old") == document(loopback, "/old", final_url=loopback.url("/%E6%96%87?a=b"))


def test_credentials_in_the_url_are_used_but_go_no_further(loopback: Loopback) -> None:
    loopback.replies["/feed"] = Reply(status=301, headers={"Location": loopback.url("/new", host="127.0.0.2")})
    loopback.replies["/new"] = Reply(body=FEED)
    url = loopback.url("/feed").replace("://", "://user:secret@")
    result = fetch(loopback, url, allow=loopback.allow_at("127.0.0.1", "127.0.0.2"))
    assert result == document(loopback, "/feed", url=url, final_url=loopback.url("/new", host="127.0.0.2"))
    assert [seen.headers.get("authorization") for seen in loopback.seen] == ["Basic dXNlcjpzZWNyZXQ=", None]


@pytest.mark.parametrize("path", [pytest.param("/gone", id="asked for"), pytest.param("/old", id="redirected to")])
def test_a_final_url_is_without_credentials(loopback: Loopback, path: str) -> None:
    secret = loopback.url("/gone").replace("://", "://user:secret@")
    loopback.replies["/old"] = Reply(status=302, headers={"Location": secret})
    result = fetch(loopback, secret if path == "/gone" else path)
    assert result.final_url == loopback.url("/gone")


def test_cookies_are_not_kept(loopback: Loopback) -> None:
    loopback.replies["/set"] = Reply(status=302, headers={"Location": "/feed", "Set-Cookie": "a=b; Path=/"})
    loopback.replies["/feed"] = Reply(body=FEED, headers={"Set-Cookie": "c=d"})
    requests = [FetchRequest(url=loopback.url("/set")), FetchRequest(url=loopback.url("/feed"))]
    assert len(list(fetch_all(requests, settings(loopback)))) == 2
    assert not any("cookie" in seen.headers for seen in loopback.seen)


def test_proxies_in_the_environment_are_ignored(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    loopback.replies["/feed"] = Reply(body=FEED)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    assert fetch(loopback, "/feed") == document(loopback, "/feed")


def test_netrc_is_ignored(loopback: Loopback, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    loopback.replies["/feed"] = Reply(body=FEED)
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login user password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    fetch(loopback, "/feed")
    assert "authorization" not in loopback.seen[0].headers


# --- what does not -----------------------------------------------------------------------------------------------------

OK = b"HTTP/1.1 200 OK\r\n"
BOMB = gzip.compress(bytes(3 * 1024 * 1024))


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param(Reply(status=304), Reason.UNASKED_304, id="304 though we did not ask"),
        pytest.param(Reply(), Reason.EMPTY, id="200 with nothing in it"),
        pytest.param(Reply(headers={"Content-Encoding": "gzip"}), Reason.EMPTY, id="nothing, gzipped"),
        pytest.param(Reply(status=204), "http-204", id="204"),
        pytest.param(Reply(status=206, body=FEED), "http-206", id="206, a part"),
        pytest.param(Reply(status=302), "http-302", id="redirect to nowhere"),
        pytest.param(Reply(status=401), "http-401", id="401"),
        pytest.param(Reply(status=404, body=b"x" * 100_000), "http-404", id="404"),
        pytest.param(
            Reply(status=404, headers={"Content-Length": "9" * 12}, then="close"), "http-404", id="404 with a huge text"
        ),
        pytest.param(Reply(status=410), "http-410", id="410"),
        pytest.param(Reply(status=503), "http-503", id="503"),
        pytest.param(Reply(status=799), "http-799", id="a status nobody knows"),
        pytest.param(
            Reply(raw=OK + b"Content-Length: 50\r\n\r\nabc", then="close"), Reason.TRUNCATED, id="Content-Length too long"
        ),
        pytest.param(Reply(raw=OK + b"Content-Length: 50\r\n\r\nabc", then="reset"), Reason.TRUNCATED, id="reset amid the body"),
        pytest.param(
            Reply(raw=OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", then="close"),
            Reason.TRUNCATED,
            id="last chunk missing",
        ),
        pytest.param(
            Reply(raw=OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(FEED)[:-9], then="close"),
            Reason.TRUNCATED,
            id="gzip cut",
        ),
        pytest.param(
            Reply(body=gzip.compress(FEED)[:-4], headers={"Content-Encoding": "gzip"}),
            Reason.TRUNCATED,
            id="gzip without its end",
        ),
        pytest.param(Reply(body=FEED, headers={"Content-Encoding": "gzip"}), Reason.BAD_CODING, id="not gzip at all"),
        pytest.param(Reply(body=FEED, headers={"Content-Encoding": "br"}), Reason.BAD_CODING, id="a coding we did not ask for"),
        pytest.param(Reply(body=BOMB, headers={"Content-Encoding": "gzip"}), Reason.TOO_LARGE, id="bomb"),
        pytest.param(Reply(body=b"x" * 1_000_001), Reason.TOO_LARGE, id="too large and says so"),
        pytest.param(Reply(raw=OK + b"\r\n" + b"x" * 1_000_001, then="close"), Reason.TOO_LARGE, id="too large and does not say"),
        pytest.param(Reply(raw=OK + b"X: " + b"a" * 500_000, then="close"), Reason.TOO_LARGE, id="a huge header"),
        pytest.param(Reply(raw=OK + b"X: a\r\n" * 5000, then="close"), Reason.TOO_LARGE, id="many headers"),
        pytest.param(
            Reply(raw=b"HTTP/1.1 103 Hint\r\n\r\n" * 5000, then="close"), Reason.TOO_LARGE, id="endless interim responses"
        ),
        pytest.param(Reply(raw=b"", then="close"), Reason.PROTOCOL, id="no answer"),
        pytest.param(Reply(raw=FEED, then="close"), Reason.PROTOCOL, id="HTTP/0.9"),
        pytest.param(Reply(raw=OK + b"Content-Length: -1\r\n\r\nx", then="close"), Reason.PROTOCOL, id="negative length"),
        pytest.param(
            Reply(raw=OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc", then="close"), Reason.PROTOCOL, id="chunk of no size"
        ),
        pytest.param(Reply(raw=b"", then="reset"), Reason.UNREACHABLE, id="reset"),
        pytest.param(Reply(status=302, headers={"Location": "/path"}), Reason.TOO_MANY_REDIRECTS, id="redirect loop"),
        pytest.param(Reply(status=302, headers={"Location": "ftp://x/"}), Reason.BAD_URL, id="redirect to ftp"),
        pytest.param(Reply(status=302, headers={"Location": "file:///etc/passwd"}), Reason.BAD_URL, id="redirect to a file"),
        pytest.param(Reply(status=302, headers={"Location": "http://[x"}), Reason.BAD_URL, id="redirect to nonsense"),
        pytest.param(Reply(status=302, headers={"Location": "http://name.invalid/"}), Reason.DNS, id="redirect to no host"),
    ],
)
def test_what_is_not_a_whole_document_is_a_failure(loopback: Loopback, reply: Reply, expected: str) -> None:
    loopback.replies["/path"] = reply
    assert code(fetch(loopback, "/path", max_body=1_000_000)) == expected


def test_a_failure_says_all_that_is_known(loopback: Loopback) -> None:
    loopback.replies["/old"] = Reply(status=301, headers={"Location": "/gone"})
    loopback.replies["/gone"] = Reply(status=410)
    assert fetch(loopback, "/old") == FetchFailure(
        url=loopback.url("/old"),
        code="http-410",
        message="410 Gone: the publisher has removed this feed for good",
        final_url=loopback.url("/gone"),
        status=410,
        duration=timedelta(),
    )


def test_the_text_of_an_error_is_not_waited_for(loopback: Loopback) -> None:
    loopback.replies["/path"] = Reply(raw=b"HTTP/1.1 404 No\r\n\r\n", then="drip")
    (result,) = fetch_all([FetchRequest(url=loopback.url("/path"))], settings(loopback))
    assert code(result) == "http-404"
    assert result.duration < timedelta(seconds=10)  # of the 20 s that it may take; in fact, it is milliseconds


def test_as_many_redirects_as_allowed_are_followed_and_not_one_more(loopback: Loopback) -> None:
    for hop in range(3):
        loopback.replies[f"/{hop}"] = Reply(status=307, headers={"Location": f"/{hop + 1}"})
    loopback.replies["/3"] = Reply(body=FEED)
    assert code(fetch(loopback, "/0", max_redirects=2)) == Reason.TOO_MANY_REDIRECTS
    assert fetch(loopback, "/0", max_redirects=3) == document(loopback, "/0", final_url=loopback.url("/3"))


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("ftp://example.org/feed", id="ftp"),
        pytest.param("file:///etc/passwd", id="file"),
        pytest.param("example.org/feed", id="no scheme"),
        pytest.param("http://", id="no host"),
        pytest.param("http://:80/", id="only a port"),
        pytest.param("http://[::1/", id="half an address"),
        pytest.param("http://example.org:99999/", id="impossible port"),
        pytest.param("http://example.org/a b", id="space"),
        pytest.param("http://example.org/\r\nX: y", id="header injection"),
        pytest.param("http://good.example\\@evil.example/", id="backslash"),
        pytest.param("http://a..例.example/", id="impossible name"),
        pytest.param("http://example.org/" + "x" * 10_000, id="endless"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_url_that_cannot_be_requested_is_a_failure_without_a_connection(url: str) -> None:
    (result,) = fetch_all([FetchRequest(url=url)], FetchSettings(user_agent="test/1"))
    assert (code(result), result.url, result.final_url) == (Reason.BAD_URL, url, None)


def test_a_name_without_an_address_is_a_failure(loopback: Loopback) -> None:
    result = fetch(loopback, "http://name.invalid/")
    assert isinstance(result, FetchFailure)
    assert (result.code, result.message) == (Reason.DNS, "could not resolve host name.invalid")


def test_a_closed_port_is_unreachable() -> None:
    with socket.socket() as reserved:  # bound but not listening: nobody else gets this port, and connections are refused
        reserved.bind(("127.0.0.1", 0))
        address: tuple[str, int] = reserved.getsockname()
        request = FetchRequest(url=f"http://127.0.0.1:{address[1]}/")
        (result,) = fetch_all([request], FetchSettings(user_agent="test/1", allow=frozenset({address})))
    assert isinstance(result, FetchFailure)
    assert (result.code, result.message) == (Reason.UNREACHABLE, "could not connect to 127.0.0.1: connection refused")


# --- time --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "limit", "message"),
    [
        pytest.param(Reply(raw=b"", then="hang"), "timeout", "not done within 0.2 s", id="never answers"),
        pytest.param(Reply(raw=OK + b"\r\n", then="drip"), "timeout", "not done within 0.2 s", id="drips"),
        pytest.param(Reply(raw=b"", then="hang"), "idle_timeout", "nothing came for 0.2 s", id="idle before the answer"),
        pytest.param(Reply(raw=OK + b"\r\nx", then="hang"), "idle_timeout", "nothing came for 0.2 s", id="idle amid the body"),
    ],
)
def test_patience_ends(loopback: Loopback, reply: Reply, limit: str, message: str) -> None:
    loopback.replies["/slow"] = reply
    limits: dict[str, Any] = {limit: SOON}
    result = fetch(loopback, "/slow", **limits)
    assert isinstance(result, FetchFailure)
    assert (result.code, result.message) == (Reason.TIMEOUT, message)


def test_a_tls_handshake_that_stalls_counts_as_connecting(loopback: Loopback) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address: tuple[str, int] = mute.getsockname()
        result = fetch(loopback, f"https://127.0.0.1:{address[1]}/", allow=frozenset({address}), connect_timeout=SOON)
    assert isinstance(result, FetchFailure)
    assert (result.code, result.message) == (Reason.TIMEOUT, "could not connect within 0.2 s")


def test_the_time_a_consumer_takes_makes_nobody_late(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    consumed = threading.Event()
    real, skipped = time.monotonic, [0.0]
    monkeypatch.setattr("aggregator.fetch.client.time.monotonic", lambda: real() + skipped[0])

    def patient(_: Seen) -> Reply:
        assert consumed.wait(10)
        return Reply(body=FEED)

    loopback.replies |= {"/quick": Reply(body=FEED), "/slow": patient}
    urls = [loopback.url("/slow"), loopback.url("/quick", host="127.0.0.2")]
    allow = loopback.allow_at("127.0.0.1", "127.0.0.2")
    results = fetch_all([FetchRequest(url=url) for url in urls], settings(loopback, allow=allow))
    assert next(results).url == urls[1]
    skipped[0] = 3600.0
    consumed.set()
    assert [type(result) for result in results] == [Document]


# --- addresses ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def canary() -> Iterator[socket.socket]:
    """A listener on 127.0.0.2 that nobody may contact."""
    with socket.create_server(("127.0.0.2", 0)) as listener:
        listener.setblocking(False)  # noqa: FBT003 - the standard library's
        yield listener


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("127.0.0.2", id="plain"),
        pytest.param("2130706434", id="one number"),
        pytest.param("0x7f.2", id="hexadecimal and short"),
        pytest.param("0177.0.0.2", id="octal"),
        pytest.param("[::ffff:127.0.0.2]", id="mapped"),
        pytest.param("①②⑦.⓪.⓪.②", id="circled digits"),
    ],
)
def test_no_spelling_of_a_blocked_address_is_dialled(canary: socket.socket, host: str) -> None:
    request = FetchRequest(url=f"http://{host}:{canary.getsockname()[1]}/")
    (result,) = fetch_all([request], FetchSettings(user_agent="test/1"))
    assert code(result) == Reason.ADDRESS_BLOCKED
    with pytest.raises(BlockingIOError):
        canary.accept()


def test_a_redirect_to_a_blocked_address_is_not_followed(loopback: Loopback, canary: socket.socket) -> None:
    port = canary.getsockname()[1]
    loopback.replies["/feed"] = Reply(status=302, headers={"Location": f"http://127.0.0.2:{port}/"})
    assert fetch(loopback, "/feed") == FetchFailure(
        url=loopback.url("/feed"),
        code="address-blocked",
        message="127.0.0.2 is not a public address; list it with its port in fetch.allow if you mean it",
        final_url=f"http://127.0.0.2:{port}/",
        status=302,
        duration=timedelta(),
    )
    with pytest.raises(BlockingIOError):
        canary.accept()


def test_loopback_is_blocked_unless_allowed(loopback: Loopback) -> None:
    loopback.replies["/feed"] = Reply(body=FEED)
    assert code(fetch(loopback, "/feed", allow=frozenset())) == Reason.ADDRESS_BLOCKED
    assert code(fetch(loopback, f"http://localhost:{loopback.port}/feed", allow=frozenset())) == Reason.ADDRESS_BLOCKED
    assert loopback.contacts == []


# --- TLS ---------------------------------------------------------------------------------------------------------------


def serve_tls(tmp_path: Path, certificate: str) -> Loopback:
    (tmp_path / "chain.pem").write_text(TLS_KEY + certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "chain.pem")
    server = Loopback(context)
    server.replies["/feed"] = Reply(body=FEED)
    return server


def test_a_certificate_of_a_trusted_authority_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_tls(tmp_path, TLS_CERTIFICATE) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "chain.pem"))
        assert fetch(server, "/feed") == document(server, "/feed")


@pytest.mark.parametrize(
    ("certificate", "trusted", "host", "message"),
    [
        pytest.param(TLS_CERTIFICATE, False, "127.0.0.1", "the certificate of 127.0.0.1 is self-signed", id="unknown authority"),
        pytest.param(TLS_EXPIRED, True, "127.0.0.1", "the certificate of 127.0.0.1 has expired", id="expired"),
        pytest.param(TLS_CERTIFICATE, True, "127.0.0.2", "the certificate is not for 127.0.0.2", id="another name"),
    ],
)
def test_a_certificate_that_proves_nothing_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    certificate: str,
    trusted: bool,  # noqa: FBT001 - a table's column
    host: str,
    message: str,
) -> None:
    with serve_tls(tmp_path, certificate) as server:
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "chain.pem"))
        result = fetch(server, server.url("/feed", host=host), allow=server.allow_at(host))
    assert isinstance(result, FetchFailure)
    assert (result.code, result.message) == (Reason.TLS, message)
    assert server.seen == []


# --- many at once ------------------------------------------------------------------------------------------------------


def test_every_request_gets_exactly_one_result(loopback: Loopback) -> None:
    hosts = [f"127.1.{number // 20}.{number % 20 + 1}" for number in range(200)]
    loopback.replies["/feed"] = Reply(body=FEED)
    urls = [loopback.url("/feed", host=host) for host in hosts] + ["nonsense", "http://10.0.0.1/"] * 2
    results = list(fetch_all([FetchRequest(url=url) for url in urls], settings(loopback, allow=loopback.allow_at(*hosts))))
    assert Counter(result.url for result in results) == Counter(urls)
    assert Counter(type(result) for result in results) == {Document: 200, FetchFailure: 4}


@pytest.mark.parametrize(
    ("hosts", "concurrency", "expected"),
    [
        pytest.param(["127.0.0.1"] * 5, 32, 1, id="one at a time per host"),
        pytest.param([f"127.0.0.{number}" for number in range(1, 6)], 3, 3, id="no more than allowed in all"),
    ],
)
def test_requests_at_once_are_limited(loopback: Loopback, hosts: list[str], concurrency: int, expected: int) -> None:
    inside = threading.Semaphore(expected)
    crowded = []
    company = threading.Event()  # set by whoever comes while too many are inside, whom nobody should wait for long

    def counting(_: Seen) -> Reply:
        if not inside.acquire(blocking=False):
            crowded.append("too many")
            company.set()
            return Reply(body=FEED)
        company.wait(0.03)
        inside.release()
        return Reply(body=FEED)

    loopback.replies["/feed"] = counting
    requests = [FetchRequest(url=loopback.url("/feed", host=host)) for host in hosts]
    limits = settings(loopback, concurrency=concurrency, allow=loopback.allow_at(*hosts))
    assert [type(result) for result in fetch_all(requests, limits)] == [Document] * 5
    assert crowded == []


def test_requests_to_one_host_share_a_connection(loopback: Loopback) -> None:
    loopback.replies["/feed"] = Reply(body=FEED)
    assert len(list(fetch_all([FetchRequest(url=loopback.url("/feed"))] * 5, settings(loopback)))) == 5
    assert loopback.contacts == ["127.0.0.1"]


def test_a_source_that_hangs_delays_no_other(loopback: Loopback) -> None:
    loopback.replies |= {"/hang": Reply(raw=b"", then="hang"), "/feed": Reply(body=FEED)}
    hosts = [f"127.0.0.{number}" for number in range(2, 7)]
    urls = [loopback.url("/hang"), *(loopback.url("/feed", host=host) for host in hosts)]
    limits = settings(loopback, timeout=SOON, allow=loopback.allow_at("127.0.0.1", *hosts))
    results = list(fetch_all([FetchRequest(url=url) for url in urls], limits))
    assert [type(result) for result in results] == [Document] * 5 + [FetchFailure]


def test_closing_early_hangs_up(loopback: Loopback) -> None:
    loopback.replies["/feed"] = Reply(body=FEED)
    with socket.create_server(("127.0.0.2", 0)) as silent:
        silent.settimeout(10)
        address: tuple[str, int] = silent.getsockname()
        urls = [f"http://127.0.0.2:{address[1]}/", loopback.url("/feed")]
        results = fetch_all([FetchRequest(url=url) for url in urls], settings(loopback, allow=loopback.allow | {address}))
        assert next(results).url == urls[1]
        results.close()  # type: ignore[attr-defined]
        connection, _ = silent.accept()
        with connection:
            connection.settimeout(10)
            while connection.recv(4096):
                pass  # the request, then the end


def test_a_bug_in_a_callback_stops_the_program(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    class OurBug(BaseException):
        pass

    def broken(*_: object) -> None:
        raise OurBug

    monkeypatch.setattr("aggregator.fetch.exchange.ResponseHead.add", broken)
    loopback.replies["/feed"] = Reply(body=FEED)
    with pytest.raises(OurBug):
        fetch(loopback, "/feed")


# --- pure parts --------------------------------------------------------------------------------------------------------


def unpack(coding: str, wire: bytes, *, step: int = 7, limit: int = 10_000_000) -> bytes:
    body = Body(coding, limit=limit)
    for start in range(0, len(wire), step):
        body.feed(wire[start : start + step])
    return body.finish()


@given(data=st.binary(max_size=300), step=st.integers(1, 400))
def test_what_was_packed_is_unpacked_however_it_is_cut_into_chunks(data: bytes, step: int) -> None:
    assert unpack("gzip", gzip.compress(data), step=step) == data
    assert unpack("gzip", gzip.compress(data) + gzip.compress(data), step=step) == data + data
    assert unpack("deflate", zlib.compress(data), step=step) == data
    assert unpack("identity, gzip", gzip.compress(data), step=step) == data
    assert unpack("", data, step=step) == data


@given(data=st.binary(max_size=300), step=st.integers(1, 400), cut=st.integers(1, 400))
def test_no_beginning_of_a_packed_body_passes_for_the_whole(data: bytes, step: int, cut: int) -> None:
    for coding, wire in (("gzip", gzip.compress(data)), ("deflate", zlib.compress(data))):
        with pytest.raises(BodyError) as caught:
            unpack(coding, wire[: max(1, len(wire) - cut)], step=step)
        assert caught.value.why.code == Reason.TRUNCATED


@pytest.mark.parametrize(
    ("coding", "wire", "limit", "expected"),
    [
        pytest.param("gzip", gzip.compress(FEED) + b"junk", 10**6, Reason.BAD_CODING, id="junk behind gzip"),
        pytest.param("deflate", zlib.compress(FEED) * 2, 10**6, Reason.BAD_CODING, id="deflate twice"),
        pytest.param("gzip", gzip.compress(b"") * (MAX_MEMBERS + 1), 10**6, Reason.BAD_CODING, id="too many members"),
        pytest.param("gzip, gzip", gzip.compress(gzip.compress(FEED)), 10**6, Reason.BAD_CODING, id="stacked"),
        pytest.param("gzip", gzip.compress(FEED)[:-8] + bytes(8), 10**6, Reason.BAD_CODING, id="wrong checksum"),
        pytest.param("gzip", gzip.compress(bytes(range(256)) * 20), 1000, Reason.TOO_LARGE, id="unpacks beyond the limit"),
        pytest.param("gzip", BOMB, 10**8, Reason.TOO_LARGE, id="unpacks beyond reason"),
        pytest.param("", bytes(1001), 1000, Reason.TOO_LARGE, id="plain beyond the limit"),
    ],
)
def test_a_body_that_does_not_keep_its_word_is_refused(coding: str, wire: bytes, limit: int, expected: str) -> None:
    with pytest.raises(BodyError) as caught:
        unpack(coding, wire, step=65536, limit=limit)
    assert caught.value.why.code == expected


def test_a_body_of_exactly_the_limit_is_taken() -> None:
    assert unpack("gzip", gzip.compress(FEED), limit=len(FEED) + 100) == FEED
    assert unpack("", FEED, limit=len(FEED)) == FEED


@pytest.mark.parametrize(
    ("url", "target"),
    [
        pytest.param("http://Example.ORG", Target(url="http://example.org/", host="example.org"), id="only a host"),
        pytest.param("https://h.example./a#b", Target(url="https://h.example./a", host="h.example"), id="root dot, fragment"),
        pytest.param(
            "http://h:8080/标签?q=新%20", Target(url="http://h:8080/%E6%A0%87%E7%AD%BE?q=%E6%96%B0%20", host="h"), id="Chinese"
        ),
        pytest.param("http://例え.jp/", Target(url="http://xn--r8jz45g.jp/", host="xn--r8jz45g.jp"), id="Japanese host"),
        pytest.param("http://[0:0::1]:80/", Target(url="http://[::1]:80/", host="[::1]"), id="v6"),
        pytest.param("http://u@x:p@h/", Target(url="http://u%40x:p@h/", host="h"), id="@ in the user name"),
        pytest.param("http://h/a/../%7Eb?x=[1]&y='", Target(url="http://h/a/../%7Eb?x=[1]&y='", host="h"), id="left as it is"),
    ],
)
def test_a_url_goes_on_the_wire_in_ascii(url: str, target: Target) -> None:
    assert target_of(url) == target


@given(st.text())
def test_any_text_is_a_url_or_is_refused(text: str) -> None:
    try:
        target = target_of("http://" + text)
    except BadUrlError:
        return
    assert target.url.isascii()
    assert target_of(target.url) == target


def test_hosts_take_turns_and_keep_their_order() -> None:
    turns = Turns([("a", 1), ("a", 2), ("b", 3), ("c", 4)])
    assert [turns.take(), turns.take()] == [("a", 1), ("b", 3)]
    turns.release("b")
    turns.release("a")
    assert [turns.take(), turns.take()] == [("a", 2), ("c", 4)]
    assert not turns


def test_a_busy_host_has_no_turn() -> None:
    turns = Turns([("a", 1), ("a", 2)])
    assert [turns.take(), turns.take()] == [("a", 1), None]
    assert turns


@pytest.mark.parametrize(
    ("ending", "status", "expected"),
    [
        pytest.param(Ending(error=92, final_url="https://h/"), 200, ("truncated", "the connection"), id="HTTP/2 stream cut"),
        pytest.param(Ending(error=92, final_url="https://h/"), 0, ("protocol", "the server's answer"), id="HTTP/2 refused"),
        pytest.param(
            Ending(error=7, os_error=113, final_url="http://h/"),
            0,
            ("unreachable", "could not connect to h: no route"),
            id="no route",
        ),
        pytest.param(Ending(error=77, final_url="https://h/"), 0, ("tls", "this machine's CA certificates"), id="no CA file"),
        pytest.param(
            Ending(error=60, certificate=20, final_url="https://h/"),
            0,
            ("tls", "the certificate of h comes from"),
            id="unknown CA",
        ),
        pytest.param(
            Ending(error=35, text="wrong\nversion \udc80", final_url="https://h/"),
            0,
            ("tls", "no TLS connection to h: wrong version ?"),
            id="one line",
        ),
        pytest.param(
            Ending(error=4711, text="odd", final_url="http://[/"), 0, ("protocol", "odd (libcurl error 4711)"), id="unheard of"
        ),
    ],
)
def test_an_ending_has_a_code_and_words(ending: Ending, status: int, expected: tuple[str, str]) -> None:
    why = of_ending(ending, status=status)
    assert (why.code, why.message[: len(expected[1])]) == expected


@pytest.mark.parametrize(
    ("status", "message"),
    [
        pytest.param(401, "401 needs credentials", id="401"),
        pytest.param(503, "503 Service Unavailable", id="503"),
        pytest.param(204, "204 No Content: no whole document comes with it", id="204"),
        pytest.param(302, "302 Found: a redirect that does not say where to", id="302"),
        pytest.param(799, "799 (unknown status)", id="799"),
    ],
)
def test_a_status_has_words(status: int, message: str) -> None:
    assert of_status(status).message == message
