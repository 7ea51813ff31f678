"""How large front matter may be, whatever it is written in, and the error of what is larger."""

from __future__ import annotations

from aggregator.errors import SeedError

MOST_BYTES = 64 * 1024
DEEPEST = 20


class LimitError(SeedError):
    """The front matter is larger or deeper than any that a person writes."""


def check_length(header: str, line: int) -> None:
    """Refuse a *header* that is too long; *line* is its first.

    Raises:
        LimitError: ``bad-front-matter``.
    """
    if len(header.encode()) > MOST_BYTES:
        raise limit(f"longer than {MOST_BYTES // 1024} KiB", line)


def too_deep(line: int) -> LimitError:
    """Make the error for what is nested too deep on *line* of the file."""
    return limit(f"nested deeper than {DEEPEST}", line)


def limit(what: str, line: int) -> LimitError:
    """Make the error for front matter that is *what*, seen on *line* of the file."""
    return LimitError("bad-front-matter", f"the front matter is {what}; shorten it", line=line)
