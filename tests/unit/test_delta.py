from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from feedparser.api import StrictFeedParser
from msgspec.structs import replace

from aggregator import delta
from aggregator.delta.isolation import TEXTS
from aggregator.delta.pieces import MOST_ITEMS
from aggregator.ingest import prepare_document
from aggregator.ingest_rules import IngestRules
from aggregator.model import Origin, Parsed, Source, Subscription
from aggregator.parse import parse
from aggregator.parse.encoding import decode
from aggregator.parse.items import ITEM_LIMIT
from aggregator.urls import UrlRules

if TYPE_CHECKING:
    from aggregator.model import Candidate, Identified

BASE = "https://news.example/feed"
RULES = IngestRules(urls=UrlRules(), categories=(), default_category="c", authority="news.example")
SOURCE = Source(id=1, subscription=Subscription(url=BASE), origin=Origin.COMMAND, added_at=datetime(2024, 1, 1, tzinfo=UTC))
RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
A, B, C = (f"<item><title>{t}</title><link>/{t}</link><description>about {t}</description></item>" for t in "abc")


def rss(*items: str, channel: str = "<title>News</title>", attributes: str = "", end: str = "") -> str:
    return f'<rss version="2.0" {attributes}><channel>{channel}{"".join(items)}</channel></rss>{end}'


def atom(*entries: str, feed: str = "<title>News</title>", attributes: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}>{feed}{"".join(entries)}</feed>'


def read(document: str | bytes) -> Parsed:
    return parse(document if isinstance(document, bytes) else document.encode(), content_type=None, base_url=BASE)


def identified(parsed: Parsed) -> tuple[Identified, ...]:
    return prepare_document(parsed, SOURCE, RULES, base_url=BASE).items


def cut(document: str, memory: bytes | None = None, **around: Any) -> delta.Cut:
    told = {"base_url": BASE, "content_language": None, "rules": ""} | around
    found = delta.cut(document, memory, **told)
    assert found is not None
    assert delta.recut(document.encode(), memory, **told) in {None, found}
    return found


def is_cut(document: str) -> bool:
    return delta.cut(document, None, base_url=BASE, content_language=None, rules="") is not None


def memory_of(document: str, **around: Any) -> bytes:
    return cut(document, **around).memory(identified(read(document)))


def numbers_read(before: str, now: str) -> tuple[int, ...]:
    return cut(now, memory_of(before)).numbers


def read_of(document: str, memory: bytes) -> Parsed:
    """What a poll reads of a document; it equals what a full parse says of the same items."""
    found = cut(document, memory)
    parsed = found.placed(read(found.document))
    assert parsed is not None
    whole = read(document)
    places = {f"item {number}" for number in found.numbers}
    assert parsed.provenance == whole.provenance
    assert parsed.candidates == tuple(candidate for candidate in whole.candidates if candidate.place in places)
    assert found.is_sound(identified(parsed))
    return parsed


def titles(candidates: tuple[Candidate, ...]) -> list[tuple[str, str]]:
    return [(candidate.place, candidate.title) for candidate in candidates]


# --- what is left out --------------------------------------------------------------------------------------------------


def test_only_new_and_changed_items_are_read_and_keep_their_places() -> None:
    changed = B.replace("about b", "more about b")

    parsed = read_of(rss(C, A, changed), memory_of(rss(A, B)))

    assert titles(parsed.candidates) == [("item 1", "c"), ("item 3", "b")]


def test_without_news_no_item_is_read_and_the_channel_still_is() -> None:
    before = rss(A, B, channel="<title>News</title><lastBuildDate>Wed, 01 May 2024 20:00:00 +0800</lastBuildDate>")
    now = rss(A, B, channel="<title>Noise</title><lastBuildDate>Thu, 02 May 2024 20:00:00 +0800</lastBuildDate>")

    parsed = read_of(now, memory_of(before))

    assert parsed.candidates == ()
    assert (parsed.provenance.title, parsed.provenance.updated) == ("Noise", datetime(2024, 5, 2, 12, tzinfo=UTC))


