from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import UnreadableFeedError
from aggregator.model import Candidate, Enclosure, Link, Parsed, Person, Provenance, Reject, Remark, Tag, Thumbnail
from aggregator.parse import parse
from aggregator.parse.items import ITEM_LIMIT

BASE = "https://news.example/feeds/all.xml"
BY_THE_LIBRARY = "<!-- xml:base -->"  # a document with such a mark is not read plainly


def read(document: str | bytes, *, content_language: str | None = None) -> Parsed:
    body = document if isinstance(document, bytes) else document.encode()
    return parse(body, content_type=None, base_url=BASE, content_language=content_language)


def rss(items: str, channel: str = "") -> str:
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">'
        f"<channel><title>News</title>{channel}{items}</channel></rss>"
    )


def atom(entries: str, attributes: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>News</title><id>urn:f</id>{entries}</feed>'


def only(document: str | bytes) -> Candidate:
    parsed = read(document)
    assert parsed.rejects == ()
    [candidate] = parsed.candidates
    return candidate


# --- whole documents ---------------------------------------------------------------------------------------------------


def test_an_rss_item_is_read_whole() -> None:
    document = rss(
        """<item>
          <title>Fish &amp; chips</title><link>/2024/fish?a=1&amp;b=2</link><guid isPermaLink="false">fish-1</guid>
          <description>Short</description><content:encoded><![CDATA[<p>Long</p>]]></content:encoded>
          <pubDate>Wed, 01 May 2024 20:00:00 +0800</pubDate><dc:date>2024-05-02T00:00:00Z</dc:date>
          <dc:creator>Ann</dc:creator><author>bob@news.example (Bob)</author>
          <category domain="https://news.example/topics">Food</category><category>餐饮</category>
          <enclosure url="fish.mp3" length="42" type="audio/mpeg"/><media:content url="//cdn.example/f.jpg" medium="image"/>
        </item>""",
        "<language>zh_cn</language>",
    )

    expected = Candidate(
        place="item 1",
        title="Fish &amp; chips",
        url="https://news.example/2024/fish?a=1&b=2",
        guid="fish-1",
        summary="Short",
        content="<p>Long</p>",
        language="zh-CN",
        published=datetime(2024, 5, 1, 12, tzinfo=UTC),
        updated=datetime(2024, 5, 2, tzinfo=UTC),
        authors=(Person(name="Ann"), Person(name="Bob", email="bob@news.example")),
        tags=(Tag(term="Food", scheme="https://news.example/topics"), Tag(term="餐饮")),
        enclosures=(
            Enclosure(url="https://news.example/feeds/fish.mp3", media_type="audio/mpeg", length=42),
            Enclosure(url="https://cdn.example/f.jpg"),
        ),
    )
    assert only(document) == expected


def test_an_atom_entry_is_read_whole() -> None:
    document = atom(
        """<entry xml:lang="ja">
          <id>tag:news.example,2024:1</id><title>a &lt;b&gt; c</title>
          <link rel="alternate" type="application/pdf" href="one.pdf"/><link href="one.html"/>
          <link rel="enclosure" type="audio/ogg" length="-1" href="one.ogg"/>
          <updated>2024-05-02T00:00:00Z</updated><published>2024-05-01T00:00:00Z</published>
          <author><name>Ann</name><uri>/ann</uri><email>ann@news.example</email></author>
          <contributor><name>Ed</name><uri>/ed</uri><email>ed@news.example</email></contributor>
          <contributor><email>flo@news.example</email></contributor><contributor/>
          <thumbnail xmlns="http://search.yahoo.com/mrss/" url="one.jpg" width="640" height="360"/>
          <category term="food" scheme="urn:s" label="Food"/>
          <summary>first

second
line</summary>
          <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>1 &lt; 2</p></div></content>
        </entry>"""
    )

    expected = Candidate(
        place="item 1",
        title="a &lt;b&gt; c",
        url="https://news.example/feeds/one.html",
        guid="tag:news.example,2024:1",
        summary="<p>first</p><p>second<br>line</p>",
        content="<p>1 &lt; 2</p>",
        language="ja",
        published=datetime(2024, 5, 1, tzinfo=UTC),
        updated=datetime(2024, 5, 2, tzinfo=UTC),
        authors=(Person(name="Ann", uri="https://news.example/ann", email="ann@news.example"),),
        tags=(Tag(term="food", scheme="urn:s", label="Food"),),
        enclosures=(Enclosure(url="https://news.example/feeds/one.ogg", media_type="audio/ogg"),),
        contributors=(
            Person(name="Ed", uri="https://news.example/ed", email="ed@news.example"),
            Person(name="flo@news.example", email="flo@news.example"),
        ),
        thumbnails=(Thumbnail(url="https://news.example/feeds/one.jpg", width=640, height=360),),
    )
    assert only(document) == expected


def test_an_rss_1_item_takes_its_id_from_rdf_about_and_its_date_from_dublin_core() -> None:
    document = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
      xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://news.example/"><title>News</title></channel>
      <item rdf:about="https://news.example/1#x"><title>One</title><link>https://news.example/1</link>
      <dc:date>2006-08-19T22:25:24+09:00</dc:date></item></rdf:RDF>"""

    expected = Candidate(
        place="item 1",
        title="One",
        url="https://news.example/1",
        guid="https://news.example/1#x",
        published=datetime(2006, 8, 19, 13, 25, 24, tzinfo=UTC),
    )
    assert only(document) == expected


def test_what_an_atom_feed_says_of_itself() -> None:
    document = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><id>urn:uuid:1</id>
      <title type="html">Fish &amp;amp; &lt;b&gt;Chips&lt;/b&gt;</title><subtitle>All  about
      food</subtitle><link href="/"/><link rel="self" href="all.xml"/><updated>2024-05-01T00:00:00Z</updated>
      <author><name>Ann</name></author><rights>CC0</rights><icon>/favicon.ico</icon><logo>/logo.png</logo></feed>"""

    expected = Provenance(
        guid="urn:uuid:1",
        title="Fish & Chips",
        subtitle="All  about food",
        site_url="https://news.example/",
        self_url="https://news.example/feeds/all.xml",
        updated=datetime(2024, 5, 1, tzinfo=UTC),
        authors=(Person(name="Ann"),),
        rights="CC0",
        icon="https://news.example/favicon.ico",
        logo="https://news.example/logo.png",
        language="en",
    )
    assert read(document) == Parsed(provenance=expected)


def test_what_an_rss_feed_says_of_itself() -> None:
    document = rss(
        "",
        """<link>https://news.example</link><description>All about food</description><language>de-at</language>
        <copyright>CC0</copyright><managingEditor>ann@news.example (Ann)</managingEditor>
        <lastBuildDate>Wed, 01 May 2024 12:00:00 GMT</lastBuildDate><image><url>/i.png</url><title>x</title></image>""",
    )

    expected = Provenance(
        title="News",
        subtitle="All about food",
        site_url="https://news.example",
        updated=datetime(2024, 5, 1, 12, tzinfo=UTC),
        authors=(Person(name="Ann", email="ann@news.example"),),
        rights="CC0",
        logo="https://news.example/i.png",
        language="de-AT",
    )
    assert read(document) == Parsed(provenance=expected)


def test_an_empty_feed_is_a_feed() -> None:
    assert read(rss("")) == Parsed(provenance=Provenance(title="News"))


def test_the_address_of_one_author_is_not_that_of_the_next() -> None:
    first, second = "<author><name>Ann</name><email>ann@news.example</email></author>", "<author><name>Bob</name></author>"
    other = "<author><name>Cy</name><email>cy@news.example</email></author>"

    assert only(atom(f"<entry><title>t</title>{first}{second}{other}</entry>")).authors == (
        Person(name="Ann", email="ann@news.example"), Person(name="Bob"), Person(name="Cy", email="cy@news.example"),
    )  # fmt: skip


# --- single rules ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "title"),
    [
        pytest.param("<title>AT&amp;T</title>", "AT&amp;T", id="an ampersand in text is escaped"),
        pytest.param("<title>a &lt; b</title>", "a &lt; b", id="less than in text is escaped"),
        pytest.param("<title><![CDATA[1 < 2 & 3 > 2]]></title>", "1 &lt; 2 &amp; 3 &gt; 2", id="text in CDATA is escaped"),
        pytest.param("<title>How to use &lt;br&gt;</title>", "How to use &lt;br&gt;", id="a tag that is talked about is text"),
        pytest.param("<title>AT&amp;amp;T</title>", "AT&amp;T", id="escaped twice is HTML"),
        pytest.param("<title>&lt;b&gt;Hi&lt;/b&gt; you</title>", "<b>Hi</b> you", id="closed tags are HTML"),
        pytest.param("<title>AT&T rocks</title>", "AT&amp;T rocks", id="a bare ampersand is one"),
        pytest.param("<title>a&nbsp;b &hearts;</title>", "a\xa0b ♥", id="an HTML entity is its character"),
    ],
)
def test_a_title_is_html_that_shows_what_was_meant(written: str, title: str) -> None:
    assert only(rss(f"<item>{written}</item>")).title == title


