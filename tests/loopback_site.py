"""A site of ours on loopback: publishing into its folder as the publisher does, and asking it."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import http.client
import os
import socket
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from aggregator.web.server import Server, listening

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from aggregator.web.site import Site as App

MODIFIED = 1_700_000_000


def tag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()}"'


def packed(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=6, mtime=0)


def publish(output: Path, name: str, body: bytes, *, modified: float = MODIFIED) -> None:
    """Replace a file the way the publisher does."""
    path = output / name
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_bytes(body)
    os.utime(temporary, (modified, modified))
    temporary.replace(path)


class Answer(Struct, frozen=True, kw_only=True):
    status: int
    headers: dict[str, str]
    body: bytes


class Site:
    """A running server. *health* may be replaced while it runs."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self.port = 0
        self.report: Mapping[str, object] | BaseException = {"ok": True}
        self.ready: Mapping[str, object] = {"ok": True}

    def health(self) -> Mapping[str, object]:
        if isinstance(self.report, BaseException):
            raise self.report
        return self.report

    def readiness(self) -> Mapping[str, object]:
        return self.ready

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            fields = response.getheaders()
            names = [name.lower() for name, _ in fields]
            assert len(set(names)) == len(names), "a header twice"
            return Answer(status=response.status, headers={name.lower(): value for name, value in fields}, body=response.read())

    def send(self, data: bytes) -> bytes:
        """Send *data* as it is and return all that comes back until the server hangs up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(data)
            return b"".join(iter(lambda: connection.recv(65_536), b""))


@contextmanager
def running(app: App, host: str = "127.0.0.1", keep_alive: int = 75) -> Iterator[int]:
    """Serve *app* in a thread; give the port. Connections are kept for *keep_alive* seconds."""
    ready = threading.Event()
    with listening(host, 0) as listener:
        server = Server(app, host, listener, lambda _url: ready.set())
        server.config.timeout_keep_alive = keep_alive
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            assert ready.wait(10)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def ask(app: App, path: str, headers: list[tuple[bytes, bytes]]) -> tuple[int, dict[bytes, bytes], bytes]:
    """Make one GET without a server."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "headers": headers, "query_string": b"", "root_path": ""}
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], dict(sent[0]["headers"]), b"".join(message.get("body", b"") for message in sent[1:])
