"""Owns the finite table of published addresses, and what the files of each kind have in common. Pure."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from aggregator import filetypes
from aggregator.web.policies import FEED_POLICY, PAGE_POLICY, STYLE_POLICY

if TYPE_CHECKING:
    from aggregator.filetypes import FileType


class Kind(Struct, frozen=True, kw_only=True):
    """What all files of one kind have in common.

    *linked*: a client is told of the feed's own address and its hubs. *has_news*: of a client's older edition, only what it
    lacks need be sent. *shown_as*: the type under which a browser shows it in a tab.
    """

    media_type: bytes
    cache_control: bytes
    policy: bytes
    shown_as: bytes | None = None
    linked: bool = False
    has_news: bool = False


class Route(Struct, frozen=True, kw_only=True):
    """Where an address leads: the *name* of a file within the output folder, and its *kind*.

    The address of a category's file stands in three parts: *before* its *slug*, that, and *after* it.
    """

    name: str
    kind: Kind
    before: str
    slug: str = ""
    after: str = ""

    def to(self, slug: str, here: str) -> str:
        """Return the address of the same file of another category, relative to *here* (RFC 9110, section 10.2.2).

        Right behind a proxy that serves us below a path, and no ``Host`` is trusted.
        """
        there = self.before + slug + self.after
        return posixpath.relpath(there, posixpath.dirname(here)) + ("/" if there.endswith("/") else "")


def _kind(file_type: FileType, policy: bytes, shown_as: bytes | None = None) -> Kind:
    said = file_type.media_type.encode("ascii"), file_type.cache_control.encode("ascii")
    return Kind(media_type=said[0], cache_control=said[1], policy=policy, shown_as=shown_as)


# Of Atom as such, Chromium shows the source and Firefox offers to save it; of XML, the text in the style that it names.
_XML = b"application/xml; charset=utf-8"
_PAGE = _kind(filetypes.PAGE, PAGE_POLICY)
_STYLE = _kind(filetypes.STYLE, STYLE_POLICY)
_OPML = _kind(filetypes.OPML, FEED_POLICY)
_FEED = replace(_kind(filetypes.FEED, FEED_POLICY, _XML), linked=True, has_news=True)
_JSON = replace(_kind(filetypes.JSON_FEED, FEED_POLICY), linked=True)
_ARCHIVE = _kind(filetypes.ARCHIVE, FEED_POLICY, _XML)

_SINGLE = {
    "/": Route(name="index.html", kind=_PAGE, before="/"),
    "/categories/": Route(name="categories/index.html", kind=_PAGE, before="/categories/"),
    "/style.css": Route(name="style.css", kind=_STYLE, before="/style.css"),
    "/feed.css": Route(name="feed.css", kind=_STYLE, before="/feed.css"),
    "/feeds.opml": Route(name="feeds.opml", kind=_OPML, before="/feeds.opml"),
    "/sources.opml": Route(name="sources.opml", kind=_OPML, before="/sources.opml"),
}
_SLUG = "([a-z0-9][a-z0-9-]{0,79})"
_OF_CATEGORIES = (
    (re.compile(f"(/feeds/){_SLUG}([.]atom)"), _FEED),
    (re.compile(f"(/feeds/){_SLUG}([.]json)"), _JSON),
    (re.compile(f"(/c/){_SLUG}(/)"), _PAGE),
    (re.compile(f"(/feeds/){_SLUG}(/archive/[1-9][0-9]{{0,6}}[.]atom)"), _ARCHIVE),
)
_LIST = re.compile("/categories/[1-9][0-9]{0,6}/")
_LONGEST = 120  # characters of an address; what is longer is nothing of ours, and must not be remembered

REDIRECTS = "redirects.json"  # in the output folder, and served to nobody as it is
FEED_NAME = re.compile(f"feeds/{_SLUG}[.]atom")


def route(path: str) -> Route | None:
    """Return where *path* leads; ``None`` if nowhere. Only these shapes exist, so nothing can escape the output folder."""
    return _route(path) if len(path) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _route(path: str) -> Route | None:
    if path in _SINGLE:
        return _SINGLE[path]
    if _LIST.fullmatch(path):
        return Route(name=f"{path[1:]}index.html", kind=_PAGE, before=path)
    for shape, kind in _OF_CATEGORIES:
        if match := shape.fullmatch(path):
            before, slug, after = match.groups()
            name = f"{path[1:]}index.html" if kind is _PAGE else path[1:]
            return Route(name=name, kind=kind, before=before, slug=slug, after=after)
    return None
