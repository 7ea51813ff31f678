"""Owns the signature of what a hub distributes (https://www.w3.org/TR/websub/#authenticated-content-distribution)."""

from __future__ import annotations

import hmac

LONGEST_SECRET = 199  # bytes; "less than 200"
_METHOD = "sha256"  # ours, which every subscriber knows
# The Recommendation allows SHA-1 as well, which nobody should rely on any more.
_METHODS = frozenset({"sha256", "sha384", "sha512"})


def signature(secret: str, body: bytes) -> str:
    """Return the value of ``X-Hub-Signature`` for *body*."""
    return f"{_METHOD}={_digest(secret, body, _METHOD)}"


def is_signed(field: str | None, secret: str, body: bytes) -> bool:
    """Say whether *field*, if there is one, is a signature of *body* with this *secret*, by SHA-256 or better."""
    method, _, digest = (field or "").strip().partition("=")
    method = method.lower()
    if method not in _METHODS:
        return False
    expected = _digest(secret, body, method)
    return hmac.compare_digest(expected.encode(), digest.strip().lower().encode("utf-8", "replace"))


def _digest(secret: str, body: bytes, method: str) -> str:
    return hmac.new(secret.encode(), body, method).hexdigest()
