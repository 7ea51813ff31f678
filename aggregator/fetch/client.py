"""Owns the way from requests to results: who is asked when, and what comes back. Does not know how (``loop``)."""

from __future__ import annotations

import math
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.fetch.clock import Clock
from aggregator.fetch.exchange import Exchange
from aggregator.fetch.head import BadFieldError
from aggregator.fetch.loop import Loop
from aggregator.fetch.reasons import Reason
from aggregator.fetch.target import BadUrlError
from aggregator.fetch.turns import Turns
from aggregator.model import FetchFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from aggregator.fetch.settings import FetchSettings
    from aggregator.model import FetchRequest, FetchResult


def fetch_all(
    requests: Iterable[FetchRequest], settings: FetchSettings, wall_clock: Callable[[], datetime]
) -> Iterator[FetchResult]:
    """Make all *requests*, one at a time per host, and yield exactly one result for each, as they complete.

    A source's fault is a :class:`FetchFailure`, never an exception. *wall_clock* tells the date, against which servers' dates
    are measured. Everything runs in the caller's thread, between two results. Closing the iterator early drops the requests
    under way.
    """
    finished: deque[FetchResult] = deque()
    clock = Clock()
    turns = Turns(_exchanges(requests, settings, finished), spacing=settings.spacing.total_seconds())
    with Loop(settings, clock) as loop:
        while turns or loop.active or finished:
            # A result not yet taken keeps its body in memory, so it counts as one under way.
            while (room := loop.active + len(finished) < settings.concurrency) and (turn := turns.take(clock.now)):
                loop.start(turn[1])
            loop.wait(0 if finished else turns.wakes_at - clock.now if room and turns else math.inf)
            for exchange, ending in loop.ended():
                turns.release(exchange.target.host, clock.now)
                if result := exchange.conclude(ending, wall_clock):
                    finished.append(result)
                else:
                    turns.put(exchange.target.host, exchange)
            if finished:
                clock.stop()
                yield finished.popleft()
                clock.go_on()


def _exchanges(
    requests: Iterable[FetchRequest], settings: FetchSettings, unfit: deque[FetchResult]
) -> Iterator[tuple[str, Exchange]]:
    for request in requests:
        try:
            exchange = Exchange(request, settings)
        except BadUrlError as error:
            unfit.append(_unsent(request, Reason.BAD_URL, error))
        except BadFieldError as error:
            unfit.append(_unsent(request, Reason.BAD_FIELD, error))
        else:
            yield exchange.target.host, exchange


def _unsent(request: FetchRequest, reason: Reason, error: ValueError) -> FetchFailure:
    return FetchFailure(url=request.url, code=str(reason), message=str(error), duration=timedelta())
