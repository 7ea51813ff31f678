"""Owns the event loop around libcurl: the only module that knows pycurl. Decides nothing about what comes (``exchange``)."""

from __future__ import annotations

import math
import select
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

import pycurl

from aggregator.fetch.exchange import STOP, Exchange
from aggregator.fetch.reasons import Ending

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from aggregator.fetch.clock import Clock
    from aggregator.fetch.exchange import SocketAddress
    from aggregator.fetch.settings import FetchSettings

_BUFFER = 64 * 1024
# libcurl's own limit would count the consumer's time; ours is Exchange.deadline.
_NEVER_MS = 24 * 60 * 60 * 1000
_WATCH_FOR = {
    pycurl.POLL_IN: select.POLLIN,
    pycurl.POLL_OUT: select.POLLOUT,
    pycurl.POLL_INOUT: select.POLLIN | select.POLLOUT,
}
_WELL = Ending()
OneExchange = TypeVar("OneExchange", bound=Exchange)


class Loop(Generic[OneExchange]):
    """One libcurl multi handle, which shares connections, TLS sessions and DNS answers, and the poll that drives it.

    The multi-socket interface, because ``CurlMulti.select`` cannot watch file descriptors from 1024 on
    (https://curl.se/libcurl/c/curl_multi_fdset.html).
    """

    def __init__(self, settings: FetchSettings, clock: Clock) -> None:
        self._options = _options(settings)
        self._clock = clock
        self._exchanges: dict[Any, OneExchange] = {}
        self._spare: list[Any] = []
        self._handed_over: list[socket.socket] = []
        self._timer = self._deadline = math.inf  # the latter by time worked: before it, nobody is overdue
        self._bug: BaseException | None = None
        self._poll = select.poll()  # the selectors module would take as long as libcurl itself
        self._watched: set[int] = set()
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, settings.concurrency)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._for_us(self._watch))
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._for_us(self._set_timer))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for curl in self._exchanges:
            self._multi.remove_handle(curl)
        for curl in (*self._exchanges, *self._spare):
            curl.close()
        self._multi.close()
        self._close_handed_over()

    @property
    def active(self) -> int:
        """How many requests are under way."""
        return len(self._exchanges)

    def start(self, exchange: OneExchange) -> None:
        """Begin a request."""
        exchange.start(self._clock)
        self._deadline = min(self._deadline, exchange.deadline)
        curl = self._spare.pop() if self._spare else self._new_handle()
        curl.setopt(pycurl.URL, exchange.target.url)
        curl.setopt(pycurl.HTTPHEADER, exchange.fields)
        if exchange.payload is not None:
            curl.setopt(pycurl.POSTFIELDS, exchange.payload)
        else:
            curl.setopt(pycurl.HTTPGET, 1)  # the handle may have sent something before
        if exchange.target.url.startswith("https:"):
            for option, path in self._authorities:
                curl.setopt(option, path)
        self._exchanges[curl] = exchange
        self._multi.add_handle(curl)

    def wait(self, patience: float) -> None:
        """Wait until the network stirs, or something of ours is due, or *patience* seconds have passed; do what can be done."""
        patience = min(patience, self._timer - self._clock.now, self._deadline - self._clock.worked)
        stirred = self._poll.poll(None if patience == math.inf else math.ceil(max(0.0, patience) * 1000))
        self._clock.tick()
        for fd, events in stirred:
            # errors and hang-ups are for whoever reads or writes next
            may_read, may_write = events & ~select.POLLOUT, events & ~select.POLLIN
            self._act(fd, (pycurl.CSELECT_IN if may_read else 0) | (pycurl.CSELECT_OUT if may_write else 0))
        if self._timer <= self._clock.now:
            self._timer = math.inf
            self._act(pycurl.SOCKET_TIMEOUT, 0)

    def ended(self) -> Iterator[tuple[OneExchange, Ending]]:
        """Take out what has come to an end, by itself or by its deadline."""
        _, succeeded, failed = self._multi.info_read()
        for curl in succeeded:
            yield self._release(curl), _WELL
        for curl, error, text in failed:
            ending = _ending(curl, error, text)
            yield self._release(curl), ending
        if self._deadline <= self._clock.worked:
            yield from self._overdue()

    def _overdue(self) -> Iterator[tuple[OneExchange, Ending]]:
        for curl, exchange in list(self._exchanges.items()):
            if exchange.deadline <= self._clock.worked:
                exchange.expire()
                yield self._release(curl), _WELL
        self._deadline = min((exchange.deadline for exchange in self._exchanges.values()), default=math.inf)

    def _release(self, curl: Any) -> OneExchange:
        self._multi.remove_handle(curl)
        self._spare.append(curl)
        return self._exchanges.pop(curl)

    def _new_handle(self) -> Any:
        """A handle that is kept for one request after the other; it calls for the exchange that it is at."""
        curl = pycurl.Curl()
        for option, value in self._options:
            curl.setopt(option, value)
        for option, act, otherwise in (
            (pycurl.HEADERFUNCTION, Exchange.take_header, STOP),
            (pycurl.WRITEFUNCTION, _take_body, STOP),
            (pycurl.OPENSOCKETFUNCTION, self._open_socket, pycurl.SOCKET_BAD),
            (pycurl.PREREQFUNCTION, self._connected, pycurl.PREREQFUNC_ABORT),
        ):
            curl.setopt(option, self._for_exchange(curl, act, otherwise))
        return curl

    # --- what libcurl asks for, in the middle of `_act` ---

    def _act(self, fd: int, events: int) -> None:
        self._multi.socket_action(fd, events)
        if self._handed_over:
            self._close_handed_over()
        if self._bug:
            raise self._bug

    def _for_exchange(self, curl: Any, act: Callable[..., Any], otherwise: int) -> Callable[..., Any]:
        """Let *act* do something with the exchange that *curl* is at."""
        exchanges = self._exchanges

        def called(*args: Any) -> Any:
            try:
                return act(exchanges[curl], *args)
            except BaseException as bug:  # noqa: BLE001 - see _keep
                return self._keep(bug, otherwise)

        return called

    def _for_us(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any) -> Any:
            try:
                return act(*args)
            except BaseException as bug:  # noqa: BLE001 - see _keep
                return self._keep(bug, 0)

        return called

    def _keep(self, bug: BaseException, answer: int) -> int:
        """Keep a bug until we are out of libcurl: pycurl would print it and go on, even on Ctrl-C."""
        self._bug = self._bug or bug
        return answer

    def _watch(self, what: int, fd: int, _multi: object, _data: object) -> None:
        if events := _WATCH_FOR.get(what):
            self._poll.register(fd, events)
            self._watched.add(fd)
        elif fd in self._watched:
            self._poll.unregister(fd)
            self._watched.discard(fd)

    def _set_timer(self, milliseconds: int) -> None:
        self._timer = math.inf if milliseconds < 0 else time.monotonic() + milliseconds / 1000

    def _open_socket(self, exchange: Exchange, _purpose: int, address: SocketAddress) -> socket.socket | int:
        opened = exchange.open_socket(address)
        if opened is None:
            return int(pycurl.SOCKET_BAD)
        self._handed_over.append(opened)
        return opened

    def _connected(self, exchange: Exchange, *_: object) -> int:
        exchange.connected()
        self._deadline = min(self._deadline, exchange.deadline)
        return int(pycurl.PREREQFUNC_OK)

    def _close_handed_over(self) -> None:
        """Close our ends: pycurl duplicates the descriptor (src/easycb.c), and libcurl closes only its own."""
        while self._handed_over:
            self._handed_over.pop().close()

    @cached_property
    def _authorities(self) -> tuple[tuple[int, str], ...]:
        """Where the CA certificates are.

        Python knows where its OpenSSL looks, SSL_CERT_FILE and SSL_CERT_DIR included. If nothing is there, pycurl's own search
        stands: its wheels bring no certificates, but look where the distributions keep theirs. If that fails too, each https
        fetch fails with ``tls``.
        """
        import ssl  # noqa: PLC0415 - 10 ms, for https alone

        paths = ssl.get_default_verify_paths()
        if paths.cafile:
            return ((pycurl.CAINFO, paths.cafile),)
        return ((pycurl.CAPATH, paths.capath),) if paths.capath else ()


def _take_body(exchange: Exchange, chunk: bytes) -> int | None:
    return exchange.take_body(chunk)  # by its own way: what is sent is answered otherwise than what is fetched


def _ending(curl: Any, error: int, text: str) -> Ending:
    return Ending(
        error=error,
        text=text,
        os_error=curl.getinfo(pycurl.OS_ERRNO),
        certificate=curl.getinfo(pycurl.SSL_VERIFYRESULT),
    )


def _options(settings: FetchSettings) -> tuple[tuple[int, object], ...]:
    """What is the same for each request. Redirects, cookies, HSTS and Alt-Svc are off unless turned on."""
    return (
        (pycurl.NOSIGNAL, 1),
        (pycurl.PROXY, ""),  # not even from the environment: a proxy would dial for us, unguarded
        (pycurl.NETRC, pycurl.NETRC_IGNORED),
        (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
        (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS),
        (pycurl.SSL_VERIFYPEER, 1),
        (pycurl.SSL_VERIFYHOST, 2),
        (pycurl.CONNECTTIMEOUT_MS, _NEVER_MS),
        (pycurl.MAXFILESIZE_LARGE, settings.max_body),
        (pycurl.BUFFERSIZE, _BUFFER),
    )
