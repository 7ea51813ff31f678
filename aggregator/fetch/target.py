"""Owns the form in which a URL goes on the wire. Pure; does not normalise for identity (that is ``urls``)."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import SplitResult, quote, urlsplit

# RFC 9110, section 4.1 wants at least 8000 octets supported; nobody publishes a feed at a longer one.
MAX_URL = 8192
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
# After IDNA, which lets spaces through (U+00B8 becomes one). Underscores are no host names, but exist.
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")
_CREDENTIALS = re.compile(r"^(https?://)[^/?#]*@", re.IGNORECASE)


class BadUrlError(ValueError):
    """The URL cannot be requested; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to send a request: *url* in ASCII as it is requested, *host* to count requests by."""

    url: str
    host: str


def target_of(url: str) -> Target:
    """Say where a request for *url* goes. Text beyond ASCII is encoded (RFC 3987, section 3.1), the fragment is dropped.

    Raises:
        BadUrlError: neither http nor https, no host, an impossible port, white space, control characters or backslashes.
    """
    if len(url) > MAX_URL:
        raise BadUrlError(f"the URL is longer than {MAX_URL} characters")
    if _UNSAFE.search(url):
        raise BadUrlError("the URL contains white space, control characters or backslashes")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadUrlError(f"the URL cannot be read: {error}") from error
    if parts.scheme not in ("http", "https"):
        raise BadUrlError(f"the URL must begin with http:// or https://, not {url[:20]!r}")
    host = _ascii_host(parts.hostname or "")
    place = host if port is None else f"{host}:{port}"
    request = quote(parts.path or "/", safe=string.punctuation) + (f"?{_ascii(parts.query)}" if parts.query else "")
    return Target(url=f"{parts.scheme}://{_userinfo(parts)}{place}{request}", host=host.rstrip("."))


def without_credentials(url: str) -> str:
    """Return *url* without ``user:password@``: it becomes the base of links that everybody sees."""
    return _CREDENTIALS.sub(r"\1", url)


def _ascii(text: str) -> str:
    return quote(text, safe=string.punctuation)


def _userinfo(parts: SplitResult) -> str:
    userinfo, at, _ = parts.netloc.rpartition("@")
    return quote(userinfo, safe=":%!$&'()*+,;=") + at


def _ascii_host(host: str) -> str:
    try:
        if ":" in host:
            return f"[{IPv6Address(host)}]"
        name = host if host.isascii() else host.encode("idna").decode()
    except ValueError as error:
        raise BadUrlError(f"the host of the URL cannot be read: {error}") from error
    if not _NAME.fullmatch(name):
        raise BadUrlError(f"{host[:80]!r} is no host name" if host else "the URL has no host")
    return name
