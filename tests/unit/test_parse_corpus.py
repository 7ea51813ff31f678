"""Real feeds in many scripts and encodings, from outside the repository; skipped where they are not."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aggregator.parse import parse

if TYPE_CHECKING:
    from aggregator.model import Candidate

FEEDS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus" / "feeds"
INDEX = FEEDS / "index.tsv"

pytestmark = pytest.mark.skipif(not INDEX.exists(), reason="the corpus is not here")


def rows() -> list[dict[str, str]]:
    if not INDEX.exists():
        return []
    with INDEX.open(encoding="utf-8", newline="") as index:
        return list(csv.DictReader(index, delimiter="\t", quoting=csv.QUOTE_NONE))


each_document = pytest.mark.parametrize("row", [pytest.param(row, id=row["file"]) for row in rows()])


def is_told_fully(candidate: Candidate) -> bool:
    """Whether all that matters was found, all dates are aware, and no text was decoded wrongly or with loss."""
    texts = f"{candidate.title}{candidate.summary}{candidate.content}"
    dates = [date for date in (candidate.published, candidate.updated) if date is not None]
    return bool(
        (candidate.url or "").startswith(("http://", "https://"))
        and (candidate.content or candidate.summary or candidate.title)
        and dates
        and all(date.utcoffset() is not None for date in dates)
        and "\ufffd" not in texts
    )


@each_document
def test_every_item_is_found_and_the_title_is_not_mojibake(row: dict[str, str]) -> None:
    parsed = parse((FEEDS / row["file"]).read_bytes(), content_type=None, base_url="http://127.0.0.1:8099/feed")

    assert len(parsed.candidates) == int(row["entries"])
    assert parsed.rejects == ()
    assert parsed.provenance.title == row["title"]
    assert [candidate.place for candidate in parsed.candidates if not is_told_fully(candidate)] == []


@each_document
def test_a_wrong_label_by_the_server_changes_nothing(row: dict[str, str]) -> None:
    body = (FEEDS / row["file"]).read_bytes()

    right = parse(body, content_type=None, base_url="http://127.0.0.1:8099/feed")
    wrong = parse(body, content_type="text/html; charset=utf-8", base_url="http://127.0.0.1:8099/feed")

    assert wrong == right


@each_document
def test_no_whole_document_is_taken_for_a_truncated_one(row: dict[str, str]) -> None:
    parsed = parse((FEEDS / row["file"]).read_bytes(), content_type=None, base_url="http://127.0.0.1:8099/feed")

    assert (parsed.flaw.code if parsed.flaw else None) in {None, "not-well-formed"}


@pytest.mark.parametrize("row", [pytest.param(row, id=row["file"]) for row in rows() if not row["file"].endswith(".json")])
def test_a_document_without_its_last_tag_is_truncated(row: dict[str, str]) -> None:
    body = (FEEDS / row["file"]).read_bytes()

    parsed = parse(body[: body.rindex(b"</")], content_type=None, base_url="http://127.0.0.1:8099/feed")

    assert parsed.flaw is not None
    assert (parsed.flaw.code, len(parsed.candidates)) == ("truncated", int(row["entries"]))
