from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.clean import (
    TangledError,
    clean_candidate,
    clean_provenance,
    known,
    links,
    markup,
    plain_text,
    protected,
    safe_html,
    text_of,
    web_url,
    well_formed,
    xml_legal,
)
from aggregator.clean.bodies import BodyRules
from aggregator.clean.breaks import is_wide
from aggregator.clean.seed_body import SeedBody
from aggregator.clean.text import fold, words
from aggregator.model import Candidate, Enclosure, Link, Person, Provenance, Remark, Tag, Thumbnail

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = "https://example.org/posts/1"
REL = 'rel="noopener noreferrer nofollow"'


def cleaned(html: str, base_url: str | None = BASE) -> str | None:
    html_or_none, remarks = safe_html(html, base_url=base_url)
    assert remarks == ()
    return html_or_none


# --- HTML ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        pytest.param("<p>x</p>", "<p>x</p>", id="harmless HTML stays"),
        pytest.param("a <script>alert(1)</script>b", "a b", id="scripts go with their content"),
        pytest.param("<p onclick=x() style=color:red class=c id=i>x</p>", "<p>x</p>", id="handlers, style, class and id"),
        pytest.param("<svg><a>x</a></svg><math><mi>y</mi></math>z", "z", id="drawings and formulas"),
        pytest.param("<form action=/x><input name=q><b>x</b></form>", "<b>x</b>", id="forms, not what they contain"),
        pytest.param("<!-- x -->y", "y", id="comments"),
        pytest.param("<marquee><b>x</b></marquee>", "<b>x</b>", id="an unknown element's content stays"),
        pytest.param('<img src="/a.png" srcset="/b.png 2x">', '<img src="https://example.org/a.png">', id="srcset"),
        pytest.param(
            "<video poster=javascript:1 src=/v.mp4></video>", '<video src="https://example.org/v.mp4"></video>', id="poster"
        ),
        pytest.param("<q cite=javascript:1>x</q>", "<q>x</q>", id="cite, which nh3 does not check"),
        pytest.param("&#27;[31m\x07x&#0;", "[31mx\ufffd", id="control characters, also as references"),
        pytest.param("中\ud800文\ufffe", "中文", id="surrogates and noncharacters"),
        pytest.param("x</body></html>y", "xy", id="text after a stray end of the page is not lost"),
        pytest.param("<p style='x'>a</p></body></html><p>y</p>", "<p>a</p><p>y</p>", id="nor when the page is cut as a tree"),
        pytest.param("<pre>\n\nx</pre>", "<pre>\n\nx</pre>", id="a blank first line of a listing"),
        pytest.param("", None, id="nothing"),
        pytest.param("<script>x</script> ", None, id="nothing fit to be shown"),
    ],
)
def test_html_is_cut_down_to_what_an_article_needs(html: str, safe: str | None) -> None:
    assert cleaned(html) == safe


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        pytest.param('<a href="/x">y</a>', f'<a href="https://example.org/x" {REL}>y</a>', id="absolute path"),
        pytest.param(
            '<a href="../x?a=1&amp;b=2#c">y</a>', f'<a href="https://example.org/x?a=1&amp;b=2#c" {REL}>y</a>', id="relative"
        ),
        pytest.param('<a href="//h.example/x">y</a>', f'<a href="https://h.example/x" {REL}>y</a>', id="without a scheme"),
        pytest.param('<a href="http://h.example/路 径">y</a>', f'<a href="http://h.example/路%20径" {REL}>y</a>', id="a space"),
        pytest.param('<a href="mailto:a@b.example">y</a>', f'<a href="mailto:a@b.example" {REL}>y</a>', id="mail"),
        pytest.param('<a href="java&#9;script:x">y</a>', f"<a {REL}>y</a>", id="script with a tab"),
        pytest.param('<a href="data:text/html,x">y</a>', f"<a {REL}>y</a>", id="data"),
        pytest.param(
            '<a href="http://u:p@h.example/">y</a>', f'<a href="http://h.example/" {REL}>y</a>', id="user name and password"
        ),
        pytest.param('<img src="//u:p@h.example/a.png">', '<img src="https://h.example/a.png">', id="the same of a picture"),
        pytest.param('<a href="http://[">y</a>', f"<a {REL}>y</a>", id="no address at all"),
        pytest.param(f'<a href="http://h.example/{"x" * 2048}">y</a>', f"<a {REL}>y</a>", id="longer than 2,048 characters"),
    ],
)
def test_links_become_absolute_or_go(html: str, safe: str) -> None:
    assert cleaned(html) == safe


