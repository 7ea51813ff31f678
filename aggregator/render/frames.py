"""Owns what stands around the entries of an Atom document: the feed's own facts, as feedgen writes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aggregator import __version__
from aggregator.render.facts import legal, named

if TYPE_CHECKING:
    from datetime import datetime

    from feedgen.feed import FeedGenerator

    from aggregator.model import ArchiveHead, FeedHead

FEED_STYLE: bytes = Path(__file__).with_name("feed.css").read_bytes()
"""How a browser shows a feed, to be published as ``feed.css`` in the site's root."""

GENERATOR = "aggregator"
_ATOM, _JSON = "application/atom+xml", "application/feed+json"


def atom_frame(head: FeedHead) -> tuple[bytes, bytes]:
    """Return what stands before the first entry of a feed, and after the last."""
    feed = _feed(head, head.updated)
    feed.generator(GENERATOR, version=__version__)
    _link(feed, "self", head.feed_url, _ATOM)
    _link(feed, "alternate", head.json_url, _JSON)
    for hub in head.site.hubs:
        _link(feed, "hub", hub)
    _link(feed, "prev-archive", head.archive_url, _ATOM)
    return _around_entries(feed)


def archive_frame(head: ArchiveHead) -> tuple[bytes, bytes]:
    """Return what stands before the first entry of a page of an archive, and after the last (RFC 5005, section 4).

    It names no version of the generator and no hub: a page that is full stays as it is.
    """
    feed = _feed(head.feed, head.updated)
    feed.aggregator.style_url = "../../../feed.css"
    feed.generator(GENERATOR)
    feed.aggregator.is_archive = True
    _link(feed, "self", head.page_url, _ATOM)
    _link(feed, "current", head.feed.feed_url, _ATOM)
    _link(feed, "prev-archive", head.previous_url, _ATOM)
    _link(feed, "next-archive", head.next_url, _ATOM)
    return _around_entries(feed)


def _feed(head: FeedHead, updated: datetime) -> FeedGenerator:
    """Begin a document with what a feed and its archive have in common."""
    # 35 ms with dateutil and lxml, which a run that has no frame to make can do without
    from feedgen.feed import FeedGenerator  # noqa: PLC0415

    from aggregator.render.extension import FeedExtension  # noqa: PLC0415

    site = head.site
    feed = FeedGenerator()
    feed.register_extension("aggregator", FeedExtension, atom=True, rss=False)
    feed.aggregator.style_url = "../feed.css"  # relative: a browser takes no style from where the site will be some day
    feed.id(head.atom_id)
    feed.title(legal(head.title))
    feed.updated(updated)  # feedgen stamps the clock on a date that is left unset
    feed.language(site.language)
    for author in named((site.author,)):
        fields = {"name": author.name, "uri": author.uri, "email": author.email}
        feed.author({name: text for name, text in fields.items() if text})
    for say, text in (
        (feed.subtitle, head.subtitle or site.subtitle),
        (feed.rights, site.rights),
        (feed.icon, site.icon),
        (feed.logo, site.logo),
    ):
        if text:
            say(legal(text))
    _link(feed, "alternate", head.page_url, "text/html")
    return feed


def _link(feed: FeedGenerator, rel: str, href: str | None, media_type: str | None = None) -> None:
    if href:
        feed.link({"href": href, "rel": rel, "type": media_type})


def _around_entries(feed: FeedGenerator) -> tuple[bytes, bytes]:
    before, end, after = bytes(feed.atom_str(pretty=True)).rpartition(b"</feed>")
    return before, end + after