def test_a_first_document_is_read_whole() -> None:
    found = cut(rss(A, B))

    assert (found.numbers, found.leaves_out) == ((1, 2), 0)
    assert read(found.document) == read(rss(A, B))


def test_what_was_remembered_survives_polls_that_leave_it_out() -> None:
    first = memory_of(rss(A, B))
    second = cut(rss(C, A, B), first)
    memory = second.memory(identified(read_of(rss(C, A, B), first)))

    assert cut(rss(C, A, B), memory).numbers == ()


def test_an_item_that_went_and_came_back_is_read_again() -> None:
    memory = cut(rss(A), memory_of(rss(A, B))).memory(())

    assert cut(rss(A, B), memory).numbers == (2,)


def test_a_rejected_item_is_read_again() -> None:
    document = rss(A, "<item><author>x</author></item>", "<item>  </item>", B)

    assert [reject.place for reject in read(document).rejects] == ["item 2", "item 3"]
    assert numbers_read(document, document) == (2, 3)
    assert [reject.place for reject in read_of(document, memory_of(document)).rejects] == ["item 2", "item 3"]


@pytest.mark.parametrize("memory", [None, b"", b"x", bytes(16), bytes(17), bytes(44), bytes(1000)])
def test_what_is_no_memory_leaves_nothing_out(memory: bytes | None) -> None:
    assert cut(rss(A, B), memory).numbers == (1, 2)


def test_the_whole_document_can_be_had_after_all() -> None:
    found = cut(rss(A, B, C), memory_of(rss(A, B)))

    assert found.numbers == (3,)
    assert found.whole() == cut(rss(A, B, C))


def test_the_text_counts_and_not_its_encoding() -> None:
    text = '<?xml version="1.0" encoding="gb2312"?>' + rss(A.replace("about", "关于"), B)
    memory = memory_of(decode(text.encode("gb18030"), None).text)

    for encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030"):
        assert cut(decode(text.encode(encoding), None).text, memory).numbers == ()


# --- the short way -----------------------------------------------------------------------------------------------------

D, E, F = (item.replace("about", "关于") for item in (A, B, C))


def recut(document: str | bytes, memory: bytes | None) -> delta.Cut | None:
    body = document if isinstance(document, bytes) else document.encode()
    return delta.recut(body, memory, base_url=BASE, content_language=None, rules="")


@pytest.mark.parametrize(
    ("now", "new"),
    [
        (rss(D, E), ()),
        (rss(F, D, E), (1,)),
        (rss(D, F, E), (2,)),
        (rss(D, E, F), (3,)),
        (rss(E, D), ()),
        (rss(E), ()),
        (rss(F, E, A), (1, 3)),
        (rss(A, B, C), (1, 2, 3)),
        (f" \r\n{rss(D, F, E)} ", (2,)),
        ("\ufeff" + rss(D, F, E), (2,)),
        ('<?xml version="1.0" encoding="gb2312"?><!-- <item> -->' + rss(D, "<!-- x --><item/>", E), None),
        ('<?xml version="1.0" encoding="gb2312"?><!-- <item> -->\n' + rss(D, " \n<item/>\t", E, end="<!--x-->\n"), (2,)),
    ],
)
def test_the_short_way_finds_the_same_items(now: str, new: tuple[int, ...] | None) -> None:
    memory = memory_of(rss(D, E))
    found = recut(now, memory)

    assert (found and found.numbers) == new
    assert found in {None, cut(now, memory)}


