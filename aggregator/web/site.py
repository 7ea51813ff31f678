"""Owns what is at which address, the health report, and that every answer carries the safe headers, errors included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from aggregator.errors import AggregatorError
from aggregator.web.policies import DEFAULT_HEADERS
from aggregator.web.published import Published

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


def create_app(output: Path, health: Callable[[], Mapping[str, object]], routes: Sequence[BaseRoute] = ()) -> ASGIApp:
    """Return the ASGI application that serves the folder *output*, ``/healthz`` and what further *routes* answer.

    *health* is called for each request of ``/healthz``, in a thread, and returns what JSON can say; its ``ok`` decides
    between 200 and 503. An :class:`AggregatorError` it raises is reported as 503; anything else is a bug and a 500.
    """

    class Health(HTTPEndpoint):  # an endpoint class, since it answers 405 where a plain route passes other methods on
        def get(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's signature
            try:
                report = dict(health())
            except AggregatorError as error:
                report = {"ok": False, "error": str(error)}
            return JSONResponse(report, status_code=200 if report["ok"] else 503)

    inner = Starlette(routes=[Route("/healthz", Health), *routes, Mount("/", Published(output))])
    inner.router.redirect_slashes = False  # it would build the address from the Host header
    return _Sealed(inner)


class _Sealed:
    """Adds ``DEFAULT_HEADERS`` to every answer of *app*; outermost, so that 404, 405 and 500 have them too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sealing(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message["headers"])
                present = {name for name, _ in headers}
                headers += [field for field in DEFAULT_HEADERS if field[0] not in present]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, sealing)
