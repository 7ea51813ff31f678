"""Owns what an element about people becomes: which names and addresses feedparser makes of authors and owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.parse.plain.names import UnplainError
from aggregator.parse.plain.places import Place, Reading, keep, reference_of, text_of
from aggregator.parse.plain.texts import email_and_name, mended

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from aggregator.parse.answers import Record

_PERSONS = {
    "name": "name",
    "itunes_name": "name",
    "email": "email",
    "itunes_email": "email",
    "uri": "href",
    "url": "href",
    "homepage": "href",
}


def author(reading: Reading, place: Place, element: Element) -> None:
    """Read an author: one text in RSS, parts in Atom."""
    owner = place.owner
    owner.setdefault("authors", []).append({})
    pieces = [element.text or ""]
    for part in element:
        _part_of_person(reading, place, part, "author_detail")
        pieces.append(part.tail or "")
    keep(place, "author", mended("".join(pieces).strip(), reading.may_be_mended))
    _agree(owner)


def owner(reading: Reading, place: Place, element: Element) -> None:
    """Read the owner of a podcast. The library writes what it says to the last author, if there is one."""
    for part in element:
        if reading.names.of(part.tag) in {"uri", "url", "homepage"}:
            raise UnplainError
        _part_of_person(reading, place, part, "publisher_detail")


def contributor(reading: Reading, place: Place, element: Element) -> None:
    """Read a contributor of Atom."""
    person: Record = {}
    place.owner.setdefault("contributors", []).append(person)
    for part in element:
        key = _PERSONS.get(reading.names.of(part.tag))
        if key is None:
            reading.names.require_harmless(part)
        else:
            person[key] = mended(reference_of(part), reading.may_be_mended) if key == "href" else text_of(part)


def named_contributor(_reading: Reading, place: Place, element: Element) -> None:
    """Read a contributor of whom there is the name only."""
    place.owner.setdefault("contributors", []).append({"name": text_of(element)})


def _part_of_person(reading: Reading, place: Place, element: Element, detail: str) -> None:
    name = reading.names.of(element.tag)
    if not name:
        if element.keys() and (element.text or len(element)):  # its text would be the author's
            raise UnplainError
        reading.names.require_harmless(element)
        return
    key = _PERSONS.get(name)
    if key is None:
        raise UnplainError
    value = mended(reference_of(element), reading.may_be_mended) if key == "href" else text_of(element)
    # The detail may be one of the authors; of the last the value is told only when the author was written.
    place.owner.setdefault(detail, {})[key] = value
    _agree(place.owner)
    place.owner.setdefault("authors", [{}])[-1][key] = value


def _agree(owner: Record) -> None:
    """Write the last author as one text, or read name and address from that text if nothing else is known."""
    person = owner.get("authors", [{}])[-1]
    if person:
        name, email = person.get("name"), person.get("email")
        if name or email:
            owner["author"] = f"{name} ({email})" if name and email else name or email
        return
    if author := owner.get("author"):
        email, name = email_and_name(author)
        owner.setdefault("author_detail", person)
        if name:
            person["name"] = name
        if email:
            person["email"] = email