@pytest.mark.parametrize(
    "body",
    [
        rss(D, E).encode("utf-16"),
        rss(D, E).encode("utf-16-le"),
        rss(D, E).encode("gb18030"),
        rss(D, E).replace("</title>", "\0</title>", 1).encode(),
        rss(C, D, E).replace("about c", "\x1b").encode(),
        rss(C, D, E).replace("about c", "\uffff").encode(),
        rss(C, D, E).encode().replace(b"about c", b"\xff"),
        rss(C, D, E).encode().replace(b"about c", b"a & b"),
        rss(D, E).encode().replace(b"News", b"\xff"),
        rss(D, E, end="<!-- ").encode() + b"\xff -->",
        rss(D, "\x0b", E).encode(),
        rss(D, "text", E).encode(),
        rss(D, "<entry/>", E).encode(),
        rss(D, E, "</item>").encode(),
        rss(D, E, "<title>late</title>").encode(),
        rss(D, E, attributes='xml:lang="fr"').encode(),
        rss(D, E, end="<!-- xml:base -->").encode(),
        rss(D, E, channel="<summary>x</summary><description>y</description>").encode(),
        rss(D, E, "<item/>" * (MOST_ITEMS - 1)).encode(),
        rss(D, E)[:-1].encode(),
        rss().encode(),
        b"",
        b"{}",
    ],
)
def test_what_may_not_be_the_same_is_left_to_the_long_way(body: bytes) -> None:
    assert recut(body, memory_of(rss(D, E))) is None


def test_the_short_way_needs_a_memory() -> None:
    assert [recut(rss(D, E), memory) for memory in (None, b"", b"x", bytes(16), bytes(44))] == [None] * 5


# --- the context -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "around", [{"base_url": "https://other.example/feed"}, {"content_language": "zh"}, {"rules": "m.example → example"}]
)
def test_what_was_read_in_other_circumstances_is_read_again(around: dict[str, str]) -> None:
    assert cut(rss(A, B), memory_of(rss(A, B)), **around).numbers == (1, 2)


@pytest.mark.parametrize(
    "now",
    [
        rss(A, B, channel="<title>News</title><language>zh</language>"),
        rss(A, B, channel='<title>News</title><dc:language xmlns:dc="http://purl.org/dc/elements/1.1/">zh</dc:language>'),
        rss(A, B, attributes='xml:lang="zh"'),
        rss(A, B, attributes='xml:base="https://news.example/"'),
        rss(A, B, attributes='xmlns:dc="http://purl.org/dc/elements/1.1/"'),
        rss(A, B, channel='<title xmlns:x="urn:x">News</title>'),
        rss(A, B, channel="<title>News</title><unknown/>"),
        rss(A, B, end="<!-- xml:base -->"),
        rss(A, B).replace("2.0", "0.91"),
        rss(A, B).replace("<channel>", '<channel xml:lang="zh">'),
        rss(A, B).replace("<channel>", "").replace("</channel>", ""),
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        + A
        + B
        + "</rdf:RDF>",
    ],
)
def test_with_the_context_all_items_change(now: str) -> None:
    assert cut(now, memory_of(rss(A, B))).numbers == (1, 2)


@pytest.mark.parametrize(
    "now",
    [
        rss(A, B, channel="<title>Other</title><ttl>5</ttl><link>/</link><pubDate>x</pubDate><category>y</category>"),
        rss(A, B, channel="<image><url>/a.png</url><title>t</title><link>/</link></image><generator>g</generator>"),
        rss(A, B, channel="<!-- generated at noon --><title><![CDATA[<item>x</item>]]></title>\n\n\n"),
        '<?xml version="1.0"?>\n<?xml-stylesheet href="a.xsl"?>\n<!-- <item> -->'
        + rss(A, "<!-- </item> -->\r\n", B, end="<!-- x -->"),
    ],
)
def test_what_says_nothing_of_items_may_change(now: str) -> None:
    assert read_of(now, memory_of(rss(A, B))).candidates == ()


