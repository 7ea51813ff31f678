"""Owns the way from requests to results: who is asked when, and what comes back. Does not know how (``loop``)."""

from __future__ import annotations

import math
from collections import deque
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from aggregator.fetch.clock import Clock
from aggregator.fetch.exchange import Exchange
from aggregator.fetch.head import BadFieldError
from aggregator.fetch.loop import Loop
from aggregator.fetch.reasons import Reason
from aggregator.fetch.sending import Sending
from aggregator.fetch.target import BadUrlError
from aggregator.fetch.turns import Turns
from aggregator.model import Answer, FetchFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from aggregator.fetch.reasons import Ending
    from aggregator.fetch.settings import FetchSettings
    from aggregator.model import Errand, FetchRequest, FetchResult

# Seconds for which results are handed out before anybody looks at the network again: to look after each of them took twice as
# long, since what a consumer does leaves nothing of us in the processor's caches.
_AWAY = 0.05

Wanted = TypeVar("Wanted")
OneExchange = TypeVar("OneExchange", bound=Exchange)
Result = TypeVar("Result")


def fetch_all(
    requests: Iterable[FetchRequest], settings: FetchSettings, wall_clock: Callable[[], datetime]
) -> Iterator[FetchResult]:
    """Make all *requests*, one at a time per host, and yield exactly one result for each, as they complete.

    A source's fault is a :class:`FetchFailure`, never an exception. *wall_clock* tells the date, against which servers' dates
    are measured. Everything runs in the caller's thread, between two results. Closing the iterator early drops the requests
    under way.
    """
    unfit: deque[FetchResult] = deque()
    exchanges = _prepared(requests, partial(Exchange, settings=settings), _unsent, unfit)
    return _made(exchanges, settings, lambda exchange, ending: exchange.conclude(ending, wall_clock), unfit)


def send_all(errands: Iterable[Errand], settings: FetchSettings) -> Iterator[Answer]:
    """Do all *errands*, and yield exactly one answer for each; otherwise as :func:`fetch_all`."""
    unfit: deque[Answer] = deque()
    sendings = _prepared(errands, partial(Sending, settings=settings), _undone, unfit)
    return _made(sendings, settings, lambda sending, ending: sending.answer(ending), unfit)


def _made(
    exchanges: Iterator[OneExchange],
    settings: FetchSettings,
    conclude: Callable[[OneExchange, Ending], Result | None],
    finished: deque[Result],
) -> Iterator[Result]:
    clock = Clock()
    turns = Turns(((exchange.target.host, exchange) for exchange in exchanges), spacing=settings.spacing.total_seconds())
    with Loop[OneExchange](settings, clock) as loop:
        while turns or loop.active or finished:
            # A result not yet taken keeps its body in memory, so it counts as one under way.
            while (room := loop.active + len(finished) < settings.concurrency) and (turn := turns.take(clock.now)):
                loop.start(turn[1])
            loop.wait(0 if finished else turns.wakes_at - clock.now if room and turns else math.inf)
            for exchange, ending in loop.ended():
                turns.release(exchange.target.host, clock.now)
                if result := conclude(exchange, ending):
                    finished.append(result)
                else:
                    turns.put(exchange.target.host, exchange)
            away_until = clock.now + _AWAY
            while finished and clock.now < away_until:
                clock.stop()
                yield finished.popleft()
                clock.go_on()


def _prepared(
    wanted: Iterable[Wanted],
    prepare: Callable[[Wanted], OneExchange],
    refuse: Callable[[Wanted, Reason, ValueError], Result],
    unfit: deque[Result],
) -> Iterator[OneExchange]:
    for request in wanted:
        try:
            exchange = prepare(request)
        except BadUrlError as error:
            unfit.append(refuse(request, Reason.BAD_URL, error))
        except BadFieldError as error:
            unfit.append(refuse(request, Reason.BAD_FIELD, error))
        else:
            yield exchange


def _unsent(request: FetchRequest, reason: Reason, error: ValueError) -> FetchResult:
    return FetchFailure(url=request.url, code=str(reason), message=str(error), duration=timedelta())


def _undone(errand: Errand, _reason: Reason, error: ValueError) -> Answer:
    return Answer(key=errand.key, message=str(error))
