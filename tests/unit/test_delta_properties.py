"""What was left out changes nothing: for real and for composed documents, what is read equals what a full parse says of it."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from aggregator import delta
from aggregator.delta.memory import Memory
from aggregator.errors import UnreadableFeedError
from aggregator.ingest import Prepared, prepare_document
from aggregator.ingest_rules import IngestRules
from aggregator.model import Origin, Parsed, Source, Subscription
from aggregator.parse import parse
from aggregator.parse.encoding import decode
from aggregator.urls import UrlRules

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aggregator.model import Identified

BASE = "http://127.0.0.1:8099/feed"
RULES = IngestRules(urls=UrlRules(hosts={"m.a.example": "a.example"}), categories=(), default_category="c", authority="a.example")
SOURCE = Source(id=1, subscription=Subscription(url=BASE), origin=Origin.COMMAND, added_at=datetime(2024, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What a poll gets out of a document, and what it remembers. *read* are the places of the items that were read."""

    parsed: Parsed
    prepared: Prepared
    read: frozenset[str]
    memory: bytes


def prepared(parsed: Parsed) -> Prepared:
    return prepare_document(parsed, SOURCE, RULES, base_url=BASE)


def cut_of(body: bytes, memory: bytes) -> delta.Cut | None:
    found = delta.cut(decode(body, None).text, memory, base_url=BASE, content_language=None, rules="")
    assert delta.recut(body, memory, base_url=BASE, content_language=None, rules="") in {None, found}
    return found


def poll(body: bytes, memory: bytes) -> Poll:
    """The steps that the docstring of aggregator.delta describes."""
    cut = cut_of(body, memory)
    if cut is not None and cut.leaves_out:
        parsed = cut.placed(parse(cut.document, content_type=None, base_url=BASE))
        items = prepared(parsed) if parsed else None
        if parsed and items and cut.is_sound(items.items):
            read = frozenset(f"item {number}" for number in cut.numbers)
            return Poll(parsed=parsed, prepared=items, read=read, memory=cut.memory(items.items))
    parsed = parse(body, content_type=None, base_url=BASE)
    items = prepared(parsed)
    whole = cut.whole() if cut else None
    remembered = whole.memory(items.items) if whole and whole.placed(parsed) else b""
    return Poll(parsed=parsed, prepared=items, read=frozenset(places(parsed)), memory=remembered)


def places(parsed: Parsed) -> list[str]:
    return [candidate.place for candidate in parsed.candidates] + [reject.place for reject in parsed.rejects]


def only(parsed: Parsed, wanted: Iterable[str]) -> Parsed:
    return replace(
        parsed,
        candidates=tuple(candidate for candidate in parsed.candidates if candidate.place in wanted),
        rejects=tuple(reject for reject in parsed.rejects if reject.place in wanted),
    )


def assert_nothing_is_lost(polled: Poll, whole: Poll) -> None:
    """What a poll reads of a document is what a full parse says of those items, and who they are."""
    assert polled.parsed == only(whole.parsed, polled.read)
    assert list(polled.prepared.items) == [item for item in whole.prepared.items if item.candidate.place in polled.read]


# --- real documents ----------------------------------------------------------------------------------------------------

FEEDS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus" / "feeds"
# Two are not well-formed, the other holds characters that XML cannot.
ALWAYS_WHOLE = {
    "ja-atom10-ji1bqw.github.-atom.xml",
    "latin-ext-rss20-feedkit-ampersand.xml",
    "en-atom10-xml-liberal-bad-lowascii.xml",
}
each_document = pytest.mark.parametrize(
    "name", sorted(path.name for path in FEEDS.glob("*") if path.suffix in {".xml", ".json"}) if FEEDS.is_dir() else []
)


@each_document
def test_any_items_of_a_real_document_can_be_left_out(name: str) -> None:
    body = (FEEDS / name).read_bytes()
    chance = random.Random(name)  # noqa: S311 - which items are new
    whole = poll(body, b"")
    remembered = Memory.unpacked(whole.memory)

    assert bool(remembered.records) == (name not in ALWAYS_WHOLE)
    for few in chance.sample(range(len(remembered.records) + 1), min(8, len(remembered.records))):
        records = dict(chance.sample(sorted(remembered.records.items()), few))
        polled = poll(body, Memory(context=remembered.context, records=records).packed())
        assert_nothing_is_lost(polled, whole)
        assert len(polled.read) == len(whole.read) - few


# --- composed documents ------------------------------------------------------------------------------------------------

NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)
XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
LINKS = ["", "/1", "/2", "http://a.example/1", "https://m.a.example/1?utm_source=x", "https://a.example/2#c", "#"]
GUIDS = ["", "1", "2", "http://a.example/1", "http://a.example/3"]

