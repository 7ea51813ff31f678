"""HTTP: real requests to a server on loopback for what goes over the wire, plain ASGI calls for tables of headers."""

from __future__ import annotations

import asyncio
import http.client
import json
import logging.handlers
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_site import MODIFIED, Answer, Site, ask, packed, publish, running, tag
from msgspec import Struct

from aggregator.errors import StoreError, UsageError
from aggregator.web import create_app, serve
from aggregator.web.conditions import accepts_gzip, has_current, wants_news_only
from aggregator.web.files import FileCache
from aggregator.web.protocol import BoundedProtocol
from aggregator.web.server import Server, listening

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aggregator.web.files import FoundFile
    from aggregator.web.site import Site as App

FEED = ("<feed>" + "新闻" * 500 + "</feed>").encode()
PAGE = ("<!DOCTYPE html><title>All</title>" + "<p>news" * 100).encode()
CATEGORY = ("<!DOCTYPE html><title>人民邮电报</title>" + "<p>news" * 100).encode()
STYLE = b"html { color: black; background: white }\n" * 20
LAST_MODIFIED = "Tue, 14 Nov 2023 22:13:20 GMT"

FEED_POLICY = "default-src 'none'; style-src 'self'; sandbox"
STYLE_POLICY = "default-src 'none'; sandbox"
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src https: http: data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PLAIN_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


def publish_all(output: Path) -> None:
    publish(output, "index.html", PAGE)
    publish(output, "c/renminyoudianbao/index.html", CATEGORY)
    publish(output, "feeds/renminyoudianbao.atom", FEED)
    publish(output, "feeds/all.atom", FEED)
    publish(output, "style.css", STYLE)


def healthy() -> Mapping[str, object]:
    return {"ok": True}


# --- over the wire -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("public"))
    with running(create_app(site.output, site.health, ready=site.readiness)) as site.port:
        yield site


@pytest.fixture
def site(server: Site) -> Site:
    publish_all(server.output)
    server.report = {"ok": True}
    return server


@pytest.mark.parametrize(
    ("path", "body", "media_type", "cache_control", "policy"),
    [
        pytest.param("/", PAGE, "text/html; charset=utf-8", "public, no-cache", PAGE_POLICY, id="index"),
        pytest.param(
            "/c/renminyoudianbao/", CATEGORY, "text/html; charset=utf-8", "public, no-cache", PAGE_POLICY, id="category"
        ),
        pytest.param(
            "/feeds/renminyoudianbao.atom",
            FEED,
            "application/atom+xml; charset=utf-8",
            "public, max-age=300",
            FEED_POLICY,
            id="feed",
        ),
        pytest.param("/style.css", STYLE, "text/css; charset=utf-8", "public, no-cache", STYLE_POLICY, id="style"),
    ],
)
def test_a_published_file_is_served_with_all_its_headers(
    site: Site, path: str, body: bytes, media_type: str, cache_control: str, policy: str
) -> None:
    answer = site.ask(path)
    assert answer.headers.pop("date")
    assert answer == Answer(
        status=200,
        headers={
            "content-type": media_type,
            "content-length": str(len(body)),
            "accept-ranges": "none",
            "etag": tag(body),
            "last-modified": LAST_MODIFIED,
            "cache-control": cache_control,
            "vary": "Accept-Encoding, A-IM, Sec-Fetch-Dest" if path.startswith("/feeds/") else "Accept-Encoding",
            "content-security-policy": policy,
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
        },
        body=body,
    )


def test_gzip_is_sent_under_a_tag_of_its_own(site: Site) -> None:
    answer = site.ask("/feeds/all.atom", accept_encoding="gzip")
    assert answer.body == packed(FEED)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-length"] == str(len(packed(FEED)))
    assert answer.headers["etag"] == tag(packed(FEED)) != tag(FEED)


