"""HTTP: which published file is at which address, precompressed siblings, links, categories that were renamed."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import itertools
import json
import re
import socket
from contextlib import closing
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from loopback_site import MODIFIED, Site, ask, packed, publish, running, tag
from uvicorn.server import ServerState

from aggregator.web import Links, clock, create_app
from aggregator.web.protocol import BoundedProtocol
from aggregator.web.published import Published
from aggregator.web.server import Server, listening
from aggregator.web.site import Site as App

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from loopback_site import Answer

ATOM, JSON, OPML = "application/atom+xml; charset=utf-8", "application/feed+json", "text/x-opml; charset=utf-8"
HTML, CSS = "text/html; charset=utf-8", "text/css; charset=utf-8"
OFTEN, HARDLY, ALWAYS = "public, max-age=300", "public, max-age=86400", "public, no-cache"
PLAIN, NEWS, SHOWN = "Accept-Encoding", "Accept-Encoding, A-IM, Sec-Fetch-Dest", "Accept-Encoding, Sec-Fetch-Dest"
FILES = {
    "/": ("index.html", HTML, ALWAYS, PLAIN),
    "/style.css": ("style.css", CSS, ALWAYS, PLAIN),
    "/feed.css": ("feed.css", CSS, ALWAYS, PLAIN),
    "/feeds.opml": ("feeds.opml", OPML, OFTEN, PLAIN),
    "/sources.opml": ("sources.opml", OPML, OFTEN, PLAIN),
    "/feeds/news.atom": ("feeds/news.atom", ATOM, OFTEN, NEWS),
    "/feeds/news.json": ("feeds/news.json", JSON, OFTEN, PLAIN),
    "/feeds/news/archive/1.atom": ("feeds/news/archive/1.atom", ATOM, HARDLY, SHOWN),
    "/feeds/news/archive/1234567.atom": ("feeds/news/archive/1234567.atom", ATOM, HARDLY, SHOWN),
    "/c/news/": ("c/news/index.html", HTML, ALWAYS, PLAIN),
    "/categories/": ("categories/index.html", HTML, ALWAYS, PLAIN),
    "/categories/12/": ("categories/12/index.html", HTML, ALWAYS, PLAIN),
}
SITE = "https://news.example/"
HUBS = ("https://hub.example/?a=1,2", "https://hub.example/中")


def body_of(path: str) -> bytes:
    return f"<here>{path}</here>".encode() * 50


def healthy() -> Mapping[str, object]:
    return {"ok": True}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("public"))
    app = create_app(site.output, site.health, links=Links(site=SITE, hubs=HUBS), ready=site.readiness)
    with running(app) as site.port:
        yield site


@pytest.fixture
def site(server: Site) -> Site:
    for path, (name, *_) in FILES.items():
        publish(server.output, name, body_of(path))
    return server


# --- addresses -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_every_published_file_is_at_its_address(site: Site, path: str, method: str) -> None:
    _, media_type, cache_control, vary = FILES[path]
    answer = site.ask(path, method)
    told = {name: answer.headers[name] for name in ("content-type", "cache-control", "vary", "etag", "content-length")}
    assert told == {
        "content-type": media_type,
        "cache-control": cache_control,
        "vary": vary,
        "etag": tag(body_of(path)),
        "content-length": str(len(body_of(path))),
    }
    assert (answer.status, answer.body) == (200, body_of(path) if method == "GET" else b"")


@pytest.mark.parametrize(
    "path",
    [
        "/redirects.json",
        "/feeds/news.atom.gz",
        "/index.html.gz",
        "/feeds/news/",
        "/feeds/news/archive/",
        "/feeds/news/archive/0.atom",
        "/feeds/news/archive/01.atom",
        "/feeds/news/archive/-1.atom",
        "/feeds/news/archive/12345678.atom",
        "/feeds/news/archive/1.json",
        "/feeds/news/archive/%31.json",
        "/feeds/news/archive/../../news.json",
        "/feeds/news/archive/1.atom/",
        "/feeds/" + "a" * 60_000 + ".atom",
    ],
)
def test_nothing_else_has_an_address(site: Site, path: str) -> None:
    (site.output / "redirects.json").write_bytes(b"{}")
    (site.output / "feeds/news.atom.gz").write_bytes(packed(body_of("/feeds/news.atom")))
    (site.output / "feeds/news/archive/0.atom").write_bytes(b"secret")
    (site.output / "feeds/news/archive/12345678.atom").write_bytes(b"secret")
    assert (site.ask(path).status, site.ask(path).body) == (404, b"Not found.\n")


@pytest.mark.parametrize("path", [*FILES, "/c/news", "/nothing", "/healthz", "/readyz", "/feeds/no.atom", "/%00", "//", "/c/é/"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize("condition", ["", '"other"', "*", "\x7f"])
def test_every_answer_has_the_safe_headers_and_tells_no_version(site: Site, path: str, method: str, condition: str) -> None:
    sent = f"{method} {path} HTTP/1.1\r\nhost: evil.example\r\nif-none-match: {condition}\r\n\r\n".encode()
    answers = site.send(sent + b"hello\r\n\r\n")  # which is not HTTP, so that the server hangs up
    heads = re.findall(rb"HTTP/1.1 [0-9]{3} (?s:.*?)\r\n\r\n", answers)
    for head in heads:
        fields = dict(line.split(": ", 1) for line in head.decode("ascii").lower().split("\r\n")[1:-2])
        assert fields["content-security-policy"].startswith("default-src 'none'; ")
        assert fields["x-content-type-options"] == "nosniff"
        assert fields["referrer-policy"] == "no-referrer"
        assert "cache-control" in fields
        assert "date" in fields
        assert not {"server", "x-powered-by"} & fields.keys()
        assert "evil" not in "".join(fields.values())
    assert heads


def asked_for(site: Site, path: str, destination: str, **headers: str) -> Answer:
    answer = site.ask(path, sec_fetch_dest=destination, **headers)
    answer.headers.pop("date")
    return answer


@pytest.mark.parametrize("path", ["/feeds/news.atom", "/feeds/news/archive/1.atom"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_browser_that_opens_a_feed_is_told_that_it_is_xml(site: Site, path: str, coding: str) -> None:
    shown, read = (asked_for(site, path, what, accept_encoding=coding) for what in ("document", "empty"))
    assert (shown.headers.pop("content-type"), read.headers.pop("content-type")) == ("application/xml; charset=utf-8", ATOM)
    etags = shown.headers.pop("etag"), read.headers.pop("etag")
    assert shown == read
    again = [asked_for(site, path, "document", accept_encoding=coding, if_none_match=etag).status for etag in etags]
    assert again == [304, 200]


@pytest.mark.parametrize("path", ["/", "/style.css", "/feeds.opml", "/feeds/news.json"])
def test_to_all_else_it_makes_no_difference(site: Site, path: str) -> None:
    assert asked_for(site, path, "document") == asked_for(site, path, "empty")


# --- precompressed files -------------------------------------------------------------------------------------------------

OURS = gzip.compress(body_of("/style.css"), 1, mtime=0)


def test_a_precompressed_sibling_is_sent_as_it_is(tmp_path: Path) -> None:
    publish(tmp_path, "style.css", body_of("/style.css"))
    publish(tmp_path, "style.css.gz", OURS)
    status, headers, body = ask(create_app(tmp_path, healthy), "/style.css", [(b"accept-encoding", b"gzip")])
    assert (status, body, headers[b"etag"].decode()) == (200, OURS, tag(OURS))
    assert packed(body_of("/style.css")) != OURS


@pytest.mark.parametrize(
    "sibling",
    [
        pytest.param(gzip.compress(body_of("/feed.css"), 1), id="of another edition"),
        pytest.param(OURS[:-1], id="cut"),
        pytest.param(b"", id="empty"),
        pytest.param(b"x" + OURS, id="not gzip"),
        pytest.param(None, id="a link"),
    ],
)
def test_a_sibling_that_is_not_the_file_is_not_sent(tmp_path: Path, sibling: bytes | None) -> None:
    publish(tmp_path, "style.css", body_of("/style.css"))
    publish(tmp_path, "secret", OURS if sibling is None else sibling)
    if sibling is None:
        (tmp_path / "style.css.gz").symlink_to(tmp_path / "secret")
    else:
        publish(tmp_path, "style.css.gz", sibling)
    _, _, body = ask(create_app(tmp_path, healthy), "/style.css", [(b"accept-encoding", b"gzip")])
    assert body == packed(body_of("/style.css"))


@pytest.mark.parametrize(("path", "location"), [("/c/news", "news/"), ("/categories", "categories/"), ("/categories/12", "12/")])
def test_a_page_without_its_last_slash_leads_to_it(site: Site, path: str, location: str) -> None:
    answer = site.ask(path)

    assert (answer.status, answer.headers["location"]) == (308, location)


@pytest.mark.parametrize("path", ["/categories/1/", "/categories/0/", "/categories/x/", "/categories/2", "/categoriesx"])
def test_there_is_no_page_of_the_list_but_those_that_are_published(site: Site, path: str) -> None:
    assert site.ask(path).status == 404


# --- links ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("name", ["feeds/news.atom", "feeds/news.json"])
def test_feeds_name_their_own_address_and_their_hubs(site: Site, method: str, name: str) -> None:
    assert site.ask(f"/{name}", method, host="evil.example").headers["link"] == (
        f'<{SITE}{name}>; rel="self", <https://hub.example/?a=1,2>; rel="hub", <https://hub.example/%E4%B8%AD>; rel="hub"'
    )


@pytest.mark.parametrize("path", sorted({*FILES} - {"/feeds/news.atom", "/feeds/news.json"}))
def test_nothing_but_feeds_has_hubs(site: Site, path: str) -> None:
    assert "link" not in site.ask(path).headers


# --- renamed categories ----------------------------------------------------------------------------------------------------


def rename(site: Site, pairs: object) -> None:
    publish(site.output, "redirects.json", json.dumps(pairs).encode())


@pytest.mark.parametrize(
    ("path", "location", "cache_control"),
    [
        ("/feeds/old.atom", "new.atom", OFTEN),
        ("/feeds/old.json", "new.json", OFTEN),
        ("/feeds/old/archive/3.atom", "../../new/archive/3.atom", HARDLY),
        ("/c/old/", "../new/", ALWAYS),
        ("/c/old", "new/", ALWAYS),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_renamed_category_is_found_at_its_old_addresses(
    site: Site, path: str, location: str, cache_control: str, method: str
) -> None:
    rename(site, {"feeds/old.atom": "feeds/new.atom", "c/old/": "c/new/"})
    answer = site.ask(path, method, host="evil.example")
    assert (answer.status, answer.headers["location"], answer.headers["cache-control"]) == (301, location, cache_control)
    assert answer.body == b""


def test_renames_are_followed_as_they_are_now_also_where_a_file_is_left(site: Site) -> None:
    rename(site, {"feeds/old.atom": "feeds/new.atom"})
    assert site.ask("/feeds/old.atom").headers["location"] == "new.atom"
    rename(site, {"feeds/old.atom": "feeds/now.atom", "feeds/news.atom": "feeds/now.atom"})
    assert site.ask("/feeds/old.atom").headers["location"] == "now.atom"
    assert site.ask("/feeds/news.atom").headers["location"] == "now.atom"
    (site.output / "redirects.json").unlink()
    assert site.ask("/feeds/old.atom").status == 404


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"feeds/old.atom": "https://evil.example/feeds/new.atom"}, id="elsewhere"),
        pytest.param({"feeds/old.atom": "//evil.example/feeds/new.atom"}, id="elsewhere by the same scheme"),
        pytest.param({"feeds/old.atom": "feeds/new.atom\r\nx: y"}, id="a second header"),
        pytest.param({"feeds/old.atom": "feeds/../secret.atom"}, id="out of the folder"),
        pytest.param({"feeds/old.atom": None}, id="nowhere"),
        pytest.param(["feeds/old.atom"], id="a list"),
        pytest.param("feeds/old.atom", id="a text"),
    ],
)
def test_nobody_is_sent_anywhere_but_to_a_feed_of_ours(site: Site, told: object) -> None:
    rename(site, told)
    assert site.ask("/feeds/old.atom").status == 404


def test_a_list_of_renames_that_cannot_be_read_is_none(site: Site) -> None:
    publish(site.output, "redirects.json", b"{")
    assert site.ask("/feeds/old.atom").status == 404


# --- readiness -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ready", "status"), [({"ok": True}, 200), ({"ok": False}, 503)])
def test_readiness_is_told_apart_from_health(site: Site, ready: Mapping[str, object], status: int) -> None:
    site.ready = ready
    answer = site.ask("/readyz")
    assert (answer.status, json.loads(answer.body), site.ask("/healthz").status) == (status, ready, 200)


# --- connections -----------------------------------------------------------------------------------------------------------


def undated(answers: bytes) -> bytes:
    return re.sub(rb"date: [^\r]*\r\n|connection: close\r\n", b"", answers)


def request(path: str, *fields: str, method: str = "GET") -> bytes:
    return "\r\n".join((f"{method} {path} HTTP/1.1", "host: x", *fields, "", "")).encode()


ETAG = f"if-none-match: {tag(body_of('/feeds/news.atom'))}"


@pytest.mark.parametrize("path", ["/", "/feeds/news.atom", "/feeds/news.atom?x=y", "/c/news/", "/c/news", "/feeds/no.atom"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("fields", [(), ("accept-encoding: gzip",), (ETAG,), ("if-modified-since: x", "a-im: feed")])
def test_an_answer_is_the_same_whether_it_was_at_hand_or_not(site: Site, path: str, method: str, fields: tuple[str, ...]) -> None:
    # The last has a field twice and ends the connection, either of which takes the way through the application.
    first = request(path, *fields, method=method)
    last = request(path, *fields, "x: y", "x: z", "connection: close", method=method)
    together = undated(site.send(first + first + last))
    alone = undated(site.send(last))
    assert together == alone * 3


def test_an_answer_is_dated_to_the_second_and_no_file_later(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(site.output, "feeds/news.atom", b"<feed/>", modified=MODIFIED + 3600)
    for second in (13, 14):
        monkeypatch.setattr(clock, "time", SimpleNamespace(time=lambda second=second: MODIFIED - 20 + second))
        site.ask("/feeds/news.atom")
        # the first from what is at hand, the second through the application
        answers = site.send(request("/feeds/news.atom") + request("/feeds/news.atom", "connection: close"))
        assert re.findall(rb"\r\ndate: ([^\r]*)", answers) == [f"Tue, 14 Nov 2023 22:13:{second} GMT".encode()] * 2
        assert re.findall(rb"\r\nlast-modified: ([^\r]*)", answers) == [b"Tue, 14 Nov 2023 22:13:13 GMT"] * 2


def test_requests_that_come_together_are_answered_in_their_order(site: Site) -> None:
    paths = ["/feeds/news.atom", "/healthz", "/feeds/news.json", "/nothing", "/", "/healthz", "/feed.css"]
    sent = [request(path, method=method) for path, method in itertools.product(paths, ["GET", "HEAD"])]
    end = request("/", "connection: close")
    alone = [undated(site.send(one.replace(b"host: x", b"host: x\r\nconnection: close"))) for one in [*sent, end]]
    for _ in range(2):
        assert undated(site.send(b"".join((*sent, end)))) == b"".join(alone)


def test_a_request_may_come_byte_by_byte(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as connection:
        for byte in request("/feeds/news.atom", method="HEAD") + request("/feeds/news.atom", "connection: close"):
            connection.sendall(bytes([byte]))
        answers = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answers.count(b"HTTP/1.1 200 OK\r\n") == 2
    assert answers.endswith(b"\r\n\r\n" + body_of("/feeds/news.atom"))


def test_a_field_on_two_lines_is_one_list(site: Site) -> None:
    site.ask("/feeds/news.atom")
    first = request("/feeds/news.atom", ETAG, 'if-none-match: "other"')
    answers = site.send(first + request("/feeds/news.atom", 'if-none-match: "other"', ETAG, "connection: close"))
    assert answers.count(b"HTTP/1.1 304 ") == 2


def test_a_get_with_a_body_is_answered_and_the_connection_kept(site: Site) -> None:
    site.ask("/feeds/news.atom")
    with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)) as connection:
        for _ in range(2):
            connection.request("GET", "/feeds/news.atom", body=b"x" * 1_000_000)
            assert connection.getresponse().read() == body_of("/feeds/news.atom")


@pytest.mark.parametrize(("version", "connection"), [("1.0", "close"), ("1.0", "keep-alive"), ("1.1", "close")])
def test_http_1_0_and_close_end_the_connection(site: Site, version: str, connection: str) -> None:
    sent = f"GET /feeds/news.atom HTTP/{version}\r\nhost: x\r\nconnection: {connection}\r\n\r\n".encode()
    for _ in range(2):
        assert site.send(sent).endswith(body_of("/feeds/news.atom"))


def test_a_reader_that_reads_slowly_gets_all_it_asked_for(site: Site) -> None:
    large = bytes(range(256)) * 4000
    publish(site.output, "feeds/large.atom", large)
    assert site.ask("/feeds/large.atom").body == large
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as connection:
        connection.sendall(request("/feeds/large.atom") * 29 + request("/feeds/large.atom", "connection: close"))
        answers = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answers.count(large) == 30


class Unread:
    """A connection to a client that sends requests and reads no answer."""

    def __init__(self) -> None:
        self.written = 0

    def write(self, data: bytes) -> None:
        self.written += len(data)

    def writelines(self, data: Iterable[bytes]) -> None:
        self.written += sum(map(len, data))

    def get_extra_info(self, _name: str) -> None:
        return None

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        pass


def test_to_answers_that_a_client_does_not_read_no_more_are_added(site: Site) -> None:
    async def talk() -> tuple[int, int]:
        published, transport = Published(site.output, None), Unread()
        await published.answer("GET", "/feeds/news.atom", {})  # now it is in memory
        with listening("127.0.0.1", 0) as listener:
            app = App(published, create_app(site.output, healthy))
            config = Server(app, "127.0.0.1", listener, lambda _url: None).config
        protocol = BoundedProtocol(config=config, server_state=ServerState(), app_state={})
        protocol.connection_made(transport)  # type: ignore[arg-type]  # as much of one as is needed
        protocol.data_received(request("/feeds/news.atom"))
        first = transport.written
        protocol.pause_writing()  # as the transport says when its buffer is full
        protocol.data_received(request("/feeds/news.atom") * 10)
        await asyncio.sleep(0)
        second = transport.written
        protocol.connection_lost(ConnectionResetError())
        return first, second

    first, second = asyncio.run(talk())
    assert first == second > len(body_of("/feeds/news.atom"))


def test_a_connection_on_which_nothing_is_asked_any_more_is_closed(site: Site) -> None:
    with running(create_app(site.output, healthy), keep_alive=0) as port:
        for _ in range(2):  # answered by the application, and at once
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                connection.sendall(request("/feeds/news.atom"))
                assert b"".join(iter(lambda: connection.recv(65_536), b"")).endswith(body_of("/feeds/news.atom"))
