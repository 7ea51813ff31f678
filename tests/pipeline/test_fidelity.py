"""What a publisher says reaches subscribers: documents of each format through a real store into a feed that feedparser reads."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import feedparser
import pytest
from lxml import etree
from msgspec.structs import replace

from aggregator.ingest import ingest, prepare_document
from aggregator.ingest_rules import IngestRules
from aggregator.model import Candidate, Link, Person, Provenance, Site, Subscription, Tally, Thumbnail
from aggregator.model.guarding import Held
from aggregator.parse import parse, parse_ordinary
from aggregator.publish import Publishing, publish
from aggregator.render import flaw_of_document
from aggregator.urls import UrlRules

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aggregator.model import Parsed, Source
    from aggregator.store import Store

NAMESPACE = "{http://www.w3.org/2005/Atom}"
FEED = "https://a.example/feeds/all"
RULES = IngestRules(urls=UrlRules(), categories=(), default_category="Other", authority="news.example.org")
SITE = Site(title="News", url="https://news.example.org/", language="en", author=Person(name="Desk"))

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" xml:lang="zh-TW">
<id>urn:x:feed</id><title type="html">A&amp;amp;B &lt;em&gt;daily&lt;/em&gt;</title><subtitle>All &amp; more</subtitle>
<link href="/"/><link rel="self" href="all"/><updated>2026-01-01T00:00:00Z</updated><rights>© A, 1 &lt; 2</rights>
<icon>/i.png</icon><logo>/l.png</logo>
<author><name>Desk A</name><email>desk@a.org</email></author><author><name>Desk B</name><uri>/b</uri></author>
<contributor><name>Flo</name><uri>/flo</uri></contributor>
<entry xml:lang="zh-CN"><id>tag:a.example,2025:1</id><title type="html">Fish &amp;amp; &lt;b&gt;Chips&lt;/b&gt;</title>
<link href="/1"/><link rel="enclosure" type="audio/mpeg" length="123" href="/1.mp3"/>
<link rel="enclosure" type="video/mp4" length="456" href="/1.mp4"/>
<published>2025-12-01T08:00:00+08:00</published><updated>2025-12-02T00:00:00Z</updated>
<author><name>王</name><uri>/w</uri><email>w@a.org</email></author><author><name>Li &amp; Co</name></author>
<contributor><name>Ed</name><uri>/ed</uri><email>ed@a.org</email></contributor><contributor><name>Flo</name></contributor>
<category term="ai" scheme="https://a.example/tags" label="人工智能"/><category term="x"/>
<media:thumbnail url="/1.jpg" width="640" height="360"/><media:thumbnail url="/2.jpg"/>
<summary type="html">&lt;p&gt;Short&lt;/p&gt;</summary>
<content type="html">&lt;p&gt;Long &lt;a href="/x"&gt;x&lt;/a&gt;&lt;/p&gt;</content>
</entry></feed>"""

RSS = """<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/"
xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:content="http://purl.org/rss/1.0/modules/content/"
xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>A&amp;B daily</title><description>All &amp; more</description>
<link>https://a.example/</link><atom:link rel="self" href="https://a.example/feeds/all"/><language>zh-tw</language>
<copyright>© A, 1 &lt; 2</copyright><managingEditor>desk@a.org (Desk A)</managingEditor>
<image><url>/l.png</url><title>A</title><link>/</link></image><lastBuildDate>Thu, 01 Jan 2026 00:00:00 GMT</lastBuildDate>
<item><guid isPermaLink="false">tag:a.example,2025:1</guid><title>Fish &amp;amp; &lt;b&gt;Chips&lt;/b&gt;</title><link>/1</link>
<dc:language>zh-CN</dc:language><pubDate>Mon, 01 Dec 2025 08:00:00 +0800</pubDate>
<author>w@a.org (王)</author><dc:creator>Li &amp; Co</dc:creator><dc:contributor>Ed</dc:contributor>
<category domain="https://a.example/tags">ai</category><itunes:keywords>x</itunes:keywords>
<enclosure url="/1.mp3" type="audio/mpeg" length="123"/><media:group><media:content url="/1.mp4" type="video/mp4" fileSize="456">
<media:thumbnail url="/1.jpg" width="640" height="360"/></media:content></media:group><itunes:image href="/cover.jpg"/>
<description>&lt;p&gt;Short&lt;/p&gt;</description>
<content:encoded>&lt;p&gt;Long &lt;a href="/x"&gt;x&lt;/a&gt;&lt;/p&gt;</content:encoded></item></channel></rss>"""

JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "A&B daily", "description": "All & more", "home_page_url": "https://a.example/", "feed_url": FEED,
        "icon": "/l.png", "favicon": "/i.png", "language": "zh-tw",
        "authors": [{"name": "Desk A"}, {"name": "Desk B", "url": "/b"}],
        "items": [{
            "id": "tag:a.example,2025:1", "url": "/1", "title": "Fish & Chips", "language": "zh-CN",
            "summary": "Short", "content_html": '<p>Long <a href="/x">x</a></p>', "image": "/1.jpg", "banner_image": "/2.jpg",
            "date_published": "2025-12-01T08:00:00+08:00", "date_modified": "2025-12-02T00:00:00Z",
            "authors": [{"name": "王", "url": "/w"}, {"name": "Li & Co"}], "tags": ["ai", "x"],
            "attachments": [
                {"url": "/1.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 123},
                {"url": "/1.mp4", "mime_type": "video/mp4", "size_in_bytes": 456},
            ],
        }],
    }
)  # fmt: skip

ENTRY: dict[str, Any] = {
    "id": "tag:a.example,2025:1",
    "title": "Fish & Chips",
    "link": "https://a.example/1",
    "language": "zh-CN",
    "published": "2025-12-01T00:00:00+00:00",
    "updated": "2025-12-02T00:00:00+00:00",
    "summary": "<p>Short</p>",
    "content": '<p>Long <a href="https://a.example/x" rel="noopener noreferrer nofollow">x</a></p>',
    "authors": [{"name": "王", "uri": "https://a.example/w", "email": "w@a.org"}, {"name": "Li & Co"}],
    "contributors": [{"name": "Ed", "uri": "https://a.example/ed", "email": "ed@a.org"}, {"name": "Flo"}],
    "tags": [
        {"term": "ai", "scheme": "https://a.example/tags", "label": "人工智能"},
        {"term": "x", "scheme": None, "label": None},
    ],
    "enclosures": [
        {"href": "https://a.example/1.mp3", "type": "audio/mpeg", "length": "123"},
        {"href": "https://a.example/1.mp4", "type": "video/mp4", "length": "456"},
    ],
    "thumbnails": [{"url": "https://a.example/1.jpg", "width": "640", "height": "360"}, {"url": "https://a.example/2.jpg"}],
}
SOURCE: dict[str, Any] = {
    "id": "urn:x:feed",
    "title": "A&B daily",
    "subtitle": "All & more",
    "links": {("self", FEED), ("alternate", "https://a.example/")},
    "language": "zh-TW",
    # as old as the entry: a date that changes with every poll would change what was published
    "updated": "2025-12-02T00:00:00+00:00",
    "authors": [{"name": "Desk A", "email": "desk@a.org"}, {"name": "Desk B", "uri": "https://a.example/b"}],
    "contributors": [{"name": "Flo", "uri": "https://a.example/flo"}],
    "rights": "© A, 1 < 2",
    "icon": "https://a.example/i.png",
    "logo": "https://a.example/l.png",
}
OF_RSS = {
    "updated": "2025-12-01T00:00:00+00:00",  # RSS has no date of revision
    "authors": [{"name": "王", "email": "w@a.org"}, {"name": "Li & Co"}],
    "contributors": [{"name": "Ed"}],
    "tags": [
        {"term": "ai", "scheme": "https://a.example/tags", "label": None},
        {"term": "x", "scheme": "http://www.itunes.com/", "label": None},
    ],
    "thumbnails": ENTRY["thumbnails"][:1],
}
SOURCE_OF_RSS = {"id": FEED, "updated": OF_RSS["updated"], "authors": SOURCE["authors"][:1], "contributors": [], "icon": None}
OF_JSON = {
    "authors": [{"name": "王", "uri": "https://a.example/w"}, {"name": "Li & Co"}],
    "contributors": [],
    "tags": [{"term": term, "scheme": None, "label": None} for term in ("ai", "x")],
    "thumbnails": [{"url": "https://a.example/1.jpg"}],
}
SOURCE_OF_JSON = {"id": FEED, "authors": [{"name": "Desk A"}, SOURCE["authors"][1]], "contributors": [], "rights": None}


