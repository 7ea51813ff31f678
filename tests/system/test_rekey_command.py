"""Rules that change, as a user meets them: a warning, a rehearsal, entries merged, published, and parted again."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import feedparser
import pytest
from loopback_server import Loopback, Reply

if TYPE_CHECKING:
    from own_site import OwnSite

DATE = "Thu, 01 Jan 2026 00:00:00 GMT"
ALIAS = """identity:
  aliases: [{match: 'https://finance\\.example\\.com/news/\\d+,(\\d+)\\.html', canonical: 'https://finance.example.com/a/\\1.html'}]
"""
RULE = r"identity.aliases: fits https://finance\.example\.com/news/\d+,(\d+)\.html"
STANDING = "the identity rules changed, and older entries have their keys by other rules; see `aggregator db rekey --dry-run`"
OLD, NEW = (
    "https://finance.example.com/news/11158,202112082206934582.html",
    "https://finance.example.com/a/202112082206934582.html",
)


def rss(title: str, link: str, guid: str, more: str = "") -> Reply:
    item = (
        f"<item><title>{title}</title><link>{link}</link><guid isPermaLink='false'>{guid}</guid><pubDate>{DATE}</pubDate></item>"
    )
    body = (
        f'<rss version="2.0"><channel><title>A feed</title><link>https://finance.example.com/</link>{item}{more}</channel></rss>'
    )
    return Reply(body=body.encode(), headers={"Content-Type": "application/rss+xml"})


def configure(site: OwnSite, loopback: Loopback, more: str = "") -> None:
    feeds = "\n".join(
        f'  - {{url: "{loopback.url(path)}", categories: [{name}]}}' for path, name in (("/1", "财经"), ("/2", "股票"))
    )
    site.configure(f'site: {{title: 聚合}}\nfetch: {{allow: ["127.0.0.1:{loopback.port}"]}}\nfeeds:\n{feeds}\n{more}')


def published(site: OwnSite, slug: str) -> list[tuple[str, str]]:
    parsed = feedparser.parse(io.BytesIO(site.files()[f"feeds/{slug}.atom"]))  # noqa: TID251 - an outsider reads what we published
    return [(entry.id, entry.title) for entry in parsed.entries]


@pytest.fixture(name="site")
def _site(any_site: OwnSite) -> OwnSite:
    return any_site


@pytest.fixture(name="stocked")
def _stocked(site: OwnSite, loopback: Loopback) -> OwnSite:
    """Return a site with one article of two feeds under two addresses, published as two entries."""
    loopback.replies["/1"] = rss("First", NEW, "urn:x:1")
    loopback.replies["/2"] = rss("Second", OLD, "urn:x:2")
    configure(site, loopback)
    site.run("poll", loopback.url("/1"))
    site.run("poll", loopback.url("/2"))
    site.run("publish")
    return site


def test_an_alias_merges_what_is_stored_and_without_it_the_former_ids_are_published_again(
    stocked: OwnSite, loopback: Loopback
) -> None:
    before = stocked.files()
    configure(stocked, loopback, ALIAS)
    stocked.set_clock("2026-01-02T04:00:00+00:00")
    rehearsed = stocked.run("db", "rekey", "--dry-run")
    assert stocked.run("publish") == ""
    done = stocked.run("db", "rekey")
    stocked.run("publish")

    assert rehearsed.splitlines() == [
        "WHAT\tENTRY\tTO\tTITLE\tWHY",
        f"merged\t2\t1\tSecond\t{OLD} -> {NEW} ({RULE})",
        f"rewritten\t2\t-\tSecond\t{OLD} -> {NEW}",
        "would be merged: 1, parted: 0, rewritten: 1 (entries, entries, sightings)",
    ]
    assert done == rehearsed.replace("would be ", "")
    assert published(stocked, "caijing") == published(stocked, "gupiao") == published(stocked, "all") == [("urn:x:1", "First")]
    why = " ".join(stocked.run("entry", "why", "urn:x:2").split())
    assert "entry 1: First" in why
    assert (
        "when it came: no entry has this key yet"
        f" since then: the identity rules changed: entry 2 is the same article as this one ({NEW}) (rekeyed-silenced)"
    ) in why
    assert [line in why for line in ("new: no entry has this key yet", "merged: no entry has this key yet")] == [True, False]

    configure(stocked, loopback)
    stocked.run("db", "rekey")
    stocked.run("publish")
    after = stocked.files()
    assert after["feeds/caijing.atom"] == before["feeds/caijing.atom"]
    assert published(stocked, "all") == [("urn:x:1", "First"), ("urn:x:2", "Second")]
    assert b"deleted-entry" not in after["feeds/all.atom"].replace(b"xmlns:at", b"")
    assert published(stocked, "gupiao") == [("urn:x:2", "Second")]
    assert b'<at:deleted-entry ref="urn:x:1"' in after["feeds/gupiao.atom"]  # which was shown there meanwhile


def test_what_the_operator_hid_stays_hidden_by_other_rules_and_both_commands_say_so(stocked: OwnSite, loopback: Loopback) -> None:
    stocked.run("entry", "hide", "urn:x:2", "--reason", "spam")
    configure(stocked, loopback, ALIAS)
    rehearsed = stocked.run("db", "rekey", "--dry-run").splitlines()
    stocked.run("db", "rekey")
    stocked.run("publish")

    assert rehearsed[1] == (
        f"merged\t1\t2\tFirst\tentry 2: {OLD} -> {NEW} ({RULE}); hidden, too, since the operator hid entry 2: spam"
    )
    assert published(stocked, "all") == []
    why = " ".join(stocked.run("entry", "why", "urn:x:1").split())
    assert "it was hidden with `entry hide`: spam" in why
    assert f"entry 1 is the same article as this one ({NEW}); the operator hid this one, and so it is hidden, too" in why

    configure(stocked, loopback)
    stocked.run("db", "rekey")
    stocked.run("publish")
    assert published(stocked, "all") == [("urn:x:1", "First")]


def test_a_run_by_changed_rules_repeats_nothing_and_says_what_to_do_until_it_is_done(
    stocked: OwnSite, loopback: Loopback
) -> None:
    fresh = "<item><title>Third</title><link>https://finance.example.com/news/1,77.html</link></item>"
    loopback.replies["/2"] = rss("Second", OLD, "urn:x:2", fresh)
    configure(stocked, loopback, ALIAS)
    polled = stocked.run("poll", "--json")
    again = stocked.on_terminal("run", columns=200)
    standing = json.loads(stocked.run("status", "--json"))["identity rules"]
    told = json.loads(stocked.run("db", "rekey", "--json"))
    loopback.replies["/2"] = rss("Second", OLD, "urn:x:2", f"{fresh}<!-- read me again -->")

    second = next(row["poll"]["tally"] for row in json.loads(polled) if row["url"].endswith("/2"))
    assert (second["new"], second["unchanged"]) == (1, 1)
    assert f"aggregator: {STANDING}" in again
    assert standing == STANDING
    assert [change["what"] for change in told["changes"]] == ["merged", "rewritten"]
    assert stocked.on_terminal("run").count("identity rules") == 0
    assert json.loads(stocked.run("status", "--json"))["identity rules"] == "those of the configuration"


def test_a_new_store_notes_its_rules(site: OwnSite, loopback: Loopback) -> None:
    configure(site, loopback, ALIAS)
    site.run("status")
    configure(site, loopback)

    assert (
        json.loads(site.run("db", "rekey", "--json"))["from"]
        != json.loads(site.run("alias", "test", "--json", "x"))["rules_version"]
    )
