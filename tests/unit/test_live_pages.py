"""Parts of the pages made on request: what is marked, how bars stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.pages.highlight import found_in, marked, sought
from aggregator.pages.plots import Bar, plot


@pytest.mark.parametrize(
    ("text", "query", "pieces"),
    [
        ("中国电信与电信", "电信", ((False, "中国"), (True, "电信"), (False, "与"), (True, "电信"))),
        ("Big NEWS today", '"big news"', ((True, "Big NEWS"), (False, " today"))),
        ("a.b acb", "a.b", ((True, "a.b"), (False, " acb"))),
        ("text", "", ((False, "text"),)),
        ("", "x", ()),
    ],
)
def test_what_was_looked_for_is_marked(text: str, query: str, pieces: object) -> None:
    assert marked(text, sought(query)) == pieces


@given(st.text(max_size=80), st.text(max_size=20))
def test_marking_loses_nothing(text: str, query: str) -> None:
    assert "".join(piece for _, piece in marked(text, sought(query))) == text


def test_an_excerpt_begins_shortly_before_what_was_found() -> None:
    pieces = found_in(f"<p>{'前' * 500}目标{'后' * 500}</p>", sought("目标"))

    assert pieces == ((False, "…" + "前" * 40), (True, "目标"), (False, "后" * 158 + "…"))


def test_bars_are_as_high_as_their_values() -> None:
    drawn = plot("Polls", [("a", 1), ("b", 0), ("c", 1234)], "{name}: {total}, {most}, {first}–{last}")

    assert drawn.description == "Polls: 1,235, 1,234, a–c"
    assert drawn.bars[2] == Bar(x=420.0, y=0.0, width=160.0, height=100.0, says="c: 1,234")
    assert [bar.height for bar in drawn.bars] == [0.1, 0.0, 100.0]
    assert [bar.height for bar in plot("x", [("a", 0)], "").bars] == [0.0]
