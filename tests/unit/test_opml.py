from __future__ import annotations

import codecs
import time
from datetime import UTC, datetime, timedelta, timezone
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.config import http_url
from aggregator.errors import AggregatorError, UnreadableOpmlError
from aggregator.opml import OpmlFeed, Outline, Outlines, Refusal, read_opml, write_opml

URL = "https://example.org/feed"


def opml(*outlines: str, before: str = "") -> str:
    """A list whose first outline is in line 3 (of the text after *before*)."""
    head = '<opml version="2.0"><head><title>Mine</title></head>\n<body>\n'
    return before + head + "\n".join(outlines) + "\n</body></opml>"


def read(*outlines: str, before: str = "") -> Outlines:
    return read_opml(opml(*outlines, before=before).encode())


def one(outline: str) -> Outline:
    """The only feed of a list that is read without a refusal."""
    found = read(outline)
    assert found.refusals == ()
    (only,) = found.outlines
    return only


def refused(outline: str) -> Refusal:
    found = read(outline)
    assert found.outlines == ()
    (only,) = found.refusals
    return only


# --- reading ------------------------------------------------------------------------------------------------------------


def test_a_list_gives_its_feeds_with_their_lines_and_categories() -> None:
    found = read(
        '<outline text="Tech" title="ignored">',
        '  <outline text="Linux">',
        '    <outline type="rss" text="LWN" title="ignored" xmlUrl="https://lwn.example/rss" htmlUrl="https://lwn.example/"/>',
        "  </outline>",
        '  <outline type="rss"',
        '      text="Two &amp; three" xmlUrl="http://two.example/?a=1&amp;b=2" category="/Home/News, Tech,,"/>',
        "</outline>",
        '<outline xmlUrl="https://bare.example/" text="https://bare.example/"/>',
    )

    assert found == Outlines(
        outlines=(
            Outline(
                line=5,
                url="https://lwn.example/rss",
                title="LWN",
                site_url="https://lwn.example/",
                categories=("Tech", "Linux"),
            ),
            Outline(
                line=7,
                url="http://two.example/?a=1&b=2",
                title="Two & three",
                site_url=None,
                categories=("Tech", "Home", "News"),
            ),
            Outline(line=10, url="https://bare.example/", title=None, site_url=None, categories=()),
        ),
        refusals=(),
    )


@pytest.mark.parametrize(
    "outline",
    [
        pytest.param(f'<outline text="x" xmlUrl="{URL}"/>', id="no type"),
        pytest.param(f'<outline text="x" type="ATOM" xmlurl="{URL}"/>', id="lower case"),
        pytest.param(f'<OUTLINE TEXT="x" TYPE="feed" XMLURL=" {URL}\n"/>', id="upper case, white space"),
        pytest.param(f'<outline title="x" text="" xmlURL="{URL}"/>', id="a title in place of a text"),
        pytest.param(f'<outline text="x" type="rss" url="{URL}"/>', id="url, with a feed's type"),
        pytest.param(f'<outline text="x" xmlUrl="feed:{URL}"/>', id="feed: before https:"),
        pytest.param(f'<outline text="x" xmlUrl="{URL}" htmlUrl="javascript:x"/>', id="a page that is none"),
        pytest.param(f'<outline text=" x&#10;" xmlUrl="{URL}" m:text="y" created="z"/>', id="attributes of others"),
    ],
)
def test_a_feed_is_read_however_programs_write_it(outline: str) -> None:
    assert one(outline) == Outline(line=3, url=URL, title="x", site_url=None, categories=())


def test_feed_before_two_slashes_means_http() -> None:
    assert one('<outline xmlUrl="feed://example.org/x"/>').url == "http://example.org/x"


