"""Owns whose turn it is: one request at a time per host and a rest after it, all hosts alike. Pure; does not read the time."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")


class Turns(Generic[T]):
    """Things to do at hosts, of which each wants to be left alone while one is done and for *spacing* seconds after it.

    Times are seconds by any clock that does not go back.
    """

    def __init__(self, things: Iterable[tuple[str, T]], *, spacing: float) -> None:
        """Queue *things*, pairs of a host and what to do there; those of one host keep their order."""
        self._spacing = spacing
        self._queues: dict[str, deque[T]] = {}  # of all hosts that have something to do, are busy or rest
        for host, thing in things:
            self._queues.setdefault(host, deque()).append(thing)
        # The host with most to do decides when all is done.
        self._free = deque(sorted(self._queues, key=lambda host: -len(self._queues[host])))
        self._resting: deque[tuple[float, str]] = deque()
        self._waiting = sum(map(len, self._queues.values()))

    def __bool__(self) -> bool:
        """Whether anything has not had its turn yet."""
        return self._waiting > 0

    @property
    def wakes_at(self) -> float:
        """When the next host has rested, whether there is anything to do or not; infinity if none rests."""
        return self._resting[0][0] if self._resting else math.inf

    def take(self, now: float) -> tuple[str, T] | None:
        """Return the next thing to do and its host, which is busy from now on; ``None`` while all hosts are busy or rest."""
        while self.wakes_at <= now:
            self._wake(self._resting.popleft()[1])
        if not self._free:
            return None
        host = self._free.popleft()
        self._waiting -= 1
        return host, self._queues[host].popleft()

    def release(self, host: str, now: float) -> None:
        """Say that *host* has been left alone again, from *now* on."""
        self._resting.append((now + self._spacing, host))

    def put(self, host: str, thing: T) -> None:
        """Queue one more *thing* to do, before all others at *host*: it has been begun elsewhere."""
        if host not in self._queues:
            self._queues[host] = deque()
            self._free.append(host)
        self._queues[host].appendleft(thing)
        self._waiting += 1

    def _wake(self, host: str) -> None:
        if self._queues[host]:
            self._free.appendleft(host)  # while its connection is warm; and the longest queue must not be left to the end
        else:
            del self._queues[host]
