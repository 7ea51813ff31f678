"""Measures polling: first fetch, nothing changed (304), news in 10 % of the feeds, the same again (200); beside other readers.

    .venv/bin/python bench/poll.py [500 2000] [--peers reader newsboat sfeed] [--delays 0 0.3] [--rounds 1]

Each feed has a host of its own on loopback (bench/feed_server.py), so that politeness stays on, and 25 entries. What is measured
is `aggregator poll`, since the peers publish nothing either, with its default configuration: CPU seconds (user and system) of all
processes of the program, start-up included; wall time; and the largest process, never less than the 11 MB of the one that
measures. The server is not counted, but shares the machine, so wall times are upper bounds. Fetch phase: what the server sees,
from the first request to the last answer; work that a program does meanwhile is in it.

Subscribing is not measured. All keep their store on disk. A cell says "failed" if the program did not ask every feed once, or if
its store does not hold every entry afterwards. "All 304" comes twice, because newsboat remembers validators from the second fetch
on. Peers are those installed, with the settings that suit them best here:

- reader, in an environment of its own (made below ~/.cache, or --reader-python): `update_feeds(workers=1)`; more threads cost
  more. Where hosts answer late it has as many workers as we have requests under way.
- newsboat: `newsboat -x reload` with 100 `reload-threads`. It deals the feeds out beforehand, and the last thread gets what is
  left over: the number of threads should divide that of the feeds.
- sfeed: `sfeed_update` as it comes, which has no validators, with as many jobs as we have requests under way.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

COMMAND = Path(sys.executable).with_name("aggregator")
SERVER = Path(__file__).with_name("feed_server.py")
ENTRIES = 25
NEWS_EVERY = 10
CATEGORIES = 40
AT_A_TIME = 128  # requests under way: our default
NEWSBOAT_THREADS = 100
PEERS = ["reader", "newsboat", "sfeed"]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}

# Runs a command below a process of its own, so that what is counted is this command and its children only, those included that
# it leaves behind: they become ours (https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html).
MEASURE = """
import ctypes, os, resource, subprocess, sys, time
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
began = time.monotonic()
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
wall = time.monotonic() - began
try:
    while True:
        os.wait()
except ChildProcessError:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)
sys.exit(status)
"""


@dataclass(frozen=True)
class Cost:
    """What a command took: CPU and wall seconds, those of its fetch phase, the largest process in MB, and documents received."""

    cpu: float
    wall: float
    fetch: float
    peak: float
    documents: int

    def __str__(self) -> str:
        """Write a table's cell."""
        return f"{self.cpu:.2f} · {self.wall:.1f} · {self.fetch:.1f} · {self.peak:.0f} · {self.documents}"


@dataclass(frozen=True)
class Failure:
    """Why a program has no cost to show."""

    reason: str

    def __str__(self) -> str:
        """Write a table's cell."""
        return f"failed: {self.reason}"


@dataclass(frozen=True)
class Program:
    """Something that polls.

    *subscribe* prepares a folder for feeds, *command* polls them when run there, *count* tells how many entries are stored.
    """

    name: str
    subscribe: Callable[[Path, Sequence[str]], None]
    command: tuple[str, ...]
    count: Callable[[Path], int]


@dataclass(frozen=True)
class Step:
    """What the server does while the feeds are polled once; *news* is how many entries were added to every tenth feed by then."""

    name: str
    news: int = 0
    validators: str = "heeded"


STEPS = (
    Step("first fetch"),
    Step("all 304, second fetch"),
    Step("all 304, third fetch"),
    Step("10 % with one new item", news=1),
    Step("all 200, same body", news=1, validators="none"),  # the last, since it makes programs forget the validators
)


