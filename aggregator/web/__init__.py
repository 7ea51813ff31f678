"""Owns HTTP: the published files, ``/healthz``, and the server around them. The only room that knows Starlette and uvicorn.

It reads the output folder and never writes it; what is healthy is for the caller to say.

    server      listens, stops on a signal          site        published files first, then other routes
    protocol    bounds what a connection costs      published   one request for a file → one answer
    policies    the safe headers                    routes      address → file, and its kind
    answers     what is sent many times             served      a file in all the forms that are sent
    live        pages that are made on request      files       one name → bytes, kept in memory
                                                    editions    what a client of an older edition lacks
    websub      callbacks, and the hub              conditions  request headers → what to send (pure)
    clock       the Date of an answer
"""

from __future__ import annotations

from aggregator.web.live import StatusAccess, live_routes
from aggregator.web.published import Links
from aggregator.web.server import serve
from aggregator.web.site import create_app

__all__ = ["Links", "StatusAccess", "create_app", "live_routes", "serve"]
