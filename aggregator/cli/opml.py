"""Owns the commands about lists of subscriptions: opml import and export."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, BinaryIO

import click

from aggregator.cli.context import Column, category_option, json_option, pass_context, show_json, show_rows
from aggregator.errors import UnreadableOpmlError

if TYPE_CHECKING:
    from aggregator.cli.context import Context

_OUTLINES = (
    Column(heading="PLACE", read=lambda row: row[0]),
    Column(heading="RESULT", read=lambda row: row[1].result),
    Column(heading="FEED", read=lambda row: row[1].feed),
    Column(heading="CATEGORIES", read=lambda row: ", ".join(row[1].categories) or None),
    Column(heading="WHY", read=lambda row: row[1].why),
)


@click.group()
def opml() -> None:
    """Exchange subscriptions with other feed readers, as lists in OPML."""


@opml.command("import")
@click.argument("file", type=click.File("rb"), metavar="FILE|-")
@category_option
@click.option("--dry-run", is_flag=True, help="Tell what would be subscribed, and subscribe to nothing.")
@json_option
@pass_context
def import_(context: Context, file: BinaryIO, categories: tuple[str, ...], *, dry_run: bool, as_json: bool) -> None:
    """Subscribe to the feeds of a list.

    Its folders become categories. Nothing is fetched: the next run polls what is new. Subscriptions that exist stay as they are.
    What cannot be subscribed is told with its line and costs only itself.
    """
    from aggregator.app.subscriptions import Result  # noqa: PLC0415 - commands import what they need when they run
    from aggregator.opml.reading import MOST_BYTES  # noqa: PLC0415

    data = file.read(MOST_BYTES + 1)
    with context.looking() as work:
        take = work.subscriptions.rehearse_list if dry_run else work.subscriptions.take_list
        try:
            rows = take(data, categories)
        except UnreadableOpmlError as error:
            raise UnreadableOpmlError(error.code, f"{file.name}: {error}") from error
    number = Counter(row.result for row in rows)
    totals = {result: number[result] for result in Result}
    if as_json:
        show_json({"outlines": rows, "totals": totals})
        return
    show_rows([(f"{file.name}:{row.line}", row) for row in rows], _OUTLINES, as_json=False)
    click.echo(", ".join(f"{count} {result}" for result, count in totals.items()))
    if dry_run:
        click.echo("This was a dry run: nothing was subscribed.", err=True)


@opml.command()
@pass_context
def export(context: Context) -> None:
    """Print the feeds as a list.

    It is OPML 2.0, has the feeds that are polled, each in a folder of its first category, and no secrets.
    """
    with context.looking() as work:
        click.echo(work.subscriptions.as_list(), nl=False)
