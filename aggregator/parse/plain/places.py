"""Owns where an element stands, what goes on from one to the next, and how its text and its attributes are taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias
from xml.etree.ElementTree import Element

from msgspec import Struct, field

from aggregator.parse.plain.names import Names, UnplainError, spoken

if TYPE_CHECKING:
    from aggregator.parse.answers import Record

_DEEPEST = 50  # levels; honest feeds have ten


class Reading(Struct):
    """The state that goes through a document.

    *title_depth* is the depth of the last title, -1 if there is none yet; *has_content*: some text was taken for a content.
    """

    names: Names
    is_atom: bool
    may_be_mended: bool
    feed: Record = field(default_factory=dict)
    entries: list[Record] = field(default_factory=list)
    title_depth: int = -1
    has_content: bool = False


class Place(Struct):
    """Where elements stand: the record that takes what they say, and the depth and language of what they stand in.

    *depths* is there in items only: how deep that stood which an item keeps. Deeper elements do not overwrite it.
    """

    owner: Record
    depth: int
    language: str | None
    depths: dict[str, int] | None = None


Action: TypeAlias = Callable[[Reading, Place, Element], None]


def deeper(place: Place, element: Element) -> Place:
    """Return the place within an *element* that is at *place*; whoever goes deeper does so once for each level."""
    if place.depth > _DEEPEST:
        raise UnplainError
    language = spoken(element, place.language)
    return Place(owner=place.owner, depth=place.depth + 1, language=language, depths=place.depths)


def declined(_reading: Reading, _place: Place, _element: Element) -> None:
    """Decline the document."""
    raise UnplainError


def ignored(_reading: Reading, _place: Place, element: Element) -> None:
    """Pass over an *element* that says nothing to us, as long as it has no parts."""
    if len(element):
        raise UnplainError


def text_of(element: Element) -> str:
    """Return the text of an *element* that has no parts."""
    if len(element):
        raise UnplainError
    return (element.text or "").strip()


def reference_of(element: Element) -> str:
    """Return the text of an *element* that the library takes for a URL; it would mend ``http:///``."""
    text = text_of(element)
    if ":///" in text:
        raise UnplainError
    return text


def attributes_of(element: Element) -> dict[str, str]:
    """Return the attributes under the names, and in the case, in which the library has them."""
    return {name.lower(): value.lower() if name in {"rel", "type"} else value for name, value in element.items()}


def keep(place: Place, name: str, value: str) -> None:
    """Let the record at *place* say *value*, unless an element further up said something before."""
    if place.depths is not None:
        if place.depths.get(name, place.depth) < place.depth:
            return
        place.depths[name] = place.depth
    place.owner[name] = value
