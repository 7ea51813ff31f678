"""Copies under other URLs, as a user meets them: listed, merged, explained, and parted again."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from agency import BRIDGE, LIBRARY, reprinted
from loopback_server import Loopback, Reply

if TYPE_CHECKING:
    from own_site import OwnSite

A_LINK, B_LINK = "https://morning.example/bridge", "https://evening.example/2026/1.html"


def rss(*items: tuple[str, str, str], title: str) -> Reply:
    parts = "".join(
        f"<item><title>{headline}</title><link>{link}</link><description><![CDATA[{text}]]></description>"
        "<pubDate>Thu, 01 Jan 2026 00:00:00 GMT</pubDate></item>"
        for headline, link, text in items
    )
    return Reply(body=f'<rss version="2.0"><channel><title>{title}</title>{parts}</channel></rss>'.encode())


def configure(site: OwnSite, loopback: Loopback, mode: str) -> None:
    feeds = "".join(f'  - {{url: "{loopback.url(path)}", categories: [News]}}\n' for path in ("/morning", "/evening"))
    site.configure(
        f'fetch: {{allow: ["127.0.0.1:{loopback.port}"], spacing: 0s}}\ncategories: [{{name: News, duplicates: {mode}}}]\n'
        f"feeds:\n{feeds}"
    )


def carry(loopback: Loopback) -> None:
    loopback.replies |= {
        "/morning": rss(("Bridge opens", A_LINK, BRIDGE), ("Library", "https://morning.example/2", LIBRARY), title="Morning"),
        "/evening": rss(("大桥通车", B_LINK, reprinted(BRIDGE)), title="Evening"),
    }


def pairs(site: OwnSite) -> list[Any]:
    return [(p["distance"], {p["url"], p["other_url"]}) for p in json.loads(site.run("entry", "duplicates", "--json"))]


def test_suggest_lists_copies_and_merges_none_also_of_entries_that_were_there_before(site: OwnSite, loopback: Loopback) -> None:
    carry(loopback)
    configure(site, loopback, "off")
    site.run("run")
    assert "no copies are looked for in any category" in site.run("entry", "duplicates", expect=2)

    configure(site, loopback, "suggest")
    assert pairs(site) == [(0, {A_LINK, B_LINK})]
    assert pairs(site) == [(0, {A_LINK, B_LINK})]
    assert "Bridge opens" in site.run("entry", "duplicates", "--category", "news")
    site.set_clock("2026-01-12T00:00:00+00:00")
    assert pairs(site) == []
    assert len(json.loads(site.run("entry", "duplicates", "--json", "--days", "30"))) == 1
    assert len(json.loads(site.run("entry", "list", "--json"))) == 3
    assert "nothing to apply" in site.run("rules", "preview")


def test_a_mode_for_all_categories_holds_where_a_category_says_nothing_else(site: OwnSite, loopback: Loopback) -> None:
    carry(loopback)
    configure(site, loopback, "off")
    site.run("run")
    said = (site.folder / "config.yaml").read_text()

    site.configure(f"duplicates: suggest\n{said}")
    assert "no copies are looked for in any category" in site.run("entry", "duplicates", expect=2)
    site.configure("duplicates: suggest\n" + said.replace(", duplicates: off", ""))
    assert pairs(site) == [(0, {A_LINK, B_LINK})]


def test_on_makes_copies_one_entry_and_split_parts_them_for_good(site: OwnSite, loopback: Loopback) -> None:
    carry(loopback)
    configure(site, loopback, "on")
    site.run("run")
    assert len(json.loads(site.run("entry", "list", "--json"))) == 2
    told = " ".join(site.run("entry", "why", B_LINK).split())
    assert "says the same as “" in told
    merged = json.loads(site.run("entry", "show", B_LINK, "--json"))
    copy = A_LINK if merged["url"] == B_LINK else B_LINK
    assert f"`aggregator entry split {merged['id']} {copy}`" in told
    assert pairs(site) == []

    assert "has parted from entry" in site.run("entry", "split", str(merged["id"]), copy)
    site.run("run")
    left, parted = (json.loads(site.run("entry", "show", link, "--json")) for link in (merged["url"], copy))
    assert left["atom_id"] == merged["atom_id"]
    assert left["id"] != parted["id"]
    told = " ".join(site.run("entry", "why", copy).split())
    assert "when it came: says the same as “" in told
    assert f"since then: the operator said that it is another article than entry {left['id']}, “" in told
    assert "new: says the same as" not in told
    feed = site.files()["feeds/news.atom"].decode()
    assert feed.count("<entry") == 3
    assert all(entry["atom_id"] in feed for entry in (left, parted))
    assert pairs(site) == [(0, {A_LINK, B_LINK})]

    site.set_clock("2026-01-03T00:00:00+00:00")
    carry(loopback)
    site.run("poll")
    site.run("db", "rekey")
    assert len(json.loads(site.run("entry", "list", "--json"))) == 3


def test_split_says_why_it_cannot(site: OwnSite, loopback: Loopback) -> None:
    carry(loopback)
    configure(site, loopback, "on")
    site.run("run")

    library = "https://morning.example/2"
    assert "has no other carriers" in site.run("entry", "split", library, library, expect=2)
    assert "is not carried as https://c.example/" in site.run("entry", "split", A_LINK, "https://c.example/", expect=1)


def test_a_mode_that_is_none_is_refused(site: OwnSite, loopback: Loopback) -> None:
    configure(site, loopback, "maybe")

    assert "categories[0].duplicates: must be off, suggest or on (got 'maybe')" in site.run("config", "check", expect=2)


def test_where_no_copies_are_looked_for_nothing_of_it_is_even_loaded(site: OwnSite, loopback: Loopback) -> None:
    carry(loopback)
    configure(site, loopback, "off")
    parts = {f"aggregator.{name}" for name in ("likeness", "decide.copies", "model.copying", "store.likenesses")}
    script = f"""
import sys, aggregator.cli
sys.argv[1:] = ["run"]
aggregator.cli.main()
print("aggregator.ingest" in sys.modules, sorted({parts} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=site.folder, env=site.environ, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "True []"
