"""Owns the rule that one run at a time does the work of a store, whoever started it: cron, the daemon, or a person."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aggregator.errors import LockedError, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file *path*. The kernel frees it when the process ends, however it ends; the file itself stays.

    Raises:
        LockedError: another process holds it.
        OutputError: the file cannot be created.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # close-on-exec: a child must not keep the lock after we are gone
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise OutputError(f"cannot create the lock file {path}: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise LockedError(f"another run is at work (it holds {path}); try again when it is done") from None
    try:
        yield
    finally:
        os.close(descriptor)
