"""Measures serving: a feed of 280 KB, answered 304 and 200 with gzip, beside nginx; then how long readers wait during a poll.

    .venv/bin/python bench/serve.py [--seconds 5] [--rounds 3] [--feeds 500] [--poll-seconds 12]

Needs wrk and nginx (Debian: `apt-get install wrk nginx`). Both servers answer from the same folder, precompressed files included,
over 32 kept connections on loopback, one server at a time. What counts is the number of requests for a CPU second (user and
system) of all processes of the server, the best of the rounds; wrk shares the machine but is not counted. Ours is
`aggregator serve`, the daemon in the same process.

The second table is for readers that ask 500 times a second in all, half of them with 304 for an answer, while the same process
polls the feeds for the first time, each on a host of its own (bench/feed_server.py), and publishes what came.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import os
import platform
import random
import re
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from feed_server import WRITERS, address

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COMMAND = Path(sys.executable).with_name("aggregator")
SERVER = Path(__file__).with_name("feed_server.py")
FEED = "feeds/bench.atom"
FEED_BYTES = 280_000
CONNECTIONS = 32
READERS, PAUSE_MS = 10, 20
CATEGORIES = 40
GZIP = {"Accept-Encoding": "gzip"}
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; types {{ application/atom+xml atom; }}
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{port}; root {folder}/public; gzip_static on; open_file_cache max=100; }}
}}
"""


def publish(folder: Path) -> None:
    """Write the feed and its precompressed sibling."""
    chance, parts, size = random.Random(0), [], 0  # noqa: S311 - repeatable, not secret
    while size < FEED_BYTES:
        body = WRITERS[len(parts) % 2].body(chance).replace("&", "&amp;").replace("<", "&lt;")
        parts.append(f'  <entry>\n    <id>{len(parts)}</id>\n    <content type="html">{body}</content>\n  </entry>\n')
        size += len(parts[-1].encode())
    document = f'<feed xmlns="http://www.w3.org/2005/Atom">\n{"".join(parts)}</feed>\n'.encode()
    path = folder / "public" / FEED
    path.parent.mkdir(parents=True)
    path.write_bytes(document)
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(document, 6, mtime=0))


@contextmanager
def ours(folder: Path, feeds: str = "") -> Iterator[tuple[int, int]]:
    """Run our server; give its process and port."""
    (folder / "config.yaml").write_text(f"server: {{port: 0}}\n{feeds}")
    command = [COMMAND, "serve"]
    root = str(Path(__file__).resolve().parents[1])
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            command, cwd=folder, env={**ENVIRONMENT, "PYTHONPATH": root}, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            assert process.stdout  # noqa: S101 - for the type checker
            found = re.search(r":(\d+)/", process.stdout.readline())
            assert found, (folder / "log").read_text()  # noqa: S101 - nothing to measure otherwise
            yield process.pid, int(found[1])
        finally:
            process.terminate()


@contextmanager
def nginx(folder: Path, port: int) -> Iterator[tuple[int, int]]:
    """Run nginx on the same folder; give its process and port."""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    folder.chmod(0o755)
    with subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-e", folder / "error.log"]) as process:
        try:
            wait_for(port)
            yield process.pid, port
        finally:
            process.terminate()


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(1000):
        try:
            ask(port, {})
        except OSError:
            continue
        return


def ask(port: int, fields: Mapping[str, str]) -> tuple[int, str, int]:
    """Ask for the feed once; return status, ETag and length."""
    with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("GET", f"/{FEED}", headers=dict(fields))
        response = connection.getresponse()
        return response.status, response.getheader("ETag") or "", len(response.read())


def cpu(pid: int) -> float:
    """Return the CPU seconds of a process and its living children."""
    pids = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    fields = [Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split() for one in pids]
    return sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")


