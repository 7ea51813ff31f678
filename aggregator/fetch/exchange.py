"""Owns one fetch under way: what has come so far, when it is overdue, what it ends as. Never calls libcurl: it is called."""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from aggregator.fetch.addresses import may_dial
from aggregator.fetch.body import Body, BodyError
from aggregator.fetch.head import (
    MAX_HEAD_BYTES,
    ResponseHead,
    further_fields,
    request_fields,
    usable_validators,
)
from aggregator.fetch.reasons import Ending, Reason, Why, of_ending, of_status
from aggregator.fetch.route import Route
from aggregator.fetch.target import BadUrlError, Target, target_of
from aggregator.model import Document, FetchFailure, Freshness, NotModified, Validators

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from aggregator.fetch.clock import Clock
    from aggregator.fetch.settings import FetchSettings
    from aggregator.model import FetchRequest, FetchResult

# What a callback says to libcurl: "took none of it" breaks the transfer off; None means "took all".
STOP = 0
# To read the text that comes with a redirect is cheaper than a new connection, if it is short.
_SHORT = 16 * 1024
# Without any of these fields a response says nothing of the next request.
_FRESHNESS = frozenset({"cache-control", "expires", "retry-after"})
_NOTHING_SAID = Freshness()


class SocketAddress(Protocol):
    """What pycurl hands to the open-socket callback: *addr* begins with numeric address and port for IPv4 and IPv6."""

    family: int
    socktype: int
    protocol: int
    addr: tuple[str, int] | tuple[str, int, int, int] | bytes


