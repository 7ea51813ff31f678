"""Owns HTTP: the published files, ``/healthz``, and the server around them. The only room that knows Starlette and uvicorn.

It reads the output folder and never writes it; what is healthy is for the caller to say.

    server      listens, stops on a signal         site        routes, health, headers on every answer
    protocol    bounds what a connection costs     published   one request for a file → one answer
    policies    the safe headers                   files       one path → bytes, kept in memory
    live        pages that are made on request
                                                   conditions  request headers → what to send (pure)
"""

from __future__ import annotations

from aggregator.web.live import StatusAccess, live_routes
from aggregator.web.server import serve
from aggregator.web.site import create_app

__all__ = ["StatusAccess", "create_app", "live_routes", "serve"]