def test_without_a_base_relative_links_go_and_absolute_ones_stay() -> None:
    html = '<a href="/x">y</a><a href="http://h.example/">z</a>'

    assert cleaned(html, None) == f'<a {REL}>y</a><a href="http://h.example/" {REL}>z</a>'


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<p hidden>no</p>", id="attribute"),
        pytest.param("<p HIDDEN=''>no</p>", id="attribute in capitals"),
        pytest.param("<div style='color:red; Display : NONE !important'><p>no</p></div>", id="display"),
        pytest.param("<span style='visibility:hidden'>no</span>", id="visibility"),
        pytest.param("<b style='display:/* */none'>no</b>", id="with a comment in the style"),
        pytest.param("<b style='d&#105;splay:none'>no</b>", id="with a reference in the style"),
        pytest.param("<p style='display:none'>no <i hidden>no</i></p>", id="nested"),
        pytest.param("<img src=http://t.example/p.gif width=1 height=1>", id="tracking pixel"),
        pytest.param("<img src=http://t.example/p.gif height='0px'>", id="pixel without height"),
        pytest.param("<img src=http://t.example/p.gif style='width:1px;height:1px'>", id="pixel by style"),
    ],
)
def test_what_no_reader_would_see_is_dropped_but_not_what_follows_it(html: str) -> None:
    assert cleaned(f"<p>a</p>{html}b") == "<p>a</p>b"


@pytest.mark.parametrize(
    "html",
    [
        pytest.param('<img src="http://h.example/a.png" width="10" height="100">', id="a small image is no pixel"),
        pytest.param("<p>width=1 style hidden display:none</p>", id="words are no attributes"),
    ],
)
def test_what_a_reader_would_see_stays(html: str) -> None:
    assert cleaned(html) == html


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<div>" * 20_000 + "text", id="nested elements"),
        pytest.param("<ul><li>" * 20_000 + "text", id="nested lists"),
        pytest.param("&" * 200_000 + " text", id="ampersands"),
        pytest.param("&amp;" * 200_000 + " text", id="references"),
        pytest.param("<a " + " ".join(f"a{n}" for n in range(50_000)) + ">text", id="attributes"),
        pytest.param('<a x=">" ' + " ".join(f"a{n}" for n in range(50_000)) + ">text", id="attributes behind a quoted end"),
        pytest.param("<a " + " ".join(f"<a{n}" for n in range(50_000)) + ">text", id="attributes that look like tags"),
        pytest.param("".join(f"<b a={n}>" for n in range(5_000)) + "<p>" * 20_000 + "text", id="open formatting"),
        pytest.param("<p>x</p>" * 60_000 + "text", id="very many tags"),
    ],
)
def test_markup_that_would_stall_the_parser_becomes_plain_text(html: str) -> None:
    safe, remarks = safe_html(html, base_url=None)  # unguarded: 1 s to minutes each, with the square of the length

    assert [remark.code for remark in remarks] == ["content-simplified"]
    assert (safe or "").endswith("text</p>")


def test_content_longer_than_a_mebibyte_keeps_its_beginning_as_text() -> None:
    line = "<p>正文 &amp; more <b>text</b></p>"
    safe, remarks = safe_html(line * 60_000, base_url=None)

    assert safe is not None
    assert safe.startswith("<p>正文 &amp; more text</p>\n<p>正文")
    assert 1_000_000 < len(safe.encode()) <= 1024 * 1024
    assert remarks == (
        Remark(
            code="content-truncated",
            message="the content is not fit to be published (longer than 1,024 KiB); the beginning of its text was kept",
        ),
    )


def test_an_embedded_image_does_not_make_content_too_long() -> None:
    assert cleaned(f'<p>x</p><img alt="y" src="data:image/png;base64,{"A/+b" * 300_000}">') == '<p>x</p><img alt="y">'


# --- text ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        pytest.param("AT&T", "AT&T", id="bare ampersand"),
        pytest.param("AT&amp;T", "AT&T", id="entity"),
        pytest.param("a<b", "a<b", id="less than"),
        pytest.param("x < y > z", "x < y > z", id="less and greater"),
        pytest.param("if a <i and j> k", "if a <i and j> k", id="a name that is also a tag's"),
        pytest.param("a &copy=1 &x; b", "a &copy=1 &x; b", id="no entity"),
        pytest.param("<b>x</b> &#8220;y&rdquo;", "x “y”", id="tags and references"),
        pytest.param("使用 &lt;div&gt; 标签", "使用 <div> 标签", id="a tag as text"),
        pytest.param('<a href="x">链接</a>标题<br/>二', "链接标题 二", id="a link and a break"),
        pytest.param(" 　a\t\n b\u3000", "a b", id="whitespace"),
        pytest.param("a\x00\x1b[1m\ud800\x9bb&#27;", "a[1mb", id="control characters"),
    ],
)
def test_a_title_is_html_only_if_it_looks_like_it(title: str, plain: str) -> None:
    assert plain_text(title) == plain


