"""Owns the commands that do the work: run, seed ingest, poll, publish."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from aggregator.cli.context import Column, json_option, pass_context, printable, progress, show_json, show_rows
from aggregator.errors import AggregatorError, BucketError
from aggregator.feedfiles import Written
from aggregator.model import Poll, PollOutcome, Source, Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.app import Cycle
    from aggregator.cli.context import Context
    from aggregator.publish.uploads import Uploaded

    Row = tuple[Source, Poll]

_VERDICTS = tuple(name for name in Tally.__struct_fields__ if name != "seen")
strict_option = click.option("--strict", is_flag=True, help="Exit with 1 if any source failed.")
_POLL_COLUMNS = (
    Column(heading="SOURCE", read=lambda row: row[0].subscription.url),
    Column(heading="OUTCOME", read=lambda row: row[1].outcome),
    Column(heading="SEEN", read=lambda row: row[1].tally.seen),
    Column(heading="RESULT", read=lambda row: counts(row[1].tally)),
    Column(heading="REMARK", read=lambda row: f"{row[1].remark.code}: {row[1].remark.message}" if row[1].remark else None),
)


@click.command()
@click.option("-q", "--quiet", is_flag=True, help="Tell of failed sources only, so that cron mails only those.")
@strict_option
@json_option
@pass_context
def run(context: Context, *, quiet: bool, strict: bool, as_json: bool) -> None:
    """Do one cycle: seeds, due feeds, publish. For cron.

    Seeds that changed are ingested, feeds whose time has come are polled, and what changed is published.
    """
    with context.at_work() as work, progress() as bar:
        done = work.cycle(bar)
        enabled, stale = work.count_feeds(), work.rules_changed
        untold = work.websub.tell()
    if as_json:
        sources = [poll_facts(row) for row in (*done.sown, *done.polled)]
        written, obstacles = done.published.paths, done.published.obstacles
        show_json({"sources": sources, "written": written, "obstacles": obstacles, "bucket": done.uploaded})
    elif quiet:
        _tell_failures([row for row in done.sown + done.polled if row[1].outcome is PollOutcome.FAILED])
        if done.uploaded and done.uploaded.problem:
            click.echo(f"  {upload_problem(context, done.uploaded)}")
    else:
        _tell_cycle(context, done, enabled)
        for trouble in untold:
            click.echo(f"hubs       {printable(trouble)}; told again later")
        if stale:
            click.echo("rules      changed, and not applied to stored entries yet: see `aggregator rules preview`")
    _exit_if_obstructed(done.published)
    exit_strictly(done.sown + done.polled, strict=strict)
    if strict and done.uploaded and done.uploaded.missing:
        sys.exit(AggregatorError.exit_code)


@click.command()
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option("--due", "due_only", is_flag=True, help="Only feeds whose time has come.")
@strict_option
@json_option
@pass_context
def poll(context: Context, urls: tuple[str, ...], *, due_only: bool, strict: bool, as_json: bool) -> None:
    """Poll feeds now: those of the URLs, or all.

    Publishing is left to `publish` or the next `run`.
    """
    with context.at_work() as work, progress() as bar:
        sources = work.due() if due_only and not urls else work.feeds(urls)
        rows = work.poll(sources, bar)
    show_polls(rows, as_json=as_json)
    exit_strictly(rows, strict=strict)


@click.command()
@click.argument("slugs", nargs=-1, metavar="[SLUG]...")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a published file is not what the store says.")
@click.option("--refill", is_flag=True, help="Put all files into the bucket, also those that it got before.")
@pass_context
def publish(context: Context, slugs: tuple[str, ...], *, check: bool, refill: bool) -> None:
    """Publish what changed, of all categories or those named; put it into the bucket, if there is one."""
    with context.at_work() as work, progress() as bar:
        done = Written(work.differing(slugs)) if check else work.republish(slugs, bar)
        untold = () if check else work.websub.tell()
        if refill:
            work.uploading.refill()
        uploaded = None if check else work.uploading.upload(bar)
    for path in done.paths:
        click.echo(path)
    for trouble in untold:
        click.echo(f"aggregator: {printable(trouble)}; told again later", err=True)
    if uploaded and uploaded.problem:
        raise BucketError(upload_problem(context, uploaded))
    _exit_if_obstructed(done)
    if check and done.paths:
        sys.exit(1)


def _tell_cycle(context: Context, done: Cycle, enabled: int) -> None:
    """Say in a few lines what a cycle did and where to look."""
    config = context.app.config
    for source, poll_ in done.sown:
        said = "failed" if poll_.outcome is PollOutcome.FAILED else f"{_number(poll_.tally.seen, 'file')}: {counts(poll_.tally)}"
        click.echo(f"seeds      {source.subscription.url}: {said}")
    total = sum((poll_.tally for _, poll_ in done.polled), Tally())
    if done.polled:
        click.echo(f"polled     {len(done.polled)} of {_number(enabled, 'feed')}: {_outcomes(done.polled)}; {counts(total)}")
    elif enabled:
        click.echo(f"polled     none of {_number(enabled, 'feed')} is due yet (`aggregator poll` polls now)")
    else:
        click.echo("polled     nothing: no feed is subscribed yet (`aggregator feed add URL`)")
    _tell_failures([row for row in done.sown + done.polled if row[1].remark])
    click.echo(f"published  {_number(len(done.published.paths), 'file')} changed in {config.output}")
    if done.uploaded and (done.uploaded.put or done.uploaded.missing):
        _tell_bucket(context, done.uploaded)
    host = f"[{config.server.host}]" if ":" in config.server.host else config.server.host
    click.echo(f"look at    http://{host}:{config.server.port}/ while `aggregator serve` runs; `aggregator status` tells more")


def _tell_bucket(context: Context, uploaded: Uploaded) -> None:
    rule = context.app.config.publish.bucket
    click.echo(f"bucket     {_number(uploaded.put, 'file')} put into {rule.url if rule else ''}")
    if uploaded.problem:
        click.echo(f"  {upload_problem(context, uploaded)}")


def upload_problem(context: Context, uploaded: Uploaded) -> str:
    """Say what could not be put into the bucket, and why."""
    rule = context.app.config.publish.bucket
    missing = f"{_number(uploaded.missing, 'file')} could not be put into {rule.url if rule else ''}"
    return f"{missing}: {printable(uploaded.problem)}; the next run puts what is missing"


def _tell_failures(rows: Sequence[Row]) -> None:
    for source, poll_ in rows:
        if poll_.remark:
            click.echo(f"  {source.subscription.url}: {printable(poll_.remark.message)} ({poll_.remark.code})")


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def show_polls(rows: Sequence[Row], *, as_json: bool) -> None:
    """Print a line for each source that was read."""
    if as_json:
        show_json([poll_facts(row) for row in rows])
    else:
        show_rows(rows, _POLL_COLUMNS, as_json=False)


def poll_facts(row: Row) -> dict[str, object]:
    """Return a source and its poll, for JSON."""
    source, poll_ = row
    return {"url": source.subscription.url, "kind": source.subscription.kind, "poll": poll_}


def counts(tally: Tally, between: str = ", ") -> str:
    """Write a tally for people, without its zeros."""
    counted = [f"{getattr(tally, name)} {name}" for name in _VERDICTS if getattr(tally, name)]
    return between.join(counted) or "nothing new"


def _outcomes(rows: Sequence[Row]) -> str:
    counts = {outcome: sum(poll_.outcome is outcome for _, poll_ in rows) for outcome in PollOutcome}
    return ", ".join(f"{number} {outcome}" for outcome, number in counts.items() if number)


def _exit_if_obstructed(published: Written) -> None:
    """Tell what is in the way of published files, and exit with 1 if anything is: it does not go away by itself."""
    for why in published.obstacles.values():
        click.echo(f"aggregator: {printable(why)}", err=True)
    if published.obstacles:
        number = _number(len(published.obstacles), "file")
        click.echo(f"aggregator: {number} not published; all others are, and the next run tries again", err=True)
        sys.exit(AggregatorError.exit_code)


def exit_strictly(rows: Sequence[Row], *, strict: bool) -> None:
    """With ``--strict``, exit with 1 if any source failed."""
    if strict and any(poll_.outcome is PollOutcome.FAILED for _, poll_ in rows):
        sys.exit(AggregatorError.exit_code)
