"""Owns what a published file is to whoever asks for it: its media type, and how long a copy of it may be shown. Pure.

Our own server says so, and so does a bucket that the files are put into.
"""

from __future__ import annotations

import re

from msgspec import Struct


class FileType(Struct, frozen=True, kw_only=True):
    """What the fields Content-Type and Cache-Control say of a file."""

    media_type: str
    cache_control: str


# Readers poll feeds: a shared cache may spare us some of that. People reload pages to see what is new: always ask us.
_OFTEN, _ALWAYS = "public, max-age=300", "public, no-cache"
# A full page of an archive changes only when one of its entries is withdrawn.
_HARDLY = "public, max-age=86400"
_ATOM = "application/atom+xml; charset=utf-8"

FEED = FileType(media_type=_ATOM, cache_control=_OFTEN)
ARCHIVE = FileType(media_type=_ATOM, cache_control=_HARDLY)
JSON_FEED = FileType(media_type="application/feed+json", cache_control=_OFTEN)
OPML = FileType(media_type="text/x-opml; charset=utf-8", cache_control=_OFTEN)
PAGE = FileType(media_type="text/html; charset=utf-8", cache_control=_ALWAYS)
STYLE = FileType(media_type="text/css; charset=utf-8", cache_control=_ALWAYS)
DATA = FileType(media_type="application/json", cache_control=_ALWAYS)

_BY_PATH = (
    (re.compile(r"feeds/[^/]+/archive/[0-9]+\.atom"), ARCHIVE),
    (re.compile(r"feeds/[^/]+\.atom"), FEED),
    (re.compile(r"feeds/[^/]+\.json"), JSON_FEED),
    (re.compile(r".+\.opml"), OPML),
    (re.compile(r".+\.html"), PAGE),
    (re.compile(r".+\.css"), STYLE),
    (re.compile(r".+\.json"), DATA),
)


def type_of(path: str) -> FileType:
    """Return what the file at *path*, relative to the output folder, is."""
    return next(file_type for shape, file_type in _BY_PATH if shape.fullmatch(path))
