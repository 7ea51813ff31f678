"""Owns what an element of one text, a link or a tag becomes in the record that feedparser would make of what it stands in.

feedparser handles each element as it comes, whatever it stands in. These do the same to the same records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.parse.patterns import compiled
from aggregator.parse.plain.names import RDF_RESOURCE, UnplainError, spoken
from aggregator.parse.plain.places import Action, Place, Reading, attributes_of, keep, reference_of, text_of
from aggregator.parse.plain.texts import HTML, TEXT, mended, text_type

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from aggregator.parse.answers import Record

_MOST_TAGS = 200  # of one item; the library looks through all of them for each
_LONGEST_DATE = 100
_REFERENCE_END = r"(?a)&(\w+);"  # ``?a=1&b;=2`` is what a sloppy parser makes of ``?a=1&b=2``
ITUNES = "http://www.itunes.com/"
_MEDIA_CATEGORY = "http://search.yahoo.com/mrss/category_schema"


def kept_as(name: str) -> Action:
    """Read the text under *name*."""

    def action(reading: Reading, place: Place, element: Element) -> None:
        keep(place, name, mended(text_of(element), reading.may_be_mended))

    return action


def kept_without_attributes(name: str) -> Action:
    """Read the text under *name*; of an element with attributes the library would take these."""

    def action(reading: Reading, place: Place, element: Element) -> None:
        if element.keys():
            raise UnplainError
        keep(place, name, mended(reference_of(element), reading.may_be_mended))

    return action


def date_as(name: str) -> Action:
    """Read a date under *name*, but not as a date. The library does, and fails on some with a slash."""

    def action(reading: Reading, place: Place, element: Element) -> None:
        text = text_of(element)
        if "/" in text or len(text) > _LONGEST_DATE:
            raise UnplainError
        keep(place, name, mended(text, reading.may_be_mended))

    return action


def _detail(reading: Reading, place: Place, element: Element, usual_type: str) -> Record:
    """A text with its type and language."""
    value = text_of(element)
    kind, language = usual_type, place.language
    if element.keys():
        kind, language = element.get("type", usual_type), spoken(element, language)
    kind = text_type(value, kind, is_guessed=not reading.is_atom)
    return {"type": kind, "language": language, "value": mended(value, reading.may_be_mended)}


def text_as(name: str, usual_type: str) -> Action:
    """Read a text and its type, which is *usual_type* if it is not declared."""

    def action(reading: Reading, place: Place, element: Element) -> None:
        detail = _detail(reading, place, element, usual_type)
        keep(place, name, detail["value"])
        place.owner[f"{name}_detail"] = detail

    return action


def title(reading: Reading, place: Place, element: Element) -> None:
    """Read a title. The first counts, unless a later one stands further up."""
    detail = _detail(reading, place, element, TEXT)
    if not -1 < reading.title_depth <= place.depth:
        keep(place, "title", detail["value"])
        place.owner["title_detail"] = detail
    if detail["value"]:
        reading.title_depth = place.depth


def media_title(reading: Reading, place: Place, element: Element) -> None:
    """Read the title of a file, which counts where there is no other."""
    title_depth = reading.title_depth
    title(reading, place, element)
    reading.title_depth = title_depth


def summary_as(name: str, usual_type: str) -> Action:
    """Read a summary or description; the second of two is the content, if there is none yet."""
    plain_summary = text_as(name, usual_type)

    def action(reading: Reading, place: Place, element: Element) -> None:
        if "summary" in place.owner and not reading.has_content:
            content(reading, place, element)  # the second of two is the content
        else:
            plain_summary(reading, place, element)

    return action


def content_as(usual_type: str) -> Action:
    """Read a content, which is the summary as well until there is one."""

    def action(reading: Reading, place: Place, element: Element) -> None:
        reading.has_content = True
        detail = _detail(reading, place, element, usual_type)
        if usual_type == TEXT and element.get("src"):
            detail["src"] = element.get("src")
        if place.depths is None:
            place.owner["content"], place.owner["content_detail"] = detail["value"], detail
        else:
            place.owner.setdefault("content", []).append(detail)
        place.owner.setdefault("summary", detail["value"])

    return action


content = content_as(TEXT)


def _with_href(attributes: dict[str, str]) -> dict[str, str]:
    href = attributes.get("url", attributes.get("uri", attributes.get("href")))
    if href:
        attributes.pop("url", None)
        attributes.pop("uri", None)
        attributes["href"] = href
    return attributes


def link(reading: Reading, place: Place, element: Element) -> None:
    """Read a link of RSS or Atom."""
    if len(element):
        raise UnplainError
    link = _with_href(attributes_of(element))
    link.setdefault("rel", "alternate")
    link.setdefault("type", "application/atom+xml" if link["rel"] == "self" else HTML)
    place.owner.setdefault("links", []).append(link)
    if "href" in link:
        if ":///" in link["href"]:
            raise UnplainError
        if link["rel"] == "alternate" and link["type"] in {HTML, "html", "xhtml", "application/xhtml+xml"}:
            place.owner["link"] = link["href"]
        return
    url = mended(reference_of(element), reading.may_be_mended)
    if "&" in url:
        url = compiled(_REFERENCE_END).sub(r"&\1", url if place.depths is None else url.replace("&amp;", "&"))
    place.owner["link"] = url
    if url or place.depths is None:
        link["href"] = url


def guid(reading: Reading, place: Place, element: Element) -> None:
    """Read an id, and note whether it serves as the link."""
    is_link = element.get(reading.names.permalink, "true") == "true"
    value = mended(reference_of(element), reading.may_be_mended)
    keep(place, "id", value)
    place.owner.setdefault("guidislink", is_link and "link" not in place.owner)
    if is_link:
        place.owner.setdefault("link", value)


def license_named(reading: Reading, place: Place, element: Element) -> None:
    """Read a licence whose address is the text of the element."""
    _license(place, mended(text_of(element), reading.may_be_mended))


def license_linked(_reading: Reading, place: Place, element: Element) -> None:
    """Read a licence whose address is an attribute."""
    if len(element):
        raise UnplainError
    addresses = [value for name, value in element.items() if name.lower() == RDF_RESOURCE]
    if len(addresses) > 1:
        raise UnplainError
    _license(place, addresses[0] if addresses else "")


def _license(place: Place, address: str) -> None:
    place.owner.setdefault("links", []).append({"rel": "license"} | ({"href": address} if address else {}))


def enclosure(_reading: Reading, place: Place, element: Element) -> None:
    """Read an enclosure of RSS."""
    if len(element):
        raise UnplainError
    enclosure = _with_href(attributes_of(element))
    enclosure["rel"] = "enclosure"
    place.owner.setdefault("links", []).append(enclosure)


def thumbnail(reading: Reading, place: Place, element: Element) -> None:
    """Read a picture, whose address may be its text."""
    picture, address = attributes_of(element), text_of(element)
    if address and "url" not in picture:
        picture["url"] = mended(reference_of(element), reading.may_be_mended)
    place.owner.setdefault("media_thumbnail", []).append(picture)


def _add_tag(place: Place, term: str | None, scheme: str | None, label: str | None) -> list[Record]:
    tags: list[Record] = place.owner.setdefault("tags", [])
    tag = {"term": term, "scheme": scheme, "label": label}
    if (term or scheme or label) and tag not in tags:
        if len(tags) == _MOST_TAGS:
            raise UnplainError
        tags.append(tag)
    return tags


def category(reading: Reading, place: Place, element: Element) -> None:
    """Read a tag of RSS or Atom."""
    attributes = attributes_of(element)
    scheme = attributes.get("scheme", attributes.get("domain"))
    _tagged(reading, place, element, _add_tag(place, attributes.get("term"), scheme, attributes.get("label")))


def media_category(reading: Reading, place: Place, element: Element) -> None:
    """Read a tag of Media RSS."""
    attributes = attributes_of(element)
    scheme = attributes.get("scheme", _MEDIA_CATEGORY)
    _tagged(reading, place, element, _add_tag(place, attributes.get("term"), scheme, attributes.get("label")))


def itunes_category(reading: Reading, place: Place, element: Element) -> None:
    """Read a tag of iTunes."""
    _tagged(reading, place, element, _add_tag(place, element.get("text"), ITUNES, None))


def _tagged(reading: Reading, place: Place, element: Element, tags: list[Record]) -> None:
    value = mended(text_of(element), reading.may_be_mended)
    if value and tags and not tags[-1]["term"]:
        tags[-1]["term"] = value  # also if that is the tag of an earlier element
    elif value:
        _add_tag(place, value, None, None)


def keywords(scheme: str | None) -> Action:
    """Read tags that stand in one text."""

    def action(reading: Reading, place: Place, element: Element) -> None:
        if element.keys():
            raise UnplainError
        for term in mended(text_of(element), reading.may_be_mended).split(","):
            if term.strip():
                _add_tag(place, term.strip(), scheme, None)

    return action