@pytest.mark.parametrize("version", ["1.0", "1.1", "2.0"])
@pytest.mark.parametrize("root", ["opml", "OPML", "o:opml"])
def test_any_version_and_namespace_is_read(version: str, root: str) -> None:
    text = f'<{root} version="{version}" xmlns="http://opml.org/spec2"><body><outline xmlUrl="{URL}"/></body></{root}>'

    assert [outline.url for outline in read_opml(text.encode()).outlines] == [URL]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        pytest.param("caf&eacute; &copy;", "café ©", id="entities of HTML"),
        pytest.param("AT&T &nosuch; & &#169;", "AT&T &nosuch; & ©", id="bare ampersands"),
        pytest.param("&lt;b&gt;x&lt;/b&gt; &amp;lt;", "<b>x</b> &lt;", id="markup stays text"),
        pytest.param("a\x08b&#8;c&#xD800;d&#x110000;e", "abcde", id="what XML cannot carry"),
        pytest.param("x" * 300, "x" * 200, id="a long one is cut"),
        pytest.param("http://u:p@example.org/", "http://example.org/", id="a password within"),
    ],
)
def test_names_are_read_as_meant(text: str, meant: str) -> None:
    outline = one(f'<outline text="{text}"><outline text="{text}" xmlUrl="{URL}"/></outline>')

    assert (outline.title, outline.categories) == (meant, (meant,))


def test_bare_ampersands_of_an_address_stay() -> None:
    assert one('<outline xmlUrl="http://example.org/?a=1&b=2&copy=3"/>').url == "http://example.org/?a=1&b=2&copy=3"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(opml(f'<outline text="新闻" xmlUrl="{URL}"/>').encode(), id="UTF-8"),
        pytest.param(codecs.BOM_UTF8 + opml(f'<outline text="新闻" xmlUrl="{URL}"/>').encode(), id="marked"),
        pytest.param(opml(f'<outline text="新闻" xmlUrl="{URL}"/>').encode("utf-16"), id="UTF-16"),
        pytest.param(opml(f'<outline text="新闻" xmlUrl="{URL}"/>').encode("utf-16-be"), id="UTF-16 without mark"),
        *(
            pytest.param(
                opml(f'<outline text="新闻" xmlUrl="{URL}"/>', before=f'<?xml version="1.0" encoding="{label}"?>').encode(codec),
                id=f"{codec} that calls itself {label}",
            )
            for label, codec in (("GB2312", "gbk"), ("gbk", "utf-8"), ("utf-16", "utf-8"), ("x-mine", "utf-8"))
        ),
    ],
)
def test_the_encoding_is_seen_through(data: bytes) -> None:
    assert [outline.title for outline in read_opml(data).outlines] == ["新闻"]


def test_lines_are_those_of_the_file_whatever_stands_before_it() -> None:
    before = '\n \n<?xml version="1.1"\n encoding="utf-8"?>\n<!-- & -->\n<!DOCTYPE opml SYSTEM "http://example.org/opml.dtd">\n'

    assert [outline.line for outline in read(f'<outline xmlUrl="{URL}"/>', before=before).outlines] == [9]


def test_a_feed_listed_again_adds_its_categories_and_is_told() -> None:
    found = read(
        f'<outline text="a"><outline text="First" xmlUrl="{URL}"/></outline>',
        f'<outline text="b"><outline text="Second" xmlUrl="{URL}" category="a"/></outline>',
    )

    assert found == Outlines(
        outlines=(Outline(line=3, url=URL, title="First", site_url=None, categories=("a", "b")),),
        refusals=(Refusal(line=4, what="Second", code="again", why="line 3 has it already; its categories were added there"),),
    )


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("exec:/usr/bin/id", "not-http"),
        ("|id", "not-http"),
        ("filter:/bin/sh:https://example.org/", "not-http"),
        ("file:///etc/passwd", "not-http"),
        ("/etc/passwd", "not-http"),
        ("javascript:alert(1)", "not-http"),
        ("feed:file:///etc/passwd", "not-http"),
        ("ftp://example.org/feed", "not-http"),
        ("https://user:secret@example.org/feed", "credentials"),
        ("https://user@example.org/feed", "credentials"),
        ("https://example.org/" + "a" * 5_000_000, "too-long"),
        ("https://", "bad-url"),
        ("https://[::1/feed", "bad-url"),
        ("https://example.org:port/", "bad-url"),
        ("https://example.org/a b", "bad-url"),
        ("https://example.org/&#x202E;x", "bad-url"),
        ("https://exam\\ple.org/", "bad-url"),
    ],
)
def test_what_is_no_plain_web_address_is_refused_and_told(address: str, code: str) -> None:
    refusal = refused(f'<outline text="Name" xmlUrl="{address}"/>')

    assert (refusal.line, refusal.what, refusal.code) == (3, "Name", code)


