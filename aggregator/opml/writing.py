"""Owns the list that we write."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from aggregator.opml.text import name_of, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aggregator.opml.values import OpmlFeed


def write_opml(title: str, feeds: Sequence[OpmlFeed], date: datetime | None) -> bytes:
    """Return *feeds* as OPML 2.0 in UTF-8, in the order given. Equal in, equal out.

    A feed stands in the folder of its first category, the others are in its ``category``. That cannot hold names with commas
    or slashes: for each of those the feed stands once more, in a folder of that name. Names are folded to one line of at most
    200 characters; what XML cannot carry is left out, and so are user names and passwords within addresses. What the query of
    an address says stays.

    Args:
        title: what the list is called.
        feeds: what it lists.
        date: when one of the feeds last changed, with time zone; never the present, which would change the bytes each time.
    """
    root = Element("opml", version="2.0")
    head = SubElement(root, "head")
    SubElement(head, "title").text = name_of(title)
    if date:
        SubElement(head, "dateModified").text = format_datetime(date.astimezone(UTC), usegmt=True)
    folders = {"": SubElement(root, "body")}
    for feed in feeds:
        first, *further = dict.fromkeys(filter(None, map(name_of, feed.categories))) or [""]
        apart = [name for name in further if {",", "/"}.intersection(name)]
        attributes = _attributes(feed, (name for name in further if name not in apart))
        for name in (first, *apart):
            if name not in folders:
                folders[name] = SubElement(folders[""], "outline", text=name)
            SubElement(folders[name], "outline", attributes)
    indent(root)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _attributes(feed: OpmlFeed, categories: Iterable[str]) -> dict[str, str]:
    """Write a feed down. Of whatever format it is, its type is ``rss``: that is what programs look for."""
    url = one_line(feed.url)
    title = name_of(feed.title or "")
    attributes = {
        "type": "rss",
        "text": title or url,
        "title": title,
        "xmlUrl": url,
        "htmlUrl": one_line(feed.site_url or ""),
        "category": ",".join(categories),
    }
    return {name: value for name, value in attributes.items() if value}
