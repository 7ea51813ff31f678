"""Owns the command line as a whole: its commands, and what becomes of what they raise."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import click

from aggregator import __version__
from aggregator.cli.context import Context
from aggregator.errors import AggregatorError

EPILOG = """\b
Exit status:
  0   done; sources that failed are reported (with --strict they count)
  1   failed, also if something is in the way of a published file
  2   wrong usage or configuration
  74  the store or the output folder cannot be used
  75  another run is at work
"""


# The module of each command, in the order in which `--help` lists them.
COMMANDS = {
    "run": "work", "serve": "serving", "seed": "seeds", "poll": "work", "publish": "work", "feed": "feeds", "opml": "opml",
    "alias": "alias", "entry": "entries", "category": "listings", "rules": "rules", "quarantine": "quarantine", "hub": "websub",
    "status": "listings", "config": "setup", "db": "setup",
}  # fmt: skip


class _Commands(click.Group):
    """Imports the command that was asked for, and no other: a run needs one of twenty."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's interface
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"aggregator.cli.{COMMANDS[cmd_name]}"), cmd_name)
        return command


@click.group(cls=_Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.option("--config", "config_path", type=click.Path(path_type=Path), help="The configuration file.", metavar="FILE")
@click.option("-v", "--verbose", count=True, help="Log more; twice for all.")
@click.version_option(__version__, prog_name="aggregator")
@click.pass_context
def cli(context: click.Context, config_path: Path | None, verbose: int) -> None:
    """Aggregate seed posts and live feeds, one entry per article, and republish one Atom feed per category."""
    context.obj = Context(config_path=config_path, environ=os.environ, verbose=verbose)
    if verbose:
        context.obj.log_events()


def run() -> None:
    """Run the command line and exit. A user's mistake is one message; a bug of ours keeps its traceback."""
    try:
        cli.main(standalone_mode=False, prog_name="aggregator")
    except click.exceptions.Exit as finished:
        sys.exit(finished.exit_code)
    except click.ClickException as mistake:
        mistake.show()
        sys.exit(mistake.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    except AggregatorError as error:
        for line in str(error).splitlines():
            click.echo(f"aggregator: {line}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # whoever read our output has enough; leave nothing for the interpreter to flush into the closed pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
