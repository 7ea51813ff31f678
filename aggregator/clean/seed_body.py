"""A seed's rendered body as a tree: what it says of its source, and the body without what the old site put around it.

Removed by declared rules: hidden elements, marked regions (stock charts), links of one character (link spam), the site's
footer, scripts, drawings, empty paragraphs. Decides nothing about the seed as a whole: that is the job of ``seeds``. The
HTML it gives is tidy, not yet safe: ``clean_candidate`` comes after it.
"""

from __future__ import annotations

import re
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING

from aggregator.clean import trees
from aggregator.clean.bodies import SEPARATOR, Removed, is_autolink, is_spam, leads_back, removed
from aggregator.clean.breaks import without_break_after, without_break_before
from aggregator.clean.joins import join_lines
from aggregator.clean.links import web_url
from aggregator.clean.originals import MARK, Original, find_original
from aggregator.clean.plain import BLOCKS
from aggregator.clean.text import fold, words, xml_legal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aggregator.clean.bodies import BodyRules
    from aggregator.clean.trees import Element

_JUNK = ("link", "meta", "style", "script", "noscript", "template", "svg", "math", "title")
_CONTAINERS = frozenset({"article", "div", "main", "section"})
_EMPTY_IF_BARE = words(
    "a article b code div em figure font h1 h2 h3 h4 h5 h6 header footer i main p s section small span strong u"
)
_SEPARATORS = re.compile(f"{SEPARATOR}*")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


class SeedBody:
    """The body of any HTML; see :class:`aggregator.clean.bodies.Body`."""

    def __init__(self, html: str, rules: BodyRules) -> None:
        """Parse and prune *html*.

        Raises:
            TangledError: the markup cannot be parsed in reasonable time.
        """
        self._removed: list[Removed] = []
        self._labels = rules.original_labels
        self._body = trees.parse_with_comments(xml_legal(html))
        self.encoded_sources = _take_encoded_sources(self._body, rules.source_class)
        self._note("marked region", _drop_regions(self._body, rules.regions))
        self._note("hidden element", trees.drop_invisible(self._body))
        self._note("hidden element", _drop_classes(self._body, rules.hidden_classes))
        trees.drop_comments(self._body)
        trees.drop_all(self._body, *_JUNK)
        trees.drop_attributes(self._body, "class", "id", "style")
        self._note("link of one character", _unwrap_spam(self._body))
        _drop_empty(self._body)
        self._note("footer", _drop_footer(self._body, rules.footer_words))
        self._closing = _closing_link(self._body)
        self._heading = next(self._body.iter(*_HEADINGS), None)

    @property
    def closing_link(self) -> str | None:
        """The address of the autolink that ends the body, if one does."""
        return None if self._closing is None else web_url(_text(self._closing))

    @property
    def original_link(self) -> Original | None:
        """The link that is said to be the original."""
        found = (_original(block, self._labels) for block in _outermost_paragraphs(self._body))
        return next(filter(None, found), None)

    @property
    def removed(self) -> tuple[Removed, ...]:
        """What was taken out, so far."""
        return tuple(self._removed)

    @property
    def heading(self) -> str | None:
        """The text of the first heading."""
        return None if self._heading is None else fold(_text(self._heading))

    @property
    def begins_with_heading(self) -> bool:
        """Whether no text stands before the first heading."""
        for event, element in trees.walk(self._body) if self._heading is not None else ():
            if element is self._heading:
                return True
            if ((element.text if event == "start" else element.tail) or "").strip():
                return False
        return False

    def drop_closing_link(self) -> None:
        """Remove the :attr:`closing_link`: its address is the entry's own."""
        if self._closing is not None:
            self._note("link to the source", [_text(self._closing)])
            trees.drop(self._closing)
            self._closing = None

    def drop_heading(self) -> None:
        """Remove the first heading: its text is the entry's title."""
        if self._heading is not None:
            self._note("heading", [_text(self._heading)])
            trees.drop(self._heading)
            self._heading = None

    def html(self) -> str:
        """Return what is left: no empty paragraphs, lines joined."""
        _drop_empty(self._body)
        join_lines(self._body)
        return trees.inner_html(self._body).strip()

    def text(self) -> str:
        """Return the text of what is left, not folded."""
        return _text(self._body)

    def _note(self, what: str, texts: Iterable[str]) -> None:
        self._removed.extend(removed(what, text) for text in texts)


def _text(element: Element) -> str:
    return "".join(element.itertext())


def _take_encoded_sources(body: Element, source_class: str) -> tuple[str, ...]:
    """Remove the elements of that class and return what they hold: in the attribute of the same name, or as their text."""
    sources = []
    for element in list(body.iter("*")):
        if source_class in (element.get("class") or "").split():
            sources.append((element.get(source_class) or element.text or "").strip())
            element.text = None
            if len(element):  # left open by its author: what follows it is in it, and is not hidden
                element.attrib.clear()
            else:
                trees.drop(element)
    return tuple(source for source in sources if source)


