"""Changed rules, as an operator applies them to what is stored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from own_site import OwnSite

if TYPE_CHECKING:
    from pathlib import Path

POST = """---
title: {title}
date: 2026-01-0{day}
categories: [{category}]
source_url: https://a.example/{day}
---
{text}
"""
BEFORE = """
seeds: [{path: seeds/}]
categories:
  - {name: 科技, include: [{title: 电信}]}
  - {name: Other, include: [{title: 其他}]}
"""
AFTER = """
seeds: [{path: seeds/}]
categories:
  - {name: 科技, include: [{content: 网络}]}
  - {name: Other, include: [{title: 其他}]}
block: [{title: 广告}]
"""


@pytest.fixture(name="site")
def _site(tmp_path: Path) -> OwnSite:
    site = OwnSite(tmp_path)
    site.configure(BEFORE)
    site.set_clock("2026-02-01T00:00:00Z")
    (tmp_path / "seeds").mkdir()
    for day, title, text in ((1, "电信", "text"), (2, "其他", "网络"), (3, "广告", "text")):
        post = POST.format(title=title, day=day, category=f"own{day}", text=text)
        (tmp_path / "seeds" / f"2026-01-0{day}-post.md").write_text(post)
    site.run("run")
    return site


def test_changed_rules_are_previewed_then_applied_and_only_the_feeds_concerned_are_written(site: OwnSite) -> None:
    assert "rules  " not in site.run("run")
    site.configure(AFTER)
    before = site.files()

    assert "rules      changed, and not applied to stored entries yet" in site.run("run")
    assert "changed, and not applied" in site.run("status")
    preview = json.loads(site.run("rules", "preview", "--diff", "--json"))
    assert [(e["change"], e["category"], e["title"]) for e in preview["entries"]] == [
        ("leaves", "科技", "电信"),
        ("enters", "科技", "其他"),
        ("leaves", "own3", "广告"),
        ("hidden", None, "广告"),
    ]
    assert (preview["hidden"], preview["shown"]) == (1, 0)
    assert preview["categories"] == [
        {"name": "own3", "slug": "own3", "entering": 0, "leaving": 1},
        {"name": "科技", "slug": "keji", "entering": 1, "leaving": 1},
    ]
    assert site.files() == before

    site.run("rules", "apply")
    site.run("publish")

    after = site.files()
    changed = {path for path in after if after[path] != before.get(path)}
    assert {path for path in changed if not path.endswith((".gz", ".json"))} == {
        "feeds/keji.atom", "c/keji/index.html", "feeds/own3.atom", "c/own3/index.html", "feeds/all.atom", "index.html",
    }  # fmt: skip
    assert "rule block[0]: title ~ 广告" in site.run("entry", "list", "--hidden")


def test_when_no_rule_changed_there_is_nothing_to_apply(site: OwnSite) -> None:
    said = "nothing to apply: no rule changed since the rules were applied\n"
    assert site.run("rules", "preview") == said
    assert site.run("rules", "apply", "--diff") == said
    assert json.loads(site.run("rules", "preview", "--json")) == {"changed": False, "categories": [], "hidden": 0, "shown": 0}


def test_a_preview_is_counted_by_category_and_told_entry_by_entry(site: OwnSite) -> None:
    site.configure(AFTER)

    assert site.run("rules", "preview") == (
        "`aggregator rules apply` would do this:\n"
        "CATEGORY\tFEED\tENTERING\tLEAVING\n"
        "own3\tfeeds/own3.atom\t0\t1\n"
        "科技\tfeeds/keji.atom\t1\t1\n"
        "hidden by rule: 1; shown again: 0\n"
    )
    assert "leaves\t科技\t1\t电信\trule include[0] of 科技: title ~ 电信" in site.run("rules", "preview", "--diff")


def test_a_rule_that_changes_nothing_says_so(site: OwnSite) -> None:
    site.configure(BEFORE + "keep: [{title: .}]\n")

    assert site.run("rules", "preview") == "the changed rules change no stored entry\n"
    assert site.run("rules", "apply") == "done; no stored entry changed\n"
    assert "nothing to apply" in site.run("rules", "apply")


def test_the_rules_in_force_are_listed_with_what_they_did(site: OwnSite) -> None:
    assert site.run("rules", "list").splitlines() == [
        "WHERE\tDOES\tRULE\tENTRIES\tAPPLIED",
        "config.yaml:4: categories[0].include[0]\tputs into 科技\ttitle ~ 电信\t1\tyes",
        "config.yaml:5: categories[1].include[0]\tputs into Other\ttitle ~ 其他\t1\tyes",
        "default_category, which is not set\tputs into 未分类\twhat no rule or source puts into another\t0\tyes",
    ]


def test_a_listed_rule_says_that_it_is_not_applied_yet_and_how_many_it_hides_once_it_is(site: OwnSite) -> None:
    site.configure(AFTER + "default_category: Rest\nkeep: [{title: .}, {tag: x}]\n")
    waiting = site.run("rules", "list").splitlines()
    assert [line.split("\t")[3:] for line in waiting[1:6]] == [["0", "not yet"], ["1", "yes"], *[["0", "not yet"]] * 3]
    assert waiting[6].startswith("some changed since they were applied")
    site.run("rules", "apply")

    listed = json.loads(site.run("rules", "list", "--json"))
    assert [(rule["where"], rule["entries"], rule["is_applied"]) for rule in listed] == [
        ("config.yaml:4: categories[0].include[0]", 1, True),
        ("config.yaml:5: categories[1].include[0]", 1, True),
        ("config.yaml:7: default_category", 0, True),
        ("config.yaml:6: block[0]", 1, True),
        ("config.yaml:8: keep", 0, True),
    ]
    assert (listed[4]["does"], listed[4]["says"]) == ("hides all but what a line holds for", "title ~ .; or tag = x")
