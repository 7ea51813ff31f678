"""Looks at an XML document as text, before and beside the feed parser: repairs it, refuses entities, tells what it looks like.

Knows no feed library and reads no entry. All patterns take time linear in the length of the text.
"""

from __future__ import annotations

import re

from aggregator.errors import UnreadableFeedError
from aggregator.parse.fields import legal
from aggregator.parse.patterns import compiled

_DECLARATION = r"<\?xml\s[^>]*>"
_DECLARATION_WITHIN = 2048  # a PHP warning may stand before it

_ROOT = r"(?i)<(?:[\w.-]+:)?(?:rss|feed|rdf)[\s>/]"
_ROOT_END = r"(?i)</(?:[\w.-]+:)?(?:rss|feed|rdf)\s*>"
_ITEM = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s>/]", re.IGNORECASE)
_ITEM_END = r"(?i)</(?:[\w.-]+:)?(?:item|entry)\s*>"
_LONGEST_HEAD, _LONGEST_TAIL = 64 * 1024, 8 * 1024

# Possessive, so that a prolog of a million comments is read once.
_PROLOG = re.compile(r"(?:\s++|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_DOCTYPE = r"(?i)<!DOCTYPE(?:[^\[>\"']++|\"[^\"]*+\"|'[^']*+')*+(?P<end>\[|>)"
_SUBSET_END = r"\]\s*>"
_ELEMENT = r"<([A-Za-z_][\w.:-]{0,60})"

_CHARACTER_REFERENCE = r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?"
_LONGEST_REFERENCE = 7
_LAST_CHARACTER = 0x10FFFF

# CDATA sections and comments are passed over, also when they never end.
_AMPERSAND = (
    r"(?s)<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)"
    r"|&(?P<legal>#[0-9]+;|#x[0-9a-fA-F]+;)?(?P<entity>[A-Za-z][A-Za-z0-9]{0,31};)?"
)
_XML_ENTITIES = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})

_MAGIC = (
    (b"\x1f\x8b", "gzip data"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"PK\x03\x04", "a ZIP archive"),
)


def repaired(text: str) -> str:
    """Make *text* fit for an XML parser without changing what it says.

    Takes away the XML declaration (it names an encoding that is no longer true, or XML 1.1) with any junk before it, and the
    characters that XML cannot carry, raw or as references: one ``&#xD800;`` would cost the whole document. Two references
    that spell a surrogate pair, as Java programs write them, become the character they mean.
    """
    declaration = compiled(_DECLARATION).search(text, 0, _DECLARATION_WITHIN)
    if declaration and not compiled(_ROOT).search(text, 0, declaration.start()):
        text = text[declaration.end() :]
    text = legal(text).lstrip("\ufeff \t\r\n")  # first: a character taken out later could splice a new reference
    return legal(compiled(_CHARACTER_REFERENCE).sub(_legal_reference, text))


def _legal_reference(reference: re.Match[str]) -> str:
    hexadecimal, decimal = reference.groups()
    digits = (hexadecimal or decimal).lstrip("0")
    if len(digits) > _LONGEST_REFERENCE:
        return "\ufffd"
    number = int(digits or "0", 16 if hexadecimal else 10)
    if number > _LAST_CHARACTER:
        return "\ufffd"
    if 0xD800 <= number <= 0xDFFF:  # noqa: PLR2004 - the surrogates
        return chr(number)
    if legal(chr(number)):
        return reference[0]
    return " " if number < ord(" ") else "\ufffd"


def with_plain_ampersands(text: str) -> str:
    """Write a bare ``&`` as the XML it was meant to be, and HTML's entities, which XML does not know, as their characters.

    Either makes an XML parser give up, and the parser that then steps in reads ``?a=1&b=2`` as ``?a=1&b;=2``.
    """
    return compiled(_AMPERSAND).sub(_as_meant, text)


def _as_meant(found: re.Match[str]) -> str:
    entity = found["entity"]
    if found[0][0] == "<" or found["legal"] or entity in _XML_ENTITIES:
        return found[0]
    from html import escape  # noqa: PLC0415 - its table of 2,231 names is not needed by well-formed documents
    from html.entities import html5  # noqa: PLC0415 - as above

    if entity in html5:
        return escape(html5[entity])
    return f"&amp;{found[0][1:]}"


def refuse_entities(text: str) -> None:
    """Refuse a document that declares entities of its own: nothing good needs them, and "billion laughs" are made of them.

    Raises:
        UnreadableFeedError: ``dtd``.
    """
    start = after_prolog(text)
    doctype = compiled(_DOCTYPE).match(text, start)
    if doctype is None or doctype["end"] != "[":
        return
    subset_end = compiled(_SUBSET_END).search(text, doctype.end())
    if "<!ENTITY" in text[doctype.end() : subset_end.start() if subset_end else None]:
        raise UnreadableFeedError("dtd", "the document declares XML entities in its DOCTYPE, which is refused for safety")


def is_html_page(text: str) -> bool:
    """Whether *text* is a page for browsers, whatever the server calls it."""
    start = after_prolog(text)
    if text[start : start + 14].lower() == "<!doctype html":
        return True
    return (_root_name(text) or "").lower() in {"html", "head", "body"}


def is_cut_short(text: str) -> bool:
    """Whether the end of the feed is missing from a document that is not well-formed: no root end tag after the last item."""
    ends = [end.start() for end in compiled(_ROOT_END).finditer(text)]
    starts = [item.start() for item in _ITEM.finditer(text)]
    return not ends or (bool(starts) and ends[-1] < starts[-1])


def ends_inside_item(text: str) -> bool:
    """Whether a document that is cut short was cut within its last item."""
    starts = [item.start() for item in _ITEM.finditer(text)]
    ends = [end.start() for end in compiled(_ITEM_END).finditer(text)]
    return bool(starts) and (not ends or ends[-1] < starts[-1])


def around_items(text: str) -> tuple[str, str]:
    """What stands before the first item and after the last: what the feed says of itself. Cut to what honest feeds need."""
    first = _ITEM.search(text, 0, _LONGEST_HEAD)
    head = text[: first.start() if first else _LONGEST_HEAD]
    tail = text[max(len(head), len(text) - _LONGEST_TAIL) :]
    lowered = tail.lower()
    last = max(lowered.rfind("item>"), lowered.rfind("entry>"))
    return head, tail[last:] if last >= 0 else ""


def binary_kind(body: bytes) -> str | None:
    """Name the kind of a body that is no text at all, such as ``an image``."""
    return next((kind for magic, kind in _MAGIC if body.startswith(magic)), None)


def looks_like(text: str) -> str:
    """Say in a few words what a document that is not a feed seems to be."""
    if is_html_page(text):
        return "an HTML page"
    root = _root_name(text)
    return f"an XML document <{root}>" if root else "plain text"


def _root_name(text: str) -> str | None:
    start = after_prolog(text)
    doctype = compiled(_DOCTYPE).match(text, start)
    root = compiled(_ELEMENT).match(text, after_prolog(text, doctype.end()) if doctype else start)
    return root[1] if root else None


def after_prolog(text: str, start: int = 0) -> int:
    """Say where the comments, processing instructions and blanks from *start* on end."""
    prolog = _PROLOG.match(text, start)
    return prolog.end() if prolog else start