def test_the_list_of_items_that_rss_1_0_gives_first_may_change() -> None:
    def rdf(*items: str) -> str:
        listed = "".join(f'<rdf:li rdf:resource="/{number}"/>' for number in range(len(items)))
        channel = f'<channel rdf:about="/"><title>News</title><items><rdf:Seq>{listed}</rdf:Seq></items></channel>'
        return f"{RDF}{channel}{''.join(items)}</rdf:RDF>"

    assert titles(read_of(rdf(C, A, B), memory_of(rdf(A, B))).candidates) == [("item 1", "c")]


# --- identity ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("new", "sound"),
    [
        (C, True),
        (C.replace("/c", "http://m.news.example/a?utm_source=x"), False),
        (C.replace("<title>", '<guid isPermaLink="false">1</guid><title>'), True),
        (C.replace("<link>/c</link>", "<guid>https://news.example/b#2</guid>"), False),
    ],
)
def test_an_item_left_out_whose_link_is_shared_by_a_new_one_is_noticed(new: str, sound: bool) -> None:  # noqa: FBT001
    rules = IngestRules(
        urls=UrlRules(hosts={"m.news.example": "news.example"}), categories=(), default_category="c", authority="news.example"
    )
    found = cut(rss(new, A, B), memory_of(rss(A, B)))
    items = prepare_document(read(found.document), SOURCE, rules, base_url=BASE).items

    assert (found.numbers, found.is_sound(items)) == ((1,), sound)


def test_a_guid_that_a_new_item_shares_is_noticed() -> None:
    one, other = (item.replace("<title>", '<guid isPermaLink="false">1</guid><title>') for item in (A, B))
    found = cut(rss(other, one), memory_of(rss(one)))

    assert not found.is_sound(identified(read(found.document)))


def test_a_title_that_a_new_item_without_link_shares_is_noticed() -> None:
    one, other = (f"<item><title>t</title><description>{text}</description></item>" for text in "xy")
    found = cut(rss(other, one), memory_of(rss(one)))

    assert not found.is_sound(identified(read(found.document)))


def test_items_that_share_a_link_are_always_read() -> None:
    twin = B.replace("/b", "/a")

    assert numbers_read(rss(A, twin, C), rss(A, twin, C)) == (1, 2)
    assert numbers_read(rss(A, twin, C), rss(twin, C)) == (1,)


def test_an_edited_item_is_not_taken_for_another_of_the_same_link() -> None:
    found = cut(rss(A.replace("about", "on"), B), memory_of(rss(A, B)))

    assert (found.numbers, found.is_sound(identified(read(found.document)))) == ((1,), True)


# --- where an item ends ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "item",
    [
        "<item><title>x</title><description><![CDATA[<pre></item><item>]]></description></item>",
        "<item><title>x</title><!-- </item><item> --><link>/x</link></item>",
        "<item><title>x</title><?php echo '</item>' ?><link>/x</link></item>",
        "<item note='a > b' other=\"'\"><title>x</title></item >",
        "<item\n><title>x</title><items/><itemized>y</itemized><link>/x</link></item\n>",
        "<item><title>x</title><guid>x</guid><description>&lt;item&gt; &#60;item> &amp;lt;</description></item>",
        "<item/>",
        "<item ><title>x</title></item>\n<!-- between -->\n",
    ],
)
def test_an_item_ends_where_xml_says_so(item: str) -> None:
    memory = memory_of(rss(A, B))

    parsed = read_of(rss(A, item, B), memory)

    assert [c.place for c in parsed.candidates] + [r.place for r in parsed.rejects] == ["item 2"]


