"""Owns the commands that look into the store: category, status."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from aggregator import __version__
from aggregator.cli.context import Column, json_option, pass_context, plain, show_facts, show_json, show_rows
from aggregator.cli.feeds import state

if TYPE_CHECKING:
    from aggregator.cli.context import Context


@click.group()
def category() -> None:
    """Look at categories."""


@category.command("list")
@json_option
@pass_context
def list_categories(context: Context, *, as_json: bool) -> None:
    """List the categories with their feeds."""
    from aggregator.publish import feed_path  # noqa: PLC0415 - commands import what they need when they run

    with context.looking() as work, work.store.read() as tx:
        found = tx.categories.all()
    site = context.app.config.site.url
    rows = [plain(category) | {"feed_url": site + feed_path(category.slug)} for category in found]
    columns = (
        Column(heading="SLUG", read=lambda c: c["slug"]),
        Column(heading="NAME", read=lambda c: c["name"]),
        Column(heading="ENTRIES", read=lambda c: c["entry_count"]),
        Column(heading="NEWEST", read=lambda c: c["newest"] and datetime.fromisoformat(c["newest"])),
        Column(heading="FEED", read=lambda c: c["feed_url"]),
    )
    show_rows(rows, columns, as_json=as_json)


@click.command()
@json_option
@pass_context
def status(context: Context, *, as_json: bool) -> None:
    """Show counts, sources with their health, quarantine."""
    from aggregator.store import shown, sqlite_version  # noqa: PLC0415 - commands import what they need when they run

    with context.looking() as work, work.store.read() as tx:
        standing = work.identities.standing()
        sources = tx.sources.all()
        held = tx.quarantine.count_by_code()
        facts = {
            "aggregator": __version__,
            "store": shown(context.app.config.store),
            "SQLite": sqlite_version(),
            "output": str(context.app.config.output),
            "entries": tx.categories.shown(),
            "categories": len(tx.categories.all()),
            "identity rules": str(standing),
            "rules": "changed, and not applied to stored entries yet" if tx.shelving.changed() else "applied to all entries",
        }
    if as_json:
        show_json({**facts, "sources": sources, "quarantine": held})
        return
    show_facts({**facts, "quarantine": ", ".join(f"{number} {code}" for code, number in held.items()) or "empty"})
    click.echo()
    columns = (
        Column(heading="SOURCE", read=lambda s: s.subscription.url),
        Column(heading="ENTRIES", read=lambda s: s.entry_count),
        Column(heading="LAST POLL", read=lambda s: s.polled_at),
        Column(heading="STATE", read=lambda s: s.disabled_reason or state(s)),
    )
    show_rows(sources, columns, as_json=False)
