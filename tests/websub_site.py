"""A site of ours that others on loopback push to and are pushed by; see :class:`PushedSite`."""

from __future__ import annotations

import http.client
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.app import App, Progress
from aggregator.cli.websub import websub_routes
from aggregator.config.schema import Config, Fetch, SiteSection, WebSub
from aggregator.model import Subscription
from aggregator.web import Links, create_app
from aggregator.web.server import Server, listening

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from aggregator.app import Cycle, Work
    from aggregator.model import Source
    from aggregator.model.pushing import Lease, Subscriber

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def atom(topic: str, hub: str | None, *numbers: int) -> bytes:
    """Return a feed with entries of these numbers."""
    links = f'<link rel="self" href="{topic}"/>' + (f'<link rel="hub" href="{hub}"/>' if hub else "")
    entries = "".join(
        f"<entry><id>urn:example:{n}</id><title>Entry {n}</title><link href='https://a.example/{n}'/>"
        f"<updated>2026-01-01T00:00:00Z</updated><content>Text {n}</content></entry>"
        for n in numbers
    )
    feed = f"<id>urn:example:feed</id><title>A feed</title><updated>2026-01-01T00:00:00Z</updated>{links}{entries}"
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{feed}</feed>'.encode()


def request(
    method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, Mapping[str, str], bytes]:  # fmt: skip
    """Make one request; return status, header fields by their names in lower case, and body."""
    parts = urlsplit(url)
    with closing(http.client.HTTPConnection(parts.netloc, timeout=30)) as connection:
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


@dataclass
class Times:
    """The clock of a test."""

    now: datetime = NOW


@dataclass
class PushedSite:
    """The program on a store of its own, served at *url*; it polls, publishes and spreads when the test says so."""

    work: Work
    url: str
    times: Times
    news: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    requests: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def cycle(self, after: timedelta = timedelta()) -> Cycle:
        """Let time pass, then do a cycle as the daemon does."""
        self.times.now += after
        return self.work.cycle(Progress())

    def spread(self, after: timedelta = timedelta()) -> tuple[str, ...]:
        """Let time pass, then do what the daemon's other tick does."""
        self.times.now += after
        return self.work.websub.spread()

    def titles(self) -> set[str]:
        with self.work.store.read() as tx:
            return {entry.title for entry in tx.reading.newest(1000)}

    def sources(self) -> Sequence[Source]:
        with self.work.store.read() as tx:
            return tx.sources.all()

    def leases(self) -> Sequence[Lease]:
        with self.work.store.read() as tx:
            return tx.leases.all()

    def subscribers(self) -> Sequence[Subscriber]:
        with self.work.store.read() as tx:
            return tx.hub.subscribers()


@contextmanager
def pushed_site(folder: Path, feeds: Sequence[str], allowed: frozenset[tuple[str, int]], websub: WebSub) -> Iterator[PushedSite]:
    """Serve a site in *folder* that subscribes to *feeds* and may contact the *allowed* addresses, and itself."""
    with listening("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        config = Config(
            site=SiteSection(title="Ours", url=f"http://127.0.0.1:{port}/"),
            subscriptions=tuple(Subscription(url=url, categories=("News",)) for url in feeds),
            fetch=Fetch(allowed=allowed | {("127.0.0.1", port)}, spacing=timedelta()),
            websub=websub,
        )
        times = Times()
        app = App(
            config=config.within(folder), config_path=folder / "config.yaml", clock=lambda: times.now, chance=lambda: 0.0
        )  # fmt: skip
        with app.open() as work:
            site = PushedSite(work=work, url=config.site.url, times=times)
            routes = websub_routes(work, site.news.release, site.requests.release)
            ready = threading.Event()
            links = Links(site=config.site.url, hubs=config.site_value.hubs)
            asgi = create_app(app.config.output, lambda: {"ok": True}, routes, links=links)
            server = Server(asgi, "127.0.0.1", listener, lambda _: ready.set())
            thread = threading.Thread(target=server.run, args=([listener],))
            thread.start()
            try:
                assert ready.wait(30)
                yield site
            finally:
                server.should_exit = True
                thread.join()