def test_a_refusal_tells_no_password() -> None:
    told = refused('<outline text="http://u:secret@x/" xmlUrl="https://u:secret@example.org/feed"/>')

    assert told == Refusal(
        line=3,
        what="http://x/",
        code="credentials",
        why="its address holds a user name or password; subscribe without, and name them in config.yaml",
    )
    assert refused('<outline xmlUrl="https://u:secret@example.org/feed"/>').what == "https://example.org/feed"


@pytest.mark.parametrize(
    "outline",
    [
        pytest.param('<outline text="x" type="link" url="https://example.org/"/>', id="a link to a page"),
        pytest.param('<outline text="x" type="include" url="https://example.org/more.opml"/>', id="another list"),
        pytest.param('<outline text="x" htmlUrl="https://example.org/"/>', id="a page alone"),
    ],
)
def test_an_outline_that_leads_elsewhere_is_told(outline: str) -> None:
    assert refused(outline) == Refusal(line=3, what="x", code="no-feed", why="it names no feed, only a page or another list")


@pytest.mark.parametrize(
    ("outline", "what"),
    [
        pytest.param('<outline text="x" type="rss"/>', "x", id="a feed without address"),
        pytest.param('<outline text="x" type="rss" xmlUrl=" "/>', "x", id="a blank address"),
        pytest.param('<outline text="a note"/>', "a note", id="a note"),
        pytest.param('<outline text="folder"> </outline>', "folder", id="an empty folder"),
        pytest.param("<outline/>", "an outline without a name", id="nothing"),
    ],
)
def test_an_outline_without_address_and_without_others_is_told(outline: str, what: str) -> None:
    assert refused(outline) == Refusal(line=3, what=what, code="no-feed", why="it has no xmlUrl, and no outlines within it")


def test_a_folder_is_no_loss_and_each_of_its_empty_outlines_is_told() -> None:
    found = read(f'<outline text="f"><outline text="a"/>\n<outline text="b" xmlUrl="{URL}"/>\n<outline text="c"/></outline>')

    assert [outline.title for outline in found.outlines] == ["b"]
    assert [(refusal.line, refusal.what) for refusal in found.refusals] == [(3, "a"), (5, "c")]


def test_an_outline_within_a_feed_is_not_in_a_folder_of_its_name() -> None:
    found = read(f'<outline text="a"><outline text="b" xmlUrl="{URL}"><outline xmlUrl="{URL}/2"/></outline></outline>')

    assert [outline.categories for outline in found.outlines] == [("a",), ("a",)]


@given(st.from_regex(r"https?://.{0,20}", fullmatch=True) | st.text(max_size=20))
def test_what_is_accepted_is_what_feed_add_accepts(address: str) -> None:
    root = Element("opml")
    SubElement(root, "outline", xmlUrl=address)
    accepted = [outline.url for outline in read_opml(tostring(root, encoding="utf-8")).outlines]

    assert [http_url(url) for url in accepted] == accepted


# --- what cannot be read ------------------------------------------------------------------------------------------------

ENTITIES = '<!DOCTYPE opml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>\n'
FILE = '<!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n'
PARAMETER = '<!DOCTYPE opml [<!ENTITY % a SYSTEM "http://example.org/">%a;]>\n'