COVER = '<itunes:image href="/cover.jpg"/>'
PICTURE = '<media:content url="/p.jpg" medium="image" width="1800"/>'


@pytest.mark.parametrize(
    ("written", "thumbnails"),
    [
        pytest.param(
            f'{COVER}{PICTURE}<media:thumbnail url="/1.jpg" width="75" height="50"/><media:thumbnail url="/2.jpg"/>',
            (Thumbnail(url="https://news.example/1.jpg", width=75, height=50), Thumbnail(url="https://news.example/2.jpg")),
            id="all that are called so, before what may stand in",
        ),
        pytest.param(
            '<media:group><media:content url="/v.mp4"><media:thumbnail url="/1.jpg"/></media:content></media:group>',
            (Thumbnail(url="https://news.example/1.jpg"),),
            id="that of a file in a group, as YouTube has it",
        ),
        pytest.param(
            '<media:thumbnail url="/1.jpg" width="0" height="50%"/><media:thumbnail url="/1.jpg" width="75"/>',
            (Thumbnail(url="https://news.example/1.jpg"),),
            id="each once, of a size that is one",
        ),
        pytest.param(
            "<media:thumbnail>/1.jpg</media:thumbnail>", (Thumbnail(url="https://news.example/1.jpg"),), id="the address as text"
        ),
        pytest.param(
            f'{COVER}{PICTURE}{PICTURE.replace("/p", "/q")}<media:thumbnail url="data:,x"/>',
            (Thumbnail(url="https://news.example/p.jpg", width=1800),),
            id="the first picture among the files",
        ),
        pytest.param(
            f'{COVER}<media:content url="/v.mp4" medium="video" width="640"/>',
            (Thumbnail(url="https://news.example/cover.jpg"),),
            id="the cover of an episode",
        ),
        pytest.param(
            '<media:content url="https://avatars.example/ann" medium="image"><media:title>Ann</media:title></media:content>',
            (),
            id="no picture without a size, as WordPress has its authors'",
        ),
        pytest.param("<image>/1.jpg</image><media:thumbnail/><itunes:image/>", (), id="no address"),
    ],
)
def test_the_thumbnails_of_an_item(written: str, thumbnails: tuple[Thumbnail, ...]) -> None:
    assert only(rss(f"<item><title>t</title>{written}</item>")).thumbnails == thumbnails


