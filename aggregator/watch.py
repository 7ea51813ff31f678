"""Watches folders, so that a file dropped there need not wait for the next tick. The only module that knows watchfiles."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import watchfiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_SETTLE_MS = 200  # how long changes are gathered: an editor writes a file in several steps


@contextmanager
def watching(folders: Sequence[Path], changed: Callable[[], None]) -> Iterator[None]:
    """Call *changed*, in a thread of its own, whenever something under *folders* changed; folders that are missing are left out.

    What happens while *changed* runs is told after it, once.
    """
    there = [folder for folder in folders if folder.is_dir()]
    over = threading.Event()

    def watch() -> None:
        for _ in watchfiles.watch(*there, debounce=_SETTLE_MS, step=50, stop_event=over, raise_interrupt=False):
            changed()

    thread = threading.Thread(target=watch, name="watch")
    if there:
        thread.start()
    try:
        yield
    finally:
        over.set()
        if there:
            thread.join()