# --- what cannot be proven ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        "",
        "no feed",
        "<rss",
        "<html><body><item/></body></html>",
        "<urlset><item/></urlset>",
        rss(),
        '<!DOCTYPE rss [<!ENTITY a "b">]>' + rss(A),
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/rss-0.91.dtd">' + rss(A),
        "Notice: undefined index\n" + rss(A),
        rss(A, B)[:-1],
        rss(A, B)[:-20],
        rss(A, B).replace("</item>", "", 1),
        rss(A, B).replace("</channel>", ""),
        rss(A, "</item>"),
        rss(A, "<item><title>x</title>"),
        rss(A, "<item><title>a & b</title></item>"),
        rss(A, "<item><title>a&nbsp;b</title></item>"),
        rss(A, "<item><title>&#0;&#xD800;</title></item>"),
        rss(A, "<item><title>\0</title></item>"),
        rss(A, "<item><title>\x1b\ufffe</title></item>"),
        rss(A, "<it\x01em><title>x</title></item>"),
        rss(A, "<item><x:y>undeclared</x:y></item>"),
        rss(A, "<item a='<'><title>x</title></item>"),
        rss(A, "<item><![CDATA[ x </item>"),
        rss(A, "<!-- never ends", B),
        rss(A, "text", B),
        rss(A, "<title>late</title>", B),
        rss(A, B, "<title>late</title>"),
        rss(A, "<!-- xml:base -->", B),
        rss(A, "<entry><title>x</title></entry>"),
        rss(A, "<Item><title>x</title></Item>"),
        rss(A, '<x:item xmlns:x="http://purl.org/rss/1.0/"><title>x</title></x:item>'),
        rss(channel="<title><item/></title>"),
        rss(A, channel="<image><channel/></image>"),
        rss(A, channel="<image><language>zh</language></image>"),
        rss(A, channel="<description><b>bold</b></description>"),
        rss(A, channel='<title xml:base="https://a.example/">News</title>'),
        rss(A, attributes='xmlns:media="http://www.w3.org/2005/Atom"'),
        rss(A, attributes='xml:base="/relative"'),
        atom(feed="<image><entry/></image>"),
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><item/></rdf:RDF>',
        rss("<item/>" * (MOST_ITEMS + 1)),
        "\ud800" + rss(A),
    ],
)
def test_a_document_that_is_not_understood_is_not_cut(document: str) -> None:
    assert not is_cut(document)


def test_no_document_is_cut_that_has_more_items_than_are_read() -> None:
    assert MOST_ITEMS < ITEM_LIMIT


# One item that the feed parser lets reach into the next, and such a next one.
LEAKS = [
    (
        '<item xmlns:dc="urn:x"><title>a</title></item>',
        '<item xmlns:d="urn:x"><title>t</title><d:creator>Ann</d:creator></item>',
    ),
    (
        '<item xmlns:dc="http://search.yahoo.com/mrss/"><title>a</title></item>',
        '<item xmlns:d="http://purl.org/dc/elements/1.1/"><title>t</title><d:creator>Ann</d:creator></item>',
    ),
    ('<item xml:base="https://a.example/x/"><title>a</title></item>', "<item><title>t</title><link>y</link></item>"),
    ('<item><title base="https://a.example/x/">a</title></item>', "<item><title>t</title><link>y</link></item>"),
    ("<item><description><title>a</title></description></item>", C),
    ('<item xml:lang="fr"><description><div>a</div><div>b</div></description></item>', C),
]


@pytest.mark.parametrize(("leak", "item"), LEAKS)
def test_an_item_that_changes_how_another_is_read_is_never_cut_out(leak: str, item: str) -> None:
    [*_, beside] = read(rss(leak, item)).candidates
    [alone] = read(rss(item)).candidates

    assert beside != replace(alone, place="item 2")
    assert not is_cut(rss(leak, item))


@pytest.mark.parametrize(
    "item",
    [
        '<item><title>x</title><y:z xmlns:y="urn:y"/></item>',
        '<item><title>x</title><dc:creator xmlns:dc="urn:not-dc">Ann</dc:creator></item>',
        "<item><title>x</title><image><link>/y</link></image></item>",
        "<item><title>x</title><feed/></item>",
        "<item><title>x <b>y</b></title></item>",
        '<item><description type="xhtml"><b>no XHTML</b></description></item>',
        '<item><description type="xhtml" Type="html"><b xmlns="http://www.w3.org/1999/xhtml">x</b></description></item>',
        '<item><description type="xhtml"><svg xmlns="http://www.w3.org/2000/svg"/></description></item>',
        '<item><description type="xhtml"><body xmlns="http://www.w3.org/1999/xhtml"/></description></item>',
        '<item xmlns="urn:unknown"><title>x</title></item>',
        '<item><title>xml:base</title><link xml:base="https://a.example/">/y</link></item>',
        '<item><title>x</title><link xml:base="relative">/y</link></item>',
    ],
)
def test_nothing_is_proven_of_an_item_that_is_not_plain(item: str) -> None:
    assert not is_cut(rss(A, item, B))


