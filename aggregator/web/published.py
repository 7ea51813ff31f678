"""Owns how a published file is answered: the finite table of paths, the choice of representation, the headers.

A bare ASGI application, because this is where a thousand readers poll: Starlette's StaticFiles costs about ten times as
much, and answers 304 by date although the entity tag differs. Knows no framework.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.web.conditions import accepts_gzip, has_current, header
from aggregator.web.files import FileCache
from aggregator.web.policies import FEED_POLICY, PAGE_POLICY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

    from aggregator.web.files import PublishedFile, Representation

CACHE_BYTES = 64 * 1024 * 1024


class _Kind(Struct, frozen=True, kw_only=True):
    """What all files of one kind have in common."""

    media_type: bytes
    cache_control: bytes
    policy: bytes


# Readers poll feeds: a shared cache may spare us some of that. People reload pages to see what is new: always ask us.
_FEED = _Kind(media_type=b"application/atom+xml; charset=utf-8", cache_control=b"public, max-age=300", policy=FEED_POLICY)
_PAGE = _Kind(media_type=b"text/html; charset=utf-8", cache_control=b"public, no-cache", policy=PAGE_POLICY)
_STYLE = _Kind(media_type=b"text/css; charset=utf-8", cache_control=b"public, no-cache", policy=FEED_POLICY)

_SLUG = "[a-z0-9][a-z0-9-]{0,79}"
_FEED_PATH = re.compile(f"/feeds/{_SLUG}[.]atom")
_PAGE_PATH = re.compile(f"/c/{_SLUG}/")
_PAGE_WITHOUT_SLASH = re.compile(f"/c/({_SLUG})")

_METHODS = ("GET", "HEAD")
_NOTHING_YET = b"Nothing is published here yet. Run: aggregator run\n"


class Published:
    """The ASGI application that answers from the files in the folder *output*, which need not exist yet."""

    def __init__(self, output: Path) -> None:
        self._output = output
        self._files = FileCache(CACHE_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the ASGI signature
        """Answer one request."""
        path: str = scope["path"]
        route = _route(path)
        redirect = _PAGE_WITHOUT_SLASH.fullmatch(path)
        if redirect is not None:
            route = _route(path + "/")
        if route is None:
            await _refuse(send, 404, b"Not found.\n")
            return
        if scope["method"] not in _METHODS:
            await _refuse(send, 405, b"Only GET and HEAD.\n", (b"allow", b"GET, HEAD"))
            return
        name, kind = route
        file = await self._files.get(self._output / name)
        if file is None:
            await _refuse(send, 404, _NOTHING_YET if path == "/" else b"Not found.\n")
        elif redirect is not None:
            # Relative (RFC 9110, section 10.2.2): right behind a proxy that serves us under a path, and no Host is trusted.
            await _refuse(send, 308, b"", (b"location", redirect[1].encode("ascii") + b"/"))
        else:
            await _answer(scope, send, file, kind)


def _route(path: str) -> tuple[str, _Kind] | None:
    """Return the file's name within the output folder and its kind. Only these shapes exist, so nothing can escape."""
    if path == "/":
        return "index.html", _PAGE
    if path == "/style.css":
        return "style.css", _STYLE
    if _FEED_PATH.fullmatch(path):
        return path.removeprefix("/"), _FEED
    if _PAGE_PATH.fullmatch(path):
        return path.removeprefix("/") + "index.html", _PAGE
    return None


async def _answer(scope: Scope, send: Send, file: PublishedFile, kind: _Kind) -> None:
    """Send *file*, or 304 if the client has it."""
    headers: Sequence[tuple[bytes, bytes]] = scope["headers"]
    chosen = file.plain
    if file.gzipped is not None and accepts_gzip(header(headers, b"accept-encoding")):
        chosen = file.gzipped
    fields = [
        (b"etag", chosen.etag),
        (b"cache-control", kind.cache_control),
        (b"vary", b"Accept-Encoding"),
        (b"content-security-policy", kind.policy),
    ]
    if has_current(headers, etag=chosen.etag, modified=file.modified):
        await _send(send, 304, fields, b"")
        return
    fields += [(b"last-modified", file.last_modified), (b"content-type", kind.media_type), *_coding(chosen, file)]
    fields.append((b"content-length", str(len(chosen.body)).encode("ascii")))
    await _send(send, 200, fields, chosen.body)  # uvicorn keeps the body of HEAD to itself


def _coding(chosen: Representation, file: PublishedFile) -> list[tuple[bytes, bytes]]:
    return [(b"content-encoding", b"gzip")] if chosen is file.gzipped else []


async def _refuse(send: Send, status: int, text: bytes, *fields: tuple[bytes, bytes]) -> None:
    """Send a short plain text instead of a file."""
    length = str(len(text)).encode("ascii")
    plain = ((b"content-type", b"text/plain; charset=utf-8"), (b"content-length", length))
    await _send(send, status, [*plain, *fields], text)


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
