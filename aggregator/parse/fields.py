"""Reads single values as feeds write them: text, a URL, a language tag, a length. Knows no feed format."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from aggregator.parse.patterns import compiled

# XML 1.0, section 2.2: everything else can never be republished, nor stored in every database.
_ILLEGAL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
_SURROGATE = r"[\ud800-\udfff]"
_ILLEGAL_BYTES = bytes({*range(0x20)} - {*b"\t\n\r"})

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_SCRIPT_LENGTH = 4
_REGION_LENGTH = 2
_LANGUAGE_LIMIT = 35  # RFC 5646, section 4.4.1

_PARAGRAPH_BREAK = r"\n[ \t]*(?:\n[ \t]*)+"
_LINE_BREAK = r"[\n\r\t]+"
_TAG = r"<[^<>]*>"

# Links that are resolved already, and that the standard library would give back as they are.
_ABSOLUTE = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9._~%!$&'()*+,=:@/-]*)?"
    r"(?:\?[A-Za-z0-9._~%!$&'()*+,=:@/?-]+)?(?:#[A-Za-z0-9._~%!$&'()*+,=:@/?-]+)?"
)

_LARGEST_NUMBER = 2**63 - 1  # what every database holds
_EXCERPT_LIMIT = 8 * 1024


def legal(text: str) -> str:
    """Leave out the characters that XML 1.0 cannot carry. Halves of a surrogate pair are joined, lone ones become U+FFFD."""
    if text.isprintable() or _is_legal(text):
        return text
    if compiled(_SURROGATE).search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return compiled(_ILLEGAL).sub("", text)


def _is_legal(text: str) -> bool:
    # A tenth of what a search for the characters costs.
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return False
    return len(data.translate(None, _ILLEGAL_BYTES)) == len(data) and "\ufffe" not in text and "\uffff" not in text


def absolute_url(base_url: str, reference: str) -> str | None:
    """Resolve *reference* against *base_url* (RFC 3986, section 5); ``None`` if that gives no http or https URL.

    A user name and password are left out: some of these addresses are published as they are.
    """
    if _ABSOLUTE.fullmatch(reference):
        return reference
    try:
        url = urljoin(base_url, reference.strip())
        parts = urlsplit(url)
    except ValueError:  # such as an unclosed "[" of an IPv6 address
        return None
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return None
    if "@" not in parts.netloc:
        return url
    host = parts.netloc.rpartition("@")[2]
    # Browsers take a backslash for a slash, and what is before it for the host.
    return parts._replace(netloc=host).geturl() if host and "\\" not in parts.netloc else None


def language_tag(raw: str | None) -> str | None:
    """Write a language tag with the case RFC 5646, section 2.1.1, recommends (``zh_cn`` → ``zh-CN``); ``None`` if it is none."""
    tag = (raw or "").strip().replace("_", "-")
    return _tag_of(tag) if 0 < len(tag) <= _LANGUAGE_LIMIT else None


@lru_cache(maxsize=256)
def _tag_of(tag: str) -> str | None:
    if not _LANGUAGE.fullmatch(tag):
        return None
    language, *rest = tag.lower().split("-")
    subtags = [language]
    for subtag in rest:
        after_singleton = any(len(before) == 1 for before in subtags)
        if len(subtag) == _SCRIPT_LENGTH and subtag.isalpha() and not after_singleton:
            subtags.append(subtag.title())
        elif len(subtag) == _REGION_LENGTH and not after_singleton:
            subtags.append(subtag.upper())
        else:
            subtags.append(subtag)
    return "-".join(subtags)


def whole_number(raw: object) -> int | None:
    """Read a length in bytes or pixels; ``None`` if it is not a whole number that makes sense."""
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        return None
    try:
        number = int(raw)
    except ValueError:
        return None
    return number if 0 <= number <= _LARGEST_NUMBER else None


def escaped(text: str) -> str:
    """Write plain *text* as HTML; quotes stay."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def html_of_text(text: str) -> str:
    """Write plain *text* as HTML: blank lines part paragraphs, single line ends become ``<br>``."""
    lines = escaped(text.replace("\r\n", "\n").replace("\r", "\n").strip())
    return "".join(
        f"<p>{part.strip().replace(chr(10), '<br>')}</p>" for part in compiled(_PARAGRAPH_BREAK).split(lines) if part.strip()
    )


def text_of_html(markup: str) -> str:
    """Take one line of plain text out of a short piece of HTML such as a feed's title. Not a sanitiser: the result is text."""
    text = compiled(_TAG).sub("", markup) if "<" in markup else markup
    if "&" in text:
        from html import unescape  # noqa: PLC0415 - its table of 2,231 names is not needed by most texts

        text = unescape(text)
    return " ".join(text.split())


def one_line(text: str) -> str:
    """Join the lines of a name that was broken in the source; spaces within a line stay as they are."""
    if text.isprintable():  # then there is one line
        return text.strip()
    return " ".join(line for part in compiled(_LINE_BREAK).split(text) if (line := part.strip()))


def excerpt(value: object) -> str:
    """Write *value* as JSON for people to look at, at most 8 KiB of it."""
    import json  # noqa: PLC0415 - few documents have anything to be shown

    try:
        shown = json.dumps(value, ensure_ascii=False, default=str)
    except (RecursionError, TypeError, ValueError):
        shown = "(cannot be shown)"
    return legal(shown).encode()[:_EXCERPT_LIMIT].decode("utf-8", "ignore")
