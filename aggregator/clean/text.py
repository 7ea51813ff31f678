"""Plain text: which characters may be published, how whitespace is folded, when a string is HTML. Knows no library.

Titles, names and terms reach us as strings of which nobody can say for sure whether they are text or HTML: feeds get it
wrong in both directions. The rule here: a string is HTML only if it contains a real tag or a real entity, so that
``AT&T``, ``a<b`` and ``x < y`` stay what they are.
"""

from __future__ import annotations

import re
from functools import cache

# What XML 1.0 section 2.2 excludes, and the C1 controls that it discourages: a terminal obeys those as it obeys ESC.
_ILLEGAL = "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]"
_CONTROLS = bytes({*range(0x20), 0x7F} - {*b"\t\n"})
_SHORT = 100
# Most texts hold nothing of these: they are compiled when one does.
_REFERENCE = r"(&#(?:[xX][0-9a-fA-F]+|[0-9]+));?"
_LONGEST_REFERENCE = 12
_ENTITY = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
# A bare tag, or one whose first attribute has a value: `if a <i and j> k` is no tag.
_TAG = (
    r"(?i)</?(?:a|abbr|acronym|address|article|aside|b|big|blockquote|br|center|cite|code|dd|del|dfn|div|dl|dt|em|figcaption"
    r"|figure|font|h[1-6]|hr|i|iframe|img|ins|kbd|li|mark|ol|p|pre|q|rp|rt|ruby|s|samp|script|section|small|span|strike"
    r"|strong|style|sub|sup|svg|table|tbody|td|th|thead|time|tr|tt|u|ul|var|video|wbr)"
    r"(?:\s+[a-zA-Z-]+\s*=[^<>]*)?\s*/?>"
)


def xml_legal(text: str) -> str:
    """Remove what an XML document cannot carry or a terminal would obey: controls, ESC, lone surrogates, noncharacters.

    Line ends become LF, as every XML parser makes them (XML 1.0, section 2.11).
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if _is_legal(text) else _illegal().sub("", text)


def legal_references(html: str) -> str:
    """Replace numeric references to characters that :func:`xml_legal` would remove: by what browsers show, else by a space.

    ``&#150;`` is a dash in every browser (HTML, section 13.2.5.80), a control character to libxml2.
    """
    return re.sub(_REFERENCE, _legal_reference, html) if "&#" in html else html


def is_plain_line(text: str) -> bool:
    """Say, at a glance, that *text* is legal, folded and free of markup; most titles and names are."""
    # What Python calls printable holds no control and no whitespace but the space.
    return text.isprintable() and not ("<" in text or "&" in text or "  " in text or text[:1] == " " or text[-1:] == " ")


def fold(text: str) -> str:
    """Make every run of whitespace one space, and none at the ends."""
    return " ".join(text.split())


def shorten(text: str, length: int) -> str:
    """Cut *text* to at most *length* characters, the last of them an ellipsis if anything was cut."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def has_tag(text: str) -> bool:
    """Say whether *text* contains a tag of HTML."""
    return "<" in text and re.search(_TAG, text) is not None


def is_html(text: str) -> bool:
    """Say whether *text* contains a tag or an entity of HTML."""
    return has_tag(text) or ("&" in text and any(is_entity(found[0]) for found in re.finditer(_ENTITY, text)))


def decoded(text: str) -> str:
    """Replace the entities of *text* once; ``&copy=1`` in an address is none."""
    return re.sub(_ENTITY, lambda found: unescaped(found[0]), text) if "&" in text else text


def unescaped(text: str) -> str:
    """Replace the references of *text* as browsers do, with or without their semicolons."""
    if "&" not in text:
        return text
    from html import unescape  # noqa: PLC0415 - its table of 2,231 names is not needed by most texts

    return unescape(text)


def escaped(text: str) -> str:
    """Return HTML that shows *text*; quotes stay."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Compile *pattern* when it is first needed; later it is found in less time than by ``re`` itself."""
    return re.compile(pattern)


def is_entity(reference: str) -> bool:
    """Say whether *reference*, from its first sign to its semicolon, stands for a character."""
    from html.entities import html5  # noqa: PLC0415 - as above

    return reference[1] == "#" or reference[1:] in html5


def as_html(text: str) -> str:
    """Return HTML for a string that may be text or HTML."""
    return text if is_html(text) else escaped(text)


def protected(text: str) -> str:
    """Return *text*, known to be plain, so that cleaning gives it back as it is even if it looks like HTML."""
    return escaped(text) if is_html(text) else text


def _legal_reference(reference: re.Match[str]) -> str:
    if len(reference[0]) > _LONGEST_REFERENCE:
        return "\ufffd"
    shown = _illegal().sub("", unescaped(reference[1] + ";"))
    if not shown:
        return " "  # not nothing: what stands before and after it could make a new reference
    return reference[0] if shown.isascii() else shown


def _is_legal(text: str) -> bool:
    """Say, in a fifth of the time that the pattern takes, that *text* is legal; ``False`` if it has to be looked at."""
    if len(text) <= _SHORT:
        return text.isprintable()
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return False
    # In UTF-8 the C1 controls begin with C2, as do some signs.
    has_nonsense = b"\xc2" in data or "\ufffe" in text or "\uffff" in text
    return not has_nonsense and len(data.translate(None, _CONTROLS)) == len(data)


@cache
def _illegal() -> re.Pattern[str]:
    return re.compile(_ILLEGAL)


def words(text: str) -> frozenset[str]:
    """Return the words of *text*, for lists that are easier to read as prose."""
    return frozenset(text.split())
