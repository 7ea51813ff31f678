"""What one feed hides and keeps, as a user meets it: with other carriers, with rules that change, and with what a guard held."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from loopback_server import Loopback, Reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from own_site import OwnSite


@pytest.fixture(name="site")
def _site(any_site: OwnSite) -> OwnSite:
    return any_site


def rss(titles: Iterable[str], host: str = "news.example", dated: str = "Thu, 01 Jan 2026 00:00:00 GMT") -> Reply:
    when = f"<pubDate>{dated}</pubDate>" if dated else ""
    items = "".join(
        f"<item><title>{title}</title><link>https://{host}/{title.replace(' ', '-')}</link>{when}</item>" for title in titles
    )
    return Reply(body=f'<rss version="2.0"><channel><title>{host}</title>{items}</channel></rss>'.encode())


def configure(site: OwnSite, loopback: Loopback, first: str = "", second: str = "") -> None:
    feeds = "".join(
        f'  - {{url: "{loopback.url(path)}", categories: [News]{rules}}}\n' for path, rules in (("/1", first), ("/2", second))
    )
    site.configure(f'fetch: {{spacing: 0s, allow: ["127.0.0.1:{loopback.port}"]}}\nfeeds:\n{feeds}')


def shown(site: OwnSite) -> list[str]:
    return sorted(entry["title"] for entry in json.loads(site.run("entry", "list", "--json")))


def hidden(site: OwnSite) -> dict[str, str]:
    return {entry["title"]: entry["hidden"]["reason"] for entry in json.loads(site.run("entry", "list", "--hidden", "--json"))}


BLOCK, KEEP = ', block: [{title: "^Ad"}]', ', keep: [{title: "news"}]'


def test_what_rules_of_one_feed_are_against_is_stored_listed_and_shown_where_another_feed_brings_it(
    site: OwnSite, loopback: Loopback
) -> None:
    loopback.replies |= {"/1": rss(["Ad one", "Ad two", "Bees"]), "/2": rss(["Ad one", "Old news", "Wasps"])}
    configure(site, loopback, BLOCK, KEEP)
    site.run("run")

    first, second = loopback.url("/1"), loopback.url("/2")
    assert shown(site) == ["Bees", "Old news"]
    assert hidden(site) == {
        "Ad one": f"rule block[0] of {first}: title ~ ^Ad",
        "Ad two": f"rule block[0] of {first}: title ~ ^Ad",
        "Wasps": f"no rule of keep of {second} holds",
    }
    configure(site, loopback, BLOCK)
    assert "nothing to apply" not in site.run("rules", "preview", "--diff")
    site.run("rules", "apply")
    site.run("publish")
    assert shown(site) == ["Ad one", "Bees", "Old news", "Wasps"]
    assert hidden(site) == {"Ad two": f"rule block[0] of {first}: title ~ ^Ad"}
    assert b"Ad one" in site.files()["feeds/news.atom"]
    assert b"Ad two" not in site.files()["feeds/news.atom"]


def test_rules_hold_for_what_is_released_by_the_rules_of_then_and_changed_rules_reach_it(
    site: OwnSite, loopback: Loopback
) -> None:
    loopback.replies |= {"/1": rss(["Bees"]), "/2": rss(["Wasps"])}
    configure(site, loopback)
    site.run("run")
    site.set_clock("2026-01-03T05:00:00+00:00")
    loopback.replies["/1"] = rss([f"{'Ad' if n % 2 else 'Story'} {n:02}" for n in range(40)], dated="")
    site.run("run")
    assert shown(site) == ["Bees", "Wasps"]

    configure(site, loopback, BLOCK)
    done = site.run("quarantine", "release", "--source", loopback.url("/1"), "--code", "flood")
    assert done.startswith(f"{loopback.url('/1')}: 40 released: 40 new\n")
    assert json.loads(site.run("quarantine", "list", "--json")) == []
    assert len(shown(site)) == 22
    assert set(hidden(site).values()) == {f"rule block[0] of {loopback.url('/1')}: title ~ ^Ad"}
    configure(site, loopback)
    site.run("rules", "apply")
    assert (len(json.loads(site.run("entry", "list", "-n", "100", "--json"))), hidden(site)) == (42, {})
