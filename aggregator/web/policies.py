"""Owns the headers that tell a browser how little to trust us. Knows nothing of who sends them.

Feeds and pages are untrusted text made safe; these hold should that ever fail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    Field = tuple[bytes, bytes]

# `sandbox` stops script in an Atom document that a browser renders as XML, which `nosniff` does not. The style is for those
# who open a feed in a browser: documents name feed.css beside them.
FEED_POLICY = b"default-src 'none'; style-src 'self'; sandbox"
STYLE_POLICY = b"default-src 'none'; sandbox"
# No `sandbox`: it would forbid to download a feed and to open an article in a new tab.
PAGE_POLICY = (
    b"default-src 'none'; style-src 'self'; img-src https: http: data:; "
    b"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"  # the search box
)
# of pages that show whole entries: with the pictures, sound and films that are left in them
LIVE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src https: http: data:; media-src https: http:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

# On every answer that does not bring its own. No Referrer: which articles somebody opens from here is nobody's business.
DEFAULT_HEADERS = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)


def sealed(fields: Iterable[Field]) -> tuple[Field, ...]:
    """Return header *fields*, names in lower case, with those of ``DEFAULT_HEADERS`` that they lack."""
    fields = tuple(fields)
    present = {name for name, _ in fields}
    return (*fields, *(field for field in DEFAULT_HEADERS if field[0] not in present))
