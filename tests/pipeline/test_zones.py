"""Dates of feeds that name no time zone are in the site's, whichever way the feed is read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from rounds import RULES

from aggregator.model import Document, Validators
from aggregator.poll.reader import Reader
from aggregator.poll.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.model import Source

    MakeSource = Callable[..., Source]

URL = "https://a.example/feed"
WRITTEN = "2026-11-01 10:00:00"
ITEM = "<item><title>t{0}</title><link>https://a.example/{0}</link><pubDate>" + WRITTEN + "</pubDate></item>"
RSS = f'<rss version="2.0"><channel><title>A</title>{ITEM.format(1)}{ITEM.format(2)}</channel></rss>'
JSON = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "A",
    "items": [{"id": "1", "title": "t", "date_published": WRITTEN}],
}


def read(source: Source, text: str, seen_items: bytes | None = None, *, zone: str) -> Reading:
    document = Document(
        url=URL, final_url=URL, status=200, content_type=None, content_language=None, body=text.encode(), validators=Validators(),
        duration=timedelta(),
    )  # fmt: skip
    with Reader(replace(RULES, zone=zone), timeout=timedelta(seconds=60)) as reader:
        reading = reader.read(document, source, seen_items)
    assert isinstance(reading, Reading)
    return reading


def published(reading: Reading) -> set[datetime | None]:
    return {item.candidate.published for item in reading.prepared.items}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(RSS, id="here"),
        pytest.param(f"<!DOCTYPE rss>{RSS}", id="in a worker process"),
        pytest.param(json.dumps(JSON), id="JSON"),
    ],
)
def test_a_date_without_a_zone_is_in_the_sites(make_source: MakeSource, text: str) -> None:
    source = make_source(URL)

    assert published(read(source, text, zone="UTC")) == {datetime(2026, 11, 1, 10, tzinfo=UTC)}
    assert published(read(source, text, zone="Asia/Shanghai")) == {datetime(2026, 11, 1, 2, tzinfo=UTC)}


def test_what_was_read_in_another_zone_is_read_again(make_source: MakeSource) -> None:
    source = make_source(URL)
    seen = read(source, RSS, zone="UTC").seen_items
    longer = RSS.replace("</channel>", ITEM.format(3) + "</channel>")
    left_out = [read(source, longer, seen, zone=zone).left_out for zone in ("UTC", "Asia/Shanghai")]

    assert left_out == [2, 0]
