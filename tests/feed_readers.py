"""Other people's feed readers: each subscribes to a feed over HTTP, in a home of its own, and says what it shows."""

from __future__ import annotations

import email
import email.policy
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from calendar import timegm
from contextlib import closing
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from installed import require
from msgspec import Struct
from own_site import CHECKOUT, TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable

NODE_SCRIPTS = CHECKOUT / "tests" / "readers"
NODE_MODULES = Path(sys.prefix) / "readers" / "node_modules"


class Shown(Struct, frozen=True, order=True):
    """An entry as a reader lists it."""

    title: str
    link: str
    published: datetime


def run(home: Path, program: str, *arguments: str | Path, stdin: bytes = b"") -> str:
    """Run a program of the machine, whose home is *home*, or skip the test; return its standard output."""
    require(shutil.which(program), program)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("XDG_") and "proxy" not in name.lower()}
    environ = inherited | {"HOME": str(home), "LANG": "C.UTF-8", "TERM": "dumb", "NODE_PATH": str(NODE_MODULES)}
    done = subprocess.run(
        [program, *arguments], cwd=home, env=environ, input=stdin, capture_output=True, timeout=TIMEOUT, check=False
    )
    assert done.returncode == 0, f"{program}: exit {done.returncode}\n{done.stdout.decode()}\n{done.stderr.decode()}"
    return done.stdout.decode()


def node(home: Path, script: str, *arguments: str | Path) -> str:
    """Run one of the scripts beside package.json with the modules that it names."""
    require(NODE_MODULES.is_dir(), f"what `make test` installs from npm into {NODE_MODULES}")
    return run(home, "node", NODE_SCRIPTS / script, *arguments)


def newsboat(home: Path, url: str) -> list[Shown]:
    (home / "urls").write_text(f"{url}\n")
    run(home, "newsboat", "-u", home / "urls", "-c", home / "cache.db", "-C", os.devnull, "-x", "reload")
    with closing(sqlite3.connect(home / "cache.db")) as cache:
        rows = cache.execute("SELECT title, url, pubDate FROM rss_item").fetchall()
    return [Shown(title, link, _at(seconds)) for title, link, seconds in rows]


def sfeed(home: Path, url: str) -> list[Shown]:
    require(shutil.which("curl"), "curl, which sfeed fetches with,")
    (home / "sfeedrc").write_text(f'sfeedpath="{home}"\nfeeds() {{\n\tfeed listed "{url}"\n}}\n')
    run(home, "sfeed_update", home / "sfeedrc")
    rows = [line.split("\t") for line in (home / "listed").read_text().splitlines()]
    return [Shown(title, link, _at(int(seconds))) for seconds, title, link, *_ in rows]


def rss2email(home: Path, url: str) -> list[Shown]:
    subscribe_by_mail(home, url)
    return mails(home)


def subscribe_by_mail(home: Path, url: str, proxy: str = "") -> None:
    """Let rss2email fetch a feed and deliver its entries into a folder of *home*."""
    (home / "mail").mkdir()
    (home / "r2e.cfg").write_text(
        f"[DEFAULT]\nfrom = us@news.example.org\nto = you@news.example.org\nproxy = {proxy}\ndate-header = True\n"
        f"date-header-order = issued\nemail-protocol = maildir\nmaildir-path = {home / 'mail'}\n"
    )
    run(home, "r2e", "-c", "r2e.cfg", "-d", "r2e.json", "add", "ours", url)
    fetch_by_mail(home)


def fetch_by_mail(home: Path) -> None:
    run(home, "r2e", "-c", "r2e.cfg", "-d", "r2e.json", "run")


def mails(home: Path) -> list[Shown]:
    found = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in home.glob("mail/INBOX/new/*")]
    return [Shown(str(m["Subject"]), str(m["X-RSS-URL"]), parsedate_to_datetime(m["Date"]).astimezone(UTC)) for m in found]


def feed2exec(home: Path, url: str) -> list[Shown]:
    kept = ("--config", home / "feed2exec.ini", "--database", home / "feed2exec.db")
    run(home, "feed2exec", *kept, "add", "ours", url, "--output", "feed2exec.plugins.json")
    items = map(json.loads, run(home, "feed2exec", *kept, "fetch").splitlines())
    return [Shown(item["title"], item["link"], _at(timegm(tuple(item["published_parsed"])))) for item in items]


def feedparser_of_npm(home: Path, url: str) -> list[Shown]:
    rows = json.loads(node(home, "items.js", url))
    return [Shown(title, link, datetime.fromisoformat(published)) for title, link, published in rows]


READERS: tuple[Callable[[Path, str], list[Shown]], ...] = (newsboat, sfeed, rss2email, feed2exec, feedparser_of_npm)


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