class Server:
    """The feeds, served by another process."""

    def __init__(self, port: int, number: int) -> None:
        self._port = port
        self.urls = [f"http://127.1.{n // 250}.{n % 250}:{port}/feed.xml" for n in range(number)]

    def control(self, **wanted: float | str) -> tuple[Mapping[str, int], float]:
        """Set what is served from now on; return what was answered so far, how many of each status, and in how many seconds."""
        with urlopen(f"http://127.0.0.1:{self._port}/?{urlencode(wanted)}") as answer:
            served = json.load(answer)
        return served["statuses"], served["seconds"]


@contextmanager
def serving(number: int) -> Iterator[Server]:
    """Serve that many feeds."""
    with subprocess.Popen([sys.executable, SERVER, str(number)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout  # noqa: S101 - for the type checker
            yield Server(int(process.stdout.readline()), number)
        finally:
            process.terminate()


def rows(database: str, table: str) -> Callable[[Path], int]:
    """Return how to count the rows of a table."""

    def count(folder: Path) -> int:
        with closing(sqlite3.connect(folder / database)) as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - ours

    return count


def lines(folder: Path) -> int:
    """Count the lines of sfeed's files."""
    return sum(path.read_bytes().count(b"\n") for path in (folder / "feeds").iterdir())


def subscribe_us(folder: Path, urls: Sequence[str]) -> None:
    """Write our configuration."""
    feeds = "".join(f'  - {{url: "{url}", categories: [c{n % CATEGORIES}]}}\n' for n, url in enumerate(urls))
    allow = ", ".join(f'"{url.split("/")[2]}"' for url in urls)
    (folder / "config.yaml").write_text(f"fetch: {{allow: [{allow}]}}\nfeeds:\n{feeds}")


def subscribe_newsboat(folder: Path, urls: Sequence[str]) -> None:
    """Write newsboat's files."""
    (folder / "urls").write_text("".join(f"{url}\n" for url in urls))
    (folder / "config").write_text(f"reload-threads {NEWSBOAT_THREADS}\n")


def subscribe_sfeed(folder: Path, urls: Sequence[str]) -> None:
    """Write sfeed's configuration."""
    feeds = "".join(f'\tfeed "{n}" "{url}"\n' for n, url in enumerate(urls))
    (folder / "sfeedrc").write_text(f'sfeedpath="{folder}/feeds"\nmaxjobs={AT_A_TIME}\nfeeds() {{\n{feeds}}}\n')


def reader(python: Path, workers: int) -> Program:
    """Return reader, installed for *python*."""

    def subscribe(folder: Path, urls: Sequence[str]) -> None:
        opened = "import sys\nfrom reader import make_reader\nreader = make_reader('reader.db')\n"
        script = f"{opened}for url in sys.stdin.read().split(): reader.add_feed(url)"
        subprocess.run([python, "-c", script], cwd=folder, input="\n".join(urls), text=True, check=True)
        (folder / "update.py").write_text(f"{opened}reader.update_feeds(scheduled=False, workers={workers})\n")

    return Program("reader", subscribe, (str(python), "update.py"), rows("reader.db", "entries"))


def reader_python() -> Path:
    """Make an environment for reader, unless that was done before."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "aggregator-bench" / "reader"
    python = folder / "bin" / "python"
    if not (folder / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        # its copy of feedparser needs sgmllib3k, which reader 3.26 does not ask for
        subprocess.run([python, "-m", "pip", "install", "--quiet", "reader", "sgmllib3k"], check=True)
        (folder / "installed").touch()
    return python


def programs(peers: Sequence[str], python: Path | None, delay: float) -> list[Program]:
    """Return our program, and those of *peers* that are installed."""
    found = [Program("aggregator", subscribe_us, (str(COMMAND), "poll"), rows("aggregator.db", "entries"))]
    if "reader" in peers:
        found.append(reader(python or reader_python(), AT_A_TIME if delay else 1))
    if "newsboat" in peers and shutil.which("newsboat"):
        command = ("newsboat", "-C", "config", "-u", "urls", "-c", "cache.db", "-x", "reload")
        found.append(Program("newsboat", subscribe_newsboat, command, rows("cache.db", "rss_item")))
    if "sfeed" in peers and shutil.which("sfeed_update"):
        found.append(Program("sfeed", subscribe_sfeed, ("sfeed_update", "sfeedrc"), lines))
    return found


def measure(program: Program, server: Server, delay: float) -> dict[Step, Cost | Failure]:
    """Let a program poll the feeds once for each step, in a new folder, which is its home."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        program.subscribe(folder, server.urls)
        return {step: measure_step(program, step, folder, server, delay) for step in STEPS}


def measure_step(program: Program, step: Step, folder: Path, server: Server, delay: float) -> Cost | Failure:
    """Measure one step, and check that the program did its work."""
    server.control(news=step.news, validators=step.validators, delay=delay)
    command, environment = [sys.executable, "-c", MEASURE, *program.command], {**ENVIRONMENT, "HOME": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, check=False, stdout=subprocess.PIPE, text=True)
    statuses, fetch = server.control()
    if done.returncode:
        return Failure(f"exit status {done.returncode}")
    if (asked := sum(statuses.values())) != (number := len(server.urls)):
        return Failure(f"{asked} requests for {number} feeds")
    try:
        stored = program.count(folder)
    except (OSError, sqlite3.Error) as error:
        return Failure(str(error))
    expected = number * ENTRIES + step.news * len(range(0, number, NEWS_EVERY))
    if stored != expected:
        return Failure(f"{stored} of {expected} entries")
    cpu, wall, peak = map(float, done.stdout.split())
    return Cost(cpu, wall, fetch, peak, statuses.get("200", 0))


def better(one: Cost | Failure, other: Cost | Failure) -> Cost | Failure:
    """Return the least of two rounds, of each number; a failure stays one."""
    if isinstance(one, Cost) and isinstance(other, Cost):
        return Cost(*map(min, astuple(one), astuple(other)))
    return other if isinstance(one, Cost) else one


def compared(costs: Mapping[str, Cost | Failure]) -> str:
    """Write by how much the cheapest peer costs more than we do."""
    ours = costs["aggregator"]
    peers = {name: cost.cpu for name, cost in costs.items() if name != "aggregator" and isinstance(cost, Cost)}
    if not peers or isinstance(ours, Failure):
        return ""
    best = min(peers, key=peers.__getitem__)
    return f"{peers[best] / ours.cpu:.1f} ({best})"


def main() -> None:
    """Measure and print a table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("feeds", nargs="*", type=int, default=[500, 2000])
    options.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS)
    options.add_argument("--reader-python", type=Path)
    options.add_argument("--delays", nargs="*", type=float, default=[0, 0.3])
    options.add_argument("--rounds", type=int, default=1, help="show the best of so many")
    wanted = options.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print("Cells: CPU s · wall s · fetch phase s · peak MB · documents received.\n")
    print(f"| feeds | answers after | step | aggregator | {' | '.join(wanted.peers)} | best peer's CPU / ours |")
    print("|---" * (5 + len(wanted.peers)) + "|")
    for number in wanted.feeds:
        with serving(number) as server:
            for delay in wanted.delays:
                measured: dict[str, dict[Step, Cost | Failure]] = {}
                for program in programs(wanted.peers, wanted.reader_python, delay) * wanted.rounds:
                    costs = measure(program, server, delay)
                    before = measured.get(program.name, costs)
                    measured[program.name] = {step: better(before[step], costs[step]) for step in STEPS}
                for step in STEPS:
                    row = {name: costs[step] for name, costs in measured.items()}
                    cells = [str(row.get(name, "")) for name in ("aggregator", *wanted.peers)]
                    delayed = f"{delay * 1000:.0f} ms" if delay else "at once"
                    print(f"| {number} | {delayed} | {step.name} | {' | '.join(cells)} | {compared(row)} |", flush=True)


if __name__ == "__main__":
    main()
