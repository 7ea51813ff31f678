"""Owns what an ordinary document as a whole is: which text, which format, where its parts are.

expat, which feedparser is built on too, says what is well-formed and puts the elements into a tree.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from aggregator.parse import markup
from aggregator.parse.patterns import compiled
from aggregator.parse.plain.names import RDF_ROOT, Names, UnplainError, spoken
from aggregator.parse.plain.places import Place, Reading, deeper
from aggregator.parse.plain.tables import read_each, read_entry, read_image, read_text_input, require_no_cdf

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.parse.answers import Record

# More than honest feeds have. A tree of so many elements takes some 50 MB.
_MOST_TAGS = 300_000
_MOST_ATTRIBUTES = 600_000
_MOST_NAMESPACES = 64  # each name of an element is looked at once for each prefix

_DECLARATION = re.compile(r"<\?xml\s[^>]*>")
_DECLARATION_WITHIN = 2048
_SECOND_DECLARATION = re.compile(r"<\?xml\s")
_BASE = re.compile(rb"xml:base")  # wherever it stands: see syndication
_REFERENCE = re.compile(rb"&#")
_NO_COMMENT = re.compile(r"<!(?!--)")
# References that are surely legal; all others are looked at closely.
_UNUSUAL_REFERENCE = (
    rb"&#(?!(?:3[2-9]|[4-9][0-9]|[1-9][0-9]{2,3}|[1-4][0-9]{4}|[xX](?:[2-9a-fA-F][0-9a-fA-F]|[1-9a-fA-F][0-9a-fA-F]{2}"
    rb"|[1-9a-cA-C][0-9a-fA-F]{3}));)"
)


def answer(text: str) -> tuple[Record, str] | None:
    """What feedparser would make of *text*, which has no blanks around it, and the text without its XML declaration.

    ``None`` if the document is not surely read the same here. Takes time and space linear in the length of the text.
    """
    found = _DECLARATION.search(text, 0, _DECLARATION_WITHIN)
    body = text
    if found is not None:
        if found.start():
            return None
        body = text[found.end() :].lstrip("\ufeff \t\r\n")
    if not body.startswith("<") or _SECOND_DECLARATION.match(body) or _NO_COMMENT.search(body, 0, markup.after_prolog(body)):
        return None
    try:
        data = body.encode()
        has_references = _REFERENCE.search(data) is not None
        if not _is_ordinary(data) or (has_references and not _refers_ordinarily(data, body)):
            return None
        root, names = _tree(data)
        # A character from U+0080 to U+00BF is part of all that is mended.
        return _document(root, names, may_be_mended=has_references or b"\xc2" in data), body
    except (expat.ExpatError, UnicodeEncodeError, UnplainError, RecursionError):
        return None


def _is_ordinary(data: bytes) -> bool:
    """Whether the document is of a size for a tree, and does not make feedparser resolve links."""
    if len(data) > _MOST_TAGS and (data.count(b"<") > _MOST_TAGS or data.count(b"=") > _MOST_ATTRIBUTES):
        return False
    return not _BASE.search(data) and data.count(b"xmlns") <= _MOST_NAMESPACES


def _refers_ordinarily(data: bytes, text: str) -> bool:
    """Whether all references stand for characters that XML knows, also where they are none, as in CDATA."""
    return not compiled(_UNUSUAL_REFERENCE).search(data) or markup.repaired(text) == text


def _tree(data: bytes) -> tuple[Element, Names]:
    """The elements of a document, named as expat names them: namespace, blank, local name."""
    parser, builder, names = expat.ParserCreate("utf-8", " "), TreeBuilder(), Names()
    parser.buffer_text = True
    parser.buffer_size = 1 << 20
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartNamespaceDeclHandler = names.declare
    parser.StartDoctypeDeclHandler = _decline
    parser.ProcessingInstructionHandler = _instruction
    parser.Parse(data, True)  # noqa: FBT003 - expat's own signature
    return builder.close(), names


def _decline(*_: object) -> None:
    raise UnplainError


def _instruction(_target: str, data: str) -> None:
    if "&" in data or "<" in data:  # which markup.with_plain_ampersands does not see to be one
        raise UnplainError


def _document(root: Element, names: Names, *, may_be_mended: bool) -> Record:
    names.close(map(Element.keys, root.iter()))
    kind = names.of(root.tag)
    is_atom = kind == "feed"
    version = names.library_version()
    if kind not in _FRAMES or (is_atom and version != "atom10") or (kind == RDF_ROOT and version != "rss10"):
        raise UnplainError
    reading = Reading(names=names, is_atom=is_atom, may_be_mended=may_be_mended)
    language = spoken(root, None)
    if language and kind != RDF_ROOT:
        reading.feed["language"] = language.replace("_", "-")
    place = Place(owner=reading.feed, depth=1, language=language)
    _FRAMES[kind](reading, root, place)
    return {"feed": reading.feed, "entries": reading.entries, "version": "atom10" if is_atom else "rss"}


def _rss(reading: Reading, root: Element, place: Place) -> None:
    if len(root) != 1 or reading.names.of(root[0].tag) != "channel":
        raise UnplainError
    _channel(reading, root[0], deeper(place, root[0]))


def _rdf(reading: Reading, root: Element, place: Place) -> None:
    """RSS 1.0: the items, the image and the text input stand beside the channel. What is said there of the feed is lost."""
    channels = 0
    for element in root:
        kind = reading.names.of(element.tag)
        if kind == "channel":
            channels += 1
            _channel(reading, element, deeper(place, element))
        elif kind == "item":
            read_entry(reading, element, place)
        elif kind == "image":
            read_image(reading, element, Place(owner={}, depth=place.depth, language=None))
        elif kind == "textinput":
            read_text_input(reading, element, place)
        else:
            reading.names.require_harmless(element)
    if channels != 1:
        raise UnplainError


def _channel(reading: Reading, element: Element, place: Place) -> None:
    require_no_cdf(element)
    read_each(reading, element, place)


_FRAMES: dict[str, Callable[[Reading, Element, Place], None]] = {"rss": _rss, RDF_ROOT: _rdf, "feed": read_each}
