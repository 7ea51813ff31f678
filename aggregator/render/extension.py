"""What feedgen lacks of a feed, through its extension interface: the stylesheet instruction, and RFC 5005's ``fh:archive``."""

from __future__ import annotations

from typing import Any

from feedgen.ext.base import BaseExtension
from lxml import etree

from aggregator.render.facts import quoted

_XHTML = "http://www.w3.org/1999/xhtml"
_HISTORY = "http://purl.org/syndication/history/1.0"


class FeedExtension(BaseExtension):  # type: ignore[misc]  # feedgen is untyped
    """Adds to a feed element what was said here, and the namespaces that fragments rely on."""

    def __init__(self) -> None:
        self.style_url = ""
        self.is_archive = False

    def extend_ns(self) -> dict[str, str]:
        """Return the prefixes that the feed element declares."""
        return {
            "at": "http://purl.org/atompub/tombstones/1.0",
            "fh": _HISTORY,
            "media": "http://search.yahoo.com/mrss/",
            "x": _XHTML,
        }

    def extend_atom(self, feed: Any) -> Any:
        """Complete the element that feedgen made of the feed."""
        style = f'type="text/css" href="{quoted(self.style_url)}"'
        feed.addprevious(etree.ProcessingInstruction("xml-stylesheet", style))
        # a phone lays out XML 980 px wide unless told otherwise; foreign elements are welcome (RFC 4287, section 6)
        etree.SubElement(feed, f"{{{_XHTML}}}meta", name="viewport", content="width=device-width")
        if self.is_archive:
            etree.SubElement(feed, f"{{{_HISTORY}}}archive")
        return feed
