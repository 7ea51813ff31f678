"""Ticks in real threads. They are told apart by events; nothing here sleeps or looks at a clock."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.daemon import Tick, ticking
from aggregator.errors import AggregatorError, LockedError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

HOUR = timedelta(hours=1)
SOON = timedelta(milliseconds=1)
PATIENCE = 10.0  # seconds that a broken test takes to fail


def tick(run: Callable[[], None], *, name: str = "poll", every: timedelta = HOUR) -> Tick:
    return Tick(name=name, every=every, run=run)


def nothing() -> None:
    """Stands for a tick, or for what to do about a bug, that does not matter."""


class Script:
    """A tick whose runs end as told, one after the other; runs beyond that succeed. Each run can be waited for."""

    def __init__(self, *ends: BaseException | None) -> None:
        self._ends = list(ends)
        self._runs = threading.Semaphore(0)
        self.count = 0

    def __call__(self) -> None:
        self.count += 1
        self._runs.release()
        end = self._ends.pop(0) if self._ends else None
        if end is not None:
            raise end

    def wait(self, runs: int) -> None:
        for _ in range(runs):
            assert self._runs.acquire(timeout=PATIENCE)


def test_each_tick_runs_at_once() -> None:
    poll, publish = Script(), Script()
    with ticking([tick(poll, name="poll"), tick(publish, name="publish")], on_bug=nothing):
        poll.wait(1)
        publish.wait(1)


def test_a_tick_runs_again_and_again() -> None:
    poll = Script()
    with ticking([tick(poll, every=SOON)], on_bug=nothing):
        poll.wait(3)


def test_a_failed_tick_is_logged_and_runs_again(caplog: pytest.LogCaptureFixture) -> None:
    poll = Script(StoreError("disk full"))
    with ticking([tick(poll, every=SOON)], on_bug=nothing) as state:
        poll.wait(3)  # the third run begins after the second has ended well
        assert (state.errors, state.bug) == ({}, None)
    assert [(record.levelname, record.message) for record in caplog.records if record.name == "aggregator.daemon"] == [
        ("ERROR", "poll failed, next try in 0:00:00.001000: disk full")
    ]


def test_the_error_of_the_last_run_is_known() -> None:
    error = AggregatorError("no")
    poll = Script(error)
    with ticking([tick(poll)], on_bug=nothing) as state:
        poll.wait(1)
    assert state.errors == {"poll": error}


def test_a_lock_held_by_another_run_is_only_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    poll = Script(LockedError("another run holds the lock"))
    with ticking([tick(poll)], on_bug=nothing):
        poll.wait(1)
    assert [record.levelno for record in caplog.records if record.name == "aggregator.daemon"] == [logging.WARNING]


def test_one_tick_that_fails_leaves_the_others_alone() -> None:
    publish = Script()
    failing = Script(*[AggregatorError("no")] * 1000)
    with ticking([tick(failing, every=SOON), tick(publish, name="publish", every=SOON)], on_bug=nothing):
        failing.wait(2)
        publish.wait(2)


@pytest.mark.parametrize(
    "bug", [pytest.param(KeyError("title"), id="exception"), pytest.param(SystemExit(0), id="a tick that exits")]
)
def test_a_bug_ends_the_ticking_and_is_raised_in_the_main_thread(bug: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    told = threading.Event()
    poll = Script(bug)

    def program() -> None:
        with ticking([tick(poll, every=SOON)], on_bug=told.set) as state:
            assert told.wait(PATIENCE)
            assert state.bug is bug
            state.run(tick(poll))

    with pytest.raises(type(bug)) as raised:
        program()
    assert raised.value is bug
    assert poll.count == 1
    critical = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert [record.exc_info[1] for record in critical if record.exc_info] == [bug]


def test_a_tick_never_runs_twice_at_a_time() -> None:
    """A run that outlasts its interval delays the next one."""
    inside = threading.Lock()
    overlaps: list[str] = []
    runs = Script()

    def poll() -> None:
        if not inside.acquire(blocking=False):
            overlaps.append("overlap")
            return
        try:
            other.wait(5)  # five intervals of the other tick: time enough for a second run to begin
            runs()
        finally:
            inside.release()

    other = Script()
    with ticking([tick(poll, every=SOON), tick(other, name="other", every=SOON)], on_bug=nothing):
        runs.wait(2)
    assert overlaps == []


def test_leaving_waits_for_the_tick_that_runs() -> None:
    started, finished = threading.Event(), threading.Event()

    def poll() -> None:
        scheduler = next(thread for thread in threading.enumerate() if thread.name == "APScheduler")
        started.set()
        scheduler.join(PATIENCE)  # ends only once the context is being left
        finished.set()

    with ticking([tick(poll)], on_bug=nothing) as state:
        assert started.wait(PATIENCE)
        assert "poll" in state.running
    assert finished.is_set()
    assert "poll" not in state.running


def test_leaving_does_not_wait_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    started, release = threading.Event(), threading.Event()

    def poll() -> None:
        started.set()
        release.wait(PATIENCE)

    with ticking([tick(poll)], on_bug=nothing, timeout=timedelta(0)) as state:
        assert started.wait(PATIENCE)
    assert state.running == ("poll",)
    assert "still running after 0:00:00: poll" in caplog.messages
    release.set()
    assert state.wait(timedelta(seconds=PATIENCE))


def test_nothing_is_left_running() -> None:
    before = set(threading.enumerate())
    poll = Script()
    with ticking([tick(poll, every=SOON)], on_bug=nothing):
        poll.wait(2)
        assert not any(thread.daemon for thread in set(threading.enumerate()) - before)
    count = poll.count
    assert set(threading.enumerate()) <= before
    assert poll.count == count


def test_an_exception_of_the_program_itself_passes_through() -> None:
    def program() -> None:
        with ticking([tick(nothing)], on_bug=nothing):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        program()
