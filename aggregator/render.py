"""Renders a category's entries as an Atom document (RFC 4287). The only module that knows feedgen.

Equal content gives equal bytes, so their digest can serve as the ETag. What feedgen lacks, a full ``atom:source``,
``xml:lang`` on entries and enclosures, comes in through its extension interface.
"""

from __future__ import annotations

import html
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from aggregator import __version__
from aggregator.iris import is_permanent_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.model import Enclosure, FeedContent, Person, PublishedEntry, Tag

GENERATOR = "aggregator"
# The date of a feed that has no entries yet. Any fixed date does; the present would change the bytes on every run.
NOTHING_YET = datetime(1970, 1, 1, tzinfo=UTC)
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def render(content: FeedContent) -> bytes:
    """Return the Atom document of *content*, with its entries in the order given."""
    feed = FeedGenerator()
    feed.register_extension("aggregator", BaseExtension, _EntryExtension, atom=True, rss=False)
    feed.id(content.atom_id)
    feed.title(content.title)
    feed.language(content.site.language)
    feed.author(_person(content.site.author))
    feed.link(href=content.feed_url, rel="self", type="application/atom+xml")
    feed.link(href=content.page_url, rel="alternate", type="text/html")
    feed.generator(GENERATOR, version=__version__)
    # feedgen stamps the clock on every date that is left unset
    feed.updated(max((entry.updated for entry in content.entries), default=NOTHING_YET))
    for entry in content.entries:
        _add(feed, entry)
    return bytes(feed.atom_str(pretty=True))


def _add(feed: FeedGenerator, entry: PublishedEntry) -> None:
    item = feed.add_entry(order="append")  # feedgen's default is to prepend
    item.id(entry.atom_id)
    item.title(entry.title)
    item.published(entry.published)
    item.updated(entry.updated)
    if entry.url:
        item.link(href=entry.url, rel="alternate")
    for author in entry.authors:
        item.author(_person(author))
    for tag in entry.tags:
        item.category(_category(tag))
    if entry.summary and entry.summary != entry.content:
        item.summary(entry.summary, type="html")
    body = entry.content or ("" if entry.url else entry.summary or html.escape(entry.title))
    if body:  # an entry without a link needs content (RFC 4287, section 4.1.2)
        item.content(body, type="html")
    item.aggregator.entry = entry


class _EntryExtension(BaseEntryExtension):  # type: ignore[misc]  # feedgen is untyped
    """Adds to an entry what feedgen cannot: ``xml:lang``, enclosures and ``atom:source``."""

    def __init__(self) -> None:
        self.entry: PublishedEntry | None = None

    def extend_atom(self, element: Any) -> Any:
        """Complete the element that feedgen made of the entry."""
        if self.entry is None:
            return element
        if self.entry.language:
            element.set(_XML_LANG, self.entry.language)
        for enclosure in self.entry.enclosures:
            _add_enclosure(element, enclosure)
        _add_source(element, self.entry)
        return element


def _add_enclosure(parent: Any, enclosure: Enclosure) -> None:
    """Link an enclosure. feedgen 1.0 would drop all attributes but href from the second link of an entry on."""
    link = etree.SubElement(parent, "link", rel="enclosure", href=enclosure.url)
    if enclosure.media_type:
        link.set("type", enclosure.media_type)
    if enclosure.length is not None:
        link.set("length", str(enclosure.length))


def _add_source(parent: Any, entry: PublishedEntry) -> None:
    """Say where the entry comes from (RFC 4287, section 4.2.11); nothing, where we know no address of it."""
    known = entry.provenance
    feed_url = known.self_url or (entry.source_url if is_permanent_id(entry.source_url) else None)
    identity = next((i for i in (known.guid, feed_url, known.site_url) if i and is_permanent_id(i)), None)
    if identity is None:
        return
    source = etree.SubElement(parent, "source")  # without a namespace: feedgen declares Atom as the default one
    _child(source, "id", identity)
    _child(source, "title", known.title or feed_url or identity)
    # The date the source had when it brought this entry. Its present date would change our bytes whenever it is bumped.
    _child(source, "updated", entry.updated.isoformat())
    if feed_url:
        etree.SubElement(source, "link", rel="self", href=feed_url)
    if known.site_url:
        etree.SubElement(source, "link", rel="alternate", href=known.site_url)
    for name, text in (("subtitle", known.subtitle), ("rights", known.rights), ("icon", known.icon)):
        if text:
            _child(source, name, text)
    _add_authors(source, known.authors)


def _add_authors(parent: Any, authors: Iterable[Person]) -> None:
    for author in authors:
        element = etree.SubElement(parent, "author")
        for name, text in _person(author).items():
            _child(element, name, text)


def _child(parent: Any, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text


def _person(person: Person) -> dict[str, str]:
    fields = {"name": person.name, "uri": person.uri, "email": person.email}
    return {name: text for name, text in fields.items() if text}


def _category(tag: Tag) -> dict[str, str]:
    fields = {"term": tag.term, "scheme": tag.scheme, "label": tag.label}
    return {name: text for name, text in fields.items() if text}