@pytest.mark.parametrize(
    ("written", "title"),
    [
        pytest.param("<title>a &lt;b&gt; c</title>", "a &lt;b&gt; c", id="no type is text"),
        pytest.param('<title type="html">a &lt;b&gt;c&lt;/b&gt;</title>', "a <b>c</b>", id="html"),
        pytest.param(
            '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">1 &lt; <i>2</i></div></title>',
            "1 &lt; <i>2</i>",
            id="xhtml",
        ),
    ],
)
def test_an_atom_title_is_read_by_its_type(written: str, title: str) -> None:
    assert only(atom(f"<entry>{written}</entry>")).title == title


@pytest.mark.parametrize(
    ("item", "url", "reason"),
    [
        pytest.param(
            "<link>https://a.example/1</link><guid>https://a.example/2</guid>",
            "https://a.example/1",
            "the item's link",
            id="link first",
        ),
        pytest.param(
            "<guid>https://a.example/2</guid>",
            "https://a.example/2",
            "the item's guid, which is a permanent link",
            id="permanent guid",
        ),
        pytest.param(
            '<guid isPermaLink="false">https://a.example/2</guid>', None, "the item has no link", id="guid that is no link"
        ),
        pytest.param("<guid>12345</guid>", None, "the item has no link", id="guid that is no address"),
        pytest.param(
            "<link/><guid>https://a.example/2</guid>",
            "https://a.example/2",
            "the item's guid, which is a permanent link",
            id="empty",
        ),
        pytest.param("<link>//a.example/x</link>", "https://a.example/x", "the item's link", id="relative to the scheme"),
    ],
)
def test_the_url_of_an_rss_item(item: str, url: str | None, reason: str) -> None:
    candidate = only(rss(f"<item><title>t</title>{item}</item>"))

    assert (candidate.url, candidate.url_reason) == (url, reason)


CANONICAL = ("https://real.example/p", "the item's canonical link")
BY_FEEDBURNER = ("https://real.example/o/1", "feedburner:origLink")
BY_PHEEDO = ("https://real.example/o/2", "pheedo:origLink")
OWN_LINK = ("https://feedproxy.example/~r/o/~3/abc1/", "the item's link")
ORIGINALS = [
    pytest.param("<f:origLink>https://real.example/o/1</f:origLink>", BY_FEEDBURNER, id="feedburner"),
    pytest.param("<pheedo:origLink>https://real.example/o/2</pheedo:origLink>", BY_PHEEDO, id="pheedo"),
    pytest.param('<a:link rel="canonical" href="https://real.example/p"/>', CANONICAL, id="canonical"),
    pytest.param(
        '<f:origLink>https://real.example/o/1</f:origLink><a:link rel="Canonical" href="https://real.example/p"/>',
        CANONICAL,
        id="the publisher's word before a service's",
    ),
    pytest.param(
        '<a:link rel="canonical" href="javascript:x"/><a:link rel="canonical" href="https://real.example/p"/>',
        CANONICAL,
        id="the first that is usable",
    ),
    pytest.param("<f:origLink>https://me:secret@real.example/o/1</f:origLink>", BY_FEEDBURNER, id="no user name"),
    pytest.param("<f:origLink>javascript:alert(1)</f:origLink>", OWN_LINK, id="no web address"),
    pytest.param("<f:origLink>/o/1</f:origLink>", OWN_LINK, id="relative to nobody knows what"),
    pytest.param("<f:origLink/>", OWN_LINK, id="empty"),
    pytest.param("<f:origLink>http://[bad</f:origLink>", OWN_LINK, id="broken"),
    pytest.param('<f:origLink url="https://real.example/o/1"/>', OWN_LINK, id="not as an attribute"),
    pytest.param('<a:link rel="canonical" href="mailto:a@b.example"/>', OWN_LINK, id="canonical mail"),
    pytest.param('<a:link rel="canonical" href=""/>', OWN_LINK, id="empty canonical link"),
    pytest.param('<a:link rel="canonical" type="application/json" href="https://real.example/p"/>', OWN_LINK, id="no page"),
    pytest.param('<x:link rel="canonical" href="https://real.example/p"/>', OWN_LINK, id="of another namespace"),
]