@pytest.mark.parametrize("path", ["/", "/feeds/all.atom", "/c/renminyoudianbao", "/nothing", "/healthz"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_head_gives_the_headers_of_get_and_no_body(site: Site, path: str, coding: str) -> None:
    get, head = site.ask(path, accept_encoding=coding), site.ask(path, "HEAD", accept_encoding=coding)
    assert get.headers.pop("date")
    assert head.headers.pop("date")
    assert head == Answer(status=get.status, headers=get.headers, body=b"")


def test_not_modified_has_no_body_but_what_caches_need(site: Site) -> None:
    answer = site.ask("/feeds/all.atom", if_none_match=tag(FEED))
    assert answer.headers.pop("date")
    assert answer == Answer(
        status=304,
        headers={
            "etag": tag(FEED),
            "cache-control": "public, max-age=300",
            "vary": "Accept-Encoding, A-IM, Sec-Fetch-Dest",
            "content-security-policy": FEED_POLICY,
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
        },
        body=b"",
    )


def test_a_connection_is_kept_across_answers_of_all_kinds(site: Site) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)) as connection:
        connection.connect()
        first = connection.sock
        for path, method, status in [
            ("/feeds/all.atom", "GET", 200),
            ("/feeds/all.atom", "HEAD", 200),
            ("/nothing", "GET", 404),
            ("/feeds/all.atom", "POST", 405),
            ("/", "GET", 200),
        ]:
            connection.request(method, path, body=b"x" * 100_000 if method == "POST" else None)
            response = connection.getresponse()
            response.read()
            assert (path, response.status) == (path, status)
        assert connection.sock is first


def test_a_replaced_file_is_served_at_once(site: Site) -> None:
    publish(site.output, "feeds/changing.atom", b"old")
    assert site.ask("/feeds/changing.atom").body == b"old"
    publish(site.output, "feeds/changing.atom", b"new")  # same size, same modification time
    answer = site.ask("/feeds/changing.atom", if_none_match=tag(b"old"), if_modified_since=LAST_MODIFIED)
    assert (answer.status, answer.body) == (200, b"new")


def test_a_removed_file_is_not_found(site: Site) -> None:
    publish(site.output, "feeds/leaving.atom", b"here")
    assert site.ask("/feeds/leaving.atom").status == 200
    (site.output / "feeds/leaving.atom").unlink()
    assert site.ask("/feeds/leaving.atom").status == 404


def test_readers_see_the_old_or_the_new_file_while_it_is_replaced(site: Site) -> None:
    versions = [bytes([65 + number]) * 200_000 for number in range(20)]
    publish(site.output, "feeds/busy.atom", versions[0])
    seen: list[bytes] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.append(site.ask("/feeds/busy.atom").body)

    reader = threading.Thread(target=read)
    reader.start()
    for version in versions:
        publish(site.output, "feeds/busy.atom", version)
        site.ask("/feeds/busy.atom")
    done.set()
    reader.join()
    order = [versions.index(body) for body in seen]
    assert order == sorted(order)


def test_a_page_without_its_slash_redirects_within_the_site(site: Site) -> None:
    answer = site.ask("/c/renminyoudianbao", host="evil.example")
    assert (answer.status, answer.headers["location"], answer.body) == (308, "renminyoudianbao/", b"")
    assert site.ask("/c/unknown").status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/index.html",
        "/c/",
        "/c/renminyoudianbao/index.html",
        "/feeds/",
        "/feeds/renminyoudianbao",
        "/feeds/Renminyoudianbao.atom",
        "/feeds/-x.atom",
        "/feeds/" + "a" * 81 + ".atom",
        "/feeds/all.atom/",
        "//feeds/all.atom",
        "/feeds/../secret.atom",
        "/feeds/%2e%2e/secret.atom",
        "/feeds/..%2fsecret.atom",
        "/feeds/%252e%252e%252fsecret.atom",
        "/feeds/..%5csecret.atom",
        "/feeds/all.atom%00",
        "/feeds/all.atom%0a",
        "/feeds/%c0%ae%c0%ae/secret.atom",
        "/c/%2e%2e/",
        "/secret.atom",
        "/feeds/all.atom.tmp",
        "/feeds/folder.atom",
        "/feeds/link.atom",
        "/feeds/fifo.atom",
    ],
)
def test_nothing_else_is_served(site: Site, path: str) -> None:
    for name in ("secret.atom", "feeds/all.atom.tmp", "feeds/-x.atom", "feeds/" + "a" * 81 + ".atom", "c/index.html"):
        (site.output / name).write_bytes(b"secret")
    (site.output / "feeds/folder.atom").mkdir(exist_ok=True)
    if not (site.output / "feeds/link.atom").is_symlink():
        (site.output / "feeds/link.atom").symlink_to(site.output / "secret.atom")
        os.mkfifo(site.output / "feeds/fifo.atom")
    answer = site.ask(path)
    assert answer.headers.pop("date")
    assert answer == Answer(
        status=404,
        headers={
            "content-type": "text/plain; charset=utf-8",
            "content-length": "11",
            "cache-control": "no-store",
            "content-security-policy": PLAIN_POLICY,
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
        },
        body=b"Not found.\n",
    )