HARMLESS = [
    "<description>plain 中文 &amp; &#20013; &lt;b&gt;bold&lt;/b&gt;</description>",
    "<description><![CDATA[<p>a & b</p> <item><title>no item</title></item> </entry>]]></description>",
    "<!-- </item></entry><item> & -->",
    "<?php echo '<item>' ?>",
    "<content:encoded><![CDATA[<p>long</p>]] ]]></content:encoded>",
    "<summary>short</summary><itunes:summary>spoken</itunes:summary>",
    '<content type="html">&lt;a href="x"&gt;x&lt;/a&gt;</content>',
    f'<content type="xhtml"><div {XHTML}><p>a<br/>b</p></div></content>',
    '<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">Ann</dc:creator><author><name>Bob</name></author>',
    '<media:group><media:content url="/v"><media:title>t</media:title></media:content></media:group>',
    '<category term="x"/><category>y</category><enclosure url="/e" length="1"/>',
    '<source url="/s"><title>S</title><id>urn:s</id></source>',
    '<source url="/feed">S</source><rights>r</rights><media:thumbnail url="t"/><link rel="via" href="v"/>',
    "<unknown><deep a='1 > 0'/></unknown><published>2024-05-01</published><pubDate>never</pubDate>",
    '<title xml:lang="fr">second title</title><image>/i.png</image>',
    "<media:title>other</media:title><media:description>d</media:description>",
]
HARMFUL = [
    "<description><title>x</title></description>",
    "<description><div>a</div><div>b</div></description>",
    f'<content type="xhtml"><div><title {XHTML}>x</title><source/></div></content>',
    '<x:y xmlns:x="urn:x">z</x:y>',
    '<dc:creator xmlns:dc="http://search.yahoo.com/mrss/">Ann</dc:creator>',
    "<image><title>t</title><link>/i</link></image>",
    "<channel/>",
    '<feed xml:lang="fr"/>',
    "<item><title>inner</title></item>",
    "<entry/>",
    '<link base="https://b.example/" href="x"/>',
    '<link xml:base="relative/">x</link>',
    "<language>fr</language>",
    "a & b",
    "&nbsp;",
    "<p>not closed",
    "]]>",
    "\x07",
]
BASES = [
    '<content type="html" xml:base="https://b.example/x/">&lt;a href="y"&gt;</content>',
    '<link xml:base="https://c.example/">z</link>',
]
CHANNELS = [
    "<title>News</title>",
    "<!-- <item> --><title><![CDATA[<item/>]]></title>",
    "<language>zh</language>",
    "<author><name>Editor</name></author><category>all</category>",
    "<itunes:summary>s</itunes:summary><description>d</description>",
    "<description>d</description><itunes:summary>s</itunes:summary>",
    "<image><url>/i.png</url><title>I</title></image>",
]
VOLATILE = "<title>Other</title><lastBuildDate>Wed, 01 May 2024 20:00:00 +0800</lastBuildDate><generator>g</generator>"
UNUSUAL = ['<link xmlns:q="urn:q" href="/"/>', "<description><b>bold</b></description>", "<unknown/>"]
FRAMES = {
    "item": [
        ('<rss version="2.0" {0}><channel>{1}', "</channel></rss>"),
        ("<rss {0}><channel>{1}", "\n<!-- end -->\n</channel>\n</rss>\n<!-- served from a cache -->"),
        ('<rss version="2.0" xml:base="https://a.example/" xml:lang="en_US" {0}><channel>{1}', "</channel></rss>"),
        (f"<rdf:RDF {RDF} {{0}}><channel>{{1}}</channel>", "</rdf:RDF>"),
    ],
    "entry": [
        ('<feed xmlns="http://www.w3.org/2005/Atom" {0}>{1}', "</feed>"),
        ('<feed version="0.3" xmlns="http://purl.org/atom/ns#" xml:lang="de" {0}>{1}', "</feed>"),
    ],
}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "gb18030"]


@st.composite
def items(draw: st.DrawFn, name: str, parts: Sequence[str]) -> str:
    own = f"/own/{draw(st.integers(0, 999))}"  # most items share their link with no other
    link, guid = draw(st.sampled_from([own] * len(LINKS) + LINKS)), draw(st.sampled_from(["", "", own, own, *GUIDS]))
    links = {"item": f"<link>{link}</link>", "entry": f'<link href="{link}"/>'}[name] if link else ""
    guids = {"item": f"<guid>{guid}</guid>", "entry": f"<id>{guid}</id>"}[name] if guid else ""
    title = draw(st.sampled_from(["", "<title>a</title>", "<title>b &lt; c</title>"]))
    start = draw(st.sampled_from([f"<{name}>", f"<{name}\n xml:lang='ja' note='>'>", f'<{name} rdf="x">']))
    body = "".join(draw(st.permutations([title, links, guids, *draw(st.lists(st.sampled_from(parts), max_size=3))])))
    return f"{start}{body}</{name}>"


