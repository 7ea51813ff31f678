"""Feeds put together from parts, their archives, tombstones and twins: from a real store into a real folder."""

from __future__ import annotations

import errno
import gzip
import os
import re
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from newsroom import MINUTE, NOW, ROOT, Newsroom, article, parsed

from aggregator.errors import OutputError
from aggregator.model import Subscription
from aggregator.publish import Publishing, differing, lists, publish
from aggregator.publish.press import Press
from aggregator.render import flaw_of_document
from aggregator.store import Store, migrate
from aggregator.store.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from aggregator.model import PublishedEntry

ATOM = "{http://www.w3.org/2005/Atom}"
DELETED = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"


def outlines(content: bytes) -> list[str]:
    """Return the feeds that a list names."""
    return [url for outline in etree.fromstring(content).iter("outline") if (url := outline.get("xmlUrl"))]


def dated(content: bytes) -> str:
    return etree.fromstring(content).findtext(f"{ATOM}updated") or ""


def undated(content: bytes) -> bytes:
    return content.replace(dated(content).encode(), b"", 1)


def deleted_in(content: bytes) -> list[str]:
    return [element.get("ref") for element in etree.fromstring(content).iter(DELETED)]


def test_a_crawler_finds_each_of_1234_entries_once_while_200_more_are_published(tmp_path: Path) -> None:
    migrate.upgrade(url := f"sqlite:///{tmp_path / 'store.db'}")
    with Store(url, authority="news.example.org") as store:
        newsroom = Newsroom(store=store, output=tmp_path / "public", entries=50)
        for _ in range(12):
            newsroom.bring(100)
            newsroom.publish()
        newsroom.bring(34)
        newsroom.publish()
        seen: list[str] = []
        pages: dict[str, bytes] = {}
        for path, titles in newsroom.walk():
            seen += titles
            if "/archive/" in path:
                pages[path] = newsroom.read(path)
            if len(newsroom.pages()) < 2 * 28:
                newsroom.bring(20)
                newsroom.publish()
        now = newsroom.pages()

    assert sorted(seen) == [f"Bee {number:04}" for number in range(1234)]
    assert next(newsroom.numbers) >= 1434
    assert {path: now[path] for path in pages} == pages


