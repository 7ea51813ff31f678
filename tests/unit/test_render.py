"""Atom documents: equal in, equal out, and every fact where RFC 4287 wants it. Read back by feedparser, an outsider."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import feedparser
import pytest
from msgspec.structs import replace

from aggregator.model import Enclosure, FeedContent, Person, Provenance, PublishedEntry, Site, SourceKind, Tag
from aggregator.render import render

SITE = Site(title="聚合", url="https://news.example.org/", language="zh-CN", author=Person(name="Desk"))
ENTRY = PublishedEntry(
    id=1, atom_id="urn:x:1", title="AT&T <b> 标题", url="https://a.example/1?a=1&b=2", summary="<p>Short</p>",
    content="<p>Long &amp; <em>safe</em></p>", language="zh-CN",
    published=datetime(2021, 12, 17, 10, 33, 12, tzinfo=UTC), updated=datetime(2021, 12, 18, tzinfo=UTC),
    authors=(Person(name="王", email="w@a.example", uri="https://a.example/w"),),
    tags=(Tag(term="ai", scheme="https://a.example/tags", label="人工智能"),),
    enclosures=(Enclosure(url="https://a.example/1.mp3", media_type="audio/mpeg", length=123),),
    source_url="https://a.example/feed", source_kind=SourceKind.FEED,
    provenance=Provenance(
        guid="urn:x:feed", title="A's feed", subtitle="of A", site_url="https://a.example/",
        self_url="https://a.example/feed", updated=datetime(2026, 1, 1, tzinfo=UTC), rights="© A",
    ),
)  # fmt: skip
FEED = FeedContent(
    site=SITE, atom_id="tag:news.example.org,2026:category/keji", title="科技 · 聚合",
    feed_url="https://news.example.org/feeds/keji.atom", page_url="https://news.example.org/c/keji/", entries=(ENTRY,),
)  # fmt: skip


def read(document: bytes) -> Any:
    parsed = feedparser.parse(io.BytesIO(document))  # noqa: TID251 - an outsider reads what we wrote
    assert not parsed.bozo
    return parsed


def test_equal_content_gives_equal_bytes() -> None:
    assert render(FEED) == render(FEED)


def test_the_feed_says_who_it_is_and_dates_itself_by_its_entries() -> None:
    feed = read(render(replace(FEED, entries=(ENTRY, replace(ENTRY, id=2, atom_id="urn:x:2", updated=ENTRY.published))))).feed

    assert (feed.id, feed.title, feed.language, feed.updated, feed.author_detail.name) == (
        FEED.atom_id, "科技 · 聚合", "zh-CN", "2021-12-18T00:00:00+00:00", "Desk",
    )  # fmt: skip
    assert {link.rel: link.href for link in feed.links} == {"self": FEED.feed_url, "alternate": FEED.page_url}


def test_an_empty_feed_is_dated_by_no_clock() -> None:
    assert read(render(replace(FEED, entries=()))).feed.updated == "1970-01-01T00:00:00+00:00"


def test_an_entry_keeps_everything() -> None:
    (entry,) = read(render(FEED)).entries

    assert (entry.id, entry.title, entry.link) == ("urn:x:1", "AT&T <b> 标题", "https://a.example/1?a=1&b=2")
    assert (entry.published, entry.updated) == ("2021-12-17T10:33:12+00:00", "2021-12-18T00:00:00+00:00")
    assert (entry.summary, entry.content[0].value, entry.content[0].language) == (
        "<p>Short</p>", "<p>Long &amp; <em>safe</em></p>", "zh-CN",
    )  # fmt: skip
    assert entry.authors == [{"name": "王", "email": "w@a.example", "href": "https://a.example/w"}]
    assert entry.tags == [{"term": "ai", "scheme": "https://a.example/tags", "label": "人工智能"}]
    assert [(e.href, e.type, e.length) for e in entry.enclosures] == [("https://a.example/1.mp3", "audio/mpeg", "123")]


def test_an_entry_says_where_it_comes_from_with_a_date_that_does_not_drift() -> None:
    source = read(render(FEED)).entries[0].source

    assert (source.id, source.title, source.subtitle, source.rights, source.updated) == (
        "urn:x:feed", "A's feed", "of A", "© A", "2021-12-18T00:00:00+00:00",
    )  # fmt: skip
    assert {link.rel: link.href for link in source.links} == {"self": "https://a.example/feed", "alternate": "https://a.example/"}
    moved = replace(ENTRY, provenance=replace(ENTRY.provenance, updated=datetime(2030, 1, 1, tzinfo=UTC)))
    assert render(replace(FEED, entries=(moved,))) == render(FEED)


def test_a_source_of_which_we_know_no_address_is_left_out() -> None:
    seed = replace(ENTRY, source_url="seeds/", source_kind=SourceKind.SEEDS, provenance=Provenance())

    assert b"<source" not in render(replace(FEED, entries=(seed,)))


@pytest.mark.parametrize(("summary", "content"), [("<p>Short</p>", "<p>Short</p>"), (None, "AT&amp;T &lt;b&gt; 标题")])
def test_an_entry_without_a_link_has_content(summary: str | None, content: str) -> None:
    bare = replace(ENTRY, url=None, content=None, summary=summary)
    (entry,) = read(render(replace(FEED, entries=(bare,)))).entries

    assert entry.content[0].value == content


def test_entries_keep_their_order() -> None:
    entries = tuple(replace(ENTRY, id=n, atom_id=f"urn:x:{n}") for n in (3, 1, 2))

    assert [entry.id for entry in read(render(replace(FEED, entries=entries))).entries] == ["urn:x:3", "urn:x:1", "urn:x:2"]