@pytest.mark.parametrize("path", ["/", "/feeds/all.atom", "/c/renminyoudianbao/", "/style.css", "/healthz", "/readyz"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_other_methods_are_refused(site: Site, method: str, path: str) -> None:
    answer = site.ask(path, method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-security-policy"] == PLAIN_POLICY


def test_ranges_are_ignored(site: Site) -> None:
    answer = site.ask("/feeds/all.atom", range="bytes=0-3")
    assert (answer.status, answer.body) == (200, FEED)


def test_the_query_does_not_matter(site: Site) -> None:
    assert site.ask("/feeds/all.atom?from=reader").body == FEED


# --- health and errors -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "status", "body"),
    [
        pytest.param({"ok": True, "sources": 7}, 200, {"ok": True, "sources": 7}, id="well"),
        pytest.param({"ok": False, "why": "磁盘已满"}, 503, {"ok": False, "why": "磁盘已满"}, id="ill"),
        pytest.param(StoreError("no store"), 503, {"ok": False, "error": "no store"}, id="cannot tell"),
    ],
)
def test_health_is_what_the_program_says(
    site: Site, report: Mapping[str, object] | BaseException, status: int, body: object
) -> None:
    site.report = report
    answer = site.ask("/healthz")
    assert (answer.status, json.loads(answer.body)) == (status, body)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


def test_a_bug_is_a_short_500_with_safe_headers_and_a_traceback_in_the_log(site: Site) -> None:
    records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    handler = logging.handlers.QueueHandler(records)
    logging.getLogger("uvicorn.error").addHandler(handler)
    site.report = KeyError("a secret detail")
    answer = site.ask("/healthz")
    assert (answer.status, answer.body) == (500, b"Internal Server Error")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-security-policy"] == PLAIN_POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "a secret detail" in records.get(timeout=10).getMessage()  # logged after the answer
    logging.getLogger("uvicorn.error").removeHandler(handler)


def test_before_anything_is_published_the_site_says_so_and_is_up(tmp_path: Path) -> None:
    app = create_app(tmp_path / "missing", healthy)
    assert call(app, "/") == (404, b"Nothing is published here yet. Run: aggregator run\n")
    assert call(app, "/feeds/all.atom") == (404, b"Not found.\n")
    assert call(app, "/healthz") == (200, b'{"ok":true}')


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_the_operators_problem(tmp_path: Path) -> None:
    publish_all(tmp_path)
    (tmp_path / "index.html").chmod(0)
    with pytest.raises(PermissionError):
        call(create_app(tmp_path, healthy), "/")


# --- limits of a connection --------------------------------------------------------------------------------------------


def check_refusal(answer: bytes, status: str) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("ascii").split("\r\n")
    assert lines[0] == f"HTTP/1.1 {status}"
    assert body.decode("ascii") == status.partition(" ")[2] + ".\n"
    assert {
        f"content-security-policy: {PLAIN_POLICY}",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "connection: close",
    } <= set(lines)


@pytest.mark.parametrize("method", ["FOO", "GETS", "get"])
def test_a_method_that_nobody_knows_is_not_implemented(site: Site, method: str) -> None:
    check_refusal(site.send(f"{method} / HTTP/1.1\r\nhost: x\r\n\r\n".encode()), "501 Not Implemented")


def test_what_is_not_http_is_refused_with_safe_headers(site: Site) -> None:
    check_refusal(site.send(b"hello\r\n\r\n"), "400 Bad Request")


@pytest.mark.parametrize("path", ["/feeds/all.atom", "/nothing", "/healthz"])
@pytest.mark.parametrize("body", [b"\r\n", b"content-length: 3\r\n\r\nabc"], ids=["no body", "a body"])
@pytest.mark.parametrize("fields", [b"", b"host: a\r\nhost: a\r\n", b"host: a\r\nHost: b\r\n"], ids=["none", "one twice", "two"])
def test_a_request_is_for_one_host(site: Site, path: str, body: bytes, fields: bytes) -> None:
    site.ask("/feeds/all.atom")
    asked = f"GET {path} HTTP/1.1\r\n".encode() + fields + body
    check_refusal(site.send(asked), "400 Bad Request")
    check_refusal(site.send(asked * 2), "400 Bad Request")


def test_clients_of_http_1_0_need_name_no_host(site: Site) -> None:
    assert site.send(b"GET /feeds/all.atom HTTP/1.0\r\n\r\n").endswith(FEED)


@pytest.mark.parametrize(
    "endless",
    [
        pytest.param(b"GET /" + b"a" * 400_000, id="address"),
        pytest.param(b"GET / HTTP/1.1\r\nx: " + b"a" * 400_000, id="header"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 70_000, id="many headers"),
    ],
)
def test_an_endless_head_is_refused(site: Site, endless: bytes) -> None:
    check_refusal(site.send(endless), "431 Request Header Fields Too Large")


POST = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 300000\r\n\r\n"


@pytest.mark.parametrize(
    "beginning",
    [
        pytest.param(b"", id="silence"),
        pytest.param(b"GET / HT", id="half a request"),
        pytest.param(b"\r\n\r\n", id="blank lines"),
    ],
)
def test_a_client_that_does_not_ask_is_dropped(site: Site, beginning: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedProtocol, "head_seconds", 0.05)
    check_refusal(site.send(beginning), "408 Request Timeout")


@pytest.mark.parametrize("length", [pytest.param(1, id="half a body"), pytest.param(300_000, id="a whole body")])
def test_a_client_that_goes_on_after_the_answer_and_then_stops_is_dropped(
    site: Site, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as connection:
        connection.sendall(POST)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 405")
        monkeypatch.setattr(BoundedProtocol, "head_seconds", 0.05)
        connection.sendall(b"x" * length)
        check_refusal(b"".join(iter(lambda: connection.recv(65_536), b"")), "408 Request Timeout")


def test_a_body_that_comes_after_the_answer_does_no_harm(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as connection:
        connection.sendall(POST)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 405")
        connection.sendall(b"x" * 300_000 + b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert b"".join(iter(lambda: connection.recv(65_536), b"")).startswith(b"HTTP/1.1 200")


def test_one_client_too_many_is_told_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedProtocol, "max_connections", 0)
    check_refusal(site.send(b"GET / HTTP/1.1\r\n\r\n"), "503 Service Unavailable")


# --- conditional requests and content codings --------------------------------------------------------------------------


def call(app: App, path: str) -> tuple[int, bytes]:
    status, _, body = ask(app, path, [])
    return status, body


FEED_TAG, PACKED_TAG = tag(FEED).encode(), tag(packed(FEED)).encode()
SAME, EARLIER, LATER = LAST_MODIFIED.encode(), b"Tue, 14 Nov 2023 22:13:19 GMT", b"Wed, 15 Nov 2023 00:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 200, id="no condition"),
        pytest.param({b"if-none-match": FEED_TAG}, 304, id="the tag"),
        pytest.param({b"if-none-match": b"W/" + FEED_TAG}, 304, id="the tag made weak by a proxy"),
        pytest.param({b"if-none-match": b'"a", W/"b,c" ,' + FEED_TAG}, 304, id="the tag in a list"),
        pytest.param({b"if-none-match": b"*"}, 304, id="any"),
        pytest.param({b"if-none-match": b'"*"'}, 200, id="a tag that looks like any"),
        pytest.param({b"if-none-match": b'"other"'}, 200, id="another tag"),
        pytest.param({b"if-none-match": FEED_TAG.strip(b'"')}, 200, id="the tag without quotes"),
        pytest.param({b"if-none-match": FEED_TAG.upper()}, 200, id="the tag in other letters"),
        pytest.param({b"if-none-match": b""}, 200, id="no tag"),
        pytest.param({b"if-none-match": PACKED_TAG}, 200, id="the tag of the gzip form"),
        pytest.param({b"if-none-match": PACKED_TAG, b"accept-encoding": b"gzip"}, 304, id="gzip, its tag"),
        pytest.param({b"if-none-match": FEED_TAG, b"accept-encoding": b"gzip"}, 200, id="gzip, the plain tag"),
        pytest.param({b"if-none-match": b'"other"', b"if-modified-since": SAME}, 200, id="the tag beats the date"),
        pytest.param({b"if-none-match": FEED_TAG, b"if-modified-since": EARLIER}, 304, id="the tag beats the date too"),
        pytest.param({b"if-modified-since": SAME}, 304, id="the date"),
        pytest.param({b"if-modified-since": LATER}, 304, id="a later date"),
        pytest.param({b"if-modified-since": EARLIER}, 200, id="an earlier date"),
        pytest.param({b"if-modified-since": b"Tuesday, 14-Nov-23 22:13:20 GMT"}, 304, id="the date as in RFC 850"),
        pytest.param({b"if-modified-since": b"Tue Nov 14 22:13:20 2023"}, 304, id="the date as in asctime"),
        pytest.param({b"if-modified-since": b"yesterday"}, 200, id="no date"),
        pytest.param({b"if-modified-since": SAME + b", " + SAME}, 200, id="two dates"),
        pytest.param({b"if-modified-since": LATER.replace(b"GMT", b"+0000")}, 200, id="a date of a mail"),
        pytest.param({b"if-modified-since": LATER + b" " * 1000}, 200, id="a long one"),
        pytest.param({b"if-modified-since": "昨天".encode()}, 200, id="no date, and not ASCII"),
        pytest.param({b"if-modified-since": b"Tue, 99 Nov 2023 22:13:20 GMT"}, 200, id="an impossible date"),
        pytest.param({b"range": b"bytes=0-3", b"if-range": FEED_TAG}, 200, id="range"),
    ],
)
def test_a_conditional_request(tmp_path: Path, headers: dict[bytes, bytes], status: int) -> None:
    publish_all(tmp_path)
    answer = ask(create_app(tmp_path, healthy), "/feeds/all.atom", list(headers.items()))
    body = packed(FEED) if b"accept-encoding" in headers else FEED
    assert (answer[0], answer[2]) == (status, body if status == 200 else b"")
    assert answer[1][b"etag"] == tag(body).encode()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({b"if-match": FEED_TAG}, 200, id="the tag"),
        pytest.param({b"if-match": b'"a","b", ' + FEED_TAG}, 200, id="the tag in a list"),
        pytest.param({b"if-match": b"*"}, 200, id="any"),
        pytest.param({b"if-match": b'"other"'}, 412, id="another tag"),
        pytest.param({b"if-match": b"x"}, 412, id="no tag"),
        pytest.param({b"if-match": b"W/" + FEED_TAG}, 412, id="a weak tag"),
        pytest.param({b"if-match": PACKED_TAG}, 412, id="the tag of the gzip form"),
        pytest.param({b"if-match": b'"other"', b"if-none-match": FEED_TAG}, 412, id="before If-None-Match"),
        pytest.param({b"if-match": FEED_TAG, b"if-none-match": FEED_TAG}, 304, id="and then If-None-Match"),
        pytest.param({b"if-match": FEED_TAG, b"if-unmodified-since": EARLIER}, 200, id="the tag beats the date"),
        pytest.param({b"if-unmodified-since": SAME}, 200, id="the date"),
        pytest.param({b"if-unmodified-since": LATER}, 200, id="a later date"),
        pytest.param({b"if-unmodified-since": EARLIER}, 412, id="an earlier date"),
        pytest.param({b"if-unmodified-since": b"yesterday"}, 200, id="no date"),
        pytest.param({b"if-unmodified-since": EARLIER + b" " * 1000}, 200, id="a long one"),
    ],
)
def test_a_request_for_a_file_as_it_was(tmp_path: Path, headers: dict[bytes, bytes], status: int) -> None:
    publish_all(tmp_path)
    app = create_app(tmp_path, healthy)
    assert ask(app, "/feeds/all.atom", list(headers.items()))[0] == status
    assert ask(app, "/nothing", list(headers.items()))[0] == 404


