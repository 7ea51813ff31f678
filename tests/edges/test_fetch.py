from __future__ import annotations

import gzip
import socket
import socketserver
import ssl
import threading
import time
import zlib
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import brotli
import pytest
from loopback_fetch import FEED, SOON, code, document, fetch, fetch_all, settings
from loopback_server import Loopback, Reply, Seen

from aggregator.fetch import FetchSettings, Reason
from aggregator.model import Document, FetchFailure, FetchRequest, Freshness, Hop, NotModified, Validators

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
    assert seen.headers["accept-encoding"] == "gzip, deflate, br"


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


@pytest.mark.parametrize(
    ("validators", "asked"),
    [
        pytest.param(Validators(etag='"a"', last_modified="yesterday"), "feed", id="a document that can be named"),
        pytest.param(Validators(last_modified="yesterday"), None, id="one that cannot"),
        pytest.param(Validators(), None, id="none"),
    ],
)
def test_only_new_entries_are_asked_for_where_the_server_can_know_the_old_ones(
    loopback: Loopback, validators: Validators, asked: str | None
) -> None:
    loopback.replies["/feed"] = Reply(body=FEED)
    fetch(loopback, "/feed", validators)
    assert loopback.seen[0].headers.get("a-im") == asked


@pytest.mark.parametrize("path", [pytest.param("/feed", id="asked"), pytest.param("/old", id="redirected to")])
def test_a_226_brings_new_entries_and_the_validator_of_the_whole(loopback: Loopback, path: str) -> None:
    wire = gzip.compress(FEED)
    headers = {"IM": "Feed", "ETag": '"b"', "Content-Encoding": "gzip"}
    loopback.replies["/old"] = Reply(status=302, headers={"Location": "/feed"})
    loopback.replies["/feed"] = Reply(status=226, body=wire, headers=headers)
    result = fetch(loopback, path, Validators(etag='"a"'))
    assert isinstance(result, Document)
    assert (result.status, result.is_delta, result.body, result.validators) == (226, True, FEED, Validators(etag='"b"'))
    assert result.final_url == loopback.url("/feed")


@pytest.mark.parametrize(
    ("validators", "headers"),
    [
        pytest.param(Validators(), {"IM": "feed"}, id="nothing asked"),
        pytest.param(Validators(last_modified="yesterday"), {"IM": "feed"}, id="nothing but the date asked"),
        pytest.param(Validators(etag='"a"'), {"IM": "vcdiff"}, id="another way"),
        pytest.param(Validators(etag='"a"'), {"IM": "feed, gzip"}, id="two ways"),
        pytest.param(Validators(etag='"a"'), {}, id="no way"),
    ],
)
def test_a_226_that_we_did_not_ask_for_is_no_document(
    loopback: Loopback, validators: Validators, headers: dict[str, str]
) -> None:
    loopback.replies["/feed"] = Reply(status=226, body=FEED, headers={"ETag": '"b"', **headers})
    assert code(fetch(loopback, "/feed", validators)) == Reason.UNASKED_226


def test_a_226_that_is_cut_is_no_document(loopback: Loopback) -> None:
    head = b"HTTP/1.1 226 IM Used\r\nIM: feed\r\nContent-Length: 50\r\n\r\nabc"
    for then in ("close", "reset"):
        loopback.replies["/feed"] = Reply(raw=head, then=then)
        assert code(fetch(loopback, "/feed", Validators(etag='"a"'))) == Reason.TRUNCATED