@pytest.mark.parametrize(
    ("data", "code", "told"),
    [
        pytest.param(b"", "empty", "the list is empty", id="nothing"),
        pytest.param(b"\xef\xbb\xbf \n", "empty", "the list is empty", id="white space"),
        pytest.param(b'{"version": "1"}', "bad-xml", "line 1: this is not well-formed XML", id="JSON"),
        pytest.param(b"<opml>\n<body>\n<outline", "bad-xml", "line 3: this is not well-formed XML", id="cut off"),
        pytest.param(b"<opml><body></opml>", "bad-xml", "(mismatched tag)", id="mismatched"),
        pytest.param(b"<rss><channel/></rss>", "not-opml", "line 1: the document is <rss>, not <opml>", id="a feed"),
        pytest.param(b"<!DOCTYPE html>\n<html></html>", "not-opml", "line 2: the document is <html>", id="a page"),
        pytest.param((ENTITIES + opml('<outline text="&b;"/>')).encode(), "dtd", "refused for safety", id="entities"),
        pytest.param((FILE + opml('<outline text="&a;"/>')).encode(), "dtd", "refused for safety", id="a file as entity"),
        pytest.param((PARAMETER + opml()).encode(), "dtd", "refused for safety", id="parameter entities"),
        pytest.param(
            opml("<outline>\n" * 10_000, "</outline>" * 10_000).encode(), "too-deep", "line 101: the list is nested", id="deep"
        ),
        pytest.param(opml('<outline text="Jörg"/>').encode("latin-1"), "wrong-encoding", "as UTF-8; save it", id="Latin-1"),
        pytest.param(
            b'<?xml version="1.0" encoding="punycode"?><opml>\xff</opml>', "wrong-encoding", "punycode, as it says", id="a codec"
        ),
        pytest.param(codecs.BOM_UTF16_LE + b"<\0\0\xd8<", "wrong-encoding", "read as utf-16-le", id="broken UTF-16"),
        pytest.param(b"<opml>" + b" " * 8 * 1024 * 1024, "too-large", "8,388,614 bytes, more than 8,388,608", id="large"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_as_a_whole(data: bytes, code: str, told: str) -> None:
    with pytest.raises(UnreadableOpmlError) as caught:
        read_opml(data)

    assert caught.value.code == code
    assert told in str(caught.value)


def test_the_size_that_is_too_large_can_be_set() -> None:
    with pytest.raises(UnreadableOpmlError, match="11 bytes, more than 10"):
        read_opml(b"<opml/>    ", most_bytes=10)


@given(st.binary() | st.text().map(str.encode) | st.text().map(lambda text: opml(f'<outline text="{text}"/>').encode("utf-16")))
def test_nothing_makes_it_fail_otherwise(data: bytes) -> None:
    try:
        read_opml(data)
    except AggregatorError as error:
        assert isinstance(error, UnreadableOpmlError)  # noqa: PT017 - of all our errors this one


@pytest.mark.parametrize(
    "outline",
    [
        pytest.param('<outline xmlUrl="https://example.org/{}"/>', id="feeds"),
        pytest.param('<outline text="{}"><outline xmlUrl="https://example.org/"/></outline>', id="one feed, many folders"),
        pytest.param('<outline text="&eacute;&&&&" xmlUrl="exec:{}"/>', id="nothing usable"),
    ],
)
def test_a_hundred_thousand_outlines_are_read_one_by_one(outline: str) -> None:
    data = opml(*map(outline.format, range(100_000))).encode()

    before = time.process_time()
    found = read_opml(data)

    assert time.process_time() - before < 10
    assert len(found.outlines) + len(found.refusals) == 100_000
    assert max([outline.line for outline in found.outlines] + [refusal.line for refusal in found.refusals]) == 100_002


# --- writing ------------------------------------------------------------------------------------------------------------


def test_a_list_is_written_like_this() -> None:
    feeds = [
        OpmlFeed(
            url="https://a.example/feed?x=1&y", title='A "<b>"', site_url="https://a.example/", categories=("科技", "b", "c")
        ),
        OpmlFeed(url="https://c.example/feed"),
        OpmlFeed(url="https://d.example/feed", title="D", categories=("科技", "TCP/IP")),
    ]
    date = datetime(2026, 1, 2, 11, 4, 5, tzinfo=timezone(timedelta(hours=8)))

    assert write_opml("Mine", feeds, date).decode() == (
        """\
<?xml version='1.0' encoding='utf-8'?>
<opml version="2.0">
  <head>
    <title>Mine</title>
    <dateModified>Fri, 02 Jan 2026 03:04:05 GMT</dateModified>
  </head>
  <body>
    <outline text="科技">
      <outline type="rss" text="A &quot;&lt;b&gt;&quot;" title="A &quot;&lt;b&gt;&quot;" \
xmlUrl="https://a.example/feed?x=1&amp;y" htmlUrl="https://a.example/" category="b,c" />
      <outline type="rss" text="D" title="D" xmlUrl="https://d.example/feed" />
    </outline>
    <outline type="rss" text="https://c.example/feed" xmlUrl="https://c.example/feed" />
    <outline text="TCP/IP">
      <outline type="rss" text="D" title="D" xmlUrl="https://d.example/feed" />
    </outline>
  </body>
</opml>
"""
    )


def test_no_password_gets_into_a_list() -> None:
    address = "https://user:secret@example.org/feed"

    written = write_opml(address, [OpmlFeed(url=address, title=address, site_url=address, categories=(address,))], None)

    assert b"secret" not in written
    assert b"user" not in written
    assert [outline.url for outline in read_opml(written).outlines] == ["https://example.org/feed"]


NAMES = st.text(max_size=20) | st.sampled_from(
    ["科技", "TCP/IP", "a,b", " a  b ", "&amp;", "http://u:p@x", '"', "\x00", "x" * 300]
)
FEEDS = st.lists(
    st.builds(
        OpmlFeed,
        url=st.from_regex(r"https?://[a-z]{1,5}\.example/[a-z?&=%;中]{0,5}", fullmatch=True),
        title=st.none() | NAMES,
        site_url=st.none() | st.just("https://example.org/"),
        categories=st.lists(NAMES, max_size=5).map(tuple),
    ),
    max_size=8,
    unique_by=lambda feed: feed.url,
)


def folded(name: str) -> str:
    """What a name becomes: read on its own, as the text of an outline."""
    (outline,) = read_opml(write_opml("", [OpmlFeed(url=URL, title=name)], None)).outlines
    return outline.title or ""


@given(FEEDS)
def test_what_was_written_is_read_again(feeds: list[OpmlFeed]) -> None:
    found = read_opml(write_opml("Mine", feeds, datetime(2026, 1, 2, tzinfo=UTC)))

    def comparable(entry: Outline | OpmlFeed) -> object:
        return folded(entry.title or ""), entry.site_url, {folded(name) for name in entry.categories} - {""}

    assert {outline.url: comparable(outline) for outline in found.outlines} == {feed.url: comparable(feed) for feed in feeds}
    assert {refusal.code for refusal in found.refusals} <= {"again"}


@given(NAMES, FEEDS, st.none() | st.datetimes(timezones=st.just(UTC)))
def test_every_list_is_valid_and_equal_feeds_give_equal_bytes(title: str, feeds: list[OpmlFeed], date: datetime | None) -> None:
    written = write_opml(title, feeds, date)
    root = fromstring(written)  # noqa: S314 - it is ours

    assert written == write_opml(title, feeds, date)
    assert (root.tag, root.attrib, [child.tag for child in root]) == ("opml", {"version": "2.0"}, ["head", "body"])
    assert {element.tag for element in root.iterfind("./body//*")} <= {"outline"}
    assert [element for element in root.iterfind("./body//outline") if not element.get("text")] == []
    assert [element for element in root.iterfind("./body//outline[@type='rss']") if not element.get("xmlUrl")] == []
