"""Identity: fingerprints and keys stay what they are, since stores hold them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from aggregator.decide import digest, identify_document, identify_file
from aggregator.model import Candidate, Enclosure, Person, Tag, Thumbnail

FULL = Candidate(
    place="2024/a.md",
    title=" 标\u3000题\n x ",
    url="https://a.example/1",
    guid="urn:x",
    summary="<p>s\t </p>",
    content="<p>中文。\n\nb</p>\n",
    language="zh",
    published=datetime(2024, 7, 15, 9, 34, 1, tzinfo=timezone(timedelta(hours=8))),
    updated=datetime(2024, 7, 16, tzinfo=UTC),
    authors=(Person(name="A", email="a@a.example"),),
    tags=(Tag(term="t", scheme="urn:s", label="L"), Tag(term="u")),
    enclosures=(Enclosure(url="https://a.example/1.mp3", media_type="audio/mpeg", length=7),),
    categories=("新闻", "c"),
)
BARE = Candidate(place="b.md", title="T")
WITHOUT_URL = replace(FULL, url=None)


@pytest.mark.parametrize(
    ("candidate", "fingerprint"),
    [
        pytest.param(FULL, "74f06a458fbe89b244f75853482ced4a", id="all there is"),
        pytest.param(BARE, "41e9f73f8f95e65a2f769eb843d5f040", id="a title"),
    ],
)
def test_a_fingerprint_is_the_same_in_every_version(candidate: Candidate, fingerprint: str) -> None:
    assert digest(candidate, None).hex() == fingerprint


def test_contributors_and_thumbnails_which_older_stores_lack_make_no_other_fingerprint() -> None:
    more = replace(FULL, contributors=FULL.authors, thumbnails=(Thumbnail(url="https://a.example/1.jpg"),))

    assert digest(more, None) == digest(FULL, None)


@pytest.mark.parametrize(
    ("candidate", "key", "fingerprint"),
    [
        pytest.param(FULL, "https://a.example/1", "3d4c4b13558715df623197d58e1fd0dd", id="by its URL"),
        pytest.param(WITHOUT_URL, "seeds/ guid:urn:x", "3d4c4b13558715df623197d58e1fd0dd", id="by its id"),
        pytest.param(
            replace(WITHOUT_URL, guid=None),
            "seeds/ text:19075366d5f32381c51c25bb4a3eee2b",
            "3d4c4b13558715df623197d58e1fd0dd",
            id="by its text",
        ),
        pytest.param(
            BARE, "seeds/ text:41e9f73f8f95e65a2f769eb843d5f040", "2f934581f80b4d64f7b79c12b760ed70", id="by its title alone"
        ),
    ],
)
def test_a_seed_is_known_by_the_same_in_every_version(candidate: Candidate, key: str, fingerprint: str) -> None:
    identified = identify_file(candidate, str, source_url="seeds/")

    assert (identified.key.value, identified.digest.hex()) == (key, fingerprint)


def test_an_item_without_anything_else_is_known_by_the_same_text_in_every_version() -> None:
    item = replace(WITHOUT_URL, guid=None, title="")

    assert identify_document([item], str, source_url="https://f.example/")[0].carrier == "text:7f085b83783b8380d1d367043c4e9575"


@given(st.text(st.characters(codec="utf-8") | st.sampled_from(" \t\n\x1c\x85\xa0\u2028\u3000\u200b"), max_size=30))
def test_white_space_is_what_regular_expressions_call_so(text: str) -> None:
    folded = re.sub(r"\s+", " ", text).strip()

    assert identify_file(replace(BARE, title=text), str, source_url="seeds/").name == f"title:{folded}"


@given(st.lists(st.sampled_from(["word", "字", "\u3000", " ", "  ", "\n", "\t", "\x1c", "\x0b", "\r\n", "é", "x" * 100])))
def test_white_space_does_not_count_in_long_texts_either(parts: list[str]) -> None:
    text = "".join(parts)

    assert digest(Candidate(place="p", content=text), None) == digest(Candidate(place="p", content=" ".join(text.split())), None)
