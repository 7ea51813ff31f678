"""The pages in a real browser: nothing runs, nothing is wider than the window, the console is silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from browser import chromium
from demo_site import PAGES, demo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from browser import Tab


@pytest.fixture(name="site", scope="module")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with demo(tmp_path_factory.mktemp("demo")) as url:
        yield url


@pytest.fixture(name="tab")
def _tab(tool: Callable[[str], str]) -> Iterator[Tab]:
    with chromium(tool("chromium")) as tab:
        yield tab


def test_no_page_runs_a_script_complains_or_is_wider_than_a_phone(site: str, tab: Tab) -> None:
    for path in PAGES.values():
        for width in (390, 1280):
            tab.open(site + path, width=width)
            assert tab.value("[document.scripts.length, document.documentElement.scrollWidth]") == [0, width], path
    assert tab.complaints == []


def test_chinese_text_is_set_in_chinese_type_with_room_between_lines(site: str, tab: Tab) -> None:
    tab.open(site + PAGES["entry"], width=390)

    assert tab.value("document.documentElement.lang") == "zh-CN"
    assert tab.value("document.querySelector('.content').lang") == "zh-CN"
    ratio = "(s => parseFloat(s.lineHeight) / parseFloat(s.fontSize))(getComputedStyle(document.querySelector('.content p')))"
    assert 1.6 <= tab.value(ratio) <= 1.9
    assert "Noto Sans CJK SC" in tab.value("getComputedStyle(document.querySelector('.content p')).fontFamily")
    assert tab.value("getComputedStyle(document.querySelector('.content p')).lineBreak") == "strict"


def test_the_pages_are_dark_where_the_reader_wants_that(site: str, tab: Tab) -> None:
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    tab.open(site + PAGES["index"], width=390)
    light = tab.value(paper)
    tab.open(site + PAGES["index"], width=390, scheme="dark")

    assert (light, tab.value(paper)) == ("rgb(253, 253, 251)", "rgb(22, 24, 27)")
