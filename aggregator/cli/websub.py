"""Owns what the daemon does about WebSub, who gets news from our hub, and how a feed stands with its hub in words."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import click

from aggregator.cli.context import Column, json_option, pass_context, printable, show_json, show_rows
from aggregator.errors import UsageError
from aggregator.model.pushing import Intent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import timedelta

    from aggregator.app import Work
    from aggregator.cli.context import Context
    from aggregator.daemon import Tick
    from aggregator.model import Source
    from aggregator.model.pushing import Lease, Reply, Subscriber
    from aggregator.web.websub import Routes

_log = logging.getLogger(__name__)
_TAKEN = 202
_COLUMNS = (
    Column(heading="TOPIC", read=lambda subscriber: subscriber.topic),
    Column(heading="CALLBACK", read=lambda subscriber: subscriber.callback),
    Column(heading="UNTIL", read=lambda subscriber: subscriber.ends_at),
    Column(heading="SIGNED", read=lambda subscriber: "yes" if subscriber.secret is not None else "no"),
    Column(heading="STATE", read=lambda subscriber: subscriber_state(subscriber)),  # noqa: PLW0108 - it stands below
)


def websub_ticks(front: Work, every: timedelta) -> Sequence[Tick]:
    """Return what the daemon does for WebSub beside its cycles; nothing if nobody uses it."""
    from aggregator.daemon import Tick  # noqa: PLC0415 - commands import what they need when they run

    def spread() -> None:
        for trouble in front.websub.spread():
            _log.warning("%s; told again later", trouble)

    return [Tick(name="websub", every=every, run=spread)] if front.websub.is_used else []


def websub_routes(front: Work, on_news: Callable[[], None], on_request: Callable[[], None]) -> Routes:
    """Return what is answered to hubs, whose news call *on_news*, and to our own subscribers, who call *on_request*."""
    if not front.websub.is_used:
        return []
    from aggregator.web.websub import callback_routes, hub_routes  # noqa: PLC0415 - few sites use it

    listening = front.websub.listening

    def push(token: str, fields: Mapping[str, str], body: bytes) -> Reply:
        return listening.push(token, fields, body, on_news)

    def take(form: str) -> Reply:
        reply = front.websub.hub.take(form)
        if reply.status == _TAKEN:
            on_request()
        return reply

    config = front.app.config
    callbacks = callback_routes(listening.question, listening.refusal, push, config.fetch.max_body)
    return [*callbacks, *hub_routes(take)] if config.websub.hub else callbacks


@click.group()
def hub() -> None:
    """Our own WebSub hub."""


@hub.command("list")
@json_option
@pass_context
def list_subscribers(context: Context, *, as_json: bool) -> None:
    """List who is sent our feeds when they change."""
    if not context.app.config.websub.hub:
        raise UsageError("this site is no hub: set websub.hub to true")
    with context.looking() as work, work.store.read() as tx:
        subscribers = tx.hub.subscribers()
    if as_json:
        show_json([_facts(subscriber) for subscriber in subscribers])
    else:
        show_rows(subscribers, _COLUMNS, as_json=False)


def _facts(subscriber: Subscriber) -> dict[str, object]:
    shown = ("topic", "callback", "ends_at", "due_at", "attempts", "trouble")
    return {name: getattr(subscriber, name) for name in shown} | {"signed": subscriber.secret is not None}


def subscriber_state(subscriber: Subscriber) -> str:
    """Tell how the last delivery went."""
    if subscriber.trouble is None:
        return "has the newest" if subscriber.due_at is None else "is being sent the newest"
    when = f"tried again {printable(subscriber.due_at)}" if subscriber.due_at else "tried again when there is news"
    return f"{subscriber.trouble} ({when})"


def lease_facts(lease: Lease) -> dict[str, object]:
    """Return a lease for JSON, without what only the hub and we may know."""
    shown = ("hub", "topic", "wanted", "asked", "ends_at", "due_at", "attempts", "trouble", "received", "received_at", "refused")
    return {name: getattr(lease, name) for name in shown} | {"signed": lease.secret is not None}


def lease_lines(source: Source, leases: Sequence[Lease]) -> list[str]:
    """Tell how a feed stands with its hub, a line for each lease."""
    offer = source.state.offer
    if not leases:
        return [f"offered by {offer.hub}, not used: see websub.subscribe"] if offer else []
    return list(map(_line, leases))


def _line(lease: Lease) -> str:
    if lease.wanted is Intent.UNSUBSCRIBE:
        return f"being ended at {lease.hub}"
    if lease.ends_at is not None:
        told = f"{lease.hub} tells us of news until {printable(lease.ends_at)}; renewed from {printable(lease.due_at)}"
    elif lease.trouble is not None:
        told = f"not told by {lease.hub}; asked again {printable(lease.due_at)}"
    else:
        told = f"{lease.hub} was asked, and has not asked back yet" if lease.asked else f"{lease.hub} is asked with the next tick"
    parts = [told]
    if lease.received_at is not None:
        parts.append(f"{lease.received} came, the last {printable(lease.received_at)}")
    if lease.refused:
        parts.append(f"{lease.refused} with a wrong signature or none were ignored")
    if lease.trouble is not None:
        parts.append(lease.trouble)
    return "; ".join(parts)
