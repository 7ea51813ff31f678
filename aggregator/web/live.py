"""Owns the addresses of pages that are made on request, and who may see which. What is on them is for the caller to say.

They are made in threads, a few at a time: whoever asks for many of them waits, and readers of feeds do not.

They are compressed for who takes that, although strangers choose some of what stands there: no page holds a secret that its
length could tell (https://www.breachattack.com/).
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
import re
from http import HTTPStatus
from ipaddress import ip_address
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from aggregator.errors import AggregatorError
from aggregator.web.conditions import accepts_gzip, has_current, joined
from aggregator.web.policies import LIVE_POLICY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute

_AT_ONCE = 4  # pages that are made at the same time
_WORTH_PACKING = 1024  # bytes
_NUMBER = re.compile("[1-9][0-9]{0,17}")
_LONGEST = 2048  # characters of what is asked for; no id is longer
_FORWARDED = {"forwarded", "x-real-ip", "via", "cf-connecting-ip"}
_HOST = re.compile(r"(?:\[([0-9a-f:]+)\]|([^:\[\]]+))(?::[0-9]+)?")
_BEARER = re.compile("bearer ", re.IGNORECASE)


class Page(Protocol):
    """An answer: HTTP's *status*, the HTML, or where to look instead, relative to the address that was asked for."""

    @property
    def status(self) -> int: ...  # noqa: D102 - see the class
    @property
    def html(self) -> bytes: ...  # noqa: D102
    @property
    def location(self) -> str | None: ...  # noqa: D102


class Pages(Protocol):
    """What makes the pages. All of it is called from threads."""

    def entry(self, atom_id: str) -> Page: ...  # noqa: D102 - see browsing in `app`
    def older(self, atom_id: str, slug: str | None) -> Page: ...  # noqa: D102
    def search(self, query: str, before: int | None, slug: str | None) -> Page: ...  # noqa: D102
    def status(self) -> Page: ...  # noqa: D102
    def missing(self) -> Page: ...  # noqa: D102


class StatusAccess(Struct, frozen=True, kw_only=True):
    """Who may see the status page: who knows the *token*, if there is one; else who asks from the machine itself.

    That is only so where the server's *host* and the *site* are loopback, and nobody asks for others: a proxy would open it to
    everybody, and some pass on nothing by which it could be told.
    """

    host: str
    site: str = "localhost"
    token: str | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}(host={self.host!r})"

    def admits(self, request: Request) -> bool:
        """Say whether to answer *request*."""
        if self.token is not None:
            given = request.query_params.get("token") or _BEARER.sub("", request.headers.get("authorization", ""), count=1)
            return hmac.compare_digest(given.encode(), self.token.encode())
        asker = request.client.host if request.client else ""
        proxied = any(name in _FORWARDED or name.startswith("x-forwarded-") for name in request.headers)
        named = _HOST.fullmatch(request.headers.get("host", ""))
        return not proxied and all(map(_is_loopback, (self.host, self.site, asker, named[1] or named[2] if named else "")))


def live_routes(pages: Pages, status: StatusAccess) -> Sequence[BaseRoute]:
    """Return the routes of the pages that *pages* makes; *status* says who sees the one that is not for everybody."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def made(make: Callable[[], Page], request: Request, *, cached: str = "public, no-cache") -> Response:
        async with turns:
            try:
                return await asyncio.to_thread(lambda: _answer(make(), request, cached))
            except AggregatorError:  # the message may name paths, and anyone may ask; /healthz knows as well
                return PlainTextResponse("Try again later.\n", HTTPStatus.SERVICE_UNAVAILABLE)

    async def entry(request: Request) -> Response:
        atom_id = _given(request, "id")
        return await made(lambda: pages.entry(atom_id) if atom_id else pages.missing(), request)

    async def older(request: Request) -> Response:
        atom_id, slug = _given(request, "than"), _given(request, "in")
        return await made(lambda: pages.older(atom_id, slug) if atom_id else pages.missing(), request)

    async def search(request: Request) -> Response:
        query, before = _given(request, "q") or "", _number(_given(request, "before") or "")
        slug = _given(request, "category") or None  # a form sends it empty where somebody chose all
        return await made(lambda: pages.search(query, before, slug), request)

    async def overview(request: Request) -> Response:
        shown = pages.status if status.admits(request) else pages.missing
        return await made(shown, request, cached="no-store")

    return [
        Route("/entry", entry),
        Route("/older", older),
        Route("/search", search),
        Route("/status", overview),
    ]


def _answer(page: Page, request: Request, cached: str) -> Response:
    if page.location is not None:
        return Response(status_code=page.status, headers={"location": page.location})
    asked = joined(request.scope["headers"])
    packed = len(page.html) >= _WORTH_PACKING and accepts_gzip(asked.get(b"accept-encoding"))
    headers = {"content-security-policy": LIVE_POLICY, "cache-control": cached, "vary": "Accept-Encoding"}
    if page.status == HTTPStatus.OK:
        # strong, so of each coding its own (RFC 9110, section 8.8.3.3)
        tag = f'"{hashlib.blake2b(page.html, digest_size=16).hexdigest()}{"-gzip" if packed else ""}"'
        headers["etag"] = tag
        if b"if-none-match" in asked and has_current(asked, etag=tag.encode(), modified=0):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if packed:
        headers["content-encoding"] = "gzip"
    body = gzip.compress(page.html, compresslevel=6, mtime=0) if packed else page.html
    return Response(body, page.status, headers, media_type="text/html")


def _given(request: Request, name: str) -> str | None:
    """Return a parameter of the address; no database takes NUL, nor is anything called so."""
    value = request.query_params.get(name)
    return value[:_LONGEST].replace("\0", "") if value is not None else None


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
