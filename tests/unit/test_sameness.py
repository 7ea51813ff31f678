"""What changed in a text without changing it for those who read it is no revision."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.clean import clean_candidate, text_of
from aggregator.decide.changes import changed_lines, changes
from aggregator.decide.sameness import reads_the_same
from aggregator.model import Candidate, Enclosure, Person, Revision, Tag
from aggregator.urls import UrlRules, canonical_url

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CANONICAL = partial(canonical_url, rules=UrlRules())
LINK = '<p>See <a href="https://b.example/x{}">this</a> and that</p>'


def cleaned(**fields: object) -> Candidate:
    given_ = {"place": "item 1", "title": "T", "url": "https://a.example/1"} | fields
    return clean_candidate(Candidate(**given_), base_url="https://a.example/")  # type: ignore[arg-type]


def revision(candidate: Candidate, number: int = 1) -> Revision:
    names = ("title", "url", "summary", "content", "language", "authors", "tags", "enclosures", "published", "updated")
    return Revision(number=number, seen_at=NOW, reason="", **{name: getattr(candidate, name) for name in names})


def same(before: Candidate, after: Candidate) -> bool:
    return reads_the_same(after, revision(before), CANONICAL)


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
        pytest.param(
            '<img src="https://a.example/1.png?utm_source=1">', '<img src="https://a.example/1.png?utm_source=2">', False,
            id="a picture, which may be shown under its new address only",
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
        pytest.param({"enclosures": (Enclosure(url="https://a.example/1.mp3"),)}, False, id="enclosures"),
        pytest.param({"published": NOW, "updated": NOW, "language": "en"}, True, id="dates, which sources bump idly"),
    ],
)
def test_other_fields(fields: dict[str, object], *, expected: bool) -> None:
    assert same(cleaned(), cleaned(**fields)) is expected


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