@pytest.mark.parametrize("document", ["rss", "atom", "not well-formed"])
@pytest.mark.parametrize(("written", "found"), ORIGINALS)
def test_the_url_is_the_original_one_where_the_item_names_it(document: str, written: str, found: tuple[str, str]) -> None:
    names = (
        'xmlns:f="http://rssnamespace.org/feedburner/ext/1.0" xmlns:pheedo="http://www.pheedo.com/namespace/pheedo"'
        ' xmlns:a="http://www.w3.org/2005/Atom" xmlns:x="urn:x"'
    )
    if document == "atom":
        entry = f'<entry><title>t</title><link href="{OWN_LINK[0]}"/>{written}</entry>'
        text = f'<feed xmlns="http://www.w3.org/2005/Atom" {names}>{entry}</feed>'
    else:
        flaw = "&nbsp;" if document == "not well-formed" else ""
        item = f"<item><title>t{flaw}</title><link>{OWN_LINK[0]}</link>{written}</item>"
        text = f'<rss version="2.0" {names}><channel>{item}</channel></rss>'
    candidate = only(text.encode())

    assert (candidate.url, candidate.url_reason, candidate.remarks) == (*found, ())


def test_a_canonical_link_serves_where_there_is_no_other() -> None:
    candidate = only(atom('<entry><title>t</title><link rel="canonical" href="/p"/></entry>'))

    assert (candidate.url, candidate.url_reason) == ("https://news.example/p", "the item's canonical link")


def test_an_atom_id_is_never_a_link() -> None:
    candidate = only(atom("<entry><title>t</title><id>https://a.example/1</id></entry>"))

    assert (candidate.url, candidate.guid) == (None, "https://a.example/1")


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "file:///etc/passwd", "http://[bad", "magnet:?xt=1", "mailto:ann@a.example"]
)
def test_a_link_that_is_no_web_address_is_remarked(link: str) -> None:
    candidate = only(rss(f"<item><title>t</title><link>{link}</link></item>"))

    assert (candidate.url, [remark.code for remark in candidate.remarks]) == (None, ["unusable-link"])


@pytest.mark.parametrize("guid", ["12345", "urn:x", "HTTP://A.example/./%7e?", "a b", "ref:/x/../y"])
def test_a_guid_is_kept_as_published(guid: str) -> None:
    assert only(rss(f"<item><title>t</title><guid>{guid}</guid></item>")).guid == guid


def test_without_guid_there_is_none() -> None:
    assert only(rss("<item><link>https://a.example/1</link></item>")).guid is None


def test_links_are_relative_to_the_nearest_xml_base() -> None:
    document = atom(
        """<link href="/home"/><entry xml:base="sub/"><id>urn:1</id><title>t</title><link href="x.html"/>
        <content type="html">&lt;a href="y.html"&gt;y&lt;/a&gt;</content></entry>
        <entry><id>urn:2</id><title>t</title><link href="z.html"/></entry>""",
        'xml:base="https://other.example/dir/"',
    )

    parsed = read(document)

    assert parsed.provenance.site_url == "https://other.example/home"
    assert [candidate.url for candidate in parsed.candidates] == [
        "https://other.example/dir/sub/x.html",
        "https://other.example/dir/z.html",
    ]
    assert parsed.candidates[0].content == '<a href="https://other.example/dir/sub/y.html">y</a>'


def test_a_relative_xml_base_is_relative_to_the_document() -> None:
    document = atom('<entry xml:base="/dir/"><title>t</title><link href="x"/></entry>')

    assert only(document).url == "https://news.example/dir/x"


FILES = """<enclosure url="1.mp3"/><media:content xmlns:media="http://search.yahoo.com/mrss/" url="1.mp4"/>
<media:thumbnail xmlns:media="http://search.yahoo.com/mrss/" url="1.jpg"/>"""


@pytest.mark.parametrize(
    ("document", "base"),
    [
        pytest.param(atom(f"<entry><title>t</title>{FILES}</entry>"), "https://news.example/feeds/", id="the document"),
        pytest.param(
            atom(f"<entry><title>t</title>{FILES}</entry>", 'xml:base="https://b.example/x/"'),
            "https://b.example/x/",
            id="the feed",
        ),
        pytest.param(
            atom(f'<entry xml:base="sub/"><title>t</title>{FILES}</entry>', 'xml:base="https://b.example/x/"'),
            "https://b.example/x/sub/",
            id="the entry",
        ),
        pytest.param(
            atom(f'<entry xml:base="/dir/"><summary>t</summary>{FILES}</entry>'),
            "https://news.example/dir/",
            id="a relative base",
        ),
        pytest.param(
            atom(f'<entry><title>t</title>{FILES}<content xml:base="https://c.example/">c</content></entry>'),
            "https://news.example/feeds/",
            id="not that of a text",
        ),
        pytest.param(rss(f'<item xml:base="https://b.example/"><title>t</title>{FILES}</item>'), "https://b.example/", id="RSS"),
    ],
)
def test_files_and_pictures_are_relative_to_the_nearest_xml_base(document: str, base: str) -> None:
    found = only(document)

    assert [e.url for e in found.enclosures] == [f"{base}1.mp3", f"{base}1.mp4"]
    assert found.thumbnails == (Thumbnail(url=f"{base}1.jpg"),)