PLANET = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:planet="http://planet.intertwingly.net/" xml:lang="en">
<id>urn:x:planet</id><title>Planet A</title><link href="https://a.example/"/><author><name>Gardener</name></author>
<link rel="self" href="https://a.example/feeds/all"/><updated>2026-01-03T00:00:00Z</updated>
<entry xml:lang="fr"><id>tag:b.example,2025:1</id><title>Une ruche</title><link href="https://b.example/1"/>
<link rel="related" href="/elsewhere" title="Ailleurs"/><rights>© B &amp; Cie</rights><updated>2025-12-02T00:00:00Z</updated>
<content type="html">&lt;p&gt;Miel&lt;/p&gt;</content>
<source xml:lang="de"><id>tag:b.example,2025:feed</id><title>B &amp; Cie</title>
<subtitle type="html">&lt;b&gt;Honig&lt;/b&gt;</subtitle><link href="https://b.example/"/>
<link rel="self" href="https://b.example/feed"/><updated>2025-12-31T00:00:00Z</updated><author><name>Bea</name></author>
<contributor><name>Con</name></contributor><rights>© B</rights><icon>https://b.example/i.png</icon>
<logo>https://b.example/l.png</logo><planet:http_status>200</planet:http_status></source></entry></feed>"""
SOURCE_OF_PLANET: dict[str, Any] = {
    "id": "tag:b.example,2025:feed", "title": "B & Cie", "subtitle": "Honig", "language": "de", "rights": "© B",
    "links": {("self", "https://b.example/feed"), ("alternate", "https://b.example/")}, "updated": "2025-12-31T00:00:00+00:00",
    "authors": [{"name": "Bea"}], "contributors": [{"name": "Con"}], "icon": "https://b.example/i.png", "logo": "https://b.example/l.png",
}  # fmt: skip


def republished(store: Store, folder: Path, document: Parsed, now: datetime) -> bytes:
    """Return the feed in which a *document* was published."""
    with store.write() as tx:
        if not tx.sources.enabled():
            tx.sources.add(Subscription(url=FEED, categories=("Bees",)), now)
        tx.categories.follow([], now)
        source = tx.sources.find(FEED)
        ingest(tx, source, prepare_document(document, source, RULES, base_url=FEED), RULES, now)
        tx.sources.learn(source, document.provenance)
    world = Publishing(
        store=store,
        output=folder,
        site=SITE,
        timezone=ZoneInfo("UTC"),
        entries=5,
        full_content=True,
        live=True,
        clock=lambda: now,
    )
    publish(world)
    return (folder / "feeds/bees.atom").read_bytes()


