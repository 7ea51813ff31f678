"""A seed's body read from its HTML as text, where that HTML is as simple as what plain Markdown gives. Knows no library.

Gives what ``SeedBody`` would give, or nothing at all: whatever is not surely simple is left to the tree. A body of flat
paragraphs has no hidden elements, no regions and no attributes to drop; what is left is to find footer, link and heading.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from aggregator.clean.bodies import SEPARATORS, Removed, is_autolink, is_spam, leads_back, removed
from aggregator.clean.joins import join_text
from aggregator.clean.links import web_url
from aggregator.clean.originals import MARK, Original, find_original
from aggregator.clean.text import fold

if TYPE_CHECKING:
    from aggregator.clean.bodies import BodyRules

MOST_CHARACTERS = 256 * 1024
MOST_REFERENCES = 2_000

# lxml would encode other characters of an address.
_ADDRESS = "(?:[A-Za-z0-9_.!~*'()@/:=?;#%,+-]|&amp;)*+"
# Empty elements would be dropped, and a line break beside an inline element may belong outside of it: both are the tree's.
_ELEMENTS = "|".join(rf"{name}>(?!\s*<)[^<]*+</{name}>(?!\n)" for name in ("strong", "em", "del", "code"))
_TEXT = r"[^<]*+(?:(?<!\n)|(?<=>\n))"
_INLINE = (
    rf"{_TEXT}(?:<(?:br />\n(?!</|<br|[ \t])|{_ELEMENTS}|a href=\"{_ADDRESS}\">(?!\s*<)[^<]*+</a>(?!\n)"
    rf"|img src=\"{_ADDRESS}\" alt=\"[^\"<>&]*+\" />(?!\n)){_TEXT})*+"
)
_NOT_EMPTY = r"(?!\n|\s*+(?:<br />\s*+)*+</)"
_BLOCKS = "|".join(f"{name}>{_NOT_EMPTY}{_INLINE}</{name}>" for name in ("p", "h1", "h2", "h3", "h4", "h5", "h6"))
_LISTS = "|".join(rf"{name}>\n(?:<li>(?!\n|</){_INLINE}</li>\n)++</{name}>" for name in ("ul", "ol"))
_QUOTATION = rf"blockquote>\n(?:<p>{_NOT_EMPTY}{_INLINE}</p>\n)++</blockquote>"
_SIMPLE = re.compile(rf"(?:<(?:{_BLOCKS}|{_LISTS}|{_QUOTATION}|hr />)\n)*+")
_BLANK_AT_BREAK = re.compile(r"[ \t]\n|\n[ \t\n]")
_OTHER_REFERENCE = re.compile("&(?!(?:amp|lt|gt|quot);)")
_LINK = re.compile(r"<a href=\"([^\"]*+)\">([^<]*+)</a>")
_TEXT_RUN = re.compile(">[^<]++")
_HEADING = re.compile(r"<(h[1-6])>(.*?)</\1>\n", re.DOTALL)
_TAG = re.compile("<[^<>]*>")
_FIRST_BLOCK = re.compile(r"(?:<h[1-6]>(?:(?!</h)[\s\S])*+</h[1-6]>\n)*+(?:<blockquote>\n)?<p>(.*?)</p>", re.DOTALL)
_LAST_BLOCK = re.compile(r"</p>\n(?:</blockquote>\n)?\Z")


class SimpleBody:
    """The body of plain Markdown; see :class:`aggregator.clean.bodies.Body`."""

    encoded_sources: tuple[str, ...] = ()

    def __init__(self, html: str, rules: BodyRules) -> None:
        """Take the simple *html*; :func:`read_simple` says which is."""
        self._html = html
        self._labels = rules.original_labels
        self.removed: tuple[Removed, ...] = ()
        self._heading = _HEADING.search(html)  # its place stays: everything else is cut from the end
        self._closing: str | None = None  # the paragraph of the closing link
        self.closing_link: str | None = None

    @property
    def heading(self) -> str | None:
        """The text of the first heading."""
        return fold(_text(self._heading[2])) if self._heading else None

    @property
    def begins_with_heading(self) -> bool:
        """Whether no text stands before the first heading."""
        return self._heading is not None and not _text(self._html[: self._heading.start()]).strip()

    @property
    def original_link(self) -> Original | None:
        """The link that is said to be the original."""
        if "://" not in self._html:
            return None
        first = _FIRST_BLOCK.match(self._html)
        last = _LAST_BLOCK.search(self._html)
        blocks = (self._html[self._html.rindex("<p>") + 3 : last.start()] if last else "", first[1] if first else "")
        return next(filter(None, (_original(block, self._labels) for block in blocks if "://" in block)), None)

    def drop_footer(self, words: tuple[str, ...]) -> bool:
        """Remove trailing paragraphs of links back into the old site; ``False`` if one of them holds other links too."""
        while (block := _last_paragraph(self._html)) is not None:
            links = _only_links(block)
            back = [leads_back(unescape(text), unescape(href), words) for href, text in links]
            if not links or not back[-1]:
                return True
            if not all(back):
                return False
            self._note("footer", block)
            self._html = self._html[: -len(block) - len("<p></p>\n")]
        return True

    def find_closing_link(self) -> bool:
        """Find the closing link; ``False`` if it shares its paragraph."""
        block = _last_paragraph(self._html)
        links = _only_links(block) if block else []
        if not links or not all(is_autolink(unescape(text), unescape(href)) for href, text in links):
            return True
        self._closing = block
        self.closing_link = web_url(unescape(links[-1][1]))
        return block is not None and _LINK.fullmatch(block) is not None

    def drop_closing_link(self) -> None:
        """Remove the paragraph of the closing link."""
        if self._closing is not None:
            self._note("link to the source", self._closing)
            self._html = self._html[: -len(self._closing) - len("<p></p>\n")]
            self._closing = self.closing_link = None

    def drop_heading(self) -> None:
        """Remove the first heading."""
        if self._heading:
            self._note("heading", self._heading[2])
            self._html = self._html[: self._heading.start()] + self._html[self._heading.end() :]
            self._heading = None

    def html(self) -> str:
        """Return what is left, as a tree of it would be written."""
        html = self._html.replace("<br />\n", "<br>").replace(" />", ">") if " />" in self._html else self._html
        if html.count("\n") != html.count(">\n"):
            html = join_text(html)
        return html.strip()

    def text(self) -> str:
        """Return the text of what is left."""
        return _text(self._html)

    def _note(self, what: str, html: str) -> None:
        self.removed = (*self.removed, removed(what, _text(html)))


def read_simple(html: str, rules: BodyRules) -> SimpleBody | None:
    """Return the body *html*, which must be legal in XML, or ``None`` if a tree has to be made of it."""
    if not _is_simple(html):
        return None
    if "&quot;" in html:
        html = _TEXT_RUN.sub(lambda text: text[0].replace("&quot;", '"'), html)
        if "&quot;" in html:
            return None
    if any(is_spam(unescape(text)) for _, text in _LINK.findall(html)):
        return None
    body = SimpleBody(html, rules)
    return body if body.drop_footer(rules.footer_words) and body.find_closing_link() else None


def _is_simple(html: str) -> bool:
    if len(html) > MOST_CHARACTERS or html.count("<") != html.count(">") or "\xa0" in html:
        return False
    references = html.count("&")
    if references and (references > MOST_REFERENCES or _OTHER_REFERENCE.search(html)):
        return False
    if not _SIMPLE.fullmatch(html):
        return False
    return html.count("\n") == html.count(">\n") or not _BLANK_AT_BREAK.search(html)


def _last_paragraph(html: str) -> str | None:
    """Return what the last block holds, if that is a paragraph."""
    if not html.endswith("</p>\n"):
        return None
    return html[html.rindex("<p>") + len("<p>") : -len("</p>\n")]


def _only_links(block: str) -> list[tuple[str, str]]:
    """Return address and text of the links of a block that holds nothing else but separators and breaks; otherwise none."""
    if "<a " not in block:
        return []
    rest = _LINK.sub("", block).replace("<br />", "")
    return _LINK.findall(block) if SEPARATORS.fullmatch(rest) else []


def _original(block: str, labels: tuple[str, ...]) -> Original | None:
    links = [(unescape(text), unescape(href)) for href, text in _LINK.findall(block)]
    return find_original(_text(_LINK.sub(MARK, block)), links, labels)


def _text(html: str) -> str:
    return unescape(_TAG.sub("", html))
