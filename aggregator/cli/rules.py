"""Owns the commands about rules: rules list, preview and apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aggregator.cli.context import Column, json_option, pass_context, show_json, show_rows

if TYPE_CHECKING:
    from aggregator.app.ruling import Outlook
    from aggregator.cli.context import Context

diff_option = click.option("--diff", is_flag=True, help="Tell it entry by entry, with the reasons.")
_SHELVES = (
    Column(heading="CATEGORY", read=lambda s: s.name),
    Column(heading="FEED", read=lambda s: s.slug and f"feeds/{s.slug}.atom"),
    Column(heading="ENTERING", read=lambda s: s.entering),
    Column(heading="LEAVING", read=lambda s: s.leaving),
)
_SHIFTS = (
    Column(heading="CHANGE", read=lambda s: s.change),
    Column(heading="CATEGORY", read=lambda s: s.category),
    Column(heading="ENTRY", read=lambda s: s.entry_id),
    Column(heading="TITLE", read=lambda s: s.title),
    Column(heading="REASON", read=lambda s: s.reason),
)
_RULES = (
    Column(heading="WHERE", read=lambda r: r.where),
    Column(heading="DOES", read=lambda r: r.does),
    Column(heading="RULE", read=lambda r: r.says),
    Column(heading="ENTRIES", read=lambda r: r.entries),
    Column(heading="APPLIED", read=lambda r: "yes" if r.is_applied else "not yet"),
)


@click.group()
def rules() -> None:
    """See the rules in force, and apply changed ones to what is stored.

    New entries go by the configuration as it is. Entries that are stored stay where they are, and hidden or not, until
    `rules apply`.
    """


@rules.command("list")
@json_option
@pass_context
def list_(context: Context, *, as_json: bool) -> None:
    """List the rules in force: where each stands, what it does, and how many stored entries it placed or hid.

    An entry counts for the first rule that puts it into a category, as `entry why` names it. What takes entries out of a
    category leaves no trace to be counted. APPLIED tells whether a rule reached what is stored, or only what comes.
    """
    from aggregator.app.surveying import survey  # noqa: PLC0415 - commands import what they need when they run

    with context.looking() as work:
        found = survey(context.app, work.store)
    show_rows(found, _RULES, as_json=as_json)
    if not as_json and not all(rule.is_applied for rule in found):
        click.echo("some changed since they were applied to what is stored: `aggregator rules preview` shows what that would do")


@rules.command()
@diff_option
@json_option
@pass_context
def preview(context: Context, *, diff: bool, as_json: bool) -> None:
    """Show which entries would enter or leave which feed, or be hidden or shown again, if changed rules were applied."""
    with context.looking() as work:
        outlook = work.ruling.preview()
    if not as_json and outlook.changed:
        click.echo("`aggregator rules apply` would do this:" if _says(outlook) else "the changed rules change no stored entry")
    _show(outlook, diff=diff, as_json=as_json)


@rules.command()
@diff_option
@json_option
@pass_context
def apply(context: Context, *, diff: bool, as_json: bool) -> None:
    """Apply the rules to what is stored, and tell what changed. The next `publish` or `run` writes the feeds concerned."""
    with context.at_work() as work:
        outlook = work.ruling.apply()
    if not as_json and outlook.changed:
        click.echo("done:" if _says(outlook) else "done; no stored entry changed")
    _show(outlook, diff=diff, as_json=as_json)


def _says(outlook: Outlook) -> bool:
    return bool(outlook.shifts)


def _show(outlook: Outlook, *, diff: bool, as_json: bool) -> None:
    if as_json:
        facts = {"changed": outlook.changed, "categories": outlook.shelves, "hidden": outlook.hidden, "shown": outlook.shown}
        show_json(facts | ({"entries": outlook.shifts} if diff else {}))
    elif not outlook.changed:
        click.echo("nothing to apply: no rule changed since the rules were applied")
    elif diff and outlook.shifts:
        show_rows(outlook.shifts, _SHIFTS, as_json=False)
    else:
        if outlook.shelves:
            show_rows(outlook.shelves, _SHELVES, as_json=False)
        if outlook.hidden or outlook.shown:
            click.echo(f"hidden by rule: {outlook.hidden}; shown again: {outlook.shown}")
