"""Owns what a round of polling needs from outside."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct, field

from aggregator.schedule import Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from aggregator.ingest_rules import IngestRules
    from aggregator.model import Access, FetchRequest, FetchResult
    from aggregator.store import Store

    Fetch = Callable[[Iterable[FetchRequest]], Iterator[FetchResult]]


class Polling(Struct, frozen=True, kw_only=True):
    """The network, the clock, chance, and what the operator declared.

    *access* is what a subscription, by its URL, is to be asked with: it is called for each that is polled and raises an
    :class:`aggregator.errors.AccessError` where that cannot be found. *parse_timeout* is the wall time that reading and
    cleaning one document may take.
    """

    store: Store
    fetch: Fetch
    rules: IngestRules
    clock: Callable[[], datetime]
    chance: Callable[[], float]
    pace: Pace = Pace()
    access: Mapping[str, Callable[[], Access]] = field(default_factory=dict)
    parse_timeout: timedelta = timedelta(seconds=15)
