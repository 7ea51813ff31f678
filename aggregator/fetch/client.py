"""Owns the event loop around libcurl: the only module that knows pycurl. Decides nothing about what comes (``exchange``).

Everything runs in the caller's thread, between two results. Timeouts count only time spent here, so that a consumer who is
long at one document does not make the others late.
"""

from __future__ import annotations

import selectors
import ssl
import time
from collections import deque
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import pycurl

from aggregator.fetch.exchange import STOP, Exchange
from aggregator.fetch.reasons import Ending, Reason
from aggregator.fetch.target import BadUrlError, Target, target_of, without_credentials
from aggregator.fetch.turns import Turns
from aggregator.model import FetchFailure, FetchRequest, FetchResult

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Iterator

    from aggregator.fetch.exchange import SocketAddress
    from aggregator.fetch.settings import FetchSettings

_BUFFER = 64 * 1024
# libcurl's own limit would count the consumer's time; ours is Exchange.deadline.
_NEVER_MS = 24 * 60 * 60 * 1000
_TO_CURL = {selectors.EVENT_READ: pycurl.CSELECT_IN, selectors.EVENT_WRITE: pycurl.CSELECT_OUT}
_FROM_CURL = {pycurl.POLL_IN: selectors.EVENT_READ, pycurl.POLL_OUT: selectors.EVENT_WRITE}
_HTTP_ONLY = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS


def fetch_all(requests: Iterable[FetchRequest], settings: FetchSettings) -> Iterator[FetchResult]:
    """Make all *requests*, one at a time per host, and yield exactly one result for each, as they complete.

    A source's fault is a :class:`FetchFailure`, never an exception. Closing the iterator early drops the requests under way.
    """
    finished: deque[FetchResult] = deque()
    turns = Turns(_readable(requests, finished))
    with _Loop(settings) as loop:
        while turns or loop.active or finished:
            # A result not yet taken keeps its body in memory, so it counts as one under way.
            while loop.active + len(finished) < settings.concurrency and (turn := turns.take()):
                loop.start(*turn[1])
            for target, result in loop.advance(0 if finished else loop.patience()):
                turns.release(target.host)
                finished.append(result)
            if finished:
                with loop.paused():
                    yield finished.popleft()


def _readable(
    requests: Iterable[FetchRequest], unreadable: deque[FetchResult]
) -> Iterator[tuple[str, tuple[FetchRequest, Target]]]:
    for request in requests:
        try:
            target = target_of(request.url)
        except BadUrlError as error:
            failure = FetchFailure(url=request.url, code=str(Reason.BAD_URL), message=str(error), duration=timedelta())
            unreadable.append(failure)
        else:
            yield target.host, (request, target)


