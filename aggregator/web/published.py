"""Owns how a published file is answered: its route, the file as it is now, or where it went. Knows no framework.

This is where a thousand readers poll, so answers are made once for each file (``served``); Starlette's StaticFiles costs about
ten times as much, and answers 304 by date although the entity tag differs.
"""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct

from aggregator.web.answers import NOT_FOUND, NOTHING_YET, WRONG_METHOD, redirect
from aggregator.web.editions import Editions
from aggregator.web.files import FileCache
from aggregator.web.routes import FEED_NAME, REDIRECTS, route
from aggregator.web.served import ServedFile

if TYPE_CHECKING:
    from pathlib import Path

    from aggregator.web.answers import Answer
    from aggregator.web.conditions import Headers
    from aggregator.web.files import FoundFile
    from aggregator.web.policies import Field
    from aggregator.web.routes import Route

CACHE_BYTES = 64 * 1024 * 1024
_METHODS = ("GET", "HEAD")
_IN_URLS = "%/:?#[]@!$&'()*+,;=~"  # RFC 3986, section 2.2, and what is percent-encoded already


class Links(Struct, frozen=True, kw_only=True):
    """What a feed says of itself in its header (W3C WebSub, section 4): *site*, which ends in a slash, and *hubs* are URLs."""

    site: str
    hubs: tuple[str, ...] = ()


class _Renames(Struct, frozen=True, kw_only=True):
    """Categories that have another slug now, by their old one."""

    slugs: dict[str, str]
    size: int


class Published:
    """Answers from the files in the folder *output*, which need not exist yet."""

    def __init__(self, output: Path, links: Links | None) -> None:
        self._links = links
        self._editions = Editions()
        self._files = FileCache(output, CACHE_BYTES, self._serve)
        self._renames = FileCache(output, CACHE_BYTES, _renames)

    def at_once(self, path: str, headers: Headers) -> Answer | None:
        """Return the answer to GET or HEAD of *path* if it can be told without waiting for anything."""
        way = route(path)
        file = None if way is None else self._files.kept(way.name)
        return None if file is None else file.answer(headers)

    async def answer(self, method: str, path: str, headers: Headers) -> Answer | None:
        """Return the answer to any request; ``None`` if *path* is not an address of a published file.

        Raises:
            OSError: the file is there but cannot be read.
        """
        unfinished = path.startswith(("/c/", "/categories")) and not path.endswith("/")
        way = route(path + "/") if unfinished else route(path)
        if way is None:
            return None
        if method not in _METHODS:
            return WRONG_METHOD
        moved = await self._elsewhere(path, way)
        if moved is not None:
            return moved
        file = await self._files.get(way.name)
        if file is None:
            return NOTHING_YET if path == "/" else NOT_FOUND
        if unfinished:
            return redirect(HTTPStatus.PERMANENT_REDIRECT, f"{path.rpartition('/')[2]}/", way.kind.cache_control)
        return file.answer(headers) or await asyncio.to_thread(file.prepare, headers)

    async def _elsewhere(self, path: str, way: Route) -> Answer | None:
        """Say where a renamed category's file is now; that at its former address is for servers that know no redirects."""
        renames = await self._renames.get(REDIRECTS) if way.slug else None
        slug = renames.slugs.get(way.slug) if renames else None
        return redirect(HTTPStatus.MOVED_PERMANENTLY, way.to(slug, path), way.kind.cache_control) if slug else None

    def _serve(self, file: FoundFile) -> ServedFile:
        """Prepare *file* to be sent."""
        way = route("/" + file.name.removesuffix("index.html"))
        assert way is not None  # noqa: S101 - it was asked for by its route
        served = ServedFile(file, way.kind, self._linked(file.name) if way.kind.linked else ())
        if way.kind.has_news:
            served.edition = self._editions.note(file.name, file.body, served.tags)
        return served

    def _linked(self, name: str) -> tuple[Field, ...]:
        if self._links is None:
            return ()
        links = [(self._links.site + name, "self"), *((hub, "hub") for hub in self._links.hubs)]
        return ((b"link", ", ".join(f'<{quote(url, safe=_IN_URLS)}>; rel="{rel}"' for url, rel in links).encode("ascii")),)


def _renames(file: FoundFile) -> _Renames:
    """Read which feeds went where, and with them all else of their categories. What is no feed's address is not followed."""
    try:
        told = json.loads(file.body)
    except ValueError:
        told = None
    pairs = told.items() if isinstance(told, dict) else ()
    found = [(FEED_NAME.fullmatch(str(old)), FEED_NAME.fullmatch(str(new))) for old, new in pairs]
    return _Renames(slugs={old[1]: new[1] for old, new in found if old and new}, size=len(file.body))
