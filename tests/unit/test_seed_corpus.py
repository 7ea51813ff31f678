"""Real posts of others, which are not part of the repository: skipped where they are absent."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from aggregator.clean import clean_candidate
from aggregator.seeds import SeedRules
from aggregator.seeds.posts import parse

POSTS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus" / "posts"
SHANGHAI = ZoneInfo("Asia/Shanghai")
# The index has no zone where the post has none.
FORMATS = {True: "%Y-%m-%d %H:%M:%S %z", False: "%Y-%m-%d %H:%M:%S"}


def index() -> list[dict[str, str]]:
    if not POSTS.is_dir():
        return []
    with (POSTS / "index.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.skipif(not POSTS.is_dir(), reason="the corpus is not here")
def test_the_whole_corpus_is_read() -> None:
    assert len(index()) == 10


@pytest.mark.parametrize("row", [pytest.param(row, id=row["file"]) for row in index()])
def test_a_real_post_gives_what_a_careful_reader_finds(row: dict[str, str]) -> None:
    data = (POSTS / row["file"]).read_bytes()
    candidate = clean_candidate(parse(row["file"], data, SeedRules(timezone=SHANGHAI)), base_url=None)
    date = datetime.strptime(row["date"], FORMATS["+" in row["date"]])  # noqa: DTZ007 - the zone is set below
    categories = tuple(row["category"].strip("[]").split(","))
    tags = tuple(row["tags"].strip("[]").split(","))

    assert (candidate.url, candidate.title, candidate.published, candidate.categories) == (
        None if row["true_source_url"] == "NONE" else row["true_source_url"],
        row["h1"] or row["title"],
        date if date.tzinfo else date.replace(tzinfo=SHANGHAI),
        categories,
    )
    assert tuple(tag.term for tag in candidate.tags) == tags
    assert candidate.remarks == ()
    for leftover in ("返回首页", "$url", "artid", "GetPic", "<svg", "<link", "<h1"):
        assert leftover not in (candidate.content or "")
