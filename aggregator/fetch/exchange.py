"""Owns one request under way: what has come so far, when it is overdue, what it ends as. Never calls libcurl: it is called."""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from aggregator.fetch.addresses import may_dial
from aggregator.fetch.body import Body, BodyError
from aggregator.fetch.head import MAX_HEAD_BYTES, ResponseHead, request_fields, usable_validators
from aggregator.fetch.reasons import Ending, Reason, Why, of_ending, of_status
from aggregator.model import Document, FetchFailure, FetchRequest, FetchResult, NotModified, Validators

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.fetch.settings import FetchSettings
    from aggregator.fetch.target import Target

# What a callback says to libcurl: "took none of it" breaks the transfer off; None means "took all".
STOP = 0


class SocketAddress(Protocol):
    """What pycurl hands to the open-socket callback: *addr* begins with numeric address and port for IPv4 and IPv6."""

    family: int
    socktype: int
    protocol: int
    addr: tuple[str, int] | tuple[str, int, int, int] | bytes


class Exchange:
    """One request, from its start to its result; redirects are part of it."""

    def __init__(self, request: FetchRequest, target: Target, settings: FetchSettings, clock: Callable[[], float]) -> None:
        """Start now, by *clock* (seconds, never going back)."""
        self.target = target
        self._request = request
        self._settings = settings
        self._clock = clock
        self._started = self._last_sign = clock()
        self._end = self._started + settings.timeout.total_seconds()
        self._connect_patience = settings.connect_timeout.total_seconds()
        self._idle_patience = settings.idle_timeout.total_seconds()
        self._connecting = True
        self._head = ResponseHead()
        self._body: Body | None = None
        self._why: Why | None = None  # we broke it off
        self._blocked: str | None = None  # this hop's last address that we refused to dial
        self._dialled = False

    @property
    def fields(self) -> list[str]:
        """The header lines to send."""
        return request_fields(self._request.validators)

    # --- what happens, as libcurl tells it ---

    def open_socket(self, address: SocketAddress) -> socket.socket | None:
        """Open a socket for exactly this address, or refuse with ``None``. libcurl then tries the host's next address."""
        if not isinstance(address.addr, tuple) or not may_dial(address.addr[0], address.addr[1], self._settings.allow):
            self._blocked = str(address.addr[0])
            return None
        self._dialled = True
        try:
            return socket.socket(address.family, address.socktype, address.protocol)
        except OSError as error:  # usually EMFILE: our limit, not the source's fault, but this fetch is over
            words = os.strerror(error.errno or 0).lower()
            self._why = Why(code=Reason.UNREACHABLE, message=f"no socket to connect with: {words}; lower fetch.concurrency")
            return None

    def connected(self) -> None:
        """The request of this hop is about to be sent."""
        self._connecting = False
        self._last_sign = self._clock()

    def take_header(self, line: bytes) -> int | None:
        """Take a header line; return :data:`STOP` to break off."""
        self._last_sign = self._clock()
        if not self._head.add(line):
            self._why = Why(code=Reason.TOO_LARGE, message=f"the headers are larger than {MAX_HEAD_BYTES // 1024} KiB")
            return STOP
        if self._head.complete and self._head.redirects:
            self._connecting, self._blocked, self._dialled = True, None, False
        return STOP if self._head.complete and self._head.stray_location else None

    def take_body(self, chunk: bytes) -> int | None:
        """Take a piece of the body; return :data:`STOP` to break off."""
        self._last_sign = self._clock()
        if self._head.status != HTTPStatus.OK:
            return STOP  # the status has said everything; the text of an error page may be endless
        try:
            self._body = self._body or self._new_body()
            self._body.feed(chunk)
        except BodyError as error:
            self._why = error.why
            return STOP
        return None

    def _new_body(self) -> Body:
        return Body(self._head.content_encoding, limit=self._settings.max_body)

    # --- time ---

    @property
    def deadline(self) -> float:
        """When, by the clock, patience ends unless something happens before."""
        return min(self._end, self._last_sign + (self._connect_patience if self._connecting else self._idle_patience))

    def expire(self, ending: Ending) -> FetchResult:
        """Give up because the deadline has passed."""
        if self._clock() >= self._end:
            message = f"not done within {_seconds(self._settings.timeout)}"
        elif self._connecting:
            message = f"could not connect within {_seconds(self._settings.connect_timeout)}"
        else:
            message = f"nothing came for {_seconds(self._settings.idle_timeout)}"
        self._why = self._why or Why(code=Reason.TIMEOUT, message=message)
        return self.result(ending)

    # --- the end ---

    def result(self, ending: Ending) -> FetchResult:
        """Say what came of it.

        A status other than 200 is the whole story even if its body broke; that of a redirect is not, there the story goes on.
        """
        status = self._head.status if self._head.complete and not self._head.redirects else 0
        if status == HTTPStatus.NOT_MODIFIED:
            return self._not_modified(ending)
        if status > HTTPStatus.OK:
            return self._failure(of_status(status), ending)
        if why := self._why or self._broken(ending):
            return self._failure(why, ending)
        return self._document(ending)

    def _broken(self, ending: Ending) -> Why | None:
        if not ending.error:
            return None
        if self._blocked and not self._dialled:
            place = self._blocked if self._blocked in ending.final_url else f"{ending.host} is at {self._blocked}, which"
            message = f"{place} is not a public address; list it with its port in fetch.allow if you mean it"
            return Why(code=Reason.ADDRESS_BLOCKED, message=message)
        return of_ending(ending, status=self._head.status)

    def _not_modified(self, ending: Ending) -> FetchResult:
        if usable_validators(self._request.validators) == Validators():
            why = Why(code=Reason.UNASKED_304, message="the server says 'not modified' although it was not asked whether")
            return self._failure(why, ending)
        return NotModified(url=self._request.url, final_url=ending.final_url, duration=self._duration)

    def _document(self, ending: Ending) -> FetchResult:
        try:
            body = (self._body or self._new_body()).finish()
        except BodyError as error:
            return self._failure(error.why, ending)
        if not body:
            return self._failure(Why(code=Reason.EMPTY, message="the server sent an empty document"), ending)
        return Document(
            url=self._request.url,
            final_url=ending.final_url,
            status=self._head.status,
            content_type=self._head.text("content-type"),
            content_language=self._head.text("content-language"),
            body=body,
            validators=self._head.validators,
            wire_bytes=self._wire_bytes,
            duration=self._duration,
        )

    def _failure(self, why: Why, ending: Ending) -> FetchFailure:
        return FetchFailure(
            url=self._request.url,
            code=str(why.code),  # a plain str: database drivers know those
            message=why.message,
            final_url=ending.final_url,
            status=self._head.status or None,
            wire_bytes=self._wire_bytes,
            duration=self._duration,
        )

    @property
    def _duration(self) -> timedelta:
        return timedelta(seconds=self._clock() - self._started)

    @property
    def _wire_bytes(self) -> int:
        return self._body.wire_bytes if self._body else 0


def _seconds(time: timedelta) -> str:
    return f"{time.total_seconds():g} s"
