"""The commands about single entries, as a user runs them: hidden and shown again, their versions, and the reasons for all."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from loopback_server import Loopback, Reply

if TYPE_CHECKING:
    from own_site import OwnSite

LINK = "https://a.example/1"
WORDS = ("harbour", "crane", "market", "lantern", "museum", "bakery")
SEED = "---\ntitle: From a seed\nsource: {}\ncategories: [Seeds]\n---\nSeed text {}\n"


def rss(*items: str, etag: str, title: str = "A feed") -> Reply:
    body = f'<rss version="2.0"><channel><title>{title}</title><link>https://a.example/</link>{"".join(items)}</channel></rss>'
    return Reply(body=body.encode(), headers={"ETag": etag})


def item(number: int, text: str = "Text", *, link: str = "", more: str = "") -> str:
    link = link or f"https://a.example/{number}"
    date = "<pubDate>Thu, 01 Jan 2026 00:00:00 GMT</pubDate>"
    return f"<item><title>Item {number}</title><link>{link}</link><description>{text}</description>{date}{more}</item>"


def configure(site: OwnSite, loopback: Loopback, *paths: str, more: str = "") -> None:
    feeds = "".join(f'  - {{url: "{loopback.url(path)}", categories: [Of {path[1:]}]}}\n' for path in paths)
    site.configure(f'fetch: {{allow: ["127.0.0.1:{loopback.port}"], spacing: 0s}}\n{more}\nfeeds:\n{feeds}')


def listed(site: OwnSite, *arguments: str) -> list[str]:
    return [entry["title"] for entry in json.loads(site.run("entry", "list", "--json", *arguments))]


def polled(site: OwnSite) -> list[dict[str, Any]]:
    """Poll all feeds and return how the items of each ended."""
    rows = json.loads(site.run("poll", "--json"))
    tallies = [row["poll"]["tally"] for row in sorted(rows, key=lambda row: str(row["url"]))]
    return [{name: number for name, number in tally.items() if number} for tally in tallies]


def published(site: OwnSite, text: str) -> list[str]:
    return [path for path, content in site.files().items() if text.encode() in content]


def test_a_hidden_entry_stays_away_whoever_brings_it_and_comes_back_as_its_sources_have_it_then(
    site: OwnSite, loopback: Loopback
) -> None:
    loopback.replies |= {"/a": rss(item(1, "First text"), item(2), etag="1")}
    configure(site, loopback, "/a")
    site.run("run")
    shown = published(site, "First text")

    assert "entry 1 is hidden" in site.run("entry", "hide", LINK, "--reason", "spam")
    site.run("publish")
    assert published(site, "Item 1") == []
    (site.folder / "seeds").mkdir()
    (site.folder / "seeds" / "2026-01-01-a.md").write_text(SEED.format(LINK, 1))
    loopback.replies |= {"/a": rss(item(1, "Second text"), item(2), etag="2"), "/b": rss(item(1, "Of b"), etag="1", title="B")}
    configure(site, loopback, "/a", "/b", more="seeds: [{path: seeds/}]")
    site.set_clock("2026-01-02T12:00:00+00:00")
    assert polled(site) == [{"seen": 2, "unchanged": 1, "tombstoned": 1}, {"seen": 1, "tombstoned": 1}]
    assert "1 tombstoned" in site.run("seed", "ingest")
    assert polled(site) == [{}, {}]
    site.run("seed", "ingest", "--verify")
    site.run("publish")
    assert (listed(site), listed(site, "--hidden")) == (["Item 2"], ["Item 1"])
    assert published(site, "Item 1") == published(site, "text 1") == []

    assert "entry 1 is shown again" in site.run("entry", "restore", "1")
    site.run("publish")
    assert published(site, "First text") == shown
    site.set_clock("2026-01-03T00:00:00+00:00")
    assert "1 merged" in site.run("seed", "ingest")
    assert polled(site) == [{"seen": 2, "unchanged": 1, "merged": 1}, {"seen": 1, "merged": 1}]
    assert json.loads(site.run("entry", "show", LINK, "--json"))["title"] == "From a seed"
    assert site.run("entry", "list", "--hidden", "--json").strip() == "[]"


def test_an_entry_is_shown_with_its_people_and_pictures(site: OwnSite, loopback: Loopback) -> None:
    more = (
        '<contributor xmlns="http://purl.org/dc/elements/1.1/">Ed</contributor>'
        '<thumbnail xmlns="http://search.yahoo.com/mrss/" url="/1.jpg" width="75"/>'
    )
    loopback.replies["/a"] = rss(item(1, more=more), etag="1")
    configure(site, loopback, "/a")
    site.run("run")

    picture = loopback.url("/1.jpg")
    lines = site.run("entry", "show", "1").splitlines()
    assert ["contributed  Ed", f"thumbnails   {picture}"] == [line for line in lines if line.startswith(("contrib", "thumb"))]
    shown = json.loads(site.run("entry", "show", "1", "--json"))
    assert [person["name"] for person in shown["contributors"]] == ["Ed"]
    assert shown["thumbnails"] == [{"url": picture, "width": 75, "height": None}]


def test_what_was_hidden_already_gets_the_new_reason(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/a"] = rss(item(1), etag="1")
    configure(site, loopback, "/a")
    site.run("run")
    site.run("entry", "hide", "1")

    assert "was hidden already, since 2026-01-02 03:04:05+00:00" in site.run("entry", "hide", "1", "--reason", "spam")
    (row,) = json.loads(site.run("entry", "list", "--hidden", "--json"))
    assert (row["title"], row["hidden"]["by"], row["hidden"]["reason"]) == ("Item 1", "operator", "spam")
    assert "hidden       since 2026-01-02 03:04:05+00:00, by the operator: spam" in site.run("entry", "show", "1")


def test_what_is_restored_no_rule_hides_any_more_and_why_tells_both(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/a"] = rss(item(1, "First"), item(2), etag="1")
    configure(site, loopback, "/a", more="block: [{title: Item 1}]")
    site.run("run")
    assert listed(site) == ["Item 2"]

    said = site.run("entry", "restore", "1")
    assert "rule block[0]: title ~ Item 1: that had hidden it; from now on no rule does" in said
    loopback.replies["/a"] = rss(item(1, "Second"), item(2), etag="2")
    site.set_clock("2026-01-03T00:00:00+00:00")
    site.run("poll")
    configure(site, loopback, "/a", more="block: [{title: Item}]")
    assert "hidden by rule: 1;" in site.run("rules", "apply")

    assert listed(site) == ["Item 1"]
    lines = [line.strip() for line in site.run("entry", "why", "1").splitlines()]
    hidden = lines.index("2026-01-02 03:04:05+00:00  a rule hid it: rule block[0]: title ~ Item 1")
    assert lines[hidden + 1 : hidden + 3] == [
        "2026-01-02 03:04:05+00:00  it was shown again with `entry restore`",
        "from then on no rule hides it",
    ]
    assert json.loads(site.run("entry", "why", "1", "--json"))["restored"]["hidden"]["by"] == "rule"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        pytest.param(("hide", "7"), 1, "no entry is known under 7", id="hide nothing"),
        pytest.param(("restore", "1"), 2, "entry 1 is not hidden", id="restore what is shown"),
        pytest.param(("list", "--hidden", "--category", "all"), 2, "do not go together", id="what is hidden is nowhere"),
    ],
)
def test_wrong_usage(site: OwnSite, loopback: Loopback, arguments: tuple[str, ...], status: int, message: str) -> None:
    loopback.replies["/a"] = rss(item(1), etag="1")
    configure(site, loopback, "/a")
    site.run("run")

    assert message in site.run("entry", *arguments, expect=status)


def test_the_versions_of_an_entry_are_told_with_what_changed(site: OwnSite, loopback: Loopback) -> None:
    configure(site, loopback, "/a", more="limits: {revisions: 2}")
    for number, text in enumerate(("One line", "Another line", "Another line&lt;p&gt;and more")):
        loopback.replies["/a"] = rss(item(1, text), etag=f"{number}", title="Feed A")
        site.set_clock(f"2026-01-0{2 + number}T00:00:00+00:00")
        site.run("poll")

    assert site.run("entry", "show", LINK, "--diff").splitlines() == [
        "entry 1: Item 1",
        "Feed A, item 1; subscribers get its newest version",
        "  1 older version not kept any more",
        "  2. 2026-01-03 00:00:00+00:00  what a reader sees changed",
        "     title: Item 1",
        "  3. 2026-01-04 00:00:00+00:00  what a reader sees changed",
        "     changed: summary",
        "     @@ -3 +3,2 @@",
        "      Another line",
        "     +and more",
    ]
    assert "+and more" not in site.run("entry", "show", LINK, "--history")
    (carrier,) = json.loads(site.run("entry", "show", LINK, "--history", "--json"))["carriers"]
    assert [(r["number"], r["summary"]) for r in carrier["revisions"]] == [
        (2, "Another line"), (3, "Another line<p>and more</p>"),
    ]  # fmt: skip


def width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


def test_the_account_of_an_entry_tells_what_happened_in_order_of_time(site: OwnSite, loopback: Loopback) -> None:
    repeated = "http://www.a.example/1?utm_source=b&amp;b=2&amp;a=1"
    loopback.replies |= {
        "/a": rss(item(1, link=f"{LINK}?a=1&amp;b=2", more="<guid>urn:x:1</guid>"), etag="1", title="Feed A"),
        "/b": rss(item(1, "Of b", link=repeated), etag="1", title="一个名字很长的中文订阅" * 6),
    }
    configure(site, loopback, "/a", "/b")
    site.run("poll", loopback.url("/a"))
    site.run("publish")
    site.set_clock("2026-01-03T00:00:00+00:00")
    site.run("poll")
    loopback.replies["/a"] = rss(
        item(1, "New", link=f"{LINK}?a=1&amp;b=2", more="<guid>urn:x:1</guid>"), etag="2", title="Feed A"
    )
    site.set_clock("2026-01-04T00:00:00+00:00")
    site.run("poll")
    site.run("entry", "hide", "1", "--reason", "spam")

    lines = site.run("entry", "why", LINK + "?b=2&a=1").splitlines()
    assert max(map(width, lines)) <= 100
    told = "\n".join(lines)
    in_order = [
        "entry 1: Item 1",
        "2026-01-02 03:04:05+00:00  Feed A brought it",
        "new: no entry has this key yet",
        "which is its key",
        "2026-01-03 00:00:00+00:00  一个名字很长的中文订阅",
        "merged: another carrier of a known entry (same-key)",
        "parameters: these do not say which article: utm_source",
        "2026-01-04 00:00:00+00:00  Feed A gave it anew: version 2",
        "revised: what a reader sees changed (new-digest)",
        "changed: summary",
        "2026-01-04 00:00:00+00:00  it was hidden with `entry hide`: spam",
        "what subscribers would get, were it not hidden",
        "text: that of Feed A, version 2; of the feeds that carry it, the first one speaks",
        "published: 2026-01-01 00:00:00+00:00, the publisher's published date",
        "id: urn:x:1, the publisher's own; it never changes",
        "where it is published",
        "feeds/of-a.atom: gone with the next publish, since it is hidden",
        "in Of a, because: subscribed under this category:",
        "by what it is known when it comes again",
        "https://a.example/1?a=1&b=2",
        "what would change it",
        "`aggregator entry restore 1` shows it again",
    ]
    at = 0
    for words in in_order:
        assert words in told[at:]
        at = told.index(words, at)
    account = json.loads(site.run("entry", "why", "1", "--json"))
    assert [step["rule"] for step in account["sightings"][1]["steps"]] == ["spelling", "www", "parameters"]
    assert [place["slug"] for place in account["placements"]] == ["of-a", "of-b", "all"]


@pytest.mark.parametrize(
    ("columns", "widest"),
    [pytest.param(60, 60, id="as wide"), pytest.param(20, 40, id="narrow"), pytest.param(250, 100, id="wide")],
)
def test_an_account_is_as_wide_as_the_terminal_within_reason(
    site: OwnSite, loopback: Loopback, columns: int, widest: int
) -> None:
    loopback.replies["/a"] = rss(item(1), etag="1", title="字" * 150)
    configure(site, loopback, "/a")
    site.run("run")

    lines = site.on_terminal("entry", "why", "1", columns=columns).splitlines()
    assert max(map(width, lines)) in {widest, widest - 1}


def test_where_in_a_feed_or_its_archive_an_entry_stands_is_told(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/a"] = rss(*(item(n) for n in range(1, 4)), etag="1")
    configure(site, loopback, "/a", more="publish: {entries: 1}")
    site.run("poll")

    def standing() -> set[str]:
        return {
            line.partition(": ")[2] for n in "123" for line in site.run("entry", "why", n).splitlines() if "feeds/of-a" in line
        }

    assert standing() == {
        "number 1 in the feed, with the first publish",
        "number 2 in the feed, with the first publish",
        "number 3 in the feed, with the first publish",
    }
    site.run("publish")
    assert standing() == {
        "number 1 in the feed, since 2026-01-02 03:04:05+00:00",
        "in its archive, feeds/of-a/archive/1.atom",
        "in its archive, feeds/of-a/archive/2.atom",
    }


@pytest.mark.parametrize(
    ("items", "words"),
    [
        pytest.param(
            [item(n, f"{n}", link=LINK) for n in range(30)],
            "url+title+date: 29 other items of the same document share this link: the link and the item's title and date",
            id="one link on all items",
        ),
        pytest.param(
            [item(n, more="<guid>same</guid>") for n in range(30)], "url: canonical form of the item's link", id="one guid on all"
        ),
        pytest.param(
            ["<item><title>A</title><guid isPermaLink='false'>1</guid></item>"],
            "guid: no usable link: the item's guid within its source",
            id="no links",
        ),
        pytest.param(
            ["<item><title>A</title></item>"], "title: no usable link: the item's title within its source", id="nothing"
        ),
    ],
)
def test_the_account_says_what_stands_in_for_a_link(site: OwnSite, loopback: Loopback, items: list[str], words: str) -> None:
    loopback.replies["/a"] = rss(*items, etag="1")
    configure(site, loopback, "/a")
    site.run("poll")

    assert len(listed(site)) == len(items)
    assert words in " ".join(site.run("entry", "why", "1").split())


def words_of(site: OwnSite, what: str) -> str:
    """Return an account in one line, as it is read whatever the width of the terminal."""
    return " ".join(site.run("entry", "why", what).split())


def test_an_id_that_the_publisher_gave_is_never_told_as_made_here(site: OwnSite, loopback: Loopback) -> None:
    given = item(1, more="<guid isPermaLink='false'>urn:x:1</guid>")
    loopback.replies["/a"] = rss(given, item(2), etag="1")
    configure(site, loopback, "/a")
    site.run("poll")
    loopback.replies["/a"] = rss(given.replace("urn:x:1", "urn:x:9").replace(">Text<", ">New<"), item(2), etag="2")
    site.run("publish")
    site.set_clock("2026-01-03T00:00:00+00:00")
    site.run("poll")

    told = words_of(site, LINK)
    assert "its own id: urn:x:9" in told
    assert "id: urn:x:1, the publisher's own; it never changes" in told
    assert "made here, since it came without one" in words_of(site, "https://a.example/2")


def test_of_a_link_that_entries_share_the_account_tells_the_true_key_and_the_others(site: OwnSite, loopback: Loopback) -> None:
    items = [item(n, f"{n}", link=LINK, more=f"<guid isPermaLink='false'>g{n}</guid>") for n in range(3)]
    loopback.replies["/a"] = rss(*items, item(7), etag="1")
    configure(site, loopback, "/a")
    site.run("poll")
    (found,) = [entry for entry in json.loads(site.run("entry", "list", "--json")) if entry["title"] == "Item 1"]
    numbers = [e["id"] for e in json.loads(site.run("entry", "list", "--json")) if e["url"] == LINK and e["id"] != found["id"]]
    others = ", ".join(map(str, sorted(numbers)))

    told = words_of(site, str(found["id"]))
    assert f"2 other entries have it ({others}) too its key is {LINK} guid:g1" in told
    assert "which is its key" not in told
    assert "this link is not its alone: 2 other entries have it (" in words_of(site, LINK)
    assert "this link is not its alone" not in told
    assert "which is its key as it stands" in words_of(site, "https://a.example/7")


def test_an_item_that_moved_is_told_to_have_come_under_its_former_names(site: OwnSite, loopback: Loopback) -> None:
    def document(link: str, guid: str, etag: str) -> Reply:
        texts = {n: f"The {word} was seen on the quay by many people. " * 4 for n, word in enumerate(WORDS)}
        return rss(
            *(
                item(n, text, link=link.format(n), more=f"<guid isPermaLink='false'>{guid.format(n)}</guid>").replace(
                    f"Item {n}", f"The {WORDS[n]} of the town"
                )
                for n, text in texts.items()
            ),
            etag=etag,
            title="Feed A",
        )

    loopback.replies["/a"] = document("https://a.example/?p={}", "https://a.example/?p={}", "1")
    configure(site, loopback, "/a")
    site.run("poll")
    site.set_clock("2026-01-03T00:00:00+00:00")
    loopback.replies["/a"] = document("https://new.example/p/slug-of-{}-here", "{}00", "2")
    assert polled(site) == [{"seen": 6, "unchanged": 6}]
    site.set_clock("2026-01-04T00:00:00+00:00")
    loopback.replies["/a"] = document("https://new.example/p/slug-of-{}-here", "{}00", "3")
    site.run("poll")

    came, _, moved = words_of(site, "https://a.example/?p=4").partition("2026-01-03 00:00:00+00:00 Feed A had it")
    assert "2026-01-02 03:04:05+00:00 Feed A brought it" in came
    assert "new: no entry has this key yet link: https://a.example/?p=4" in came
    assert "it was known by https://a.example/?p=4 then" in came
    assert "new.example" not in came
    assert moved.startswith(" under another link and id unchanged: this feed changed the ids of its items")
    assert "(moved) its own id: 400 link: https://new.example/p/slug-of-4-here" in moved
    assert "had it once more" not in moved
    assert "id: https://a.example/?p=4, the publisher's own; it never changes" in moved
