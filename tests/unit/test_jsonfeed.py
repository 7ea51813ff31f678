from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import UnreadableFeedError
from aggregator.model import Candidate, Enclosure, Link, Parsed, Person, Provenance, Reject, Remark, Tag, Thumbnail
from aggregator.parse import parse
from aggregator.parse.items import ITEM_LIMIT

VERSION = "https://jsonfeed.org/version/1.1"


def read(document: str | bytes) -> Parsed:
    body = document if isinstance(document, bytes) else document.encode()
    return parse(body, content_type="application/feed+json", base_url="https://news.example/feed.json")


def feed(*items: Any, **fields: Any) -> str:
    return json.dumps({"version": VERSION, "items": items, **fields})


def only(*items: Any, **fields: Any) -> Candidate:
    parsed = read(feed(*items, **fields))
    assert parsed.rejects == ()
    [candidate] = parsed.candidates
    return candidate


def test_a_document_is_read_whole() -> None:
    document = feed(
        {
            "id": "urn:1",
            "url": "/one",
            "external_url": "https://other.example/",
            "title": "1 < 2 & so on",
            "content_html": "<p>Long</p>",
            "content_text": "Long",
            "summary": "Short & sweet",
            "date_published": "2024-05-01T20:00:00+08:00",
            "date_modified": "2024-05-02T00:00:00Z",
            "authors": [{"name": "Ann", "url": "/ann"}, {"name": "Bob"}],
            "tags": ["food", "餐饮", "food"],
            "language": "ja",
            "image": "one.jpg",
            "banner_image": "two.jpg",
            "attachments": [{"url": "one.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 42}],
        },
        title="News",
        description="All about food",
        home_page_url="https://news.example",
        feed_url="https://news.example/feed.json",
        authors=[{"name": "Desk"}],
        icon="/icon.png",
        favicon="/favicon.ico",
        language="zh-cn",
    )

    candidate = Candidate(
        place="item 1",
        title="1 &lt; 2 &amp; so on",
        url="https://news.example/one",
        url_reason="the item's url",
        guid="urn:1",
        summary="<p>Short &amp; sweet</p>",
        content="<p>Long</p>",
        language="ja",
        published=datetime(2024, 5, 1, 12, tzinfo=UTC),
        updated=datetime(2024, 5, 2, tzinfo=UTC),
        authors=(Person(name="Ann", uri="https://news.example/ann"), Person(name="Bob")),
        tags=(Tag(term="food"), Tag(term="餐饮")),
        enclosures=(Enclosure(url="https://news.example/one.mp3", media_type="audio/mpeg", length=42),),
        thumbnails=(Thumbnail(url="https://news.example/one.jpg"),),
        links=(Link(url="https://other.example/", rel="related"),),
    )
    provenance = Provenance(
        title="News",
        subtitle="All about food",
        site_url="https://news.example",
        self_url="https://news.example/feed.json",
        authors=(Person(name="Desk"),),
        icon="https://news.example/favicon.ico",
        logo="https://news.example/icon.png",
        language="zh-CN",
    )
    assert read(document) == Parsed(provenance=provenance, candidates=(candidate,))


@pytest.mark.parametrize(
    ("pictures", "thumbnails"),
    [
        pytest.param(
            {"banner_image": "/b.jpg"}, (Thumbnail(url="https://news.example/b.jpg"),), id="a banner, if there is no other"
        ),
        pytest.param({"image": "data:image/png;base64,AA", "banner_image": ""}, (), id="no web address"),
    ],
)
def test_the_picture_of_an_item(pictures: dict[str, str], thumbnails: tuple[Thumbnail, ...]) -> None:
    assert only({"title": "t", **pictures}).thumbnails == thumbnails


def test_a_feed_of_one_picture_has_it_for_icon_and_logo() -> None:
    provenance = read(feed({"id": "1"}, icon="/icon.png")).provenance

    assert (provenance.icon, provenance.logo) == ("https://news.example/icon.png",) * 2


def test_version_1_has_one_author() -> None:
    document = feed({"id": "1"}, version="https://jsonfeed.org/version/1", author={"name": "Ann"})

    assert read(document).provenance.authors == (Person(name="Ann"),)


@pytest.mark.parametrize(
    ("links", "url", "reason"),
    [
        pytest.param(
            {"url": "https://a.example/", "external_url": "https://b.example/"}, "https://a.example/", "the item's url", id="url"
        ),
        pytest.param({"external_url": "https://b.example/"}, "https://b.example/", "the item's external_url", id="external"),
        pytest.param({"id": "https://c.example/"}, "https://c.example/", "the item's id, which is a web address", id="id"),
        pytest.param({"id": "c"}, None, "the item has no link", id="none"),
    ],
)
def test_the_url_of_an_item(links: dict[str, str], url: str | None, reason: str) -> None:
    candidate = only({"title": "t", **links})

    assert (candidate.url, candidate.url_reason) == (url, reason)


def test_plain_content_becomes_html() -> None:
    assert only({"id": "1", "content_text": "1 < 2\n\nnext\nline"}).content == "<p>1 &lt; 2</p><p>next<br>line</p>"


@pytest.mark.parametrize(
    ("written", "guid"),
    [
        pytest.param("7", "7", id="a number"),
        pytest.param("1.0", "1.0", id="a fraction, as written"),
        pytest.param("9" * 5000, "9" * 5000, id="five thousand digits, as written"),
        pytest.param("NaN", None, id="not a number"),
        pytest.param("-Infinity", None, id="infinite"),
        pytest.param(r'"\ud83d\ude00"', "😀", id="a surrogate pair"),
        pytest.param(r'"\ud800x"', "\ufffdx", id="half a pair"),
        pytest.param(r'"a\u0000b"', "ab", id="zero"),
        pytest.param('"a\nb"', "a\nb", id="a raw line end"),
        pytest.param('"x", "id": "y"', "y", id="named twice"),
        pytest.param("null", None, id="null"),
    ],
)
def test_an_id_of_any_form_is_read(written: str, guid: str | None) -> None:
    [candidate] = read(f'{{"version": "{VERSION}", "items": [{{"title": "t", "id": {written}}}]}}').candidates

    assert (candidate.guid, candidate.remarks) == (guid, ())


def test_values_of_a_wrong_type_cost_only_themselves() -> None:
    candidate = only(
        {
            "id": True,
            "url": ["x"],
            "title": "t",
            "summary": {"a": 1},
            "authors": "Ann",
            "tags": [1, None, "ok"],
            "attachments": [7, {"url": "https://a.example/x", "size_in_bytes": "many"}],
            "date_published": [2024],
        }
    )

    assert candidate == Candidate(
        place="item 1",
        title="t",
        url_reason="the item has no link",
        tags=(Tag(term="ok"),),
        enclosures=(Enclosure(url="https://a.example/x"),),
        remarks=tuple(
            Remark(code="wrong-type", message=f"{message}; left out")
            for message in (
                "id: expected text, found a truth value",
                "url: expected text, found a list",
                "summary: expected text, found an object",
                "date_published: expected text, found a list",
                "authors: expected a list, found text",
                "attachments: expected a list of objects, found a number",
            )
        ),
    )


def test_bad_dates_and_links_are_remarked() -> None:
    candidate = only({"id": "1", "url": "javascript:alert(1)", "date_published": "soon"})

    assert [remark.code for remark in candidate.remarks] == ["unusable-link", "unknown-date"]


def test_a_bad_item_costs_only_itself() -> None:
    parsed = read(feed({"id": "1"}, "two", {"tags": ["three"]}, None, {"id": "5"}))

    assert [candidate.place for candidate in parsed.candidates] == ["item 1", "item 5"]
    assert parsed.rejects == (
        Reject(place="item 2", code="not-an-object", message="the item is text, not an object", raw='"two"'),
        Reject(
            place="item 3",
            code="empty-item",
            message="the item has no title, no text, no link and no id",
            raw='{"tags": ["three"]}',
        ),
        Reject(place="item 4", code="not-an-object", message="the item is null, not an object", raw="null"),
    )


def test_what_is_kept_of_a_bad_item_is_limited() -> None:
    [reject] = read(feed({"tags": ["中" * 10_000]})).rejects

    assert 8000 < len(reject.raw.encode()) <= 8192


def test_items_beyond_the_cap_are_counted_in_one_reject() -> None:
    parsed = read(feed(*({"id": number} for number in range(ITEM_LIMIT + 5))))

    assert (len(parsed.candidates), [(r.code, r.count) for r in parsed.rejects]) == (ITEM_LIMIT, [("item-cap", 5)])
    assert parsed.flaw is not None
    assert parsed.flaw.code == "item-cap"


@pytest.mark.parametrize(
    ("document", "code", "words"),
    [
        pytest.param("{", "bad-json", "not valid JSON", id="cut"),
        pytest.param('{"a": 1} x', "bad-json", "not valid JSON", id="junk at the end"),
        pytest.param("[" * 100_000, "bad-json", "nested too deeply", id="deep"),
        pytest.param('{"a":' * 100_000, "bad-json", "nested too deeply", id="deep objects"),
        pytest.param("null", "not-a-feed", "no jsonfeed.org version", id="null"),
        pytest.param("7", "not-a-feed", "no jsonfeed.org version", id="a number"),
        pytest.param("[]", "not-a-feed", "no jsonfeed.org version", id="a list"),
        pytest.param('{"items": []}', "not-a-feed", "no jsonfeed.org version", id="no version"),
        pytest.param('{"version": [["jsonfeed.org/version/"]]}', "not-a-feed", "no jsonfeed.org version", id="a list as version"),
        pytest.param(feed(items={"a": 1}), "not-a-feed", "an object where its list of items", id="items are no list"),
        pytest.param("", "empty", "empty", id="empty"),
    ],
)
def test_a_document_that_is_no_json_feed_is_refused(document: str, code: str, words: str) -> None:
    with pytest.raises(UnreadableFeedError, match=words) as refused:
        read(document)

    assert refused.value.code == code


def test_json_is_recognised_whatever_the_server_calls_it() -> None:
    body = b"\xef\xbb\xbf\n" + feed({"id": "1"}).encode()

    assert len(parse(body, content_type="text/html", base_url="https://a.example/").candidates) == 1


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = [
    "id",
    "url",
    "external_url",
    "title",
    "content_html",
    "content_text",
    "summary",
    "date_published",
    "author",
    "authors",
    "tags",
    "language",
    "attachments",
]


@given(
    st.lists(VALUES | st.dictionaries(st.sampled_from(NAMES), VALUES), max_size=4),
    st.dictionaries(st.sampled_from(NAMES), VALUES),
)
@settings(max_examples=150, deadline=None)
def test_every_item_of_a_json_feed_is_a_candidate_or_a_reject(items: list[Any], fields: dict[str, Any]) -> None:
    parsed = read(feed(*items, **fields))

    assert len(parsed.candidates) + len(parsed.rejects) == len(items)
