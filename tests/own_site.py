"""A site of its own: a configuration, a rehearsed clock, and the command as a user runs it."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COMMAND = Path(sys.executable).with_name("aggregator")
CHECKOUT = Path(__file__).resolve().parents[1]
TIMEOUT = 120  # seconds, against a hanging program; nothing comes near it


@dataclass(frozen=True)
class OwnSite:
    """A folder with config.yaml, store and output; the *store* is elsewhere if it has a URL."""

    folder: Path
    store: str | None = None

    @property
    def output(self) -> Path:
        return self.folder / "public"

    @property
    def environ(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AGGREGATOR_")}
        inherited["XDG_CACHE_HOME"] = str(self.folder / ".cache")
        if self.store:
            inherited["AGGREGATOR_STORE"] = self.store
        return inherited | {"AGGREGATOR_CLOCK_FILE": str(self.folder / "clock"), "TZ": "UTC"}

    @property
    def store_url(self) -> str:
        return self.store or f"sqlite:///{self.folder / 'aggregator.db'}"

    def configure(self, text: str) -> None:
        (self.folder / "config.yaml").write_text(text)

    def set_clock(self, instant: str) -> None:
        (self.folder / "clock").write_text(instant)

    def run(self, *arguments: str, expect: int = 0, environ: Mapping[str, str] | None = None) -> str:
        """Run the command and return its standard output; any exit status but *expect* fails the test."""
        done = subprocess.run(
            [COMMAND, *arguments], cwd=self.folder, env=self.environ | dict(environ or {}), timeout=TIMEOUT,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == expect, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout if expect == 0 else done.stdout + done.stderr

    def on_terminal(self, *arguments: str, typed: str = "", columns: int = 100, term: str = "dumb", expect: int = 0) -> str:
        """Run the command on a terminal where somebody types, and return all that is shown there."""
        terminal, end = pty.openpty()
        termios.tcsetwinsize(end, (24, columns))
        environ = {name: value for name, value in self.environ.items() if name not in {"COLUMNS", "LINES"}} | {"TERM": term}
        with subprocess.Popen(
            [COMMAND, *arguments], cwd=self.folder, env=environ, stdin=end, stdout=end, stderr=end, start_new_session=True
        ) as process:
            os.close(end)
            alarm = threading.Timer(TIMEOUT, process.kill)
            alarm.start()
            os.write(terminal, typed.encode())
            shown = b""
            with suppress(OSError):  # Linux answers with EIO once the other end is closed
                while read := os.read(terminal, 65536):
                    shown += read
            os.close(terminal)
            alarm.cancel()
            assert process.wait(TIMEOUT) == expect, shown.decode()
        return shown.decode().replace("\r\n", "\n")

    def files(self) -> dict[str, bytes]:
        """Return every published file by its path."""
        return {str(p.relative_to(self.output)): p.read_bytes() for p in sorted(self.output.rglob("*")) if p.is_file()}

    def times(self) -> dict[str, int]:
        return {str(p.relative_to(self.output)): p.stat().st_mtime_ns for p in sorted(self.output.rglob("*")) if p.is_file()}


def start(site: OwnSite, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [COMMAND, *arguments], cwd=site.folder, env=site.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=TIMEOUT)


@contextmanager
def serving(site: OwnSite) -> Iterator[str]:
    """Run `aggregator serve` on a free port while the context lasts, and yield its address."""
    process = start(site, "serve")
    assert process.stdout
    try:
        found = re.search(r"http://\S+/", process.stdout.readline())
        assert found, process.communicate(timeout=TIMEOUT)
        yield found.group()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=TIMEOUT)
        assert (process.returncode, "Traceback" in errors) == (0, False), errors
    finally:
        if process.poll() is None:
            kill(process)
