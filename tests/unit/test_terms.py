"""What a text is found by, and what a query asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.terms import MOST_TERMS, Phrase, phrases_of, terms_of


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("人民邮电", ["人民", "民邮", "邮电", "电"]),
        ("人", ["人"]),
        ("Straße Ｆｕｌｌ ﬁne", ["strasse", "full", "fine"]),
        ("5G网络，well-known_x", ["5g", "网络", "络", "well", "known", "x"]),
        ("한국어 뉴스", ["한국어", "뉴스"]),
        ("ひらカナ", ["ひら", "らカ", "カナ", "ナ"]),
        ("…！？ ", []),
        ("a" * 99, ["a" * 64]),
    ],
)
def test_a_text_is_found_by_its_words_and_by_two_characters_in_a_row(text: str, terms: list[str]) -> None:
    assert terms_of(text) == terms


@pytest.mark.parametrize(
    ("query", "phrases"),
    [
        ("电信", (Phrase(("电信",)),)),
        ("中国电信", (Phrase(("中国", "国电", "电信")),)),
        ("中", (Phrase(("中",), is_open=True),)),
        ("5g网", (Phrase(("5g", "网"), is_open=True),)),
        ("网络5G", (Phrase(("网络", "络", "5g")),)),
        ("Big news", (Phrase(("big",)), Phrase(("news",)))),
        ('"Big news" today', (Phrase(("big", "news")), Phrase(("today",)))),
        ('"no end', (Phrase(("no", "end")),)),
        ("twice twice", (Phrase(("twice",)),)),
        ("", ()),
        ('" - "', ()),
    ],
)
def test_a_query_asks_for_all_its_words_and_quoted_ones_as_they_stand(query: str, phrases: tuple[Phrase, ...]) -> None:
    assert phrases_of(query) == phrases


def test_a_query_is_bounded() -> None:
    assert len(phrases_of(" ".join(map(str, range(100))))) == 8
    assert phrases_of("一" * 10_000) == phrases_of("一" * 200)


def test_a_text_is_bounded() -> None:
    assert len(terms_of("word " * 20_000)) == MOST_TERMS


CHINESE = "中国电信网"


@given(st.text(CHINESE + "a5 ，Ｂ", min_size=1, max_size=40), st.data())
def test_whatever_chinese_stands_in_a_text_is_found_there(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    query = text[start : data.draw(st.integers(start + 1, len(text)))]
    terms = terms_of(text)
    for phrase in phrases_of(query) if not query.strip(CHINESE) else ():
        *others, last = phrase.terms
        rows = [terms[n : n + len(phrase.terms)] for n in range(len(terms) - len(others))]
        assert any(row[:-1] == others and (row[-1] == last or (phrase.is_open and row[-1].startswith(last))) for row in rows)