def told(feed: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what *feed* says of its one entry, and of where that comes from."""
    parsed = feedparser.parse(io.BytesIO(feed))  # noqa: TID251 - bytes are no address
    assert not parsed.bozo
    (entry,) = parsed.entries
    links = [link for link in entry.links if link.rel == "enclosure"]
    (element,) = etree.fromstring(feed).iter(f"{NAMESPACE}entry")
    of_entry = {name: entry.get(name) for name in ("id", "title", "link", "published", "updated", "summary")} | {
        "language": entry.title_detail.language,
        "content": entry.content[0].value,
        "authors": people(element, "author"),
        "contributors": people(element, "contributor"),
        "tags": entry.tags,
        "enclosures": [{name: link.get(name) for name in ("href", "type", "length")} for link in links],
        "thumbnails": entry.media_thumbnail,
    }
    return of_entry, told_of_source(entry, element)


def told_of_source(entry: Any, element: Any) -> dict[str, Any]:
    source = entry.source
    names = ("id", "title", "subtitle", "updated", "rights", "icon", "logo")
    return {name: source.get(name) for name in names} | {
        "language": source.title_detail.language,
        "links": {(link.rel, link.href) for link in source.links},
        "authors": people(element.find(f"{NAMESPACE}source"), "author"),
        "contributors": people(element.find(f"{NAMESPACE}source"), "contributor"),
    }


def people(owner: Any, role: str) -> list[dict[str, str]]:
    """Return these people of an element. feedparser lends the address of one author to the next, and so is not asked."""
    return [{part.tag.removeprefix(NAMESPACE): part.text for part in person} for person in owner.findall(NAMESPACE + role)]


def plainly(document: str) -> Parsed:
    parsed = parse_ordinary(document.encode(), content_type=None, base_url=FEED)
    assert parsed is not None
    return parsed


def by_feedparser(document: str) -> Parsed:
    """Read a *document* with a mark in it for which the plain reading declines it."""
    marked = f"{document}<!-- xml:base -->".encode()
    assert parse_ordinary(marked, content_type=None, base_url=FEED) is None
    return parse(marked, content_type=None, base_url=FEED)


def by_its_format(document: str) -> Parsed:
    return parse(document.encode(), content_type=None, base_url=FEED)


@pytest.mark.parametrize(
    ("read", "document", "entry", "source"),
    [
        pytest.param(plainly, ATOM, ENTRY, SOURCE, id="Atom, read plainly"),
        pytest.param(by_feedparser, ATOM, ENTRY, SOURCE, id="Atom, read by feedparser"),
        pytest.param(plainly, RSS, ENTRY | OF_RSS, SOURCE | SOURCE_OF_RSS, id="RSS, read plainly"),
        pytest.param(by_feedparser, RSS, ENTRY | OF_RSS, SOURCE | SOURCE_OF_RSS, id="RSS, read by feedparser"),
        pytest.param(by_its_format, JSON, ENTRY | OF_JSON, SOURCE | SOURCE_OF_JSON, id="JSON Feed"),
    ],
)
def test_what_a_publisher_says_subscribers_read(
    store: Store,
    tmp_path: Path,
    now: datetime,
    read: Callable[[str], Parsed],
    document: str,
    entry: dict[str, Any],
    source: dict[str, Any],
) -> None:
    assert told(republished(store, tmp_path, read(document), now)) == (entry, source)


def only_entry(feed: bytes) -> tuple[Any, Any]:
    parsed = feedparser.parse(io.BytesIO(feed))  # noqa: TID251 - as above
    (entry,), (element,) = parsed.entries, etree.fromstring(feed).iter(f"{NAMESPACE}entry")
    return entry, element


@pytest.mark.parametrize("read", [plainly, by_feedparser])
def test_what_a_planet_copied_comes_from_where_it_copied_it_and_leads_to_the_planet(
    store: Store, tmp_path: Path, now: datetime, read: Callable[[str], Parsed]
) -> None:
    entry, element = only_entry(republished(store, tmp_path, read(PLANET), now))

    assert told_of_source(entry, element) == SOURCE_OF_PLANET
    assert {(link.rel, link.href, link.get("title")) for link in entry.links} == {
        ("alternate", "https://b.example/1", None),
        ("related", "https://a.example/elsewhere", "Ailleurs"),
        ("via", "https://a.example/", "Planet A"),
    }
    assert (entry.rights, people(element, "author")) == ("© B & Cie", [{"name": "Bea"}])
    (item,) = json.loads((tmp_path / "feeds/bees.json").read_bytes())["items"]
    assert item["_source"] == {
        "title": "B & Cie", "url": "https://b.example/", "feed_url": "https://b.example/feed",
        "via": {"title": "Planet A", "url": "https://a.example/"},
    }  # fmt: skip
    assert "B &amp; Cie" in (tmp_path / "c/bees/index.html").read_text()


def test_a_source_whose_date_is_bumped_makes_no_revision_and_changes_no_byte(store: Store, tmp_path: Path, now: datetime) -> None:
    before = republished(store, tmp_path, plainly(PLANET), now)
    bumped = PLANET.replace("2025-12-31T", "2026-01-02T").replace("2026-01-03T", "2026-01-04T")

    assert bumped.count("2026-01-0") == 2
    assert republished(store, tmp_path, plainly(bumped), now + timedelta(days=1)) == before
    revised = republished(store, tmp_path, plainly(bumped.replace("Miel", "Cire")), now + timedelta(days=2))
    assert told_of_source(*only_entry(revised)) == SOURCE_OF_PLANET | {"updated": "2026-01-02T00:00:00+00:00"}


def test_an_entry_whose_source_has_no_author_is_by_the_authors_of_the_feed_that_carries_it(
    store: Store, tmp_path: Path, now: datetime
) -> None:
    nobodys = PLANET.replace("<author><name>Bea</name></author>", "")
    _, element = only_entry(republished(store, tmp_path, plainly(nobodys), now))

    assert people(element, "author") == [{"name": "Gardener"}]


def test_an_item_of_rss_comes_from_the_feed_that_it_names(store: Store, tmp_path: Path, now: datetime) -> None:
    named = RSS.replace("</item>", '<source url="https://b.example/feed">B</source></item>')
    entry, element = only_entry(republished(store, tmp_path, plainly(named), now))

    nothing = dict.fromkeys(("subtitle", "rights", "icon", "logo"), None)
    assert told_of_source(entry, element) == nothing | {
        "id": "https://b.example/feed", "title": "B", "links": {("self", "https://b.example/feed")}, "authors": [],
        "contributors": [], "updated": OF_RSS["updated"], "language": "zh-CN",
    }  # fmt: skip


def test_what_a_feed_said_of_itself_before_that_was_cleaned_is_published_clean(
    store: Store, tmp_path: Path, now: datetime
) -> None:
    many = "".join(f"<author><name>{number}</name></author>" for number in range(2_000))
    said = (
        ATOM.replace("daily", "daily" * 9_000, 1)
        .replace("desk@a.org", "desk at a.org")
        .replace("<contributor>", f"{many}<contributor>", 1)
    )
    feed = republished(store, tmp_path, plainly(said), now)
    _, source = told(feed)

    assert (len(source["title"]), source["authors"][0], len(source["authors"])) == (1_000, {"name": "Desk A"}, 20)
    assert flaw_of_document(feed) is None


def test_what_is_not_the_text_makes_no_revision_and_is_kept_with_the_next(
    store: Store, make_source: Callable[..., Source], now: datetime
) -> None:
    source = make_source(FEED)
    before = Candidate(place="item 1", title="T", url="https://a.example/1", content="<p>Old</p>")
    shown = replace(
        before,
        thumbnails=(Thumbnail(url="https://a.example/1.jpg"),),
        contributors=(Person(name="Ed"),),
        rights="©",
        links=(Link(url="https://b.example/", rel="via"),),
        copied_from=Provenance(guid="urn:x:b", updated=now, authors=(Person(name="Bea", email="b@b.example"),)),
    )
    seen = []
    for day, candidate in enumerate((before, shown, replace(shown, content="<p>New</p>"))):
        with store.write() as tx:
            document = prepare_document(replace(by_its_format(JSON), candidates=(candidate,)), source, RULES, base_url=FEED)
            tally = ingest(tx, source, document, RULES, now + timedelta(days=day))
        with store.read() as tx:
            (entry,) = tx.reading.newest(5)
        copied_from = entry.provenance if entry.via else None
        seen.append((tally, entry.thumbnails, entry.contributors, entry.rights, entry.links, copied_from))

    assert seen == [
        (Tally(seen=1, new=1), (), (), None, (), None),
        (Tally(seen=1, unchanged=1), (), (), None, (), None),
        (Tally(seen=1, revised=1), shown.thumbnails, shown.contributors, shown.rights, shown.links, shown.copied_from),
    ]


@pytest.mark.parametrize("document", [ATOM, PLANET])
def test_what_a_guard_holds_is_held_with_all_that_it_says(
    store: Store, make_source: Callable[..., Source], document: str
) -> None:
    source = make_source(FEED)
    (item,) = prepare_document(plainly(document), source, RULES, base_url=FEED).items
    with store.write() as tx:
        now = datetime(2026, 1, 2, tzinfo=UTC)
        tx.custody.hold(source, [(item, Held(carrier=item.carrier, code="flood", message="one of many"))], now)

    with store.read() as tx:
        assert [held.item for held in tx.custody.items_of(source, None)] == [item]
    assert item.candidate.copied_from if document is PLANET else item.candidate.thumbnails and item.candidate.contributors
