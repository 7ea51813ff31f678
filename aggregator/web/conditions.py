"""Decides, from request headers alone, which representation a client wants and whether it already has it. Pure.

Owns the reading of ``If-None-Match``, ``If-Modified-Since`` and ``Accept-Encoding``; knows no file and no framework.
"""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# RFC 9110, section 8.8.3. The W/ is not captured: If-None-Match compares weakly (section 13.1.2).
_ENTITY_TAG = re.compile(rb'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
# RFC 9110, section 12.4.2.
_WEIGHT = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)


def header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    """Return the value of the field *name* (lower case), its lines joined (RFC 9110, section 5.3), or ``None``."""
    lines = [value for field, value in headers if field == name]
    return b", ".join(lines) if lines else None


def has_current(headers: Iterable[tuple[bytes, bytes]], *, etag: bytes, modified: int) -> bool:
    """Say whether the client's copy is the one we would send, so that 304 is the answer.

    *etag* is the quoted tag of the selected representation, *modified* its Last-Modified in whole seconds since 1970.
    When ``If-None-Match`` is there, the date is not looked at (RFC 9110, section 13.2.2): a file that went back in time
    or changed twice within a second is told apart by its tag only.
    """
    headers = list(headers)
    tags = header(headers, b"if-none-match")
    if tags is not None:
        return tags.strip() == b"*" or etag in _ENTITY_TAG.findall(tags)
    since = header(headers, b"if-modified-since")
    seen = None if since is None else _http_date(since)
    return seen is not None and modified <= seen


def _http_date(value: bytes) -> int | None:
    """Read an HTTP date in any of its three forms (RFC 9110, section 5.6.7); ``None`` if it is none."""
    try:
        moment = parsedate_to_datetime(value.decode("ascii"))
        # The asctime form names no zone and means GMT.
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, TypeError, IndexError, OverflowError):  # all seen from email.utils on hostile dates
        return None


@lru_cache(maxsize=256)  # a few spellings make up nearly all requests
def accepts_gzip(value: bytes | None) -> bool:
    """Say whether gzip may be sent and is not liked less than no coding (RFC 9110, section 12.5.3).

    Without the field we send the plain bytes: old clients that say nothing often cannot inflate.
    """
    weights: dict[str, float] = {}
    for member in (value or b"").decode("latin-1").lower().split(","):
        coding, _, parameter = member.partition(";")
        weights[coding.strip()] = _weight(parameter.strip())
    # x-gzip is another name for gzip (RFC 9110, section 8.4.1.3).
    gzip = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def _weight(parameter: str) -> float:
    """Read ``q=…``; absent means 1, and what nobody can read is taken for a refusal."""
    if not parameter:
        return 1.0
    match = _WEIGHT.fullmatch(parameter)
    return float(match[1]) if match else 0.0