def wrk(port: int, fields: Mapping[str, str], seconds: int, connections: int, script: Path | None = None) -> tuple[int, float]:
    """Let readers ask; return the number of their requests and the 99th percentile of their waiting, in ms."""
    options = [f"-c{connections}", "-t1", f"-d{seconds}s", "--latency", *(["-s", str(script)] if script else [])]
    headers = [part for name, value in fields.items() for part in ("-H", f"{name}: {value}")]
    command = ["wrk", *options, *headers, f"http://127.0.0.1:{port}/{FEED}"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in told, told  # noqa: S101 - nothing to measure otherwise
    assert "Socket errors" not in told, told  # noqa: S101 - as above
    done, slowest = re.search(r"(\d+) requests in", told), re.search(r"99%\s+([\d.]+)(us|ms|s)", told)
    assert done, told  # noqa: S101 - as above
    assert slowest, told  # noqa: S101 - as above
    return int(done[1]), float(slowest[1]) * {"us": 0.001, "ms": 1, "s": 1000}[slowest[2]]


def rates(pid: int, port: int, seconds: int) -> dict[str, float]:
    """Measure requests for a CPU second of a server, by what is answered."""
    status, etag, length = ask(port, GZIP)
    assert (status, length < FEED_BYTES) == (200, True)  # noqa: S101 - as above
    known = {**GZIP, "If-None-Match": etag}
    assert ask(port, known)[0] == 304  # noqa: S101 - as above
    found = {}
    for what, fields in {"304": known, "200 with gzip": GZIP}.items():
        before = cpu(pid)
        number, _ = wrk(port, fields, seconds, CONNECTIONS)
        found[what] = number / (cpu(pid) - before)
    return found


def compare(folder: Path, seconds: int, rounds: int) -> None:
    """Print the table of both servers."""
    best: dict[str, dict[str, float]] = {"aggregator": {}, "nginx": {}}
    with ours(folder) as (pid, port), nginx(folder, port + 1 if port < 65535 else port - 1) as (other_pid, other_port):
        for _ in range(rounds):
            for name, server in {"aggregator": (pid, port), "nginx": (other_pid, other_port)}.items():
                for what, rate in rates(*server, seconds).items():
                    best[name][what] = max(rate, best[name].get(what, 0))
    print("| answer | aggregator | nginx | ours / nginx |\n|---|---|---|---|")
    for what, rate in best["aggregator"].items():
        print(f"| {what} | {rate:,.0f} | {best['nginx'][what]:,.0f} | {rate / best['nginx'][what]:.2f} |", flush=True)


def wait_during_a_poll(folder: Path, feeds: int, seconds: int) -> None:
    """Print how long readers wait while the server polls and publishes, and when it does not: give it the *seconds* it needs."""
    script = folder / "readers.lua"
    script.write_text(
        f"""
        local turn = 0
        function delay() return {PAUSE_MS} end
        function request()
          turn = turn + 1
          if turn % 2 == 0 then wrk.headers["If-None-Match"] = "*" else wrk.headers["If-None-Match"] = nil end
          return wrk.format()
        end
        """
    )
    with subprocess.Popen([sys.executable, SERVER, str(feeds)], stdout=subprocess.PIPE, text=True) as remote:
        try:
            assert remote.stdout  # noqa: S101 - for the type checker
            far = int(remote.stdout.readline())
            hosts = [f"{address(number)}:{far}" for number in range(feeds)]
            allow = ", ".join(f'"{host}"' for host in hosts)
            listed = "".join(
                f'  - {{url: "http://{host}/feed.xml", categories: [c{number % CATEGORIES}]}}\n'
                for number, host in enumerate(hosts)
            )
            with ours(folder, f"fetch: {{allow: [{allow}]}}\nfeeds:\n{listed}") as (_, port):
                print("\n| the same process | requests | 99 % within | feeds published |\n|---|---|---|---|")
                for meanwhile in (f"polls {feeds} feeds and publishes", "rests"):
                    number, slowest = wrk(port, GZIP, seconds, READERS, script)
                    published = len(list((folder / "public/feeds").glob("*.atom"))) - 1
                    print(f"| {meanwhile} | {number} | {slowest:.1f} ms | {published} |", flush=True)
        finally:
            remote.terminate()


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--seconds", type=int, default=5)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--feeds", type=int, default=500)
    options.add_argument("--poll-seconds", type=int, default=12, help="how long to ask during the poll, and after it")
    wanted = options.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    for measure in (
        lambda folder: compare(folder, wanted.seconds, wanted.rounds),
        lambda folder: wait_during_a_poll(folder, wanted.feeds, wanted.poll_seconds),
    ):
        with tempfile.TemporaryDirectory() as temporary:
            publish(Path(temporary))
            measure(Path(temporary))


if __name__ == "__main__":
    main()
