"""A scripted HTTP server on loopback for tests at the edges; see :class:`Loopback`."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping, Sequence


_FLOOD = b"x" * 65536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER of 0 s: close() sends RST instead of FIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What to answer. *raw* replaces status line, headers and body by exactly these bytes.

    *then* says what follows: ``keep`` the connection, ``close`` it, ``reset`` it, ``hang`` until the end of the test, ``drip``
    one more byte every 10 ms until then, or ``flood`` with as many as the client takes.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    then: Literal["keep", "close", "reset", "hang", "drip", "flood"] = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request that came. *host* is the address it was sent to; names of *headers* are in lower case."""

    host: str
    path: str
    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes = b""


Answer = Reply | Callable[[Seen], Reply]


class Loopback:
    """A real server on every loopback address (127.0.0.1, 127.1.2.3 …), one port, scripted per path.

    ``loopback.replies["/feed"]`` is a :class:`Reply`, or a function from :class:`Seen` to one, with whatever query; other paths
    are 404. A 200 whose
    ``ETag`` or ``Last-Modified`` the request repeats becomes a 304. ``seen`` logs all requests, ``contacts`` the addresses of
    all connections. Give ``allow`` to the fetch settings, ``allow_at(host, …)`` for other hosts than 127.0.0.1. With an SSL
    context it speaks https.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.tls = tls
        self.replies: dict[str, Answer] = {}
        self.seen: list[Seen] = []
        self.contacts: list[str] = []
        self.over = threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def allow(self) -> frozenset[tuple[str, int]]:
        return self.allow_at("127.0.0.1")

    def allow_at(self, *hosts: str) -> frozenset[tuple[str, int]]:
        return frozenset((host, self.port) for host in hosts)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    def paths(self) -> Sequence[str]:
        return [seen.path for seen in self.seen]

    def answer(self, seen: Seen) -> Reply:
        self.seen.append(seen)
        answer = self.replies.get(seen.path) or self.replies.get(seen.path.partition("?")[0], Reply(status=404))
        reply = answer(seen) if callable(answer) else answer
        known = [("if-none-match", "ETag"), ("if-modified-since", "Last-Modified")]
        if reply.status == HTTPStatus.OK and any(
            seen.headers.get(condition) == reply.headers.get(validator, "") for condition, validator in known
        ):
            return Reply(status=304, headers=reply.headers)
        return reply


class _Server(socketserver.ThreadingTCPServer):
    request_queue_size = 512

    def __init__(self, loopback: Loopback) -> None:
        self.loopback = loopback
        self._connections: set[socket.socket] = set()
        # All addresses of 127/8 without a socket for each; who is not from there is turned away.
        super().__init__(("0.0.0.0", 0), _Connection)  # noqa: S104 - see above

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        connection, client_address = super().get_request()
        if self.loopback.tls:  # the handshake waits for the first read, in the connection's own thread
            connection = self.loopback.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, client_address

    def verify_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: tuple[str, int]) -> bool:
        if not client_address[0].startswith("127."):
            return False
        assert isinstance(request, socket.socket)
        self.loopback.contacts.append(request.getsockname()[0])
        self._connections.add(request)
        return True

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        assert isinstance(request, socket.socket)
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(_RESET_ON_CLOSE)) == _RESET_ON_CLOSE:
            request.close()
        else:
            super().shutdown_request(request)

    def hang_up(self) -> None:
        for connection in self._connections:
            with suppress(OSError):  # many have ended by themselves
                connection.shutdown(socket.SHUT_RDWR)


class _Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        assert isinstance(self.server, _Server)
        loopback = self.server.loopback
        with suppress(OSError):  # the client left, as many tests want it to
            while (seen := self._read()) and self._write(loopback.answer(seen), loopback.over):
                pass

    def finish(self) -> None:
        with suppress(OSError):  # as above
            super().finish()

    def _read(self) -> Seen | None:
        line = self.rfile.readline()
        if not line.strip():
            return None
        headers = {}
        while field_line := self.rfile.readline().decode("latin-1").strip():
            name, _, value = field_line.partition(":")
            headers[name.lower()] = value.strip()
        method, path, _ = line.decode("latin-1").split(maxsplit=2)
        body = self.rfile.read(int(headers.get("content-length", "0")))
        return Seen(host=self.connection.getsockname()[0], path=path, headers=headers, method=method, body=body)

    def _write(self, reply: Reply, over: threading.Event) -> bool:
        self.wfile.write(_bytes(reply))
        if reply.then == "hang":
            over.wait()
        while reply.then == "drip" and not over.wait(0.01):
            self.wfile.write(b"x")
        while reply.then == "flood" and not over.is_set():
            self.wfile.write(_FLOOD)
        if reply.then == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        return reply.then == "keep"


def _bytes(reply: Reply) -> bytes:
    if reply.raw is not None:
        return reply.raw
    headers = dict(reply.headers)
    if reply.status not in (204, 304) and "Transfer-Encoding" not in headers:
        headers.setdefault("Content-Length", str(len(reply.body)))
    lines = [f"HTTP/1.1 {reply.status} Scripted", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + reply.body