@st.composite
def documents(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A document, and a later one of the same source."""
    name = draw(st.sampled_from(["item", "entry"]))
    frame = draw(st.sampled_from(FRAMES[name]))
    parts = HARMLESS + draw(st.sampled_from([[], [], [], BASES, HARMFUL]))
    pool = draw(st.lists(items(name, parts), min_size=2, max_size=6))
    before = draw(st.lists(st.sampled_from(pool), max_size=6, unique=draw(st.booleans())))
    later = draw(st.lists(st.sampled_from(pool), max_size=3)) + before[: draw(st.integers(0, 6))]
    said = draw(st.lists(st.sampled_from(CHANNELS), max_size=3))
    changed = draw(
        st.sampled_from([said, said, said[:-1], [VOLATILE, *said], [*said, draw(st.sampled_from(CHANNELS + UNUSUAL))]])
    )
    between = draw(st.sampled_from(["", "\n", "\r\n  ", "<!-- </item> -->"]))
    encoding = draw(st.sampled_from(ENCODINGS))
    declared = f'<?xml version="1.0" encoding="{encoding}"?>\n' if encoding == "gb18030" or draw(st.booleans()) else ""
    return (
        document(declared, frame, said, between.join(before)).encode(encoding),
        document(declared, frame, changed, between.join(later)).encode(encoding),
    )


def document(declaration: str, frame: tuple[str, str], channel: Sequence[str], body: str) -> str:
    return declaration + frame[0].format(NAMESPACES, "".join(channel)) + body + frame[1]


@settings(max_examples=300, deadline=None)
@given(documents())
def test_what_is_read_of_a_composed_document_equals_a_full_parse(drawn: tuple[bytes, bytes]) -> None:
    before, later = drawn
    with suppress(UnreadableFeedError):
        whole = poll(later, b"")
        second = poll(later, poll(before, b"").memory)
        third = poll(later, second.memory)

        event("items left out" if second.read != whole.read else "nothing left out")
        assert_nothing_is_lost(second, whole)
        assert_nothing_is_lost(third, whole)


NO_TEXT = '<rss xml:base="https://b.example/"><channel>%s<item><enclosure url="e"/><link>l</link></item></channel></rss>'


@settings(max_examples=300, deadline=None)
@given(documents())
@example((NO_TEXT.replace("%s", "").encode(), NO_TEXT.replace("%s", "<title>t</title>").encode()))
def test_what_is_left_out_would_have_been_found_unchanged(drawn: tuple[bytes, bytes]) -> None:
    before, later = drawn
    with suppress(UnreadableFeedError):
        first, whole = poll(before, b""), poll(later, b"")
        read = poll(later, first.memory).read
        left_out = [item for item in whole.prepared.items if item.candidate.place not in read]

        event("items left out" if left_out else "nothing left out")
        assert set(map(wherever_it_stands, left_out)) <= set(map(wherever_it_stands, first.prepared.items))


def wherever_it_stands(item: Identified) -> Identified:
    return replace(item, candidate=replace(item.candidate, place=""))


JSON_ITEMS = [
    {"id": 1, "content_text": "x"},
    {"id": "2", "url": "/1", "title": "a, ] }"},
    {"id": "3", "url": "http://m.a.example/1?utm_source=y", "content_html": "<p>中文"},
    {"url": "/1"},
    {"title": "only\n"},
    {},
    [],
    1.10,
    {"id": "4", "language": "fr", "date_published": "2024-05-01", "attachments": [{"url": "/e", "size_in_bytes": 1e99}]},
]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from(JSON_ITEMS)),
    st.lists(st.sampled_from(JSON_ITEMS)),
    st.sampled_from([None, "zh"]),
    st.sampled_from([None, 1]),
)
def test_what_is_read_of_a_json_feed_equals_a_full_parse(
    before: list[object], later: list[object], language: str | None, indent: int | None
) -> None:
    fields: dict[str, object] = {"version": "https://jsonfeed.org/version/1.1", "language": language}
    first = poll(json.dumps({"items": before, **fields}, indent=indent).encode(), b"")
    body = json.dumps({**fields, "items": later, "title": "News"}, indent=indent).encode()

    assert_nothing_is_lost(poll(body, first.memory), poll(body, b""))
