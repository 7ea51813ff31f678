"""Seed folders over time: what changed is read, what did not is left alone, and `seed list` tells of each file."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from own_site import OwnSite

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(name="folder")
def _folder(site: OwnSite) -> Path:
    folder = site.folder / "seeds"
    folder.mkdir()
    for name in ("a", "b", "c"):
        (folder / f"{name}.md").write_text(post(name))
    site.configure("seeds: [{path: seeds/}]")
    return folder


def post(name: str, text: str = "Text") -> str:
    return f"---\ntitle: {name.upper()}\ndate: 2026-01-01 00:00:00 +0000\n---\n{text}\n\n<https://a.example/{name}>\n"


def outcome(site: OwnSite, *arguments: str) -> dict[str, int]:
    (row,) = json.loads(site.run("seed", "ingest", *arguments, "--json"))
    return {name: count for name, count in row["poll"]["tally"].items() if count}


def listed(site: OwnSite) -> dict[str, dict[str, Any]]:
    return {row["path"]: row for row in json.loads(site.run("seed", "list", "--json"))}


def test_a_file_that_did_not_change_is_not_opened(site: OwnSite, folder: Path) -> None:
    outcome(site)
    before = (folder / "a.md").stat()
    (folder / "a.md").write_text(post("a", text="Fext"))
    os.utime(folder / "a.md", ns=(before.st_atime_ns, before.st_mtime_ns))

    assert outcome(site) == {"seen": 3, "unchanged": 3}
    assert outcome(site, "--verify") == {"seen": 3, "unchanged": 2, "revised": 1}


def test_a_file_that_was_only_touched_is_unchanged(site: OwnSite, folder: Path) -> None:
    outcome(site)
    os.utime(folder / "a.md", (7, 7))

    assert outcome(site) == {"seen": 3, "unchanged": 3}


def test_a_dry_run_tells_and_stores_nothing(site: OwnSite, folder: Path) -> None:
    (folder / "bad.md").write_bytes(b"---\ntitle: x\n")

    assert outcome(site, "--dry-run") == {"seen": 4, "new": 3, "quarantined": 1}
    assert listed(site) == {}
    assert outcome(site) == {"seen": 4, "new": 3, "quarantined": 1}


def test_the_same_article_in_two_files_is_one_entry_with_two_sightings(site: OwnSite, folder: Path) -> None:
    (folder / "again.md").write_text(post("a"))

    assert outcome(site) == {"seen": 4, "new": 3, "merged": 1}
    files = listed(site)
    assert files["again.md"]["entry_id"] == files["a.md"]["entry_id"]


def test_a_file_that_moved_keeps_its_entry_and_one_that_went_says_so(site: OwnSite, folder: Path) -> None:
    outcome(site)
    before = listed(site)
    (folder / "deeper").mkdir()
    (folder / "a.md").rename(folder / "deeper" / "a.md")
    (folder / "b.md").unlink()
    outcome(site)

    files = listed(site)
    assert files["deeper/a.md"]["entry_id"] == before["a.md"]["entry_id"]
    assert {path: row["ended_at"] is not None for path, row in files.items()} == {
        "a.md": True, "b.md": True, "c.md": False, "deeper/a.md": False,
    }  # fmt: skip
    assert "the file is gone; its entry stays" in site.run("seed", "list")


def test_a_change_of_rules_reads_every_file_again(site: OwnSite, folder: Path) -> None:
    outcome(site)
    before = (folder / "a.md").stat()
    (folder / "a.md").write_text(post("a", text="Fext"))
    os.utime(folder / "a.md", ns=(before.st_atime_ns, before.st_mtime_ns))
    site.configure("site: {timezone: Asia/Shanghai}\nseeds: [{path: seeds/}]")

    assert outcome(site) == {"seen": 3, "unchanged": 2, "revised": 1}
    assert outcome(site) == {"seen": 3, "unchanged": 3}


def sources(site: OwnSite) -> set[tuple[str, str, str]]:
    feed = ET.fromstring(site.files()["feeds/all.atom"])  # noqa: S314 - our own
    return {
        (source.findtext(f"{ATOM}id", ""), source.findtext(f"{ATOM}title", ""), link.get("href", "") if link is not None else "")
        for source in feed.iter(f"{ATOM}source")
        for link in [source.find(f"{ATOM}link")]
    }


def test_seeds_name_their_folder_as_their_source_and_keep_its_id(site: OwnSite, folder: Path) -> None:
    site.run("run")
    ((name, title, link),) = sources(site)

    assert re.fullmatch(r"tag:127\.0\.0\.1,2026:seeds/[0-9a-f]{24}", name)
    assert (title, link) == (folder.name, "")
    site.configure('seeds: [{path: seeds/, site_url: "https://old.example/"}]')
    site.run("run")
    assert sources(site) == {(name, "seeds", "https://old.example/")}


@pytest.mark.usefixtures("folder")
def test_seeds_of_a_site_name_that_as_their_source(site: OwnSite) -> None:
    site.configure('seeds: [{path: seeds/, site_url: "https://old.example/"}]')
    site.run("run")

    assert sources(site) == {("https://old.example/", "https://old.example/", "https://old.example/")}


def test_ingesting_in_any_order_publishes_the_same(site: OwnSite, folder: Path, tmp_path: Path) -> None:
    site.run("run")
    whole = site.files()
    for path in sorted(folder.iterdir(), reverse=True):
        path.rename(tmp_path / path.name)
    (site.folder / "aggregator.db").unlink()
    for name in ("c.md", "a.md", "b.md"):
        (tmp_path / name).rename(folder / name)
        outcome(site)
    site.run("run")

    assert site.files() == whole


def test_a_seed_whose_categories_and_date_are_corrected_moves(site: OwnSite, folder: Path) -> None:
    (folder / "a.md").write_text("---\ntitle: A\ndate: 2026-01-01\ncategories: town\n---\nText\n")
    outcome(site)
    (folder / "a.md").write_text("---\ntitle: A\ndate: 2025-12-31\ncategories: garden\n---\nText\n")

    assert outcome(site) == {"seen": 3, "revised": 1, "unchanged": 2}
    (entry,) = json.loads(site.run("entry", "list", "--category", "garden", "--json"))
    assert entry["published"] == "2025-12-31T00:00:00+00:00"
    assert json.loads(site.run("entry", "list", "--category", "town", "--json")) == []


def test_a_seed_without_a_source_that_moves_keeps_its_entry(site: OwnSite, folder: Path) -> None:
    (folder / "a.md").write_text("---\ntitle: A\ndate: 2026-01-01\n---\nText\n")
    outcome(site)
    (folder / "old").mkdir()
    (folder / "a.md").rename(folder / "old" / "a.md")

    assert outcome(site) == {"seen": 3, "merged": 1, "unchanged": 2}
    assert len(json.loads(site.run("entry", "list", "--json"))) == 3


def test_show_explains_each_field_of_a_seed(site: OwnSite, folder: Path) -> None:
    found = {row["field"]: (row["value"], row["origin"]) for row in json.loads(site.run("seed", "show", "a.md", "--json"))}

    assert (folder / "a.md").exists()
    assert found["source URL"][0] == "https://a.example/a"
    assert found["title"][0] == "A"
    assert all(origin for _, origin in found.values())
    assert "is in none of the seed folders" in site.run("seed", "show", "nothing.md", expect=1)


def test_the_rules_declared_for_a_folder_are_those_it_is_read_by(site: OwnSite, folder: Path) -> None:
    (folder / "2026-01-02-x.md").write_text("---\ntitle: X\n---\nText\n")
    site.configure('seeds: [{path: seeds/, site_url: "https://old.example/", permalink: pretty, categories: [folder]}]')
    outcome(site)

    assert len(json.loads(site.run("entry", "list", "--category", "folder", "--json"))) == 4
    urls = {entry["title"]: entry["url"] for entry in json.loads(site.run("entry", "list", "--json"))}
    assert urls["X"] == "https://old.example/2026/01/02/x/"


def test_a_file_that_takes_too_long_to_read_costs_only_itself(site: OwnSite, folder: Path) -> None:
    (folder / "b.md").write_text(post("b", text="*a " * 2_000_000))
    site.configure("seeds: [{path: seeds/}]\nlimits: {seed_size: 64 MiB, parse_timeout: 1 s}")

    assert outcome(site) == {"seen": 3, "new": 2, "quarantined": 1}
    assert listed(site)["b.md"]["message"] == "b.md: reading the file was given up: it took longer than 1 s"


def test_a_file_that_was_too_large_is_read_once_the_limit_allows_it(site: OwnSite, folder: Path) -> None:
    before = (folder / "b.md").stat()
    os.truncate(folder / "b.md", 2 * 1024**2)
    os.utime(folder / "b.md", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert outcome(site) == {"seen": 3, "new": 2, "quarantined": 1}

    site.configure("seeds: [{path: seeds/}]\nlimits: {seed_size: 3 MiB}")

    assert outcome(site) == {"seen": 3, "unchanged": 2, "new": 1}


def test_what_is_refused_is_counted_on_every_run_and_forgotten_once_it_is_gone(site: OwnSite, folder: Path) -> None:
    (folder / "out.md").symlink_to("/etc/passwd")
    assert outcome(site) == {"seen": 4, "new": 3, "quarantined": 1}
    assert outcome(site) == {"seen": 4, "unchanged": 3, "quarantined": 1}
    assert listed(site)["out.md"]["code"] == "outside"

    (folder / "out.md").unlink()

    assert outcome(site) == {"seen": 3, "unchanged": 3}
    assert set(listed(site)) == {"a.md", "b.md", "c.md"}


def test_long_posts_are_read_in_a_worker_process_and_give_what_short_ones_give(site: OwnSite, folder: Path) -> None:
    for number in range(20):
        (folder / f"{number}.md").write_text(post(str(number), text="正文" * 20_000))
    (folder / "7.md").write_text("---\ntitle: x\n" + " " * 100_000)

    assert outcome(site) == {"seen": 23, "new": 22, "quarantined": 1}
    assert listed(site)["7.md"]["code"] == "unterminated-front-matter"
    assert listed(site)["19.md"]["title"] == "19"
