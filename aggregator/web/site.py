"""Owns what is at which address, the reports on health, and that every answer carries the safe headers, errors included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.responses import JSONResponse
from starlette.routing import Route

from aggregator.errors import AggregatorError
from aggregator.web.answers import NOT_FOUND
from aggregator.web.clock import date_field
from aggregator.web.conditions import joined
from aggregator.web.policies import sealed
from aggregator.web.published import Published

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from aggregator.web.answers import Answer
    from aggregator.web.conditions import Headers
    from aggregator.web.policies import Field
    from aggregator.web.published import Links

    Report = Callable[[], Mapping[str, object]]


def create_app(
    output: Path,
    health: Report,
    routes: Sequence[BaseRoute] = (),
    *,
    links: Links | None = None,
    ready: Report | None = None,
) -> Site:
    """Return the ASGI application that serves the folder *output*, ``/healthz``, ``/readyz`` and what *routes* answer.

    *health* and *ready* (as *health*, if left out) are called for each request of ``/healthz`` and ``/readyz``, in a thread, and
    return what JSON can say; its ``ok`` decides between 200 and 503. An :class:`AggregatorError` they raise is reported as 503;
    anything else is a bug and a 500. *links* is what the headers of feeds say of them.
    """
    reports = [Route("/healthz", _reporting(health)), Route("/readyz", _reporting(ready or health))]
    others = Starlette(routes=[*reports, *routes])
    others.router.redirect_slashes = False  # it would build the address from the Host header
    others.router.default = _not_found
    return Site(Published(output, links), others)


def _reporting(report: Report) -> type[HTTPEndpoint]:
    class Reporting(HTTPEndpoint):  # an endpoint class, since it answers 405 where a plain route passes other methods on
        def get(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's signature
            try:
                told = dict(report())
            except AggregatorError as error:
                told = {"ok": False, "error": str(error)}
            return JSONResponse(told, status_code=200 if told["ok"] else 503)

    return Reporting


class Site:
    """The ASGI application: published files as fast as may be, *others* with the safe headers added to what they answer."""

    def __init__(self, published: Published, others: ASGIApp) -> None:
        self._published = published
        self._others = others

    def at_once(self, path: str, headers: Headers) -> Answer | None:
        """Return the answer to GET or HEAD of *path* if it can be told without waiting for anything."""
        return self._published.at_once(path, headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        answer = await self._published.answer(scope["method"], scope["path"], joined(scope["headers"]))
        if answer is not None:
            await _send(answer, send, date_field())
            return

        async def sealing(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": (date_field(), *sealed(message["headers"]))}
            await send(message)

        await self._others(scope, receive, sealing)


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - the ASGI signature
    await _send(NOT_FOUND, send)


async def _send(answer: Answer, send: Send, *fields: Field) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": (*fields, *answer.fields)})
    await send({"type": "http.response.body", "body": answer.body})  # the server keeps the body of HEAD to itself
