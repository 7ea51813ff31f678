"""Owns subscriptions, sources and their polls, and our categories."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.model.fetching import Validators
from aggregator.model.polling import PollState
from aggregator.model.publisher import Provenance

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from aggregator.model.fetching import Hop
    from aggregator.model.publisher import Remark


class SourceKind(StrEnum):
    """What kind of source: a live feed URL or a folder of seeds."""

    FEED = "feed"
    SEEDS = "seeds"


class Origin(StrEnum):
    """Who asked for a source or category: the configuration file, the command line, or the entries themselves."""

    CONFIG = "config"
    COMMAND = "command"
    ENTRY = "entry"


class Subscription(Struct, frozen=True, kw_only=True):
    """What the operator asked for. *url* of a seed folder is its path as configured."""

    url: str
    kind: SourceKind = SourceKind.FEED
    title: str | None = None
    categories: tuple[str, ...] = ()
    interval: timedelta | None = None


class Source(Struct, frozen=True, kw_only=True):
    """A subscription and what we learned of it. Until *pushed_until* a hub tells us what is new (WebSub)."""

    id: int
    subscription: Subscription
    origin: Origin
    disabled_reason: str | None = None
    provenance: Provenance = Provenance()
    validators: Validators = Validators()
    document_digest: bytes | None = None
    added_at: datetime
    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    failures: int = 0
    error: Remark | None = None
    next_poll_at: datetime | None = None
    next_poll_reason: str = "never polled"
    state: PollState = PollState()
    pushed_until: datetime | None = None
    entry_count: int = 0

    @property
    def name(self) -> str:
        """What to call it in front of people."""
        return self.subscription.title or self.provenance.title or self.subscription.url

    @property
    def poll_url(self) -> str:
        """Where it is polled: the subscription's URL, unless the feed moved."""
        return self.state.current_url or self.subscription.url


class Category(Struct, frozen=True, kw_only=True):
    """One published feed. *slug* and *atom_id* never change once assigned; *revision* grows with every change to its content."""

    id: int
    slug: str
    name: str
    atom_id: str
    revision: int = 0
    entry_count: int = 0
    newest: datetime | None = None


class Trust(StrEnum):
    """How far to trust that a seed file did not change: by its size and time, or only by its bytes."""

    STAT = "stat"
    BYTES = "bytes"


class SeedListed(Struct, frozen=True, kw_only=True):
    """A seed file as ``seed list`` shows it. *code* and *message* tell what is wrong, *ended_at* since when the file is gone."""

    path: str
    title: str | None
    entry_id: int | None
    code: str | None
    message: str | None
    ended_at: datetime | None


class SeedState(Struct, frozen=True, kw_only=True):
    """A seed file as it was when last read: unchanged by *size* and *mtime_ns* means that it is not opened again."""

    path: str
    size: int
    mtime_ns: int
    digest: bytes


class PollOutcome(StrEnum):
    """How a poll ended, seen from the source."""

    READ = "read"
    NOT_MODIFIED = "not-modified"
    SAME_DOCUMENT = "same-document"
    PUSHED = "pushed"
    FAILED = "failed"


class Tally(Struct, frozen=True, kw_only=True):
    """How the items of one document, or of several, ended: ``seen`` is the sum of all others."""

    seen: int = 0
    new: int = 0
    revised: int = 0
    unchanged: int = 0
    merged: int = 0
    quarantined: int = 0
    churning: int = 0
    tombstoned: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Sum two tallies field by field."""
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})


class Poll(Struct, frozen=True, kw_only=True):
    """One attempt to bring one source up to date, as kept in the poll log.

    *hops* are the redirects that were followed, *fetch_s* is in seconds, *wire_bytes* as received.
    """

    source_id: int
    started_at: datetime
    outcome: PollOutcome
    tally: Tally = Tally()
    status: int | None = None
    final_url: str | None = None
    remark: Remark | None = None
    hops: tuple[Hop, ...] = ()
    wire_bytes: int = 0
    fetch_s: float = 0.0


class Quarantined(Struct, frozen=True, kw_only=True):
    """A row of quarantine: an item, file or document with what is wrong with it. *entry_id* where it was stored all the same.

    *carrier* is set where a guard holds the item whole, so that it can be released; *dropped_at* if it shall never come in.
    """

    id: int
    source_url: str
    place: str
    code: str
    message: str
    raw: str
    entry_id: int | None
    first_seen_at: datetime
    last_seen_at: datetime
    carrier: str | None = None
    dropped_at: datetime | None = None


class ReasonCount(Struct, frozen=True, kw_only=True):
    """How often one reason stands in quarantine: with what was *held* back, and with what was *stored* all the same."""

    code: str
    held: int
    stored: int
