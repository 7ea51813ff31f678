"""HTML fragments as trees: parse, look, cut, serialise. The only module that knows lxml; says nothing about what is safe.

libxml2 recovers from bad HTML in its own way, not quite as browsers do. That is good enough to find and cut elements;
what comes out is always parsed again, as browsers do it, by ``aggregator.clean.markup``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from lxml import etree

from aggregator.clean.limits import DEEPEST, MOST_REFERENCE_WORK, TangledError, refuse_crowds, without_data_uris
from aggregator.clean.plain import BLOCKS, UNSEEN
from aggregator.clean.text import legal_references

if TYPE_CHECKING:
    from collections.abc import Iterator

Element: TypeAlias = Any  # lxml ships no types

_PARSER = etree.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True, no_network=True, collect_ids=False)
_COMMENTS_PARSER = etree.HTMLParser(remove_pis=True, huge_tree=True, no_network=True, collect_ids=False)
_BODY = "<html><body>"
_STRAY_END = re.compile(r"</(?:body|html)\b[^<>]*>", re.IGNORECASE)
_TOO_DEEP = etree.XPath("/" + "*/" * (DEEPEST + 2) + "*")
_INVISIBLE = etree.XPath(".//*[@hidden or @style]")
_IMAGES = etree.XPath(".//img")
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_HIDING = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))\b", re.IGNORECASE)
_TINY = re.compile(r"\s*[01](?:\.0*)?\s*(?:px)?\s*", re.IGNORECASE)
_TINY_STYLE = re.compile(r"(?:^|;)\s*(?:max-)?(?:width|height)\s*:\s*[01](?:\.0*)?(?:px)?\s*(?:!|;|$)", re.IGNORECASE)
_SPACES = re.compile(r"\s+")


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


def inner_html(body: Element) -> str:
    """Serialise what *body* contains."""
    html: str = etree.tostring(body, method="html", encoding="unicode", with_tail=False)
    return html[html.index(">") + 1 : html.rindex("<")]


def pieces_of(html: str) -> Iterator[str]:
    """Yield the texts that the fragment *html* shows, whitespace folded, and a line break at each block's edges.

    Raises:
        TangledError: as :func:`parse`.
    """
    body = parse(html)
    drop_all(body, *UNSEEN)
    for event, element in walk(body):
        yield "\n" if element.tag in BLOCKS or element.tag == "br" else ""
        yield _SPACES.sub(" ", (element.text if event == "start" else element.tail) or "")


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
