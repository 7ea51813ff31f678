"""Lines fit a terminal, also where characters are two columns wide, and lose nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.cli.wrapping import NARROWEST, WIDEST, wrapped


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


@given(
    st.lists(st.sampled_from(["word", "字", "标题。", " ", "x" * 150, "https://a.example/?a=1", "é"])),
    st.integers(NARROWEST, WIDEST),
    st.integers(0, 8),
)
def test_no_line_is_too_wide_and_nothing_is_lost(parts: list[str], width: int, indent: int) -> None:
    text = "".join(parts)
    lines = list(wrapped(text, width, indent=indent))

    assert max(map(columns, lines)) <= width
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(line.startswith(" " * indent) for line in lines if line)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("", [""], id="nothing"),
        pytest.param("a b", ["    a b"], id="short"),
        pytest.param("  a b", ["      a b"], id="further in"),
        pytest.param("x" * 90 + " " + "y" * 20, ["    " + "x" * 90, "      " + "y" * 20], id="between words"),
        pytest.param("字" * 50, ["    " + "字" * 48, "      " + "字" * 2], id="between wide characters"),
        pytest.param("x" * 100, ["    " + "x" * 94, "      " + "x" * 6], id="within a word where there is no other way"),
        pytest.param("a\x1b[2Jb", ["    a [2Jb"], id="control characters"),
    ],
)
def test_lines_are_broken_where_it_hurts_least(text: str, lines: list[str]) -> None:
    assert list(wrapped(text, 100, indent=4)) == lines
