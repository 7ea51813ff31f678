"""Owns the commands that prepare the ground: config init and check, db upgrade, current and rekey."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli.context import Column, json_option, pass_context, progress, show_json, show_rows
from aggregator.errors import OutputError, UsageError
from aggregator.package_data import package_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aggregator.cli.context import Context
    from aggregator.model.rekeying import Merged, Rekeying

_CHANGES = (
    Column(heading="WHAT", read=lambda row: row["what"]),
    Column(heading="ENTRY", read=lambda row: row["entry"]),
    Column(heading="TO", read=lambda row: row["to"]),
    Column(heading="TITLE", read=lambda row: row["title"]),
    Column(heading="WHY", read=lambda row: row["why"]),
)


@click.group()
def config() -> None:
    """Work with the configuration."""


@config.command()
@pass_context
def init(context: Context) -> None:
    """Write a commented config.yaml here (or where --config says), with an example folder of seeds."""
    path = context.config_path or Path("config.yaml")
    if path.exists():
        raise UsageError(f"{path} exists already; edit it, or move it away first")
    seeds = path.parent / "seeds"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(package_data("config.yaml"), path)
        click.echo(f"wrote {path}")
        if not seeds.exists():
            shutil.copytree(package_data("seeds"), seeds, copy_function=shutil.copyfile)
            click.echo(f"wrote {seeds}/ with {len(list(seeds.iterdir()))} example posts")
    except OSError as error:
        raise OutputError(f"cannot write {error.filename or path}: {error.strerror}") from error
    click.echo("next: aggregator run && aggregator serve")
    click.echo("before others subscribe: set site.url, since permanent ids are minted under its host name")


@config.command()
@pass_context
def check(context: Context) -> None:
    """Check the configuration and name every problem."""
    app = context.app
    found = app.config
    counts = f"seeds: {len(found.seed_folders)}, feeds: {len(found.subscriptions)}, categories: {len(found.rules)}"
    click.echo(f"{app.config_path} has no errors ({counts})")


@click.group()
def db() -> None:
    """Work with the store: its schema, its keys."""


@db.command()
@click.option("--quiet", is_flag=True, help="Say nothing when there is nothing to do.")
@pass_context
def upgrade(context: Context, *, quiet: bool) -> None:
    """Create the store, or bring it to the newest schema."""
    from aggregator.store import migrate, shown  # noqa: PLC0415 - commands import what they need when they run

    url = context.app.config.store
    with context.app.locked():
        before, after = migrate.upgrade(url)
    if before != after or not quiet:
        change = f"at schema {after} already" if before == after else f"upgraded from {before or 'nothing'} to schema {after}"
        click.echo(f"{shown(url)} is {change}" if before == after else f"{shown(url)} {change}")


@db.command()
@pass_context
def current(context: Context) -> None:
    """Print the schema's version: the store's and the newest."""
    from aggregator.store import migrate, shown  # noqa: PLC0415 - commands import what they need when they run

    url = context.app.config.store
    click.echo(f"{shown(url)}: {migrate.current(url) or 'does not exist yet'} (newest: {migrate.NEWEST})")


@db.command()
@click.option("--dry-run", is_flag=True, help="Only tell what would change.")
@json_option
@pass_context
def rekey(context: Context, *, dry_run: bool, as_json: bool) -> None:
    """Make the keys of all entries anew, by the identity rules as they are now.

    Entries that are one article by these rules are merged, and such as are not any more part again; ids that were published
    stay valid. Nothing is published: `run` and `publish` do that.
    """
    with context.app.locked(), context.app.open() as work, progress() as bar:
        before = work.identities.standing()
        plan = (work.identities.rehearse if dry_run else work.identities.rekey)(bar)
    rows = list(_changes(plan, work.identities.rule))
    if as_json:
        show_json({"from": before.made, "to": before.wanted, "stored": not dry_run, "changes": rows})
        return
    if rows:
        show_rows(rows, _CHANGES, as_json=False)
    would = "would be " if dry_run else ""
    counts = f"merged: {len(plan.merged)}, parted: {len(plan.parted)}, rewritten: {len(plan.respelled)}"
    click.echo(f"{would}{counts} (entries, entries, sightings)")


def _changes(plan: Rekeying, rule_of: Callable[[str, str], str | None]) -> Iterator[dict[str, object]]:
    """Yield what becomes of entries, and then of links, as rows; *rule_of* tells which rule makes one key of another."""
    for merged in plan.merged:
        why = _why_merged(merged, rule_of)
        yield {"what": "merged", "entry": merged.entry_id, "to": merged.into, "title": merged.title, "why": why}
    for parted in plan.parted:
        why = f"{', '.join(parted.was)} -> {', '.join(parted.keys)}"
        to = "new" if parted.is_new else parted.to
        yield {"what": "parted", "entry": parted.entry_id, "to": to, "title": parted.title, "why": why}
    for link in plan.respelled:
        why = f"{link.was} -> {link.key}" if link.was != link.key else "another carrier of its source has the same link"
        yield {"what": "rewritten", "entry": link.entry_id, "to": None, "title": link.title, "why": why}


def _why_merged(merged: Merged, rule_of: Callable[[str, str], str | None]) -> str:
    """Tell whose key changed, by which rule, and whether the entry is hidden by it."""
    whose, was = ("", merged.was) if merged.was != merged.keys else (f"entry {merged.into}: ", merged.theirs)
    changed = ((before, now) for before in was for now in merged.keys if before != now)
    rule = next(filter(None, (rule_of(before, now) for before, now in changed)), None)
    why = f"{whose}{', '.join(was)} -> {', '.join(merged.keys)}" + (f" ({rule})" if rule else "")
    if merged.hidden is None:
        return why
    reason = f": {merged.hidden.reason}" if merged.hidden.reason else ""
    return f"{why}; hidden, too, since the operator hid entry {merged.into}{reason}"
