"""Owns the commands about entries: entry list, search, show, why, hide, restore, duplicates, split."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aggregator.cli.context import Column, json_option, pass_context, printable, progress, show_facts, show_json, show_rows
from aggregator.errors import UsageError
from aggregator.model import Hider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.cli.context import Context
    from aggregator.model import Revision, Story

in_category_option = click.option("--category", help="Only of this category, by slug or name.")
limit_option = click.option("-n", "--limit", type=click.IntRange(1, 100_000), default=30, show_default=True, help="How many.")
_ENTRIES = (
    Column(heading="ID", read=lambda e: e.id),
    Column(heading="PUBLISHED", read=lambda e: e.published),
    Column(heading="TITLE", read=lambda e: e.title),
    Column(heading="URL", read=lambda e: e.url),
)
_HIDDEN = (
    Column(heading="ID", read=lambda t: t.id),
    Column(heading="HIDDEN", read=lambda t: t.hidden.at),
    Column(heading="BY", read=lambda t: t.hidden.by),
    Column(heading="REASON", read=lambda t: t.hidden.reason),
    Column(heading="TITLE", read=lambda t: t.title),
    Column(heading="URL", read=lambda t: t.url),
)

_PAIRS = (
    Column(heading="BITS", read=lambda p: p.distance),
    Column(heading="CATEGORY", read=lambda p: p.category),
    Column(heading="ID", read=lambda p: p.entry_id),
    Column(heading="PUBLISHED", read=lambda p: p.published),
    Column(heading="SOURCE", read=lambda p: p.source),
    Column(heading="TITLE", read=lambda p: p.title),
    Column(heading="SAYS THE SAME AS", read=lambda p: p.other_id),
    Column(heading="PUBLISHED", read=lambda p: p.other_published),
    Column(heading="SOURCE", read=lambda p: p.other_source),
    Column(heading="TITLE", read=lambda p: p.other_title),
)


@click.group()
def entry() -> None:
    """Work with entries."""


@entry.command("list")
@limit_option
@in_category_option
@click.option("--hidden", is_flag=True, help="Those that are hidden, the last hidden first.")
@json_option
@pass_context
def list_entries(context: Context, limit: int, category: str | None, *, hidden: bool, as_json: bool) -> None:
    """List the newest entries."""
    if hidden and category:
        raise UsageError("--hidden and --category do not go together: what is hidden is in no category")
    with context.looking() as work, work.store.read() as tx:
        if hidden:
            show_rows(tx.tombstones.all(limit), _HIDDEN, as_json=as_json)
            return
        found = tx.reading.newest_of(tx.categories.find(category), limit) if category else tx.reading.newest(limit)
    show_rows(found, _ENTRIES, as_json=as_json)


@entry.command()
@click.argument("words")
@limit_option
@in_category_option
@json_option
@pass_context
def search(context: Context, words: str, limit: int, category: str | None, *, as_json: bool) -> None:
    """List the newest entries that have all of WORDS in title or text.

    What stands in quotation marks is looked for as a phrase; of Chinese, two characters or one are enough. What was stored since
    the last search is taken into the index first.
    """
    with context.looking() as work, progress() as bar:
        found = work.search.find(words, limit, bar, category)
    show_rows(found, _ENTRIES, as_json=as_json)


@entry.command()
@click.argument("what", metavar="ID|URL")
@click.option("--history", is_flag=True, help="Instead, what each source said of it: version by version, with what changed.")
@click.option("--diff", is_flag=True, help="As --history, with the lines that changed.")
@json_option
@pass_context
def show(context: Context, what: str, *, history: bool, diff: bool, as_json: bool) -> None:
    """Show one entry, as subscribers get it."""
    with context.looking() as work:
        story, revisions = work.editing.history(what)
    if history or diff:
        _show_history(story, revisions, diff=diff, as_json=as_json)
    elif as_json:
        show_json(story.entry)
    else:
        _show_text(story)


def _show_text(story: Story) -> None:
    shown = story.entry
    speaker = next(s for s in story.sightings if s.speaks)
    hidden = story.hidden
    show_facts(
        {
            "id": shown.id,
            "title": shown.title,
            "url": shown.url,
            "atom:id": shown.atom_id,
            "hidden": hidden and f"since {printable(hidden.at)}, by the {hidden.by}: {hidden.reason or 'no reason given'}",
            "published": shown.published,
            "updated": shown.updated,
            "language": shown.language,
            "authors": ", ".join(p.name for p in shown.authors),
            "contributed": ", ".join(p.name for p in shown.contributors),
            "tags": ", ".join(t.label or t.term for t in shown.tags),
            "enclosures": ", ".join(e.url for e in shown.enclosures),
            "thumbnails": ", ".join(t.url for t in shown.thumbnails),
            "rights": shown.rights,
            "links": ", ".join(f"{link.rel} {link.url}" for link in shown.links),
            "copied from": shown.via and (shown.provenance.title or shown.provenance.self_url or shown.provenance.site_url),
            "categories": ", ".join(f"{s.name} ({s.slug})" for s in story.shelves),
            "in words of": f"{speaker.source_name}, version {speaker.revisions}",
            "carried by": f"{len(story.sightings)} sources or items; `entry why {shown.id}` tells more",
        }
    )
    click.echo(f"\n{shown.content or shown.summary or ''}")


def _show_history(story: Story, revisions: Mapping[int, tuple[Revision, ...]], *, diff: bool, as_json: bool) -> None:
    """Tell what each carrier said, and what changed from one time to the next."""
    from aggregator.clean import text_of  # noqa: PLC0415 - commands import what they need when they run
    from aggregator.decide.changes import changed_lines, changes  # noqa: PLC0415 - as above

    if as_json:
        carriers = [{"sighting": s, "revisions": revisions.get(s.id, ())} for s in story.sightings]
        show_json({"id": story.entry.id, "atom_id": story.entry.atom_id, "carriers": carriers})
        return
    say = click.echo
    say(f"entry {story.entry.id}: {printable(story.entry.title)}")
    for sighting in story.sightings:
        kept = revisions.get(sighting.id, ())
        voice = "; subscribers get its newest version" if sighting.speaks else ""
        say(f"{printable(sighting.source_name)}, {printable(sighting.place)}{voice}")
        if (forgotten := sighting.revisions - len(kept)) > 0:
            say(f"  {forgotten} older version{'s' * (forgotten > 1)} not kept any more")
        if not kept:
            say("  it was seen only while the entry was hidden: what it said was not kept")
        for before, revision in zip((None, *kept), kept, strict=False):
            say(f"  {revision.number}. {printable(revision.seen_at)}  {printable(revision.reason)}")
            if before is None:
                say(f"     title: {printable(revision.title)}")
                continue
            say(f"     changed: {', '.join(changes(before, revision)) or 'nothing that is kept'}")
            for line in changed_lines(before, revision, text_of) if diff else ():
                say(f"     {printable(line)}")


@entry.command()
@click.argument("what", metavar="ID|URL")
@json_option
@pass_context
def why(context: Context, what: str, *, as_json: bool) -> None:
    """Tell why an entry is what it is.

    Who brought it and when, how their links became one article, its dates and categories, where it is published, each with the
    reason; and what would change that.
    """
    from aggregator.cli.telling import account_facts, told  # noqa: PLC0415 - commands import what they need when they run
    from aggregator.cli.wrapping import room, wrapped  # noqa: PLC0415 - as above

    with context.looking() as work:
        account = work.editing.account(what)
    if as_json:
        show_json(account_facts(account))
        return
    width = room()
    for indent, line in told(account):
        click.echo("\n".join(wrapped(line, width, indent=indent)))


@entry.command()
@click.argument("what", metavar="ID|URL")
@click.option("--reason", help="Why; for whoever asks later.")
@pass_context
def hide(context: Context, what: str, reason: str | None) -> None:
    """Show an entry to nobody any more.

    It is gone from feeds and pages with the next publish, and does not come again, whoever carries it. `entry restore` undoes it.
    """
    with context.looking() as work:
        story = work.editing.hide(what, reason)
    if story.hidden is not None:
        click.echo(f"entry {story.entry.id} was hidden already, since {printable(story.hidden.at)}; it has the new reason now")
        return
    shelves = ", ".join(printable(shelf.name) for shelf in story.shelves)
    click.echo(f"entry {story.entry.id} is hidden: {printable(story.entry.title)}")
    click.echo(f"the next publish takes it out of the feeds that show it: {shelves}, and that of all entries")


@entry.command()
@click.argument("what", metavar="ID|URL")
@pass_context
def restore(context: Context, what: str) -> None:
    """Show a hidden entry again.

    It comes back as it was, with the next publish, and no rule hides it any more. What its sources changed meanwhile is read
    when they are next: their feeds are fetched and read whole once.
    """
    with context.at_work() as work:
        story = work.editing.restore(what)
    click.echo(f"entry {story.entry.id} is shown again: {printable(story.entry.title)}")
    if story.hidden and story.hidden.by is Hider.RULE:
        click.echo(
            f"{printable(story.hidden.reason)}: that had hidden it; from now on no rule does, `aggregator entry hide` would"
        )


@entry.command()
@limit_option
@in_category_option
@click.option("--days", type=click.IntRange(1, 36_500), default=7, show_default=True, help="Of entries that are not older.")
@json_option
@pass_context
def duplicates(context: Context, limit: int, category: str | None, days: int, *, as_json: bool) -> None:
    """List pairs of entries that say the same under different URLs, the newest first.

    They are looked for in categories with `duplicates: suggest` or `on`, among entries of different sources, published within
    three days. BITS tells in how many of 64 bits their fingerprints differ; of none to six count as alike. What `on` merged is
    one entry: `entry why` tells it.
    """
    with context.looking() as work, progress() as bar:
        found = work.copying.duplicates(category, days, bar)
    show_rows(found[:limit], _PAIRS, as_json=as_json)


@entry.command()
@click.argument("what", metavar="ID|URL")
@click.argument("carriers", nargs=-1, required=True, metavar="LINK...")
@pass_context
def split(context: Context, what: str, carriers: tuple[str, ...]) -> None:
    """Make an entry of its own again of what was merged as a copy.

    What is carried under LINK parts from the entry, which keeps its id; the text of each stays as it is. `entry why` shows the
    links of an entry; what has none is given by its number as in `entry why --json`.
    """
    with context.at_work() as work:
        story, number = work.copying.split(what, carriers)
    click.echo(f"entry {number} has parted from entry {story.entry.id}: {printable(story.entry.title)}")
    click.echo("`aggregator publish` or the next `run` shows both to subscribers")
