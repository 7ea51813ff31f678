"""Decides, from request headers alone, which representation a client wants and whether it already has it. Pure.

Owns the reading of ``If-Match``, ``If-None-Match``, ``If-Modified-Since``, ``If-Unmodified-Since``, ``Accept-Encoding``, ``A-IM``
and ``Sec-Fetch-Dest``; knows no file and no framework.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Headers = Mapping[bytes, bytes]

_ENTITY_TAG = re.compile(rb'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')  # RFC 9110, section 8.8.3
# RFC 9110, section 12.4.2.
_WEIGHT = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)
# RFC 9110, section 5.6.7: as everybody writes it, and two forms that are to be understood.
_DATES = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")
_LONGEST = 200  # what is kept of a client's words is short


def joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return header fields by their names (lower case); the lines of one are joined (RFC 9110, section 5.3)."""
    fields: dict[bytes, bytes] = {}
    for name, value in headers:
        fields[name] = fields[name] + b", " + value if name in fields else value
    return fields


def is_refused(headers: Headers, *, etag: bytes, modified: int) -> bool:
    """Say whether the client wants another representation than the one we would send or none, so that 412 is the answer.

    *etag* and *modified* are as for :func:`has_current`. Beside ``If-Match``, which compares strongly, the date is not looked at
    (RFC 9110, section 13.2.2).
    """
    tags = headers.get(b"if-match")
    if tags is not None:
        return tags.strip() != b"*" and (b"", etag) not in _ENTITY_TAG.findall(tags)
    seen = _date_in(headers, b"if-unmodified-since")
    return seen is not None and modified > seen


def has_current(headers: Headers, *, etag: bytes, modified: int) -> bool:
    """Say whether the client's copy is the one we would send, so that 304 is the answer.

    *etag* is the quoted tag of the selected representation, *modified* its Last-Modified in whole seconds since 1970.
    When ``If-None-Match`` is there, the date is not looked at (RFC 9110, section 13.2.2): a file that went back in time
    or changed twice within a second is told apart by its tag only.
    """
    tags = headers.get(b"if-none-match")
    if tags is not None:
        return tags == etag or tags.strip() == b"*" or etag in entity_tags(tags)
    seen = _date_in(headers, b"if-modified-since")
    return seen is not None and modified <= seen


def entity_tags(value: bytes) -> list[bytes]:
    """Return the quoted tags that an ``If-None-Match`` lists, which compares weakly (RFC 9110, section 13.1.2)."""
    return [tag for _, tag in _ENTITY_TAG.findall(value)]


def _date_in(headers: Headers, name: bytes) -> int | None:
    value = headers.get(name)
    return None if value is None or len(value) > _LONGEST else _http_date(value)


@lru_cache(maxsize=256)  # most ask with the date of the last publication
def _http_date(value: bytes) -> int | None:
    """Read an HTTP date as seconds since 1970; ``None`` if it is none."""
    for form in _DATES:
        try:
            return int(datetime.strptime(value.decode("ascii"), form).replace(tzinfo=UTC).timestamp())
        except ValueError:
            continue
    return None


def accepts_gzip(value: bytes | None) -> bool:
    """Say whether gzip may be sent and is not liked less than no coding (RFC 9110, section 12.5.3).

    Without the field we send the plain bytes: old clients that say nothing often cannot inflate.
    """
    if value is None or len(value) > _LONGEST:
        return False
    return _likes_gzip(value)


@lru_cache(maxsize=256)  # a few spellings make up nearly all requests
def _likes_gzip(value: bytes) -> bool:
    weights = _weights(value)
    # x-gzip is another name for gzip (RFC 9110, section 8.4.1.3).
    gzip = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def wants_news_only(value: bytes | None) -> bool:
    """Say whether ``A-IM`` has the manipulation ``feed`` (RFC 3229, section 10.5.3): entries that the client lacks."""
    return value is not None and len(value) <= _LONGEST and _weights(value).get("feed", 0.0) > 0


def is_for_a_tab(headers: Headers) -> bool:
    """Say whether a browser asks for what it is to show (https://www.w3.org/TR/fetch-metadata/), which no reader does."""
    return headers.get(b"sec-fetch-dest") == b"document"


def _weights(value: bytes) -> dict[str, float]:
    """Return how much each member of a list is liked."""
    weights: dict[str, float] = {}
    for member in value.decode("latin-1").lower().split(","):
        name, _, parameter = member.partition(";")
        weights[name.strip()] = _weight(parameter.strip())
    return weights


def _weight(parameter: str) -> float:
    """Read ``q=…``; absent means 1, and what nobody can read is taken for a refusal."""
    if not parameter:
        return 1.0
    match = _WEIGHT.fullmatch(parameter)
    return float(match[1]) if match else 0.0
