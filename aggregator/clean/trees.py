"""HTML fragments as trees: parse, look, cut, serialise. The only module that knows lxml; says nothing about what is safe.

libxml2 recovers from bad HTML in its own way, not quite as browsers do. That is good enough to find and cut elements;
what comes out is always parsed again, as browsers do it, by ``aggregator.clean.markup``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from lxml import etree

from aggregator.clean.text import decoded, fold, legal_references, words

if TYPE_CHECKING:
    from collections.abc import Iterator

Element: TypeAlias = Any  # lxml ships no types

BLOCKS = words(
    "address article aside blockquote body caption col colgroup dd details dialog div dl dt fieldset figcaption figure footer"
    " form h1 h2 h3 h4 h5 h6 header hr legend li main nav ol p pre section summary table tbody td tfoot th thead tr ul"
)

# Both libxml2 and html5ever cost the square of some of these (safety.md, fact 7; measured again here: 20,000 nested <div>
# 1 s, 20,000 attributes 0.6 s, 400,000 times `&` in one text 7 s). Honest articles of 1 MiB stay far below.
DEEPEST = 200
MOST_TAGS = 100_000
MOST_ATTRIBUTES = 1_000
MOST_REFERENCE_WORK = 2_000_000_000

_PARSER = etree.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True, no_network=True, collect_ids=False)
_COMMENTS_PARSER = etree.HTMLParser(remove_pis=True, huge_tree=True, no_network=True, collect_ids=False)
_BODY = "<html><body>"
_STRAY_END = re.compile(r"</(?:body|html)\b[^<>]*>", re.IGNORECASE)
# A `>` or `<` within a quoted value does not end a tag; comments are skipped, their quotes mean nothing.
_TAG_OR_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<[A-Za-z](?:[^>=]++|=\s*(?:\"[^\"]*\"|'[^']*')|=)*+>?", re.DOTALL)
_SEPARATOR = re.compile(r"[\s/\"']")
_DATA_URI = re.compile(r"=\s*(?:\"\s*data:[^\"<>]*\"|'\s*data:[^'<>]*')", re.IGNORECASE)
_TOO_DEEP = etree.XPath("/" + "*/" * (DEEPEST + 2) + "*")
_INVISIBLE = etree.XPath(".//*[@hidden or @style]")
_IMAGES = etree.XPath(".//img")
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_HIDING = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))\b", re.IGNORECASE)
_TINY = re.compile(r"\s*[01](?:\.0*)?\s*(?:px)?\s*", re.IGNORECASE)
_TINY_STYLE = re.compile(r"(?:^|;)\s*(?:max-)?(?:width|height)\s*:\s*[01](?:\.0*)?(?:px)?\s*(?:!|;|$)", re.IGNORECASE)
_ROUGH_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)[^<>]*>|<![^<>]*>")
_SPACES = re.compile(r"\s+")
_UNSEEN = words("script style title template noscript iframe object svg math textarea select")


class TangledError(ValueError):
    """The markup is too deep, too dense or too crowded to be parsed in reasonable time; the message says which."""


def parse(html: str) -> Element:
    """Return the ``body`` that holds the fragment *html*, without its comments.

    Raises:
        TangledError: parsing this fragment, here or in ``nh3``, would cost the square of its length.
    """
    return _parse(html, _PARSER)


def parse_with_comments(html: str) -> Element:
    """Do as :func:`parse` does, but keep the comments: some mark regions."""
    return _parse(html, _COMMENTS_PARSER)


def _parse(html: str, parser: Any) -> Element:
    html = without_data_uris(html)
    refuse_crowds(html)
    body = etree.fromstring(_BODY + legal_references(_STRAY_END.sub("", html)), parser).find("body")
    if _TOO_DEEP(body):
        raise TangledError(f"elements nested deeper than {DEEPEST}")
    if any(
        (text.count("&") + text.count("<")) * len(text) > MOST_REFERENCE_WORK for text in body.itertext() if len(text) > DEEPEST
    ):
        raise TangledError("too many special characters in one text")
    body.attrib.clear()
    return body


def without_data_uris(html: str) -> str:
    """Empty the attributes that hold ``data:`` addresses: never published, and often most of an article's bytes."""
    return _DATA_URI.sub('=""', html) if "data:" in html or "DATA:" in html else html


def refuse_crowds(html: str) -> None:
    """Raise TangledError for what costs the square of its size even before there is a tree."""
    if html.count("<") > MOST_TAGS:
        raise TangledError(f"more than {MOST_TAGS:,} tags")
    if len(html) <= MOST_ATTRIBUTES:
        return
    for tag in _TAG_OR_COMMENT.finditer(html):
        crowded = tag.end() - tag.start() > MOST_ATTRIBUTES and len(_SEPARATOR.findall(tag[0])) > MOST_ATTRIBUTES
        if crowded and html[tag.start() + 1] != "!":
            raise TangledError(f"a tag with more than {MOST_ATTRIBUTES:,} attributes")