class _Loop:
    """One libcurl multi handle, which shares connections, TLS sessions and DNS answers, and the selector that drives it.

    The multi-socket interface, because ``CurlMulti.select`` cannot watch file descriptors from 1024 on
    (https://curl.se/libcurl/c/curl_multi_fdset.html).
    """

    def __init__(self, settings: FetchSettings) -> None:
        self._settings = settings
        self._options = _common_options(settings)
        self._exchanges: dict[Any, Exchange] = {}
        self._spare: list[Any] = []
        self._handed_over: list[socket.socket] = []
        self._timer: float | None = None
        self._away = 0.0
        self._bug: BaseException | None = None
        self._selector = selectors.DefaultSelector()
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, settings.concurrency)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._shield(self._watch))
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._shield(self._set_timer))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for curl in self._exchanges:
            self._multi.remove_handle(curl)
        for curl in (*self._exchanges, *self._spare):
            curl.close()
        self._multi.close()
        self._selector.close()
        self._close_handed_over()

    @property
    def active(self) -> int:
        """How many requests are under way."""
        return len(self._exchanges)

    def start(self, request: FetchRequest, target: Target) -> None:
        """Begin a request."""
        exchange = Exchange(request, target, self._settings, self._clock)
        curl = self._spare.pop() if self._spare else pycurl.Curl()
        for option, value in self._options:
            curl.setopt(option, value)
        curl.setopt(pycurl.URL, target.url)
        curl.setopt(pycurl.HTTPHEADER, exchange.fields)
        curl.setopt(pycurl.HEADERFUNCTION, self._shield(exchange.take_header, otherwise=STOP))
        curl.setopt(pycurl.WRITEFUNCTION, self._shield(exchange.take_body, otherwise=STOP))
        curl.setopt(pycurl.OPENSOCKETFUNCTION, self._shield(partial(self._open_socket, exchange), otherwise=pycurl.SOCKET_BAD))
        curl.setopt(pycurl.PREREQFUNCTION, self._shield(partial(_connected, exchange), otherwise=pycurl.PREREQFUNC_ABORT))
        self._exchanges[curl] = exchange
        self._multi.add_handle(curl)

    def advance(self, patience: float) -> list[tuple[Target, FetchResult]]:
        """Wait up to *patience* seconds for something to happen, do what can be done, return what has ended."""
        for key, events in self._selector.select(patience):
            self._act(key.fd, _translate(events, _TO_CURL))
        if self._timer is not None and time.monotonic() >= self._timer:
            self._timer = None
            self._act(pycurl.SOCKET_TIMEOUT, 0)
        return [*self._done(), *self._overdue()]

    def patience(self) -> float:
        """How long nothing needs to be done, in seconds, unless the network stirs."""
        waits = [exchange.deadline - self._clock() for exchange in self._exchanges.values()]
        if self._timer is not None:
            waits.append(self._timer - time.monotonic())
        return max(0.0, min(waits, default=0.0))

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the clock while the consumer is at work."""
        left = time.monotonic()
        try:
            yield
        finally:
            self._away += time.monotonic() - left

    def _clock(self) -> float:
        return time.monotonic() - self._away

    def _done(self) -> Iterator[tuple[Target, FetchResult]]:
        _, succeeded, failed = self._multi.info_read()
        for curl, error, text in (*((curl, 0, "") for curl in succeeded), *failed):
            ending = _ending(curl, error, text)
            exchange = self._release(curl)
            yield exchange.target, exchange.result(ending)

    def _overdue(self) -> Iterator[tuple[Target, FetchResult]]:
        now = self._clock()
        for curl in [curl for curl, exchange in self._exchanges.items() if exchange.deadline <= now]:
            ending = _ending(curl)
            exchange = self._release(curl)
            yield exchange.target, exchange.expire(ending)

    def _release(self, curl: Any) -> Exchange:
        self._multi.remove_handle(curl)
        curl.reset()  # lets go of the body, and of credentials in the URL
        self._spare.append(curl)
        return self._exchanges.pop(curl)

    # --- what libcurl asks for, in the middle of `_act` ---

    def _act(self, fd: int, events: int) -> None:
        self._multi.socket_action(fd, events)
        self._close_handed_over()
        if self._bug:
            raise self._bug

    def _shield(self, callback: Callable[..., Any], *, otherwise: int = 0) -> Callable[..., Any]:
        """Keep what *callback* raises until we are out of libcurl: pycurl would print it and go on, even on Ctrl-C."""

        def shielded(*args: Any) -> Any:
            try:
                return callback(*args)
            except BaseException as bug:  # noqa: BLE001 - raised again by _act
                self._bug = self._bug or bug
                return otherwise

        return shielded

    def _watch(self, what: int, fd: int, _multi: object, _data: object) -> None:
        events = 0 if what == pycurl.POLL_REMOVE else _translate(what, _FROM_CURL)
        if fd in self._selector.get_map():
            self._selector.unregister(fd)
        if events:
            self._selector.register(fd, events)

    def _set_timer(self, milliseconds: int) -> None:
        self._timer = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000

    def _open_socket(self, exchange: Exchange, _purpose: int, address: SocketAddress) -> socket.socket | int:
        opened = exchange.open_socket(address)
        if opened is None:
            return int(pycurl.SOCKET_BAD)
        self._handed_over.append(opened)
        return opened

    def _close_handed_over(self) -> None:
        """Close our ends: pycurl duplicates the descriptor (src/easycb.c), and libcurl closes only its own."""
        while self._handed_over:
            self._handed_over.pop().close()


def _connected(exchange: Exchange, *_: object) -> int:
    exchange.connected()
    return int(pycurl.PREREQFUNC_OK)


def _translate(events: int, table: dict[int, int]) -> int:
    return sum(theirs for ours, theirs in table.items() if events & ours)


def _ending(curl: Any, error: int = 0, text: str = "") -> Ending:
    # Raw, because a redirect may lead to bytes that are not UTF-8.
    url = curl.getinfo_raw(pycurl.EFFECTIVE_URL).decode("utf-8", "replace")
    return Ending(
        error=error,
        text=text,
        os_error=curl.getinfo(pycurl.OS_ERRNO),
        certificate=curl.getinfo(pycurl.SSL_VERIFYRESULT),
        final_url=without_credentials(url),
    )


def _common_options(settings: FetchSettings) -> tuple[tuple[int, object], ...]:
    """What is the same for each request. Cookies, HSTS and Alt-Svc are off unless turned on."""
    return (
        (pycurl.NOSIGNAL, 1),
        (pycurl.PROXY, ""),  # not even from the environment: a proxy would dial for us, unguarded
        (pycurl.NETRC, pycurl.NETRC_IGNORED),
        (pycurl.PROTOCOLS, _HTTP_ONLY),
        (pycurl.REDIR_PROTOCOLS, _HTTP_ONLY),
        (pycurl.FOLLOWLOCATION, 1),
        (pycurl.MAXREDIRS, settings.max_redirects),
        (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS),
        (pycurl.SSL_VERIFYPEER, 1),
        (pycurl.SSL_VERIFYHOST, 2),
        (pycurl.CONNECTTIMEOUT_MS, _NEVER_MS),
        (pycurl.MAXFILESIZE_LARGE, settings.max_body),
        (pycurl.BUFFERSIZE, _BUFFER),
        (pycurl.USERAGENT, settings.user_agent),
        *_ca_options(),
    )


def _ca_options() -> tuple[tuple[int, str], ...]:
    """Where the CA certificates are.

    Python knows where its OpenSSL looks, SSL_CERT_FILE and SSL_CERT_DIR included. If nothing is there, pycurl's own search
    stands: its wheels bring no certificates, but look where the distributions keep theirs. If that fails too, each https
    fetch fails with ``tls``.
    """
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        return ((pycurl.CAINFO, paths.cafile),)
    return ((pycurl.CAPATH, paths.capath),) if paths.capath else ()