# --- sources, rights, other links ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "source"),
    [
        pytest.param(
            "<source url='/s/feed'>S</source>", Provenance(title="S", self_url="https://news.example/s/feed"), id="a feed"
        ),
        pytest.param(
            "<source url='https://s.example'>S</source>", Provenance(title="S", site_url="https://s.example"), id="a site"
        ),
        pytest.param("<source>S</source>", Provenance(title="S"), id="a name"),
        pytest.param("<source/>", None, id="nothing"),
        pytest.param("", None, id="no source"),
        pytest.param(f"<source url='{BASE}'>News</source>", None, id="this feed, by its address"),
        pytest.param("<source url='https://news.example'>News</source>", None, id="this feed, by its page"),
        pytest.param("<source url='http://www.news.example/'>News</source>", None, id="this feed, its page spelled otherwise"),
    ],
)
def test_the_source_of_an_item(written: str, source: Provenance | None) -> None:
    document = rss(f"<item><title>t</title>{written}</item>", "<link>https://news.example/</link>")

    assert only(document).copied_from == source


def test_an_author_of_a_source_does_not_give_it_an_address() -> None:
    document = atom("<entry><title>t</title><source><id>urn:s</id><author><name>A</name><uri>/a</uri></author></source></entry>")

    ann = (Person(name="A", uri="https://news.example/a"),)
    assert (only(document).authors, only(document).copied_from) == (ann, Provenance(guid="urn:s", authors=ann))


def test_an_entry_whose_source_is_the_feed_itself_was_not_copied() -> None:
    assert only(atom("<entry><title>t</title><source><id>urn:f</id><title>News</title></source></entry>")).copied_from is None


def test_rights_are_text_whatever_their_type() -> None:
    entries = "<entry><rights type='html'>&amp;copy; &lt;b>A&lt;/b></rights></entry><entry><rights>1 &lt; 2</rights></entry>"

    assert [c.rights for c in read(atom(entries.replace("<rights", "<title>t</title><rights"))).candidates] == ["© A", "1 < 2"]
    assert only(rss("<item><title>t</title><copyright>© A</copyright></item>")).rights == "© A"


def test_what_an_entry_links_to_beside_its_page() -> None:
    links = """<link href="/1"/><link rel="related" href="r" title="R &amp; S"/>
    <link rel="via" type="application/atom+xml" href="/v"/><link rel="license" href="https://cc.example/by"/>
    <link rel="license" href="https://cc.example/by" title="again"/><link rel="related" href="javascript:x"/>
    <link rel="replies" href="/replies"/>"""

    assert only(atom(f"<entry><title>t</title>{links}</entry>")).links == (
        Link(url="https://news.example/feeds/r", rel="related", title="R & S"),
        Link(url="https://news.example/v", rel="via", media_type="application/atom+xml"),
        Link(url="https://cc.example/by", rel="license"),
    )


def test_html_within_content_is_left_untouched() -> None:
    markup = '<a href="y.html">y</a><script>alert(1)</script><p onclick="x()">p'

    assert only(rss(f"<item><description><![CDATA[{markup}]]></description></item>")).summary == markup


@pytest.mark.parametrize(
    ("texts", "content", "summary"),
    [
        pytest.param("<description>d</description>", None, "d", id="a description is a summary"),
        pytest.param("<content:encoded>c</content:encoded>", "c", None, id="content is not repeated as its summary"),
        pytest.param("<content:encoded>c</content:encoded><description>d</description>", "c", "d", id="content first"),
        pytest.param("<description>d</description><content:encoded/>", None, "d", id="empty content is none"),
        pytest.param("<description>d</description><content:encoded>d</content:encoded>", "d", None, id="equal"),
        pytest.param(
            "<description>&lt;p&gt;the long text&lt;/p&gt;</description><itunes:summary>short</itunes:summary>",
            "<p>the long text</p>",
            "<p>short</p>",
            id="a podcast's plain summary is not the content",
        ),
    ],
)
def test_content_and_summary_of_an_rss_item(texts: str, content: str | None, summary: str | None) -> None:
    candidate = only(rss(f"<item><title>t</title>{texts}</item>"))

    assert (candidate.content, candidate.summary) == (content, summary)


@pytest.mark.parametrize(
    ("written", "content", "remarks"),
    [
        pytest.param('<content type="text">1 &lt; 2\nx</content>', "<p>1 &lt; 2<br>x</p>", [], id="plain text"),
        pytest.param('<content type="html" src="https://a.example/x.html"/>', None, [], id="out of line"),
        pytest.param('<content type="image/png">iVBORw0KGgo=</content>', None, ["unreadable-content"], id="a picture"),
    ],
)
def test_atom_content_is_read_by_its_type(written: str, content: str | None, remarks: list[str]) -> None:
    candidate = only(atom(f"<entry><title>t</title>{written}</entry>"))

    assert (candidate.content, [remark.code for remark in candidate.remarks]) == (content, remarks)


def test_dates_are_there_only_when_stated() -> None:
    candidate = only(atom("<entry><title>t</title><published>2024-05-01T00:00:00Z</published></entry>"))

    assert (candidate.published, candidate.updated) == (datetime(2024, 5, 1, tzinfo=UTC), None)