@pytest.mark.parametrize(
    ("reply", "freshness"),
    [
        pytest.param(
            Reply(body=FEED, headers={"Cache-Control": "max-age=600", "Age": "60"}),
            Freshness(max_age=timedelta(minutes=9)),
            id="document",
        ),
        pytest.param(
            Reply(body=FEED, headers={"ETag": '"a"', "Cache-Control": "max-age=60"}),
            Freshness(max_age=timedelta(minutes=1)),
            id="304",
        ),
        pytest.param(
            Reply(status=429, headers={"Retry-After": "120"}), Freshness(retry_after=timedelta(minutes=2)), id="429, in seconds"
        ),
        pytest.param(
            Reply(status=503, headers={"Retry-After": "Sat, 01 Mar 2025 14:00:00 GMT"}),
            Freshness(retry_after=timedelta(hours=2)),
            id="503, as a date",
        ),
        pytest.param(
            Reply(status=429, headers={"Retry-After": "Saturday, 01-Mar-25 14:00:00 GMT"}),
            Freshness(retry_after=timedelta(hours=2)),
            id="429, as a date of old",
        ),
        pytest.param(Reply(status=503, headers={"Retry-After": "soon"}), Freshness(), id="nonsense"),
        pytest.param(Reply(status=404), Freshness(), id="nothing"),
        pytest.param(
            Reply(status=302, headers={"Location": "/404", "Retry-After": "9", "Cache-Control": "max-age=9"}),
            Freshness(),
            id="of a redirect, which is not what was asked for",
        ),
    ],
)
def test_a_result_says_when_the_server_wants_to_be_asked_again(loopback: Loopback, reply: Reply, freshness: Freshness) -> None:
    loopback.replies["/feed"] = reply
    assert fetch(loopback, "/feed", Validators(etag='"a"')).freshness == freshness


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
        pytest.param("br", brotli.compress(FEED), id="Brotli"),
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
    assert fetch(loopback, "/old") == document(
        loopback,
        "/old",
        final_url=loopback.url("/%E6%96%87?a=b"),
        hops=(Hop(url=loopback.url("/old"), status=301), Hop(url=loopback.url("/older"), status=302)),
    )


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
        pytest.param(Reply(body=FEED, headers={"Content-Encoding": "zstd"}), Reason.BAD_CODING, id="a coding we did not ask for"),
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
        hops=(Hop(url=loopback.url("/old"), status=301),),
        status=410,
        duration=timedelta(),
    )


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(OK + b"Content-Length: 10737418240\r\n\r\n", id="says so"),
        pytest.param(OK + b"\r\n", id="does not say"),
        pytest.param(OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"")[:10], id="not gzip, either"),
        pytest.param(b"HTTP/1.1 404 No\r\n\r\n", id="of an error"),
    ],
)
def test_of_ten_gigabytes_no_more_is_taken_than_the_limit(loopback: Loopback, head: bytes) -> None:
    loopback.replies["/feed"] = Reply(raw=head, then="flood")
    result = fetch(loopback, "/feed", max_body=1_000_000)
    assert isinstance(result, FetchFailure)
    assert result.wire_bytes <= 1_000_000 + 65536


def test_an_old_error_does_not_stick_to_the_next_request(loopback: Loopback) -> None:
    loopback.replies["/feed"] = Reply(raw=OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc", then="close")
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        address: tuple[str, int] = reserved.getsockname()
        urls = [f"http://127.0.0.1:{address[1]}/", loopback.url("/feed")]
        limits = settings(loopback, concurrency=1, allow=loopback.allow | {address})
        results = [code(result) for result in fetch_all([FetchRequest(url=url) for url in urls], limits)]
    assert results == [Reason.UNREACHABLE, Reason.PROTOCOL]


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
    hops = tuple(Hop(url=loopback.url(f"/{hop}"), status=307) for hop in range(3))
    assert fetch(loopback, "/0", max_redirects=3) == document(loopback, "/0", final_url=loopback.url("/3"), hops=hops)


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
    monkeypatch.setattr("aggregator.fetch.clock.time.monotonic", lambda: real() + skipped[0])

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
        hops=(Hop(url=loopback.url("/feed"), status=302),),
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


class _Http2(socketserver.BaseRequestHandler):
    """Says "not modified" in HTTP/2 (RFC 9113), and keeps what the client began with."""

    def handle(self) -> None:
        preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        self.server.began = self.request.recv(len(preface))  # type: ignore[attr-defined]
        settings, headers = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]), bytes([0, 0, 1, 1, 5, 0, 0, 0, 1])
        self.request.sendall(settings + headers + b"\x8b")  # :status 304 in HPACK's static table; end of stream 1
        with suppress(OSError):
            while self.request.recv(4096):
                pass


def test_https_speaks_http2_with_servers_that_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "chain.pem").write_text(TLS_KEY + TLS_CERTIFICATE)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "chain.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "chain.pem")
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socketserver.TCPServer(("127.0.0.1", 0), _Http2) as server:
        server.timeout = 10
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        request = FetchRequest(url=f"https://127.0.0.1:{server.server_address[1]}/", validators=Validators(etag='"a"'))
        limits = FetchSettings(user_agent="test/1", allow=frozenset({("127.0.0.1", server.server_address[1])}))
        (result,) = fetch_all([request], limits)
        thread.join()
    assert isinstance(result, NotModified), result
    assert server.began == b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"  # type: ignore[attr-defined]


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


