"""Folders are watched: a change is told once it happened, also one that happens while another is being dealt with."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.daemon import Tick, ticking
from aggregator.watch import watching

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 20  # seconds, against a test that hangs; nothing comes near it


def test_a_dropped_file_is_told(tmp_path: Path) -> None:
    told = threading.Event()
    with watching([tmp_path, tmp_path / "missing"], told.set):
        number = 0
        while not told.is_set():  # the watch begins a moment after we do: keep changing until it is heard
            number += 1
            (tmp_path / f"{number}.md").write_text("x")
            told.wait(0.1)
            assert number < PATIENCE * 10

    assert told.is_set()


def test_nothing_to_watch_is_no_error(tmp_path: Path) -> None:
    with watching([tmp_path / "missing"], lambda: None):
        assert threading.active_count() >= 1


def test_a_tick_that_is_hurried_runs_again_at_once() -> None:
    runs = threading.Semaphore(0)
    with ticking([Tick(name="cycle", every=timedelta(hours=1), run=runs.release)], on_bug=lambda: None) as ticks:
        assert runs.acquire(timeout=PATIENCE)
        ticks.hurry("cycle")

        assert runs.acquire(timeout=PATIENCE)


def test_a_tick_hurried_while_it_runs_runs_once_more_afterwards() -> None:
    started, go_on, runs = threading.Semaphore(0), threading.Semaphore(0), []

    def run() -> None:
        runs.append(1)
        started.release()
        go_on.acquire(timeout=PATIENCE)

    with ticking([Tick(name="cycle", every=timedelta(hours=1), run=run)], on_bug=lambda: None) as ticks:
        started.acquire(timeout=PATIENCE)
        hurrying = threading.Thread(target=ticks.hurry, args=["cycle"])
        hurrying.start()
        go_on.release()
        assert started.acquire(timeout=PATIENCE)
        go_on.release()
        hurrying.join(PATIENCE)

    assert len(runs) == 2
