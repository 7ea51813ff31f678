"""HTTP: a reader that knows an older edition of a feed is sent what it lacks (RFC 3229, ``A-IM: feed``)."""

from __future__ import annotations

import gzip
import re
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_site import Site, packed, publish, running, tag

from aggregator.web import Links, create_app
from aggregator.web.editions import Editions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from loopback_site import Answer

HEAD = '<?xml version="1.0"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0">\n'
PATH = "/feeds/news.atom"


def entry(name: str) -> str:
    return (
        f'  <entry xml:lang="zh">\n    <id>{name}</id>\n    <content type="html">{name * 100}&lt;entry></content>\n  </entry>\n'
    )


def tombstone(name: str) -> str:
    return f'  <at:deleted-entry ref="{name}" when="2026-01-01T00:00:00Z"/>\n'


def feed(*pieces: str, title: str = "News") -> bytes:
    return f"{HEAD}  <title>{title}</title>\n{''.join(pieces)}</feed>\n".encode()


ONE, TWO = feed(entry("a"), entry("b")), feed(entry("c"), entry("a"), entry("b"))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    links = Links(site="https://news.example/", hubs=("https://hub.example/",))
    with running(create_app(tmp_path, site.health, links=links)) as site.port:
        yield site


def editions(site: Site, *documents: bytes) -> None:
    """Publish *documents* one after the other; each is seen by somebody."""
    for document in documents:
        publish(site.output, "feeds/news.atom", document)
        assert site.ask(PATH).body == document


def news(site: Site, *tags: str, **headers: str) -> Answer:
    return site.ask(PATH, **{"a_im": "feed", "if_none_match": ", ".join(tags), **headers})


def test_an_older_edition_is_answered_with_what_it_lacks(site: Site) -> None:
    editions(site, ONE, TWO)
    for _ in range(2):  # made, and made before
        answer = news(site, tag(ONE))
        assert answer.headers.pop("date")
        assert (answer.status, answer.body, answer.headers) == (
            226,
            feed(entry("c")),
            {
                "im": "feed",
                "etag": tag(TWO),
                "cache-control": "no-store, im, max-age=300",
                "vary": "Accept-Encoding, A-IM, Sec-Fetch-Dest",
                "last-modified": "Tue, 14 Nov 2023 22:13:20 GMT",
                "content-type": "application/atom+xml; charset=utf-8",
                "content-length": str(len(feed(entry("c")))),
                "accept-ranges": "none",
                "link": '<https://news.example/feeds/news.atom>; rel="self", <https://hub.example/>; rel="hub"',
                "content-security-policy": "default-src 'none'; style-src 'self'; sandbox",
                "x-content-type-options": "nosniff",
                "referrer-policy": "no-referrer",
            },
        )


@pytest.mark.parametrize("known", [pytest.param(tag(ONE), id="plain"), pytest.param(tag(packed(ONE)), id="gzip")])
def test_it_is_compressed_for_those_who_like_it(site: Site, known: str) -> None:
    editions(site, ONE, TWO)
    answer = news(site, known, accept_encoding="gzip")
    assert (answer.status, answer.headers["content-encoding"], answer.headers["etag"]) == (226, "gzip", tag(packed(TWO)))
    assert gzip.decompress(answer.body) == feed(entry("c"))
    assert news(site, answer.headers["etag"], accept_encoding="gzip").status == 304


def test_head_tells_what_get_would(site: Site) -> None:
    editions(site, ONE, TWO)
    get, head = news(site, tag(ONE)), site.ask(PATH, "HEAD", a_im="feed", if_none_match=tag(ONE))
    get.headers.pop("date"), head.headers.pop("date")
    assert (head.status, head.headers, head.body) == (226, get.headers, b"")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"a_im": "feed"}, 226, id="feed"),
        pytest.param({"a_im": "vcdiff, Feed;q=0.5, gzip"}, 226, id="one of several"),
        pytest.param({"a_im": "feed", "if_none_match": f'"x", W/{tag(ONE)}'}, 226, id="a weak tag in a list"),
        pytest.param({"a_im": "feed", "if_none_match": f"{tag(ONE)}, {tag(TWO)}"}, 304, id="an older one and this one"),
        pytest.param({"a_im": "feed", "if_none_match": "*"}, 304, id="any"),
        pytest.param({"a_im": "feed", "if_none_match": '"unknown"'}, 200, id="one that nobody knows"),
        pytest.param({"a_im": "feed", "if_none_match": ""}, 200, id="none"),
        pytest.param({}, 200, id="not asked"),
        pytest.param({"a_im": "feed;q=0"}, 200, id="refused"),
        pytest.param({"a_im": "feeds"}, 200, id="something like it"),
        pytest.param({"a_im": "vcdiff"}, 200, id="another way"),
        pytest.param({"a_im": "feed," * 1000}, 200, id="endless"),
    ],
)
def test_what_is_asked_for_is_what_is_sent(site: Site, headers: dict[str, str], status: int) -> None:
    editions(site, ONE, TWO)
    answer = site.ask(PATH, **{"if_none_match": tag(ONE), **headers})
    assert (answer.status, answer.headers["etag"]) == (status, tag(TWO))
    assert answer.body == {200: TWO, 226: feed(entry("c")), 304: b""}[status]