def test_tags_on_several_lines_are_one_list(tmp_path: Path) -> None:
    publish_all(tmp_path)
    lines = [(b"if-none-match", b'"other"'), (b"if-none-match", FEED_TAG)]
    assert ask(create_app(tmp_path, healthy), "/feeds/all.atom", lines)[0] == 304


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        pytest.param(None, False, id="says nothing"),
        pytest.param(b"", False, id="nothing"),
        pytest.param(b"gzip", True, id="gzip"),
        pytest.param(b"x-gzip", True, id="its old name"),
        pytest.param(b"GZIP", True, id="capitals"),
        pytest.param(b"deflate, gzip;q=1.0, *;q=0.5", True, id="a list"),
        pytest.param(b"br, zstd", False, id="others"),
        pytest.param(b"*", True, id="anything"),
        pytest.param(b"*;q=0", False, id="nothing but plain"),
        pytest.param(b"gzip;q=0", False, id="refused"),
        pytest.param(b"gzip;q=0.000", False, id="refused to three digits"),
        pytest.param(b"gzip;q=0, *", False, id="refused by name"),
        pytest.param(b"gzip ; q=0.001", True, id="hardly"),
        pytest.param(b"gzip;q=0.5, identity", False, id="plain is liked better"),
        pytest.param(b"gzip;q=0.5, identity;q=0.5", True, id="no preference"),
        pytest.param(b"gzip;q=2", False, id="a weight that is none"),
        pytest.param(b"gzip;q=x", False, id="no number"),
        pytest.param(b"gzipped", False, id="something like it"),
    ],
)
def test_whether_gzip_is_accepted(value: bytes | None, accepted: bool) -> None:  # noqa: FBT001 - a table's column
    assert accepts_gzip(value) is accepted


