"""Owns what decides when a source is polled next: the publisher's wishes, what became of the last polls, and the decision."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping


class Hints(Struct, frozen=True, kw_only=True):
    """What a feed says of the pace at which it wants to be read.

    *ttl* is RSS's time to live. *skip_hours* (0 to 23) and *skip_days* (0 is Monday) are in GMT. *period* is the time between
    two updates by the syndication module of RSS 1.0 (https://web.resource.org/rss/1.0/modules/syndication/), and *base* a
    moment at which there was or will be one. *finished* means that nothing more will come (``expired`` in JSON Feed,
    ``itunes:complete`` in podcasts).
    """

    ttl: timedelta | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    period: timedelta | None = None
    base: datetime | None = None
    finished: bool = False


class Freshness(Struct, frozen=True, kw_only=True):
    """What a response says of the next request, counted from the moment it came.

    For *max_age* the response stays as good as a new one (RFC 9111, section 4.2); *stated_in* names the header that says so.
    *retry_after* is how long to leave the server alone (RFC 9110, section 10.2.3).
    """

    max_age: timedelta | None = None
    stated_in: str = "Cache-Control: max-age"
    retry_after: timedelta | None = None


class Appearance(Struct, frozen=True, kw_only=True):
    """One entry of a source: when the publisher says it came, and when we first saw it there."""

    published: datetime | None
    seen_at: datetime


class Pulse(Struct, frozen=True, kw_only=True):
    """The rhythm of a source: when it last brought something new, and the median time between two such occasions, if known."""

    at: datetime
    gap: timedelta | None = None


class Standing(Struct, frozen=True, kw_only=True):
    """How a source stands at the end of a poll: all that decides on its next one.

    *interval* is what the subscription asks for. *hints* are of the last document, *freshness* of this response; where this
    one failed, its ``retry_after`` beside the ``max_age`` of the last that did not. *pulse* is missing if nothing ever came.
    *failures* counts the polls that failed in a row, this one included, and *error* is the code of its failure, such as
    ``http-503``. *pushed* means that a hub tells us what is new (WebSub). *crowded* means that it was polled together with
    others merely because all had waited for us: its first poll, or the first after we were down.
    """

    interval: timedelta | None = None
    hints: Hints = Hints()
    freshness: Freshness = Freshness()
    pulse: Pulse | None = None
    failures: int = 0
    error: str | None = None
    pushed: bool = False
    crowded: bool = False


class NextPoll(Struct, frozen=True, kw_only=True):
    """When a source is due again, and why: one sentence, in words that stay true however much later it is read.

    *at* is ``None`` for what is looked at on every run.
    """

    at: datetime | None
    reason: str


def hints_json(hints: Hints) -> dict[str, Any]:
    """Write *hints* as JSON, durations in seconds; what the feed does not say is left out."""
    fields = {
        "ttl": _seconds(hints.ttl),
        "skip_hours": list(hints.skip_hours),
        "skip_days": list(hints.skip_days),
        "period": _seconds(hints.period),
        "base": hints.base.isoformat() if hints.base else None,
        "finished": hints.finished,
    }
    return {name: value for name, value in fields.items() if value}


def hints_from_json(fields: Mapping[str, Any]) -> Hints:
    """Read what :func:`hints_json` wrote."""
    return Hints(
        ttl=_span(fields.get("ttl")),
        skip_hours=tuple(fields.get("skip_hours", ())),
        skip_days=tuple(fields.get("skip_days", ())),
        period=_span(fields.get("period")),
        base=datetime.fromisoformat(fields["base"]) if "base" in fields else None,
        finished=fields.get("finished", False),
    )


def freshness_json(freshness: Freshness) -> dict[str, Any]:
    """Write *freshness* as JSON, durations in seconds; what the response does not say is left out."""
    fields = {
        "max_age": _seconds(freshness.max_age),
        "stated_in": freshness.stated_in if freshness.max_age else None,
        "retry_after": _seconds(freshness.retry_after),
    }
    return {name: value for name, value in fields.items() if value}


def freshness_from_json(fields: Mapping[str, Any]) -> Freshness:
    """Read what :func:`freshness_json` wrote."""
    return Freshness(
        max_age=_span(fields.get("max_age")),
        stated_in=fields.get("stated_in", Freshness().stated_in),
        retry_after=_span(fields.get("retry_after")),
    )


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
