"""What feedgen lacks of a feed, through its extension interface: the stylesheet instruction, and RFC 5005's ``fh:archive``."""

from __future__ import annotations

from typing import Any

from feedgen.ext.base import BaseExtension
from lxml import etree

from aggregator.render.facts import quoted

_HISTORY = "http://purl.org/syndication/history/1.0"


class FeedExtension(BaseExtension):  # type: ignore[misc]  # feedgen is untyped
    """Adds to a feed element what was said here, and the namespaces that fragments rely on."""

    def __init__(self) -> None:
        self.style_url = ""
        self.is_archive = False

    def extend_ns(self) -> dict[str, str]:
        """Return the prefixes that the feed element declares."""
        return {"at": "http://purl.org/atompub/tombstones/1.0", "fh": _HISTORY, "media": "http://search.yahoo.com/mrss/"}

    def extend_atom(self, feed: Any) -> Any:
        """Complete the element that feedgen made of the feed."""
        style = f'type="text/css" href="{quoted(self.style_url)}"'
        feed.addprevious(etree.ProcessingInstruction("xml-stylesheet", style))
        if self.is_archive:
            etree.SubElement(feed, f"{{{_HISTORY}}}archive")
        return feed
