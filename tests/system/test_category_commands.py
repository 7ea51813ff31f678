"""Categories, as a user looks at them and renames them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from own_site import OwnSite

CONFIG = """site: {url: "https://news.example.org/", language: en}
seeds: [{path: seeds/}]
default_category: 科技
"""


def seed(site: OwnSite, name: str, category: str = "") -> None:
    folder = site.folder / "seeds"
    folder.mkdir(exist_ok=True)
    line = f"categories: [{category}]\n" if category else ""
    (folder / f"2026-01-01-{name}.md").write_text(f"---\ntitle: On {name}\n{line}---\nText about {name}.\n")


def test_a_renamed_category_is_still_meant_by_all_that_uses_its_old_name(any_site: OwnSite) -> None:
    site = any_site
    site.configure(CONFIG)
    for name, category in (("hives", ""), ("honey", "科技"), ("wax", "keji")):
        seed(site, name, category)
    site.run("run")
    before = json.loads(site.run("category", "show", "keji", "--json"))

    said = site.run("category", "rename", "科技", "技术", "--slug", "jishu").splitlines()
    for name, category in (("combs", ""), ("queens", "科技"), ("drones", "keji"), ("stings", "技术")):
        seed(site, name, category)
    site.run("run")
    after = json.loads(site.run("category", "show", "keji", "--json"))

    assert said == [
        "科技 (keji) is 技术 (jishu) from now on; the next `publish` or `run` shows it",
        "  config.yaml still says 科技, which goes on meaning it, at: default_category",
    ]
    assert after == before | {
        "slug": "jishu", "name": "技术", "former_slugs": ["keji"], "former_names": ["科技"], "entries": 7,
        "feed_url": "https://news.example.org/feeds/jishu.atom", "page_url": "https://news.example.org/c/jishu/",
    }  # fmt: skip
    assert [c["slug"] for c in json.loads(site.run("category", "list", "--json"))] == ["jishu"]
    assert site.files()["feeds/keji.atom"] == site.files()["feeds/jishu.atom"]
    assert "feeds/jishu.atom: number" in site.run("entry", "why", "1")
    assert len(json.loads(site.run("entry", "list", "--category", "keji", "--json"))) == 7
    assert site.run("publish", "--check", "keji") == ""


def test_a_category_that_the_configuration_names_is_renamed_there(site: OwnSite) -> None:
    site.configure("seeds: [{path: seeds/}]\ncategories: [{name: 科技, slug: keji}]\n")
    seed(site, "hives", "科技")
    site.run("run")

    refused = site.run("category", "rename", "keji", "技术", expect=2)
    assert "config.yaml declares the category 科技" in refused
    assert "`name: 技术` with `slug: keji` and `tags: [科技]`" in refused

    moved = site.run("category", "rename", "keji", "科技", "--slug", "jishu")
    assert "still says `slug: keji` for it, which goes on meaning it; `slug: jishu` is clearer" in moved
    site.configure("seeds: [{path: seeds/}]\ncategories: [{name: 技术, slug: jishu, tags: [科技]}]\n")
    seed(site, "wax", "科技")
    site.run("run")
    (category,) = [c for c in json.loads(site.run("category", "list", "--json")) if c["entry_count"]]
    assert (category["slug"], category["name"], category["entry_count"]) == ("jishu", "技术", 2)


def test_a_category_is_not_renamed_to_what_is_none(site: OwnSite) -> None:
    site.configure(CONFIG)
    seed(site, "hives", "科技")
    seed(site, "honey", "体育")
    site.run("run")

    assert "no category is called 新闻" in site.run("category", "rename", "新闻", "时事", expect=1)
    assert "the slug Tech must be 1 to 80 of a-z" in site.run("category", "rename", "科技", "技术", "--slug", "Tech", expect=2)
    assert "the slug all is reserved" in site.run("category", "rename", "科技", "技术", "--slug", "all", expect=2)
    assert "体育 means the category 体育 (tiyu)" in site.run("category", "rename", "科技", "体育", expect=2)
    assert "must not be empty" in site.run("category", "rename", "科技", " ", expect=2)
    assert site.run("category", "rename", "科技", "科技") == "科技 (keji) is called so already\n"
