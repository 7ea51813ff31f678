"""What a published file is: the same to a bucket and to our own server."""

from __future__ import annotations

import pytest

from aggregator.filetypes import type_of
from aggregator.publish import paths
from aggregator.web.routes import route

PUBLISHED = [
    paths.INDEX, paths.STYLE_SHEET, paths.FEED_STYLE_SHEET, paths.FEED_LIST, paths.SOURCE_LIST, paths.feed_path("keji"),
    paths.json_path("keji"), paths.page_path("keji"), paths.archive_path("keji", 12), paths.feed_path("all"),
]  # fmt: skip


@pytest.mark.parametrize("path", PUBLISHED)
def test_our_server_says_of_a_file_what_a_bucket_says(path: str) -> None:
    way = route("/" + path.removesuffix("index.html"))

    assert way
    assert way.name == path
    said = type_of(path)
    assert (way.kind.media_type, way.kind.cache_control) == (said.media_type.encode(), said.cache_control.encode())
