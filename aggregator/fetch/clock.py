"""Owns the time by which fetching goes, in seconds that never go back. Knows nothing of dates."""

from __future__ import annotations

import time


class Clock:
    """Read once for all that happens at a time.

    *now* is for what others wait for; *worked* leaves out the pauses, so that a consumer who is long at one document does not
    make the others late.
    """

    def __init__(self) -> None:
        """Start."""
        self._paused = 0.0
        self.tick()

    def tick(self) -> None:
        """Read the time."""
        self.now = time.monotonic()
        self.worked = self.now - self._paused

    def stop(self) -> None:
        """Let time pass in which we cannot work, until :meth:`go_on`."""
        self.tick()

    def go_on(self) -> None:
        """Work again."""
        stopped = self.now
        self.tick()
        self._paused += self.now - stopped
        self.worked = self.now - self._paused