@pytest.mark.parametrize(
    ("before", "after", "sent"),
    [
        pytest.param(feed(entry("a")), feed(entry("a"), tombstone("b")), feed(tombstone("b")), id="a tombstone"),
        pytest.param(feed(entry("a"), tombstone("b")), feed(entry("c"), tombstone("b")), feed(entry("c")), id="a known one"),
        pytest.param(feed(entry("a")), feed(entry("a").replace("<id>", "<id >")), None, id="a byte of an entry"),
        pytest.param(feed(entry("a")), feed(entry("a"), title="Other"), feed(title="Other"), id="the title"),
        pytest.param(feed(entry("a"), entry("b")), feed(entry("b"), entry("a")), feed(), id="the order"),
        pytest.param(feed(entry("a"), entry("b")), feed(entry("a")), feed(), id="one less"),
        pytest.param(feed(), feed(entry("a")), None, id="all is new"),
    ],
)
def test_what_changed_is_sent(site: Site, before: bytes, after: bytes, sent: bytes | None) -> None:
    editions(site, before, after)
    answer = news(site, tag(before))
    assert (answer.status, answer.body) == ((200, after) if sent is None else (226, sent))


def test_each_reader_is_sent_what_its_own_edition_lacks(site: Site) -> None:
    documents = [feed(*map(entry, "abcdefgh"[:number])) for number in range(1, 9)]
    editions(site, *documents)
    assert [news(site, tag(document)).body for document in documents] == [
        *(feed(*map(entry, "abcdefgh"[number:])) for number in range(1, 8)),
        b"",
    ]
    assert news(site, tag(documents[2]), tag(documents[5]), tag(documents[0])).body == feed(*map(entry, "gh"))


def test_what_is_no_smaller_is_not_worth_it(site: Site) -> None:
    trailer = zlib.crc32(TWO).to_bytes(4, "little") + len(TWO).to_bytes(4, "little")
    publish(site.output, "feeds/news.atom.gz", b"\x1f\x8b\x08" + trailer)  # smaller than gzip can be
    editions(site, ONE, TWO)
    answer = news(site, tag(ONE), accept_encoding="gzip")
    assert (answer.status, answer.body) == (200, b"\x1f\x8b\x08" + trailer)


def test_other_files_are_sent_whole(site: Site) -> None:
    for name in ("feeds/news.json", "feeds/news/archive/1.atom"):
        publish(site.output, name, ONE)
        site.ask(f"/{name}")
        publish(site.output, name, TWO)
        answer = site.ask(f"/{name}", a_im="feed", if_none_match=tag(ONE))
        assert (answer.status, answer.body, answer.headers["etag"]) == (200, TWO, tag(TWO))


# --- what is remembered ----------------------------------------------------------------------------------------------------


def test_so_many_editions_of_so_many_feeds_are_remembered() -> None:
    known = Editions(feeds=2, depth=3)
    for number in range(5):
        last = known.note("a", feed(entry(str(number))), (b"a%d" % number, b"z%d" % number))
    assert list(last.serials) == [b"a2", b"z2", b"a3", b"z3", b"a4", b"z4"]
    known.note("b", ONE, (b"b",))
    assert b"a4" in known.note("a", ONE, (b"a5",)).serials
    known.note("c", ONE, (b"c",))
    assert list(known.note("b", ONE, (b"b2",)).serials) == [b"b2"]


def pieces(document: bytes) -> list[str]:
    return re.findall(r"<id>(.*?)</id>", document.decode())


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True), min_size=2, max_size=8))
def test_with_its_own_edition_a_reader_has_all_of_the_newest(documents: Sequence[Sequence[str]]) -> None:
    known = Editions()
    for number, names in enumerate(documents):
        last = known.note("a", feed(*map(entry, names), title=str(number)), (b"%d" % number,))
    newest = documents[-1]
    for number, names in enumerate(documents):
        serial = last.number([b"%d" % number])
        assert serial is not None
        sent = last.since(serial)
        told = list(newest) if sent is None else pieces(sent)
        assert [name for name in newest if name in told] == told
        assert {*newest} <= {*told, *names}
        if number == len(documents) - 2:  # nothing can have left and come back in between
            assert not {*told} & {*names}
