"""The commands about subscriptions, as a user runs them: looked for, tried, made, paused, moved, and ended."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from loopback_server import Loopback, Reply

from aggregator.model import Tally

if TYPE_CHECKING:
    from own_site import OwnSite

PAGE = {"Content-Type": "text/html"}
USUAL = (
    "feed",
    "feed.xml",
    "index.xml",
    "atom.xml",
    "rss.xml",
    "rss",
    "feed/",
    "feed.atom",
    "feeds/all.atom.xml",
    "feeds/all.atom",
)


def rss(*items: str, title: str = "A feed") -> Reply:
    return Reply(body=f'<rss version="2.0"><channel><title>{title}</title>{"".join(items)}</channel></rss>'.encode())


def item(number: int, text: str = "Text", more: str = "<pubDate>Thu, 01 Jan 2026 00:00:00 GMT</pubDate>") -> str:
    link = f"https://a.example/{number}"
    return f"<item><title>Item {number}</title><link>{link}</link><description>{text}</description>{more}</item>"


def page(*feeds: str) -> Reply:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{url}" title="Its {url}">' for url in feeds)
    return Reply(body=f"<!DOCTYPE html><html><head>{links}</head><body>Hello</body></html>".encode(), headers=PAGE)


def subscriptions(site: OwnSite) -> list[dict[str, Any]]:
    return [feed["subscription"] for feed in json.loads(site.run("feed", "list", "--json"))]


def shown(site: OwnSite, url: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(site.run("feed", "show", url, "--json"))
    return found


@pytest.fixture(autouse=True)
def _configured(site: OwnSite, loopback: Loopback) -> None:
    """Allow the server, and no time between two requests."""
    site.configure(f'fetch: {{allow: ["127.0.0.1:{loopback.port}"], spacing: 0s, timeout: 2s}}')


# --- feed add ---


def test_a_feed_is_added_once_it_was_seen(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/feed"] = rss(item(1), title="My <![CDATA[\x1b[31m]]> feed")
    url = loopback.url("/feed")

    assert site.run("feed", "add", url, "--category", "科技", "--title", "Mine") == (
        f"added {url} (“My [31m feed”); `aggregator run` polls it\n"
    )
    assert subscriptions(site) == [{"url": url, "kind": "feed", "title": "Mine", "categories": ["科技"], "interval": None}]
    assert loopback.paths() == ["/feed"]


def test_of_a_page_that_offers_one_feed_that_is_added(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies |= {"/blog/": page("../posts.rss"), "/posts.rss": rss(item(1))}
    url = loopback.url("/posts.rss")

    assert site.run("feed", "add", loopback.url("/blog/")) == (
        f"added {url} (“A feed”); `aggregator run` polls it\nfound by: a link element of the page\n"
    )
    assert [subscription["url"] for subscription in subscriptions(site)] == [url]


def test_of_a_page_that_offers_several_none_is_added_where_nobody_can_choose(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/"] = page("/a.rss", "/b.rss")
    a, b = loopback.url("/a.rss"), loopback.url("/b.rss")

    assert site.run("feed", "add", loopback.url("/"), expect=2) == (
        f"{loopback.url('/')} offers 2 feeds:\n"
        f"  1  {a}  “Its /a.rss”  (a link element of the page)\n"
        f"  2  {b}  “Its /b.rss”  (a link element of the page)\n"
        "aggregator: which one? add it by its own address\n"
    )
    assert subscriptions(site) == []
    assert loopback.paths() == ["/"]


@pytest.mark.parametrize(("typed", "path"), [("2\n", "/b.rss"), ("\n", "/a.rss"), ("3\n2\n", "/b.rss")])
def test_on_a_terminal_one_is_asked_which(site: OwnSite, loopback: Loopback, typed: str, path: str) -> None:
    loopback.replies |= {"/": page("/a.rss", "/b.rss"), "/a.rss": rss(item(1)), "/b.rss": rss(item(2))}
    said = site.on_terminal("feed", "add", loopback.url("/"), typed=typed)

    assert "Which one [1]: " in said
    assert f"added {loopback.url(path)} (“A feed”)" in said
    assert [subscription["url"] for subscription in subscriptions(site)] == [loopback.url(path)]


def test_who_does_not_want_to_choose_adds_none(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/"] = page("/a.rss", "/b.rss")

    assert site.on_terminal("feed", "add", loopback.url("/"), typed="\x04", expect=130).endswith("stopped\n")
    assert subscriptions(site) == []


def test_where_a_page_offers_none_usual_addresses_are_tried_until_one_is_a_feed(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies |= {"/": page(), "/feed": page(), "/index.xml": rss(item(1)), "/atom.xml": rss(item(2))}

    assert "found by: tried: feeds are often at this address" in site.run("feed", "add", loopback.url("/"))
    assert [subscription["url"] for subscription in subscriptions(site)] == [loopback.url("/index.xml")]
    assert loopback.paths() == ["/", "/feed", "/feed.xml", "/index.xml"]


def test_a_page_that_leads_to_no_feed_is_refused(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/"] = page()

    assert site.run("feed", "add", loopback.url("/"), expect=1) == (
        f"aggregator: {loopback.url('/')}: the document looks like an HTML page, not like RSS, Atom or JSON Feed (not-a-feed); "
        "it offers no feed, and none is at the usual addresses\n"
    )
    assert loopback.paths() == ["/", *(f"/{name}" for name in USUAL)]
    assert subscriptions(site) == []


def test_a_server_that_stops_answering_is_left_alone(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies |= {"/": page(), "/feed.xml": Reply(raw=b"", then="hang")}
    site.run("feed", "add", loopback.url("/"), expect=1)

    assert loopback.paths() == ["/", "/feed", "/feed.xml"]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        pytest.param(Reply(status=404), "404 Not Found: there is no feed at this URL (http-404)", id="no page"),
        pytest.param(Reply(status=410), "410 Gone: the publisher has removed this feed for good (http-410)", id="gone"),
        pytest.param(Reply(status=403), "403 Forbidden: the server does not serve us (http-403)", id="forbidden"),
        pytest.param(Reply(body=b'{"version": '), "(bad-json)", id="a feed too broken"),
        pytest.param(Reply(body=b'<!DOCTYPE rss [<!ENTITY a "b">]><rss/>'), "refused for safety (dtd)", id="entities"),
    ],
)
def test_a_wrong_address_is_refused_with_the_reason(site: OwnSite, loopback: Loopback, reply: Reply, said: str) -> None:
    loopback.replies["/wrong"] = reply
    told = site.run("feed", "add", loopback.url("/wrong"), expect=1)

    assert told.startswith(f"aggregator: {loopback.url('/wrong')}: ")
    assert told.endswith(f"{said}\n")
    assert loopback.paths() == ["/wrong"]
    assert subscriptions(site) == []


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        pytest.param(Reply(status=503), "503 Service Unavailable (http-503)", id="out of service"),
        pytest.param(Reply(status=429), "429 Too Many Requests: the server wants fewer of them (http-429)", id="too many"),
        pytest.param(Reply(raw=b"", then="hang"), "(timeout)", id="no answer"),
    ],
)
def test_what_cannot_be_fetched_now_is_added_only_on_request(site: OwnSite, loopback: Loopback, reply: Reply, said: str) -> None:
    loopback.replies["/later"] = reply
    url = loopback.url("/later")
    told = site.run("feed", "add", url, expect=1)

    assert told.startswith(f"aggregator: {url}: ")
    assert told.endswith(f"{said}; try again later, or subscribe without looking: aggregator feed add --no-check {url}\n")
    assert subscriptions(site) == []
    assert site.run("feed", "add", "--no-check", url) == f"added {url}; `aggregator run` polls it\n"
    assert [subscription["url"] for subscription in subscriptions(site)] == [url]
    assert loopback.paths() == ["/later"]


def test_an_offered_feed_is_added_only_if_it_is_there(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies |= {"/gone": page("/a.rss"), "/page": page("/b.rss"), "/b.rss": page()}

    assert "/a.rss: 404 Not Found" in site.run("feed", "add", loopback.url("/gone"), expect=1)
    assert site.run("feed", "add", loopback.url("/page"), expect=1).endswith(
        "(not-a-feed); though it is offered as one, by a link element of the page\n"
    )
    assert subscriptions(site) == []


def test_a_feed_with_a_flaw_is_added_and_the_flaw_is_told(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/cut"] = Reply(body=rss(item(1)).body.partition(b"</item>")[0])

    told = site.run("feed", "add", loopback.url("/cut"))
    assert re.fullmatch(r"added .+\nbut .+ \(truncated\)\n", told)


def test_no_address_is_asked_that_is_not_allowed(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies |= {"/": page(loopback.url("/feed", host="127.0.0.2")), "/feed": rss(item(1))}

    assert "is not a public address; list it with its port in fetch.allow" in site.run("feed", "add", loopback.url("/"), expect=1)
    assert loopback.contacts == ["127.0.0.1"]
    assert subscriptions(site) == []


def test_what_is_subscribed_is_not_added_again_by_whatever_address(site: OwnSite, loopback: Loopback) -> None:
    url = loopback.url("/feed")
    moved = Reply(status=302, headers={"Location": "/feed"})
    loopback.replies |= {"/feed": rss(item(1)), "/other": moved, "/": page("/feed")}
    site.run("feed", "add", url)

    assert site.run("feed", "add", url, expect=2) == f"aggregator: {url} is subscribed already\n"
    assert loopback.paths() == ["/feed"]
    assert site.run("feed", "add", loopback.url("/"), expect=2) == f"aggregator: {url} is subscribed already\n"
    other = loopback.url("/other")
    assert site.run("feed", "add", other, expect=2) == f"aggregator: {other} is subscribed already, as {url}\n"
    assert len(subscriptions(site)) == 1


def test_a_category_has_a_name(site: OwnSite, loopback: Loopback) -> None:
    assert "the name of a category must not be empty" in site.run("feed", "add", loopback.url("/"), "--category", " ", expect=2)


# --- feed discover ---


def test_discover_lists_what_a_page_offers_and_asks_for_none_of_it(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/"] = page("/a.rss", "/b.rss")
    found = json.loads(site.run("feed", "discover", loopback.url("/"), "--json"))

    assert found == [
        {
            "url": loopback.url(path),
            "title": f"Its {path}",
            "media_type": "application/rss+xml",
            "found_by": "a link element of the page",
        }
        for path in ("/a.rss", "/b.rss")
    ]
    assert loopback.paths() == ["/"]
    assert site.run("feed", "discover", loopback.url("/")).splitlines()[1] == (
        f"{loopback.url('/a.rss')}\tIts /a.rss\tapplication/rss+xml\ta link element of the page"
    )


def test_discover_tells_that_an_address_is_a_feed_itself(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/feed"] = Reply(body=rss(item(1)).body, headers={"Content-Type": "text/xml; charset=utf-8"})

    assert json.loads(site.run("feed", "discover", loopback.url("/feed"), "--json")) == [
        {
            "url": loopback.url("/feed"),
            "title": "A feed",
            "media_type": "text/xml",
            "found_by": "the address is that of a feed",
        }
    ]


def test_a_server_that_turns_programs_away_may_be_known_by_its_addresses(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies |= {"/@somebody": Reply(status=403), "/somebody": Reply(status=403)}
    (offer,) = json.loads(site.run("feed", "discover", loopback.url("/@somebody"), "--json"))

    assert offer["url"] == f"https://127.0.0.1:{loopback.port}/@somebody.rss"
    assert "http-403" in site.run("feed", "discover", loopback.url("/somebody"), expect=1)


# --- feed test ---


def test_a_test_tells_what_a_poll_then_does(site: OwnSite, loopback: Loopback) -> None:
    url = loopback.url("/feed")
    loopback.replies["/feed"] = rss(item(1), item(2))
    site.run("feed", "add", url, "--category", "科技")
    site.run("poll")
    undated = item(3, more="<pubDate>soon</pubDate>")
    loopback.replies["/feed"] = rss(item(1), item(2, text="Other words"), undated, "<item/>")
    before = shown(site, url), site.run("entry", "list"), site.run("quarantine", "list"), site.run("category", "list")
    site.set_clock("2026-01-03T00:00:00+00:00")
    told = json.loads(site.run("feed", "test", url, "--json"))

    assert before == (
        shown(site, url), site.run("entry", "list"), site.run("quarantine", "list"), site.run("category", "list"),
    )  # fmt: skip
    subscribed = {"category": "科技", "reason": f"subscribed under this category: {url}"}
    assert told["items"] == [
        {
            "verdict": "unchanged", "published": "2026-01-01T00:00:00+00:00", "title": "Item 1",
            "url": "https://a.example/1", "categories": [],
            "why": "nothing changed that a reader would see (same-digest)", "hidden": None,
        },
        {
            "verdict": "revised", "published": "2026-01-01T00:00:00+00:00", "title": "Item 2",
            "url": "https://a.example/2", "categories": [subscribed],
            "why": "what a reader sees changed (new-digest)", "hidden": None,
        },
        {
            "verdict": "new", "published": "2026-01-03T00:00:00+00:00", "title": "Item 3",
            "url": "https://a.example/3", "categories": [subscribed],
            "why": told["items"][2]["why"], "hidden": None,
        },
        {
            "verdict": "quarantined", "published": None, "title": "item 4", "url": None, "categories": [],
            "why": "the item has no title, no text, no link and no id (empty-item)", "hidden": None,
        },
    ]  # fmt: skip
    assert re.fullmatch(r"no entry has this key yet \(url\); .*soon.*\(unknown-date\)", told["items"][2]["why"])
    assert {name: told[name] for name in ("url", "final_url", "title", "flaw")} == {
        "url": url, "final_url": url, "title": "A feed", "flaw": None,
    }  # fmt: skip
    (row,) = json.loads(site.run("poll", "--json"))
    assert row["poll"]["tally"] == told["tally"]


def test_a_feed_can_be_tested_before_anybody_subscribes(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/feed"] = rss(item(1))
    site.configure(f"{(site.folder / 'config.yaml').read_text()}\ncategories: [{{name: Numbers, include: [{{title: Item}}]}}]")

    assert site.run("feed", "test", loopback.url("/feed")) == (
        "VERDICT\tPUBLISHED\tTITLE\tURL\tCATEGORIES\tWHY\n"
        "new\t2026-01-01 00:00:00+00:00\tItem 1\thttps://a.example/1\tNumbers\tno entry has this key yet (url)\n"
        "1 seen: 1 new\n"
    )
    assert subscriptions(site) == []
    assert json.loads(site.run("entry", "list", "--json")) == []


def test_a_test_tells_which_items_rules_would_hide(site: OwnSite, loopback: Loopback) -> None:
    loud, other = loopback.url("/loud"), loopback.url("/other")
    loopback.replies |= {"/other": rss(item(1), item(2)), "/loud": rss(item(1), item(2), item(3), item(4), item(5))}
    configuration = (site.folder / "config.yaml").read_text()
    site.configure(f'{configuration}\nfeeds: [{{url: "{other}"}}]\nblock: [{{title: Item 2}}]')
    site.run("poll")
    site.run("entry", "restore", "https://a.example/2")
    rules = "block: [{title: Item 3}, {title: Item 5}]"
    feeds = f'feeds: [{{url: "{other}"}}, {{url: "{loud}", keep: [{{title: Item 4}}, {{title: Item 5}}]}}]'
    site.configure(f"{configuration}\n{feeds}\n{rules}")

    told = json.loads(site.run("feed", "test", loud, "--json"))
    assert [(tried["title"], tried["hidden"]) for tried in told["items"]] == [
        ("Item 1", None),  # which /other carries, too
        ("Item 2", None),  # which the operator restored
        ("Item 3", "rule block[0]: title ~ Item 3"),
        ("Item 4", None),
        ("Item 5", "rule block[1]: title ~ Item 5"),
    ]
    said = site.run("feed", "test", loud)
    assert "no entry has this key yet (url); hidden: rule block[0]: title ~ Item 3\n" in said
    assert said.endswith("5 seen: 3 new, 2 merged; 2 hidden by rule\n")


def test_a_test_sees_the_whole_document_as_the_subscription_asks_for_it(site: OwnSite, loopback: Loopback) -> None:
    url = loopback.url("/feed")
    loopback.replies["/feed"] = Reply(body=rss(item(1)).body, headers={"ETag": '"1"'})
    access = "user_agent: Special/1, auth: {user: me, password: {env: SECRET}}"
    site.configure(f'{(site.folder / "config.yaml").read_text()}\nfeeds: [{{url: "{url}", {access}}}]')
    secret = {"SECRET": "geheim"}
    site.run("poll", environ=secret)
    told = site.run("feed", "test", url, environ=secret)

    assert told.endswith("1 seen: 1 unchanged\n")
    sent = [{name: seen.headers.get(name) for name in ("user-agent", "authorization", "if-none-match")} for seen in loopback.seen]
    assert sent == 2 * [{"user-agent": "Special/1", "authorization": "Basic bWU6Z2VoZWlt", "if-none-match": None}]
    assert "the environment variable SECRET, which holds a secret" in site.run("feed", "test", url, expect=1)


def test_a_flaw_of_the_document_is_told(site: OwnSite, loopback: Loopback) -> None:
    whole = rss(item(1), item(2)).body
    loopback.replies["/cut"] = Reply(body=whole[: whole.rindex(b"<description>")])

    assert re.search(r"\n2 seen: 2 new\nbut .+ \(truncated\)\n$", site.run("feed", "test", loopback.url("/cut")))


def test_what_cannot_be_read_cannot_be_tested(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies |= {"/page": page("/feed"), "/503": Reply(status=503)}
    url = loopback.url("/page")

    assert f"`aggregator feed discover {url}` tells which feeds a page offers" in site.run("feed", "test", url, expect=1)
    assert "(http-503); try again later" in site.run("feed", "test", loopback.url("/503"), expect=1)


# --- feed enable, disable, show, unmove ---


def test_a_disabled_feed_is_not_polled_until_it_is_enabled(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/feed"] = rss(item(1))
    url = loopback.url("/feed")
    site.run("feed", "add", url)
    site.run("run")

    assert site.run("feed", "disable", url, "--reason", "too noisy") == (
        f"disabled {url} (too noisy); `aggregator feed enable` polls it again\n"
    )
    site.set_clock("2026-02-02T00:00:00+00:00")
    assert json.loads(site.run("run", "--json"))["sources"] == []
    assert "\nnext poll      none, since it is disabled\n" in site.run("feed", "show", url)
    assert "too noisy" in site.run("feed", "list")
    assert f"{url} is disabled already (too noisy)" in site.run("feed", "disable", url, expect=2)
    assert site.run("feed", "enable", url) == f"enabled {url}; `aggregator run` polls it\n"
    assert f"{url} is enabled already" in site.run("feed", "enable", url, expect=2)
    assert len(json.loads(site.run("run", "--json"))["sources"]) == 1
    assert shown(site, url)["source"]["disabled_reason"] is None


def test_a_disabled_feed_can_be_removed_and_a_removed_one_taken_up_again(site: OwnSite, loopback: Loopback) -> None:
    url = loopback.url("/feed")
    site.run("feed", "add", "--no-check", url, "--category", "科技")
    site.run("feed", "disable", url)

    assert shown(site, url)["source"]["disabled_reason"] == "disabled on the command line"
    site.run("feed", "remove", url)
    site.run("feed", "enable", url)
    assert (shown(site, url)["source"]["disabled_reason"], subscriptions(site)[0]["categories"]) == (None, ["科技"])


def test_feeds_of_the_file_follow_the_file(site: OwnSite, loopback: Loopback) -> None:
    url, plain = loopback.url("/feed"), (site.folder / "config.yaml").read_text()
    site.configure(f'{plain}\nfeeds: [{{url: "{url}"}}]')

    assert f"{url} stands in the configuration file; take it out there" in site.run("feed", "disable", url, expect=2)
    assert f"{url} stands in the configuration file; take it out there" in site.run("feed", "remove", url, expect=2)
    site.configure(plain)
    assert f"{url} was taken out of the configuration file; put it back there" in site.run("feed", "enable", url, expect=2)
    assert site.run("feed", "add", "--no-check", url) == f"added {url}; `aggregator run` polls it\n"


def test_the_next_poll_is_told_in_one_sentence(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/feed"] = rss(item(1))
    url = loopback.url("/feed")
    site.run("feed", "add", url)

    assert "\nnext poll      with the next run: never polled\n" in site.run("feed", "show", url)
    site.run("poll")
    source = shown(site, url)["source"]
    (line,) = re.findall(r"^next poll +(.*)$", site.run("feed", "show", url), re.MULTILINE)
    assert line == f"{source['next_poll_at'][:10]} {source['next_poll_at'][11:19]}+00:00, {source['next_poll_reason']}"
    assert line.count(" after the last poll: ") == 1


def test_a_move_is_shown_and_can_be_taken_back(site: OwnSite, loopback: Loopback) -> None:
    old, new = loopback.url("/old"), loopback.url("/new")
    loopback.replies |= {"/old": rss(item(1)), "/new": rss(item(1), item(2))}
    site.run("feed", "add", old)
    site.run("poll")
    loopback.replies["/old"] = Reply(status=301, headers={"Location": "/new"})
    site.set_clock("2026-01-05T00:00:00+00:00")
    site.run("poll")

    told = site.run("feed", "show", old)
    assert f"perhaps to {new}: the last poll was redirected there for good, since 2026-01-05 00:00:00+00:00\n" in told
    assert f"\n    redirected (301) by {old}\n    to {new}\n" in told
    assert "polled at" not in told
    for day in (6, 8):
        site.set_clock(f"2026-01-0{day}T00:00:00+00:00")
        site.run("poll")
    told = site.run("feed", "show", old)
    assert re.search(rf"^polled at +{re.escape(new)}$", told, re.MULTILINE)
    assert re.search(
        rf"\nmoved:\n  2026-01-08 00:00:00\+00:00  from {old} to {new}\n    because 3 polls in a row .*\npolls:\n", told
    )
    assert f"{new} is subscribed already, as {old}" in site.run("feed", "add", new, expect=2)

    site.set_clock("2026-01-09T00:00:00+00:00")
    assert site.run("feed", "unmove", old) == f"{old} is polled at {old} again, and no more at {new}\n"
    told = site.run("feed", "show", old)
    assert "polled at" not in told
    assert "\n    taken back 2026-01-09 00:00:00+00:00\n" in told
    assert f"{old} did not move" in site.run("feed", "unmove", old, expect=1)
    assert (shown(site, old)["moves"][0]["to_url"], shown(site, old)["source"]["state"]["current_url"]) == (new, None)


def test_what_the_program_remembers_for_the_next_poll_is_printed_nowhere(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/feed"] = rss(*map(item, range(20)))
    url = loopback.url("/feed")
    site.run("feed", "add", url)
    site.run("poll")

    told = [site.run("feed", "show", url, "--json"), site.run("feed", "list", "--json"), site.run("status", "--json")]
    assert [text for text in told if "seen_items" in text or "appearances" in text] == []


def test_a_round_without_news_imports_nothing_that_reads_documents(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/feed"] = Reply(body=rss(item(1)).body, headers={"ETag": '"1"'})
    site.run("feed", "add", loopback.url("/feed"))
    site.run("poll")
    loopback.replies["/feed"] = Reply(status=304)
    libraries = {"feedparser", "json", "lxml", "nh3", "pebble", "zoneinfo"}
    ours = {f"aggregator.{room}" for room in ("clean", "decide", "delta", "ingest", "parse", "workers")}
    script = f"""
