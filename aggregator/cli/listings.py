"""Owns the commands that look into the store: category, status."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from aggregator import __version__
from aggregator.cli.context import (
    Column,
    category_name,
    json_option,
    pass_context,
    plain,
    printable,
    show_facts,
    show_json,
    show_rows,
)
from aggregator.cli.feeds import state

if TYPE_CHECKING:
    from aggregator.cli.context import Context


@click.group()
def category() -> None:
    """Look at categories, and rename them."""


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


@category.command()
@click.argument("called", metavar="SLUG|NAME")
@json_option
@pass_context
def show(context: Context, called: str, *, as_json: bool) -> None:
    """Show one category, and what it was called before."""
    from aggregator.publish import feed_path  # noqa: PLC0415 - as above

    with context.looking() as work:
        shelf = work.shelves.show(called)
    known, site = shelf.category, context.app.config.site.url
    facts = {
        "slug": known.slug,
        "name": known.name,
        "former_slugs": shelf.former_slugs,
        "former_names": shelf.former_names,
        "atom_id": known.atom_id,
        "entries": known.entry_count,
        "newest": known.newest,
        "feed_url": site + feed_path(known.slug),
        "page_url": f"{site}c/{known.slug}/",
        "archive_pages": shelf.pages,
        "declared": shelf.declared,
    }
    if as_json:
        show_json(facts)
        return
    told = {"former_slugs": ", ".join(shelf.former_slugs), "former_names": ", ".join(shelf.former_names)}
    told["declared"] = "in the configuration" if shelf.declared else "nowhere: entries brought it"
    show_facts({name.replace("_", " "): told.get(name, value) for name, value in facts.items()})


@category.command()
@click.argument("called", metavar="SLUG|NAME")
@click.argument("name", metavar="NEW-NAME", callback=category_name)
@click.option("--slug", metavar="SLUG", help="Another slug as well; what was published under the old one stays there.")
@pass_context
def rename(context: Context, called: str, name: str, slug: str | None) -> None:
    """Give a category another name; the next `publish` or `run` shows it.

    Feeds and seeds that still use the old name or slug go on meaning it. With --slug, the feed and its pages move to a new
    address, and the old one leads there for ever. The permanent id of the feed stays.
    """
    with context.at_work() as work:
        done = work.shelves.rename(called, name, slug)
    before, after = done.before, done.after
    if before == after:
        click.echo(f"{after.name} ({after.slug}) is called so already")
        return
    click.echo(f"{before.name} ({before.slug}) is {after.name} ({after.slug}) from now on; the next `publish` or `run` shows it")
    for note in done.notes:
        click.echo(f"  {note}")


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
        obstacles = tx.publications.obstacles()
    if as_json:
        show_json({**facts, "not published": obstacles, "sources": sources, "quarantine": held})
        return
    told = {"quarantine": ", ".join(f"{number} {code}" for code, number in held.items()) or "empty"}
    show_facts({**facts, "not published": ", ".join(obstacles), **told})
    for why in obstacles.values():
        click.echo(f"  {printable(why)}")
    click.echo()
    columns = (
        Column(heading="SOURCE", read=lambda s: s.subscription.url),
        Column(heading="ENTRIES", read=lambda s: s.entry_count),
        Column(heading="LAST POLL", read=lambda s: s.polled_at),
        Column(heading="STATE", read=lambda s: s.disabled_reason or state(s)),
    )
    show_rows(sources, columns, as_json=False)
