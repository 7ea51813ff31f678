"""Owns the numbers that bound the schedule, and what a wait is."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct


class Pace(Struct, frozen=True, kw_only=True):
    """How often sources are polled where they leave it to us.

    *usual* is for sources of which nothing is known. By their rhythm sources wait for *floor* at least and *ceiling* at most,
    and up to *jitter*, a share of the wait, longer lest they all come at once. A publisher's hints count for *longest_hint* at
    most, Retry-After for *longest_retry_after*; failures in a row double the wait up to *longest_backoff*. *gone* is for what
    answers 410.
    """

    usual: timedelta = timedelta(minutes=60)
    floor: timedelta = timedelta(minutes=15)
    ceiling: timedelta = timedelta(hours=24)
    longest_hint: timedelta = timedelta(hours=24)
    longest_backoff: timedelta = timedelta(days=3)
    longest_retry_after: timedelta = timedelta(days=7)
    gone: timedelta = timedelta(days=7)
    jitter: float = 0.1


class Wait(Struct, frozen=True):
    """A time to wait, counted from the end of a poll, and why: main clauses in the order in which they are told."""

    length: timedelta
    because: tuple[str, ...]
