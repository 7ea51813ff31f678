"""Owns reading and writing addresses: the parts of one as the URL Standard sees them, with one spelling for what is equal.

The only module that knows can_ada. See https://url.spec.whatwg.org/ and RFC 3986, section 6.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote_from_bytes, unquote_to_bytes

from msgspec import Struct

from aggregator.digests import blake2b

if TYPE_CHECKING:
    import can_ada

_MOST_READ = 8192  # characters
LONGEST_HOST = 253  # RFC 1035, section 2.3.4
_MOST_WRITTEN = 2000  # PostgreSQL refuses to index what is longer than about 2,700 bytes
# http://host:443/ and https://host:80/ are odd, but no other address than their counterparts once the scheme is gone.
_NO_PORTS = frozenset({"", "0", "80", "443"})
# The standard drops tabs and line ends anywhere, and the others at both ends.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ENDS = "".join(map(chr, range(33)))
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")
_IN_PATH = "!$&'()*+,;=:@"
_IN_QUERY = "!$'()*,;:@/?"
_IN_FRAGMENT = "!$&'()*+,;=:@/?"


class Address(Struct):
    """The parts of an http(s) address; *path* begins with a slash, *query* is sorted, a *fragment* is kept if it routes."""

    host: str
    port: str
    path: str
    query: list[str]
    fragment: str

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port else ""
        query = f"?{'&'.join(self.query)}" if self.query else ""
        return f"https://{host}{port}{self.path}{query}{self.fragment}"


def read_address(url: str, base: str | None = None) -> Address | None:
    """Read *url* as browsers do, relative to *base*; ``None`` if it cannot be an article's address.

    Scheme, user information and default ports are left out, escapes written in one way, parameters sorted, repeated ones once.
    """
    import can_ada  # noqa: PLC0415 - most addresses need no parser

    if len(url) > _MOST_READ or _CONTROL.search(url.strip(_ENDS)):
        return None
    try:
        parsed = can_ada.parse(url if base is None else _joined(url.strip(_ENDS), can_ada.parse(base)))
    except (ValueError, TypeError):  # the latter for lone surrogates
        return None
    host = parsed.hostname.strip("[]").rstrip(".")
    if parsed.protocol not in {"http:", "https:"} or not 0 < len(host) <= LONGEST_HOST:
        return None
    return Address(
        host=host,
        port="" if parsed.port in _NO_PORTS else parsed.port,
        path=respelled_path(parsed.pathname),
        query=_query(parsed.search[1:]),
        fragment=_fragment(parsed.hash[1:]),
    )


def shortened(key: str) -> str:
    """Return *key*, or if it is too long for an index, its host with a digest of all of it."""
    if len(key) <= _MOST_WRITTEN:
        return key
    host = key.split("/", 3)[2]
    return f"https://{host}/~{blake2b(key.encode(), digest_size=32).hexdigest()}"


def respelled(text: str, safe: str = _IN_QUERY) -> str:
    """Write *text* with escapes where they are needed only, in capitals, and its letters composed (NFC)."""
    if _UNRESERVED.fullmatch(text):
        return text
    meant = unquote_to_bytes(text)
    return quote_from_bytes(meant if meant.isascii() else _composed(meant), safe=safe)


def _composed(meant: bytes) -> bytes:
    """Write é as one character, as most systems do, and not as two; what is not UTF-8 stays."""
    try:
        return unicodedata.normalize("NFC", meant.decode()).encode()
    except UnicodeDecodeError:
        return meant


def respelled_path(path: str) -> str:
    """Write a path in one way. A segment that is dots once it is written so is left out (RFC 3986, section 5.2.4)."""
    segments: list[str] = []
    for segment in (respelled(part, _IN_PATH) for part in path[1:].split("/")):
        if segment == "..":
            del segments[-1:]
        elif segment != ".":
            segments.append(segment)
    return f"/{'/'.join(segments)}"


def _joined(url: str, base: can_ada.URL) -> str:
    """Write *url* in full; the parser resolves the dots in it. See https://url.spec.whatwg.org/#url-parsing."""
    if _SCHEME.match(url):
        return url
    begun = url.replace("\\", "/", 2)
    if begun.startswith("//"):
        return f"{base.protocol}{url}"
    if begun.startswith("/"):
        return f"{base.origin}{url}"
    if begun.startswith("?"):
        return f"{base.origin}{base.pathname}{url}"
    if not url or begun.startswith("#"):
        return f"{base.origin}{base.pathname}{base.search}{url}"
    return f"{base.origin}{base.pathname.rpartition('/')[0]}/{url}"


def _query(query: str) -> list[str]:
    if not query:
        return []
    return sorted({_pair(part) for part in query.split("&") if part})


def _pair(part: str) -> str:
    """Write a parameter in one way: ``a`` as ``a=``; and as it was meant where ``&`` was escaped once too often."""
    name, _, value = part.replace("+", "%20").partition("=")
    name = respelled(name)
    while name.startswith("amp;"):
        name = name[4:]
    return f"{name}={respelled(value)}"


def _fragment(fragment: str) -> str:
    """Keep ``#!…`` and ``#/…``, by which pages made of scripts tell their articles apart."""
    routes = fragment.startswith(("!", "/")) and fragment.strip("!/")
    return f"#{respelled(fragment, _IN_FRAGMENT)}" if routes else ""
