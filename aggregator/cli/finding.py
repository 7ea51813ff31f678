"""Owns the commands that look before anybody subscribes: feed discover and test; and how a feed is chosen for feed add."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from aggregator.cli.context import Column, json_option, pass_context, printable, progress, show_json, show_rows, web_address
from aggregator.cli.work import counts
from aggregator.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.app import Work
    from aggregator.app.scouting import Finding
    from aggregator.cli.context import Context

_OFFERS = (
    Column(heading="URL", read=lambda offer: offer.url),
    Column(heading="TITLE", read=lambda offer: offer.title or None),
    Column(heading="TYPE", read=lambda offer: offer.media_type),
    Column(heading="FOUND BY", read=lambda offer: offer.found_by),
)
_ITEMS = (
    Column(heading="VERDICT", read=lambda item: item.verdict),
    Column(heading="PUBLISHED", read=lambda item: item.published),
    Column(heading="TITLE", read=lambda item: item.title),
    Column(heading="URL", read=lambda item: item.url),
    Column(heading="CATEGORIES", read=lambda item: ", ".join(a.category for a in item.categories) or None),
    Column(heading="WHY", read=lambda item: f"{item.why}; hidden: {item.hidden}" if item.hidden else item.why),
)


@click.command()
@click.argument("url")
@json_option
@pass_context
def discover(context: Context, url: str, *, as_json: bool) -> None:
    """List the feeds that URL leads to, the likeliest first.

    These are the URL itself, what the web page there offers, or else a feed at one of the usual addresses. What a page offers
    is not looked at; `feed test` does that.
    """
    url = web_address(url)
    with context.looking() as work:
        findings = looked_for(work, url)
    show_rows([finding.offer for finding in findings], _OFFERS, as_json=as_json)


@click.command()
@click.argument("url")
@json_option
@pass_context
def test(context: Context, url: str, *, as_json: bool) -> None:
    """Tell what a poll of a feed would store, and store nothing.

    Each item with its verdict, date and categories, and why; and whether rules would hide it. The feed need not be subscribed.
    """
    url = web_address(url)
    with context.looking() as work, progress() as bar, work.scouting() as scout:
        bar.begin("fetching the feed", None)
        trial = scout.test(url)
    if as_json:
        show_json(trial)
        return
    show_rows(trial.items, _ITEMS, as_json=False)
    hidden = sum(item.hidden is not None for item in trial.items)
    click.echo(f"{trial.tally.seen} seen: {counts(trial.tally)}{f'; {hidden} hidden by rule' if hidden else ''}")
    if trial.flaw:
        click.echo(f"but {printable(trial.flaw.message)} ({trial.flaw.code})")


def looked_for(work: Work, url: str) -> tuple[Finding, ...]:
    """Find the feeds that *url* leads to, showing on a terminal that this takes a while."""
    with progress() as bar, work.scouting() as scout:
        bar.begin("looking for a feed", None)
        return scout.find(url)


def chosen(work: Work, url: str, findings: Sequence[Finding]) -> Finding:
    """Return the one that is meant, and see that there is a feed.

    Raises:
        UsageError: there are several, and nobody is there to choose.
        NoFeedError: there is none.
    """
    finding = findings[0] if len(findings) == 1 else findings[_asked(url, findings)]
    with progress() as bar, work.scouting() as scout:
        bar.begin("fetching the feed", None)
        return scout.proved(finding)


def _asked(url: str, findings: Sequence[Finding]) -> int:
    """Ask which of several feeds is meant."""
    click.echo(f"{url} offers {len(findings)} feeds:", err=True)
    for number, offer in enumerate((finding.offer for finding in findings), start=1):
        title = f"  “{printable(offer.title)}”" if offer.title else ""
        click.echo(f"{number:>3}  {printable(offer.url)}{title}  ({offer.found_by})", err=True)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("which one? add it by its own address")
    return int(click.prompt("Which one", type=click.IntRange(1, len(findings)), default=1, err=True)) - 1