@given(st.dictionaries(st.sampled_from([b"if-none-match", b"if-modified-since"]), st.binary()), st.binary())
def test_no_header_can_crash_the_reading_of_headers(headers: dict[bytes, bytes], coding: bytes) -> None:
    assert has_current(headers, etag=FEED_TAG, modified=MODIFIED) in {True, False}
    assert accepts_gzip(coding) in {True, False}
    assert wants_news_only(coding) in {True, False}


@given(st.text(alphabet="0123456789 :,-+GMTuenov", max_size=40))
def test_no_date_can_crash_the_reading_of_dates(date: str) -> None:
    assert has_current({b"if-modified-since": date.encode()}, etag=FEED_TAG, modified=MODIFIED) in {True, False}


def test_gzip_is_not_sent_when_it_is_larger(tmp_path: Path) -> None:
    publish(tmp_path, "style.css", b"*{}")
    status, headers, body = ask(create_app(tmp_path, healthy), "/style.css", [(b"accept-encoding", b"gzip")])
    assert (status, headers[b"etag"], body) == (200, tag(b"*{}").encode(), b"*{}")
    assert b"content-encoding" not in headers


# --- files in memory ---------------------------------------------------------------------------------------------------


class Body(Struct, frozen=True, kw_only=True):
    body: bytes

    @property
    def size(self) -> int:
        return len(self.body)


