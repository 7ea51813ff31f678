"""Owns what goes between publishers, hubs and subscribers (W3C WebSub, https://www.w3.org/TR/websub/)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.model.discreet import Discreet

if TYPE_CHECKING:
    from datetime import datetime


class HubOffer(Struct, frozen=True, kw_only=True):
    """What a feed offers: its *hub* tells of news about the *topic*, which is the feed's own address for itself."""

    hub: str
    topic: str


class Intent(StrEnum):
    """What a subscriber asks of a hub."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


class Lease(Discreet, frozen=True, kw_only=True):
    """How we stand with the hub of a source.

    *token* makes our callback unguessable, *secret* signs what the hub sends. *wanted* is what we want of the hub, *asked* what
    we asked for, until the hub has asked back whether that was us. It sends news until *ends_at*. Of what came, *received* was
    well signed, and *refused* was not. *due_at* is when something is to be done about it, after *attempts* that came to
    nothing, the last for this *trouble*.
    """

    id: int
    source_id: int
    hub: str
    topic: str
    token: str
    secret: str | None
    wanted: Intent = Intent.SUBSCRIBE
    asked: Intent | None = None
    ends_at: datetime | None = None
    due_at: datetime | None = None
    attempts: int = 0
    trouble: str | None = None
    received: int = 0
    received_at: datetime | None = None
    refused: int = 0


class Push(Discreet, frozen=True, kw_only=True):
    """What a hub sent, well signed and not read yet. *body* is as it came, in *content_encoding*."""

    id: int
    source_id: int
    topic: str
    received_at: datetime
    content_type: str | None
    content_encoding: str
    body: bytes


class Ping(Struct, frozen=True, kw_only=True):
    """News of a *topic* of ours that a *hub* is to be told. *changes* grows with each, so that none is lost while one is told."""

    id: int
    hub: str
    topic: str
    changes: int
    attempts: int


class Request(Discreet, frozen=True, kw_only=True):
    """What a subscriber asks of our hub. *lease_s* is in seconds, within our bounds."""

    intent: Intent
    callback: str
    topic: str
    lease_s: int
    secret: str | None = None


class Asked(Struct, frozen=True, kw_only=True):
    """A request that our hub has taken and not verified yet."""

    id: int
    request: Request
    attempts: int


class Subscriber(Discreet, frozen=True, kw_only=True):
    """One who gets our news at *callback* until *ends_at*; *due_at* if there is something to deliver, *changes* as in a ping."""

    id: int
    callback: str
    topic: str
    secret: str | None
    ends_at: datetime
    changes: int = 0
    due_at: datetime | None = None
    attempts: int = 0
    trouble: str | None = None


class Reply(Struct, frozen=True, kw_only=True):
    """What to answer to a hub or a subscriber: a status, and plain text."""

    status: int
    text: str = ""
