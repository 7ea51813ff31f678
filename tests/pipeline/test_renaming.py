"""A category is renamed between two publishings: its old addresses lead on, and nobody loses an entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import json
from newsroom import ROOT, parsed

from aggregator.publish import differing

if TYPE_CHECKING:
    from newsroom import Newsroom


def rename(newsroom: Newsroom, called: str, name: str, slug: str) -> None:
    with newsroom.store.write() as tx:
        tx.categories.rename(tx.categories.find(called), name, slug, newsroom.now)


def own(links: list[dict[str, str]], rel: str) -> str:
    return next(link["href"] for link in links if link["rel"] == rel)


def test_the_old_address_of_a_feed_gives_the_bytes_of_the_new_one(newsroom: Newsroom) -> None:
    newsroom.bring(13)
    newsroom.publish()
    before = parsed(newsroom.read("feeds/bees.atom"))
    rename(newsroom, "bees", "Wild bees", "wild")
    newsroom.publish()
    newsroom.bring(1)
    newsroom.publish()

    after = parsed(newsroom.read("feeds/bees.atom"))
    assert newsroom.read("feeds/bees.atom") == newsroom.read("feeds/wild.atom")
    assert newsroom.read("feeds/bees.json") == newsroom.read("feeds/wild.json")
    assert (after.feed.id, after.feed.title) == (before.feed.id, "Wild bees · News")
    assert own(after.feed.links, "self") == f"{ROOT}feeds/wild.atom"
    assert [entry.id for entry in after.entries[1:]] == [entry.id for entry in before.entries]
    assert differing(newsroom.world) == ()


def test_the_old_page_leads_to_the_new_one_and_servers_are_told_of_it(newsroom: Newsroom) -> None:
    newsroom.bring(1)
    newsroom.publish()
    rename(newsroom, "bees", "Wild bees", "wild")
    newsroom.publish()

    assert b"../../c/wild/" in newsroom.read("c/bees/index.html")
    assert b"Bee 0000" in newsroom.read("c/wild/index.html")
    assert json.decode(newsroom.read("redirects.json")) == {
        "feeds/bees.atom": "feeds/wild.atom",
        "feeds/bees.json": "feeds/wild.json",
        "c/bees/index.html": "c/wild/index.html",
    }
    assert b"feeds/wild.atom" in newsroom.read("feeds.opml")
    assert b"feeds/bees.atom" not in newsroom.read("feeds.opml")


def test_a_crawler_that_began_before_a_rename_finds_each_entry_once(newsroom: Newsroom) -> None:
    newsroom.bring(23)
    newsroom.publish()
    seen: list[str] = []
    for path, titles in newsroom.walk():
        seen += titles
        if path == "feeds/bees/archive/3.atom":
            rename(newsroom, "bees", "Wild bees", "wild")
            newsroom.bring(20)
            newsroom.publish()
    anew = [title for _, titles in newsroom.walk("wild") for title in titles]

    assert sorted(seen) == [f"Bee {number:04}" for number in range(23)]
    assert sorted(anew) == [f"Bee {number:04}" for number in range(43)]


def test_pages_of_the_archive_are_written_under_the_new_slug_and_the_old_ones_stay(newsroom: Newsroom) -> None:
    newsroom.bring(13)
    newsroom.publish()
    rename(newsroom, "bees", "Wild bees", "wild")
    newsroom.bring(10)
    newsroom.publish()

    old = {path for path in newsroom.pages() if path.startswith("feeds/bees/")}
    new = {path for path in newsroom.pages() if path.startswith("feeds/wild/")}
    assert old == {"feeds/bees/archive/1.atom"}
    assert new == {f"feeds/wild/archive/{number}.atom" for number in (1, 2, 3)}
    assert newsroom.read("feeds/bees/archive/1.atom") == newsroom.read("feeds/wild/archive/1.atom")
    assert own(parsed(newsroom.read("feeds/wild/archive/1.atom")).feed.links, "self") == f"{ROOT}feeds/wild/archive/1.atom"


def test_what_is_withdrawn_leaves_the_old_pages_of_the_archive_too(newsroom: Newsroom) -> None:
    newsroom.bring(13)
    newsroom.publish()
    rename(newsroom, "bees", "Wild bees", "wild")
    newsroom.publish()
    newsroom.hide(newsroom.entry("Bee 0001").id)
    newsroom.publish()

    assert [path for path, content in newsroom.files().items() if b"Bee 0001" in content] == []
    assert b"deleted-entry" in newsroom.read("feeds/bees/archive/1.atom")


def test_old_files_that_somebody_took_away_are_there_again(newsroom: Newsroom) -> None:
    newsroom.bring(13)
    newsroom.publish()
    rename(newsroom, "bees", "Wild bees", "wild")
    newsroom.publish()
    before = newsroom.files()
    for path in ("feeds/bees.atom", "c/bees/index.html", "feeds/bees/archive/1.atom"):
        (newsroom.output / path).unlink()
    newsroom.now += newsroom.world.trusted_for
    newsroom.publish()

    assert newsroom.files() == before


def test_after_a_rename_publishing_again_writes_nothing(newsroom: Newsroom) -> None:
    newsroom.bring(13)
    newsroom.publish()
    rename(newsroom, "bees", "Wild bees", "wild")

    assert newsroom.publish() != ()
    assert newsroom.publish() == ()