@pytest.mark.parametrize(
    "item",
    [
        '<item><title>x</title><dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">Ann</dc:creator></item>',
        "<item><title>x</title><image>/y.png</image><source url='/z'>Z</source></item>",
        '<item xmlns:media="http://search.yahoo.com/mrss/"><title>x</title><media:content><media:title>y</media:title></media:content></item>',
        '<item><title>x</title><description type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><b>y</b></div></description></item>',
        '<item xml:lang="fr"><title>x</title><author><name>Ann</name></author><unknown><deep><deeper/></deep></unknown></item>',
        '<item xmlns=""><title>x</title><link>/x?a=1&amp;b=2</link></item>',
    ],
)
def test_an_item_of_the_usual_elements_is_cut_out(item: str) -> None:
    assert titles(read_of(rss(A, item, B), memory_of(rss(A, B))).candidates) == [("item 2", "x")]
    assert titles(read_of(rss(C, A, item, B), memory_of(rss(A, item, B))).candidates) == [("item 1", "c")]


# --- what reaches further than it should -------------------------------------------------------------------------------

WITH_BASE, AFTER = (
    f'<entry><title>{t}</title><id>urn:{t}</id><link href="{t}"/>'
    f'<content type="html" xml:base="https://{t}.example/">&lt;a href="y"></content></entry>'
    for t in "pq"
)
PLAIN = '<entry><title>r</title><id>urn:r</id><link href="r"/><summary type="html">&lt;a href="z"></summary></entry>'


def test_the_first_item_with_a_base_stays_as_the_feed_parser_applies_it_to_all_after_it() -> None:
    document = atom(WITH_BASE, AFTER, PLAIN)
    memory = memory_of(document)

    assert cut(document, memory).numbers == (1,)
    new = PLAIN.replace("r<", "s<").replace("urn:r", "urn:s").replace('"r"', '"s"')
    assert titles(read_of(atom(WITH_BASE, AFTER, new, PLAIN), memory).candidates) == [("item 1", "p"), ("item 3", "s")]
    assert titles(read_of(atom(new, WITH_BASE, AFTER, PLAIN), memory).candidates) == [("item 1", "s"), ("item 2", "p")]


def test_what_inherits_another_base_than_before_is_read_again() -> None:
    memory = memory_of(atom(WITH_BASE, AFTER, PLAIN))

    assert numbers_read(atom(WITH_BASE, AFTER, PLAIN), atom(AFTER, WITH_BASE, PLAIN)) == (1, 2, 3)
    assert cut(atom(PLAIN, WITH_BASE, AFTER), memory).numbers == (1, 2)
    assert read(atom(PLAIN)).candidates[0].url != read(atom(WITH_BASE, PLAIN)).candidates[1].url


def test_below_a_base_of_the_document_no_item_has_to_stay() -> None:
    document = atom(WITH_BASE, AFTER, PLAIN, attributes='xml:base="https://news.example/"')

    assert read_of(document, memory_of(document)).candidates == ()


def test_the_first_mention_of_a_base_makes_all_be_read_again() -> None:
    assert cut(atom(WITH_BASE, PLAIN), memory_of(atom(PLAIN))).numbers == (1, 2)


