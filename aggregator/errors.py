"""Owns the exception tree. Every error a user can meet is one of these; anything else is our bug and keeps its traceback.

AggregatorError
├── UsageError            the request makes no sense                      exit 2
│   └── ConfigError       config.yaml or the environment is wrong         exit 2
├── NotFoundError         no such feed, entry or category                 exit 1
├── NoFeedError           there is no feed at an address                  exit 1
│   └── NotNowError       it cannot be had now, later perhaps             exit 1
├── UnreadableFeedError   a document is not a feed                        one source fails
├── UnreadableOpmlError   a file is not a list of subscriptions           exit 1
├── AccessError           the credentials of a feed cannot be had         one source fails
├── BucketError           a file cannot be put into the bucket            the next run puts it
├── WorkerError           work in a worker process took too much, or died  one source fails
├── SeedError             a seed file cannot become an entry              one file is quarantined
├── LockedError           another run holds the lock                      exit 75
├── StoreError            the store cannot be read or written             exit 74
│   └── SchemaError       the store is of another version                 exit 74
│       └── NoStoreError  there is none yet                               exit 74
└── OutputError           the output folder cannot be written             exit 74
    └── ObstacleError     something is in the way of one published file   the others are published
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


class AggregatorError(Exception):
    """Something went wrong that is not our bug; the message says what, where and what to do."""

    exit_code: ClassVar[int] = 1


class UsageError(AggregatorError):
    """What was asked for makes no sense."""

    exit_code = 2


class ConfigError(UsageError):
    """The configuration is wrong; carries every problem that was found, one line each."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep *problems*, each already in the form ``file:line: key: what is wrong``."""
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class NotFoundError(AggregatorError):
    """There is no feed, entry or category of that name."""


class NoFeedError(AggregatorError):
    """At an address that somebody named there is no feed."""


class NotNowError(NoFeedError):
    """Whether there is a feed at an address cannot be told now."""

    def __init__(self, message: str, *, url: str) -> None:
        """Keep the address, which need not be the one that somebody named: a page may have led there."""
        super().__init__(message)
        self.url = url


class UnreadableFeedError(AggregatorError):
    """A completely received document is not a feed we can read."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the reason *code* (stable, for machines) beside the *message* (for people)."""
        super().__init__(message)
        self.code = code


class UnreadableOpmlError(AggregatorError):
    """A file is not a list of subscriptions in OPML that we can read."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the reason *code* (stable, for machines) beside the *message* (for people)."""
        super().__init__(message)
        self.code = code


class AccessError(AggregatorError):
    """What a feed or bucket is to be asked with, such as a password in a file, cannot be had. The message names no secret."""


class BucketError(AggregatorError):
    """A file cannot be put into the bucket. The message names no secret."""


class WorkerError(AggregatorError):
    """Work in a worker process took too long or too much memory, or the process died; it left nothing behind."""


class SeedError(AggregatorError):
    """A seed file cannot become an entry."""

    def __init__(self, code: str, message: str, *, line: int | None = None) -> None:
        """Keep the reason *code* and the *line* of the file (1-based) where it went wrong, if one is to blame."""
        super().__init__(message)
        self.code = code
        self.line = line

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with all that ``__init__`` takes: seeds are parsed in other processes."""
        return partial(type(self), line=self.line), (self.code, str(self))


class LockedError(AggregatorError):
    """Another run holds the lock."""

    exit_code = 75  # EX_TEMPFAIL of sysexits.h: cron may simply try again


class StoreError(AggregatorError):
    """The store cannot be read or written, or is damaged."""

    exit_code = 74  # EX_IOERR of sysexits.h


class SchemaError(StoreError):
    """The store's schema is not the one this program knows."""


class NoStoreError(SchemaError):
    """There is no store yet."""


class OutputError(AggregatorError):
    """The output folder cannot be written."""

    exit_code = 74


class ObstacleError(OutputError):
    """Something is in the way of one published file, which is not ours to take away."""
