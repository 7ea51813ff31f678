"""The whole job, as a user sees it: the command on real seeds and feeds, with a real store, over real HTTP."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import corpus_site
import feedparser
import pytest
from loopback_server import Loopback, Reply

from aggregator.model import Tally

if TYPE_CHECKING:
    from pathlib import Path

    from own_site import OwnSite

SEEDS = """
site: {title: 聚合, url: "https://news.example.org/", language: zh-CN, timezone: Asia/Shanghai}
seeds: [{path: %s}]
categories: [{name: 人民邮电报, slug: renminyoudianbao}, {name: 未分类}]
"""
FIRST_SEED = "http://choicewzp1.eastmoney.com/html_News/NewsShare.html?infoCode=NW202112172217919042"
SECOND_SEED = "https://blog.csdn.net/slivegogo/article/details/123342051"


def read(document: bytes) -> Any:
    parsed = feedparser.parse(io.BytesIO(document))  # noqa: TID251 - an outsider reads what we published
    assert not parsed.bozo
    return parsed


def with_feeds(loopback: Loopback, *paths: str, more: str = "") -> str:
    feeds = "\n".join(f'  - {{url: "{loopback.url(path)}", categories: [科技]}}' for path in paths)
    return f'site: {{title: 聚合}}\nfetch: {{allow: ["127.0.0.1:{loopback.port}"]}}\nfeeds:\n{feeds}\n{more}'


def rss(*items: str) -> Reply:
    body = f'<rss version="2.0"><channel><title>A feed</title><link>https://a.example/</link>{"".join(items)}</channel></rss>'
    return Reply(body=body.encode(), headers={"Content-Type": "application/rss+xml"})


def item(number: int, text: str = "Text", link: str = "") -> str:
    link = link or f"https://a.example/{number}"
    date = "Thu, 01 Jan 2026 00:00:00 GMT"
    return (
        f"<item><title>Item {number}</title><link>{link}</link><description>{text}</description><pubDate>{date}</pubDate></item>"
    )


@pytest.fixture(name="seeds")
def _seeds(request: pytest.FixtureRequest) -> Path:
    return request.config.rootpath / "seeds"


def test_the_two_seeds_become_two_feeds(site: OwnSite, seeds: Path) -> None:
    site.configure(SEEDS % seeds)
    site.run("run")

    (first,) = read(site.files()["feeds/renminyoudianbao.atom"]).entries
    (second,) = read(site.files()["feeds/weifenlei.atom"]).entries
    assert (first.link, first.title, first.published, [t.term for t in first.tags]) == (
        FIRST_SEED, "中国电信与上海人工智能实验室签署战略合作协议", "2021-12-17T10:33:12+00:00", ["人民邮电报新闻"],
    )  # fmt: skip
    assert (second.link, second.title, second.published, [t.term for t in second.tags]) == (
        SECOND_SEED, "前沿技术创新是人工智能发展的动力之源 不断拓展能力边界", "2024-07-15T01:34:01+00:00",
        ["大数据", "人工智能", "Data", "Big"],
    )  # fmt: skip
    texts = first.content[0].value + second.content[0].value
    assert "近日，WAIC2022上海人工智能开发者大会在中国(上海)自由贸易试验区" in texts
    assert [trace for trace in ("返回", "GetPic", "display", "href", "style", "EM_Stock", "baijiahao") if trace in texts] == []
    assert re.findall(r"[\u4e00-\u9fff，。、]\s+[\u4e00-\u9fff]", texts) == []


def test_a_feed_that_carries_a_seeds_article_adds_a_sighting_and_no_entry(site: OwnSite, seeds: Path, loopback: Loopback) -> None:
    carried = f"https{FIRST_SEED[4:]}&amp;utm_source=reader#anchor"
    loopback.replies |= {"/a": rss(item(1, link=carried)), "/b": rss(item(2, link=carried))}
    feeds = f'feeds: [{{url: "{loopback.url("/a")}"}}, {{url: "{loopback.url("/b")}"}}]'
    site.configure(f'{SEEDS % seeds}\nfetch: {{allow: ["127.0.0.1:{loopback.port}"]}}\n{feeds}')
    site.run("run")

    story = json.loads(site.run("entry", "why", FIRST_SEED, "--json"))
    assert {(s["source_url"], s["verdict"], s["speaks"]) for s in story["sightings"]} == {
        (str(seeds), "new", True), (loopback.url("/a"), "merged", False), (loopback.url("/b"), "merged", False),
    }  # fmt: skip
    assert len(json.loads(site.run("entry", "list", "--json"))) == 2
    assert "another carrier of a known entry" in site.run("entry", "why", carried.replace("&amp;", "&"))


def test_publishing_twice_changes_no_byte_and_no_time(site: OwnSite, seeds: Path) -> None:
    site.configure(SEEDS % seeds)
    site.run("run")
    before = site.files(), site.times()
    site.set_clock("2026-02-02T00:00:00+00:00")

    assert site.run("publish") == ""
    site.run("run")
    assert (site.files(), site.times()) == before
    assert site.run("publish", "--check") == ""


def test_a_poll_that_brings_nothing_new_publishes_nothing(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/a"] = rss(item(1))
    site.configure(with_feeds(loopback, "/a"))
    site.run("run")
    before = site.files(), site.times()
    loopback.replies["/a"] = rss("\n<!-- nothing that a reader sees -->", item(1))
    site.set_clock("2026-01-03T00:00:00+00:00")
    cycle = json.loads(site.run("run", "--json"))

    assert cycle["sources"][0]["poll"]["tally"] == {name: int(name in {"seen", "unchanged"}) for name in Tally.__struct_fields__}
    assert cycle["written"] == []
    assert (site.files(), site.times()) == before


def test_a_changed_article_is_published_again_with_a_later_date(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/a"] = rss(item(1))
    site.configure(with_feeds(loopback, "/a"))
    site.run("run")
    loopback.replies["/a"] = rss(item(1, text="New text"))
    site.set_clock("2026-01-03T00:00:00+00:00")
    site.run("run")

    (entry,) = read(site.files()["feeds/keji.atom"]).entries
    assert (entry.summary, entry.published, entry.updated) == (
        "New text", "2026-01-01T00:00:00+00:00", "2026-01-03T00:00:00+00:00",
    )  # fmt: skip


def test_a_server_that_says_304_is_not_read_again(site: OwnSite, loopback: Loopback) -> None:
    reply = rss(item(1))
    loopback.replies["/a"] = Reply(body=reply.body, headers={**reply.headers, "ETag": '"1"'})
    site.configure(with_feeds(loopback, "/a"))
    site.run("poll")
    (row,) = json.loads(site.run("poll", "--json"))

    assert (row["poll"]["outcome"], row["poll"]["status"]) == ("not-modified", 304)
    assert [seen.headers.get("if-none-match") for seen in loopback.seen] == [None, '"1"']


def test_bad_input_costs_that_input_only_and_leaves_a_reason(site: OwnSite, loopback: Loopback) -> None:
    folder = site.folder / "seeds"
    folder.mkdir()
    (folder / "good.md").write_text("---\ntitle: Good\ndate: 2026-01-01 00:00:00 +0800\n---\nText\n")
    (folder / "broken.md").write_text("---\ntitle: Bad\ntags: [a\n---\nText\n")
    (folder / "no-date.md").write_text("---\ntitle: No date\ndate: 2024-13-45\n---\nText\n")
    (folder / "no-title.md").write_text("---\ntitle: ''\n---\nThe first words\n")
    (folder / "bare.md").write_text("No front matter\n")
    (folder / "cut.md").write_text("---\ntitle: Cut\n")
    whole = rss(item(1), item(2)).body
    loopback.replies |= {
        "/good": rss(item(3)), "/html": Reply(body=b"<!DOCTYPE html><html><body>Log in</body></html>"),
        "/cut": Reply(body=whole[: whole.rindex(b"<description>")]), "/gone": Reply(status=410),
    }  # fmt: skip
    site.configure(with_feeds(loopback, "/good", "/html", "/cut", "/gone", "/hang", more="seeds: [{path: seeds/}]"))
    loopback.replies["/hang"] = Reply(raw=b"", then="hang")
    site.run("run", environ={"AGGREGATOR_FETCH__TIMEOUT": "1s"})

    titles = {entry["title"] for entry in json.loads(site.run("entry", "list", "--json"))}
    assert titles == {"Good", "Bad", "No date", "The first words", "bare", "Item 1", "Item 2", "Item 3"}
    sources = json.loads(site.run("status", "--json"))["sources"]
    states = {s["subscription"]["url"]: s["error"]["code"] for s in sources if s["error"]}
    assert states == {
        loopback.url("/html"): "not-a-feed", loopback.url("/cut"): "truncated", loopback.url("/gone"): "http-410",
        loopback.url("/hang"): "timeout",
    }  # fmt: skip
    held = {(q["place"], q["code"], q["entry_id"] is None) for q in json.loads(site.run("quarantine", "list", "--json"))}
    assert held >= {
        ("broken.md", "rescued-front-matter", False), ("bare.md", "no-front-matter", False),
        ("cut.md", "unterminated-front-matter", True), ("no-date.md", "unknown-date", False),
        ("no-title.md", "empty-title", False), ("document", "not-a-feed", True),
    }  # fmt: skip
    assert re.search(r"broken\.md:\d+: ", site.run("quarantine", "list"))


def test_a_seed_that_goes_leaves_its_entry_and_one_that_is_mended_leaves_quarantine(site: OwnSite) -> None:
    folder = site.folder / "seeds"
    folder.mkdir()
    (folder / "a.md").write_text("---\ntitle: [\n---\n")
    (folder / "b.md").write_text("---\ntitle: B\n---\nText\n")
    site.configure("seeds: [{path: seeds/}]")
    site.run("run")
    (folder / "a.md").write_text("---\ntitle: A\ndate: 2026-01-01\n---\nText\n")
    (folder / "b.md").unlink()
    site.run("run")

    assert json.loads(site.run("quarantine", "list", "--json")) == []
    assert {entry["title"] for entry in json.loads(site.run("entry", "list", "--json"))} == {"A", "B"}
    entries = {entry["title"]: str(entry["id"]) for entry in json.loads(site.run("entry", "list", "--json"))}
    assert json.loads(site.run("entry", "why", entries["B"], "--json"))["sightings"][0]["ended_at"] is not None


def tallies(cycle: str) -> dict[str, dict[str, int]]:
    return {row["url"].rpartition("/")[2]: row["poll"]["tally"] for row in json.loads(cycle)["sources"]}


def test_every_item_of_the_corpus_is_stored_or_in_quarantine_and_a_second_run_adds_none(
    site: OwnSite, corpus: Path, loopback: Loopback
) -> None:
    corpus_site.configure(site, corpus, loopback)
    first = tallies(site.run("run", "--json"))
    with (corpus / "feeds" / "index.tsv").open(newline="") as index:
        items = {row["file"]: int(row["entries"]) for row in csv.DictReader(index, delimiter="\t")}
    items["posts"] = len(list((corpus / "posts").rglob("*.md")))

    assert {name: tally["seen"] for name, tally in first.items()} == items
    for tally in first.values():
        assert tally["seen"] == sum(count for verdict, count in tally.items() if verdict != "seen")
    before = site.files(), site.times()
    for path, reply in loopback.replies.items():
        assert isinstance(reply, Reply)
        loopback.replies[path] = Reply(body=reply.body + b"\n")
    site.set_clock("2026-01-05T00:00:00+00:00")
    again = tallies(site.run("run", "--json"))
    assert {name: (tally["new"], tally["revised"]) for name, tally in again.items()} == dict.fromkeys(items, (0, 0))
    assert (site.files(), site.times()) == before


def test_the_posts_of_the_corpus_have_their_sources_titles_dates_and_categories(site: OwnSite, corpus: Path) -> None:
    site.configure(f"site: {{timezone: Asia/Shanghai}}\nseeds: [{{path: {corpus / 'posts'}}}]")
    site.run("run")
    stories = [json.loads(site.run("entry", "why", str(number), "--json")) for number in range(1, 11)]
    found = {s["sightings"][0]["place"]: s for s in stories}
    with (corpus / "posts" / "index.tsv").open(newline="") as index:
        rows = list(csv.DictReader(index, delimiter="\t"))

    assert len(rows) == 10
    for row in rows:
        entry = found[row["file"]]["entry"]
        zoned = row["date"] if "+" in row["date"] else f"{row['date']} +0800"
        assert entry["url"] == (None if row["true_source_url"] == "NONE" else row["true_source_url"])
        assert entry["title"] == (row["h1"] or row["title"])
        assert entry["published"] == to_utc(zoned)
        wanted = row["category"].strip("[]").split(",")
        assert {a["reason"] for a in found[row["file"]]["shelves"]} == {"the seed's own category"}
        assert len(found[row["file"]]["shelves"]) == len(wanted)


def to_utc(text: str) -> str:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z").astimezone(UTC).isoformat()