class Exchange:
    """One fetch, from its first request to its result; each redirect is a further request, with a start of its own."""

    def __init__(self, request: FetchRequest, settings: FetchSettings) -> None:
        """Prepare it.

        Raises:
            BadUrlError: the URL cannot be requested.
            BadFieldError: a header field cannot be sent.
        """
        target = target_of(request.url)
        self._url = request.url
        self._settings = settings
        self._route = Route(target=target)
        self.target = target  # whom to ask now
        self._validators = usable_validators(request.validators)
        self._fields = request_fields(self._validators, request.user_agent or settings.user_agent)
        self._secrets = further_fields(_secret_fields(request, target))
        self._head = ResponseHead()
        self._spent = 0.0  # seconds, by the requests before this one

    @property
    def payload(self) -> bytes | None:
        """What to send there: nothing."""
        return None

    @property
    def fields(self) -> list[str]:
        """The header lines to send there."""
        return self._fields + self._secrets if self._route.at_home else self._fields

    def start(self, clock: Clock) -> None:
        """Begin a request."""
        self._clock = clock
        self._started = self._last_sign = clock.worked
        self._end = self._started + self._settings.timeout.total_seconds() - self._spent
        self._patience = self._settings.connect_timeout.total_seconds()
        self._connected = False
        self._body: Body | None = None
        self._skipped = 0
        self._why: Why | None = None  # we broke it off
        self._blocked: str | None = None  # the last address that we refused to dial
        self._dialled = False

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
        """The request is about to be sent."""
        self._connected = True
        self._last_sign = self._clock.worked
        self._patience = self._settings.idle_timeout.total_seconds()

    def take_header(self, line: bytes) -> int | None:
        """Take a header line; return :data:`STOP` to break off."""
        self._last_sign = self._clock.worked
        if self._head.add(line):
            return None
        self._why = Why(code=Reason.TOO_LARGE, message=f"the headers are larger than {MAX_HEAD_BYTES // 1024} KiB")
        return STOP

    def take_body(self, chunk: bytes) -> int | None:
        """Take a piece of the body; return :data:`STOP` to break off."""
        self._last_sign = self._clock.worked
        if not self._is_document:
            return self._skip(chunk)
        try:
            self._body = self._body or self._new_body()
            self._body.feed(chunk)
        except BodyError as error:
            self._why = error.why
            return STOP
        return None

    def _skip(self, chunk: bytes) -> int | None:
        """Leave the text of an error page, which may be endless: the status has said everything. Likewise of a redirect."""
        self._skipped += len(chunk)
        return None if self._head.location and self._skipped <= _SHORT else STOP

    def _new_body(self) -> Body:
        return Body(self._head.content_encoding, limit=self._settings.max_body)

    @property
    def _is_document(self) -> bool:
        if self._head.status == HTTPStatus.IM_USED:
            return self._validators.etag is not None and self._head.has_entries_left_out
        return self._head.status == HTTPStatus.OK

    # --- time ---

    @property
    def deadline(self) -> float:
        """When, by the time worked, patience ends unless something happens before."""
        return min(self._end, self._last_sign + self._patience)

    def expire(self) -> None:
        """Give up because the deadline has passed."""
        if self._clock.worked >= self._end:
            message = f"not done within {_seconds(self._settings.timeout)}"
        elif not self._connected:
            message = f"could not connect within {_seconds(self._settings.connect_timeout)}"
        else:
            message = f"nothing came for {_seconds(self._settings.idle_timeout)}"
        self._why = self._why or Why(code=Reason.TIMEOUT, message=message)

    # --- the end ---

    def conclude(self, ending: Ending, wall_clock: Callable[[], datetime]) -> FetchResult | None:
        """Say what came of it; ``None`` for a redirect, which wants another :meth:`start`.

        A status other than 200 is the whole story even if its body broke.
        """
        self._spent += self._clock.worked - self._started
        status = self._head.status if self._head.complete else 0
        if location := self._head.location:
            return self._redirected(status, location)
        if status == HTTPStatus.NOT_MODIFIED:
            return self._not_modified(wall_clock)
        if status > HTTPStatus.OK and not self._is_document:
            return self._failure(self._of_status(status), self._freshness(wall_clock))
        if why := self._why or self._broken(ending):
            return self._failure(why)
        return self._document(wall_clock)

    def _redirected(self, status: int, location: bytes) -> FetchFailure | None:
        if len(self._route.hops) >= self._settings.max_redirects:
            return self._failure(Why(code=Reason.TOO_MANY_REDIRECTS, message="redirected too often; probably a loop"))
        try:
            self._route = self._route.onward(status, location)
        except BadUrlError as error:
            return self._failure(Why(code=Reason.BAD_URL, message=f"redirected to what we cannot request: {error}"))
        self.target = self._route.target
        self._head.close()
        return None

    def _of_status(self, status: int) -> Why:
        if status == HTTPStatus.IM_USED:
            message = "226 IM Used: the server sent something else than the document, in a way we did not ask for"
            return Why(code=Reason.UNASKED_226, message=message)
        if status == HTTPStatus.UNAUTHORIZED and self._secrets and not self._route.at_home:
            message = "401 needs credentials, which a redirect does not take along: subscribe to the URL that it leads to"
            return Why(code=f"http-{status}", message=message)
        return of_status(status)

    def _broken(self, ending: Ending) -> Why | None:
        if not ending.error:
            return None
        if self._blocked and not self._dialled:
            host = self.target.host
            place = self._blocked if self._blocked in host else f"{host} is at {self._blocked}, which"
            message = f"{place} is not a public address; list it with its port in fetch.allow if you mean it"
            return Why(code=Reason.ADDRESS_BLOCKED, message=message)
        return of_ending(ending, host=self.target.host, status=self._head.status)

    def _not_modified(self, wall_clock: Callable[[], datetime]) -> FetchResult:
        if self._validators == Validators():
            why = Why(code=Reason.UNASKED_304, message="the server says 'not modified' although it was not asked whether")
            return self._failure(why)
        return NotModified(
            url=self._url,
            final_url=self.target.url,
            hops=self._route.hops,
            freshness=self._freshness(wall_clock),
            duration=self._duration,
        )

    def _document(self, wall_clock: Callable[[], datetime]) -> FetchResult:
        try:
            body = (self._body or self._new_body()).finish()
        except BodyError as error:
            return self._failure(error.why)
        if not body:
            return self._failure(Why(code=Reason.EMPTY, message="the server sent an empty document"))
        return Document(
            url=self._url,
            final_url=self.target.url,
            hops=self._route.hops,
            status=self._head.status,
            content_type=self._head.text("content-type"),
            content_language=self._head.text("content-language"),
            links=tuple(self._head.fields.get("link", ())),
            body=body,
            validators=self._head.validators,
            freshness=self._freshness(wall_clock),
            wire_bytes=self._wire_bytes,
            duration=self._duration,
        )

    def _failure(self, why: Why, freshness: Freshness = _NOTHING_SAID) -> FetchFailure:
        return FetchFailure(
            url=self._url,
            code=str(why.code),  # a plain str: database drivers know those
            message=why.message,
            final_url=self.target.url,
            hops=self._route.hops,
            status=self._head.status or None,
            freshness=freshness,
            wire_bytes=self._wire_bytes,
            duration=self._duration,
        )

    def _freshness(self, wall_clock: Callable[[], datetime]) -> Freshness:
        fields = self._head.fields
        if not _FRESHNESS.intersection(fields):
            return _NOTHING_SAID
        from aggregator.freshness import freshness_of  # noqa: PLC0415 - many servers say nothing of it

        return freshness_of(fields, wall_clock())

    @property
    def _duration(self) -> timedelta:
        return timedelta(seconds=self._spent)

    @property
    def _wire_bytes(self) -> int:
        return self._body.wire_bytes if self._body else 0


def _secret_fields(request: FetchRequest, target: Target) -> tuple[tuple[str, str], ...]:
    """What is for the origin of the subscription only; a field of its own counts more than credentials in its URL."""
    fields = request.secret_fields
    if target.authorization and not any(name.lower() == "authorization" for name, _ in fields):
        return (*fields, ("Authorization", target.authorization))
    return fields


def _seconds(time: timedelta) -> str:
    return f"{time.total_seconds():g} s"