def test_a_date_nobody_can_read_is_remarked_with_its_text() -> None:
    candidate = only(rss("<item><title>t</title><pubDate>yesterday &lt;noon&gt;</pubDate></item>"))

    [remark] = candidate.remarks
    assert (candidate.published, remark.code) == (None, "unknown-date")
    assert "'yesterday <noon>'" in remark.message


def test_an_entry_without_author_has_that_of_its_source() -> None:
    document = atom("<entry><title>t</title><source><title>S</title><author><name>Ann</name></author></source></entry>")

    assert only(document).authors == (Person(name="Ann"),)


@pytest.mark.parametrize(
    ("written", "person"),
    [
        pytest.param("ann@news.museum (Ann)", Person(name="Ann", email="ann@news.museum"), id="RSS"),
        pytest.param("Ann &lt;ann@news.museum&gt;", Person(name="Ann", email="ann@news.museum"), id="mail"),
        pytest.param("ann@news.museum", Person(name="ann@news.museum", email="ann@news.museum"), id="address only"),
        pytest.param("Ann @ann on X", Person(name="Ann @ann on X"), id="handle"),
        pytest.param("Ann (news)", Person(name="Ann (news)"), id="brackets without an address"),
        pytest.param("安娜", Person(name="安娜"), id="name only"),
    ],
)
def test_an_author_is_taken_apart(written: str, person: Person) -> None:
    assert only(rss(f"<item><title>t</title><author>{written}</author></item>")).authors == (person,)


def test_the_language_comes_from_the_entry_then_the_feed_then_the_header() -> None:
    entries = '<entry xml:lang="ja"><title>t</title></entry><entry><title>t</title></entry>'

    declared = [candidate.language for candidate in read(atom(entries, 'xml:lang="zh-hant-tw"')).candidates]
    from_header = [candidate.language for candidate in read(atom(entries), content_language="en_gb").candidates]

    assert (declared, from_header) == (["ja", "zh-Hant-TW"], ["ja", "en-GB"])


@pytest.mark.parametrize("mark", ["", BY_THE_LIBRARY])
@pytest.mark.parametrize(
    ("told", "language"),
    [
        ("<content xml:lang='fr'>C</content><summary>S</summary>", "fr"),
        ("<summary xml:lang='en'>S</summary><content xml:lang='fr'>C</content>", "fr"),
        ("<summary xml:lang='fr'>S</summary>", "fr"),
        ("<summary xml:lang='fr'/><content>C</content>", "de"),
        ("<content xml:lang='fr' type='image/png'>C</content><summary>S</summary>", "de"),
        ("<title xml:lang='fr'>T</title>", "fr"),
        ("<title xml:lang='fr'>T</title><content>C</content>", "de"),
        ("<dc:language>en</dc:language><content xml:lang='fr'>C</content>", "en"),
    ],
)
def test_the_language_of_an_entry_is_that_of_the_text_that_is_shown(told: str, language: str, mark: str) -> None:
    entry = f'<entry xml:lang="de"><id>urn:1</id>{told}</entry>'

    assert only(atom(entry, 'xml:lang="it" xmlns:dc="http://purl.org/dc/elements/1.1/"') + mark).language == language


@pytest.mark.parametrize("mark", ["", BY_THE_LIBRARY])
@pytest.mark.parametrize(
    ("entry", "url", "others"),
    [
        ('<content type="text/html" src="/full.html"/>', "https://news.example/full.html", None),
        ('<content src="/full.html"/><summary>S</summary>', "https://news.example/full.html", None),
        ('<link href="/1"/><content type="text/html" src="/full.html"/>', "https://news.example/1", "/full.html"),
        ('<content type="audio/mpeg" src="/1.mp3"/>', None, "/1.mp3"),
        ('<content type="text/html" src="javascript:x"/>', None, None),
    ],
)
def test_content_that_is_elsewhere_is_linked_to(entry: str, url: str | None, others: str | None, mark: str) -> None:
    candidate = only(atom(f"<entry><id>urn:1</id>{entry}</entry>") + mark)
    elsewhere = [link.url.removeprefix("https://news.example") for link in candidate.links if link.url != candidate.url]

    assert (candidate.url, elsewhere, candidate.content) == (url, [others] if others else [], None)


def test_content_that_is_elsewhere_is_found_below_the_base_of_its_entry() -> None:
    entry = '<entry xml:base="/a/"><id>urn:1</id><content type="text/html" src="full.html"/></entry>'

    candidate = only(atom(entry))
    assert (candidate.url, candidate.url_reason) == ("https://news.example/a/full.html", "where the item's content is")


@pytest.mark.parametrize("mark", ["", BY_THE_LIBRARY])
def test_a_kind_of_link_may_be_written_as_its_address_in_the_registry(mark: str) -> None:
    feed = """<link href="/"/><link rel="self" href="all"/><link rel="hub" href="https://hub.example/"/>
    <entry><id>urn:1</id><title>T</title><link rel="alternate" href="/1"/><link rel="via" href="/v"/>
    <link rel="related" href="/r" type="text/plain"/><link rel="license" href="/l"/>
    <link rel="enclosure" type="audio/mpeg" href="/1.mp3"/></entry>
    <entry><id>urn:2</id><link href="/2?x"/><link rel="canonical" href="/2"/></entry>"""
    registered = feed.replace('rel="', 'rel="http://www.iana.org/assignments/relation/')
    parsed = read(atom(feed) + mark)
    first, second = parsed.candidates

    assert (first.url, len(first.links), len(first.enclosures)) == ("https://news.example/1", 3, 1)
    assert (second.url, len(parsed.hubs), parsed.provenance.self_url) == (
        "https://news.example/2",
        1,
        BASE.replace("all.xml", "all"),
    )
    assert read(atom(registered) + mark) == parsed


