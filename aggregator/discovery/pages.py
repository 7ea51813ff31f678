"""Owns what is read of a page: link elements, links that might be feeds, its base, canonical address and title.

The page is not parsed into a tree, but passed over once by a regular expression that gives back nothing it took. libxml2 takes
the square of a tag's attributes, and stops at 256 nested elements, so that it would not see the links after them.
"""

from __future__ import annotations

import codecs
import html
import re
from itertools import islice

from msgspec import Struct, field

MOST_BYTES = 4 * 1024 * 1024
MOST_TAGS = 200_000
MOST_LINKS = 500  # of each kind
MOST_ATTRIBUTES = 100
LONGEST_TITLE = 200
_LONGEST_VALUE = 4_096
_LONGEST_TEXT = 1_000  # of a link or title, as written

# Comments and elements whose content is text are passed over whole; what never ends, ends with the page, as it does in browsers
# (https://html.spec.whatwg.org/multipage/parsing.html#tokenization).
_TAG = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<(?P<raw>script|style|textarea)(?=[\s/>]).*?(?:</(?P=raw)(?=[\s/>])|\Z)"
    r"|<(?P<name>[a-z][^\s/>]*+)(?P<attributes>(?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')|=)*+)>?",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE = re.compile(r"([^\s=>\"'/]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>\"']++)))?+")
_END_TAG = re.compile(r"</[^>]*+>?")
_LINK_END = re.compile(r"</?a[\s/>]", re.IGNORECASE)
_HINT = re.compile(r"feed|rss|atom|rdf|xml|订阅|訂閱", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

_CHARSET = re.compile(r"charset\s*+=\s*+[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_CHARSET_WITHIN = 2_048
# No other label reaches Python: some of its codecs, such as punycode, take the square of what they read.
_KNOWN_CHARSET = re.compile(r"iso-8859-(?:[1-9]|1[013-6])|windows-125[0-8]|koi8-[ru]|big5|shift_jis|euc-(?:jp|kr)")


class Link(Struct, frozen=True):
    """A ``link`` element, or an ``a`` element with the HTML it contains: the attributes by name in lower case."""

    attributes: dict[str, str]
    inner_html: str = ""

    def get(self, name: str) -> str:
        """Return the attribute *name*, empty if there is none."""
        return self.attributes.get(name, "")

    @property
    def rels(self) -> set[str]:
        """How the address is related to the page; an element that does not say is taken for an alternate."""
        return set((self.get("rel") or "alternate").lower().split())

    @property
    def media_type(self) -> str | None:
        """What the page says the address has, without parameters."""
        return self.get("type").partition(";")[0].strip().lower() or None


class Page(Struct):
    """What matters of a page, as it is written there; empty where it says nothing."""

    base: str = ""
    canonical: str = ""
    title: str = ""
    elements: list[Link] = field(default_factory=list)
    anchors: list[Link] = field(default_factory=list)


def read_page(body: bytes, content_type: str | None) -> Page:
    """Read the first 4 MiB of a page. Link elements are kept that may name feeds, other links that speak of feeds at all."""
    text = _decoded(body[:MOST_BYTES], content_type)
    page = Page()
    for tag in islice(_TAG.finditer(text), MOST_TAGS):
        name = (tag["name"] or "").lower()
        if name == "a" and len(page.anchors) < MOST_LINKS:
            inner_html = _LINK_END.split(text[tag.end() : tag.end() + _LONGEST_TEXT], maxsplit=1)[0]
            if _HINT.search(tag["attributes"]) or _HINT.search(inner_html):
                page.anchors.append(Link(_attributes(tag["attributes"]), inner_html))
        elif name == "link" and len(page.elements) < MOST_LINKS:
            link = Link(_attributes(tag["attributes"]))
            if "canonical" in link.rels:
                page.canonical = page.canonical or link.get("href")
            elif not link.rels.isdisjoint({"alternate", "feed"}):
                page.elements.append(link)
        elif name == "base":
            page.base = page.base or _attributes(tag["attributes"]).get("href", "")
        elif name == "title":
            page.title = page.title or html.unescape(text[tag.end() : tag.end() + _LONGEST_TEXT].partition("</")[0])
    return page


def texts(link: Link) -> list[str]:
    """Return all that a link says to people: its text, its title, its label, and what stands for the pictures in it."""
    shown = html.unescape(_END_TAG.sub(" ", _TAG.sub(" ", link.inner_html)))
    pictures = (_attributes(tag["attributes"] or "").get("alt", "") for tag in _TAG.finditer(link.inner_html))
    return [line for line in map(one_line, (shown, link.get("title"), link.get("aria-label"), *pictures)) if line]


def one_line(text: str) -> str:
    """Write a title as one line without control characters, cut to 200."""
    return " ".join(_CONTROL.sub(" ", text).split())[:LONGEST_TITLE]


def _attributes(written: str) -> dict[str, str]:
    """Read the attributes of a tag; of two with one name the first counts, as in browsers."""
    read: dict[str, str] = {}
    for found in islice(_ATTRIBUTE.finditer(written), MOST_ATTRIBUTES):
        value = found[2] or found[3] or found[4] or ""
        read.setdefault(found[1].lower(), html.unescape(value[:_LONGEST_VALUE]))
    return read


def _decoded(body: bytes, content_type: str | None) -> str:
    """Read *body* as text. Addresses are ASCII nearly always; a wrong guess costs the looks of a title."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace")
    try:
        return codecs.utf_8_decode(body, "strict", False)[0]  # noqa: FBT003 - not final: the last character may be cut in two
    except UnicodeDecodeError:
        return body.decode(_codec(body, content_type), "replace")


def _codec(body: bytes, content_type: str | None) -> str:
    named = _CHARSET.search(content_type or "") or _CHARSET.search(body[:_CHARSET_WITHIN].decode("ascii", "replace"))
    label = named[1].lower() if named else ""
    if label.startswith("gb"):
        return "gb18030"
    return label if _KNOWN_CHARSET.fullmatch(label) else "cp1252"
