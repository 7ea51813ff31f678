"""Owns whose turn it is: one request at a time per host, all hosts alike. Pure."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")


class Turns(Generic[T]):
    """Things to do at hosts, of which each wants to be left alone until the last one is done.

    Only the host that is asked first counts; whom it redirects to cannot be known before.
    """

    def __init__(self, things: Iterable[tuple[str, T]]) -> None:
        """Queue *things*, pairs of a host and what to do there; those of one host keep their order."""
        self._queues: dict[str, deque[T]] = {}
        for host, thing in things:
            self._queues.setdefault(host, deque()).append(thing)
        self._free = deque(self._queues)
        self._waiting = sum(map(len, self._queues.values()))

    def __bool__(self) -> bool:
        """Whether anything has not had its turn yet."""
        return self._waiting > 0

    def take(self) -> tuple[str, T] | None:
        """Return the next thing to do and its host, which is busy from now on; ``None`` while all hosts are busy."""
        if not self._free:
            return None
        host = self._free.popleft()
        self._waiting -= 1
        return host, self._queues[host].popleft()

    def release(self, host: str) -> None:
        """Say that *host* has been left alone again."""
        if self._queues[host]:
            self._free.appendleft(host)  # while its connection is warm; and the longest queue must not be left to the end
        else:
            del self._queues[host]