import sys, aggregator.cli
sys.argv[1:] = ["poll"]
aggregator.cli.main()
print(sys.modules["aggregator.poll.rounds"] and sorted({libraries | ours} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=site.folder, env=site.environ, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "[]"


# --- on a terminal ---


def test_polling_shows_counts_on_a_terminal(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/feed"] = rss(item(1), item(2))
    site.run("feed", "add", loopback.url("/feed"))
    site.run("feed", "add", "--no-check", loopback.url("/none"))

    assert "feeds: 2 new, 0 revised, 1 failed" in site.on_terminal("poll", term="xterm")
    (read, failed) = sorted(json.loads(site.run("poll", "--json")), key=lambda row: str(row["url"]))
    assert (read["url"], read["poll"]["outcome"], failed["poll"]["remark"]["code"]) == (
        loopback.url("/feed"), "same-document", "http-404",
    )  # fmt: skip
    assert set(read["poll"]["tally"]) == set(Tally.__struct_fields__)


def test_on_a_narrow_terminal_long_cells_are_cut_and_short_ones_stay_whole(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/feed"] = rss(item(1, more="<category>x</category>"), "<item/>")
    said = site.on_terminal("feed", "test", loopback.url("/feed"), columns=80)

    heading, new, held = said.strip().splitlines()[-4:-1]
    assert re.split(r" {2,}", heading.strip()) == ["VERDICT", "PUBLISHED", "TITLE", "URL", "CATEGORIES", "WHY"]
    assert [new.split()[0], held.split()[0]] == ["new", "quarantined"]
    assert max(map(len, (heading, new, held))) <= 80
