"""One entry's files and pictures, as the feed library reports them → enclosures and thumbnails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.model import Enclosure, Thumbnail
from aggregator.parse.answers import media_type, record, records, stated, text
from aggregator.parse.fields import absolute_url, whole_number
from aggregator.parse.links import rel_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aggregator.parse.answers import Record


def enclosures(entry: Record, base_url: str) -> tuple[Enclosure, ...]:
    """RSS enclosures, Atom enclosure links and media:content, one per URL."""
    found: dict[str, Enclosure] = {}
    links = (link for link in records(entry, "links") if rel_of(link) == "enclosure")
    for enclosure in (*links, *records(entry, "media_content")):
        address = text(enclosure, "href") or text(enclosure, "url")
        url = absolute_url(base_url, address) if address else None
        if url:
            kind = media_type(enclosure)
            media = None if kind == "text/html" else kind or None  # the library says so of every link without a type
            length = whole_number(text(enclosure, "length") or text(enclosure, "filesize"))
            found.setdefault(url, Enclosure(url=url, media_type=media, length=length))
    return tuple(found.values())


def thumbnails(entry: Record, base_url: str) -> tuple[Thumbnail, ...]:
    """The pictures that stand for the entry, the publisher's first choice first.

    Where no ``media:thumbnail`` is of use, the first picture among the ``media:content`` stands in, and after it an
    ``itunes:image``, the cover of an episode.
    """
    # Most entries have none of these, which is seen at once.
    if stated(entry, "media_thumbnail") and (found := _pictures(records(entry, "media_thumbnail"), base_url)):
        return found
    if stated(entry, "media_content") and (found := _pictures(_sized_pictures(entry), base_url)):
        return found[:1]
    return _pictures([cover], base_url) if (cover := record(entry, "image")) else ()


def _pictures(described: Iterable[Record], base_url: str) -> tuple[Thumbnail, ...]:
    found: dict[str, Thumbnail] = {}
    for picture in described:
        address = text(picture, "url") or text(picture, "href")
        if address and (url := absolute_url(base_url, address)):
            width, height = whole_number(text(picture, "width")), whole_number(text(picture, "height"))
            found.setdefault(url, Thumbnail(url=url, width=width or None, height=height or None))
    return tuple(found.values())


def _sized_pictures(entry: Record) -> Iterator[Record]:
    """The pictures whose size is told. WordPress lists all of a text without it, with the face of its author first."""
    for content in records(entry, "media_content"):
        is_picture = text(content, "medium") == "image" or media_type(content).startswith("image/")
        if is_picture and whole_number(text(content, "width")):
            yield content