def test_a_language_that_is_no_tag_is_none() -> None:
    assert read(rss("", "<language>English (US)</language>"), content_language="de, fr").provenance.language is None


# --- bad items ---------------------------------------------------------------------------------------------------------


def test_an_item_that_says_nothing_costs_only_itself() -> None:
    parsed = read(rss("<item><title>one</title></item><item><category>x</category></item><item><title>three</title></item>"))

    assert [candidate.place for candidate in parsed.candidates] == ["item 1", "item 3"]
    [reject] = parsed.rejects
    assert (reject.place, reject.code) == ("item 2", "empty-item")
    assert '"x"' in reject.raw


def test_items_beyond_the_cap_are_counted_in_one_reject() -> None:
    parsed = read(rss("<item><title>t</title></item>" * (ITEM_LIMIT + 3)))

    message = f"3 items beyond the first {ITEM_LIMIT} of the document were not read"
    assert len(parsed.candidates) == ITEM_LIMIT
    assert parsed.rejects == (Reject(place=f"item {ITEM_LIMIT + 1}", code="item-cap", message=message, count=3),)
    assert parsed.flaw == Remark(code="item-cap", message=message)


def test_elements_named_like_the_parsers_own_fields_do_no_harm() -> None:
    fields = "<authors>a</authors><tags_>b</tags_><title_detail>c</title_detail><media_content x='1'/><summary_detail y='2'/>"

    assert only(rss(f"<item>{fields}<guid>g</guid></item>")).guid == "g"


@pytest.mark.parametrize(
    ("reference", "shown"),
    [
        pytest.param("&#xD800;", "�", id="half of a surrogate pair"),
        pytest.param("&#xD83D;&#xDE00;", "😀", id="a surrogate pair as Java writes it"),
        pytest.param("&#x110000;", "�", id="beyond Unicode"),
        pytest.param("&#" + "9" * 30 + ";", "�", id="thirty digits"),
        pytest.param("&#" + "9" * 6000 + ";", "�", id="six thousand digits"),
        pytest.param("&#0;", " ", id="zero"),
        pytest.param("&#8;", " ", id="a control character"),
        pytest.param("\x08\x0b", "", id="raw control characters"),
        pytest.param("\uffff", "", id="no character"),
        pytest.param("&#\x08xD800;", "�", id="a reference spliced by taking a character out"),
        pytest.param("&#1&#0;1114112;", "  1114112;", id="a reference spliced by taking a reference out"),
        pytest.param("&#20013;", "中", id="a good one"),
    ],
)
def test_a_character_that_xml_cannot_carry_costs_only_itself(reference: str, shown: str) -> None:
    parsed = read(rss(f"<item><title>a{reference}b</title></item><item><title>c</title></item>"))

    assert [candidate.title for candidate in parsed.candidates] == [f"a{shown}b", "c"]


# --- flaws -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "code"),
    [
        pytest.param(rss("<item><title>a</title></item>"), None, id="well-formed"),
        pytest.param(rss("<item><title>a & b</title></item>"), "not-well-formed", id="bare ampersand"),
        pytest.param(rss("<item><title>a&nbsp;b</title></item>"), "not-well-formed", id="HTML entity"),
        pytest.param(rss("<item><title><![CDATA[a & b &nbsp;]]></title></item>"), None, id="ampersands in CDATA"),
        pytest.param(rss("<item><title>a</title><x></item>"), "not-well-formed", id="unclosed element"),
        pytest.param(
            rss("<item><title>a</title></item>") + "<script>injected</script>", "not-well-formed", id="junk after the end"
        ),
        pytest.param("\n \ufeff" + rss("<item><title>a</title></item>"), None, id="blanks before the start"),
        pytest.param(
            '<b>Warning</b>: x\n<?xml version="1.1" encoding="x"?>' + rss("<item><title>a</title></item>"), None, id="PHP warning"
        ),
        pytest.param(rss("<item><title>a</title></item>")[:-6], "truncated", id="the last tag is cut"),
        pytest.param(rss("<item><title>a</title></item>").partition("</item>")[0] + "</item>", "truncated", id="after an item"),
        pytest.param(
            rss("<item><title>a</title><description>long").removesuffix("</channel></rss>"), "truncated", id="within an item"
        ),
        pytest.param(atom("<entry><title>a</title></entry>").removesuffix("</feed>"), "truncated", id="atom without its end"),
    ],
)
def test_only_a_missing_end_makes_a_document_truncated(document: str, code: str | None) -> None:
    parsed = read(document)

    assert (parsed.flaw.code if parsed.flaw else None) == code
    assert len(parsed.candidates) == 1


