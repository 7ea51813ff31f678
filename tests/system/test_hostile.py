"""Feeds that cost the reader time out of all proportion: they fail with a reason, and nobody else waits for them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from loopback_server import Reply

if TYPE_CHECKING:
    from loopback_server import Loopback
    from own_site import OwnSite

# Both cost feedparser time that grows with the square of their size: minutes here.
HOSTILE = {
    "/author": f"<item><title>A</title><author>{'a' * 500_000}</author></item>",
    "/categories": f"<item><title>C</title>{''.join(f'<category>c{n}</category>' for n in range(100_000))}</item>",
}
GOOD = ("/1", "/2", "/3")


def rss(items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>A feed</title>{items}</channel></rss>'.encode()


@pytest.fixture(name="hostile_site")
def _hostile_site(site: OwnSite, loopback: Loopback) -> OwnSite:
    """Return a site with good feeds around the hostile ones, all asked in this order by one connection at a time."""
    loopback.replies |= {
        path: Reply(body=rss(items), headers={"ETag": '"1"'})
        for path, items in (*HOSTILE.items(), *((path, f"<item><title>Good {path}</title></item>") for path in GOOD))
    }
    feeds = ", ".join(f'{{url: "{loopback.url(path)}"}}' for path in ("/1", "/author", "/2", "/categories", "/3"))
    site.configure(
        f'fetch: {{allow: ["127.0.0.1:{loopback.port}"], concurrency: 1}}\nlimits: {{parse_timeout: 2s}}\nfeeds: [{feeds}]'
    )
    return site


def test_a_document_that_is_too_expensive_costs_that_source_only_and_leaves_a_reason(
    hostile_site: OwnSite, loopback: Loopback
) -> None:
    hostile_site.run("run")

    assert {entry["title"] for entry in json.loads(hostile_site.run("entry", "list", "--json"))} == {f"Good {p}" for p in GOOD}
    sources = json.loads(hostile_site.run("status", "--json"))["sources"]
    reasons = {source["subscription"]["url"]: source["error"] for source in sources}
    reason = {"code": "too-expensive", "message": "reading the document was given up: it took longer than 2 s"}
    assert reasons == {loopback.url(path): None for path in GOOD} | {loopback.url(path): reason for path in HOSTILE}
    held = json.loads(hostile_site.run("quarantine", "list", "--json"))
    assert [(row["place"], row["code"]) for row in held] == [("document", "too-expensive")] * 2


def test_the_validators_of_a_document_that_was_given_up_are_not_kept(hostile_site: OwnSite, loopback: Loopback) -> None:
    for _ in range(2):
        hostile_site.run("poll", loopback.url("/author"), environ={"AGGREGATOR_LIMITS__PARSE_TIMEOUT": "1s"})

    assert [seen.headers.get("if-none-match") for seen in loopback.seen] == [None, None]
