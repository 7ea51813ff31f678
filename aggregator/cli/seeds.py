"""Owns the commands about seeds: seed ingest, list and show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli.context import Column, json_option, pass_context, progress, show_json, show_rows
from aggregator.cli.work import exit_strictly, poll_facts, show_polls, strict_option
from aggregator.errors import UsageError
from aggregator.model import PollOutcome, SeedListed, Trust

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aggregator.cli.context import Context
    from aggregator.model import Poll, ReasonCount, Source

_REASON_COLUMNS = (
    Column(heading="SOURCE", read=lambda row: row[0].subscription.url),
    Column(heading="REASON", read=lambda row: row[1].code),
    Column(heading="HELD", read=lambda row: row[1].held),
    Column(heading="STORED", read=lambda row: row[1].stored),
)


@click.group()
def seed() -> None:
    """Work with seeds: entries kept as files."""


@seed.command()
@click.argument("folders", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Tell what would be stored, and store nothing.")
@click.option("--verify", is_flag=True, help="Read every file, also those whose size and time did not change.")
@strict_option
@json_option
@pass_context
def ingest(context: Context, folders: tuple[str, ...], *, dry_run: bool, verify: bool, strict: bool, as_json: bool) -> None:
    """Ingest seed folders, named as in the configuration, or all of them.

    Tells how the files of each ended and, for each reason, how many files are held back and how many are stored with a flaw.
    """
    trust = Trust.BYTES if verify else Trust.STAT
    with context.at_work() as work, progress() as bar:
        sow = work.rehearse_sowing if dry_run else work.sow
        rows = sow(_as_configured(context, folders), bar, trust)
        with work.store.read() as tx:
            # what a rehearsal notes is taken back with it, and what an earlier run noted is not its answer
            read = [] if dry_run else [source for source, poll in rows if poll.outcome is PollOutcome.READ]
            reasons = {source.id: tx.quarantine.counts(source) for source in read}
    if as_json:
        show_json([poll_facts(row) | {"reasons": reasons.get(row[0].id)} for row in rows])
    else:
        show_polls(rows, as_json=False)
        _show_reasons(rows, reasons)
        if dry_run:
            click.echo("A dry run keeps no reasons; `aggregator seed ingest` counts them.", err=True)
    exit_strictly(rows, strict=strict)


def _show_reasons(rows: Sequence[tuple[Source, Poll]], reasons: Mapping[int, Sequence[ReasonCount]]) -> None:
    listed = [(source, count) for source, _ in rows for count in reasons.get(source.id, ())]
    if listed:
        click.echo()
        show_rows(listed, _REASON_COLUMNS, as_json=False)


@seed.command("list")
@click.argument("folders", nargs=-1)
@json_option
@pass_context
def list_(context: Context, folders: tuple[str, ...], *, as_json: bool) -> None:
    """List seed files: the entry of each, or what is wrong with it."""
    wanted = _as_configured(context, folders) or [f.subscription.url for f in context.app.config.seed_folders]
    with context.looking() as work, work.store.read() as tx:
        listed = [row for url in wanted for row in tx.seed_files.listed(tx.sources.find(url))]
    columns = (
        Column(heading="FILE", read=lambda row: row.path),
        Column(heading="ENTRY", read=lambda row: row.entry_id),
        Column(heading="STATE", read=_state),
        Column(heading="TITLE", read=lambda row: row.title),
    )
    show_rows(listed, columns, as_json=as_json)


@seed.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_context
def show(context: Context, file: Path, *, as_json: bool) -> None:
    """Show what a seed file gives.

    Each field with where it came from, and what is removed from the text.
    """
    columns = (
        Column(heading="FIELD", read=lambda row: row.field),
        Column(heading="VALUE", read=lambda row: row.value),
        Column(heading="ORIGIN", read=lambda row: row.origin),
    )
    show_rows(context.app.explain_seed(file), columns, as_json=as_json)


def _as_configured(context: Context, folders: tuple[str, ...]) -> list[str]:
    known = {folder.subscription.url.rstrip("/"): folder.subscription.url for folder in context.app.config.seed_folders}
    for folder in folders:
        if folder.rstrip("/") not in known:
            named = ", ".join(known.values()) or "none"
            raise UsageError(f"{folder} is not among the seed folders of {context.app.config_path}: {named}")
    return [known[folder.rstrip("/")] for folder in folders]


def _state(row: SeedListed) -> str:
    if row.ended_at:
        return "the file is gone; its entry stays"
    if row.code:
        return f"{row.code}: {row.message}"
    return "ok"
