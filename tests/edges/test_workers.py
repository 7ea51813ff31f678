"""Work in a worker process: what it may cost, and what comes back when it costs too much. Real processes, no sleeping."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aggregator.errors import UnreadableFeedError, UsageError, WorkerError
from aggregator.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SOON = timedelta(seconds=0.5)
LATE = timedelta(seconds=60)
MEMORY = 512 * 1024**2


# Tasks are functions of this module, since a worker process finds them by name.


def spin() -> None:
    for _ in itertools.count():
        pass


def spin_in_c() -> int:
    """Hold the interpreter within one C call, where no handler of a signal written in Python can run."""
    return sum(itertools.repeat(0))


def kill_the_parent_and_spin() -> None:
    os.kill(os.getppid(), signal.SIGKILL)
    spin()


def process_id() -> int:
    return os.getpid()


def kill_itself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leave(status: int) -> None:
    os._exit(status)


def take_memory() -> int:
    return len(bytearray(4 * MEMORY))


def complain(message: str) -> None:
    raise UsageError(message)


def complain_in_two_words() -> None:
    raise UnreadableFeedError("not-a-feed", "a page")


def halve(number: int) -> float:
    match number:
        case 3:
            spin_in_c()
        case 5:
            kill_itself()
        case 7:
            take_memory()
    return number / 2


def unpicklable() -> threading.Lock:
    return threading.Lock()


@pytest.fixture(name="workers")
def _workers() -> Iterator[Workers]:
    with Workers(timeout=LATE, memory=MEMORY) as workers:
        yield workers


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_work_is_done_in_one_other_process_that_stays_warm(workers: Workers) -> None:
    first, second = workers.run(process_id), workers.run(process_id)

    assert first == second != os.getpid()


def test_no_process_is_started_before_there_is_work() -> None:
    with Workers(timeout=LATE) as workers:
        assert workers._pool is None


def test_closing_ends_the_process(workers: Workers) -> None:
    process = workers.run(process_id)
    workers.close()

    assert not alive(process)


@pytest.mark.parametrize("endless", [spin, spin_in_c])
def test_work_that_takes_too_long_is_killed_and_the_next_is_done(endless: Callable[[], object]) -> None:
    with Workers(timeout=SOON) as workers:
        first = workers.run(process_id)
        with pytest.raises(WorkerError, match=r"^it took longer than 0\.5 s$"):
            workers.run(endless)

        assert not alive(first)
        assert workers.run(process_id) != first


@pytest.mark.parametrize(
    ("task", "arguments", "ending"),
    [
        pytest.param(kill_itself, (), "SIGKILL", id="killed"),
        pytest.param(leave, (3,), "exit status 3", id="exits"),
    ],
)
def test_a_process_that_dies_is_an_error_and_the_next_work_is_done(
    workers: Workers, task: Callable[..., None], arguments: tuple[object, ...], ending: str
) -> None:
    with pytest.raises(WorkerError, match=rf"^its process died \({ending}\)$"):
        workers.run(task, *arguments)

    assert workers.run(abs, -1) == 1


def test_a_process_that_died_between_two_pieces_of_work_is_replaced(workers: Workers) -> None:
    first = workers.run(process_id)
    os.kill(first, signal.SIGKILL)

    assert workers.run(process_id) not in {first, os.getpid()}


def test_work_that_takes_too_much_memory_is_an_error_and_the_next_is_done(workers: Workers) -> None:
    with pytest.raises(WorkerError, match=r"^it needed more than 512 MiB of memory$"):
        workers.run(take_memory)

    assert workers.run(abs, -1) == 1


def test_what_the_work_raises_comes_back_with_its_traceback(workers: Workers) -> None:
    with pytest.raises(UsageError, match=r"^no such thing$") as caught:
        workers.run(complain, "no such thing")

    assert "in complain" in str(caught.value.__cause__)


def test_an_exception_that_cannot_be_sent_comes_back_as_its_traceback(workers: Workers) -> None:
    with pytest.raises(RuntimeError, match=r"in complain_in_two_words(.|\n)*UnreadableFeedError: a page"):
        workers.run(complain_in_two_words)

    assert workers.run(abs, -1) == 1


def test_a_result_that_cannot_be_sent_is_a_bug_and_the_next_work_is_done(workers: Workers) -> None:
    with pytest.raises(TypeError, match="lock"):
        workers.run(unpicklable)

    assert workers.run(abs, -1) == 1


def test_a_worker_whose_parent_was_killed_ends_by_itself(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_workers import SOON, Workers, kill_the_parent_and_spin
if __name__ == "__main__":
    Workers(timeout=SOON).run(kill_the_parent_and_spin)
""")
    # The worker inherits the pipe, which therefore ends only with it.
    done = subprocess.run([sys.executable, script], timeout=60, capture_output=True, check=False)

    assert done.returncode == -signal.SIGKILL


def test_each_piece_of_work_gives_its_result_in_order_or_the_error_that_ended_it() -> None:
    with Workers(timeout=SOON, memory=MEMORY) as workers:
        results = [r if isinstance(r, float) else str(r) for r in workers.each(halve, range(9))]

    slow, dead, fat = "it took longer than 0.5 s", "its process died (SIGKILL)", "it needed more than 512 MiB of memory"
    assert results == [0.0, 0.5, 1.0, slow, 2.0, dead, 3.0, fat, 4.0]


def test_no_more_work_is_given_out_than_the_process_needs_to_stay_busy(workers: Workers) -> None:
    numbers = iter(range(9))
    results = workers.each(abs, numbers)

    assert next(results) == 0
    assert len(list(numbers)) > 4


def test_what_a_piece_of_work_raises_comes_where_its_result_would(workers: Workers) -> None:
    results = workers.each(complain, ["no such thing"])

    with pytest.raises(UsageError, match=r"^no such thing$"):
        next(results)
