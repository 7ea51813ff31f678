"""Owns the log: one line an event on standard error, cleaned of control characters so that no title can forge a line."""

from __future__ import annotations

import logging
import sys

_LONGEST = 2000
_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)


class _OneLine(logging.Formatter):
    """Writes an event as one line of printable text; only a traceback takes more."""

    def format(self, record: logging.LogRecord) -> str:
        """Format *record*."""
        message = record.getMessage()[:_LONGEST]
        clean = "".join(c if c.isprintable() else " " for c in message)
        line = f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%S%z')} {record.levelname.lower()} {record.name}: {clean}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def configure(verbose: int) -> None:
    """Send events to standard error: warnings, or with *verbose* 1 what happens, with 2 all."""
    level = _LEVELS[min(verbose, len(_LEVELS) - 1)]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # these tell of their own workings at INFO, which no operator asked for
    for library in ("apscheduler", "alembic", "uvicorn"):
        logging.getLogger(library).setLevel(max(level, logging.WARNING))
