"""Owns canonical URLs: the dedup key of an article, which is never requested and never shown.

Pure. What the operator can declare comes in as :class:`UrlRules`. The only module that knows can_ada (WHATWG parsing) and
w3lib (query order, percent-encoding); neither is right alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import can_ada
from msgspec import Struct, field

from aggregator.patterns import compile_pattern

if TYPE_CHECKING:
    from collections.abc import Mapping

# Parameters that say how a reader came to a page, never which page it is. Names that some sites use to address content
# (ref, source, id, from) are not here: merging two articles is worse than keeping one twice.
TRACKING_PARAMETERS = frozenset(
    {
        "_hsenc", "_hsmi", "_openstat", "at_campaign", "at_format", "at_link_id", "at_link_origin", "at_link_type", "at_medium",
        "dclid", "fbclid", "gbraid", "gclid", "gclsrc", "igshid", "mc_cid", "mc_eid", "mkt_tok",
        "msclkid", "rb_clickid", "s_cid", "share_from", "share_medium", "share_plat", "share_source", "share_tag", "share_token",
        "spm", "srsltid", "twclid", "ttclid", "wbraid", "wickedid", "yclid", "ysclid",
    }
)  # fmt: skip
TRACKING_PREFIXES = ("utm_", "mtm_", "matomo_", "pk_", "piwik_", "hsa_", "oly_", "vero_", "at_custom", "at_recipient_")
_MAX_LENGTH = 8192
# http://host:443/ and https://host:80/ are odd, but no other address than their counterparts once the scheme is gone.
_NO_PORTS = frozenset({"", "0", "80", "443"})
# At most one parameter, no character that could be written in another way, and nothing like a dot segment.
_NORMAL = re.compile(
    r"(https://[a-z0-9.-]+(?::[0-9]+)?)((?:/(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*)?)+)(\?[A-Za-z0-9._~-]+=[A-Za-z0-9._~-]*)?"
)


class Alias(Struct, frozen=True, kw_only=True):
    """URL shapes that are one article: what *match* (RE2, on the whole canonical URL) fits becomes *canonical*."""

    match: str
    canonical: str


class UrlRules(Struct, frozen=True, kw_only=True):
    """What the operator declared: host aliases, further tracking parameters (``name`` or ``prefix*``), parameters to keep.

    Where *keep* names a host, that host's other parameters are dropped.
    """

    hosts: Mapping[str, str] = field(default_factory=dict)
    tracking: tuple[str, ...] = ()
    keep: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: tuple[Alias, ...] = ()


def canonical_url(url: str, rules: UrlRules) -> str | None:
    """Return the canonical form of *url*, or ``None`` where it cannot identify an article (not http, not parsable).

    http and https are one; host case, IDN, default port, dot segments, percent-encoding, parameter order, trailing slash,
    user information, tracking parameters and fragment do not count, except a fragment that routes (``#!/…``).
    Idempotent. See https://url.spec.whatwg.org/ and RFC 3986, section 6.
    """
    parsed = _parse(url)
    if parsed is None:
        return None
    host = parsed.hostname.strip("[]")
    host = rules.hosts.get(host, host)
    query = "&".join(p for p in parsed.search[1:].split("&") if p and not _is_noise(p.partition("=")[0], host, rules))
    fragment = parsed.hash if parsed.hash.startswith("#!") else ""
    authority = (f"[{host}]" if ":" in host else host) + ("" if parsed.port in _NO_PORTS else f":{parsed.port}")
    key = _normal(f"https://{authority}{parsed.pathname}{'?' if query else ''}{query}{fragment}")
    for alias in rules.aliases:
        if found := compile_pattern(alias.match).fullmatch(key):
            return found.expand(alias.canonical)
    return key


def _parse(url: str) -> can_ada.URL | None:
    """Parse as browsers do; whatever cannot be an article's address gives ``None``."""
    if len(url) > _MAX_LENGTH:
        return None
    try:
        parsed = can_ada.parse(url)
    except ValueError:
        return None
    return parsed if parsed.protocol in {"http:", "https:"} else None


def _normal(url: str) -> str:
    """Sort the query, normalise escapes, drop the trailing slash of any path but the root."""
    if found := _NORMAL.fullmatch(url):
        return f"{found[1]}{found[2].rstrip('/') or '/'}{found[3] or ''}"
    from w3lib.url import canonicalize_url  # noqa: PLC0415 - loads an HTTP client and TLS, for what few addresses need

    parts = urlsplit(canonicalize_url(url, keep_fragments=True))
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") or "/"))


def _is_noise(name: str, host: str, rules: UrlRules) -> bool:
    lowered = name.lower()
    if host in rules.keep:
        return name not in rules.keep[host]
    if lowered in TRACKING_PARAMETERS or lowered.startswith(TRACKING_PREFIXES):
        return True
    return any(lowered.startswith(t[:-1]) if t.endswith("*") else lowered == t for t in rules.tracking)
