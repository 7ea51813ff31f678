"""Owns the limits under which we fetch. Does not read them from anywhere."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct


class FetchSettings(Struct, frozen=True, kw_only=True):
    """How to fetch, and when to give up.

    *allow* lists exact (numeric address, port) pairs that may be dialled although they are not public; names must have been
    resolved by the caller. *connect_timeout* bounds name lookup, connection and TLS of each hop; *idle_timeout* the wait for
    the next byte; *timeout* the whole fetch with its redirects. *max_body* is in bytes and bounds both what the wire brings
    and what it unpacks to. *concurrency* counts requests under way and results not yet taken. *spacing* is how long a host is
    left alone between the end of one request and the start of the next.
    """

    user_agent: str
    allow: frozenset[tuple[str, int]] = frozenset()
    connect_timeout: timedelta = timedelta(seconds=10)
    idle_timeout: timedelta = timedelta(seconds=20)
    timeout: timedelta = timedelta(seconds=60)
    max_body: int = 15 * 1024 * 1024
    max_redirects: int = 10
    concurrency: int = 32
    spacing: timedelta = timedelta(seconds=1)
