"""What `seed ingest` tells at its end: how the files ended, and how many for which reason. On a small archive of Hugo."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from own_site import OwnSite

POSTS = {
    "_index.md": "+++\ntitle = 'Home'\n+++\n",
    "posts/_index.md": "---\ntitle: Posts\n---\n",
    "posts/toml.md": "+++\ntitle = 'In TOML'\ndate = 2026-01-01T00:00:00Z\n+++\n{{< figure src='/a.png' >}}\n{{< toc >}}Text\n",
    "posts/yaml.md": "---\ntitle: In YAML: rescued\npublishDate: 2026-01-02\nurl: /elsewhere/\n---\nText\n",
    "posts/json.md": '{"title": "In JSON", "date": "2026-01-03", "tags": ["a"]}\n\nText\n',
    "posts/draft.md": "+++\ntitle = 'Draft'\ndraft = true\n+++\n",
    "posts/undated.md": '{"title": "Undated"}\nText\n',
    "posts/bundle/index.md": "+++\ntitle = 'Bundle'\ndate = 2026-01-04\n[cover]\nimage = 'cover.jpg'\n+++\n![](b.png)\n",
    "posts/broken.md": "+++\ntitle = 'Broken'\ndate = soon\n+++\nText\n",
}
REASONS = [
    {"code": "bad-front-matter", "held": 1, "stored": 0},
    {"code": "draft", "held": 1, "stored": 0},
    {"code": "rescued-front-matter", "held": 0, "stored": 1},
    {"code": "section-page", "held": 2, "stored": 0},
    {"code": "unknown-date", "held": 0, "stored": 1},
]


@pytest.fixture(name="folder")
def _folder(site: OwnSite) -> Path:
    folder = site.folder / "content"
    for path, text in POSTS.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    address = 'site_url: "https://blog.example/", permalink: "/:sections/:slugorcontentbasename/"'
    site.configure(f"seeds: [{{path: content/, {address}, liquid: false}}]")
    return folder


@pytest.mark.usefixtures("folder")
def test_an_archive_of_hugo_is_read_and_what_is_no_post_is_counted_by_reason(site: OwnSite) -> None:
    (row,) = json.loads(site.run("seed", "ingest", "--json"))

    assert {name: count for name, count in row["poll"]["tally"].items() if count} == {"seen": 9, "new": 5, "quarantined": 4}
    assert row["reasons"] == REASONS
    assert {entry["title"]: entry["url"] for entry in json.loads(site.run("entry", "list", "--json"))} == {
        "In TOML": "https://blog.example/posts/toml/",
        "In YAML: rescued": "https://blog.example/elsewhere/",
        "In JSON": "https://blog.example/posts/json/",
        "Undated": "https://blog.example/posts/undated/",
        "Bundle": "https://blog.example/posts/bundle/",
    }
    site.run("publish")
    feed = site.files()["feeds/all.atom"].decode()
    assert [word for word in ("{{", "toc") if word in feed] == []
    assert all(f"https://blog.example/{path}" in feed for path in ("a.png", "posts/bundle/cover.jpg", "posts/bundle/b.png"))


@pytest.mark.usefixtures("folder")
def test_reasons_are_told_for_what_a_folder_holds_not_only_for_what_changed(site: OwnSite) -> None:
    site.run("seed", "ingest")
    lines = [line.split("\t") for line in site.run("seed", "ingest").splitlines()]

    assert lines == [
        ["SOURCE", "OUTCOME", "SEEN", "RESULT", "REMARK"],
        ["content/", "read", "9", "9 unchanged", "-"],
        [""],
        ["SOURCE", "REASON", "HELD", "STORED"],
        *(["content/", reason["code"], str(reason["held"]), str(reason["stored"])] for reason in REASONS),
    ]


def test_a_dry_run_has_no_reasons_not_even_those_of_an_earlier_run(site: OwnSite, folder: Path) -> None:
    site.run("seed", "ingest")
    (folder / "posts" / "draft.md").write_text("+++\ntitle = 'No draft'\n+++\n")

    (row,) = json.loads(site.run("seed", "ingest", "--dry-run", "--json"))
    assert (row["poll"]["tally"]["new"], row["reasons"]) == (1, None)
    assert "REASON" not in site.run("seed", "ingest", "--dry-run")


def test_a_folder_that_is_gone_has_no_reasons_but_its_own(site: OwnSite, folder: Path) -> None:
    site.run("seed", "ingest")
    folder.rename(site.folder / "elsewhere")

    (row,) = json.loads(site.run("seed", "ingest", "--json"))
    assert (row["poll"]["remark"]["code"], row["reasons"]) == ("no-folder", None)


def test_without_anything_to_tell_there_is_no_second_table(site: OwnSite, folder: Path) -> None:
    for path in POSTS:
        (folder / path).unlink()
    (folder / "a.md").write_text("---\ntitle: A\ndate: 2026-01-01\n---\nText\n")

    assert len(site.run("seed", "ingest").splitlines()) == 2
