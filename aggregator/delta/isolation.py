"""Owns the proof that each item of an XML feed is read the same whether or not other items stand before it.

The feed parser (feedparser 6.0.14) reads a document in one pass with one state, and not all of that state ends with an item:

* every prefix that an item declares stays declared, under that name, for all items after it;
* without a base of the document itself, the first ``xml:base`` within an item stays in force to the end;
* an element inside a text that is not declared as XHTML unbalances the counts of what is open;
* ``channel``, ``feed`` and their kind, an ``image`` with parts, and an item inside an item write to what is not theirs;
* a second summary of the channel changes how the first item, and no other, is read.

So an item stands for itself only if it has none of these; the last is told of the document, and the second allowed if it is
exactly that. What items inherit is the context: all that stands before them, except elements known to say nothing of items.

The elements are seen here as expat sees them, which is also what feedparser is built on.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from xml.parsers import expat

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ATOM = "http://www.w3.org/2005/Atom"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RSS_10 = "http://purl.org/rss/1.0/"
_XHTML = "http://www.w3.org/1999/xhtml"
_MEDIA = frozenset({"http://search.yahoo.com/mrss/", "http://search.yahoo.com/mrss"})
_XML_BASE = "http://www.w3.org/XML/1998/namespace base"

# Namespaces in which feedparser knows elements by their plain names.
_PLAIN = frozenset({"", _ATOM, "http://purl.org/atom/ns#", _RSS_10, "http://backend.userland.com/rss2"})

# Prefixes that feedparser itself uses, for these namespaces (in lower case). As they are, declaring them, as some feeds do in
# every item, changes nothing. The first two are relied on here, and may mean nothing else.
_CUSTOMARY = {
    "media": _MEDIA,
    "xhtml": frozenset({_XHTML}),
    "content": frozenset({"http://purl.org/rss/1.0/modules/content/"}),
    "dc": frozenset({"http://purl.org/dc/elements/1.1/"}),
    "dcterms": frozenset({"http://purl.org/dc/terms/"}),
    "feedburner": frozenset({"http://rssnamespace.org/feedburner/ext/1.0"}),
    "georss": frozenset({"http://www.georss.org/georss"}),
    "itunes": frozenset({"http://www.itunes.com/dtds/podcast-1.0.dtd"}),
    "slash": frozenset({"http://purl.org/rss/1.0/modules/slash/"}),
    "wfw": frozenset({"http://wellformedweb.org/commentapi/"}),
}
_RELIED_ON = frozenset({"media", "xhtml"})

_ITEMS = frozenset({"item", "entry"})
_STRUCTURE = _ITEMS | {"rss", "feed", "rdf", "channel"}
_WITH_PARTS = frozenset({"image", "textinput"})

# Elements whose content feedparser collects as one text, in any namespace.
TEXTS = frozenset(
    {
        *("title", "description", "summary", "content", "encoded", "body", "abstract", "fullitem"),
        *("subtitle", "tagline", "rights", "copyright", "info", "browserfriendly"),
    }
)

# Elements of a channel that say nothing about its items, whatever their content: many change with every fetch. A language,
# a base and a namespace count wherever they stand. By link and id is known whether an item's source is the feed itself; a change
# of that is no revision.
SAYS_NOTHING_OF_ITEMS = frozenset(
    {
        *("lastbuilddate", "pubdate", "updated", "modified", "published", "issued", "created", "date"),
        *("title", "subtitle", "tagline", "description", "summary", "rights", "copyright"),
        *("link", "id", "generator", "generatoragent", "docs", "ttl", "cloud", "rating", "skiphours", "skipdays"),
        *("updateperiod", "updatefrequency", "updatebase", "totalresults", "startindex", "itemsperpage"),
        *("author", "creator", "contributor", "publisher", "owner", "managingeditor", "webmaster"),
        *("image", "icon", "logo", "thumbnail", "textinput", "category", "keywords", "subject"),
        *("items", "info", "browserfriendly", "explicit", "type", "complete"),
    }
)

_ABSOLUTE = r"(?a)https?://[\w.-]+(?::\d+)?(?:/[\w.~%/@+=,()!*$:-]*)?"


class Isolated(Struct, frozen=True, kw_only=True):
    """What was found around items that stand for themselves.

    *context* is what they inherit; *bases* are the ``xml:base`` attributes of each, which *has_base*, a base of the whole
    document, makes harmless; *reaches_first_item*: the channel leaves behind what bears on the first item only.
    """

    context: str
    bases: tuple[tuple[str, ...], ...]
    has_base: bool
    reaches_first_item: bool


class _UnprovenError(Exception):
    """There is something in the document that may reach beyond its item."""


def isolated(head: bytes, items: Iterable[bytes], tail: bytes) -> Isolated | None:
    """Read a document of these parts, in UTF-8, and say what is around its items; ``None`` if they are not isolated.

    At least one item is needed, to tell where items stand; an empty one will do.
    """
    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True
    watch = _Watch()
    parser.StartDoctypeDeclHandler = watch.doctype
    parser.StartNamespaceDeclHandler = watch.namespace
    parser.StartElementHandler = watch.start
    parser.EndElementHandler = watch.end
    parser.CharacterDataHandler = watch.text
    try:
        parser.Parse(head)
        parser.CharacterDataHandler = None  # the text of items is nothing to us
        parser.Parse(b"".join((*items, tail)), True)  # noqa: FBT003 - expat's own signature
    except (expat.ExpatError, _UnprovenError):
        return None
    return Isolated(
        context="".join(watch.said),
        bases=tuple(map(tuple, watch.bases)),
        has_base=watch.has_base,
        reaches_first_item=watch.reaches_first_item,
    )


class _Watch(Struct):
    """Follows the elements of one document. Depths are those of the element that is meant, 0 if there is none."""

    declared: dict[str | None, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    bases: list[list[str]] = field(default_factory=list)
    has_base: bool = False
    has_summary: bool = False
    reaches_first_item: bool = False
    depth: int = 0
    items_at: int = 0
    unsaid_from: int = 0
    text_from: int = 0
    text_is_xhtml: bool = False
    parts_from: int = 0

    def doctype(self, *_: object) -> None:
        raise _UnprovenError

    def namespace(self, prefix: str | None, name: str | None) -> None:
        uri = name or ""  # xmlns="" takes the default back
        is_customary = uri.lower() in _CUSTOMARY.get(prefix or "", ())
        if not self.items_at:
            _require(is_customary or prefix not in _RELIED_ON)
            self.said.append(f"\1{prefix}\1{uri}")
            self.declared[prefix] = uri
        elif prefix is not None:
            _require(self.declared[prefix] == uri if prefix in self.declared else is_customary)

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        if not attributes and self.text_from == self.parts_from == 0 < self.items_at < self.depth:
            is_text = _as_bare_part(name)  # as nearly always
            if is_text is not None:
                if is_text:
                    self.text_from, self.text_is_xhtml = self.depth, False
                return
        self._start(name, attributes)

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        uri, local = _taken_apart(name)
        if local in _ITEMS and not self.items_at:
            _require(not self.unsaid_from and not self.text_from)
            self.items_at = self.depth
        if self.depth == self.items_at:
            _require(local in _ITEMS and uri in _PLAIN and (self.has_base or _XML_BASE not in attributes))
            self.bases.append([])
        if attributes:
            self._attributes(attributes)
        if self.text_from:
            _require(self.text_is_xhtml and uri == _XHTML and local != "body")
            return
        if self.items_at:
            if self.depth > self.items_at:
                self._in_item(local)
        else:
            self._in_channel(uri, local, attributes)
        if _is_text(uri, local):
            _require(not any(key != "type" and key.rpartition(" ")[2].lower() == "type" for key in attributes))
            self.text_from = self.depth
            self.text_is_xhtml = attributes.get("type", "").lower() in {"xhtml", "application/xhtml+xml"}

    def end(self, name: str) -> None:
        if self.text_from == self.depth:
            self.text_from = 0
        if not self.items_at:
            if self.unsaid_from == self.depth:
                self.unsaid_from = 0
            elif not self.unsaid_from:
                self.said.append(f"\2{name}")
        if self.parts_from == self.depth:
            self.parts_from = 0
        self.depth -= 1

    def text(self, text: str) -> None:
        if not self.unsaid_from and not text.isspace():
            self.said.append(f"\3{text}")

    def _attributes(self, attributes: Mapping[str, str]) -> None:
        for name, value in attributes.items():
            local = name.rpartition(" ")[2].lower()
            _require(local != "base" or name == _XML_BASE)
            if name == _XML_BASE:
                self._base(value)

    def _base(self, value: str) -> None:
        is_plain = re.fullmatch(_ABSOLUTE, value) is not None
        if self.depth == 1:
            self.has_base = is_plain
        _require(is_plain or self.has_base)
        if not self.items_at:
            _require(self.has_base)
            self.said.append(f"\4{value}")
        else:
            self.bases[-1].append(value)

    def _in_channel(self, uri: str, local: str, attributes: Mapping[str, str]) -> None:
        if self.depth == 1:
            self._root(uri, local)
        _require(not self.unsaid_from or local not in _STRUCTURE | {"language"})
        if local in {"content", "encoded", "fullitem"} or (self.has_summary and local in {"summary", "description"}):
            self.reaches_first_item = True
        self.has_summary = self.has_summary or local == "summary"
        if local in SAYS_NOTHING_OF_ITEMS and not self.unsaid_from:
            self.unsaid_from = self.depth
        if not self.unsaid_from:
            self.said.append(f"\5{uri} {local}" + "".join(f"\6{name}\6{attributes[name]}" for name in sorted(attributes)))

    def _root(self, uri: str, local: str) -> None:
        """Require that the first tag settles which format it is, so that no namespace further down can."""
        by_name = local in {"rss", "feed"} and uri in _PLAIN
        by_namespace = local == "rdf" and uri == _RDF and _RSS_10 in self.declared.values()
        _require(by_name or by_namespace)

    def _in_item(self, local: str) -> None:
        _require(local not in _STRUCTURE and not self.parts_from)
        if local in _WITH_PARTS:
            self.parts_from = self.depth


@lru_cache(maxsize=512)
def _taken_apart(name: str) -> tuple[str, str]:
    """Return the namespace of *name* and, in small letters, its local part; asked for each of many items."""
    uri, _, local = name.rpartition(" ")
    return uri, local.lower()


def _is_text(uri: str, local: str) -> bool:
    return local in TEXTS and not (local == "content" and uri in _MEDIA)


@lru_cache(maxsize=512)
def _as_bare_part(name: str) -> bool | None:
    """Say whether an element without attributes is one text, within an item and nothing else; ``None`` if that is not all."""
    uri, local = _taken_apart(name)
    return None if local in _STRUCTURE or local in _WITH_PARTS else _is_text(uri, local)


def _require(harmless: bool) -> None:  # noqa: FBT001 - an assertion that holds under -O too
    if not harmless:
        raise _UnprovenError