def _drop_regions(body: Element, regions: tuple[tuple[str, str], ...]) -> list[str]:
    """Remove the marked regions; return the names of their marks."""
    ends = dict(regions)
    dropped = []
    for comment in trees.comments(body):
        name = (comment.text or "").strip()
        end = ends.get(name)
        if end is None or comment.getparent() is None:  # no mark, or within a region already dropped
            continue
        region = [comment, *_siblings_up_to(comment, end)]
        for element in region[:-1]:
            element.tail = None
            trees.drop(element)
        dropped += [name] if region[1:] else []
    return dropped


def _drop_classes(body: Element, hidden: tuple[str, ...]) -> list[str]:
    """Remove the elements of the classes *hidden*; return their texts."""
    dropped = []
    for element in list(body.iter("*")) if hidden else ():
        if not set(hidden).isdisjoint((element.get("class") or "").split()) and element.getparent() is not None:
            dropped.append(_text(element))
            trees.drop(element)
    return dropped


def _siblings_up_to(comment: Element, end: str) -> list[Element]:
    region = []
    for sibling in comment.itersiblings():
        region.append(sibling)
        if trees.is_comment(sibling) and (sibling.text or "").strip() == end:
            return region
    return []  # a region that never ends is no region


def _unwrap_spam(body: Element) -> list[str]:
    """Replace links to elsewhere of one CJK character or punctuation mark by that character; return their addresses.

    The spammer set each on a line of its own, so the breaks around it were never spaces.
    """
    unwrapped = []
    for link in list(body.iter("a")):
        href = link.get("href") or ""
        if len(link) or not is_spam(link.text or "") or not web_url(href, base_url="http:"):
            continue
        unwrapped.append(href)
        link.text = (link.text or "").strip()
        link.tail = without_break_before(link.tail or "")
        trees.set_text_before(link, without_break_after(trees.text_before(link)))
        trees.unwrap(link)
    return unwrapped


def _drop_empty(body: Element) -> None:
    """Remove elements that show nothing, innermost first."""
    for element in reversed(list(body.iter(*_EMPTY_IF_BARE))):
        if (element.text or "").strip() or any(child.tag != "br" or (child.tail or "").strip() for child in element):
            continue
        trees.drop(element)


def _last_block(body: Element) -> Element | None:
    """Return the last block with text after which nothing follows, looking into containers."""
    block = body
    while len(block) and (block is body or block.tag in _CONTAINERS):
        block = block[-1]
        if (block.tail or "").strip():
            return None
    return None if block is body else block


def _drop_footer(body: Element, words: tuple[str, ...]) -> list[str]:
    """Remove trailing paragraphs of nothing but links back into the old site; an autolink may stand before them."""
    dropped = []
    while links := _only_links(block := _last_block(body)):
        back = list(takewhile(partial(_leads_back, words=words), reversed(links)))
        if not back:
            break
        dropped.append("".join(map(_text, [block] if len(back) == len(links) else reversed(back))))
        for link in back:
            trees.drop(link)
        if len(back) < len(links):
            break
        trees.drop(block)
    return dropped


def _outermost_paragraphs(body: Element) -> Iterator[Element]:
    """Yield the last and the first paragraph, looking into containers and quotations and past headings."""
    for first in (False, True):
        block = body
        while children := [child for child in block if child.tag in BLOCKS and not (first and child.tag in _HEADINGS)]:
            block = children[0 if first else -1]
        if block is not body and block.tag in {"p", "div", "blockquote"}:
            yield block


def _original(block: Element, labels: tuple[str, ...]) -> Original | None:
    pieces: list[str] = []
    links: list[tuple[str, str]] = []
    begun: list[tuple[int, int]] = []
    for event, element in trees.walk(block):
        starts = event == "start"
        if element.tag == "a" and starts:
            begun.append((len(pieces), len(links)))
        elif element.tag == "a":
            at, number = begun.pop()
            pieces[at:] = [MARK]
            links[number:] = [(_text(element), (element.get("href") or "").strip())]
        elif element.tag == "br" and starts:
            pieces.append("\n")
        if starts or element is not block:
            pieces.append((element.text if starts else element.tail) or "")
    return find_original("".join(pieces), links, labels)


def _only_links(block: Element | None) -> list[Element]:
    """Return the links of a paragraph that holds nothing else but separators and breaks; otherwise none."""
    if block is None or block.tag not in {"p", "div"} or not _SEPARATORS.fullmatch(block.text or ""):
        return []
    if any(child.tag not in {"a", "br"} or not _SEPARATORS.fullmatch(child.tail or "") for child in block):
        return []
    return [child for child in block if child.tag == "a"]


def _leads_back(link: Element, words: tuple[str, ...]) -> bool:
    return leads_back(_text(link), link.get("href") or "", words)


def _closing_link(body: Element) -> Element | None:
    """Return the last link of the last paragraph, if that holds nothing but autolinks."""
    links = _only_links(_last_block(body))
    return links[-1] if links and all(map(_is_autolink, links)) else None


def _is_autolink(link: Element) -> bool:
    return is_autolink(_text(link), link.get("href") or "")
