"""Owns the commands about subscriptions: feed list, add, remove, show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aggregator.cli.context import Column, json_option, pass_context, printable, show_facts, show_json, show_rows
from aggregator.errors import UsageError
from aggregator.model import Origin, SourceKind, Subscription

if TYPE_CHECKING:
    from aggregator.cli.context import Context
    from aggregator.model import Source

_SHOWN_POLLS = 10


def state(source: Source) -> str:
    """Say in a word or a reason how a source is."""
    if source.disabled_reason:
        return "disabled"
    if source.error:
        return f"{source.error.code}: {source.error.message}"
    return "ok" if source.polled_at else "new"


_COLUMNS = (
    Column(heading="URL", read=lambda s: s.subscription.url),
    Column(heading="TITLE", read=lambda s: s.name),
    Column(heading="ENTRIES", read=lambda s: s.entry_count),
    Column(heading="LAST POLL", read=lambda s: s.polled_at),
    Column(heading="NEXT POLL", read=lambda s: s.disabled_reason or s.next_poll_at or "with the next run"),
    Column(heading="STATE", read=state),
)


@click.group()
def feed() -> None:
    """Work with subscriptions to live feeds."""


@feed.command("list")
@json_option
@pass_context
def list_(context: Context, *, as_json: bool) -> None:
    """List the feeds, with how they are."""
    with context.looking() as work, work.store.read() as tx:
        feeds = [s for s in tx.sources.all() if s.subscription.kind is SourceKind.FEED]
    show_rows(feeds, _COLUMNS, as_json=as_json)


@feed.command()
@click.argument("url")
@click.option("--category", "categories", multiple=True, metavar="NAME", help="Category of its entries; may be repeated.")
@click.option("--title", help="What to call it, in place of the feed's own title.")
@pass_context
def add(context: Context, url: str, categories: tuple[str, ...], title: str | None) -> None:
    """Subscribe to a feed. It is polled with the next run."""
    from aggregator.config import http_url  # noqa: PLC0415 - commands import what they need when they run

    try:
        url = http_url(url.strip())
    except ValueError as problem:
        raise UsageError(f"{url!r} is no address of a feed: it {problem}") from problem
    with context.looking() as work:
        source = work.subscribe(Subscription(url=url, title=title, categories=categories))
    click.echo(f"added {source.subscription.url}; `aggregator run` polls it")


@feed.command()
@click.argument("url")
@pass_context
def remove(context: Context, url: str) -> None:
    """End a subscription that was made with `feed add`. Its entries stay."""
    with context.looking() as work:
        source = work.unsubscribe(url)
    click.echo(f"removed {url}; its {source.entry_count} entries stay")


@feed.command()
@click.argument("url")
@json_option
@pass_context
def show(context: Context, url: str, *, as_json: bool) -> None:
    """Show all that is known of one feed, and its latest polls."""
    with context.looking() as work, work.store.read() as tx:
        source = tx.sources.find(url)
        polls = tx.sources.polls(source, _SHOWN_POLLS)
    if as_json:
        show_json({"source": source, "polls": polls})
        return
    known = source.provenance
    show_facts(
        {
            "url": source.subscription.url,
            "title": source.name,
            "from": "the configuration file" if source.origin is Origin.CONFIG else "the command line",
            "categories": ", ".join(source.subscription.categories),
            "site": known.site_url,
            "language": known.language,
            "entries": source.entry_count,
            "state": state(source),
            "disabled": source.disabled_reason,
            "failures": f"{source.failures} in a row" if source.failures else None,
            "last poll": source.polled_at,
            "last success": source.succeeded_at,
            "next poll": source.next_poll_at or "with the next run",
            "because": source.next_poll_reason,
            "ETag": source.validators.etag,
            "Last-Modified": source.validators.last_modified,
        }
    )
    for poll in polls:
        t = poll.tally
        counts = f"{t.seen} seen = {t.new} new + {t.revised} revised + {t.unchanged} unchanged + {t.merged} merged"
        counts += f" + {t.quarantined} quarantined + {t.churning} churning + {t.tombstoned} tombstoned"
        detail = f"{poll.remark.code}: {poll.remark.message}" if poll.remark else counts if t.seen else ""
        click.echo(f"  {printable(poll.started_at)}  {poll.outcome:<13}  {poll.status or '-'}  {printable(detail)}")
