"""Owns what feedparser does to single texts: guesses their type, mends wrong decoding, takes addresses out of names."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

from aggregator.parse.patterns import compiled
from aggregator.parse.plain.names import UnplainError

TEXT, HTML = "text/plain", "text/html"
_TYPES = {"text": TEXT, "plain": TEXT, TEXT: TEXT, "html": HTML, HTML: HTML}

# Some of the tags by which the library knows HTML; where others decide, the document is declined.
_SURELY_HTML = frozenset(
    {
        *("a", "abbr", "b", "big", "blockquote", "br", "center", "cite", "code", "dd", "del", "div", "dl", "dt", "em", "font"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "ol", "p", "pre", "q", "s", "samp"),
        *("small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "tt", "u", "ul"),
    }
)
_END_TAG = r"</\w+>"
_TAG_NAME = r"</?(\w+)"
_REFERENCE = r"&#?\w+;"
_ENTITY = r"&(\w+);"

_C1 = "[\x80-\x9f]"

# The shapes of an address in a name that leave no doubt about which is which.
_ADDRESS = r"([A-Za-z0-9_.+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,4})"
_ADDRESS_FIRST = _ADDRESS + r"(?: \(([^()<>@&]*)\))?"
_NAME_FIRST = rf"(?P<name>[^()<>@&]*[^()<>@&\s]) (?:<(?P<angled>{_ADDRESS})>|\((?P<round>{_ADDRESS})\))"
_LONGEST_PERSON = 200


def text_type(value: str, declared: str, *, is_guessed: bool) -> str:
    """The type of a text that is *declared* as one; whether plain text is *guessed* to be HTML, as in RSS."""
    kind = _TYPES.get(declared) or _TYPES.get(declared.lower())
    if kind is None:
        raise UnplainError
    return HTML if is_guessed and kind == TEXT and ("</" in value or "&" in value) and _looks_like_html(value) else kind


def _looks_like_html(value: str) -> bool:
    if not compiled(_END_TAG).search(value) and not compiled(_REFERENCE).search(value):
        return False
    if not _SURELY_HTML.issuperset(name.lower() for name in compiled(_TAG_NAME).findall(value)):
        raise UnplainError
    from html.entities import entitydefs  # noqa: PLC0415 - few texts leave the question to it

    return all(name in entitydefs for name in compiled(_ENTITY).findall(value))


def mended(value: str, may_be_mended: bool) -> str:  # noqa: FBT001 - called for every value
    """Undo UTF-8 that was read as Latin-1, and read the control characters of Latin-1 as windows-1252."""
    if not may_be_mended or value.isascii():
        return value
    with suppress(UnicodeError):
        value = value.encode("iso-8859-1").decode()
    return value.translate(_cp1252()) if compiled(_C1).search(value) else value


@cache
def _cp1252() -> dict[int, str]:
    return {code: bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0xA0)}


def email_and_name(author: str) -> tuple[str | None, str | None]:
    """Take the address out of the text of an *author*."""
    if len(author) > _LONGEST_PERSON:
        raise UnplainError
    if "@" not in author:
        return None, author
    if found := compiled(_ADDRESS_FIRST).fullmatch(author):
        return found[1], (found[2] or "").strip() or None
    if found := compiled(_NAME_FIRST).fullmatch(author):
        return found["angled"] or found["round"], found["name"].strip() or None
    raise UnplainError
