"""Owns the routes of WebSub: callbacks, to which hubs send news, and ``/hub``. Who decides is handed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.endpoints import HTTPEndpoint
from starlette.responses import PlainTextResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from aggregator.model.pushing import Reply

    Routes = Sequence[BaseRoute]
    Question = Callable[[str, str], Reply]
    Refusal = Callable[[str], Reply | None]
    Push = Callable[[str, Mapping[str, str], bytes], Reply]
    Take = Callable[[str], Reply]

_LONGEST_FORM = 16 * 1024  # bytes
_FORM = "application/x-www-form-urlencoded"
_TOO_LARGE = PlainTextResponse("Too large.\n", 413)


def callback_routes(question: Question, refusal: Refusal, push: Push, max_body: int) -> Routes:
    """Return the route of callbacks.

    Args:
        question: answers a hub that asks something, by the callback's token and the query.
        refusal: says by a token why nothing that is sent there is taken, if so.
        push: takes what a hub sends, by token, header fields and body. All three are called in a thread.
        max_body: how many bytes a hub may send.
    """

    class Callback(HTTPEndpoint):
        async def get(self, request: Request) -> Response:
            return _answer(await run_in_threadpool(question, request.path_params["token"], request.url.query))

        async def post(self, request: Request) -> Response:
            token: str = request.path_params["token"]
            refused = await run_in_threadpool(refusal, token)
            if refused is not None:
                return _answer(refused)
            body = await _body(request, max_body)
            if body is None:
                return _TOO_LARGE
            return _answer(await run_in_threadpool(push, token, dict(request.headers), body))

    return [Route("/websub/{token}", Callback)]


def hub_routes(take: Take) -> Routes:
    """Return the route of our hub; *take*, called in a thread, takes what subscribers ask of it, as a form."""

    class Hub(HTTPEndpoint):
        async def post(self, request: Request) -> Response:
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
                return PlainTextResponse(f"A hub is asked with a form: {_FORM}.\n", 415)
            body = await _body(request, _LONGEST_FORM)
            if body is None:
                return _TOO_LARGE
            return _answer(await run_in_threadpool(take, body.decode("utf-8", "replace")))

    return [Route("/hub", Hub)]


async def _body(request: Request, limit: int) -> bytes | None:
    """Return the body; ``None`` if it is larger than *limit* bytes."""
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > limit:
            return None
    return bytes(read)


def _answer(reply: Reply) -> Response:
    return PlainTextResponse(reply.text, reply.status)