@pytest.mark.parametrize(
    ("html", "text"),
    [
        pytest.param("<p>a\n b</p><p>c<br>d</p>", "a b\nc\nd", id="a line a block"),
        pytest.param("a<b>b</b>c &amp; d", "abc & d", id="inline elements are seamless"),
        pytest.param("x<script>no</script>y<style>no</style>", "xy", id="code is not text"),
        pytest.param("a &lt;b&gt;", "a <b>", id="no tags"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_text_of(html: str, text: str) -> None:
    assert text_of(html) == text


def test_the_text_of_tangled_markup_is_found_without_parsing_it() -> None:
    assert text_of("<div>" * 500 + "<p>a</p><script>no</script>b &amp; <!-- no -->c") == "a\nb & c"


def test_xml_legal_text_has_unix_line_ends() -> None:
    assert xml_legal("a\r\nb\rc\x0bd\x7f") == "a\nb\ncd"


def test_wide_is_chinese_and_japanese_and_not_korean() -> None:
    first_and_last = (
        "\u2e80\u312f\u3190\u31ff\u3400\u4dbf\u4e00\u9fff\uf900\ufaff\ufe30\ufe4f\uff01\uff60\uffe0\uffe6\U00020000\U0003ffff"
    )
    beside = (
        "\u2e7f\u3130\u318f\u3200\u33ff\u4dc0\u4dff\ua000\uf8ff\ufb00\ufe2f\ufe50\uff00\uff61\uffdf\uffe7\U0001ffff\U00040000"
    )

    assert [character for character in f"a한é{beside}{first_and_last}" if is_wide(character)] == list(first_and_last)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        pytest.param(" http://h.example/x ", "http://h.example/x", id="whitespace around it"),
        pytest.param("https://h.example:8443/x?y#z", "https://h.example:8443/x?y#z", id="all parts"),
        pytest.param("http://例子.example/路?q=<x>", "http://例子.example/路?q=%3Cx%3E", id="an IRI"),
        pytest.param("http://h.example:x/", None, id="a port that is no number"),
        pytest.param("https://user:p%40w@h.example:8443/x?y@z#@", "https://h.example:8443/x?y@z#@", id="user name and password"),
        pytest.param("http://user@h.example", "http://h.example", id="a user name"),
        pytest.param("http://good.example@h.example/", "http://h.example/", id="a user name that looks like a host"),
        pytest.param("http://a@b:c@h.example/", "http://h.example/", id="two of them"),
        pytest.param("HTTP://u:p@[::1]:80/", "HTTP://[::1]:80/", id="before an IPv6 address"),
        pytest.param("http://u:p@h.example:x/", None, id="a user name, and a port that is no number"),
        pytest.param("http://u:p@/", None, id="a user name at no host"),
        pytest.param("http://u p@h.example/", None, id="a user name with a space"),
        pytest.param("http://h.example\\@evil.example/", None, id="a backslash before the host's end"),
        pytest.param("http://h.example/\nx", None, id="a line break"),
        pytest.param("ftp://h.example/", None, id="another scheme"),
        pytest.param("//h.example/", None, id="no scheme"),
        pytest.param("http:///x", None, id="no host"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_web_url(url: str, safe: str | None) -> None:
    assert web_url(url) == safe


# --- candidates ---------------------------------------------------------------------------------------------------------


def test_a_candidate_is_cleaned_in_all_its_parts() -> None:
    candidate = Candidate(
        place="item 1",
        title="<b>T</b> ",
        url="https://example.org/posts/1",
        guid=" urn:x \x07",
        summary="<p>s",
        content='<a href="2">c</a>',
        language="zh_CN",
        authors=(
            Person(name=" <i>A</i>\n", uri="javascript:1", email="a b"),
            Person(name="", email="b@b.example"),
            Person(name=""),
        ),
        tags=(Tag(term="C++ &amp; C#", scheme="x", label=""), Tag(term=" "), Tag(term="t", scheme="urn:s", label="L")),
        enclosures=(
            Enclosure(url="/a.mp3", media_type="Audio/MPEG; x=y", length=7),
            Enclosure(url="http://h.example/b", media_type="junk", length=-1),
            Enclosure(url="javascript:x"),
        ),
        contributors=(Person(name="<b>E\x00</b>", uri="https://h.example/e"), Person(name=" ")),
        thumbnails=(
            Thumbnail(url="/a b.jpg", width=640, height=0),
            Thumbnail(url="http://u:p@h.example/b", width=100_001, height=-1),
            Thumbnail(url="data:image/png;base64,AA"),
        ),
        categories=("未分类", "未分类", " "),
        remarks=(Remark(code="unknown-date", message="m"),),
    )

    assert clean_candidate(candidate, base_url=None) == Candidate(
        place="item 1",
        title="T",
        url="https://example.org/posts/1",
        guid="urn:x",
        summary="<p>s</p>",
        content=f'<a href="https://example.org/posts/2" {REL}>c</a>',
        language="zh-CN",
        authors=(Person(name="A"), Person(name="b@b.example", email="b@b.example")),
        tags=(Tag(term="C++ & C#"), Tag(term="t", scheme="urn:s", label="L")),
        enclosures=(
            Enclosure(url="https://example.org/a.mp3", media_type="audio/mpeg", length=7),
            Enclosure(url="http://h.example/b"),
        ),
        contributors=(Person(name="E", uri="https://h.example/e"),),
        thumbnails=(Thumbnail(url="https://example.org/a%20b.jpg", width=640), Thumbnail(url="http://h.example/b")),
        categories=("未分类",),
        remarks=(
            Remark(code="unknown-date", message="m"),
            Remark(
                code="bad-enclosure",
                message="the enclosure 'javascript:x' is not a web address fit to be published; it was dropped",
            ),
        ),
    )


def test_a_link_that_must_not_be_published_is_dropped_and_the_entry_kept() -> None:
    candidate = clean_candidate(Candidate(place="p", title="T", url="javascript:1", content="<a href=x>y</a>"), base_url=BASE)

    assert candidate == Candidate(
        place="p",
        title="T",
        content=f'<a href="https://example.org/posts/x" {REL}>y</a>',
        remarks=(
            Remark(code="bad-url", message="the link 'javascript:1' is not a web address fit to be published; it was dropped"),
        ),
    )


@pytest.mark.parametrize(
    ("candidate", "title"),
    [
        pytest.param(Candidate(place="p", title=" ", content="<h2>一二三</h2><p>x</p>"), "一二三", id="the first line"),
        pytest.param(Candidate(place="p", content="字" * 61), "字" * 59 + "…", id="cut where there are no spaces"),
        pytest.param(Candidate(place="p", content="many words " * 9), "many words " * 5 + "…", id="cut between words"),
        pytest.param(Candidate(place="p", summary="<p>s</p>"), "s", id="the summary's"),
        pytest.param(Candidate(place="p", url="http://h.example/"), "http://h.example/", id="no text"),
        pytest.param(Candidate(place="p"), "(untitled)", id="nothing at all"),
    ],
)
def test_an_empty_title_is_replaced_and_marked(candidate: Candidate, title: str) -> None:
    clean = clean_candidate(candidate, base_url=None)

    assert (clean.title, [remark.code for remark in clean.remarks]) == (title.replace(" …", "…"), ["empty-title"])


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        pytest.param(
            Provenance(
                guid="urn:s", title=" A\x07 \n B", site_url="javascript:x", icon="https://h.example/a b", language="zh_CN"
            ),
            Provenance(guid="urn:s", title="A B", icon="https://h.example/a%20b", language="zh-CN"),
            id="what is fit to be told",
        ),
        pytest.param(
            Provenance(guid="7", self_url="https://h.example/"), Provenance(self_url="https://h.example/"), id="an odd id"
        ),
        pytest.param(Provenance(guid="7", title="S", authors=(Person(name="A"),)), None, id="no name that lasts"),
        pytest.param(None, None, id="no source"),
    ],
)
def test_of_a_source_is_kept_what_can_be_told(said: Provenance | None, kept: Provenance | None) -> None:
    clean = clean_candidate(Candidate(place="p", title="T", copied_from=said), base_url=None)

    assert clean.copied_from == kept
    assert clean_candidate(clean, base_url=None) == clean


def test_what_a_feed_says_of_itself_is_bounded_and_cleaned_once_for_all() -> None:
    odd = Person(name=" Owner ", uri="javascript:x", email="owner at pod.example")
    said = Provenance(
        guid=" feed\n7 ",
        title="T" * 1_500_000,
        subtitle="S\x07 \n S",
        site_url=f"https://a.example/{'x' * 3_000}",
        self_url="https://u:p@a.example/feed",
        updated=datetime(2026, 1, 1, tzinfo=UTC),
        authors=(odd, *(Person(name=f"A{number}") for number in range(2_000))),
        contributors=(Person(name=" "), Person(name="C", email="c@pod.example")),
        rights="R" * 2_000,
        icon="data:,x",
        language="not a language",
    )
    clean = clean_provenance(said)

    assert clean == Provenance(
        guid="feed 7",
        title="T" * 999 + "…",
        subtitle="S S",
        self_url="https://a.example/feed",
        updated=said.updated,
        authors=(Person(name="Owner"), *(Person(name=f"A{number}") for number in range(19))),
        contributors=(Person(name="C", email="c@pod.example"),),
        rights="R" * 999 + "…",
    )
    assert clean_provenance(clean) == clean


def test_rights_and_links_are_made_fit_to_be_told() -> None:
    links = (Link(url="/r", rel="related", title="R\x07", media_type="Text/HTML; x"), Link(url="data:,x", rel="via"))
    clean = clean_candidate(Candidate(place="p", title="T", rights=" ©\n <b> ", links=links), base_url=BASE)

    assert (clean.rights, clean.links) == (
        "© <b>", (Link(url="https://example.org/r", rel="related", title="R", media_type="text/html"),),
    )  # fmt: skip


def test_of_a_crowd_the_first_are_kept() -> None:
    people = tuple(Person(name=f"P{number}") for number in range(100))
    pictures = tuple(Thumbnail(url=f"https://h.example/{number}") for number in range(100))

    clean = clean_candidate(Candidate(place="p", title="T", contributors=people, thumbnails=pictures), base_url=None)

    assert (clean.contributors, clean.thumbnails) == (people[:20], pictures[:10])


def test_a_title_is_cut_at_a_thousand_characters() -> None:
    assert clean_candidate(Candidate(place="p", title="标" * 1_001), base_url=None).title == "标" * 999 + "…"


# --- properties ---------------------------------------------------------------------------------------------------------

_NAMES = st.sampled_from(
    sorted(
        words(
            "p div span a b i em h1 ul li table tr td pre code br img blockquote section script style svg math title textarea"
            " select noscript form font video details dl dd"
        )
    )
)
_VALUES = st.sampled_from(
    [
        "",
        "x",
        "javascript:alert(1)",
        "JaVa\tScript:1",
        "http://h.example/a?b=c&d",
        "/r el",
        "#f",
        "data:x,y",
        "display:none",
        "1",
        '"',
        "<",
        ">",
    ]
)
_ATTRIBUTES = st.builds(
    "{} {}='{}'".format,
    st.just(""),
    st.sampled_from(sorted(words("href src style hidden width height title onclick srcset lang poster"))),
    _VALUES,
)
_TAGS = st.one_of(
    st.builds("<{}{}>".format, _NAMES, st.lists(_ATTRIBUTES, max_size=3).map("".join)),
    st.builds("</{}>".format, _NAMES),
    st.sampled_from(
        ["<!--", "-->", "<", ">", "&", "&lt;", "&#27;", "&amp;amp;", "&nbsp;", "]]>", "<![CDATA[", "</body>", "\n", "\n\n", "  "]
    ),
)
_SOUP = st.lists(st.one_of(_TAGS, st.text(max_size=6), st.sampled_from(["中文", "。", "x "])), max_size=25).map("".join)
_ANY_TEXT = st.text(st.characters(codec=None), max_size=40)


@given(_SOUP)
@settings(max_examples=400)
def test_cleaning_html_twice_is_cleaning_it_once(soup: str) -> None:
    once, _ = safe_html(soup, base_url=BASE)

    assert safe_html(once or "", base_url=BASE)[0] == once


@given(_SOUP, _ANY_TEXT)
@settings(max_examples=200)
def test_nothing_illegal_or_executable_comes_out(soup: str, text: str) -> None:
    candidate = clean_candidate(
        Candidate(
            place="p",
            title=text + soup,
            content=soup + text,
            url=text,
            guid=text,
            authors=(Person(name=soup),),
            tags=(Tag(term=text),),
        ),
        base_url=BASE,
    )
    shown = repr(candidate.authors + candidate.tags) + candidate.title + (candidate.content or "") + (candidate.guid or "")

    assert xml_legal(shown) == shown
    for attribute, value in _attributes_of(candidate.content or ""):
        assert attribute in {"href", "src", "poster", "width", "height", "title", "alt", "lang", "rel", "open"}
        assert attribute not in {"href", "src", "poster"} or value.startswith(("https://", "http://", "mailto:"))


def _attributes_of(html: str) -> list[tuple[str, str]]:
    """Every attribute of *html* as Python's own parser sees it, with the tags that nobody may publish as attributes."""
    found: list[tuple[str, str]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend((name, value or "") for name, value in attrs)
            found.extend([(tag, "")] if tag in {"script", "style", "svg", "iframe", "form"} else [])

    Reader().feed(html)
    return found


@given(_SOUP, st.sampled_from(["<p hidden>{}</p>", "<div style='display:none'>{}</div>", "<b style='visibility: hidden'>{}</b>"]))
def test_nothing_hidden_survives(soup: str, hiding: str) -> None:
    balanced, _ = safe_html(soup, base_url=None)
    hidden = hiding.format("SECRET")

    assert "SECRET" not in (safe_html(f"{balanced or ''}{hidden}<p>shown</p>", base_url=None)[0] or "")


@given(_ANY_TEXT)
def test_text_known_to_be_plain_survives_cleaning(text: str) -> None:
    assert plain_text(protected(xml_legal(text))) == fold(xml_legal(text))


@given(_SOUP)
def test_cleaning_a_candidate_twice_is_cleaning_it_once(soup: str) -> None:
    once = clean_candidate(Candidate(place="p", title="t", summary=soup, content=soup), base_url=BASE)

    assert clean_candidate(once, base_url=BASE) == once


# --- short ways ---------------------------------------------------------------------------------------------------------

LINKS = well_formed.Links(lambda address: web_url(address, base_url=BASE), is_base=True)


@pytest.mark.parametrize(
    ("html", "safe"),
    [
        pytest.param("<h2>标题</h2>\n<ul><li>a</li><li>b</li></ul>", None, id="headings and lists"),
        pytest.param('<div class="x"><p id="y">a <span>b</span></p></div>', "<div><p>a b</p></div>", id="left out"),
        pytest.param('<p><a href="/x?a=1&b=2" target="_blank">y</a></p>', None, id="a link"),
        pytest.param('<img src="a.png" alt="a &quot;b&quot; &lt;c&gt;" width="640" /><br/>', None, id="an image"),
        pytest.param("<p>&ldquo;a&rdquo; &amp; b&nbsp;c\xa0d &#39;e&#39; &quot;f&quot; & g</p>", None, id="references"),
        pytest.param("<!-- more --><pre><code>\nx</code></pre>", "<pre><code>\nx</code></pre>", id="a comment, a listing"),
        pytest.param("<dl><dt>a</dt><dd><p>b</p></dd></dl><figure><figcaption>c</figcaption></figure>", None, id="more blocks"),
        pytest.param("<b><i>x</i> <a><b></b></a></b>", None, id="an element in one of its kind"),
        pytest.param("<p>x<p>y</p></p>", None, id="a paragraph in a paragraph"),
        pytest.param("<p>x<ul><li>y</li></ul></p>", None, id="a list in a paragraph"),
        pytest.param("<h1>x<span><h2>y</h2></span></h1>", None, id="a heading in a heading"),
        pytest.param("<ul><li>a<div><li>b</li></div></li></ul>", None, id="an item in no list"),
        pytest.param("<p>x</b></p>", None, id="an end without a start"),
        pytest.param("<p>x > y</p>", None, id="a bare sign"),
        pytest.param("<p &#97;='x'>y</p>", None, id="a reference in a tag"),
        pytest.param("<p>&a&#109;p; &copy &notit; &#27;</p>", None, id="references of several readings"),
        pytest.param('<p title="a" title="b">x</p>', None, id="an attribute given twice"),
        pytest.param("<label></label>\ufeffx", None, id="a byte order mark that comes first"),
        pytest.param("<pre><span>\nx</span></pre>", None, id="a line break that comes first in a listing"),
        pytest.param('<a href="http://xn--a/">x</a><a href="http://1.2.3.4.5/">y</a>', None, id="hosts that are none"),
        pytest.param('<a href="">x</a><a href="java&#115;cript:y">y</a>', None, id="addresses that are not published"),
        pytest.param("<table><tr><td>x</td></tr></table>", None, id="a table"),
    ],
)
def test_the_short_way_gives_what_the_sanitiser_gives(html: str, safe: str | None) -> None:
    short = safe_html(html, base_url=BASE)

    assert short == long_way(html, BASE)
    assert short[0] == safe or safe is None


@pytest.mark.parametrize(
    ("html", "is_known"),
    [
        pytest.param('<div class="x"><h2>y</h2><p>z <a href="/a?b=c&amp;d=e">f</a><br /></p></div>', True, id="an article"),
        pytest.param('<figure><img src="https://h.example/路.png" alt=""></figure>&#8220;x&#8221;', True, id="a picture"),
        pytest.param("<p>x", False, id="left open"),
        pytest.param("<p onclick=x>x</p>", False, id="without quotes"),
        pytest.param("<P>x</P>", False, id="capitals"),
        pytest.param("<p>x<script>y</script></p>", False, id="a script"),
        pytest.param('<a href="javascript:x">y</a>', False, id="a link that is dropped"),
        pytest.param('<svg><a href="/x">y</a></svg>', False, id="a drawing"),
        pytest.param("<custom-tag>x</custom-tag>", False, id="an unknown element"),
    ],
)
def test_what_is_written_well_needs_no_parser(html: str, is_known: bool) -> None:  # noqa: FBT001
    assert (well_formed.sanitised(html, LINKS) is not None) == is_known


def long_way(html: str, base_url: str | None) -> tuple[str | None, tuple[Remark, ...]]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(markup, "is_inert", lambda _: False)
        patched.setattr(markup, "sanitised", lambda *_: None)
        return safe_html(html, base_url=base_url)


_ADDRESSES = st.sampled_from(
    [
        *(
            "/x.jpg",
            "/a/b/",
            "/.a/../b",
            "//h.example/",
            "../x",
            "x y",
            "?q",
            "#f",
            "a:b",
            "",
            " /x ",
            "/a?b=c&amp;d=e",
            "/a?b&c=d",
        ),
        *("http://h.example", "https://h.example/中?a=&amp;b#", "http://h.example:80/", "http://u@h.example/", "http://a..b/"),
        *(
            "http://xn--a/",
            "http://1.2.3/",
            "mailto:a@b.example",
            "javascript:x",
            "data:x,y",
            "HTTP://h.example/",
            "http://h.example/&nbsp;",
        ),
    ]
)
_WORDS = st.sampled_from(
    [
        *(
            "x",
            " ",
            "\n",
            "中文",
            "&amp;",
            "&lt;",
            "&nbsp;",
            "&quot;",
            "&#8217;",
            "&hellip;",
            "&copy",
            "&x;",
            "& ",
            "\xa0",
            "\ufeff",
        ),
        *(
            "<br>",
            "<br />",
            "<hr>",
            "<!-- c -->",
            "<!---->",
            '"',
            "'",
            ">",
            "<",
            "</p>",
            "<p>",
            "style",
            "width=1",
            "&apos;",
            "&#13;",
        ),
    ]
)
_WELL_NAMED = st.sampled_from(
    [
        "p",
        "p",
        "div",
        "span",
        "a",
        "a",
        "b",
        "i",
        "em",
        "strong",
        "code",
        "h1",
        "h2",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "blockquote",
        "figure",
        "pre",
        "font",
        "center",
        "label",
        "q",
        "small",
        "sub",
        "td",
    ]
)
_WELL_PUT = st.one_of(
    st.builds(' {}="{}"'.format, st.sampled_from(["href", "src", "poster", "data-src"]), _ADDRESSES),
    st.builds(' {}="{}"'.format, st.sampled_from(["class", "title", "alt", "width", "href"]), st.one_of(_WORDS, _VALUES)),
    st.sampled_from([" controls", " title='x'", "\ntitle=x", ' TITLE="x"', "/"]),
)
_PUT = st.lists(_WELL_PUT, max_size=2).map("".join)
_WELL_FORMED = st.recursive(
    st.one_of(
        st.lists(_WORDS, max_size=3).map("".join),
        st.builds("<{}{}>".format, st.sampled_from(["img", "img", "source", "br", "hr", "input"]), _PUT),
    ),
    lambda inner: st.builds("<{0}{1}>{2}</{0}>".format, _WELL_NAMED, _PUT, st.lists(inner, max_size=3).map("".join)),
    max_leaves=12,
)


@given(st.lists(_WELL_FORMED, max_size=3).map("".join), st.sampled_from([BASE, "http://h.example?x", None]))
@settings(max_examples=1_000)
def test_the_short_way_gives_what_the_sanitiser_gives_for_any_html(html: str, base_url: str | None) -> None:
    assert safe_html(html, base_url=base_url) == long_way(html, base_url)


@given(st.lists(st.sampled_from([*"/.?#%~a1-_,@:", "中", " ", "<", "..", "&"]), max_size=8).map("".join))
@settings(max_examples=500)
def test_addresses_are_made_absolute_alike_in_the_short_and_in_the_general_way(path: str) -> None:
    for url in (f"/{path}", f"https://h.example/中{path}"):
        short = web_url(url, base_url=BASE)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(links, "_ORDINARY", "(?!)")

            assert web_url(url, base_url=BASE) == short


@given(_ANY_TEXT, st.integers(0, 120))
def test_long_texts_are_made_legal_as_short_ones_are(text: str, length: int) -> None:
    assert xml_legal("中\n" * length + text) == "中\n" * length + xml_legal(text)


@pytest.mark.parametrize(
    ("html", "is_visible"),
    [
        pytest.param('<img width="10" height="200">', True, id="sizes"),
        pytest.param("<b CLASS=x>width 1 height: 0</b>", True, id="words"),
        pytest.param("<img WIDTH = '1'>", False, id="a small size"),
        pytest.param("<img height=0.5>", False, id="a fraction"),
        pytest.param("<b STYLE=x>", False, id="a style"),
        pytest.param("<b h\u0131dden>", False, id="a letter that only looks like another"),
    ],
)
def test_what_might_hide_something_is_seen(html: str, is_visible: bool) -> None:  # noqa: FBT001
    assert known.is_all_visible(html) == is_visible


def test_a_base_that_is_no_address_to_the_sanitiser_fails_nothing() -> None:
    candidate = clean_candidate(
        Candidate(place="p", title="t", url="http://xn--a/b", content="<p><a href=c>d</p>"), base_url=None
    )

    assert candidate.content == f'<p><a href="http://xn--a/c" {REL}>d</a></p>'


# --- seed bodies --------------------------------------------------------------------------------------------------------


def tidy(html: str) -> str:
    return SeedBody(html, BodyRules()).html()


@pytest.mark.parametrize(
    ("html", "joined"),
    [
        pytest.param("<p>中\n文</p>", "<p>中文</p>", id="Chinese"),
        pytest.param("<p>中 文</p>", "<p>中 文</p>", id="a space that was written"),
        pytest.param("<p>two\nwords</p>", "<p>two words</p>", id="Latin"),
        pytest.param("<p>中\nword\n文</p>", "<p>中 word 文</p>", id="mixed"),
        pytest.param("<p>说，\nWAIC\n（会）\nAI</p>", "<p>说，WAIC（会）AI</p>", id="full-width punctuation"),
        pytest.param("<p>说\n“引”\n用\n“Latin”\nx</p>", "<p>说“引”用“Latin” x</p>", id="curly quotes"),
        pytest.param(
            "<p>かな\nカナ</p><p>한국\n어</p>", "<p>かなカナ</p><p>한국 어</p>", id="Japanese has no spaces, Korean has"
        ),
        pytest.param("<p>中\n<b>\n文</b>\n字</p>", "<p>中<b>文</b>字</p>", id="across elements"),
        pytest.param(
            "<p>see\n <a>\n  this\n </a>\n link</p>", "<p>see <a>this</a> link</p>", id="outside a link rather than in it"
        ),
        pytest.param("<p>\n  中\n</p>\n<p>\n 文\n</p>", "<p>中</p>\n<p>文</p>", id="at the edges of blocks"),
        pytest.param("<p>中<br />\n文</p>", "<p>中<br>文</p>", id="a hard break stays"),
        pytest.param(
            "<pre>中\n文</pre><p><code>中\n文</code>\n字</p>", "<pre>中\n文</pre><p><code>中\n文</code> 字</p>", id="code"
        ),
        pytest.param('<p>中\n<img src="x">\n文</p>', '<p>中 <img src="x"> 文</p>', id="an image is no letter"),
        pytest.param("<p>中\u3000\n文</p>", "<p>中\u3000文</p>", id="an ideographic space stays"),
    ],
)
def test_lines_are_joined_as_their_script_wants_it(html: str, joined: str) -> None:
    assert tidy(html) == joined


@pytest.mark.parametrize(
    ("html", "left"),
    [
        pytest.param(
            '<p>中\n<a href="http://s/x">，</a>\nWord</p>', "<p>中，Word</p>", id="a spam link and the breaks around it"
        ),
        pytest.param('<p>中\n<a href="//s/x">国</a>\n人</p>', "<p>中国人</p>", id="a character of a word"),
        pytest.param(
            '<p>a <a href="http://s/x">1</a> b</p>', '<p>a <a href="http://s/x">1</a> b</p>', id="a reference is no spam"
        ),
        pytest.param('<p>中<a href="#f">注</a></p>', '<p>中<a href="#f">注</a></p>', id="nor is a link within the page"),
        pytest.param("<p> <br> </p><div><p></p></div><p>x</p>", "<p>x</p>", id="empty paragraphs"),
        pytest.param(
            "<p>x</p><link rel=a><svg><path/></svg><!-- c --><style>y</style>", "<p>x</p>", id="links, drawings, comments"
        ),
        pytest.param("<p>a</p><!-- EM_StockImg_Start --><p>b</p>c<!-- EM_StockImg_End -->d", "<p>a</p>d", id="a marked region"),
        pytest.param("<p>a</p><!-- EM_StockImg_Start --><p>b</p>", "<p>a</p><p>b</p>", id="a region without an end"),
        pytest.param('<p>a</p><p><a href="../x/">b</a>｜<a href="../">c</a></p>', "<p>a</p>", id="a footer by its addresses"),
        pytest.param('<p>a</p><p><a href="/">返回首页</a></p><p></p>', "<p>a</p>", id="a footer by its words"),
        pytest.param('<p>a</p><p><a href="/">返回</a> 后</p>', '<p>a</p><p><a href="/">返回</a> 后</p>', id="text is no footer"),
        pytest.param('<p>a</p><p><a href="../f.pdf">b</a></p>', '<p>a</p><p><a href="../f.pdf">b</a></p>', id="nor is a file"),
        pytest.param(
            '<p><a href="../">b</a></p><p>a</p>', '<p><a href="../">b</a></p><p>a</p>', id="nor is what does not come last"
        ),
    ],
)
def test_what_the_old_site_put_around_a_body_is_removed(html: str, left: str) -> None:
    assert tidy(html) == left


@pytest.mark.parametrize(
    ("html", "sources", "left"),
    [
        pytest.param("<p class=artid hidden>6869</p><p>x</p>", ("6869",), "<p>x</p>", id="text"),
        pytest.param("<span class='a artid' artid=68:69></span>x", ("68:69",), "x", id="attribute without quotes"),
        pytest.param("<div class=artid style=display:none artid=6869><p>x</p>", ("6869",), "<div><p>x</p></div>", id="left open"),
        pytest.param("<p class=artid>$url</p>", ("$url",), "", id="a template's leftover is for others to judge"),
        pytest.param("<p class=other>6869</p>", (), "<p>6869</p>", id="another class"),
    ],
)
def test_the_encoded_source_is_taken_out_of_the_body(html: str, sources: tuple[str, ...], left: str) -> None:
    body = SeedBody(html, BodyRules())

    assert (body.encoded_sources, body.html()) == (sources, left)


AUTOLINK = '<a href="http://s.example/%E8%B7%AF">http://s.example/路</a>'


@pytest.mark.parametrize(
    ("html", "url"),
    [
        pytest.param(f"<p>x</p><p>{AUTOLINK}</p>", "http://s.example/路", id="at the end"),
        pytest.param(f'<p>x</p><p>{AUTOLINK}</p><p><a href="../">b</a></p>', "http://s.example/路", id="before a footer"),
        pytest.param(f'<p>x</p><p>{AUTOLINK}\n<a href="../">b</a></p>', "http://s.example/路", id="in the footer's paragraph"),
        pytest.param(f"<div><p>x</p><p>{AUTOLINK}</p></div>", "http://s.example/路", id="in a container"),
        pytest.param(f'<p><a href="http://a/b">http://a/b</a>\n{AUTOLINK}</p>', "http://s.example/路", id="the last of several"),
        pytest.param(f"<p>{AUTOLINK}</p><p>x</p>", None, id="followed by text"),
        pytest.param(f"<p>see {AUTOLINK}</p>", None, id="in the text"),
        pytest.param('<p><a href="http://s.example/">site</a></p>', None, id="a link with words"),
        pytest.param('<p><a href="mailto:a@b">a@b</a></p>', None, id="an address of mail"),
        pytest.param("", None, id="an empty body"),
    ],
)
def test_the_closing_link_is_the_last_autolink_before_the_footer(html: str, url: str | None) -> None:
    assert SeedBody(html, BodyRules()).closing_link == url


def test_the_closing_link_and_the_heading_leave_no_empty_elements_behind() -> None:
    body = SeedBody(f"<div><div><h1>\n 标 题 \n</h1></div><p>x</p></div><p>{AUTOLINK}</p>", BodyRules())

    assert body.heading == "标 题"
    body.drop_heading()
    body.drop_closing_link()
    assert [body.heading, body.closing_link, body.html(), body.text().strip()] == [None, None, "<div><p>x</p></div>", "x"]


def test_a_tangled_seed_body_is_refused() -> None:
    with pytest.raises(TangledError, match="deeper than 200"):
        SeedBody("<div>" * 300, BodyRules())


@given(_SOUP)
def test_tidying_never_fails_and_repeats_itself(soup: str) -> None:
    make: Callable[[], SeedBody] = lambda: SeedBody(soup, BodyRules())  # noqa: E731 - said once, used twice

    assert make().html() == make().html()
