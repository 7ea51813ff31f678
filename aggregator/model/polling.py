"""Owns what polling keeps of a feed between two polls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.model.discreet import Discreet
from aggregator.model.scheduling import Freshness, Hints

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model.fetching import Validators
    from aggregator.model.pushing import HubOffer
    from aggregator.model.scheduling import Appearance, NextPoll, Pulse
    from aggregator.model.sources import Poll, Source


class Moving(Struct, frozen=True, kw_only=True):
    """A permanent redirect that is not believed yet: where it leads, since when, and how many polls in a row said so."""

    url: str
    since: datetime
    polls: int = 1


class Move(Struct, frozen=True, kw_only=True):
    """A change of the address at which a feed is polled. *undone_at* if it was taken back: it is not made again by itself."""

    moved_at: datetime
    from_url: str
    to_url: str
    reason: str
    undone_at: datetime | None = None


class PollState(Struct, frozen=True, kw_only=True):
    """Where the polling of a feed stands.

    *current_url* is where the feed is polled now, if it moved from the subscription's URL. *document_at* is when a whole
    document last came, *imported_at* when the first one did. *hints* and *freshness* are of the last document and response.
    *pulse* is how often something new comes, as of the last time that it did. *offer* is the hub that the feed names.
    """

    current_url: str | None = None
    moving: Moving | None = None
    document_at: datetime | None = None
    imported_at: datetime | None = None
    hints: Hints = Hints()
    freshness: Freshness = Freshness()
    pulse: Pulse | None = None
    offer: HubOffer | None = None


class Memory(Struct, frozen=True, kw_only=True):
    """What the next document of a feed is read with, and only a document.

    *seen_items* is what ``delta`` needs to tell known items by their bytes. *appearances* are the newest entries.
    """

    seen_items: bytes | None = None
    appearances: tuple[Appearance, ...] = ()


class Access(Discreet, frozen=True, kw_only=True):
    """What a subscription is asked with: as whom, and with which secret header fields. Those are shown to nobody."""

    user_agent: str | None = None
    secret_fields: tuple[tuple[str, str], ...] = ()


class Conclusion(Struct, frozen=True, kw_only=True):
    """What is written at the end of a poll, in the transaction that stores its entries.

    *validators* and *digest* vouch for a document whose every item is stored by now; empty ones make the next fetch
    unconditional. *failures* counts those in a row for which the source is to blame.
    """

    source: Source
    poll: Poll
    next_poll: NextPoll
    validators: Validators
    digest: bytes | None
    state: PollState
    failures: int = 0