def test_a_kept_connection_that_the_server_has_closed_is_replaced(loopback: Loopback) -> None:
    loopback.replies["/feed"] = Reply(body=FEED, then="close")
    results = fetch_all([FetchRequest(url=loopback.url("/feed"))] * 3, settings(loopback))
    assert [type(result) for result in results] == [Document] * 3
    assert loopback.contacts == ["127.0.0.1"] * 3


def test_a_source_that_hangs_delays_no_other(loopback: Loopback) -> None:
    loopback.replies |= {"/hang": Reply(raw=b"", then="hang"), "/feed": Reply(body=FEED)}
    hosts = [f"127.0.0.{number}" for number in range(2, 7)]
    urls = [loopback.url("/hang"), *(loopback.url("/feed", host=host) for host in hosts)]
    limits = settings(loopback, timeout=SOON, allow=loopback.allow_at("127.0.0.1", *hosts))
    results = list(fetch_all([FetchRequest(url=url) for url in urls], limits))
    assert [type(result) for result in results] == [Document] * 5 + [FetchFailure]


HTML = b"<!doctype html><title>Not a feed</title>"
HOSTILE = {
    "/hang": (Reply(raw=b"", then="hang"), "timeout"),
    "/hang-amid-the-head": (Reply(raw=OK + b"X: ", then="hang"), "timeout"),
    "/drip": (Reply(raw=OK + b"\r\n", then="drip"), "timeout"),
    "/drip-of-headers": (Reply(raw=OK + b"X: ", then="drip"), "timeout"),
    "/10-gb": (Reply(raw=OK + b"\r\n", then="flood"), "too-large"),
    "/bomb": (Reply(body=BOMB, headers={"Content-Encoding": "gzip"}), "too-large"),
    "/flood-of-headers": (Reply(raw=OK + b"X: a\r\n" * 5000, then="close"), "too-large"),
    "/cut": (Reply(body=gzip.compress(FEED)[:-9], headers={"Content-Encoding": "gzip"}), "truncated"),
    "/loop": (Reply(status=302, headers={"Location": "/loop"}), "too-many-redirects"),
    "/429": (Reply(status=429, headers={"Retry-After": "120"}), "http-429"),
    "/410": (Reply(status=410), "http-410"),
    "/html": (Reply(body=HTML, headers={"Content-Type": "text/html"}), HTML),
}


def test_among_hostile_servers_200_good_ones_are_read_in_time(loopback: Loopback, canary: socket.socket) -> None:
    forbidden = f"http://127.0.0.2:{canary.getsockname()[1]}/"
    loopback.replies |= {path: reply for path, (reply, _) in HOSTILE.items()}
    loopback.replies |= {"/away": Reply(status=302, headers={"Location": forbidden}), "/feed": Reply(body=FEED)}
    expected = {path: outcome for path, (_, outcome) in HOSTILE.items()} | {"/away": "address-blocked"}
    paths = [*expected, *["/feed"] * 200]
    hosts = [f"127.1.{number // 20}.{number % 20 + 1}" for number in range(len(paths))]
    urls = [loopback.url(path, host=host) for path, host in zip(paths, hosts, strict=True)]
    limits = settings(loopback, timeout=timedelta(seconds=2), max_body=1_000_000, allow=loopback.allow_at(*hosts))
    found = {}
    for result in fetch_all([FetchRequest(url=url) for url in urls], limits):
        found[result.url] = result.body if isinstance(result, Document) else code(result)
    assert found == {url: expected.get(path, FEED) for url, path in zip(urls, paths, strict=True)}
    with pytest.raises(BlockingIOError):
        canary.accept()


def test_redirects_to_one_host_come_one_at_a_time(loopback: Loopback) -> None:
    inside = threading.Semaphore(1)
    crowded = []

    def counting(_: Seen) -> Reply:
        if not inside.acquire(blocking=False):
            crowded.append("too many")
            return Reply(body=FEED)
        inside.release()
        return Reply(body=FEED)

    loopback.replies |= {"/old": Reply(status=302, headers={"Location": loopback.url("/feed")}), "/feed": counting}
    hosts = [f"127.0.0.{number}" for number in range(2, 12)]
    limits = settings(loopback, allow=loopback.allow_at("127.0.0.1", *hosts))
    results = fetch_all([FetchRequest(url=loopback.url("/old", host=host)) for host in hosts], limits)
    assert [type(result) for result in results] == [Document] * 10
    assert crowded == []
    assert loopback.contacts.count("127.0.0.1") == 1


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
