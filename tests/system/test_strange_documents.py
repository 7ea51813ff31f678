"""Documents whose links or ids name no article, or that are unlike what their source carried: what becomes of them, in words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from loopback_server import Loopback, Reply
from store_content import assert_every_item_is_accounted_for

from aggregator.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from own_site import OwnSite

ALL = range(30)
LATER = "2026-01-02T05:00:00+00:00"


def item(number: int, *, link: str | None = None, guid: str | None = None, date: str | None = None) -> str:
    """Return an item of its own words, from last year unless dated otherwise."""
    when = f"Wed, {number % 28 + 1} Jan 2025 12:00:00 GMT" if date is None else date
    return (
        f"<item><title>The story of hive number {number}</title>"
        + (f"<link>{link}</link>" if link else "")
        + (f'<guid isPermaLink="false">{guid}</guid>' if guid else "")
        + f"<description>What happened in hive number {number} last summer, told at length</description>"
        + (f"<pubDate>{when}</pubDate>" if when else "")
        + "</item>"
    )


def feed(items: Iterable[str], title: str = "Bees and hives", site: str = "https://bees.example/") -> Reply:
    return Reply(
        body=f'<rss version="2.0"><channel><title>{title}</title><link>{site}</link>{"".join(items)}</channel></rss>'.encode()
    )


def usual(number: int) -> str:
    return item(number, link=f"https://bees.example/{number}", guid=f"bees {number}")


@pytest.fixture(name="site")
def _site(any_site: OwnSite) -> OwnSite:
    return any_site


@pytest.fixture(name="url")
def _url(site: OwnSite, loopback: Loopback) -> Iterator[str]:
    """Return a feed that the site subscribes to."""
    url = loopback.url("/feed")
    site.configure(f'fetch: {{spacing: 0s, allow: ["127.0.0.1:{loopback.port}"]}}\nfeeds: [{{url: "{url}", categories: [Bees]}}]')
    yield url
    with Store(site.store_url, authority="localhost") as store:
        assert_every_item_is_accounted_for(store)


def polled(site: OwnSite, loopback: Loopback, reply: Reply) -> dict[str, int]:
    """Poll the feed, publish, and return how its items ended."""
    loopback.replies["/feed"] = reply
    (row,) = json.loads(site.run("poll", "--json"))
    site.run("publish")
    return {name: count for name, count in row["poll"]["tally"].items() if count}


def titles(site: OwnSite) -> list[str]:
    return [entry["title"] for entry in json.loads(site.run("entry", "list", "-n", "1000", "--json"))]


def why(site: OwnSite, number: int) -> str:
    """Return what `entry why` says of an item, on one line."""
    title = f"The story of hive number {number}"
    (found,) = (e for e in json.loads(site.run("entry", "list", "-n", "1000", "--json")) if e["title"] == title)
    return " ".join(site.run("entry", "why", str(found["id"])).split())


def held(site: OwnSite) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(site.run("quarantine", "list", "--json"))
    return rows


# --- where the URL is not the article ------------------------------------------------------------------------------------------

NOT_THE_ARTICLE: dict[str, tuple[Callable[[int], str], str]] = {
    "one link on all": (
        lambda n: item(n, link="https://bees.example/news", guid=f"bees {n}"),
        "url+guid: 29 other items of the same document share this link: the link and the item's guid",
    ),
    "one guid on all": (
        lambda n: item(n, link=f"https://bees.example/{n}", guid="bees"),
        "url: canonical form of the item's link; its guid is that of 30 items of the document, and tells none apart",
    ),
    "one link and one guid on all": (
        lambda n: item(n, link="https://bees.example/news", guid="bees"),
        "the link and the item's text; its guid is that of 30 items of the document, and tells none apart",
    ),
    "no links": (lambda n: item(n, guid=f"bees {n}"), "guid: no usable link: the item's guid within its source"),
    "no links and one guid on all": (
        lambda n: item(n, guid="bees"),
        "text: no usable link: the item's text within its source; its guid is that of 30 items of the document, and tells none",
    ),
    "no guids": (lambda n: item(n, link=f"https://bees.example/{n}"), "url: canonical form of the item's link"),
    "neither links nor guids": (item, "title+date: no usable link: the item's title and date within its source"),
}  # fmt: skip


@pytest.mark.parametrize("case", NOT_THE_ARTICLE)
def test_whatever_items_share_or_lack_each_is_an_entry_once(site: OwnSite, loopback: Loopback, url: str, case: str) -> None:
    make, reason = NOT_THE_ARTICLE[case]
    first = polled(site, loopback, feed(map(make, ALL)))
    site.set_clock(LATER)
    second = polled(site, loopback, feed([*map(make, ALL), "<!-- the same again -->"]))
    files = site.files()

    assert (first, second) == ({"seen": 30, "new": 30}, {"seen": 30, "unchanged": 30})
    assert sorted(titles(site)) == sorted(f"The story of hive number {n}" for n in ALL)
    assert reason in why(site, 7)
    assert url in why(site, 7)
    site.run("publish")
    assert site.files() == files


# --- all names changed at once -------------------------------------------------------------------------------------------------


def test_all_guids_changed_beside_the_same_links_change_nothing(site: OwnSite, loopback: Loopback, url: str) -> None:
    polled(site, loopback, feed(map(usual, ALL)))
    before = site.files(), site.times()
    site.set_clock(LATER)
    other = feed(item(n, link=f"https://bees.example/{n}", guid=f"https://cms.example/?p={n}") for n in ALL)

    assert polled(site, loopback, other) == {"seen": 30, "unchanged": 30}
    assert (site.files(), site.times()) == before
    assert f"as item 8 of {url}" in why(site, 7)


@pytest.mark.parametrize("link", ["https://hives.example/2025/story-of-hive-%d", None], ids=["and all links", "without links"])
def test_all_guids_changed_at_once_is_a_move_of_the_platform_and_nothing_is_published_again(
    site: OwnSite, loopback: Loopback, url: str, link: str | None
) -> None:
    polled(site, loopback, feed(item(n, link=link and f"https://bees.example/{n}", guid=f"bees {n}") for n in ALL))
    before = site.files(), site.times()
    site.set_clock(LATER)
    other = feed(item(n, link=link and link % n, guid=f"https://cms.example/?p={n}") for n in ALL)

    assert polled(site, loopback, other) == {"seen": 30, "unchanged": 30}
    assert (site.files(), site.times()) == before
    assert (
        "this feed changed the ids of its items, and this is the earlier item “The story of hive number 7” by the same text;"
        " not published again (moved)"
    ) in why(site, 7)
    assert url in why(site, 7)


# --- too much at once ----------------------------------------------------------------------------------------------------------


def test_300_old_items_at_once_go_in_below_what_is_newer(site: OwnSite, loopback: Loopback, url: str) -> None:
    def newer(number: int) -> str:
        return item(number, link=f"https://bees.example/{number}", date="Thu, 01 Jan 2026 12:00:00 GMT")

    polled(site, loopback, feed(map(newer, range(5))))
    site.set_clock(LATER)

    assert polled(site, loopback, feed(map(usual, range(100, 400)))) == {"seen": 300, "new": 300}
    assert set(titles(site)[:5]) == {f"The story of hive number {n}" for n in range(5)}
    assert (
        "the publisher's published date; one of 300 new entries that came at once; each stands where its date puts it"
    ) in why(site, 133)
    assert (held(site), url in why(site, 133)) == ([], True)


def test_a_flood_of_undated_items_is_held_until_somebody_lets_it_in(site: OwnSite, loopback: Loopback, url: str) -> None:
    polled(site, loopback, feed(map(usual, ALL)))
    before = site.files()
    site.set_clock(LATER)
    flood = feed(item(n, link=f"https://bees.example/{n}", date="") for n in range(100, 400))

    assert polled(site, loopback, flood) == {"seen": 300, "quarantined": 300}
    assert site.files() == before
    rows = held(site)
    (line,) = (line for line in site.run("quarantine", "list").splitlines() if line.startswith(f"{rows[0]['id']}\t"))
    said = (
        "flood: one of 300 new entries that came at once and would stand on top, where by the history of this source about 6 were"
        " likely since 2025-12-30 05:00 UTC; dated 2026-01-02 05:00 UTC (no date given: when we first saw it); held back:"
        " `aggregator quarantine release` lets it in"
    )
    assert line.split("\t")[2:] == [url, f"{rows[0]['place']} “{rows[0]['raw']}”", said, "held"]
    shown = site.run("quarantine", "show", str(rows[0]["id"]))
    assert f"aggregator quarantine release {rows[0]['id']}" in shown
    assert "What happened in hive number" in shown
    remark = "flood: 300 items are held back: `aggregator quarantine list` tells why"
    assert remark in site.run("feed", "list")
    polls = [line.split("  ")[-1] for line in site.run("feed", "show", url).partition("polls:\n")[2].splitlines()]
    assert polls == ["300 seen = 300 quarantined", remark, "30 seen = 30 new"]

    site.set_clock("2026-01-03T05:00:00+00:00")
    one = site.run("quarantine", "release", str(rows[0]["id"]))
    assert one.startswith(f"{url}: 1 released: 1 new\n")
    assert remark in site.run("feed", "list")
    assert site.run("quarantine", "release", "--source", url, "--code", "flood").startswith(f"{url}: 299 released: 299 new\n")
    assert "\nstate          ok\n" in site.run("feed", "show", url)
    assert site.run("publish").split() != []
    assert rows[0]["raw"].encode() in site.files()["feeds/bees.atom"]
    assert polled(site, loopback, flood) == {"seen": 300, "unchanged": 300}
    assert "no date given: when we first saw it" in why(site, 133)
    assert "no entry has this key yet; held back on 2026-01-02 (flood), and released" in why(site, 133)
    (published,) = {e["published"] for e in json.loads(site.run("entry", "list", "-n", "300", "--json"))}
    assert published == "2026-01-02T05:00:00+00:00"


def test_what_was_dropped_stays_out_and_in_the_list_of_all(site: OwnSite, loopback: Loopback, url: str) -> None:
    polled(site, loopback, feed(map(usual, ALL)))
    site.set_clock(LATER)
    flood = feed(item(n, link=f"https://bees.example/{n}", date="") for n in range(100, 140))
    polled(site, loopback, flood)
    first, *others = (str(row["id"]) for row in held(site))

    assert site.run("quarantine", "drop", first) == "1 dropped; `aggregator quarantine list --all` still shows it\n"
    assert site.run("quarantine", "drop", "--source", url).startswith("39 dropped")
    assert (held(site), len(json.loads(site.run("quarantine", "list", "--all", "--json")))) == ([], 40)
    assert polled(site, loopback, flood) == {"seen": 40, "tombstoned": 40}
    assert site.run("quarantine", "release", others[0]).startswith(f"{url}: 1 released: 1 new\n")


# --- another feed's document ---------------------------------------------------------------------------------------------------


def test_another_feeds_document_under_this_address_is_held(site: OwnSite, loopback: Loopback, url: str) -> None:
    polled(site, loopback, feed(map(usual, ALL)))
    before = site.files(), site.times()
    site.set_clock(LATER)
    shoes = feed(
        (item(n, link=f"https://shoes.example/{n}").replace("hive", "shoe") for n in range(5)),
        "Cheap running shoes", "https://shoes.example/",
    )  # fmt: skip
    loopback.replies["/feed"] = shoes
    tested = site.run("feed", "test", url, "--json")

    assert polled(site, loopback, shoes) == {"seen": 5, "quarantined": 5}
    assert (site.files(), site.times()) == before
    said = (
        "this document has nothing in common with what the source carried before: it calls itself “Cheap running shoes”"
        " (shoes.example), not “Bees and hives” (bees.example), none of its items is known, and they link to shoes.example, not"
        " to bees.example; it may be another feed's content or a login page under this address; held back: `aggregator quarantine"
        " release` lets it in, if the source did become another"
    )
    assert {(row["code"], row["message"]) for row in held(site)} == {("swapped", said)}
    assert said in site.run("feed", "list")
    assert json.loads(tested)["tally"]["quarantined"] == 5
    assert polled(site, loopback, feed([*map(usual, ALL), usual(30)])) == {"seen": 31, "new": 1, "unchanged": 30}
    assert "swapped" not in site.run("feed", "list")
    polled(site, loopback, shoes)
    assert site.run("quarantine", "drop", "--source", url).startswith("5 dropped")
    assert "\nstate          ok\n" in site.run("feed", "show", url)


# --- what cannot be released ---------------------------------------------------------------------------------------------------


def test_a_row_that_holds_no_item_says_what_to_do_instead(site: OwnSite, loopback: Loopback, url: str) -> None:
    (site.folder / "posts").mkdir()
    (site.folder / "posts" / "2026-01-01-draft.md").write_text("---\ndraft: true\ntitle: Not yet\n---\nText")
    site.configure((site.folder / "config.yaml").read_text() + "\nseeds: [{path: posts}]\n")
    empty, flawed = (
        "<item><pubDate>Thu, 01 Jan 2026 12:00:00 GMT</pubDate></item>",
        usual(1).replace("Jan 2025", "Nevermber 2025"),
    )
    polled(site, loopback, feed([empty, flawed]))
    site.run("seed", "ingest")
    site.set_clock(LATER)
    polled(site, loopback, Reply(body=b"<!DOCTYPE html><html><body>Log in</body></html>"))
    rows = {row["code"]: row for row in held(site)}

    def refused(code: str, command: str = "release") -> str:
        return site.run("quarantine", command, str(rows[code]["id"]), expect=2)

    assert "item 1 could not become an entry (empty-item); once its publisher mends it, a poll brings it in" in refused(
        "empty-item"
    )
    assert "holds no item: it tells of a flaw of an entry that was stored all the same (`aggregator entry why 1`)" in refused(
        "unknown-date", "drop"
    )
    assert "the document could not be read (not-a-feed); `aggregator feed test" in refused("not-a-feed")
    assert "2026-01-01-draft.md could not become an entry (draft); mend it, and the next run reads it" in refused("draft")
    assert "quarantine has no row 99" in site.run("quarantine", "release", "99", expect=1)
    assert "nothing of" in site.run("quarantine", "drop", "--source", url, "--code", "flood", expect=1)
    for arguments in ((), ("1", "--source", url), ("1", "--code", "flood")):
        assert "name either rows by their numbers, or a source" in site.run("quarantine", "release", *arguments, expect=2)
