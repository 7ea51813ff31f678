"""Owns what every command shares: the loaded program, progress on a terminal, and how results are printed."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

from aggregator.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from aggregator.app import App, Progress, Work

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")


def category_name(_context: click.Context, _parameter: click.Parameter, name: str) -> str:
    """Read what somebody gives as the name of a category.

    Raises:
        BadParameter: it is empty, or holds what no name may.
    """
    from aggregator.config.values import text  # noqa: PLC0415 - `--help` and completion need no configuration

    try:
        return text(name)
    except ValueError as problem:
        raise click.BadParameter(f"the name of a category {problem}") from problem


def _names(context: click.Context, option: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(category_name(context, option, name) for name in names))


category_option = click.option(
    "--category", "categories", multiple=True, metavar="NAME", callback=_names, help="Category of the entries; may be repeated."
)


class Context:
    """The program as this invocation sees it; loaded when first asked for, so that ``--help`` needs no configuration."""

    def __init__(self, *, config_path: Path | None, environ: Mapping[str, str], verbose: int) -> None:
        self.config_path = config_path
        self.environ = environ
        self._verbose = verbose
        self._told = False

    def log_events(self) -> None:
        """Log to standard error. Commands that end say what there is to say by themselves."""
        from aggregator import log  # noqa: PLC0415 - 4 ms

        log.configure(self._verbose)

    @cached_property
    def app(self) -> App:
        """The program with its configuration."""
        from aggregator.app import App  # noqa: PLC0415 - `--help` and completion need neither store nor configuration

        return App.load(self.config_path, self.environ)

    @contextmanager
    def at_work(self) -> Iterator[Work]:
        """Open the store as the only run at work."""
        with self.app.locked(), self.app.open() as work:
            self._tell_of_rules(work)
            yield work

    def _tell_of_rules(self, work: Work) -> None:
        """Warn, once, that the store's keys were made by other identity rules than those that make new ones."""
        standing = work.identities.note()
        if standing.is_mixed and not self._told:
            self._told = True
            click.echo(f"aggregator: {standing}", err=True)

    @contextmanager
    def looking(self) -> Iterator[Work]:
        """Open the store to look at it, or for one short change."""
        with self.app.open() as work:
            yield work


pass_context = click.make_pass_decorator(Context)


class Column(Struct, frozen=True, kw_only=True):
    """A column of a listing: its heading, and how to read it off a row."""

    heading: str
    read: Callable[[Any], object]


@contextmanager
def progress() -> Iterator[Progress]:
    """Show a progress bar on standard error, on a terminal only: cron mails whatever is printed."""
    from aggregator.app import Progress  # noqa: PLC0415 - as above

    if not sys.stderr.isatty():
        yield Progress()
        return
    from rich.console import Console  # noqa: PLC0415 - 50 ms, for people only
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("", total=None)
        yield Progress(
            begin=lambda name, size: bars.reset(task, description=name, total=size),
            say=lambda words: bars.update(task, description=words),
            advance=lambda count: bars.advance(task, count),
        )


def web_address(text: str) -> str:
    """Read what somebody gives as the address of a feed or page.

    Raises:
        UsageError: it is none that can be fetched.
    """
    from aggregator.config import http_url  # noqa: PLC0415 - commands import what they need when they run

    try:
        return http_url(text.strip())
    except ValueError as problem:
        raise UsageError(f"{text!r} is no address of a feed: it {problem}") from problem


def show_rows(rows: Sequence[Any], columns: Sequence[Column], *, as_json: bool) -> None:
    """Print a listing: JSON on request, a fitting table on a terminal, tab-separated lines into a pipe."""
    if as_json:
        show_json(rows)
        return
    cells = [[printable(column.read(row)) for column in columns] for row in rows]
    if not sys.stdout.isatty():
        lines = [[column.heading for column in columns], *cells]
        click.echo("\n".join(map("\t".join, lines)))
        return
    from rich.console import Console  # noqa: PLC0415 - 50 ms, for people only
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    # Cut are the cells and not the columns: Rich then takes from the widest columns first, and the short ones stay whole.
    short = partial(Text, no_wrap=True, overflow="ellipsis")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(short(column.heading))
    for line in cells:
        table.add_row(*map(short, line))
    Console().print(table)


def show_facts(facts: Mapping[str, object]) -> None:
    """Print facts about one thing, a line each; those not known are left out."""
    width = max(map(len, facts))
    for name, value in facts.items():
        if value not in (None, "", ()):
            click.echo(f"{name:<{width}}  {printable(value)}")


def show_json(value: object) -> None:
    """Print one value as JSON."""
    import json  # noqa: PLC0415 - only where it is asked for

    click.echo(json.dumps(plain(value), ensure_ascii=False, indent=1))


def printable(value: object) -> str:
    """Write a value for people, without control characters: a title must not be able to drive a terminal."""
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.astimezone().isoformat(sep=" ", timespec="seconds")
    words = str(value)
    return words if words.isprintable() else "".join(c if c.isprintable() else " " for c in words)


def plain(value: object) -> Any:
    """Turn a value into what JSON can say."""
    match value:
        case datetime():
            said: Any = value.isoformat()
        case timedelta():
            said = value.total_seconds()
        case bytes():
            said = value.hex()
        case dict():
            said = {str(key): plain(item) for key, item in value.items()}
        case tuple() | list():
            said = [plain(item) for item in value]
        case _ if isinstance(value, Struct):
            said = {name: plain(getattr(value, name)) for name in value.__struct_fields__}
        case _:
            said = value
    return said