def test_what_a_second_summary_of_the_channel_does_to_the_first_item_it_still_does() -> None:
    channel = (
        '<itunes:summary xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">x</itunes:summary><description>y</description>'
    )
    one, other = (
        f"<item><title>{t}</title><link>/{t}</link><description>{t}</description><description>more</description></item>"
        for t in "uv"
    )
    first, second = (read(rss(item, channel=channel)).candidates[0] for item in (one, other))

    parsed = read_of(rss(other, one, C, channel=channel), memory_of(rss(one, C, channel=channel)))

    assert (first.content, second.content) == (None, None)
    assert [c.content for c in read(rss(one, other, channel=channel)).candidates] == [None, "<p>more</p>"]
    assert [(c.place, c.content) for c in parsed.candidates] == [("item 1", None), ("item 2", "<p>more</p>")]


def test_an_item_that_shares_its_link_with_one_that_has_to_stay_is_read_too() -> None:
    twin = A.replace("about a", "also about a")
    document = rss(A, twin, B, channel="<summary>x</summary><description>y</description>")

    assert numbers_read(document, document) == (1, 2)


# --- doubts ------------------------------------------------------------------------------------------------------------


def test_what_does_not_fit_the_cut_is_not_used() -> None:
    found = cut(rss(A, B, C), memory_of(rss(A, B)))
    parsed = read(found.document)

    assert found.placed(read(rss(A, C))) is None
    assert found.placed(read(rss())) is None
    assert found.placed(read(rss("<item><title>a & b</title></item>"))) is None
    assert found.placed(parsed) == Parsed(provenance=parsed.provenance, candidates=read(rss(A, B, C)).candidates[2:])


def test_the_proof_is_about_the_feed_parser_that_is_installed() -> None:
    """A new version asks to read again what of its state outlives an item: see the docstring of isolation.py."""
    assert version("feedparser") == "6.0.14"


def test_every_element_whose_content_the_feed_parser_collects_is_known() -> None:
    starts = {
        name: getattr(StrictFeedParser, name).__code__.co_names for name in dir(StrictFeedParser) if name.startswith("_start_")
    }
    collecting = {"push_content"}
    while more := {name for name, calls in starts.items() if collecting & set(calls)} - collecting:
        collecting |= more

    assert {name.rpartition("_")[2] for name in collecting - {"push_content"}} == TEXTS


# --- JSON Feed ---------------------------------------------------------------------------------------------------------


def json_feed(*items: str, fields: str = "") -> str:
    return f'{{"version": "https://jsonfeed.org/version/1.1", {fields}"items": [{", ".join(items)}], "title": "News"}}'


J, K = ('{"id": "%s", "content_text": "x ] }, {", "tags": [{}, [1.10, NaN]]}' % i for i in "jk")  # noqa: UP031 - braces


def test_items_of_a_json_feed_are_cut_out_alike() -> None:
    parsed = read_of(json_feed(J, "[]", K), memory_of(json_feed(J)))

    assert [candidate.guid for candidate in parsed.candidates] == ["k"]
    assert [(reject.place, reject.code) for reject in parsed.rejects] == [("item 2", "not-an-object")]
    assert read_of(json_feed(J, fields='"description": "new", '), memory_of(json_feed(J))).candidates == ()


def test_the_language_of_a_json_feed_is_its_context() -> None:
    assert cut(json_feed(J, fields='"language": "zh", '), memory_of(json_feed(J))).numbers == (1,)


@pytest.mark.parametrize(
    "document",
    [
        "{",
        "{}",
        "[]",
        json_feed(),
        json_feed(J, ""),
        json_feed(J)[:-1],
        json_feed(J) + "x",
        json_feed(J, fields='"items": [1], '),
        json_feed(J, fields="1: 2, "),
        json_feed(J).replace("[{", "{").replace("}]", "}"),
        '{"items": {}}',
        '{"items"',
        '{"items": ' + "[" * 100_000,
        json_feed(*["1"] * (MOST_ITEMS + 1)),
    ],
)
def test_a_json_document_that_is_not_understood_is_not_cut(document: str) -> None:
    assert not is_cut(document)
