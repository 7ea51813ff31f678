"""Owns the commands about subscriptions: feed list, add, remove, enable, disable, show, unmove."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aggregator.cli.context import (
    Column,
    category_option,
    json_option,
    pass_context,
    printable,
    show_facts,
    show_json,
    show_rows,
    web_address,
)
from aggregator.cli.finding import chosen, discover, looked_for, test
from aggregator.cli.websub import lease_facts, lease_lines
from aggregator.cli.work import counts
from aggregator.errors import NotNowError
from aggregator.model import Origin, SourceKind, Subscription

if TYPE_CHECKING:
    from aggregator.cli.context import Context
    from aggregator.model import Move, Poll, Source

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


feed.add_command(discover)
feed.add_command(test)


@feed.command("list")
@json_option
@pass_context
def list_(context: Context, *, as_json: bool) -> None:
    """List the feeds, with how they are."""
    with context.looking() as work, work.store.read() as tx:
        feeds = [s for s in tx.sources.all() if s.subscription.kind is SourceKind.FEED]
    if as_json:
        show_json(feeds)
    else:
        show_rows(feeds, _COLUMNS, as_json=False)


@feed.command()
@click.argument("url")
@category_option
@click.option("--title", help="What to call it, in place of the feed's own title.")
@click.option("--no-check", is_flag=True, help="Do not look whether there is a feed; for when there is no network.")
@pass_context
def add(context: Context, url: str, categories: tuple[str, ...], title: str | None, *, no_check: bool) -> None:
    """Subscribe to a feed.

    URL is its address, or that of a web page that offers it. If that offers several, you are asked which, on a terminal;
    elsewhere they are listed, and none is added. The feed is polled with the next run.
    """
    url, found = web_address(url), None
    with context.looking() as work:
        work.subscriptions.refuse_known(url)
        if not no_check:
            try:
                found = chosen(work, url, looked_for(work, url))
            except NotNowError as error:
                hint = f"or subscribe without looking: aggregator feed add --no-check {error.url}"
                raise NotNowError(f"{error}, {hint}", url=error.url) from error
        address = web_address(found.offer.url) if found else url
        wanted = Subscription(url=address, title=title, categories=categories)
        source = work.subscriptions.add(wanted, found.final_url if found else None)
    called = f" (“{printable(found.offer.title)}”)" if found and found.offer.title else ""
    click.echo(f"added {source.subscription.url}{called}; `aggregator run` polls it")
    if found and found.offer.url != url:
        click.echo(f"found by: {found.offer.found_by}")
    if found and found.flaw:
        click.echo(f"but {printable(found.flaw.message)} ({found.flaw.code})")


@feed.command()
@click.argument("url")
@pass_context
def remove(context: Context, url: str) -> None:
    """End a subscription that was made with `feed add`. Its entries stay."""
    with context.looking() as work:
        source = work.subscriptions.remove(url)
    click.echo(f"removed {url}; its {source.entry_count} entries stay")


@feed.command()
@click.argument("url")
@click.option("--reason", default="disabled on the command line", help="Why, for `feed list` and `feed show`.")
@pass_context
def disable(context: Context, url: str, reason: str) -> None:
    """Stop polling a feed until it is enabled.

    Its entries stay. A feed of the configuration is taken out there instead.
    """
    with context.looking() as work:
        source = work.subscriptions.disable(url, reason)
    click.echo(f"disabled {url} ({printable(source.disabled_reason)}); `aggregator feed enable` polls it again")


@feed.command()
@click.argument("url")
@pass_context
def enable(context: Context, url: str) -> None:
    """Poll a feed again that was disabled or removed. It is due at once."""
    with context.looking() as work:
        work.subscriptions.enable(url)
    click.echo(f"enabled {url}; `aggregator run` polls it")


@feed.command()
@click.argument("url")
@pass_context
def unmove(context: Context, url: str) -> None:
    """Take the last move of a feed back.

    It is polled where it was before, and does not move there again by itself.
    """
    with context.at_work() as work:
        source, move = work.subscriptions.unmove(url)
    click.echo(f"{url} is polled at {source.poll_url} again, and no more at {move.to_url}")


@feed.command()
@click.argument("url")
@json_option
@pass_context
def show(context: Context, url: str, *, as_json: bool) -> None:
    """Show all that is known of one feed.

    With it come its moves to other addresses and its latest polls.
    """
    with context.looking() as work, work.store.read() as tx:
        source = tx.sources.find(url)
        moves, polls = tx.sources.moves(source), tx.sources.polls(source, _SHOWN_POLLS)
        leases = tx.leases.of(source.id)
    if as_json:
        show_json({"source": source, "websub": list(map(lease_facts, leases)), "moves": moves, "polls": polls})
        return
    show_facts(_facts(source) | {"WebSub": "; ".join(lease_lines(source, leases))})
    if moves:
        click.echo("moved:")
    for move in moves:
        _tell_move(move)
    if polls:
        click.echo("polls:")
    for poll in polls:
        _tell_poll(poll)


def _facts(source: Source) -> dict[str, object]:
    known = source.provenance
    return {
        "url": source.subscription.url,
        "polled at": source.state.current_url,
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
        "next poll": _next_poll(source),
        "moving": _moving(source),
        "ETag": source.validators.etag,
        "Last-Modified": source.validators.last_modified,
    }


def _next_poll(source: Source) -> str:
    if source.disabled_reason is not None:
        return "none, since it is disabled"
    if source.next_poll_at is None:
        return f"with the next run: {source.next_poll_reason}"
    return f"{printable(source.next_poll_at)}, {source.next_poll_reason}"


def _moving(source: Source) -> str | None:
    """Tell of a redirect that is not believed yet."""
    moving = source.state.moving
    if moving is None:
        return None
    times = "the last poll was" if moving.polls == 1 else f"the last {moving.polls} polls were"
    return f"perhaps to {moving.url}: {times} redirected there for good, since {printable(moving.since)}"


def _tell_move(move: Move) -> None:
    click.echo(f"  {printable(move.moved_at)}  from {printable(move.from_url)} to {printable(move.to_url)}")
    click.echo(f"    because {printable(move.reason)}")
    if move.undone_at is not None:
        click.echo(f"    taken back {printable(move.undone_at)}")


def _tell_poll(poll: Poll) -> None:
    remark = f"{poll.remark.code}: {poll.remark.message}" if poll.remark else ""
    detail = f"{poll.tally.seen} seen = {counts(poll.tally, ' + ')}" if poll.tally.seen else remark
    click.echo(f"  {printable(poll.started_at)}  {poll.outcome:<13}  {poll.status or '-'}  {printable(detail)}")
    if remark and poll.tally.seen:
        click.echo(f"    {printable(remark)}")
    for hop in poll.hops:
        click.echo(f"    redirected ({hop.status}) by {printable(hop.url)}")
    if poll.hops:
        click.echo(f"    to {printable(poll.final_url)}")