def cache(folder: Path) -> FileCache[Body]:
    def prepare(file: FoundFile) -> Body:
        return Body(body=file.body)

    return FileCache(folder, 1000, prepare)


def test_a_file_is_read_once_until_it_is_replaced(tmp_path: Path) -> None:
    publish(tmp_path, "a", b"one")

    async def look() -> None:
        files = cache(tmp_path)
        first = await files.get("a")
        assert first is not None
        assert await files.get("a") is first
        publish(tmp_path, "a", b"two")
        second = await files.get("a")
        assert second is not None
        assert second.body == b"two"
        (tmp_path / "a").write_bytes(b"new")  # the same file, of the same size …
        os.utime(tmp_path / "a", (MODIFIED, MODIFIED))  # … and age
        third = await files.get("a")
        assert third is not None
        assert third.body == b"new"

    asyncio.run(look())


def test_many_readers_of_one_file_make_it_be_read_once(tmp_path: Path) -> None:
    publish(tmp_path, "a", b"one")

    async def look() -> None:
        files = cache(tmp_path)
        found = await asyncio.gather(*[files.get("a") for _ in range(20)])
        assert len({id(file) for file in found}) == 1

    asyncio.run(look())


def test_memory_is_bounded_and_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    for name in "abc":
        publish(tmp_path, name, os.urandom(400))  # does not compress
    publish(tmp_path, "huge", os.urandom(2000))

    async def look() -> None:
        files = cache(tmp_path)
        a, b = await files.get("a"), await files.get("b")
        assert await files.get("a") is a
        await files.get("c")  # 1,200 bytes: b, the least recently used, must go
        assert await files.get("a") is a
        assert await files.get("b") is not b
        huge = await files.get("huge")
        assert huge is not None
        assert await files.get("huge") is not huge

    asyncio.run(look())


