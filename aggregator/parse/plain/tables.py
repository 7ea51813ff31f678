"""Owns which elements are understood where, and what those with parts become: feeds, items, pictures, sources.

An element in an unusual place is declined, as is whatever has parts and should not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.parse.plain import elements, people
from aggregator.parse.plain.names import LOOKED_UP, UnplainError, spoken
from aggregator.parse.plain.places import Action, Place, Reading, attributes_of, declined, deeper, ignored, reference_of, text_of
from aggregator.parse.plain.texts import HTML, TEXT, mended

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from aggregator.parse.answers import Record


def read_each(reading: Reading, element: Element, place: Place) -> None:
    """Read what a feed says of itself, and its items; *place* is within *element*."""
    names = reading.names
    for part in element:
        name = names.of(part.tag)
        if name in {"item", "entry"}:
            read_entry(reading, part, place)
        elif name:
            _OF_FEEDS.get(name, declined)(reading, place, part)
        else:
            names.require_harmless(part)


def read_entry(reading: Reading, element: Element, place: Place) -> None:
    """Read the item that an *element* at *place* is."""
    entry: Record = {}
    reading.entries.append(entry)
    reading.title_depth = -1
    about = element.get(reading.names.about)
    if about:
        entry["id"] = about
    require_no_cdf(element)
    inner = Place(owner=entry, depth=place.depth + 1, language=spoken(element, place.language), depths={})
    known, names, actions = reading.names.known, reading.names, _OF_ITEMS
    for part in element:
        tag = part.tag
        name = known.get(tag)
        if name is None:
            name = names.of(tag)
        if name:
            actions.get(name, declined)(reading, inner, part)
        else:
            names.require_harmless(part)
    reading.has_content = False


def require_no_cdf(element: Element) -> None:
    """Decline an item or channel whose attributes would be read as if they were elements."""
    if element.get("href") is not None or element.get("lastmod") is not None:
        raise UnplainError


def read_image(reading: Reading, element: Element, place: Place) -> None:
    """Read the picture of a feed."""
    image = place.owner.setdefault("image", {})
    reading.title_depth = -1
    for part in element:
        name = reading.names.of(part.tag)
        if name == "title":
            elements.title(reading, Place(owner={}, depth=place.depth + 1, language=None), part)
        elif name == "url":
            image["href"] = mended(reference_of(part), reading.may_be_mended)
        elif name in {"link", "description", "width", "height"}:
            text_of(part)
        else:
            raise UnplainError


def read_text_input(reading: Reading, element: Element, place: Place) -> None:
    """Pass over a text input: only that it can have a title bears on others."""
    reading.title_depth = -1
    for part in element:
        name = reading.names.of(part.tag)
        if name == "title":
            elements.title(reading, Place(owner={}, depth=place.depth + 1, language=None), part)
        elif name in {"link", "description", "name"}:
            text_of(part)
        else:
            raise UnplainError


def _source(reading: Reading, place: Place, element: Element) -> None:
    reading.title_depth = -1
    source: Record = {} if (address := element.get("url")) is None else {"href": address}
    inner = Place(owner=source, depth=place.depth + 1, language=spoken(element, place.language))
    pieces = [element.text or ""]
    for part in element:
        name = reading.names.of(part.tag)
        if name in {"", "link"} and part.keys() and (part.text or len(part)):  # its text would be the source's
            raise UnplainError
        if name:
            _OF_SOURCES.get(name, declined)(reading, inner, part)
        else:
            reading.names.require_harmless(part)
        pieces.append(part.tail or "")
    if title := "".join(pieces).strip():
        source["title"] = mended(title, reading.may_be_mended)
    place.owner["source"] = source


def _media_content(reading: Reading, place: Place, element: Element) -> None:
    place.owner.setdefault("media_content", []).append(attributes_of(element))
    if len(element):
        _media_group(reading, place, element)


def _media_group(reading: Reading, place: Place, element: Element) -> None:
    inner = deeper(place, element)
    for part in element:
        name = reading.names.of(part.tag)
        if name.startswith("media_"):
            _OF_ITEMS.get(name, declined)(reading, inner, part)
        else:
            reading.names.require_harmless(part)


def _item_image(reading: Reading, _place: Place, element: Element) -> None:
    text_of(element)
    reading.title_depth = -1


def _feed_image(reading: Reading, place: Place, element: Element) -> None:
    read_image(reading, element, place)


def _feed_text_input(reading: Reading, place: Place, element: Element) -> None:
    read_text_input(reading, element, place)


def _itunes_image(_reading: Reading, place: Place, element: Element) -> None:
    if len(element):
        raise UnplainError
    address = element.get("href") or element.get("url")
    if address:
        place.owner["image"] = {"href": address}


def _nested_categories(reading: Reading, _place: Place, element: Element) -> None:
    if any(reading.names.of(inner.tag) != "itunes_category" for inner in element.iter()):
        raise UnplainError


def _each(action: Action, names: str) -> dict[str, Action]:
    return dict.fromkeys(names.split(), action)


_EVERYWHERE: dict[str, Action] = {
    **_each(elements.title, "title dc_title"),
    **_each(elements.link, "link"),
    **_each(elements.guid, "guid id"),
    **_each(elements.summary_as("summary", TEXT), "summary itunes_summary"),
    **_each(elements.date_as("published"), "published issued pubdate dcterms_issued"),
    **_each(elements.date_as("updated"), "updated modified lastbuilddate dc_date dcterms_modified"),
    **_each(elements.date_as("created"), "created dcterms_created"),
    **_each(people.author, "author managingeditor dc_author dc_creator itunes_author"),
    **_each(people.owner, "itunes_owner"),
    **_each(elements.kept_as("language"), "language dc_language"),
    **_each(people.contributor, "contributor"),
    **_each(people.named_contributor, "dc_contributor"),
    **_each(elements.thumbnail, "media_thumbnail"),
    **_each(_itunes_image, "itunes_image"),
    # texts under names that nobody looks up
    **_each(elements.license_named, "creativecommons_license creativeCommons_license"),
    **_each(elements.license_linked, "cc_license"),
    **_each(ignored, "cloud dc_publisher webmaster generator"),
    **_each(ignored, "email feedburner_browserfriendly georss_box georss_line georss_point georss_polygon height info"),
    **_each(ignored, "itunes_block itunes_email itunes_explicit itunes_name name width uri url homepage"),
    **_each(ignored, "media_credit media_license media_player media_rating media_restriction"),
}
_OF_FEEDS: dict[str, Action] = {
    **_EVERYWHERE,
    **_each(elements.summary_as("subtitle", HTML), "description dc_description"),
    **_each(elements.text_as("subtitle", TEXT), "subtitle tagline itunes_subtitle"),
    **_each(elements.text_as("rights", TEXT), "rights copyright dc_rights"),
    **{name: elements.kept_without_attributes(name) for name in LOOKED_UP},
    **_each(_feed_image, "image"),
    **_each(_feed_text_input, "textinput"),
    **_each(_nested_categories, "itunes_category"),
    **_each(ignored, "category keywords dc_subject media_category itunes_keywords media_keywords"),
}
_OF_ITEMS: dict[str, Action] = {
    **_EVERYWHERE,
    **_each(elements.summary_as("summary", HTML), "description dc_description media_description"),
    **_each(elements.content, "content"),
    **_each(elements.content_as(HTML), "content_encoded"),
    **_each(elements.media_title, "media_title"),
    **_each(elements.category, "category keywords dc_subject"),
    **_each(elements.media_category, "media_category"),
    **_each(elements.itunes_category, "itunes_category"),
    **_each(elements.keywords(elements.ITUNES), "itunes_keywords"),
    **_each(elements.keywords(None), "media_keywords"),
    **_each(elements.enclosure, "enclosure"),
    **_each(_media_content, "media_content"),
    **_each(_media_group, "media_group"),
    **_each(_source, "source"),
    **_each(_item_image, "image"),
    **{name: elements.kept_without_attributes(name) for name in ("feedburner_origlink", "pheedo_origlink")},
    **_each(elements.text_as("rights", TEXT), "rights copyright dc_rights"),
    **_each(ignored, "subtitle tagline itunes_subtitle icon logo ttl itunes_complete"),
    **_each(ignored, "sy_updatebase sy_updatefrequency sy_updateperiod"),
}
_OF_SOURCES: dict[str, Action] = {
    **_each(elements.title, "title"),
    **_each(elements.link, "link"),
    **_each(elements.guid, "id"),
    **_each(elements.date_as("updated"), "updated"),
    **_each(people.author, "author"),
    **_each(people.contributor, "contributor"),
    **_each(elements.text_as("subtitle", TEXT), "subtitle"),
    **_each(elements.text_as("rights", TEXT), "rights"),
    **{name: elements.kept_without_attributes(name) for name in ("icon", "logo")},
    **_each(ignored, "category generator"),
}