@settings(max_examples=30, deadline=None)
@given(entries=st.integers(1, 4), rounds=st.lists(st.integers(0, 9), max_size=6), between=st.lists(st.integers(0, 3), max_size=6))
def test_whatever_is_published_between_two_steps_a_crawler_finds_each_entry_once(
    tmp_path_factory: pytest.TempPathFactory, entries: int, rounds: list[int], between: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("walk")
    migrate.upgrade(url := f"sqlite:///{folder / 'store.db'}")
    with Store(url, authority="news.example.org") as store:
        newsroom = Newsroom(store=store, output=folder / "public", entries=entries)
        newsroom.bring(1)
        newsroom.publish()
        for number in rounds:
            newsroom.bring(number)
            newsroom.publish()
        seen: list[str] = []
        more = iter(between)
        for _, titles in newsroom.walk():
            seen += titles
            newsroom.bring(next(more, 0))
            newsroom.publish()

    assert sorted(seen) == [f"Bee {number:04}" for number in range(1 + sum(rounds))]


def test_a_feed_shows_its_newest_entries_and_an_archive_page_is_as_long(newsroom: Newsroom) -> None:
    newsroom.bring(13)
    newsroom.publish()

    assert list(newsroom.walk()) == [
        ("feeds/bees.atom", [f"Bee {n:04}" for n in range(12, 4, -1)]),
        ("feeds/bees/archive/1.atom", [f"Bee {n:04}" for n in range(4, -1, -1)]),
    ]


def test_a_page_of_an_archive_names_the_feed_and_its_neighbours_that_were_sealed_with_it(newsroom: Newsroom) -> None:
    newsroom.bring(20)
    newsroom.publish()
    first = {link.rel: link.href for link in parsed(newsroom.read("feeds/bees/archive/1.atom")).feed.links}
    last = {link.rel: link.href for link in parsed(newsroom.read("feeds/bees/archive/3.atom")).feed.links}

    root = f"{ROOT}feeds/bees"
    assert (first["current"], first["self"], first["next-archive"]) == (
        f"{root}.atom",
        f"{root}/archive/1.atom",
        f"{root}/archive/2.atom",
    )
    assert "prev-archive" not in first
    assert (last["prev-archive"], "next-archive" in last) == (f"{root}/archive/2.atom", False)
    assert b"<fh:archive" in newsroom.read("feeds/bees/archive/1.atom")


def test_of_a_feed_of_many_only_the_new_entry_is_read_and_rendered(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    newsroom.bring(8)
    newsroom.publish()
    newsroom.bring(1)
    asked: list[int] = []
    entries = Reading.entries

    def noting(reading: Reading, entry_ids: Collection[int]) -> tuple[PublishedEntry, ...]:
        asked.extend(entry_ids)
        return entries(reading, entry_ids)

    monkeypatch.setattr(Reading, "entries", noting)
    newsroom.publish()

    assert asked == [newsroom.entry("Bee 0008").id]


def test_equal_stores_give_equal_bytes_however_their_files_came_to_be(newsroom: Newsroom, tmp_path: Path) -> None:
    for number in (3, 1, 7, 2, 9):
        newsroom.bring(number)
        newsroom.publish()
    newsroom.hide(newsroom.entry("Bee 0001").id, newsroom.entry("Bee 0021").id)
    newsroom.publish()
    before = newsroom.files()
    newsroom.output = tmp_path / "elsewhere"
    newsroom.publish()

    assert newsroom.files() == before
    assert differing(newsroom.world) == ()


def test_what_a_site_says_of_itself_shows_in_its_archive_too(newsroom: Newsroom) -> None:
    newsroom.bring(13)
    newsroom.publish()
    newsroom.now += MINUTE
    world = msgspec.structs.replace(newsroom.world, site=msgspec.structs.replace(newsroom.world.site, rights="All theirs"))
    publish(world)

    assert [b"All theirs" in page for page in newsroom.pages().values()] == [True, True]
    assert differing(world) == ()


def test_a_feed_of_nothing_has_a_date_that_stands_still(newsroom: Newsroom) -> None:
    newsroom.publish()

    assert etree.fromstring(newsroom.read("feeds/all.atom")).findtext(f"{ATOM}updated") == "1970-01-01T00:00:00+00:00"


def test_publishing_again_writes_nothing(newsroom: Newsroom) -> None:
    newsroom.bring(13)
    newsroom.publish()

    assert newsroom.publish() == ()
    assert publish(replace_trust(newsroom)).paths == ()


def replace_trust(newsroom: Newsroom) -> Publishing:
    return msgspec.structs.replace(newsroom.world, trusted_for=timedelta(0))


def test_a_hidden_entry_leaves_a_tombstone_in_the_feed_and_nothing_of_it_stays(newsroom: Newsroom) -> None:
    newsroom.bring(3)
    newsroom.publish()
    gone = newsroom.entry("Bee 0001")
    newsroom.hide(gone.id)
    newsroom.publish()
    feeds = [newsroom.read("feeds/bees.atom"), newsroom.read("feeds/all.atom")]

    assert [deleted_in(feed) for feed in feeds] == [[gone.atom_id]] * 2
    assert [flaw_of_document(feed) for feed in feeds] == [None, None]
    assert [path for path, content in newsroom.files().items() if b"Bee 0001" in content] == []
    assert [path for path, content in newsroom.files().items() if b"private reason" in content] == []


def test_an_entry_hidden_before_anything_was_published_leaves_no_tombstone(newsroom: Newsroom) -> None:
    newsroom.bring(2)
    newsroom.hide(newsroom.entry("Bee 0001").id)
    newsroom.publish()

    assert deleted_in(newsroom.read("feeds/bees.atom")) == []


def test_an_entry_hidden_in_the_archive_changes_that_page_only_and_comes_back_as_it_was(newsroom: Newsroom) -> None:
    newsroom.bring(20)
    newsroom.publish()
    before = newsroom.pages()
    gone = newsroom.entry("Bee 0007")
    newsroom.hide(gone.id)
    newsroom.publish()
    changed = {path: content for path, content in newsroom.pages().items() if before[path] != content}
    newsroom.restore(gone.id)
    newsroom.publish()

    assert sorted(changed) == ["feeds/all/archive/2.atom", "feeds/bees/archive/2.atom"]
    assert [deleted_in(content) for content in changed.values()] == [[gone.atom_id]] * 2
    after = newsroom.pages()
    assert {path: undated(page) for path, page in after.items()} == {path: undated(page) for path, page in before.items()}
    assert sorted(path for path in after if dated(after[path]) > dated(before[path])) == sorted(changed)
    assert deleted_in(newsroom.read("feeds/bees.atom")) == []


def test_what_was_withdrawn_and_comes_back_with_another_text_is_shown_with_that_only(newsroom: Newsroom) -> None:
    newsroom.bring(13)
    newsroom.publish()
    for text in ("Wax.", "Comb."):  # twice: a page may be withdrawn from again
        entry = newsroom.entry("Bee 0002")
        newsroom.withdraw(entry.id)
        newsroom.publish()
        newsroom.say(article(2, text))
        newsroom.put_back(entry.id)
        newsroom.publish()
        assert [text in content.decode() for content in (newsroom.read("feeds/bees.atom"), newsroom.read("feeds/all.atom"))] == [
            True,
            True,
        ]
        assert [path for path, content in newsroom.pages().items() if b"Bee 0002" in content] == []
        assert sorted(title for _, found in newsroom.walk() for title in found) == [f"Bee {n:04}" for n in range(13)]
        newsroom.say(article(2, f"{text} More."))
        newsroom.publish()
        assert f"{text} More." in newsroom.read("feeds/bees.atom").decode()


def test_every_withdrawn_entry_is_told_of_somewhere(newsroom: Newsroom) -> None:
    newsroom.bring(23)
    newsroom.publish()
    with newsroom.store.read() as tx:
        entries = tx.reading.newest(100)
    newsroom.hide(*(entry.id for entry in entries[:20]))
    newsroom.publish()

    told = {name for path, content in newsroom.files().items() if path.endswith(".atom") for name in deleted_in(content)}
    assert told == {entry.atom_id for entry in entries[:20]}


def test_publishing_some_feeds_leaves_what_is_gone_of_others_to_the_next_run(newsroom: Newsroom) -> None:
    newsroom.bring(3)
    newsroom.publish()
    (newsroom.output / "feeds/all.json").unlink()
    (newsroom.output / "feeds/bees.json").unlink()
    publish(newsroom.world, ["bees"])
    (newsroom.output / "feeds/bees.atom").unlink()
    publish(newsroom.world, ["bees"])
    newsroom.publish()

    assert differing(newsroom.world) == ()


def test_a_text_that_changed_stands_in_the_feed_again_and_the_archive_stays_as_it_was(newsroom: Newsroom) -> None:
    newsroom.bring(13)
    newsroom.publish()
    before = newsroom.pages()
    newsroom.say(article(2, "Wax."))
    newsroom.publish()

    assert newsroom.pages() == before
    titles = [title for path, found in newsroom.walk() if "/archive/" not in path for title in found]
    assert titles == [*(f"Bee {n:04}" for n in range(12, 4, -1)), "Bee 0002"]
    assert b"Wax." in newsroom.read("feeds/bees.atom")


def test_what_is_hidden_after_its_text_changed_is_gone_from_the_older_page_too(newsroom: Newsroom) -> None:
    newsroom.bring(13)
    newsroom.publish()
    newsroom.say(article(2, "Wax."))
    newsroom.publish()
    newsroom.hide(newsroom.entry("Bee 0002").id)
    newsroom.publish()

    assert [path for path, content in newsroom.files().items() if b"Bee 0002" in content] == []


def test_the_date_of_a_feed_never_goes_back(newsroom: Newsroom) -> None:
    dates = []
    newsroom.bring(3)
    newsroom.publish()
    newsroom.say(article(0, "Wax."))  # the oldest, now updated last
    for number in (0, 9, 0):
        newsroom.bring(number)
        newsroom.publish()
        dates.append(etree.fromstring(newsroom.read("feeds/bees.atom")).findtext(f"{ATOM}updated"))
    newsroom.hide(newsroom.entry("Bee 0011").id)
    newsroom.publish()
    dates.append(etree.fromstring(newsroom.read("feeds/bees.atom")).findtext(f"{ATOM}updated"))

    assert dates == sorted(dates)


def test_an_entry_that_cannot_be_published_costs_itself_only_and_says_why(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.bring(3)
    written = Press.written

    def unfit(entry: PublishedEntry, forms: Collection[object]) -> object:
        return written(replace_title(entry) if entry.title == "Bee 0001" else entry, forms)  # type: ignore[arg-type]

    def replace_title(entry: PublishedEntry) -> PublishedEntry:
        return msgspec.structs.replace(entry, atom_id="no address")

    monkeypatch.setattr(Press, "written", staticmethod(unfit))
    newsroom.publish()
    with newsroom.store.read() as tx:
        (row,) = tx.quarantine.all()

    assert [titles for _, titles in newsroom.walk()] == [["Bee 0002", "Bee 0000"]]
    assert (row.code, row.entry_id, row.message.startswith("it cannot be published: ")) == ("unfit", 2, True)


def test_beside_each_file_but_archives_lies_its_gzip_form(newsroom: Newsroom) -> None:
    newsroom.bring(13)
    newsroom.publish()
    files = newsroom.files()
    plain = {path for path in files if not path.endswith(".gz")}

    assert {path for path in plain if f"{path}.gz" not in files} == set(newsroom.pages())
    assert [path for path in plain - set(newsroom.pages()) if gzip.decompress(files[f"{path}.gz"]) != files[path]] == []
    assert [p for p in plain - set(newsroom.pages()) if mtime(newsroom, p) != mtime(newsroom, f"{p}.gz")] == []


def mtime(newsroom: Newsroom, path: str) -> int:
    return (newsroom.output / path).stat().st_mtime_ns


@pytest.mark.parametrize(
    "lost", ["feeds/bees.atom", "feeds/all.json", "index.html.gz", "feeds/bees/archive/1.atom", "feeds", "c", ""]
)
def test_what_somebody_took_away_is_there_again(newsroom: Newsroom, lost: str) -> None:
    newsroom.bring(13)
    newsroom.publish()
    before = newsroom.files()
    path = newsroom.output / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    publish(replace_trust(newsroom))

    assert newsroom.files() == before


def test_the_json_twin_shows_the_same_entries(newsroom: Newsroom) -> None:
    newsroom.bring(8)
    newsroom.publish()
    twin = msgspec.json.decode(newsroom.read("feeds/bees.json"))
    feed = parsed(newsroom.read("feeds/bees.atom"))

    assert [(item["id"], item["url"], item["title"]) for item in twin["items"]] == [(e.id, e.link, e.title) for e in feed.entries]
    assert (twin["version"], twin["feed_url"]) == ("https://jsonfeed.org/version/1.1", f"{ROOT}feeds/bees.json")


def test_the_lists_name_all_feeds_and_the_sources_that_are_no_secret(newsroom: Newsroom) -> None:
    newsroom.bring(1)
    with newsroom.store.write() as tx:
        for url in ("https://a.example/f?token=s3cret", "https://b.example/feed", "https://c.example/members"):
            tx.sources.add(Subscription(url=url, categories=("Bees",)), NOW)
    newsroom.now += MINUTE
    publish(msgspec.structs.replace(newsroom.world, private=frozenset({"https://c.example/members"})))

    assert outlines(newsroom.read("feeds.opml")) == [f"{ROOT}feeds/all.atom", f"{ROOT}feeds/bees.atom"]
    assert outlines(newsroom.read("sources.opml")) == ["https://b.example/feed", "https://bees.example/feed"]


def titled(content: bytes) -> list[str]:
    """Return the categories that a page lists."""
    return re.findall(r'class="name" href="[^"]*"><bdi>([^<]+)', content.decode())


def test_of_very_many_categories_the_front_page_shows_the_freshest_and_leads_to_pages_of_all(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "_ON_FRONT", 2)
    monkeypatch.setattr(lists, "_ON_A_PAGE", 3)
    names = [f"Hive {letter}" for letter in "edcba"]
    newsroom.say(*(msgspec.structs.replace(article(n), categories=(name,)) for n, name in enumerate(names)))
    newsroom.publish()
    pages = [newsroom.read(f"categories/{path}index.html") for path in ("", "2/")]

    assert titled(newsroom.read("index.html")) == ["Bees", "Hive a"]
    assert [titled(page) for page in pages] == [["Bees", "Hive a", "Hive b"], ["Hive c", "Hive d", "Hive e"]]
    newsroom.say(msgspec.structs.replace(article(9), categories=("Hive b",)))
    assert [path for path in newsroom.publish() if path.startswith("categories")] == ["categories/index.html"]
    assert titled(newsroom.read("index.html")) == ["Bees", "Hive b"]
    assert (differing(newsroom.world), newsroom.publish()) == ((), ())


def test_few_categories_are_all_on_the_front_page_and_nowhere_else(newsroom: Newsroom) -> None:
    newsroom.bring(3)
    newsroom.publish()

    assert titled(newsroom.read("index.html")) == ["Bees"]
    assert [path for path in newsroom.files() if "categories" in path] == []


def put_in_the_way(newsroom: Newsroom, path: str) -> Path:
    """Put a folder where there should be a file, and a file where there should be a folder."""
    obstacle = newsroom.output / path
    shutil.rmtree(obstacle) if obstacle.is_dir() else obstacle.unlink(missing_ok=True)
    if obstacle.suffix:
        obstacle.mkdir(parents=True)
    else:
        obstacle.parent.mkdir(parents=True, exist_ok=True)
        obstacle.write_bytes(b"theirs")
    return obstacle


def take_away(obstacle: Path) -> None:
    obstacle.rmdir() if obstacle.is_dir() else obstacle.unlink()


def waiting(newsroom: Newsroom) -> dict[str, str]:
    with newsroom.store.read() as tx:
        return tx.publications.obstacles()


ONE_FILE = ["feeds/bees.atom", "feeds/bees.json", "c/bees/index.html", "index.html", "feeds.opml", "feeds/all.json"]


@pytest.mark.parametrize("path", ONE_FILE)
def test_what_is_in_the_way_of_a_file_costs_that_file_only_and_the_next_run_tries_again(newsroom: Newsroom, path: str) -> None:
    with newsroom.store.write() as tx:
        tx.sources.add(Subscription(url="https://wasps.example/feed", categories=("Wasps",)), newsroom.now)
    newsroom.bring(3)
    obstacle = put_in_the_way(newsroom, path)
    newsroom.url = "https://wasps.example/feed"
    newsroom.bring(2)
    first, second = publish(newsroom.world), publish(newsroom.world)

    assert (set(first.obstacles), second.obstacles, second.paths) == ({path}, first.obstacles, ())
    assert first.obstacles[path].startswith(f"cannot write {newsroom.output / path}: ")
    assert waiting(newsroom) == first.obstacles
    assert "feeds/wasps.atom" in first.paths
    assert differing(newsroom.world) == (path,)
    take_away(obstacle)
    assert set(newsroom.publish()) | {"index.html"} == {path, "index.html"}
    assert (differing(newsroom.world), waiting(newsroom), newsroom.publish()) == ((), {}, ())


@pytest.mark.parametrize("path", ONE_FILE)
def test_a_published_file_that_a_folder_takes_the_place_of_is_there_again_once_that_is_gone(
    newsroom: Newsroom, path: str
) -> None:
    newsroom.bring(3)
    newsroom.publish()
    before = newsroom.files()
    obstacle = put_in_the_way(newsroom, path)
    first, second = publish(replace_trust(newsroom)), publish(newsroom.world)
    take_away(obstacle)
    newsroom.publish()

    assert (set(first.obstacles), second.obstacles) == ({path}, first.obstacles)
    assert newsroom.files() == before


def test_a_feed_whose_archive_cannot_be_written_stays_as_it_was_and_loses_nothing(newsroom: Newsroom) -> None:
    newsroom.bring(9)
    newsroom.publish()
    obstacle = put_in_the_way(newsroom, "feeds/bees")
    newsroom.bring(4)
    done = publish(newsroom.world)

    assert [titles for _, titles in newsroom.walk()] == [[f"Bee {n:04}" for n in range(8, -1, -1)]]
    assert (set(done.obstacles), "feeds/all.atom" in done.paths) == ({"feeds/bees/archive/1.atom"}, True)
    take_away(obstacle)
    newsroom.publish()
    assert sorted(title for _, found in newsroom.walk() for title in found) == [f"Bee {n:04}" for n in range(13)]
    assert (differing(newsroom.world), waiting(newsroom)) == ((), {})


def test_a_feed_goes_on_where_something_is_in_the_way_of_a_page_that_was_there(newsroom: Newsroom) -> None:
    newsroom.bring(13)
    newsroom.publish()
    (newsroom.output / "feeds/bees/archive/1.atom").unlink()
    put_in_the_way(newsroom, "feeds/bees/archive/1.atom")
    first = publish(replace_trust(newsroom))
    newsroom.bring(1)
    second = publish(newsroom.world)

    assert set(first.obstacles) == set(second.obstacles) == {"feeds/bees/archive/1.atom"}
    assert "feeds/bees.atom" in second.paths
    assert "Bee 0013" in (newsroom.output / "feeds/bees.atom").read_text()


def test_a_full_disk_ends_the_round_and_leaves_what_is_published(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    newsroom.bring(3)
    newsroom.publish()
    before = newsroom.files()
    newsroom.bring(3)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OutputError, match="No space left on device"):
            newsroom.publish()
    assert newsroom.files() == before
    newsroom.publish()
    assert differing(newsroom.world) == ()
