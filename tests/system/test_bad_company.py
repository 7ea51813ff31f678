"""Two hundred good feeds beside every kind of bad server: each gets what it deserves. And secrets, and kill -9."""

from __future__ import annotations

import gzip
import json
import signal
import socket
import subprocess
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest
from loopback_server import Loopback, Reply, Seen
from own_site import COMMAND, TIMEOUT, OwnSite
from store_content import assert_every_item_is_accounted_for, content

from aggregator.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def store_of(site: OwnSite) -> Store:
    return Store(f"sqlite:///{site.folder / 'aggregator.db'}", authority="localhost")


@pytest.fixture(autouse=True)
def _accounts(site: OwnSite) -> Iterator[None]:
    yield
    with store_of(site) as store:
        assert_every_item_is_accounted_for(store)


def rss(name: str, more: str = "") -> bytes:
    items = "".join(
        f"<item><title>{name} {n}</title><link>https://a.example/{name}/{n}</link><description>Text</description></item>"
        for n in (1, 2)
    )
    return f'<rss version="2.0"><channel><title>{name}</title>{more}{items}</channel></rss>'.encode()


def feeds_of(loopback: Loopback, *feeds: str, fetch: str = "") -> str:
    """Configure *feeds*, each a line of YAML, whose hosts may all be contacted."""
    hosts = {f"127.1.{group}.{n}" for group in (0, 1) for n in range(1, 256)}
    allow = ", ".join(f'"{host}:{loopback.port}"' for host in sorted(hosts))
    return f"fetch: {{spacing: 0s, {fetch}allow: [{allow}]}}\nfeeds:\n" + "".join(f"  - {{{feed}}}\n" for feed in feeds)


# --- bad company -------------------------------------------------------------------------------------------------------------