def inner_html(body: Element) -> str:
    """Serialise what *body* contains."""
    html: str = etree.tostring(body, method="html", encoding="unicode", with_tail=False)
    return html[html.index(">") + 1 : html.rindex("<")]


def text_of(html: str) -> str:
    """Return the plain text of the fragment *html*: one line per block, whitespace folded, no blank lines."""
    if "<" not in html:
        return fold(decoded(html))
    try:
        body = parse(html)
    except TangledError:
        return rough_text_of(html)
    etree.strip_elements(body, *_UNSEEN, with_tail=False)
    return _lines("".join(_pieces(body)))


def rough_text_of(html: str) -> str:
    """Return the plain text of *html* as :func:`text_of` does, roughly, in one pass that no input can slow down."""
    pieces: list[str] = []
    unseen = ""
    position = 0
    for tag in _ROUGH_TAG.finditer(html):
        name = (tag[2] or "").lower()
        if not unseen:
            pieces.append(_SPACES.sub(" ", html[position : tag.start()]))
            pieces.append("\n" if name in BLOCKS or name == "br" else "")
            unseen = name if name in _UNSEEN and not tag[1] else ""
        elif name == unseen and tag[1]:
            unseen = ""
        position = tag.end()
    if not unseen:
        pieces.append(_SPACES.sub(" ", html[position:]))
    return _lines(decoded("".join(pieces)))


def walk(body: Element) -> Iterator[tuple[str, Element]]:
    """Visit each element twice, in document order: ``start`` (its text comes next), ``end`` (its tail comes next)."""
    events: Iterator[tuple[str, Element]] = etree.iterwalk(body, events=("start", "end"))
    return events


def drop(element: Element) -> None:
    """Remove *element* with all it contains, but not the text that follows it."""
    if element.tail:
        set_text_before(element, text_before(element) + element.tail)
    element.getparent().remove(element)


def unwrap(element: Element) -> None:
    """Remove *element* but keep its text; it must have no children."""
    element.tail = (element.text or "") + (element.tail or "")
    drop(element)


def text_before(element: Element) -> str:
    """Return the text right before *element*, up to its previous sibling or the start of its parent."""
    before = element.getprevious()
    return (element.getparent().text if before is None else before.tail) or ""


def set_text_before(element: Element, text: str) -> None:
    """Replace :func:`text_before`."""
    before = element.getprevious()
    if before is None:
        element.getparent().text = text
    else:
        before.tail = text


def is_comment(element: Element) -> bool:
    """Say whether *element* is a comment."""
    return element.tag is etree.Comment


def drop_all(body: Element, *tags: str) -> None:
    """Remove every element named in *tags*, wherever it is, but not the text that follows it."""
    etree.strip_elements(body, *tags, with_tail=False)


def drop_attributes(body: Element, *names: str) -> None:
    """Remove the attributes *names* from every element."""
    etree.strip_attributes(body, *names)


def comments(body: Element) -> list[Element]:
    """Return the comments, in document order."""
    return list(body.iter(etree.Comment))


def drop_comments(body: Element) -> None:
    """Remove every comment."""
    etree.strip_tags(body, etree.Comment)


def drop_invisible(body: Element) -> list[str]:
    """Remove elements that a browser would not show, and images too small to be seen (tracking pixels).

    Returns the texts of the elements and the addresses of the images.
    """
    dropped = []
    for element in _INVISIBLE(body):
        style = _CSS_COMMENT.sub("", element.get("style") or "")
        if (element.get("hidden") is not None or _HIDING.search(style)) and element.getparent() is not None:
            dropped.append("".join(element.itertext()))
            drop(element)
    for image in _IMAGES(body):
        sizes = (image.get("width") or "", image.get("height") or "")
        if any(_TINY.fullmatch(size) for size in sizes) or _TINY_STYLE.search(_CSS_COMMENT.sub("", image.get("style") or "")):
            dropped.append(image.get("src") or "")
            drop(image)
    return dropped


def _pieces(body: Element) -> Iterator[str]:
    for event, element in walk(body):
        edge = "\n" if element.tag in BLOCKS or element.tag == "br" else ""
        yield edge
        yield _SPACES.sub(" ", (element.text if event == "start" else element.tail) or "")


def _lines(text: str) -> str:
    return "\n".join(line for line in map(fold, text.split("\n")) if line)
