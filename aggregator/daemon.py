"""Owns the ticks of the daemon: what runs when, and what becomes of a tick that fails. The only module that knows APScheduler.

Does not know what a tick does. What is *due* lives in the store; a tick only asks. So the scheduler keeps nothing: its jobs
are in memory, a late tick runs late instead of not at all, and several missed ones are one.
"""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from msgspec import Struct

from aggregator.errors import AggregatorError, LockedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

_log = logging.getLogger(__name__)


class Tick(Struct, frozen=True, kw_only=True):
    """Something to do at once and then *every* so often, never twice at a time. *name* is unique and for people."""

    name: str
    every: timedelta
    run: Callable[[], None]


class Ticking:
    """How the ticks are doing; for ``/healthz``. Safe to ask from any thread, also after the ticking has ended."""

    def __init__(self, on_bug: Callable[[], None], run_now: Callable[[str], object]) -> None:
        self._run_now = run_now
        self._changed = threading.Condition()
        self._on_bug = on_bug
        self._stopping = False
        self._running: list[str] = []
        self._again: set[str] = set()
        self._errors: dict[str, AggregatorError] = {}
        self._bug: BaseException | None = None

    @property
    def errors(self) -> Mapping[str, AggregatorError]:
        """The ticks, by name, whose last run failed, and why. Empty is healthy."""
        with self._changed:
            return dict(self._errors)

    @property
    def bug(self) -> BaseException | None:
        """The exception that should never have happened, if one did. From then on no tick runs any more."""
        with self._changed:
            return self._bug

    @property
    def running(self) -> tuple[str, ...]:
        """The names of the ticks that are running now."""
        with self._changed:
            return tuple(self._running)

    def hurry(self, name: str) -> None:
        """Let the tick called *name* run now, or right after its present run, which may have missed the news."""
        with self._changed:
            if name in self._running:
                self._again.add(name)
            elif not self._stopping:
                self._run_now(name)

    def run(self, tick: Tick) -> None:
        """Run *tick* once, in a worker thread, and keep what became of it. Raises nothing."""
        with self._changed:
            if self._stopping:
                return
            self._running.append(tick.name)
        try:
            self._run_and_judge(tick)
            while self._is_wanted_again(tick.name):
                self._run_and_judge(tick)
        finally:
            with self._changed:
                self._running.remove(tick.name)
                self._changed.notify_all()

    def _is_wanted_again(self, name: str) -> bool:
        with self._changed:
            wanted = name in self._again and not self._stopping
            self._again.discard(name)
            return wanted

    def _run_and_judge(self, tick: Tick) -> None:
        try:
            tick.run()
        except AggregatorError as error:
            # Another run holding the lock is nothing to call a human for.
            level = logging.WARNING if isinstance(error, LockedError) else logging.ERROR
            _log.log(level, "%s failed, next try in %s: %s", tick.name, tick.every, error)
            with self._changed:
                self._errors[tick.name] = error
        except BaseException as bug:  # noqa: BLE001 - not silenced: logged here, raised in the main thread by ticking()
            _log.critical("%s met a bug; no tick runs any more", tick.name, exc_info=bug)
            with self._changed:
                self._stopping = True
                self._bug = self._bug or bug
            self._on_bug()
        else:
            with self._changed:
                self._errors.pop(tick.name, None)

    def stop(self) -> None:
        """Start no tick any more."""
        with self._changed:
            self._stopping = True

    def wait(self, timeout: timedelta) -> bool:
        """Wait until no tick is running; ``False`` if that took longer than *timeout*."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._running, timeout.total_seconds())


@contextmanager
def ticking(
    ticks: Sequence[Tick], *, on_bug: Callable[[], None], timeout: timedelta = timedelta(seconds=30)
) -> Iterator[Ticking]:
    """Run *ticks* in threads of their own while the context lasts, each for the first time at once.

    A tick that raises :class:`AggregatorError` is logged and tried again when its time comes. Anything else is a bug: it is
    logged with its traceback, no tick runs any more, and *on_bug* is called, from that tick's thread, to ask the main thread
    to leave the context. There the exception is raised again, so that the program ends with it and not as if all were well.

    Leaving starts no tick any more and waits up to *timeout* for those that run; those that still run are logged and named
    by :attr:`Ticking.running`. Python cannot end before they do, other than by ``os._exit``.

    Raises:
        BaseException: the bug that a tick met, on leaving.
    """
    workers = ThreadPoolExecutor(max_workers=max(1, len(ticks)))
    scheduler = BackgroundScheduler(executors={"default": workers}, timezone=UTC, daemon=False)
    every = {tick.name: tick.every for tick in ticks}
    state = Ticking(on_bug, lambda name: scheduler.reschedule_job(name, trigger=_AtOnceThenEvery(every[name])))
    for tick in ticks:
        scheduler.add_job(
            state.run,
            _AtOnceThenEvery(tick.every),
            args=[tick],
            id=tick.name,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,  # the default drops a tick that is a second late
        )
    scheduler.start()
    try:
        yield state
    finally:
        state.stop()
        scheduler.shutdown(wait=False)
        if state.wait(timeout):
            workers.shutdown(wait=True)
        else:
            _log.error("still running after %s: %s", timeout, ", ".join(state.running))
    if state.bug is not None:
        raise state.bug


class _AtOnceThenEvery(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """Fires at the start and then in equal steps. APScheduler's own interval starts with a pause or wants to know the time."""

    def __init__(self, every: timedelta) -> None:
        self._every = every

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """Return when to run next, as APScheduler asks for it."""
        return now if previous_fire_time is None else previous_fire_time + self._every
