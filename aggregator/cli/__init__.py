"""Owns the command line: arguments → one use case → print, exit code. The only room that knows click.

Results go to standard output, everything else to standard error. Exit status: see ``aggregator --help``.
"""

from __future__ import annotations

import gc


def main() -> None:
    """Run the command line and exit."""
    # What a command imports stays until its end: looking through it for garbage, time and again and once more at the end, took
    # a tenth of a short run (https://docs.python.org/3/library/gc.html#gc.freeze).
    gc.set_threshold(100_000, 50, 100)
    from aggregator.cli.program import run  # noqa: PLC0415 - not before that

    try:
        run()
    finally:
        gc.freeze()
