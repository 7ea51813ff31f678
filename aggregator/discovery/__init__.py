"""Owns which feeds a web page offers: by its link elements, by the rules of platforms, by links that look like feeds. Pure.

Nothing is requested here. An offer is what a page or a rule says; whether a feed is there shows when it is fetched.

    find_feeds ──┬── pages       bytes → the few tags that matter
                 ├── links       a link → an offer, or nothing ──┐
                 └── platforms   an address → offers ────────────┴── addresses
"""

from __future__ import annotations

from aggregator.discovery.addresses import same_feed_key, web_url, well_known
from aggregator.discovery.links import by_address, by_element, by_text
from aggregator.discovery.offers import Offer, is_about_comments
from aggregator.discovery.pages import one_line, read_page
from aggregator.discovery.platforms import known_feeds

__all__ = ["Offer", "find_feeds", "known_feeds", "well_known"]

MOST_OFFERS = 20


def find_feeds(body: bytes, base_url: str, content_type: str | None) -> tuple[Offer, ...]:
    """Say which feeds the page *body* offers, the likeliest first, at most 20, each once, never the page itself.

    Link elements come first, then what :func:`known_feeds` says of the page, then links that look like feeds by their address,
    then those that do by their text; feeds of comments come after all others. Addresses are http or https, without user name,
    password and fragment. Never fails: a body that is no page offers what its address does.

    Args:
        body: the page; of a long one the first 4 MiB are read.
        base_url: the URL that the page finally came from.
        content_type: the HTTP header; only its charset is used, and it matters only for titles.
    """
    page = read_page(body, content_type)
    base = web_url(page.base, base_url) or base_url
    title = one_line(page.title)
    offers = [
        *(by_element(link, base, title) for link in page.elements),
        *known_feeds(base_url),
        *known_feeds(web_url(page.canonical, base) or ""),
        *(by_address(link, base, title) for link in page.anchors),
        *(by_text(link, base) for link in page.anchors),
    ]
    distinct: dict[str, Offer] = {}
    for offer in offers:
        if offer:
            distinct.setdefault(same_feed_key(offer.url), offer)
    distinct.pop(same_feed_key(base_url), None)
    return tuple(sorted(distinct.values(), key=is_about_comments)[:MOST_OFFERS])
