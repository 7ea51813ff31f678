"""What changed in a text without changing it for those who read it is no revision."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aggregator.clean import clean_candidate, text_of
from aggregator.decide.addresses import Addresses
from aggregator.decide.changes import changed_lines, changes
from aggregator.decide.sameness import reads_the_same
from aggregator.model import Candidate, Enclosure, Person, Revision, Tag
from aggregator.urls import TRACKING_PARAMETERS, UrlRules, canonical_url, file_key, is_advertising

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RULES = UrlRules()
ADDRESSES = Addresses(partial(canonical_url, rules=RULES), partial(file_key, rules=RULES), is_advertising)
PICTURE = '<img src="https://b.example/1.png{}">'
AD = '<a href="http://ads.pheedo.com/click.phdo?s={}"><img src="http://ads.pheedo.com/img.phdo?s={}" border="0"></a>'
SOUND = Enclosure(url="https://a.example/1.mp3")
LINK = '<p>See <a href="https://b.example/x{}">this</a> and that</p>'


def cleaned(**fields: object) -> Candidate:
    given_ = {"place": "item 1", "title": "T", "url": "https://a.example/1"} | fields
    return clean_candidate(Candidate(**given_), base_url="https://a.example/")  # type: ignore[arg-type]


def revision(candidate: Candidate, number: int = 1) -> Revision:
    names = ("title", "url", "summary", "content", "language", "authors", "tags", "enclosures", "published", "updated")
    return Revision(number=number, seen_at=NOW, reason="", **{name: getattr(candidate, name) for name in names})


def same(before: Candidate, after: Candidate) -> bool:
    return reads_the_same(after, revision(before), ADDRESSES)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("<p>a b</p>", "<p>a\n b</p>", True, id="white space"),
        pytest.param("<p>a b</p>", "<p>a&nbsp;b</p>", True, id="a space that does not break"),
        pytest.param("<p>a</p><p>b</p>", "<p>a</p>\n\n<p>b </p>", True, id="white space beside blocks"),
        pytest.param("a<br>b", "a <br>\nb", True, id="white space beside a line break"),
        pytest.param("<p>a<b>b</b></p>", "<p>a <b>b</b></p>", False, id="white space between words"),
        pytest.param("<p>a &amp; b ’ c</p>", "<p>a &#38; b &rsquo; c</p>", True, id="entities"),
        pytest.param(LINK.format("?utm_source=a&p=1"), LINK.format("?p=1&utm_source=b"), True, id="tracking in a link"),
        pytest.param(LINK.format(""), LINK.format("?utm_source=b"), True, id="tracking added to a link"),
        pytest.param(LINK.format("?p=1"), LINK.format("?p=2"), False, id="a link elsewhere"),
        pytest.param(LINK.format("#a"), LINK.format("#b"), False, id="a link to another place on the page"),
        pytest.param(LINK.format(""), "<p>See this and that</p>", False, id="no link any more"),
        pytest.param(LINK.format(""), LINK.format("") + LINK.format(""), False, id="one link more"),
        pytest.param(PICTURE.format("?utm_source=1"), PICTURE.format("?utm_source=2"), True, id="tracking in a picture"),
        pytest.param(PICTURE.format("?w=9&t=1700000000"), PICTURE.format("?w=9&t=1700009999"), True, id="a picture, loaded anew"),
        pytest.param(PICTURE.format("?1700000000"), PICTURE.format(""), True, id="a picture with a time, and without"),
        pytest.param(PICTURE.format("?rnd=0.123"), PICTURE.format("?rnd=0.999"), True, id="a picture, with chance"),
        pytest.param(PICTURE.format("?v=1"), PICTURE.format("?v=2"), False, id="another version of a picture"),
        pytest.param(PICTURE.format("?id=1700000000"), PICTURE.format("?id=1700009999"), False, id="a long number"),
        pytest.param(PICTURE.format("?w=9"), PICTURE.format("?w=99"), False, id="another size of a picture"),
        pytest.param(PICTURE.format("?sign=a1"), PICTURE.format("?sign=b2"), False, id="a picture that is signed anew"),
        pytest.param(PICTURE.format("#a"), PICTURE.format("#b"), False, id="another part of a drawing"),
        pytest.param(PICTURE.format(""), PICTURE.format("").replace("1.png", "2.png"), False, id="another picture"),
        pytest.param(PICTURE.format(""), "", False, id="no picture any more"),
        pytest.param(AD.format("1", "2"), AD.format("3", "4"), True, id="another advertisement"),
        pytest.param(f"<p>x</p><p>{AD.format(1, 2)}</p>", "<p>x</p>", True, id="no advertisement any more"),
        pytest.param(
            f"<p>x</p><div><p>{AD.format(1, 2)}</p> {AD.format(3, 4)}</div>y", f"<p>x</p>{AD.format(5, 6)}y", True,
            id="advertisements elsewhere in the text",
        ),
        pytest.param(
            '<a href="http://ads.b.example/1"><img src="https://b.example/1.png"></a>',
            '<a href="http://ads.b.example/2"><img src="https://b.example/2.png"></a>', True,
            id="an advertisement with a picture from elsewhere",
        ),
        pytest.param(
            '<a href="http://ads.b.example/1">Buy 1</a>', '<a href="http://ads.b.example/2">Buy 1</a>', True,
            id="where the same words of an advertisement lead",
        ),
        pytest.param(
            '<a href="http://ads.b.example/1">Buy 1</a>', '<a href="http://ads.b.example/1">Buy 2</a>', False,
            id="words of an advertisement, which may be the publisher's own",
        ),
        pytest.param(
            '<p>x</p><img src="http://feeds.feedburner.com/~r/News/~4/abc">', "<p>x</p>", True, id="a picture that counts readers"
        ),
        pytest.param(
            '<video src="https://b.example/1.mp4" poster="https://ads.b.example/1.png"></video>',
            '<video src="https://b.example/2.mp4" poster="https://ads.b.example/1.png"></video>', False,
            id="another video behind the picture of an advertiser",
        ),
        pytest.param(
            'write href="https://b.example/?utm_source=a"', 'write href="https://b.example/?utm_source=b"', False,
            id="what looks like a link and is text",
        ),
        pytest.param("<p>点击量 123</p>", "<p>点击量 124</p>", False, id="a number, which may be the news"),
        pytest.param("<p>A</p>", "<p>a</p>", False, id="case"),
        pytest.param(
            '<a href="mailto:a@a.example">x</a>', '<a href="mailto:b@a.example">x</a>', False, id="links without a canonical form"
        ),
    ],
)  # fmt: skip
def test_texts(before: str, after: str, *, expected: bool) -> None:
    assert same(cleaned(content=before), cleaned(content=after)) is expected
    assert same(cleaned(content=after), cleaned(content=before)) is expected
    assert same(cleaned(summary=before), cleaned(summary=after)) is expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"title": "U"}, False, id="title"),
        pytest.param({"url": "http://www.a.example/1?utm_source=x#top"}, True, id="tracking in its own link"),
        pytest.param({"url": "https://a.example/2"}, False, id="its own link"),
        pytest.param({"url": None}, False, id="no link any more"),
        pytest.param({"content": "x"}, False, id="content"),
        pytest.param({"authors": (Person(name="A"),)}, False, id="authors"),
        pytest.param({"tags": (Tag(term="t"),)}, False, id="tags"),
        pytest.param({"enclosures": (SOUND,)}, False, id="enclosures"),
        pytest.param({"published": NOW, "updated": NOW, "language": "en"}, True, id="dates, which sources bump idly"),
    ],
)
def test_other_fields(fields: dict[str, object], *, expected: bool) -> None:
    assert same(cleaned(), cleaned(**fields)) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param(f"{SOUND.url}?utm_source=x&t=1700000000", True, id="tracking"),
        pytest.param(f"{SOUND.url}?token=2", False, id="signed"),
        pytest.param("https://a.example/2.mp3", False, id="another"),
    ],
)
def test_enclosures(url: str, *, expected: bool) -> None:
    assert same(cleaned(enclosures=(SOUND,)), cleaned(enclosures=(Enclosure(url=url),))) is expected


_PIECES = st.lists(
    st.sampled_from(
        ["<p>", "</p>", " ", "word", "字", "&amp;", "<b>x</b>", "<br>", '<a href="https://b.example/2?p=1&amp;{}">', "</a>",
         '<img src="https://b.example/1.png?{}">', '<img src="https://b.example/2.png?w=1&amp;{}" alt="x">']
    ),
    min_size=1,
).map("".join)  # fmt: skip
_TRACKING = st.sampled_from([*sorted(TRACKING_PARAMETERS), "utm_source", "utm_x"])
_ADS = st.sampled_from(
    [AD.format(1, 2), AD.format(2, 3), '<img src="https://ad.doubleclick.net/ad/x;ord=1">', '<a href="https://ads.b.example/"></a>',
     '<img src="https://feeds.feedburner.com/~r/x/~4/1">', f"<div>{AD.format(4, 5)}</div>"]
)  # fmt: skip


@given(_PIECES, st.lists(st.tuples(_TRACKING, st.sampled_from("12")), max_size=3), st.lists(_ADS, max_size=2))
def test_tracking_and_advertisements_are_never_a_revision(text: str, tracking: list[tuple[str, str]], ads: list[str]) -> None:
    query = "&amp;".join(f"{name}={value}" for name, value in tracking)
    plain = text.replace("{}", "")
    before, after = cleaned(content=f"<p>x</p>{plain}"), cleaned(content=f"<p>x</p>{''.join(ads)}{text.replace('{}', query)}")

    assert same(before, after)
    assert same(after, before)


@given(_PIECES, _PIECES, _ADS, st.text("字ab1.", min_size=1), st.text("字ab1.", min_size=1))
def test_another_word_is_always_a_revision(start: str, end: str, ad: str, one: str, other: str) -> None:
    assume(one != other)
    before, after = cleaned(content=f"{start} {one} {end}{ad}"), cleaned(content=f"{start} {other} {ad}{end}")

    assert not same(before, after)


@given(_PIECES, st.sampled_from(["href", "src"]))
def test_another_link_or_picture_is_always_a_revision(text: str, attribute: str) -> None:
    assume(f'{attribute}="' in text and "</a>" not in text.partition("<a")[0])
    before, after = cleaned(content=text), cleaned(content=text.replace(f'{attribute}="https://b', f'{attribute}="https://c'))

    assert not same(before, after)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://ad.doubleclick.net/jump/x;ord=1", True),
        ("HTTP://Ads.Example.COM/1", True),
        ("https://ads.example.com:8080/1", True),
        ("https://www.ad.nl/politiek/x", False),
        ("https://ad.nl/politiek/x", False),
        ("https://roads.example.com/1", False),
        ("https://doubleclick.net.example.com/1", False),
        ("https://notdoubleclick.net/1", False),
        ("https://b.example/?u=https://ads.example.com/", False),
        ("https://ads.example.com@b.example/", False),
        ("http://feeds.feedburner.com/~ff/News?a=x:y:z", True),
        ("http://feeds.feedburner.com/~r/News/~4/abc", True),
        ("http://feeds.feedburner.com/~r/News/~3/abc/title.html", False),
        ("http://feedproxy.google.com/~a/News?i=1", True),
        ("http://rss.feedsportal.com/c/32/f/43/s/3c/l/0L0Sa0Bexample0Cx/story01.htm", False),
        ("http://rss.feedsportal.com/c/32/f/43/s/3c/mf.gif", True),
        ("http://da.feedsportal.com/r/1/u/0/f/43/a2.htm", True),
        ("mailto:ads@ads.example.com", False),
        ("", False),
    ],
)
def test_advertisers_are_known_by_their_hosts(url: str, *, expected: bool) -> None:
    assert is_advertising(url) is expected


@given(
    st.lists(st.sampled_from(["<p>", "</p>", " ", "\n", "a", "字", '<a href="https://b.example/?p=1">', "</a>", "&nbsp;"])),
    st.lists(st.sampled_from(["<p>", "</p>", " ", "\n", "a", "字", '<a href="https://b.example/?p=2">', "</a>", "<br>"])),
)
def test_texts_of_which_readers_see_different_words_are_never_the_same(one: list[str], other: list[str]) -> None:
    before, after = cleaned(content="".join(one)), cleaned(content="".join(other))

    if same(before, after):
        assert "".join(text_of(before.content or "").split()) == "".join(text_of(after.content or "").split())


def test_what_changed_is_named_in_a_fixed_order() -> None:
    before = revision(cleaned(content="x", tags=(Tag(term="t"),)))
    after = revision(cleaned(title="U", content="y", published=NOW))

    assert changes(before, before) == ()
    assert changes(before, after) == ("title", "content", "tags", "date published")


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        pytest.param("<p>a</p><p>b</p><p>c</p>", "<p>a</p><p>B</p><p>c</p>", [" a", "-b", "+B", " c"], id="text"),
        pytest.param("<p>a</p>", "<p>a</p>", [], id="nothing"),
        pytest.param("a <i>b</i>", "a <b>b</b>", [" a ", "-<i>b", "-</i>", "+<b>b", "+</b>"], id="tags"),
    ],
)
def test_lines_that_changed(before: str, after: str, lines: list[str]) -> None:
    found = list(changed_lines(revision(cleaned(content=before)), revision(cleaned(content=after)), text_of))

    assert found[1:] == lines
