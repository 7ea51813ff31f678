"""Owns what one connection may cost: how many there are, how large a request's head is, how long it may take to arrive.

uvicorn bounds none of these with httptools, and neither does httptools: an endless header would fill the memory, a
connection that says nothing would stay for ever. Slow *readers* are left to a reverse proxy.

What the application can answer at once is written to the connection here. That spares the task, the scope and the messages that
uvicorn makes for each request, most of what a 304 costs.
"""

from __future__ import annotations

import re
from http import HTTPMethod, HTTPStatus
from typing import TYPE_CHECKING, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from aggregator.web.answers import refusal
from aggregator.web.clock import date_field

if TYPE_CHECKING:
    import asyncio

    from aggregator.web.answers import Answer
    from aggregator.web.site import Site

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode("ascii") for status in HTTPStatus}
_METHODS = (b"GET", b"HEAD")
_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) [!-~]+ HTTP/1\.[01]\r\n")  # RFC 9112, section 3
# A request with one of these has a body or other wishes: uvicorn knows what to do.
_NOT_PLAIN = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade"})


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 on httptools, with bounds. What it refuses, it answers in the words of the rest of the site."""

    max_connections: ClassVar[int] = 800  # below the usual 1,024 open files, beyond which accept() itself would fail
    max_head_bytes: ClassVar[int] = 64 * 1024
    head_seconds: ClassVar[float] = 20.0
    linger_seconds: ClassVar[float] = 2.0

    _head_timer: asyncio.TimerHandle | None = None
    _head_bytes: int = 0
    _head_ended: bool = False
    _idle_timer: asyncio.TimerHandle | None = None
    _answered_at: float = 0.0
    _in_body: bool = False
    _refused: bool = False
    _received: bytes = b""
    _answered: bool = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Start waiting for a request, or refuse if there are too many clients."""
        super().connection_made(transport)
        if len(self.connections) > self.max_connections:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            self._await_head()

    def data_received(self, data: bytes) -> None:
        """Parse *data*; give up on a head that is too large."""
        if self._refused:
            return
        self._head_ended = False
        self._head_bytes += len(data)
        self._received = data
        super().data_received(data)
        self._received = b""
        if self._head_ended or not self._is_idle() or self._refused:
            return
        if self._head_timer is None:
            self._await_head()
        elif not self._in_body and self._head_bytes > self.max_head_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Take note that a head has begun."""
        self._head_ended = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Answer the request, whose head has arrived, or let uvicorn start on it."""
        self._stop_waiting()
        self._head_ended = True
        self._in_body = True
        answer = self._known_answer()
        self._answered = answer is not None
        if answer is None:
            self._check_hosts()
            super().on_headers_complete()
        else:
            self._send(answer)

    def on_message_complete(self) -> None:
        """Wait for the next request if this one was answered before its body had arrived."""
        self._stop_waiting()
        self._in_body = False
        if self._answered:
            return
        super().on_message_complete()
        if self._is_idle():
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting()
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's signature
        """Answer what is not HTTP, or is of a method the parser does not know, with the headers of every other answer."""
        asked = _REQUEST_LINE.match(self._received)
        unknown = asked is not None and asked[1].decode("ascii") not in set(HTTPMethod)
        self._refuse(HTTPStatus.NOT_IMPLEMENTED if unknown else HTTPStatus.BAD_REQUEST)

    def _check_hosts(self) -> None:
        """Raise if the request names no host or several (RFC 9112, section 3.2): the parser then stops, which is a 400."""
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (hosts == 0 and self.parser.get_http_version() != "1.0"):
            raise ValueError(hosts)

    def _known_answer(self) -> Answer | None:
        """Return the answer to a plain GET or HEAD if it needs no waiting, neither for it nor for those before it."""
        if not self._is_idle() or self.flow.write_paused or self.transport.is_closing():
            return None
        fields = dict(self.headers)
        if len(fields) < len(self.headers) or b"host" not in fields or not _NOT_PLAIN.isdisjoint(fields):
            return None
        parser = self.parser
        if parser.get_method() not in _METHODS or not parser.should_keep_alive() or parser.get_http_version() != "1.1":
            return None
        path = self.url.partition(b"?")[0].decode("ascii", "replace")
        site: Site = self.app
        return site.at_once(path, fields)

    def _send(self, answer: Answer) -> None:
        head = _head(answer)
        if answer.body and self.parser.get_method() != b"HEAD":
            self.transport.writelines((head, answer.body))
        else:
            self.transport.write(head)
        self._answered_at = self.loop.time()
        if self._idle_timer is None:
            self._idle_timer = self.loop.call_later(self.timeout_keep_alive, self._close_if_idle)

    def _close_if_idle(self) -> None:
        """Hang up if nothing was asked for long, else look again then. One timer for all requests: a new one for each is dear."""
        left = self._answered_at + self.timeout_keep_alive - self.loop.time()
        if left > 0 or not self._is_idle():
            self._idle_timer = self.loop.call_later(max(left, self.linger_seconds), self._close_if_idle)
        elif not self.transport.is_closing():
            self.transport.close()

    def _is_idle(self) -> bool:
        """Say whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete  # type: ignore[redundant-expr]  # None at first

    def _await_head(self) -> None:
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(self.head_seconds, self._refuse, HTTPStatus.REQUEST_TIMEOUT)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, status: HTTPStatus) -> None:
        """Send *status* and hang up.

        Only our half is closed at once: the kernel answers what still arrives on a closed socket with a reset, which
        may overtake the status (RFC 9112, section 9.6).
        """
        self._stop_waiting()
        self._refused = True
        if not self._is_idle():
            self.cycle.disconnected = True  # its answer must not follow ours
        if not self.transport.is_closing():
            answer = refusal(status, f"{status.phrase}.\n", (b"connection", b"close"))
            self.transport.write(_head(answer) + answer.body)
            self.transport.write_eof()
            self.loop.call_later(self.linger_seconds, self.transport.close)


def _head(answer: Answer) -> bytes:
    """Return the head of *answer* as it goes over the wire now."""
    return b"%b%b: %b\r\n%b\r\n" % (_STATUS_LINES[answer.status], *date_field(), answer.head)
