"""Feeds: equal in, equal out, and every fact where RFC 4287 and JSON Feed want it. Read back by feedparser, an outsider."""

from __future__ import annotations

import io
import json
import re
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import feedparser
import pytest
from msgspec.structs import replace

from aggregator import __version__
from aggregator.iris import tells_secret
from aggregator.model import (
    ArchiveHead,
    DeletedEntry,
    Enclosure,
    FeedHead,
    Link,
    Person,
    Provenance,
    PublishedEntry,
    Site,
    SourceKind,
    Tag,
    Thumbnail,
)
from aggregator.render import (
    archive_frame,
    atom_entry,
    atom_frame,
    atom_tombstone,
    flaw_of_document,
    flaw_of_entry,
    flaw_of_item,
    json_frame,
    json_item,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BASE = "https://news.example.org/"
SITE = Site(
    title="聚合", url=BASE, language="zh-CN", author=Person(name="Desk", email="desk@news.example.org"), subtitle="每日 <要闻>",
    icon=f"{BASE}icon.png", logo=f"{BASE}logo.png", rights="© theirs & ours", hubs=("https://hub.example/", "https://b.example/?a&b"),
)  # fmt: skip
ENTRY = PublishedEntry(
    id=1, atom_id="urn:x:1", title="AT&T <b> 标题", url="https://a.example/1?a=1&b=2", summary="<p>Short</p>",
    content="<p>Long &amp; <em>safe</em></p>", language="zh-CN",
    published=datetime(2021, 12, 17, 10, 33, 12, tzinfo=UTC), updated=datetime(2021, 12, 18, tzinfo=UTC),
    authors=(Person(name="王", email="w@a.example", uri="https://a.example/w"), Person(name="Li & Co", email="li@a.example")),
    contributors=(Person(name="Ed", uri="https://a.example/ed"),),
    tags=(Tag(term="ai", scheme="https://a.example/tags", label="人工智能"), Tag(term='"x"')),
    enclosures=(Enclosure(url="https://a.example/1.mp3", media_type="audio/mpeg", length=123), Enclosure(url="https://a.example/2")),
    thumbnails=(Thumbnail(url="https://a.example/1.jpg?a&b", width=640, height=360), Thumbnail(url="https://a.example/2.jpg")),
    carriers=("https://b.example/copy", "https://a.example/1?a=1&b=2"),
    source_url="https://a.example/feed", source_kind=SourceKind.FEED,
    provenance=Provenance(
        guid="urn:x:feed", title="A's feed", subtitle="of A, 100%", site_url="https://a.example/",
        self_url="https://a.example/feed", updated=datetime(2026, 1, 1, tzinfo=UTC), rights="© A",
        icon="https://a.example/i.png", logo="https://a.example/l.png", language="zh-TW", authors=(Person(name="A"),),
    ),
)  # fmt: skip
COPIED = replace(
    ENTRY,
    provenance=Provenance(
        guid="urn:x:b", title="B", site_url="https://b.example/", updated=datetime(2020, 1, 1, tzinfo=UTC),
        contributors=(Person(name="Con"),),
    ),
    via=ENTRY.provenance,
    rights="© B & <C>",
    links=(
        Link(url="https://r.example/?a&b", rel="related", title='"R" & <S>', media_type="text/html"),
        Link(url="https://cc.example/by", rel="license"),
    ),
)  # fmt: skip
HEAD = FeedHead(
    site=SITE, atom_id="tag:news.example.org,2026:category/keji", title="科技 · 聚合", feed_url=f"{BASE}feeds/keji.atom",
    json_url=f"{BASE}feeds/keji.json", page_url=f"{BASE}c/keji/", updated=datetime(2021, 12, 18, tzinfo=UTC),
    archive_url=f"{BASE}feeds/keji/archive/2.atom",
)  # fmt: skip
ARCHIVE = ArchiveHead(
    feed=HEAD, page_url=f"{BASE}feeds/keji/archive/2.atom", updated=datetime(2021, 12, 1, tzinfo=UTC),
    previous_url=f"{BASE}feeds/keji/archive/1.atom", next_url=f"{BASE}feeds/keji/archive/3.atom",
)  # fmt: skip
GONE = DeletedEntry(atom_id="urn:x:gone&", deleted_at=datetime(2022, 1, 1, tzinfo=UTC), reason='hidden: "spam" & <more>')


def framed(frame: tuple[bytes, bytes], *fragments: bytes) -> bytes:
    return frame[0] + b"".join(fragments) + frame[1]


def read(document: bytes) -> Any:
    parsed = feedparser.parse(io.BytesIO(document))  # noqa: TID251 - an outsider reads what we wrote
    assert not parsed.bozo
    return parsed


def read_entry(entry: PublishedEntry) -> Any:
    (found,) = read(framed(atom_frame(HEAD), atom_entry(entry))).entries
    return found


def links(element: Any) -> set[tuple[str, ...]]:
    return {(link.rel, link.href) for link in element.links}


def test_equal_content_gives_equal_bytes() -> None:
    assert (atom_entry(ENTRY), json_item(ENTRY), atom_frame(HEAD)) == (atom_entry(ENTRY), json_item(ENTRY), atom_frame(HEAD))


def test_a_feed_says_who_it_is() -> None:
    feed = read(framed(atom_frame(HEAD))).feed

    assert (feed.id, feed.title, feed.subtitle, feed.language, feed.updated) == (
        HEAD.atom_id, "科技 · 聚合", "每日 <要闻>", "zh-CN", "2021-12-18T00:00:00+00:00",
    )  # fmt: skip
    assert (feed.authors, feed.icon, feed.logo, feed.rights) == (
        [{"name": "Desk", "email": "desk@news.example.org"}], SITE.icon, SITE.logo, "© theirs & ours",
    )  # fmt: skip
    assert feed.generator_detail == {"name": "aggregator", "version": __version__}
    assert {(link.rel, link.href, link.get("type", "text/html")) for link in feed.links} == {
        ("self", HEAD.feed_url, "application/atom+xml"),
        ("alternate", HEAD.page_url, "text/html"),
        ("alternate", HEAD.json_url, "application/feed+json"),
        ("hub", "https://hub.example/", "text/html"),
        ("hub", "https://b.example/?a&b", "text/html"),
        ("prev-archive", HEAD.archive_url, "application/atom+xml"),
    }


def test_a_feed_of_its_own_words_says_them_instead_of_the_sites() -> None:
    assert read(framed(atom_frame(replace(HEAD, subtitle="AI")))).feed.subtitle == "AI"


def test_a_site_that_says_little_gives_a_feed_that_says_little() -> None:
    bare = replace(HEAD, site=Site(title="T", url=BASE, language="en", author=Person(name="Desk")), archive_url=None)
    feed = read(framed(atom_frame(bare))).feed

    assert {"subtitle", "icon", "logo", "rights"}.isdisjoint(feed)
    assert {rel for rel, _ in links(feed)} == {"self", "alternate"}
    assert json.loads(framed(json_frame(bare))) == {
        "version": "https://jsonfeed.org/version/1.1", "title": HEAD.title, "home_page_url": HEAD.page_url,
        "feed_url": HEAD.json_url, "language": "en", "items": [],
    }  # fmt: skip


def test_a_browser_finds_the_stylesheet_wherever_the_site_is() -> None:
    frames = [atom_frame(HEAD)[0], archive_frame(ARCHIVE)[0]]

    assert [re.findall(rb'<\?xml-stylesheet type="text/css" href="([^"]+)"', frame) for frame in frames] == [
        [b"../feed.css"],
        [b"../../../feed.css"],
    ]


def test_a_page_of_an_archive_leads_to_its_neighbours_and_to_the_feed() -> None:
    document = framed(archive_frame(ARCHIVE), atom_entry(ENTRY))
    feed = read(document).feed

    assert (feed.id, feed.title, feed.updated) == (HEAD.atom_id, HEAD.title, "2021-12-01T00:00:00+00:00")
    assert links(feed) == {
        ("self", ARCHIVE.page_url), ("current", HEAD.feed_url), ("alternate", HEAD.page_url),
        ("prev-archive", ARCHIVE.previous_url), ("next-archive", ARCHIVE.next_url),
    }  # fmt: skip
    assert b"<fh:archive/>" in document
    assert b"<fh:archive/>" not in framed(atom_frame(HEAD))


def test_an_archive_does_not_change_with_the_program() -> None:
    assert __version__.encode() not in b"".join(archive_frame(ARCHIVE)).partition(b"<feed")[2]


def test_an_entry_keeps_everything() -> None:
    entry = read_entry(ENTRY)

    assert (entry.id, entry.title, entry.link) == ("urn:x:1", "AT&T <b> 标题", "https://a.example/1?a=1&b=2")
    assert (entry.published, entry.updated) == ("2021-12-17T10:33:12+00:00", "2021-12-18T00:00:00+00:00")
    assert (entry.summary, entry.content[0].value, entry.content[0].language) == (
        "<p>Short</p>", "<p>Long &amp; <em>safe</em></p>", "zh-CN",
    )  # fmt: skip
    assert entry.authors == [
        {"name": "王", "email": "w@a.example", "href": "https://a.example/w"},
        {"name": "Li & Co", "email": "li@a.example"},
    ]
    assert entry.contributors == [{"name": "Ed", "href": "https://a.example/ed"}]
    assert entry.tags == [
        {"term": "ai", "scheme": "https://a.example/tags", "label": "人工智能"},
        {"term": '"x"', "scheme": None, "label": None},
    ]
    assert [(e.href, e.get("type"), e.get("length")) for e in entry.enclosures] == [
        ("https://a.example/1.mp3", "audio/mpeg", "123"), ("https://a.example/2", "text/html", None),
    ]  # fmt: skip
    assert entry.media_thumbnail == [
        {"url": "https://a.example/1.jpg?a&b", "width": "640", "height": "360"}, {"url": "https://a.example/2.jpg"},
    ]  # fmt: skip


def test_where_others_carry_an_entry_is_related_and_the_alternate_stands_once() -> None:
    assert [(link.rel, link.href) for link in read_entry(ENTRY).links if link.rel != "enclosure"] == [
        ("alternate", ENTRY.url), ("related", "https://b.example/copy"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "told"),
    [
        pytest.param("https://a.example/%E4%B8%80/?a=b&c#%", "https://a.example/%E4%B8%80/?a=b&c#%", id="a URI stays as it is"),
        pytest.param("https://a.example/一/%2F?二#", "https://a.example/%E4%B8%80/%2F?%E4%BA%8C#", id="path and query"),
        pytest.param("https://例子.example:8080/é", "https://xn--fsqu00a.example:8080/%C3%A9", id="host"),
        pytest.param("https://a\u2100.example/", "https://a%E2%84%80.example/", id="a host that cannot be"),
    ],
)
def test_a_link_is_a_uri_and_the_id_stays_as_it_was(url: str, told: str) -> None:
    entry = replace(ENTRY, atom_id="urn:x:一", url=url, enclosures=(Enclosure(url=url),), thumbnails=(Thumbnail(url=url),))
    read = read_entry(entry)
    item = json.loads(json_item(entry))

    assert (read.id, read.link, read.enclosures[0].href, read.media_thumbnail[0]["url"]) == ("urn:x:一", told, told, told)
    assert (item["id"], item["url"], item["image"], item["attachments"][0]["url"]) == ("urn:x:一", told, told, told)


def test_a_date_of_any_zone_goes_out_in_utc() -> None:
    shanghai = datetime(2021, 1, 1, 8, tzinfo=timezone(timedelta(hours=8, minutes=5, seconds=43)))

    assert read_entry(replace(ENTRY, published=shanghai)).published == "2020-12-31T23:54:17+00:00"


def test_an_entry_says_where_it_comes_from_with_a_date_that_does_not_drift() -> None:
    source = read_entry(ENTRY).source

    assert (source.id, source.title, source.subtitle, source.rights, source.updated, source.icon, source.logo) == (
        "urn:x:feed", "A's feed", "of A, 100%", "© A", "2021-12-18T00:00:00+00:00",
        "https://a.example/i.png", "https://a.example/l.png",
    )  # fmt: skip
    assert source.authors == [{"name": "A"}]
    assert source.title_detail.language == "zh-TW"
    assert links(source) == {("self", "https://a.example/feed"), ("alternate", "https://a.example/")}
    moved = replace(ENTRY, provenance=replace(ENTRY.provenance, updated=datetime(2030, 1, 1, tzinfo=UTC)))
    assert atom_entry(moved) == atom_entry(ENTRY)


def test_a_copied_entry_keeps_its_source_with_its_own_date_and_leads_to_where_it_was_read() -> None:
    entry = read_entry(COPIED)
    source = entry.source

    assert (source.id, source.title, source.updated) == ("urn:x:b", "B", "2020-01-01T00:00:00+00:00")
    assert (source.contributors, links(source)) == ([{"name": "Con"}], {("alternate", "https://b.example/")})
    assert {(link.rel, link.href, link.get("title")) for link in entry.links if link.rel != "enclosure"} == {
        ("alternate", ENTRY.url, None), ("related", "https://r.example/?a&b", '"R" & <S>'),
        ("license", "https://cc.example/by", None), ("via", "https://a.example/", "A's feed"),
        ("related", "https://b.example/copy", None),
    }  # fmt: skip
    assert entry.rights == "© B & <C>"
    item = json.loads(json_item(COPIED))
    assert item["external_url"] == "https://r.example/?a&b"
    assert item["_source"] == {
        "title": "B", "url": "https://b.example/", "via": {"title": "A's feed", "url": "https://a.example/"},
    }  # fmt: skip


def test_a_copied_entry_whose_source_tells_no_more_than_an_address_is_dated_and_titled_by_what_there_is() -> None:
    told = replace(COPIED, provenance=Provenance(self_url="https://b.example/feed"), via=Provenance())
    entry = read_entry(told)

    assert (entry.source.id, entry.source.title, entry.source.updated) == (
        "https://b.example/feed", "https://b.example/feed", "2021-12-18T00:00:00+00:00",
    )  # fmt: skip
    assert ("via", "https://a.example/feed") in links(entry)


def test_a_link_is_told_once_and_none_leads_to_the_entry_itself() -> None:
    own = (Link(url=ENTRY.carriers[0], rel="related", title="copy"), Link(url=ENTRY.url or "", rel="related"))
    via = Link(url="https://a.example/", rel="via", title="its own")
    entry = replace(COPIED, links=(*own, via))

    assert [(link.rel, link.href, link.get("title")) for link in read_entry(entry).links if link.rel != "enclosure"] == [
        ("alternate", ENTRY.url, None), ("related", ENTRY.carriers[0], "copy"), ("via", "https://a.example/", "A's feed"),
    ]  # fmt: skip
    assert "external_url" not in json.loads(json_item(replace(entry, links=own[1:])))


def test_seeds_that_were_on_no_site_come_from_their_folder_of_which_only_the_name_is_told() -> None:
    seed = replace(
        ENTRY,
        source_url="/home/ann/posts/",
        source_kind=SourceKind.SEEDS,
        provenance=Provenance(guid="tag:news.example.org,2026:s"),
    )
    source = read_entry(seed).source

    assert (source.id, source.title, source.get("links")) == ("tag:news.example.org,2026:s", "posts", None)
    assert b"home" not in atom_entry(seed) + json_item(seed)


def test_a_source_of_which_we_know_no_address_is_left_out() -> None:
    seed = replace(ENTRY, source_url="seeds/", source_kind=SourceKind.SEEDS, provenance=Provenance())

    assert b"<source" not in atom_entry(seed)
    assert "_source" not in json.loads(json_item(seed))


@pytest.mark.parametrize(("summary", "content"), [("<p>Short</p>", "<p>Short</p>"), (None, "AT&amp;T &lt;b&gt; 标题")])
def test_an_entry_without_a_link_has_content(summary: str | None, content: str) -> None:
    entry = read_entry(replace(ENTRY, url=None, content=None, summary=summary))

    assert entry.content[0].value == content


@pytest.mark.parametrize("language", [None, "", 'zh"', "中文", "x_y"])
def test_a_language_that_is_none_is_not_told(language: str | None) -> None:
    odd = replace(ENTRY, language=language, provenance=replace(ENTRY.provenance, language=language))

    assert b"xml:lang" not in atom_entry(odd)


def test_entries_keep_their_order() -> None:
    entries = tuple(replace(ENTRY, id=n, atom_id=f"urn:x:{n}") for n in (3, 1, 2))

    assert [entry.id for entry in read(framed(atom_frame(HEAD), *map(atom_entry, entries))).entries] == [
        "urn:x:3",
        "urn:x:1",
        "urn:x:2",
    ]


def test_an_item_of_a_json_feed_keeps_what_the_format_has_words_for() -> None:
    assert json.loads(json_item(replace(ENTRY, summary='<p>A <b>b</b>old</p><p title="a>b">&lt;x&gt; 中<i>文</i></p>'))) == {
        "id": "urn:x:1", "url": "https://a.example/1?a=1&b=2", "title": "AT&T <b> 标题",
        "content_html": "<p>Long &amp; <em>safe</em></p>", "summary": "A bold <x> 中文", "image": "https://a.example/1.jpg?a&b",
        "date_published": "2021-12-17T10:33:12Z", "date_modified": "2021-12-18T00:00:00Z",
        "authors": [{"name": "王", "url": "https://a.example/w"}, {"name": "Li & Co", "url": "mailto:li@a.example"}],
        "tags": ["人工智能", '"x"'], "language": "zh-CN",
        "attachments": [
            {"url": "https://a.example/1.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 123},
            {"url": "https://a.example/2", "mime_type": "application/octet-stream"},
        ],
        "_source": {"title": "A's feed", "url": "https://a.example/", "feed_url": "https://a.example/feed"},
    }  # fmt: skip


def test_an_item_always_has_content_and_repeats_it_in_no_summary() -> None:
    bare = replace(ENTRY, content=None)
    item = json.loads(json_item(bare))

    assert (item["content_html"], item.get("summary")) == ("<p>Short</p>", None)
    assert json.loads(json_item(replace(bare, summary=None)))["content_html"] == "AT&amp;T &lt;b&gt; 标题"


def test_an_author_with_no_page_is_reached_by_mail_in_a_json_feed() -> None:
    mailed = replace(ENTRY, authors=(Person(name="W", email="w@a.example"),))

    assert json.loads(json_item(mailed))["authors"] == [{"name": "W", "url": "mailto:w@a.example"}]


@pytest.mark.parametrize("email", ["owner at pod.example", "@pod.example", "owner@", "a@b@c", "\x07@pod.example", " "])
def test_a_mail_address_that_is_none_goes_out_nowhere(email: str) -> None:
    person = Person(name="Owner", email=email)
    people = {"authors": (person,), "contributors": (person,)}
    odd, plain = (
        replace(ENTRY, **shown, provenance=replace(ENTRY.provenance, **shown))
        for shown in (people, {role: (Person(name="Owner"),) for role in people})
    )

    assert (atom_entry(odd), json_item(odd)) == (atom_entry(plain), json_item(plain))
    head = replace(HEAD, site=replace(HEAD.site, author=person))
    assert atom_frame(head) == atom_frame(replace(HEAD, site=replace(HEAD.site, author=Person(name="Owner"))))


def test_an_item_of_a_json_feed_is_by_its_own_authors_or_those_of_its_source_and_never_by_the_site() -> None:
    anonymous = replace(ENTRY, authors=())
    nobodys = replace(anonymous, provenance=replace(ENTRY.provenance, authors=()))
    feed = json.loads(framed(json_frame(HEAD), b",".join(map(json_item, (ENTRY, anonymous, nobodys)))))

    assert [[author["name"] for author in item.get("authors", ())] for item in feed["items"]] == [["王", "Li & Co"], ["A"], []]
    assert "authors" not in feed


def test_a_json_feed_is_its_frame_around_items() -> None:
    before, after = json_frame(HEAD)
    items = [json_item(ENTRY), json_item(replace(ENTRY, atom_id="urn:x:2"))]

    assert json.loads(before + b",\n".join(items) + after) == {
        "version": "https://jsonfeed.org/version/1.1", "title": HEAD.title, "home_page_url": HEAD.page_url,
        "feed_url": HEAD.json_url, "description": "每日 <要闻>", "icon": SITE.icon, "language": "zh-CN",
        "hubs": [{"type": "WebSub", "url": "https://hub.example/"}, {"type": "WebSub", "url": "https://b.example/?a&b"}],
        "items": [json.loads(item) for item in items],
    }  # fmt: skip


def test_documents_of_every_kind_are_valid_atom(tmp_path: Path, corpus: Path, tool: Callable[[str], str]) -> None:
    bare = replace(ENTRY, atom_id="urn:x:2", url=None, language=None, authors=(), source_url="seeds/", provenance=Provenance())
    fragments = (atom_tombstone(GONE), atom_entry(ENTRY), atom_entry(bare), atom_entry(replace(COPIED, atom_id="urn:x:3")))
    documents = {"feed": framed(atom_frame(HEAD), *fragments), "archive": framed(archive_frame(ARCHIVE), *fragments)}
    for name, document in documents.items():
        (tmp_path / name).write_bytes(document)
    paths = [tmp_path / name for name in documents]
    done = subprocess.run([tool("jing"), "-c", corpus / "atom.rnc", *paths], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")
    assert [flaw_of_document(document) for document in documents.values()] == [None, None]


@pytest.mark.parametrize(
    ("old", "new", "flaw"),
    [
        ("AT&amp;T", "AT&T", "the XML is not well-formed: not well-formed (invalid token): line 3, column 11"),
        ("</entry>", "", "the XML is not well-formed: mismatched tag: line 44, column 2"),
        ("</entry>\n", "</entry>\n<entry/>", "the fragment is not one atom:entry"),
        ("</entry>\n", "</entry>\nAnd more", "the fragment is not one atom:entry"),
        ("<id>urn:x:1</id>", "", "an entry has 0 elements id instead of one"),
        ("<id>urn:x:1</id>", "<id>urn:x:1</id><id>urn:x:2</id>", "entry urn:x:1 has 2 elements id instead of one"),
        ("urn:x:1<", "/relative<", "the id of entry /relative is no absolute IRI"),
        ("<title>AT&amp;T &lt;b&gt; 标题</title>", "", "entry urn:x:1 has 0 elements title instead of one"),
        ("12+00:00", "12", "entry urn:x:1 is published on no zoned date: '2021-12-17T10:33:12'"),
        ("2021-12-17T", "2021-13-17T", "entry urn:x:1 is published on no zoned date: '2021-13-17T10:33:12+00:00'"),
        ("<name>王</name>", "<name> </name>", "entry urn:x:1 has an author or contributor without a name"),
        (
            "<email>w@a.example</email>",
            "<email>w at a.example</email>",
            "entry urn:x:1 has an author or contributor with the mail address 'w at a.example', which is none",
        ),
        ("https://b.example/copy", "/copy", "entry urn:x:1 has a link to '/copy', which is no absolute address"),
        ("<id>urn:x:feed</id>", "", "the source of entry urn:x:1 has 0 elements id instead of one"),
        ("</source>", "</source><source/>", "entry urn:x:1 has 2 sources"),
    ],
)
def test_a_broken_entry_is_found_out(old: str, new: str, flaw: str) -> None:
    fragment = atom_entry(ENTRY).decode()

    assert flaw_of_entry(fragment.encode()) is None
    assert old in fragment
    assert flaw_of_entry(fragment.replace(old, new, 1).encode()) == flaw


def test_an_entry_that_leads_nowhere_is_found_out() -> None:
    fragment = atom_entry(replace(ENTRY, content=None))

    assert flaw_of_entry(fragment.replace(b'rel="alternate"', b'rel="related"')) == (
        "entry urn:x:1 has neither content nor an alternate link"
    )


@pytest.mark.parametrize(
    ("old", "new", "flaw"),
    [
        ('{"id":"urn:x:1"', '{"id":"1"', "the item's id '1' is no absolute IRI"),
        ('"id":"urn:x:1",', "", "the item cannot be read back: Object missing required field `id`"),
        ("12Z", "12", "the item cannot be read back: Expected `datetime` with a timezone component - at `$.date_published`"),
        ('"mime_type":"audio/mpeg",', "",
         "the item cannot be read back: Object missing required field `mime_type` - at `$.attachments[0]`"),
        ('"tags":', '\n"tags":', "the item is not on one line"),
    ],
)  # fmt: skip
def test_a_broken_item_is_found_out(old: str, new: str, flaw: str) -> None:
    fragment = json_item(ENTRY).decode()

    assert flaw_of_item(fragment.encode()) is None
    assert old in fragment
    assert flaw_of_item(fragment.replace(old, new, 1).encode()) == flaw


def test_an_item_cut_short_or_in_no_unicode_is_found_out() -> None:
    assert flaw_of_item(json_item(ENTRY)[:-1]) == "the item cannot be read back: Input data was truncated"
    assert flaw_of_item(json_item(ENTRY).replace("王".encode(), b"\xff")) is not None


@pytest.mark.parametrize(
    ("frame", "entries", "flaw"),
    [
        pytest.param(HEAD, (ENTRY, ENTRY), "2 entries or tombstones have the id urn:x:1", id="twice"),
        pytest.param(
            HEAD, (replace(ENTRY, atom_id=GONE.atom_id),), "2 entries or tombstones have the id urn:x:gone&", id="undead",
        ),
        pytest.param(replace(HEAD, atom_id="keji"), (), "the id of the feed is no absolute IRI", id="id"),
        pytest.param(
            replace(HEAD, page_url="c/keji/"), (), "the feed has a link to 'c/keji/', which is no absolute address", id="link",
        ),
        pytest.param(
            HEAD, (replace(ENTRY, summary='<p><img alt=" src=" src="/1.png"></p>'),),
            "the summary of entry urn:x:1 has a link to '/1.png', no absolute address", id="relative picture",
        ),
        pytest.param(
            HEAD, (replace(ENTRY, content='<pre>&lt;a href="/x"&gt;</pre><a title=" href=" href="#x" rel="nofollow">x</a>'),),
            "the content of entry urn:x:1 has a link to '#x', no absolute address", id="relative link",
        ),
    ],
)  # fmt: skip
def test_a_broken_document_is_found_out(frame: FeedHead, entries: tuple[PublishedEntry, ...], flaw: str) -> None:
    document = framed(atom_frame(frame), atom_tombstone(GONE), *map(atom_entry, entries))

    assert flaw_of_document(document) == flaw


def test_a_tombstone_is_looked_at_too() -> None:
    whole = framed(atom_frame(HEAD), atom_tombstone(GONE))

    assert flaw_of_document(whole) is None
    assert flaw_of_document(whole.replace(b"urn:x:gone", b"gone")) == "a tombstone's ref 'gone&' is no absolute IRI"
    assert flaw_of_document(whole.replace(b"2022-01-01", b"01-01")) == (
        "the tombstone of urn:x:gone& is of no zoned date: '01-01T00:00:00+00:00'"
    )
    assert flaw_of_document(framed(atom_frame(HEAD), atom_entry(ENTRY), atom_tombstone(GONE))) == (
        "something else stands after an entry, where the grammar of RFC 4287 has nothing but entries"
    )


def test_what_is_no_atom_document_is_found_out() -> None:
    assert flaw_of_document(b"<rss/>") == "the root is rss, no atom:feed"
    assert flaw_of_document(b"") == "the XML is not well-formed: no element found: line 1, column 0"


WHO_KNOWS_IT = "https://a.example/feed?id=7&token=SECRET"


@pytest.mark.parametrize(
    ("known", "identity"),
    [
        pytest.param(Provenance(title="A"), "https://a.example/feed", id="of the subscription"),
        pytest.param(Provenance(title="A", self_url=WHO_KNOWS_IT), "https://a.example/feed", id="of the feed's own link"),
        pytest.param(Provenance(guid=WHO_KNOWS_IT, site_url="https://a.example/"), "https://a.example/", id="of its id"),
        pytest.param(Provenance(guid="urn:a", site_url=WHO_KNOWS_IT), "urn:a", id="of its page"),
    ],
)
def test_no_address_of_a_source_goes_out_that_tells_a_secret(known: Provenance, identity: str) -> None:
    entry = replace(ENTRY, source_url=WHO_KNOWS_IT, provenance=known)
    copied = replace(ENTRY, source_url=WHO_KNOWS_IT, provenance=Provenance(guid="urn:b"), via=known)
    shown = atom_entry(entry).decode()

    assert f"<source>\n<id>{identity}</id>" in shown
    assert "SECRET" not in shown + str([json_item(entry), atom_entry(copied), json_item(copied)])


@pytest.mark.parametrize("query", ["key=1", "a=1&api_key=2", "Token=", "user=x&pass=y", "auth_token=1", "sig=1"])
def test_an_address_tells_a_secret_if_a_parameter_is_called_so(query: str) -> None:
    assert tells_secret(f"https://a.example/feed?{query}")


@pytest.mark.parametrize("query", ["", "author=5", "keywords=a", "design=1", "id=token", "p=1#token=2"])
def test_an_address_with_other_parameters_tells_none(query: str) -> None:
    assert not tells_secret(f"https://a.example/feed?{query}")
