"""The pages in a real browser: nothing runs, nothing is wider than the window, the console is silent."""

from __future__ import annotations

import base64
import io
import wave
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from browser import chromium
from demo_site import NOW, PAGES, demo
from loopback_server import Reply

from aggregator.model import Category, Person, Provenance, PublishedEntry, Site, SourceKind, Tag
from aggregator.pages import STYLE, render_categories, render_category, render_index, render_search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from browser import Tab
    from loopback_server import Loopback


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


DOT = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def test_the_pictures_films_and_sounds_of_an_article_can_be_seen_and_heard(tmp_path: Path, loopback: Loopback, tab: Tab) -> None:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(1)
        written.setframerate(8000)
        written.writeframes(b"\x80" * 8000)
    loopback.replies["/dot.gif"] = Reply(body=DOT, headers={"Content-Type": "image/gif"})
    loopback.replies["/a.wav"] = Reply(body=sound.getvalue(), headers={"Content-Type": "audio/wav"})
    dot, tone = loopback.url("/dot.gif"), loopback.url("/a.wav")
    players = f'<video controls poster="{dot}" src="{tone}"></video><audio controls src="{tone}"></audio>'

    with demo(tmp_path, f'<p>A</p><img src="{dot}" alt="">{players}') as site:
        tab.open(site + PAGES["entry"], width=390)
        seen = tab.value("document.querySelector('.content img').naturalWidth")
        lengths = tab.value("[...document.querySelectorAll('.content video, .content audio')].map(player => player.duration)")

    assert (seen, lengths, tab.complaints) == (1, [1, 1], [])


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


SITE = Site(title="News", url="https://news.example.org/", language="en", author=Person(name="Desk"))
ARABIC = "\u0645\u0631\u062d\u0628\u0627"
TURNED = ["plain", ARABIC, "left\u202eright", "out\u2069\u2069\u202c\u202eright", f"{ARABIC} 12", "a\u2067\u202eb"]


def entry(number: int, name: str) -> PublishedEntry:
    return PublishedEntry(
        id=number, atom_id=f"tag:x,{number}", title=name, url="https://a.example/", summary=None, content=f"<p>{name}</p>",
        language=None, published=NOW, updated=NOW, tags=(Tag(term=name), Tag(term="last")), source_url="https://a.example/feed",
        source_kind=SourceKind.FEED, provenance=Provenance(title=name),
    )  # fmt: skip


def test_very_many_categories_fit_on_a_phone_and_a_desk(tab: Tab) -> None:
    shelves = [
        Category(id=n, slug=f"c{n}", name=f"A category of a rather long name {n}" * (n % 3 + 1), atom_id=f"tag:x,{n}", newest=NOW)
        for n in range(60)
    ]
    starts = [f"start{n}" for n in range(40)]
    style = f"<style>{STYLE.decode()}</style></head>"
    for html in (
        render_index(SITE, ZoneInfo("UTC"), shelves, [entry(1, "x")], count=3000, live=True),
        render_categories(SITE, ZoneInfo("UTC"), shelves, 2, starts, live=True),
    ):
        for width in (390, 1280):
            tab.open("about:blank", width=width)
            tab.show(html.decode().replace("http-equiv", "data-none").replace("</head>", style))
            assert tab.value("[document.scripts.length, document.documentElement.scrollWidth]") == [0, width]


def test_what_strangers_write_turns_nothing_around_it(tab: Tab) -> None:
    entries = [entry(number, name) for number, name in enumerate(TURNED)]
    category = Category(id=1, slug="c", name=TURNED[3], atom_id="tag:x,c", entry_count=9, newest=NOW)
    style = f"<style>{STYLE.decode()}</style></head>"
    for html in (
        render_category(SITE, ZoneInfo("UTC"), category, entries, live=True),
        render_search(SITE, ZoneInfo("UTC"), TURNED[3], entries, category, None),
    ):
        tab.show(html.decode().replace("http-equiv", "data-none").replace("</head>", style))
        edges = "[...document.querySelectorAll('.entry .meta')].map(p => [p.querySelector('.source'), p.querySelector('time')])"
        pairs = tab.value(f"{edges}.map(([s, t]) => [s.getBoundingClientRect().right, t.getBoundingClientRect().left])")
        directions = tab.value("[...document.querySelectorAll('.entry h2')].map(h => getComputedStyle(h).direction)")

        assert [source <= time for source, time in pairs] == [True] * len(TURNED)
        assert directions == ["ltr", "rtl", "ltr", "ltr", "rtl", "ltr"]
        assert tab.value("document.title").endswith(" · News")
        assert tab.value("getComputedStyle(document.querySelector('h1')).direction") == "ltr"
