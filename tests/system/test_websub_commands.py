"""WebSub as an administrator sees it: the daemon does it by itself, `feed show` and `hub list` tell."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from loopback_server import Loopback, Reply, Seen
from own_site import COMMAND, TIMEOUT, OwnSite
from websub_site import atom, request

from aggregator.websub.signatures import signature

if TYPE_CHECKING:
    from collections.abc import Iterator

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Peer:
    """A publisher, its hub and a subscriber of ours on loopback; *asked* and *delivered* are released when we call them."""

    def __init__(self, loopback: Loopback) -> None:
        self.loopback = loopback
        self.asked, self.delivered = threading.Semaphore(0), threading.Semaphore(0)
        self.topic, self.hub = loopback.url("/feed"), loopback.url("/hub")
        loopback.replies["/feed"] = Reply(body=atom(self.topic, self.hub, 1))
        loopback.replies["/hub"] = self._take
        loopback.replies["/cb"] = self._called

    def _take(self, _: Seen) -> Reply:
        self.asked.release()
        return Reply(status=202)

    def _called(self, seen: Seen) -> Reply:
        (self.delivered if seen.method == "POST" else self.asked).release()
        return Reply(body=parse_qs(urlsplit(seen.path).query).get("hub.challenge", [""])[0].encode())

    def posted(self, path: str) -> list[Seen]:
        return [seen for seen in self.loopback.seen if seen.method == "POST" and seen.path == path]


@pytest.fixture(name="peer")
def _peer(loopback: Loopback) -> Peer:
    return Peer(loopback)


@pytest.fixture(name="url")
def _url(site: OwnSite, peer: Peer) -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    site.configure(
        f"site: {{title: Ours, url: 'http://127.0.0.1:{port}/'}}\n"
        f"feeds: [{{url: '{peer.topic}', categories: [News]}}]\n"
        f"fetch: {{allow: ['127.0.0.1:{peer.loopback.port}'], spacing: 0s}}\n"
        f"server: {{port: {port}}}\n"
        "websub: {subscribe: true, hub: true}\n"
    )
    return f"http://127.0.0.1:{port}/"


@contextmanager
def serving(site: OwnSite) -> Iterator[None]:
    with subprocess.Popen([COMMAND, "serve"], cwd=site.folder, env=site.environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            assert process.stdout.readline().startswith("Serving ")
            yield
        finally:
            os.kill(process.pid, signal.SIGTERM)
            assert process.wait(TIMEOUT) == 0


def test_the_daemon_passes_news_on_at_once(site: OwnSite, peer: Peer, url: str) -> None:
    site.set_clock("2026-01-02T03:04:05Z")
    with serving(site):
        assert peer.asked.acquire(timeout=TIMEOUT)  # the first cycle found the hub
        asked = {name: values[0] for name, values in parse_qs(peer.posted("/hub")[0].body.decode()).items()}
        question = {"hub.mode": "subscribe", "hub.topic": peer.topic, "hub.challenge": "x", "hub.lease_seconds": "3600"}
        assert request("GET", f"{asked['hub.callback']}?{urlencode(question)}")[::2] == (200, b"x")

        wanted = {"hub.mode": "subscribe", "hub.topic": f"{url}feeds/all.atom", "hub.callback": peer.loopback.url("/cb")}
        assert request("POST", f"{url}hub", urlencode(wanted).encode(), FORM)[0] == 202
        assert peer.asked.acquire(timeout=TIMEOUT)
        shown = json.loads(site.run("feed", "show", peer.topic, "--json"))["websub"]
        assert [(lease["hub"], lease["ends_at"], lease["signed"]) for lease in shown] == [
            (peer.hub, "2026-01-02T04:04:05+00:00", True)
        ]
        assert asked["hub.secret"] not in json.dumps(shown)

        news = atom(peer.topic, peer.hub, 1, 2)
        assert request("POST", asked["hub.callback"], news, {"X-Hub-Signature": signature(asked["hub.secret"], news)})[0] == 202
        assert peer.delivered.acquire(timeout=TIMEOUT)
        assert b"Entry 2" in peer.posted("/cb")[0].body
    assert f"{peer.hub} tells us of news until" in site.run("feed", "show", peer.topic)
    assert peer.loopback.url("/cb") in site.run("hub", "list")
    assert [row["signed"] for row in json.loads(site.run("hub", "list", "--json"))] == [False]


def test_who_is_no_hub_has_no_subscribers_to_list(site: OwnSite) -> None:
    site.configure("")

    assert "websub.hub" in site.run("hub", "list", expect=2)


def test_a_hub_that_is_not_used_is_named(site: OwnSite, peer: Peer) -> None:
    site.configure(f"feeds: [{{url: '{peer.topic}'}}]\nfetch: {{allow: ['127.0.0.1:{peer.loopback.port}']}}\n")
    site.run("run")

    assert f"offered by {peer.hub}, not used: see websub.subscribe" in site.run("feed", "show", peer.topic)


def test_cron_tells_hubs_and_says_which_it_could_not(site: OwnSite, peer: Peer) -> None:
    site.configure(
        f"feeds: [{{url: '{peer.topic}'}}]\nfetch: {{allow: ['127.0.0.1:{peer.loopback.port}']}}\n"
        f"websub: {{hubs: ['{peer.hub}', 'http://127.0.0.2:1/']}}\n"
    )
    said = site.run("run")

    assert "hubs       http://127.0.0.2:1/ was not told of http://127.0.0.1:8000/feeds/" in said
    assert peer.posted("/hub")
