"""Fetches from :class:`loopback_server.Loopback`, and what to expect of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from aggregator.fetch import FetchSettings
from aggregator.fetch import fetch_all as fetch_all_by
from aggregator.model import Document, FetchFailure, FetchRequest, FetchResult, Validators

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loopback_server import Loopback

FEED = b"<feed xmlns='http://www.w3.org/2005/Atom'/>"
SOON = timedelta(seconds=0.2)
NOW = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)


def fetch_all(requests: Iterable[FetchRequest], settings: FetchSettings) -> Iterator[FetchResult]:
    """As the real one, at a date that is always the same."""
    return fetch_all_by(requests, settings, lambda: NOW)


def fetch(loopback: Loopback, path: str, validators: Validators = Validators(), **limits: Any) -> FetchResult:  # noqa: B008 - frozen
    """Fetch one URL, or a path of *loopback*."""
    url = path if ":" in path else loopback.url(path)
    return fetch_one(FetchRequest(url=url, validators=validators), loopback, **limits)


def fetch_one(request: FetchRequest, loopback: Loopback, **limits: Any) -> FetchResult:
    """Make one request and return its result, without the duration, which no test can predict."""
    (result,) = fetch_all([request], settings(loopback, **limits))
    return replace(result, duration=timedelta())


def settings(loopback: Loopback, **limits: Any) -> FetchSettings:
    usual = {"user_agent": "test/1", "allow": loopback.allow, "timeout": timedelta(seconds=20), "spacing": timedelta()}
    return FetchSettings(**{**usual, **limits})


def document(loopback: Loopback, path: str, body: bytes = FEED, **fields: Any) -> Document:
    expected = Document(
        url=loopback.url(path),
        final_url=loopback.url(path),
        status=200,
        content_type=None,
        content_language=None,
        body=body,
        validators=Validators(),
        wire_bytes=len(body),
        duration=timedelta(),
    )
    return replace(expected, **fields)


def code(result: FetchResult) -> str:
    assert isinstance(result, FetchFailure), result
    assert "\n" not in result.message
    return result.code
