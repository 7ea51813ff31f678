"""Owns what publishing needs from outside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from aggregator.model import Site
    from aggregator.store import Store

HOUR = timedelta(hours=1)
# The date of a feed that has no entries yet. Any fixed date does; the present would change the bytes on every run.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Publishing(Struct, frozen=True, kw_only=True):
    """What publishing needs from outside.

    A feed shows at least its newest *entries* if there are as many; that many leave it for a page of its archive at a time.
    Without *full_content* only summaries go out. *live* pages lead to what only our own server answers. What is
    *private* are addresses of sources that nobody is told. Published files are looked at again, whether they are still there as
    they were written, after *trusted_for*.
    """

    store: Store
    output: Path
    site: Site
    timezone: ZoneInfo
    entries: int
    full_content: bool
    live: bool
    private: frozenset[str] = frozenset()
    clock: Callable[[], datetime]
    trusted_for: timedelta = HOUR
