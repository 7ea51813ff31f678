"""Owns the form in which a URL goes on the wire. Pure; does not normalise for identity (that is ``urls``).

No message shows a part of the URL that might belong to a password.
"""

from __future__ import annotations

import re
import string
from base64 import b64encode
from ipaddress import IPv6Address
from urllib.parse import SplitResult, quote, quote_from_bytes, unquote_to_bytes, urljoin, urlsplit

from msgspec.structs import replace

from aggregator.model.discreet import Discreet

# RFC 9110, section 4.1 wants at least 8000 octets supported; nobody publishes a feed at a longer one.
MAX_URL = 8192
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
# After IDNA, which lets spaces through (U+00B8 becomes one). Underscores are no host names, but exist.
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")
# What most URLs look like: already in the form that target_of gives.
_PLAIN = re.compile(
    r"https?://(?P<host>(?:[a-z0-9_-]+\.)*[a-z0-9_-]+)(?::(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}))?/[!$-;=?-Z_a-z~]*(?<!\?)"
)
_ASCII = "".join(map(chr, range(128)))
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class BadUrlError(ValueError):
    """The URL cannot be requested; the message says why."""


class Target(Discreet, frozen=True, kw_only=True):
    """Where to send a request: *url* in ASCII as it is requested, *host* to count requests by.

    *authorization* is the value of that field which credentials in the URL stand for; *url* is without them.
    """

    url: str
    host: str
    authorization: str | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port, which together say who reads the request (RFC 9110, section 4.3.1)."""
        scheme, _, rest = self.url.partition("://")
        return f"{scheme}://{rest.partition('/')[0].removesuffix(_DEFAULT_PORTS[scheme])}"


def target_of(url: str) -> Target:
    """Say where a request for *url* goes. Text beyond ASCII is encoded (RFC 3987, section 3.1), the fragment is dropped.

    Raises:
        BadUrlError: neither http nor https, no host, an impossible port, white space, control characters or backslashes.
    """
    if len(url) > MAX_URL:
        raise BadUrlError(f"the URL is longer than {MAX_URL} characters")
    if plain := _PLAIN.fullmatch(url):
        return Target(url=url, host=plain["host"])
    return _read(url)


def redirected(base: Target, location: bytes) -> Target:
    """Say where a redirect leads: *location*, relative to *base* (RFC 9110, section 10.2.2).

    Other than in a URL of our own, spaces are encoded as every browser does it, and credentials, which nobody gave us to use,
    are dropped.

    Raises:
        BadUrlError: as :func:`target_of`.
    """
    try:
        text = location.decode()
    except UnicodeDecodeError:
        text = quote_from_bytes(location, safe=_ASCII)
    try:
        url = urljoin(base.url, text.replace(" ", "%20"))
    except ValueError:
        raise BadUrlError("the URL cannot be read") from None
    return replace(target_of(url), authorization=None)


def _read(url: str) -> Target:
    if _UNSAFE.search(url):
        raise BadUrlError("the URL contains white space, control characters or backslashes")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise BadUrlError("the URL cannot be read") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise BadUrlError("the URL must begin with http:// or https://")
    host = _ascii_host(parts.hostname or "")
    request = quote(parts.path or "/", safe=string.punctuation) + (f"?{_ascii(parts.query)}" if parts.query else "")
    return Target(
        url=f"{parts.scheme}://{host}{_port(parts)}{request}",
        host=host.rstrip("."),
        authorization=_authorization(parts),
    )


def _ascii(text: str) -> str:
    return quote(text, safe=string.punctuation)


def _port(parts: SplitResult) -> str:
    try:
        return "" if parts.port is None else f":{parts.port}"
    except ValueError:
        raise BadUrlError("the port of the URL is not a number from 0 to 65535") from None


def _authorization(parts: SplitResult) -> str | None:
    """What the credentials of a URL stand for (RFC 7617, section 2)."""
    userinfo, at, _ = parts.netloc.rpartition("@")
    if not at:
        return None
    user, _, password = userinfo.partition(":")
    if not user and not password:
        return None  # "http://@host/" names nobody
    return "Basic " + b64encode(unquote_to_bytes(user) + b":" + unquote_to_bytes(password)).decode()


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
