"""Owns the commands that prepare the ground: config init and check, db upgrade and current."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli.context import pass_context
from aggregator.errors import OutputError, UsageError
from aggregator.package_data import package_data

if TYPE_CHECKING:
    from aggregator.cli.context import Context


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
    """Work with the store's schema."""


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
