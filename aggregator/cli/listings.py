"""Owns the commands that look into the store: entry, category, quarantine, status."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from aggregator import __version__
from aggregator.cli.context import Column, json_option, pass_context, plain, printable, show_facts, show_json, show_rows
from aggregator.cli.feeds import state

if TYPE_CHECKING:
    from aggregator.cli.context import Context
    from aggregator.model import Story

limit_option = click.option("-n", "--limit", type=click.IntRange(1, 100_000), default=30, show_default=True, help="How many.")
_ENTRIES = (
    Column(heading="ID", read=lambda e: e.id),
    Column(heading="PUBLISHED", read=lambda e: e.published),
    Column(heading="TITLE", read=lambda e: e.title),
    Column(heading="URL", read=lambda e: e.url),
)
_QUARANTINE = (
    Column(heading="ID", read=lambda q: q.id),
    Column(heading="LAST SEEN", read=lambda q: q.last_seen_at),
    Column(heading="SOURCE", read=lambda q: q.source_url),
    Column(heading="PLACE", read=lambda q: q.place),
    Column(heading="REASON", read=lambda q: f"{q.code}: {q.message}"),
    Column(heading="ENTRY", read=lambda q: q.entry_id or "held"),
)


@click.group()
def entry() -> None:
    """Look at entries."""


@entry.command("list")
@limit_option
@click.option("--category", help="Only of this category, by slug or name.")
@json_option
@pass_context
def list_entries(context: Context, limit: int, category: str | None, *, as_json: bool) -> None:
    """List the newest entries."""
    with context.looking() as work, work.store.read() as tx:
        found = tx.reading.newest_of(tx.categories.find(category), limit) if category else tx.reading.newest(limit)
    show_rows(found, _ENTRIES, as_json=as_json)


@entry.command()
@click.argument("words")
@limit_option
@json_option
@pass_context
def search(context: Context, words: str, limit: int, *, as_json: bool) -> None:
    """List the newest entries whose title holds WORDS."""
    with context.looking() as work, work.store.read() as tx:
        found = tx.reading.search(words, limit)
    show_rows(found, _ENTRIES, as_json=as_json)


@entry.command()
@click.argument("what", metavar="ID|URL")
@json_option
@pass_context
def show(context: Context, what: str, *, as_json: bool) -> None:
    """Show one entry, as subscribers get it."""
    story = _story(context, what)
    if as_json:
        show_json(story.entry)
        return
    show_facts(
        {
            "id": story.entry.id,
            "title": story.entry.title,
            "url": story.entry.url,
            "atom:id": story.entry.atom_id,
            "published": story.entry.published,
            "updated": story.entry.updated,
            "language": story.entry.language,
            "authors": ", ".join(p.name for p in story.entry.authors),
            "tags": ", ".join(t.label or t.term for t in story.entry.tags),
            "categories": ", ".join(f"{s.name} ({s.slug})" for s in story.shelves),
        }
    )
    click.echo(f"\n{story.entry.content or story.entry.summary or ''}")


@entry.command()
@click.argument("what", metavar="ID|URL")
@json_option
@pass_context
def why(context: Context, what: str, *, as_json: bool) -> None:
    """Tell why an entry is what it is.

    Its carriers, keys, dates and categories, each with the reason.
    """
    story = _story(context, what)
    if as_json:
        show_json(story)
    else:
        _tell(story)


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


@click.group()
def quarantine() -> None:
    """Look at what was held back, or stored with a flaw."""


@quarantine.command("list")
@json_option
@pass_context
def list_quarantine(context: Context, *, as_json: bool) -> None:
    """List what is held, and entries stored with a flaw, each with its reason."""
    with context.looking() as work, work.store.read() as tx:
        found = tx.quarantine.all()
    show_rows(found, _QUARANTINE, as_json=as_json)


@quarantine.command("show")
@click.argument("number", type=int)
@json_option
@pass_context
def show_quarantined(context: Context, number: int, *, as_json: bool) -> None:
    """Show one row with the raw input."""
    with context.looking() as work, work.store.read() as tx:
        row = tx.quarantine.find(number)
    if as_json:
        show_json(row)
        return
    facts = {"source": row.source_url, "place": row.place, "reason": f"{row.code}: {row.message}", "entry": row.entry_id}
    show_facts(facts | {"first seen": row.first_seen_at, "last seen": row.last_seen_at})
    click.echo("\n" + "\n".join(printable(line) for line in row.raw.splitlines()))


@click.command()
@json_option
@pass_context
def status(context: Context, *, as_json: bool) -> None:
    """Show counts, sources with their health, quarantine."""
    from aggregator.store import shown, sqlite_version  # noqa: PLC0415 - commands import what they need when they run

    with context.looking() as work, work.store.read() as tx:
        sources = tx.sources.all()
        held = tx.quarantine.count_by_code()
        facts = {
            "aggregator": __version__,
            "store": shown(context.app.config.store),
            "SQLite": sqlite_version(),
            "output": str(context.app.config.output),
            "entries": tx.reading.count(),
            "categories": len(tx.categories.all()),
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


def _story(context: Context, what: str) -> Story:
    from aggregator.urls import canonical_url  # noqa: PLC0415 - commands import what they need when they run

    with context.looking() as work, work.store.read() as tx:
        return tx.reading.story(what, canonical_url(what, context.app.config.url_rules))


def _tell(story: Story) -> None:
    """Tell the story of an entry in words."""
    from aggregator.publish import feed_path  # noqa: PLC0415 - commands import what they need when they run

    entry_ = story.entry
    say = click.echo
    say(f"entry {entry_.id}: {printable(entry_.title)}")
    say(f"  atom:id    {printable(entry_.atom_id)}")
    say(f"  published  {printable(entry_.published)}: {printable(story.date_reason)}")
    say(f"  updated    {printable(entry_.updated)}; first seen {printable(story.first_seen_at)}")
    say("filed under:")
    for key in story.keys:
        say(f"  {printable(key.value)}\n    {key.rule}: {printable(key.reason)}")
    say("carried by:")
    for s in story.sightings:
        ended = f", gone since {printable(s.ended_at)}" if s.ended_at else ""
        voice = "; speaks for the entry" if s.speaks else ""
        named = f"{s.source_name} ({s.source_url})" if s.source_name != s.source_url else s.source_url
        say(f"  {printable(named)}, {printable(s.place)}{voice}")
        say(f"    first seen {printable(s.first_seen_at)}, last seen {printable(s.last_seen_at)}{ended}")
        if s.url:
            say(f"    link   {printable(s.url)} (found by: {printable(s.url_reason)})")
        if s.guid:
            say(f"    guid   {printable(s.guid)}")
        say(f"    {s.verdict:<6} {printable(s.reason)} ({s.rule}); {s.revisions} revision{'s' * (s.revisions != 1)}")
    say("published in:")
    for shelf in story.shelves:
        say(f"  {printable(shelf.name)} ({feed_path(shelf.slug)}): {printable(shelf.reason)}")
