"""Owns the commands about what was held back, or stored with a flaw: quarantine list, show, release, drop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aggregator.cli.context import Column, json_option, pass_context, plain, printable, show_facts, show_json, show_rows
from aggregator.cli.work import counts

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.cli.context import Context

_COLUMNS = (
    Column(heading="ID", read=lambda q: q.id),
    Column(heading="LAST SEEN", read=lambda q: q.last_seen_at),
    Column(heading="SOURCE", read=lambda q: q.source_url),
    Column(heading="PLACE", read=lambda q: f"{q.place} “{q.raw}”" if q.carrier else q.place),
    Column(heading="REASON", read=lambda q: f"{q.code}: {q.message}"),
    Column(heading="ENTRY", read=lambda q: "dropped" if q.dropped_at else q.entry_id or "held"),
)


@click.group()
def quarantine() -> None:
    """Look at what was held back, or stored with a flaw."""


@quarantine.command("list")
@click.option("--all", "with_dropped", is_flag=True, help="Also what was dropped.")
@json_option
@pass_context
def list_quarantine(context: Context, *, with_dropped: bool, as_json: bool) -> None:
    """List what is held, and entries stored with a flaw, each with its reason."""
    with context.looking() as work, work.store.read() as tx:
        found = tx.quarantine.all()
        dropped = tx.quarantine.dropped() if with_dropped else ()
    show_rows((*found, *dropped), _COLUMNS, as_json=as_json)


@quarantine.command()
@click.argument("number", type=int)
@json_option
@pass_context
def show(context: Context, number: int, *, as_json: bool) -> None:
    """Show one row with the raw input, or with the item that is held."""
    with context.looking() as work, work.store.read() as tx:
        row = tx.quarantine.find(number)
        held = next((held.item.candidate for held in tx.custody.items([number])), None)
    if as_json:
        show_json(plain(row) | {"item": plain(held)})
        return
    facts: dict[str, object] = {
        "source": row.source_url,
        "place": row.place,
        "reason": f"{row.code}: {row.message}",
        "entry": row.entry_id,
    }
    facts |= {"first seen": row.first_seen_at, "last seen": row.last_seen_at, "dropped": row.dropped_at}
    if held is None:
        show_facts(facts)
        click.echo("\n" + "\n".join(printable(line) for line in row.raw.splitlines()))
        return
    facts |= {"title": held.title, "url": held.url, "guid": held.guid, "published": held.published, "updated": held.updated}
    show_facts(facts | {"let it in": f"aggregator quarantine release {row.id}"})
    click.echo("\n" + "\n".join(printable(line) for line in (held.content or held.summary or "").splitlines()))


def _choosing(command: Callable[..., None]) -> Callable[..., None]:
    """Add what both commands choose rows by."""
    by_code = click.option("--code", type=click.Choice(["flood", "swapped"]), help="With --source: only what is held for this.")
    of_source = click.option("--source", metavar="URL", help="All that is held of this feed.")
    return click.argument("numbers", nargs=-1, type=int, metavar="[NUMBER]...")(of_source(by_code(command)))


@quarantine.command()
@_choosing
@pass_context
def release(context: Context, numbers: tuple[int, ...], source: str | None, code: str | None) -> None:
    """Let held items in after all.

    Those of the rows NUMBER, or all of a source. They are stored as if no guard had held them; `publish` or the next `run` shows
    them to subscribers.
    """
    from aggregator.app.releasing import selected  # noqa: PLC0415 - commands import what they need when they run

    choice = selected(numbers, source, code)
    with context.at_work() as work:
        ended = work.releasing.release(choice)
    for of, tally in ended:
        click.echo(f"{of.subscription.url}: {tally.seen} released: {counts(tally)}")
    click.echo("`aggregator publish` or the next `run` shows them to subscribers")


@quarantine.command()
@_choosing
@pass_context
def drop(context: Context, numbers: tuple[int, ...], source: str | None, code: str | None) -> None:
    """Keep held items out for good.

    Those of the rows NUMBER, or all of a source. However often they come, they are not let in; `quarantine list --all` still
    shows them, and `quarantine release` lets them in all the same.
    """
    from aggregator.app.releasing import selected  # noqa: PLC0415 - commands import what they need when they run

    choice = selected(numbers, source, code)
    with context.at_work() as work:
        dropped = work.releasing.drop(choice)
    click.echo(f"{len(dropped)} dropped; `aggregator quarantine list --all` still shows {'it' if len(dropped) == 1 else 'them'}")
