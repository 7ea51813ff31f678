"""A link that cannot be one costs the item nothing but the link: its text is stored, and quarantine says why."""

from __future__ import annotations

import json
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING

import pytest
from rekeyed_store import file

from aggregator.ingest import ingest, prepare_document
from aggregator.ingest_rules import IngestRules
from aggregator.model import Tally
from aggregator.parse import parse
from aggregator.urls import UrlRules

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from aggregator.model import Candidate, Source
    from aggregator.store import Store

RULES = IngestRules(urls=UrlRules(), categories=(), default_category="未分类", authority="news.example.org")
BASE = "https://a.example/feed"
TEXT = "<p>The text of the item</p>"
BAD = [
    pytest.param("javascript:alert(1)", id="a script"),
    pytest.param(" JaVaScRiPt:alert(1)", id="a script in disguise"),
    pytest.param("data:text/html,<script>alert(1)</script>", id="data"),
    pytest.param("file:///etc/passwd", id="a file"),
    pytest.param("http://[bad/", id="brackets"),
    pytest.param("http://a.example:99999/", id="no port"),
    pytest.param("https://a.example:x/", id="a port in letters"),
    pytest.param("https://user:secret@/1", id="user and password, and no host"),
    pytest.param("https://a.example/" + "x" * 100_000, id="100 KB"),
    pytest.param("http://", id="no host"),
    pytest.param("https://a b.example/", id="a space in the host"),
]
CONTROL = [
    pytest.param("https://a.example/\x00x", id="a zero"),
    pytest.param("https://a.example/\x1b[2Jx", id="an escape sequence"),
    pytest.param("https://a.example/\x7f", id="delete"),
    pytest.param("https://a.example/\ud800", id="half a character"),
]


def rss(link: str) -> bytes:
    return (
        f'<rss version="2.0"><channel><title>F</title><item><title>T</title><link>{escape(link)}</link>'
        f"<guid isPermaLink='false'>1</guid><description>{escape(TEXT)}</description></item></channel></rss>"
    ).encode()


def atom(link: str) -> bytes:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><id>urn:f</id><entry><title>T</title><id>urn:x:1</id>'
        f'<link href="{escape(link)}"/><content type="html">{escape(TEXT)}</content></entry></feed>'
    ).encode()


def jsonfeed(link: str) -> bytes:
    item = {"id": "1", "title": "T", "url": link, "content_html": TEXT}
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "F", "items": [item]}).encode()


@pytest.mark.parametrize(
    ("link", "written"),
    [pytest.param(*link.values, write, id=f"{link.id}, {write.__name__}") for link in BAD for write in (rss, atom, jsonfeed)]
    + [pytest.param(*link.values, jsonfeed, id=f"{link.id}, jsonfeed") for link in CONTROL],
)
def test_a_bad_link_is_dropped_and_the_text_of_its_item_stored(
    store: Store, make_source: Callable[..., Source], now: datetime, link: str, written: Callable[[str], bytes]
) -> None:
    source = make_source(BASE)
    parsed = parse(written(link), content_type=None, base_url=BASE, content_language=None)
    prepared = prepare_document(parsed, source, RULES, base_url=BASE)
    with store.write() as tx:
        assert ingest(tx, source, prepared, RULES, now) == Tally(seen=1, new=1)

    with store.read() as tx:
        (entry,) = tx.reading.newest(9)
        (row,) = tx.quarantine.all()
        keys = tx.stories.story("1", None).keys
    assert (entry.title, entry.url, entry.content or entry.summary) == ("T", None, TEXT)
    assert (row.entry_id, row.code in {"bad-url", "unusable-link"}) == (1, True)
    assert [key.rule for key in keys] == ["guid"]
    assert len(row.message) < 500


@pytest.mark.parametrize("write", [rss, atom, jsonfeed])
def test_of_a_link_with_a_password_the_link_is_kept_and_the_password_published_nowhere(
    store: Store, make_source: Callable[..., Source], now: datetime, write: Callable[[str], bytes]
) -> None:
    link = "https://user:secret@a.example/1"
    document = write(link).replace(b"urn:", b"https://user:secret@a.example/").replace(b">1</guid>", f">{link}</guid>".encode())
    parsed = parse(document, content_type=None, base_url=BASE, content_language=None)
    prepared = prepare_document(parsed, make_source(BASE), RULES, base_url=BASE)
    with store.write() as tx:
        assert ingest(tx, tx.sources.find(BASE), prepared, RULES, now) == Tally(seen=1, new=1)

    with store.read() as tx:
        (entry,) = tx.reading.newest(9)
        assert tx.quarantine.all() == ()
        assert [key.value for key in tx.stories.story("1", None).keys] == ["https://a.example/1"]
    assert entry.url == "https://a.example/1"
    assert "secret" not in str(entry)


HAN = "".join(map(chr, range(0x4E00, 0x4E00 + 2000)))  # of which no two bytes repeat each other: no database makes it shorter


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"url": None, "guid": None, "title": HAN[:950]}, id="titles"),
        pytest.param({"url": "https://a.example/", "guid": None, "title": HAN[:950]}, id="titles beside one link"),
        pytest.param({"url": None, "guid": f"tag:a.example,2026:{HAN}"}, id="ids without links"),
        pytest.param({"url": "https://a.example/", "guid": HAN}, id="ids beside one link"),
        pytest.param({"url": f"https://a.example/{HAN[:200]}", "guid": HAN}, id="ids and links"),
    ],
)
def test_names_of_any_length_tell_items_apart_and_are_known_again(
    store: Store, make_source: Callable[..., Source], candidate: Callable[..., Candidate], now: datetime, fields: dict[str, str]
) -> None:
    source = make_source(BASE)
    items = [candidate(**{n: f"{v}{at}" if v and n != "url" else v for n, v in fields.items()}, content=at) for at in "ab"]

    assert file(store, source, now, *items) == Tally(seen=2, new=2)
    assert file(store, source, now + timedelta(hours=1), *reversed(items)) == Tally(seen=2, unchanged=2)