GOOD = 200
DEADLINE_S = 3
CUT = gzip.compress(rss("cut"), mtime=0)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"
# Twice as long as in safety.md's third fact, so that it is too much for fast machines as well: feedparser takes 20 s or more.
AUTHOR = f"<item><title>A</title><author>{'a.' * 40_000}@</author></item>"
BAD = {
    "/hang": Reply(raw=b"", then="hang"),
    "/drip": Reply(raw=OK + b"\r\n<rss>", then="drip"),
    "/flood": Reply(raw=OK + b"\r\n<rss>", then="flood"),
    "/10-gb": Reply(raw=OK + b"Content-Length: 10737418240\r\n\r\n<rss>", then="flood"),
    "/bomb": Reply(body=gzip.compress(b" " * 20_000_000), headers={"Content-Encoding": "gzip"}),
    "/cut": Reply(body=CUT[: len(CUT) // 2], headers={"Content-Encoding": "gzip", "ETag": '"1"'}),
    "/loop": Reply(status=302, headers={"Location": "/loop"}),
    "/busy": Reply(status=429, headers={"Retry-After": "120"}),
    "/gone": Reply(status=410),
    "/html": Reply(body=b"<!DOCTYPE html><html><body>Welcome</body></html>"),
    "/author": Reply(body=rss("author", AUTHOR)),
}
REASONS = {
    "/hang": ("timeout", "nothing came for 2 s"),
    "/drip": ("timeout", "not done within 3 s"),
    "/flood": ("too-large", "the document is larger than fetch.max_body"),
    "/10-gb": ("too-large", "the document is larger than fetch.max_body"),
    "/bomb": ("too-large", "the document is larger than fetch.max_body (2,097,152 bytes)"),
    "/cut": ("truncated", "the gzip data ends early"),
    "/loop": ("too-many-redirects", "redirected too often; probably a loop"),
    "/inside": ("address-blocked", "127.0.0.2 is not a public address; list it with its port in fetch.allow if you mean it"),
    "/busy": ("http-429", "429 Too Many Requests: the server wants fewer of them"),
    "/gone": ("http-410", "410 Gone: the publisher has removed this feed for good"),
    "/html": ("not-a-feed", "the document looks like an HTML page, not like RSS, Atom or JSON Feed"),
    "/author": ("too-expensive", "reading the document was given up: it took longer than 2 s"),
}


@pytest.fixture(name="canary")
def _canary() -> Iterator[socket.socket]:
    """Return a listener that nobody must contact."""
    with socket.create_server(("127.0.0.2", 0)) as listener:
        listener.settimeout(0)
        yield listener
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_in_bad_company_every_good_feed_is_stored_in_time_and_every_bad_one_has_its_reason(
    site: OwnSite, loopback: Loopback, canary: socket.socket
) -> None:
    inside = f"http://127.0.0.2:{canary.getsockname()[1]}/"
    loopback.replies |= {f"/{n}": Reply(body=rss(str(n))) for n in range(GOOD)}
    loopback.replies |= {**BAD, "/inside": Reply(status=302, headers={"Location": inside})}
    good = [loopback.url(f"/{n}", f"127.1.0.{n + 1}") for n in range(GOOD)]
    bad = {path: loopback.url(path, f"127.1.1.{n}") for n, path in enumerate(REASONS, 1)}
    between = [url for pair in zip(bad.values(), good, strict=False) for url in pair]
    feeds = [f'url: "{url}", interval: 1m' for url in (*between, *good[len(bad) :])]
    limits = f"connect_timeout: 2s, idle_timeout: 2s, timeout: {DEADLINE_S}s, max_body: 2MiB, "
    site.configure(feeds_of(loopback, *feeds, fetch=limits) + "limits: {parse_timeout: 2s}\n")
    rows = polled(site.run("poll", "--json"))
    known = {feed["subscription"]["url"]: feed for feed in json.loads(site.run("feed", "list", "--json"))}

    assert {(rows[url]["outcome"], rows[url]["tally"]["new"], known[url]["entry_count"]) for url in good} == {("read", 2, 2)}
    assert max(rows[url]["fetch_s"] for url in good) < DEADLINE_S
    reasons = {path: (known[url]["error"]["code"], known[url]["error"]["message"]) for path, url in bad.items()}
    assert reasons == REASONS
    assert "127.0.0.2" not in loopback.contacts
    assert known[bad["/busy"]]["next_poll_reason"] == (
        "about 2 min after the last poll: the last poll failed (HTTP 429), and the server asks for a pause of 2 min (Retry-After)"
    )
    assert known[bad["/gone"]]["next_poll_reason"].startswith("about 7 d after the last poll: the feed is gone for good")
    with store_of(site) as store:
        held = {(row["source_id"], row["code"]) for row in content(store)["quarantine"]}
    assert held == {((bad[path],), REASONS[path][0]) for path in ("/html", "/author")}

    loopback.replies["/cut"] = Reply(body=CUT, headers={"Content-Encoding": "gzip", "ETag": '"1"'})
    site.set_clock("2026-01-02T03:05:05+00:00")
    whole = polled(site.run("poll", bad["/cut"], "--json"))[bad["/cut"]]
    assert (whole["outcome"], whole["tally"]["new"], whole["remark"]) == ("read", 2, None)
    assert [seen.headers.get("if-none-match") for seen in loopback.seen if seen.path == "/cut"] == [None, None]


def polled(listing: str) -> dict[str, dict[str, Any]]:
    return {row["url"]: row["poll"] for row in json.loads(listing)}


# --- one sentence ------------------------------------------------------------------------------------------------------------


def test_feed_show_explains_the_next_poll_in_one_sentence(site: OwnSite, loopback: Loopback) -> None:
    hours = "".join(f"<hour>{hour}</hour>" for hour in range(5, 9))
    body = rss("feed", f"<skipHours>{hours}</skipHours>")
    loopback.replies["/feed"] = Reply(body=body, headers={"Cache-Control": "max-age=7200"})
    url = loopback.url("/feed", "127.1.0.1")
    site.configure(feeds_of(loopback, f'url: "{url}"'))
    site.run("poll")
    loopback.replies["/feed"] = Reply(status=503)
    site.set_clock("2026-01-02T04:00:00+00:00")
    site.run("poll")
    shown = site.run("feed", "show", url)

    (told,) = [line for line in shown.splitlines() if line.startswith("next poll")]
    moment, _, sentence = told.removeprefix("next poll").strip().partition(", ")
    assert moment.startswith("2026-01-02 09:")
    assert sentence == (
        "about 5 h after the last poll: the last poll failed (HTTP 503), the server asks for 2 h (Cache-Control: max-age), "
        "and the feed is not to be polled from 5:00 to 9:00 GMT (skipHours)"
    )
    assert "http-503: 503 Service Unavailable" in shown


# --- secrets -----------------------------------------------------------------------------------------------------------------

PASSWORD, TOKEN, KEY = "correct-horse-battery", "bearer-3f9a1c", "key-77e0d2"
BASIC = b64encode(f"hermes:{PASSWORD}".encode()).decode()
PLACES = {"env": "{env: FEED_%s}", "file": "{file: secrets/%s}"}
KINDS = {
    "password": ("auth: {user: hermes, password: %s}", "authorization", f"Basic {BASIC}"),
    "bearer": ("auth: {bearer: %s}", "authorization", f"Bearer {TOKEN}"),
    "header": ("auth: {headers: {X-Api-Key: %s}}", "x-api-key", KEY),
}
VALUES = {"password": PASSWORD, "bearer": TOKEN, "header": KEY}


def test_secrets_reach_the_origin_of_the_subscription_and_nobody_else(site: OwnSite, loopback: Loopback) -> None:
    stranger, urls, feeds = "127.1.1.1", {}, []
    for n, (kind, place) in enumerate(((kind, place) for kind in KINDS for place in PLACES), 1):
        path = f"/{kind}-{place}"
        urls[path] = loopback.url(path, f"127.1.0.{n}")
        rule, name, value = KINDS[kind]
        loopback.replies[path] = gate(name, value, loopback.url(f"{path}.xml", stranger))
        loopback.replies[f"{path}.xml"] = Reply(body=rss(path[1:]))
        feeds.append(f'url: "{urls[path]}", {rule % (PLACES[place] % kind.upper())}')
    (site.folder / "secrets").mkdir()
    for kind, value in VALUES.items():
        (site.folder / "secrets" / kind.upper()).write_text(f"{value}\n")
    site.configure(feeds_of(loopback, *feeds))
    environ = {f"FEED_{kind.upper()}": value for kind, value in VALUES.items()}
    said = spoken(site, environ, "-vv", "run", "--json") + spoken(site, environ, "feed", "list", "--json")
    for shown in ("/password-env", "/bearer-file", "/header-env"):
        said += spoken(site, environ, "feed", "show", urls[shown], "--json") + spoken(site, environ, "feed", "show", urls[shown])

    read = {source["subscription"]["url"]: source["entry_count"] for source in json.loads(site.run("feed", "list", "--json"))}
    assert read == dict.fromkeys(urls.values(), 2)
    assert sum(seen.host == stranger for seen in loopback.seen) == len(urls)
    for seen in (seen for seen in loopback.seen if seen.host == stranger):
        assert {"authorization", "x-api-key"} & set(seen.headers) == set()
    written = b"".join(path.read_bytes() for path in written_by(site))
    assert [secret for secret in (*VALUES.values(), BASIC) if secret.encode() in said + written] == []
    assert b"password-env 1" in written  # we looked at the right bytes


def gate(name: str, value: str, location: str) -> Any:
    """Return who lets those pass, to another origin, that send a field."""

    def answer(seen: Seen) -> Reply:
        return Reply(status=302, headers={"Location": location}) if seen.headers.get(name) == value else Reply(status=401)

    return answer


def spoken(site: OwnSite, environ: dict[str, str], *arguments: str) -> bytes:
    """Run the command and return all it says, on standard output and in its log."""
    done = subprocess.run(
        [COMMAND, *arguments], cwd=site.folder, env=site.environ | environ, timeout=TIMEOUT, capture_output=True, check=True
    )
    return done.stdout + done.stderr


def written_by(site: OwnSite) -> list[Path]:
    """Return the store's files and the published ones."""
    return [path for path in (*site.folder.glob("aggregator.db*"), *site.output.rglob("*")) if path.is_file()]


def test_a_missing_secret_costs_that_source_only_and_a_source_may_have_a_user_agent_of_its_own(
    site: OwnSite, loopback: Loopback
) -> None:
    loopback.replies |= {path: Reply(body=rss(path[1:])) for path in ("/env", "/file", "/good")}
    urls = {path: loopback.url(path, f"127.1.0.{n}") for n, path in enumerate(loopback.replies, 1)}
    site.configure(
        feeds_of(
            loopback,
            f'url: "{urls["/env"]}", auth: {{bearer: {{env: FEED_TOKEN}}}}',
            f'url: "{urls["/file"]}", auth: {{bearer: {{file: token}}}}',
            f'url: "{urls["/good"]}", user_agent: "mine/2 (+https://example.org/)"',
        )
    )
    rows = polled(site.run("poll", "--json"))

    assert {path: rows[url]["remark"] for path, url in urls.items()} == {
        "/env": {
            "code": "no-access",
            "message": "the environment variable FEED_TOKEN, which holds a secret, is not set or empty",
        },
        "/file": {
            "code": "no-access",
            "message": (f"the file {site.folder / 'token'}, which holds a secret, cannot be read: No such file or directory"),
        },
        "/good": None,
    }
    assert [(seen.path, seen.headers["user-agent"]) for seen in loopback.seen] == [("/good", "mine/2 (+https://example.org/)")]
    again = polled(site.run("poll", urls["/env"], "--json", environ={"FEED_TOKEN": TOKEN}))
    assert again[urls["/env"]]["outcome"] == "read"
    assert loopback.seen[-1].headers["authorization"] == f"Bearer {TOKEN}"


# --- kill -9 -----------------------------------------------------------------------------------------------------------------

FEEDS = 8
# What depends on chance, or on how fast the machine is.
VARYING = ("sources.next_poll_at", "sources.next_poll_reason", "polls.fetch_s")


@pytest.mark.parametrize("request_number", [2, 7])
def test_a_round_killed_in_its_middle_is_finished_by_the_next_as_if_nothing_had_been(
    site: OwnSite, tmp_path: Path, loopback: Loopback, request_number: int
) -> None:
    calm = OwnSite(tmp_path / "calm")
    calm.folder.mkdir()
    calm.set_clock("2026-01-02T03:04:05+00:00")
    urls = [loopback.url(f"/{n}", f"127.1.0.{n + 1}") for n in range(FEEDS)]
    for each in (calm, site):
        each.configure(feeds_of(loopback, *(f'url: "{url}", categories: [c]' for url in urls), fetch="concurrency: 1, "))
    victims: list[subprocess.Popen[bytes]] = []

    def reply(seen: Seen) -> Reply:
        if victims and victims[0].poll() is None and len(loopback.seen) == FEEDS + request_number:
            victims[0].send_signal(signal.SIGKILL)
        return Reply(body=rss(seen.path[1:]), headers={"ETag": '"1"'})

    loopback.replies |= {f"/{n}": reply for n in range(FEEDS)}
    calm.run("poll")
    victims.append(
        subprocess.Popen([COMMAND, "poll"], cwd=site.folder, env=site.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    )
    victims[0].communicate(timeout=TIMEOUT)
    with store_of(site) as store:
        half = len(content(store)["polls"])
    site.run("poll", "--due")

    assert (victims[0].returncode, half) == (-signal.SIGKILL, request_number - 1)
    with store_of(calm) as undisturbed, store_of(site) as store:
        assert content(store, *VARYING) == content(undisturbed, *VARYING)
