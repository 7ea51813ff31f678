"""Puts a whole document together. Goes when publish keeps the fragments."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aggregator.model import FeedHead
from aggregator.render.atom import atom_entry
from aggregator.render.frames import atom_frame

if TYPE_CHECKING:
    from aggregator.model import FeedContent

# The date of a feed that has no entries yet. Any fixed date does; the present would change the bytes on every run.
NOTHING_YET = datetime(1970, 1, 1, tzinfo=UTC)


def render(content: FeedContent) -> bytes:
    """Return the Atom document of *content*, with its entries in the order given."""
    head = FeedHead(
        site=content.site,
        atom_id=content.atom_id,
        title=content.title,
        feed_url=content.feed_url,
        json_url=content.feed_url.removesuffix(".atom") + ".json",
        page_url=content.page_url,
        updated=max((entry.updated for entry in content.entries), default=NOTHING_YET),
    )
    before, after = atom_frame(head)
    return b"".join((before, *map(atom_entry, content.entries), after))
