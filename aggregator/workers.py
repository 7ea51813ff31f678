"""Owns work on foreign input in a process that can be killed. The only module that knows pebble.

Some of what we give to parsers costs them time that grows with the square of its size, deep inside a C extension that no
exception reaches: only the end of the process ends it. Does not know what the work is.
"""

from __future__ import annotations

import multiprocessing
import pickle
import resource
import signal
import traceback
from collections import deque
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from aggregator.errors import WorkerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import timedelta

    A = TypeVar("A")
    P = ParamSpec("P")
    T = TypeVar("T")

MEMORY = 2 * 1024**3  # bytes of address space; a feed of 15 MiB, the most that is fetched by default, takes a fifth of it
_TASKS = 500  # after so many a worker is replaced, lest what libraries leak adds up
_STARTING_S = 60.0  # a worker starts in half a second; this is for machines out of breath
_AHEAD = 3  # pieces of work given out at a time, so that the worker never waits for us
_ORPHANED_S = 1.0  # how much longer than its time a worker lives that nobody watches any more


class Workers:
    """One worker process, started when first needed and kept warm; closed on leaving the context.

    Spawned, never forked: a process with threads (the daemon) must not fork without exec, since a lock that another thread
    holds at that moment stays locked in the child.
    """

    def __init__(self, *, timeout: timedelta, memory: int = MEMORY) -> None:
        """Give each piece of work *timeout* of wall time, and the process *memory* bytes of address space."""
        self._timeout = timeout
        self._memory = memory
        self._pool: ProcessPool | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker, whatever it is doing. The next :meth:`run` starts another."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join()

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what *function* returns, or raise what it raises; it, its arguments and its result must be picklable.

        Raises:
            WorkerError: it took longer than the timeout, needed more memory than there is, or took its process down.
        """
        work = partial(function, *args, **kwargs)
        with suppress(BrokenProcessPool):
            return self._result(work)
        # The worker had died before it took the work, which is not to blame.
        self.close()
        try:
            return self._result(work)
        except BrokenProcessPool as error:
            self.close()
            raise WorkerError(f"no worker process could be started for it ({error})") from error

    def each(self, function: Callable[[A], T], arguments: Iterable[A]) -> Iterator[T | WorkerError]:
        """Yield what *function* returns for each of *arguments*, in their order; the next is worked on meanwhile.

        What took longer than the timeout, needed too much memory or took its process down gives the error as its value.
        """
        ahead: deque[tuple[Callable[[], T], ProcessFuture[T]]] = deque()
        for argument in arguments:
            work = partial(function, argument)
            ahead.append((work, self._begin(work, self._timeout.total_seconds())))
            if len(ahead) == _AHEAD:
                result: T | WorkerError = self._next(ahead)
                yield result
        while ahead:
            result = self._next(ahead)
            yield result

    def _next(self, ahead: deque[tuple[Callable[[], T], ProcessFuture[T]]]) -> T | WorkerError:
        """Wait for the first; should it take the process down, start the others again in a new one."""
        seconds = self._timeout.total_seconds()
        _, future = ahead.popleft()
        try:
            return future.result(_AHEAD * seconds + _STARTING_S)
        except (TimeoutError, MemoryError, ProcessExpired, BrokenProcessPool) as error:
            self.close()
            for place, (work, _) in enumerate(ahead):
                ahead[place] = (work, self._begin(work, seconds))
            return WorkerError(self._reason(error))

    def _result(self, work: Callable[[], T]) -> T:
        seconds = self._timeout.total_seconds()
        future = self._begin(work, seconds)
        try:
            return future.result(seconds + _STARTING_S)
        except (TimeoutError, MemoryError, ProcessExpired) as error:
            # A process that is killed may leave half a message in the pipe, or a lock that nobody opens again.
            self.close()
            raise WorkerError(self._reason(error)) from error

    def _reason(self, error: Exception) -> str:
        match error:
            case ProcessExpired(exitcode=status) if status != -signal.SIGALRM:
                return f"its process died ({_ending(status)})"
            case MemoryError():
                return f"it needed more than {self._memory // 1024**2} MiB of memory"
            case BrokenProcessPool():
                return f"no worker process could be started for it ({error})"
            case _:
                return f"it took longer than {self._timeout.total_seconds():g} s"

    def _begin(self, work: Callable[[], T], seconds: float) -> ProcessFuture[T]:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPool(1, _TASKS, initializer=_limit, initargs=(self._memory,), context=context)
        try:
            return self._pool.schedule(_done, args=(work, seconds + _ORPHANED_S), timeout=seconds)
        except RuntimeError as error:
            raise BrokenProcessPool(str(error)) from error


def _limit(memory: int) -> None:
    """Prepare the worker process."""
    # Pebble's handler would have to wait for the C extension to return; the default ends the process at once.
    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    for what, limit in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):  # macOS has no limit on address space; the machine's own may be stricter
            resource.setrlimit(what, (limit, limit))


def _done(work: Callable[[], T], seconds: float) -> T:
    """Do *work*, in the worker process. The alarm ends it should the process that watches the time be killed itself."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return work()
    except Exception as error:
        if not _travels(error):
            raise RuntimeError(f"in a worker process:\n{traceback.format_exc()}") from None
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _travels(error: Exception) -> bool:
    """Tell whether *error* can be sent: what cannot be unpickled would look like a broken worker."""
    try:
        return type(pickle.loads(pickle.dumps(error))) is type(error)  # noqa: S301 - pickled on the same line
    except Exception:  # noqa: BLE001 - constructors can raise anything
        return False


def _ending(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    return signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
