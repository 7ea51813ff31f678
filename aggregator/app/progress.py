"""Owns what use cases tell of themselves: how far they are, and what a cycle did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.feedfiles import Written
    from aggregator.model import Poll, Source
    from aggregator.publish.uploads import Uploaded


class Cycle(Struct, frozen=True, kw_only=True):
    """What one cycle did: a row for each seed folder and each poll, the files that were published, what the bucket got."""

    sown: tuple[tuple[Source, Poll], ...]
    polled: tuple[tuple[Source, Poll], ...]
    published: Written
    uploaded: Uploaded | None


class Progress(Struct, frozen=True, kw_only=True):
    """Whom to tell of progress: *begin* a step with its name and size, then *advance*, and *say* how it goes."""

    begin: Callable[[str, int | None], None] = field(default=lambda _name, _size: None)
    say: Callable[[str], None] = field(default=lambda _words: None)
    advance: Callable[[int], None] = field(default=lambda _count: None)
