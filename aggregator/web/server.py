"""Owns listening, the server's limits, and stopping on SIGTERM and SIGINT. Knows nothing of what is served."""

from __future__ import annotations

import errno
import signal
import socket
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from aggregator.errors import UsageError
from aggregator.web.protocol import BoundedProtocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aggregator.web.site import Site

# How long a thread that polls or publishes may keep those waiting who only want a file; the usual 5 ms add up.
_SWITCH_SECONDS = 0.0005
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to


def serve(app: Site, host: str, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve *app* on *host* (a name, IPv4 or IPv6 address) and *port* (0: any free one) until SIGTERM or SIGINT.

    Calls *on_ready* with the site's local address once clients are answered. After a signal, takes no new connection,
    finishes the answers under way for at most ten seconds and returns normally, so that the caller can clean up. A
    second SIGINT cuts that short. Works in any thread, but hears signals in the main thread only.

    Raises:
        UsageError: the address cannot be listened on.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    with listening(host, port) as listener:
        Server(app, host, listener, on_ready).run([listener])


def listening(host: str, port: int) -> socket.socket:
    """Return a listening socket. ``::`` takes IPv4 as well, and a name is its first IPv4 address if it has one.

    Raises:
        UsageError: the address is in use, not ours, or not ours to use; the message says what to change.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = min(found, key=lambda info: info[0] != socket.AF_INET)
        both = host == "::" and socket.has_dualstack_ipv6()
        return socket.create_server(address, family=family, backlog=1024, dualstack_ipv6=both)
    except (socket.gaierror, UnicodeError) as error:  # UnicodeError: no host name at all, such as "a..b"
        raise UsageError(f"the host name {host} cannot be resolved: set server.host") from error
    except OSError as error:
        raise UsageError(_why_not(host, port, error)) from error


def _why_not(host: str, port: int, error: OSError) -> str:
    """Say why *host* and *port* cannot be listened on, and what to do."""
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use: stop the other program or set server.port"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine: set server.host"
    if error.errno == errno.EACCES:
        return f"port {port} on {host} needs more rights than we have: set server.port to 1024 or above"
    return f"cannot listen on port {port} of {host} ({error.strerror}): set server.host and server.port"


def _address_for_people(host: str, port: int) -> str:
    """Return where a browser on this machine finds the site."""
    name = _LOOPBACK_OF.get(host, host)
    return f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"


class Server(uvicorn.Server):
    """uvicorn that says when it is ready and returns after a signal. *host* is only for the address given to *on_ready*."""

    def __init__(self, app: Site, host: str, listener: socket.socket, on_ready: Callable[[str], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=BoundedProtocol,
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,  # the log room's business
                access_log=False,
                server_header=False,
                date_header=False,  # `site` and `protocol` tell it to the second
                proxy_headers=False,  # nothing depends on who or where the client says it is
                workers=1,  # unset, uvicorn asks the environment
                timeout_keep_alive=75,  # seconds, nginx's default
                timeout_graceful_shutdown=9,  # seconds; some tenths go elsewhere
            )
        )
        self._url = _address_for_people(host, listener.getsockname()[1])
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start answering, then tell."""
        await super().startup(sockets)
        self._on_ready(self._url)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on a signal. uvicorn raises it again afterwards, which would kill the program before it cleans up."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        previous = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, action in previous.items():
                signal.signal(number, action)