# --- starting and stopping ---------------------------------------------------------------------------------------------

PROGRAM = """
import sys
from pathlib import Path
from aggregator.web import create_app, serve
app = create_app(Path(sys.argv[1]), lambda: {"ok": True})
serve(app, sys.argv[2], int(sys.argv[3]), lambda url: print(url, flush=True))
print("clean", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_and_lets_the_program_clean_up(tmp_path: Path, number: signal.Signals) -> None:
    publish_all(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(tmp_path), "127.0.0.1", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        url = program.stdout.readline().strip()
        host, _, port = url.removeprefix("http://").removesuffix("/").partition(":")
        with closing(http.client.HTTPConnection(host, int(port), timeout=10)) as connection:
            connection.request("GET", "/feeds/all.atom")
            assert connection.getresponse().read() == FEED
            program.send_signal(number)  # with the connection still open
            out, err = program.communicate(timeout=10)
    assert (program.returncode, out, err) == (0, "clean\n", "")


def test_a_port_in_use_is_a_wrong_request_before_anything_starts() -> None:
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError) as raised:
            serve(create_app(Path("unused"), healthy), "127.0.0.1", port, lambda _url: pytest.fail("started"))
    assert str(raised.value) == f"port {port} on 127.0.0.1 is in use: stop the other program or set server.port"


@pytest.mark.parametrize(
    ("host", "message"),
    [
        pytest.param("192.0.2.1", "192.0.2.1 is not an address of this machine: set server.host", id="another's address"),
        pytest.param("a..b", "the host name a..b cannot be resolved: set server.host", id="no name"),
    ],
)
def test_a_wrong_host_is_explained(host: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        listening(host, 0)


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize(
    ("host", "clients"),
    [pytest.param("::1", ["::1"], id="loopback"), pytest.param("::", ["::1", "127.0.0.1"], id="any, IPv4 as well")],
)
def test_ipv6_addresses_are_served_and_shown_in_brackets(tmp_path: Path, host: str, clients: list[str]) -> None:
    publish_all(tmp_path)
    urls: list[str] = []
    with listening(host, 0) as listener:
        server = Server(create_app(tmp_path, healthy), host, listener, urls.append)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            port = listener.getsockname()[1]
            for client in clients:
                with closing(http.client.HTTPConnection(client, port, timeout=10)) as connection:
                    connection.request("GET", "/")
                    assert connection.getresponse().read() == PAGE
        finally:
            server.should_exit = True
            thread.join()
    assert urls == [f"http://[::1]:{port}/"]
