"""Owns the structure of OPML: which elements are outlines, which are feeds and which folders. The only module that knows expat.

expat tells the line of each outline, however long the list, and builds no tree. It is given no way to open anything.
"""

from __future__ import annotations

from typing import NoReturn
from xml.parsers import expat

from msgspec import Struct, field

from aggregator.errors import UnreadableOpmlError
from aggregator.opml.text import name_of

DEEPEST = 100
MOST_CATEGORIES = 50

_FEED_TYPES = frozenset({"rss", "atom", "feed"})


class Written(Struct, kw_only=True):
    """An outline as it is written; empty where it says nothing. *folders* are the names of those around it, outermost first.

    *is_elsewhere*: it leads to a page or to another list.
    """

    line: int
    name: str
    address: str
    page: str
    is_elsewhere: bool
    category: str
    folders: tuple[str, ...]
    is_leaf: bool = True


class Document(Struct):
    """What the parser's events amount to: all outlines but folders with others in them."""

    outlines: list[Written] = field(default_factory=list)
    _path: list[str] = field(default_factory=list)
    _open: list[Written] = field(default_factory=list)

    def start(self, tag: str, attributes: dict[str, str], line: int) -> None:
        """Take the start of an element."""
        name = _local(tag)
        if not self._path and name != "opml":
            reason = f"the document is <{name_of(name)}>, not <opml>; a feed or page is added with `feed add`"
            raise UnreadableOpmlError("not-opml", f"line {line}: {reason}")
        self._path.append(name)
        if len(self._path) > DEEPEST:
            raise UnreadableOpmlError("too-deep", f"line {line}: the list is nested deeper than {DEEPEST} levels")
        if name == "outline":
            self._start_outline({key.lower(): value for key, value in attributes.items()}, line)

    def _start_outline(self, attributes: dict[str, str], line: int) -> None:
        # Some write a feed's address as `url`, which in an outline of another type is that of a page or list.
        is_feed = attributes.get("type", "").lower() in _FEED_TYPES
        outline = Written(
            line=line,
            name=name_of(attributes.get("text", "")) or name_of(attributes.get("title", "")),
            address=(attributes.get("xmlurl") or (attributes.get("url", "") if is_feed else "")).strip(),
            page=attributes.get("htmlurl", "").strip(),
            is_elsewhere=bool(attributes.get("url") or attributes.get("htmlurl")),
            category=attributes.get("category", ""),
            folders=self._folders(),
        )
        if outline.address:
            self.outlines.append(outline)
        self._open.append(outline)

    def _folders(self) -> tuple[str, ...]:
        """Name the folders around an outline that begins here."""
        if not self._open:
            return ()
        parent = self._open[-1]
        parent.is_leaf = False
        if parent.address or not parent.name or parent.name in parent.folders:
            return parent.folders
        return (*parent.folders, parent.name)[:MOST_CATEGORIES]

    def end(self, _: str) -> None:
        """Take the end of an element."""
        if self._path.pop() != "outline":
            return
        outline = self._open.pop()
        if outline.is_leaf and not outline.address:
            self.outlines.append(outline)


def read_document(text: str) -> Document:
    """Read XML.

    Raises:
        UnreadableOpmlError: ``bad-xml``, ``not-opml``, ``dtd`` or ``too-deep``.
    """
    document = Document()
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = lambda tag, attributes: document.start(tag, attributes, parser.CurrentLineNumber)
    parser.EndElementHandler = document.end
    parser.EntityDeclHandler = _refuse_entities
    try:
        parser.Parse(text.encode(), True)  # noqa: FBT003 - the parser's own interface: this is all
    except expat.ExpatError as error:
        reason = f"line {error.lineno}: this is not well-formed XML ({expat.ErrorString(error.code)})"
        raise UnreadableOpmlError("bad-xml", f"{reason}; export the list again, or mend that line") from error
    return document


def _refuse_entities(*_: object) -> NoReturn:
    raise UnreadableOpmlError("dtd", "the list declares XML entities in its DOCTYPE, which is refused for safety")


def _local(tag: str) -> str:
    return tag.rpartition(":")[2].lower()
