"""What the pages made on request answer of entries that are gone, merged or not there, and over several pages."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from rekeyed_store import file

from aggregator.app import App, Progress
from aggregator.app.browsing import Browsing, Page
from aggregator.app.searching import Search
from aggregator.config import Config
from aggregator.model import Hidden, Hider

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from aggregator.model import Candidate, Source
    from aggregator.store import Store

    Make = Callable[..., Candidate]
    MakeSource = Callable[..., Source]


def browsing(store: Store, now: datetime) -> Browsing:
    return Browsing(app=App(config=Config(), config_path=Path("config.yaml"), clock=lambda: now), store=store)


def onward(page: Page) -> dict[str, str] | None:
    """Return what the link to the next page asks for."""
    found = re.search(r'<a href="([^"]+)" rel="next">', page.html.decode())
    return {name: value for name, (value,) in parse_qs(urlsplit(unescape(found[1])).query).items()} if found else None


def test_a_hidden_entry_is_gone_and_one_that_never_was_is_not_there(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    file(store, make_source(), now, candidate(guid="https://a.example/1"))
    pages = browsing(store, now)
    assert pages.entry("https://a.example/1").status == 200

    with store.write() as tx:
        tx.tombstones.hide([1], Hidden(at=now, by=Hider.OPERATOR, reason="spam"))
    gone = pages.entry("https://a.example/1")
    assert (gone.status, b"withdrawn" in gone.html, b"A title" in gone.html) == (410, True, False)
    assert pages.entry("https://a.example/2").status == 404


def test_an_entry_that_was_merged_leads_to_the_one_that_has_its_sources(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    source = make_source()
    file(store, source, now, *(candidate(url=f"https://a.example/{n}", guid=f"https://a.example/{n}") for n in (1, 2)))
    with store.write() as tx:
        tx.sources.connection.run("UPDATE entries SET merged_into = 1 WHERE id = 2")

    assert browsing(store, now).entry("https://a.example/2") == Page(status=301, location="entry?id=https://a.example/1")


def test_following_the_links_onward_shows_every_entry_once(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    dates = [now - timedelta(hours=n // 4) for n in range(75)]
    some = [candidate(f"News no. {n}.", url=f"https://a.example/{n}", published=date) for n, date in enumerate(dates)]
    file(store, make_source(categories=("News",)), now, *some)
    Search(app=None, store=store).catch_up(Progress())  # type: ignore[arg-type]  # which indexing does not ask
    pages = browsing(store, now)
    with store.read() as tx:
        newest, *rest = tx.reading.newest(99)

    def titles(page: Page) -> list[str]:
        return re.findall(r"News no. \d+\.", re.sub("</?mark>", "", page.html.decode()))

    page = pages.older(newest.atom_id, "news")
    older = titles(page)
    while (asked := onward(page)) is not None:
        page = pages.older(asked["than"], asked["in"])
        older += titles(page)
    assert older == [entry.title for entry in rest]

    page = pages.search("news", None, "news")
    found = titles(page)
    while (asked := onward(page)) is not None:
        page = pages.search(asked["q"], int(asked["before"]), asked["category"])
        found += titles(page)
    assert sorted(found) == sorted(candidate.title for candidate in some)


def test_the_status_page_names_the_files_that_something_is_in_the_way_of(store: Store, now: datetime) -> None:
    assert "Not published" not in browsing(store, now).status().html.decode()
    with store.write() as tx:
        tx.publications.obstruct(["feeds/a.atom", "feeds/b.atom"], {"feeds/a.atom": "cannot write /srv/feeds/a.atom"})
    html = browsing(store, now).status().html.decode()

    assert "Not published" in html
    assert "<li><code>feeds/a.atom</code></li>" in html
    assert "/srv/" not in html