@pytest.mark.parametrize(
    ("document", "remarks"),
    [
        pytest.param(rss("<item><title>a</title></item><item><title>b</title></item>")[:-6], [[], []], id="between items"),
        pytest.param(
            rss("<item><title>a</title></item><item><title>b</title>").removesuffix("</channel></rss>"),
            [[], ["cut-off-item"]],
            id="within",
        ),
    ],
)
def test_the_item_in_which_a_document_breaks_off_is_kept_and_remarked(document: str, remarks: list[list[str]]) -> None:
    parsed = read(document)

    assert [[remark.code for remark in candidate.remarks] for candidate in parsed.candidates] == remarks


# --- not a feed --------------------------------------------------------------------------------------------------------

FEED_IN_HTML = "<!-- x --><!DOCTYPE HTML><html><body><rss version='2.0'><channel><item><title>t</title></item></channel></rss>"


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        pytest.param(b"", "empty", "empty", id="nothing"),
        pytest.param(b"\xef\xbb\xbf \n\x00", "empty", "empty", id="blanks"),
        pytest.param(b"/etc/passwd", "not-a-feed", "plain text", id="a path"),
        pytest.param(b"file:///etc/passwd", "not-a-feed", "plain text", id="a file URL"),
        pytest.param(b"http://127.0.0.2/", "not-a-feed", "plain text", id="a web address"),
        pytest.param(b"<!doctype html><title>x</title>", "not-a-feed", "HTML page", id="HTML"),
        pytest.param(FEED_IN_HTML.encode(), "not-a-feed", "HTML page", id="HTML that shows a feed"),
        pytest.param(b"<opml version='2.0'><body/></opml>", "not-a-feed", "<opml>", id="OPML"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00", "not-a-feed", "image", id="a picture"),
        pytest.param(b"\x1f\x8b\x08\x00", "not-a-feed", "gzip", id="still compressed"),
        pytest.param(b"<?xml version='1.0'?><rss versi", "bad-xml", "<rss>", id="cut in the first tag"),
        pytest.param(b"<a><b></a>", "bad-xml", "mismatched tag", id="broken XML"),
    ],
)
def test_a_document_that_is_no_feed_is_refused_with_what_it_looks_like(body: bytes, code: str, words: str) -> None:
    with pytest.raises(UnreadableFeedError, match=words) as refused:
        read(body)

    assert refused.value.code == code


LAUGHS = '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    "prolog",
    [
        pytest.param(LAUGHS, id="entities"),
        pytest.param("<!-- <a> --><?pi <b>?>\n" + LAUGHS, id="hidden behind a comment that looks like an element"),
        pytest.param('<!DOCTYPE rss [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>', id="external parameter entity"),
        pytest.param("<!DOCTYPE rss SYSTEM 'a[>' [<!ENTITY x SYSTEM 'http://127.0.0.2/'>", id="external entity, subset unclosed"),
    ],
)
def test_entities_of_a_documents_own_are_refused(prolog: str) -> None:
    with pytest.raises(UnreadableFeedError) as refused:
        read(prolog + rss("<item><title>&b;</title></item>"))

    assert refused.value.code == "dtd"


def test_a_doctype_without_entities_is_harmless() -> None:
    doctype = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://127.0.0.2/rss-0.91.dtd">'

    assert read(doctype + rss("<item><title>caf&eacute;</title></item>")).candidates[0].title == "café"


def test_a_crash_of_the_parser_costs_the_document() -> None:
    with pytest.raises(UnreadableFeedError, match="TypeError") as refused:
        read(rss("<item><author_detail>x</author_detail><author><name>y</name></author></item>"))

    assert refused.value.code == "parser-crashed"


# --- anything at all ---------------------------------------------------------------------------------------------------

SEEDS = (
    rss("<item><title>a &amp; b</title><link>https://a.example/</link><pubDate>Wed, 01 May 2024 20:00:00 GMT</pubDate></item>"),
    atom('<entry xml:base="x/"><id>urn:1</id><link href="y"/><content type="html">&lt;p&gt;中&lt;/p&gt;</content></entry>'),
    '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": 1, "url": "x", "tags": ["a"], "date_published": "2024"}]}',
)
SHARDS = st.sampled_from(
    [
        "&#xD800;",
        "<![CDATA[",
        "]]>",
        "<!--",
        "<?",
        "&",
        "<",
        ">",
        '"',
        "</item>",
        "<entry>",
        "<link>",
        "<content>",
        "\x00",
        "9" * 5000,
        "[" * 50,
    ]
) | st.text(max_size=8)


def outcome(body: bytes) -> Parsed | UnreadableFeedError:
    try:
        return parse(body, content_type="text/xml; charset=gbk", base_url=BASE)
    except UnreadableFeedError as error:
        return error


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_parsed_or_refused(body: bytes) -> None:
    assert isinstance(outcome(body), Parsed | UnreadableFeedError)


@given(st.sampled_from(SEEDS), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), SHARDS), min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_a_mutilated_feed_is_parsed_or_refused(seed: str, cuts: list[tuple[float, int, str]]) -> None:
    for where, length, shard in cuts:
        start = int(where * len(seed))
        seed = seed[:start] + shard + seed[start + length :]

    assert isinstance(outcome(seed.encode("utf-8", "surrogatepass")), Parsed | UnreadableFeedError)
