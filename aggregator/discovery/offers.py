"""Owns what an offer is."""

from __future__ import annotations

import re

from msgspec import Struct

_COMMENTS = re.compile(r"\bcomments?\b|评论|評論|留言|コメント", re.IGNORECASE | re.ASCII)


class Offer(Struct, frozen=True, kw_only=True):
    """A feed that a page offers, not yet requested.

    *title* may be empty, *media_type* is what the page states, *found_by* says in words how we know of the feed.
    """

    url: str
    title: str
    media_type: str | None = None
    found_by: str


def is_about_comments(offer: Offer) -> bool:
    """Say whether the feed carries what readers write below articles: rarely what is meant, often offered beside it."""
    return any(_COMMENTS.search(text) for text in (offer.title, offer.url))
