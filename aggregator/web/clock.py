"""Owns what time it is on the wire: an answer's Date, than which no file's Last-Modified may be later (RFC 9110, 8.8.2.1).

It is the clock that dates files, whatever time the program was told.
"""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache


def this_second() -> int:
    """Return the whole seconds since 1970."""
    return int(time.time())  # noqa: TID251 - see above


def date_field() -> tuple[bytes, bytes]:
    """Return the header field of what is sent now. uvicorn's own is up to a second old."""
    return _date(this_second())


@lru_cache(maxsize=1)
def _date(second: int) -> tuple[bytes, bytes]:
    return (b"date", formatdate(second, usegmt=True).encode("ascii"))
