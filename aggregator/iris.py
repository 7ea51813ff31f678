"""Owns what can serve as a permanent id: which IRIs identify, and the tag: URIs that we mint ourselves; and which tell a secret.

Pure.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from datetime import datetime

# An absolute IRI as far as an id needs it (RFC 3987, section 2.2): a scheme, then no space, control or delimiter character.
_IRI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?!//[^/?#]*@)[^\s\x00-\x20<>\"{}|\\^`\x7f-\x9f]+")
_ID_SCHEMES = frozenset({"http", "https", "urn", "tag", "info", "doi", "ark", "at", "ipfs", "gemini", "ni"})
_LONGEST = 2048  # bytes
_SECRET = re.compile(r"(?i)key(?!word)|token|secret|passw|auth(?!or)|(?<![a-z])sig|user")


def is_permanent_id(text: str) -> bool:
    """Say whether *text* can serve as an atom:id: an absolute IRI of a scheme that identifies, not ``javascript:``.

    One with a user name or password cannot: ids are published.
    """
    return len(text) <= _LONGEST and _identifies(text)


@lru_cache(maxsize=4096)  # an entry's is asked of when it is read, rendered and checked; that of a source with each entry
def _identifies(text: str) -> bool:
    found = _IRI.fullmatch(text)
    return found is not None and found[1].lower() in _ID_SCHEMES and len(text.encode(errors="surrogatepass")) <= _LONGEST


def tells_secret(url: str) -> bool:
    """Say whether the names of an address's parameters are such as of a token: who knows it may be let in by it."""
    query = url.partition("#")[0].partition("?")[2]
    return bool(query) and any(_SECRET.search(name) for name, _ in parse_qsl(query, keep_blank_values=True))


def unless_secret(url: str | None) -> str | None:
    """Return an address that may be published; ``None`` for one that may not."""
    return url if url and not tells_secret(url) else None


def tag_uri(authority: str, when: datetime, specific: str) -> str:
    """Mint a tag: URI (RFC 4151) under a host name that is ours in the year *when*."""
    return f"tag:{authority},{when.year}:{specific}"
