"""A seed's body read from its HTML as text, where that HTML is as simple as what plain Markdown gives. Knows no library.

Gives what ``SeedBody`` would give, or nothing at all: whatever is not surely simple is left to the tree. A body of flat
paragraphs has no hidden elements, no regions and no attributes to drop; what is left is to find footer, link and heading.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from aggregator.clean.bodies import SEPARATOR, Removed, is_autolink, is_spam, leads_back, removed
from aggregator.clean.breaks import join_text
from aggregator.clean.links import web_url
from aggregator.clean.text import fold, unescaped, xml_legal

if TYPE_CHECKING:
    from aggregator.clean.bodies import Body, BodyRules
    from aggregator.clean.originals import Original

MOST_CHARACTERS = 256 * 1024
MOST_REFERENCES = 2_000

_LINK = re.compile(r"<a href=\"([^\"]*+)\">([^<]*+)</a>")
_ONLY_LINKS = re.compile(rf"(?:<a [^>]*+>[^<]*+</a>|<br />|{SEPARATOR})*+")
_HEADING = re.compile(r"<(h[1-6])>(.*?)</\1>\n", re.DOTALL)
_TAG = re.compile("<[^<>]*>")
# What follows is compiled when a body needs it.
_BLANK_AT_BREAK = r"[ \t]\n|\n[ \t\n]"
_OTHER_REFERENCE = "&(?!(?:amp|lt|gt|quot);)"
_TEXT_RUN = ">[^<]++"
_FIRST_BLOCK = r"(?s)(?:<h[1-6]>(?:(?!</h).)*+</h[1-6]>\n)*+(?:<blockquote>\n)?<p>(.*?)</p>"
_LAST_BLOCK = r"</p>\n(?:</blockquote>\n)?\Z"


def read_body(html: str, rules: BodyRules) -> Body:
    """Read and prune the body *html*, without a tree if that is possible.

    Raises:
        TangledError: the markup cannot be parsed in reasonable time.
    """
    legal = xml_legal(html)
    if simple := read_simple(legal, rules):
        return simple
    from aggregator.clean.seed_body import SeedBody  # noqa: PLC0415 - lxml takes 5 ms to load, and few seeds need it

    return SeedBody(legal, rules)


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
        first = re.match(_FIRST_BLOCK, self._html)
        last = re.search(_LAST_BLOCK, self._html)
        blocks = (self._html[self._html.rindex("<p>") + 3 : last.start()] if last else "", first[1] if first else "")
        return next(filter(None, (_original(block, self._labels) for block in blocks if "://" in block)), None)

    def drop_footer(self, words: tuple[str, ...]) -> bool:
        """Remove trailing paragraphs of links back into the old site; ``False`` if one of them holds other links too."""
        while (block := _last_paragraph(self._html)) is not None:
            links = _only_links(block)
            back = [leads_back(unescaped(text), unescaped(href), words) for href, text in links]
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
        if not links or not all(is_autolink(unescaped(text), unescaped(href)) for href, text in links):
            return True
        self._closing = block
        self.closing_link = web_url(unescaped(links[-1][1]))
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
        html = re.sub(_TEXT_RUN, lambda text: text[0].replace("&quot;", '"'), html)
        if "&quot;" in html:
            return None
    if any(is_spam(unescaped(text)) for _, text in _LINK.findall(html)):
        return None
    body = SimpleBody(html, rules)
    return body if body.drop_footer(rules.footer_words) and body.find_closing_link() else None


def _is_simple(html: str) -> bool:
    if len(html) > MOST_CHARACTERS or html.count("<") != html.count(">") or "\xa0" in html:
        return False
    references = html.count("&")
    if references and (references > MOST_REFERENCES or re.search(_OTHER_REFERENCE, html)):
        return False
    if not _simple().fullmatch(html):
        return False
    return html.count("\n") == html.count(">\n") or not re.search(_BLANK_AT_BREAK, html)


@cache
def _simple() -> re.Pattern[str]:
    """Return the grammar of simple HTML; it takes more than a millisecond to compile."""
    address = "(?:[A-Za-z0-9_.!~*'()@/:=?;#%,+-]|&amp;)*+"  # lxml would encode other characters
    # Empty elements would be dropped, and a line break beside an inline element may belong outside of it: both are the tree's.
    content = r"(?!\s*<)[^<]*+"
    elements = "|".join(f"{name}>{content}</{name}" for name in ("strong", "em", "del", "code"))
    link = rf"a href=\"{address}\">{content}</a"
    image = rf"img src=\"{address}\" alt=\"[^\"<>&]*+\" /"
    text = r"[^<]*+(?:(?<!\n)|(?<=>\n))"
    inline = rf"{text}(?:<(?:br />\n(?!</|<br|[ \t])|(?:{elements}|{link}|{image})>(?!\n)){text})*+"
    shown = rf"(?!\n|\s*+(?:<br />\s*+)*+</){inline}"
    # One way through for headings of all levels; that each ends as it begins is seen in advance.
    levels = "|".join(f"{level}>(?:[^<]++|<(?!/h))*+</h{level}>" for level in range(1, 7))
    lists = "|".join(rf"{name}>\n(?:<li>(?!\n|</){inline}</li>\n)++</{name}>" for name in ("ul", "ol"))
    quotation = rf"blockquote>\n(?:<p>{shown}</p>\n)++</blockquote>"
    return re.compile(rf"(?:<(?:p>{shown}</p>|h(?={levels})[1-6]>{shown}</h[1-6]>|{lists}|{quotation}|hr />)\n)*+")


def _last_paragraph(html: str) -> str | None:
    """Return what the last block holds, if that is a paragraph."""
    if not html.endswith("</p>\n"):
        return None
    return html[html.rindex("<p>") + len("<p>") : -len("</p>\n")]


def _only_links(block: str) -> list[tuple[str, str]]:
    """Return address and text of the links of a block that holds nothing else but separators and breaks; otherwise none."""
    return _LINK.findall(block) if "<a " in block and _ONLY_LINKS.fullmatch(block) else []


def _original(block: str, labels: tuple[str, ...]) -> Original | None:
    from aggregator.clean.originals import MARK, find_original  # noqa: PLC0415 - most seeds link to nothing but their source

    links = [(unescaped(text), unescaped(href)) for href, text in _LINK.findall(block)]
    return find_original(_text(_LINK.sub(MARK, block)), links, labels)


def _text(html: str) -> str:
    return unescaped(_TAG.sub("", html))
