"""Owns which links of a page are offers: link elements by their type, others by their address or by what they say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aggregator.discovery.addresses import carries_address, looks_like_feed, web_url
from aggregator.discovery.offers import Offer
from aggregator.discovery.pages import one_line, texts

if TYPE_CHECKING:
    from aggregator.discovery.pages import Link

_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"})
_VAGUE_TYPES = frozenset({"application/xml", "text/xml", "application/json"})
_REST_API = "wp-json"  # WordPress calls what its programming interface says an alternate, too
_WORDS = re.compile(r"\b(?:RSS|Atom|RDF|feeds?)\b|订阅|訂閱", re.IGNORECASE | re.ASCII)
_MOST_CHARACTERS = 40  # a longer text is a headline


def by_element(link: Link, base: str, page_title: str) -> Offer | None:
    """Judge a ``link`` element by its type; one without has to be called a feed, or look like one by its address.

    See https://www.rssboard.org/rss-autodiscovery and https://html.spec.whatwg.org/multipage/links.html#rel-alternate.
    """
    url = web_url(link.get("href"), base)
    if url is None or _REST_API in url:
        return None
    if not (link.media_type in _FEED_TYPES | _VAGUE_TYPES or (not link.media_type and _is_called_feed(link, url))):
        return None
    title = one_line(link.get("title")) or page_title
    return Offer(url=url, title=title, media_type=link.media_type, found_by="a link element of the page")


def _is_called_feed(link: Link, url: str) -> bool:
    return "feed" in link.rels or looks_like_feed(url)


def by_address(link: Link, base: str, page_title: str) -> Offer | None:
    """Judge a link in the text by where it leads, or by the type it states."""
    url = web_url(link.get("href"), base)
    if url is None or not (link.media_type in _FEED_TYPES or looks_like_feed(url)):
        return None
    title = next(iter(texts(link)), page_title)
    found_by = "a link on the page whose address looks like that of a feed"
    return Offer(url=url, title=title, media_type=link.media_type, found_by=found_by)


def by_text(link: Link, base: str) -> Offer | None:
    """Judge a link in the text by what it says."""
    url = web_url(link.get("href"), base)
    said = next((text for text in texts(link) if len(text) <= _MOST_CHARACTERS and _WORDS.search(text)), None)
    if url is None or said is None or carries_address(url):
        return None
    return Offer(url=url, title=said, media_type=link.media_type, found_by="a link on the page whose text speaks of a feed")
