"""A seed's rendered body as a tree: what it says of its source, and the body without what the old site put around it.

Removed by declared rules: hidden elements, marked regions (stock charts), links of one character (link spam), the site's
footer, scripts, drawings, empty paragraphs. Decides nothing about the seed as a whole: that is the job of ``seeds``. The
HTML it gives is tidy, not yet safe: ``clean_candidate`` comes after it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from aggregator.clean import trees
from aggregator.clean.joins import is_wide, join_lines, without_break_after, without_break_before
from aggregator.clean.links import web_url
from aggregator.clean.text import fold, words, xml_legal

if TYPE_CHECKING:
    from aggregator.clean.trees import Element

_JUNK = ("link", "meta", "style", "script", "noscript", "template", "svg", "math", "title")
_CONTAINERS = frozenset({"article", "div", "main", "section"})
_EMPTY_IF_BARE = words(
    "a article b code div em figure font h1 h2 h3 h4 h5 h6 header footer i main p s section small span strong u"
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SEPARATORS = re.compile(r"[\s|｜/·•,，;；—-]*")
# The way up to an index of the old site, such as `../` and `../emnews/`; `../report.pdf` would be part of the article.
_WAY_UP = re.compile(r"(?:\.\./)+(?:[\w.-]+/)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyRules:
    """What to look for in a body.

    *source_class* marks the hidden element that holds an encoded source URL; *footer_words* begin the texts of a footer's
    links; *regions* are pairs of comments between which everything is dropped.
    """

    source_class: str = "artid"
    footer_words: tuple[str, ...] = ("返回",)
    regions: tuple[tuple[str, str], ...] = (("EM_StockImg_Start", "EM_StockImg_End"),)


class SeedBody:
    """A body being pruned. Its facts are found on the way; the two ``drop_…`` methods are for who decides by them.

    *encoded_sources*: what the hidden source elements hold, undecoded. *closing_link*: the address of the last autolink
    before the footer, in a paragraph of nothing else. *heading*: the text of the first heading, folded.
    """

    def __init__(self, html: str, rules: BodyRules) -> None:
        """Parse and prune *html*.

        Raises:
            TangledError: the markup cannot be parsed in reasonable time.
        """
        self._body = trees.parse_with_comments(xml_legal(html))
        self.encoded_sources = _take_encoded_sources(self._body, rules.source_class)
        _drop_regions(self._body, rules.regions)
        trees.drop_invisible(self._body)
        trees.drop_comments(self._body)
        trees.drop_all(self._body, *_JUNK)
        trees.drop_attributes(self._body, "class", "id", "style")
        _unwrap_spam(self._body)
        _drop_empty(self._body)
        _drop_footer(self._body, rules.footer_words)
        self._closing = _closing_link(self._body)
        self._heading = next(self._body.iter(*_HEADINGS), None)

    @property
    def closing_link(self) -> str | None:
        """The address of the autolink that ends the body, if one does."""
        return None if self._closing is None else web_url(_text(self._closing))

    @property
    def heading(self) -> str | None:
        """The text of the first heading."""
        return None if self._heading is None else fold(_text(self._heading))

    def drop_closing_link(self) -> None:
        """Remove the :attr:`closing_link`: its address is the entry's own."""
        if self._closing is not None:
            trees.drop(self._closing)
            self._closing = None

    def drop_heading(self) -> None:
        """Remove the first heading: its text is the entry's title."""
        if self._heading is not None:
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


def _drop_regions(body: Element, regions: tuple[tuple[str, str], ...]) -> None:
    ends = dict(regions)
    for comment in trees.comments(body):
        end = ends.get((comment.text or "").strip())
        if end is None or comment.getparent() is None:  # no mark, or within a region already dropped
            continue
        region = [comment, *_siblings_up_to(comment, end)]
        for element in region[:-1]:
            element.tail = None
            trees.drop(element)


def _siblings_up_to(comment: Element, end: str) -> list[Element]:
    region = []
    for sibling in comment.itersiblings():
        region.append(sibling)
        if trees.is_comment(sibling) and (sibling.text or "").strip() == end:
            return region
    return []  # a region that never ends is no region


def _unwrap_spam(body: Element) -> None:
    """Replace links to elsewhere of one CJK character or punctuation mark by that character.

    The spammer set each on a line of its own, so the breaks around it were never spaces.
    """
    for link in list(body.iter("a")):
        character = (link.text or "").strip()
        if len(character) != 1 or len(link) or not _is_spam(character) or not web_url(link.get("href") or "", base_url="http:"):
            continue
        link.text = character
        link.tail = without_break_before(link.tail or "")
        trees.set_text_before(link, without_break_after(trees.text_before(link)))
        trees.unwrap(link)


def _is_spam(character: str) -> bool:
    return is_wide(character) or unicodedata.category(character).startswith("P")


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


def _drop_footer(body: Element, words: tuple[str, ...]) -> None:
    """Remove trailing paragraphs of nothing but links back into the old site; an autolink may stand before them."""
    while True:
        block = _last_block(body)
        links = _only_links(block)
        if not links:
            return
        while links and _leads_back(links[-1], words):
            trees.drop(links.pop())
        if links:
            return
        trees.drop(block)


def _only_links(block: Element | None) -> list[Element]:
    """Return the links of a paragraph that holds nothing else but separators and breaks; otherwise none."""
    if block is None or block.tag not in {"p", "div"} or not _SEPARATORS.fullmatch(block.text or ""):
        return []
    if any(child.tag not in {"a", "br"} or not _SEPARATORS.fullmatch(child.tail or "") for child in block):
        return []
    return [child for child in block if child.tag == "a"]


def _leads_back(link: Element, words: tuple[str, ...]) -> bool:
    return fold(_text(link)).startswith(words) or _WAY_UP.fullmatch((link.get("href") or "").strip()) is not None


def _closing_link(body: Element) -> Element | None:
    """Return the last link of the last paragraph, if that holds nothing but autolinks."""
    links = _only_links(_last_block(body))
    return links[-1] if links and all(map(_is_autolink, links)) else None


def _is_autolink(link: Element) -> bool:
    """Say whether *link* shows its own address; Markdown encodes what no URI may hold in the one and not in the other."""
    shown = _text(link).strip()
    return web_url(shown) is not None and unquote(shown) == unquote((link.get("href") or "").strip())
