"""What must hold whatever happens: kill -9, wrong configuration, a locked or broken store."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from typing import TYPE_CHECKING

import pytest
from loopback_server import Loopback, Reply, Seen
from own_site import CHECKOUT, TIMEOUT, OwnSite, kill, serving, start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FEEDS = 12


def feed_of(number: int) -> Reply:
    """A feed of eight items, of which two are also in the next feed, one under another guid and with other words."""
    items = "".join(
        f"<item><title>{title}</title><link>https://a.example/{link}</link><guid isPermaLink='false'>urn:{number}:{link}</guid>"
        f"<description>Text {link}</description><pubDate>Thu, 01 Jan 2026 0{link % 7}:00:00 GMT</pubDate></item>"
        for link, title in ((number * 6 + n, f"Item {number * 6 + n} of feed {number}") for n in range(8))
    )
    body = f'<rss version="2.0"><channel><title>Feed {number}</title>{items}</channel></rss>'
    return Reply(body=body.encode(), headers={"ETag": f'"{number}"'})


def configuration(loopback: Loopback, extra: str = "") -> str:
    feeds = "\n".join(
        f'  - {{url: "{loopback.url(f"/{n}", host=f"127.0.0.{n + 1}")}", categories: [c{n % 3}]}}' for n in range(FEEDS)
    )
    allowed = ", ".join(f'"127.0.0.{n + 1}:{loopback.port}"' for n in range(FEEDS))
    return f"fetch: {{allow: [{allowed}]}}\nseeds: [{{path: {CHECKOUT / 'seeds'}}}]\nfeeds:\n{feeds}\n{extra}"


@pytest.fixture(name="undisturbed")
def _undisturbed(tmp_path: Path, loopback: Loopback) -> dict[str, bytes]:
    """Return what one undisturbed run publishes."""
    loopback.replies |= {f"/{n}": feed_of(n) for n in range(FEEDS)}
    (tmp_path / "undisturbed").mkdir()
    site = OwnSite(tmp_path / "undisturbed")
    site.set_clock("2026-01-02T03:04:05+00:00")
    site.configure(configuration(loopback))
    site.run("run")
    return site.files()


@pytest.mark.parametrize("request_number", [1, 6, 12])
def test_a_run_killed_while_polling_is_made_good_by_the_next(
    site: OwnSite, loopback: Loopback, undisturbed: dict[str, bytes], request_number: int
) -> None:
    site.configure(configuration(loopback))
    loopback.seen.clear()
    victims: list[subprocess.Popen[str]] = []

    def reply(seen: Seen) -> Reply:
        if len(loopback.seen) == request_number:
            victims[0].send_signal(signal.SIGKILL)
        return feed_of(int(seen.path[1:]))

    loopback.replies |= {f"/{n}": reply for n in range(FEEDS)}
    victims.append(start(site, "run"))
    victims[0].communicate(timeout=TIMEOUT)
    assert victims[0].returncode == -signal.SIGKILL
    site.run("run")

    assert site.files() == undisturbed


@pytest.mark.parametrize("files", [1, 4])
def test_a_run_killed_while_publishing_is_made_good_by_the_next(
    site: OwnSite, loopback: Loopback, undisturbed: dict[str, bytes], files: int
) -> None:
    site.configure(configuration(loopback))
    process = start(site, "run")
    while process.poll() is None and len(list(site.output.glob("feeds/[!.]*.atom"))) < files:
        pass
    kill(process)
    (site.output / "feeds" / f".c1.atom.{process.pid}.tmp").write_bytes(b"half a fi")
    site.run("run")

    assert site.files() == undisturbed


def test_the_order_in_which_servers_answer_changes_no_byte(
    site: OwnSite, loopback: Loopback, undisturbed: dict[str, bytes]
) -> None:
    site.configure(configuration(loopback))
    urls = [loopback.url(f"/{n}", host=f"127.0.0.{n + 1}") for n in range(FEEDS)]
    for url in reversed(urls):
        site.run("poll", url)
    site.run("run")

    assert site.files() == undisturbed


def test_an_id_that_got_out_before_publishing_failed_stays(site: OwnSite, loopback: Loopback) -> None:
    """The feed that was subscribed first brings the article later: by then subscribers may know it under the other's id."""
    item = "<item><title>X</title><link>https://a.example/x</link><guid isPermaLink='false'>urn:{}:x</guid></item>"
    rss = "<rss version='2.0'><channel><title>F</title>{}</channel></rss>"
    loopback.replies |= {"/1": Reply(body=rss.format("").encode()), "/2": Reply(body=rss.format(item.format(2)).encode())}
    feeds = "".join(f'\n  - {{url: "{loopback.url(f"/{n}")}", categories: [c]}}' for n in (1, 2))
    site.configure(f'fetch: {{allow: ["127.0.0.1:{loopback.port}"]}}\nfeeds:{feeds}')
    (site.output / "index.html").mkdir(parents=True)
    site.run("run", expect=1)
    assert b"urn:2:x" in site.files()["feeds/c.atom"]
    (site.output / "index.html").rmdir()
    loopback.replies["/1"] = Reply(body=rss.format(item.format(1)).encode())
    site.set_clock("2026-01-02T09:00:00+00:00")
    site.run("run")

    assert b"urn:2:x" in site.files()["feeds/c.atom"]
    assert b"urn:1:x" not in site.files()["feeds/c.atom"]


def test_a_wrong_configuration_never_starts_and_every_problem_is_told_at_once(site: OwnSite) -> None:
    site.configure("sitee: {}\nfeeds:\n  - {url: nonsense}\npublish: {entries: -1}\n")

    said = site.run("run", expect=2)
    assert re.findall(r"^aggregator: config.yaml:(\d+): ([\w\[\].]+):", said, re.MULTILINE) == [
        ("1", "sitee"), ("3", "feeds[0].url"), ("4", "publish.entries"),
    ]  # fmt: skip
    assert "did you mean 'site'?" in said
    assert not (site.folder / "aggregator.db").exists()


def test_no_configuration_says_how_to_get_one(site: OwnSite) -> None:
    said = site.run("run", expect=2, environ={"HOME": str(site.folder), "XDG_CONFIG_HOME": str(site.folder)})

    assert "aggregator config init" in said


def test_a_second_run_at_the_same_time_is_turned_away(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/hang"] = Reply(raw=b"", then="hang")
    site.configure(f'fetch: {{allow: ["127.0.0.1:{loopback.port}"]}}\nfeeds: [{{url: "{loopback.url("/hang")}"}}]')
    first = start(site, "run")
    while not loopback.seen and first.poll() is None:
        pass

    assert "another run is at work" in site.run("run", expect=75)
    kill(first)
    site.run("publish")


def test_a_store_that_is_no_database_is_an_error_for_people(site: OwnSite) -> None:
    site.configure("{}")
    (site.folder / "aggregator.db").write_bytes(b"no database " * 1000)

    assert "file is not a database" in site.run("run", expect=74)


def test_an_output_folder_that_is_a_file_is_an_error_for_people(site: OwnSite) -> None:
    site.configure("{}")
    site.output.write_bytes(b"")

    assert "public" in site.run("run", expect=74)


def test_a_folder_in_the_way_of_a_feed_is_told_of_until_it_is_gone_and_all_else_is_published(site: OwnSite) -> None:
    site.configure(f"seeds: [{{path: {CHECKOUT / 'seeds'}}}]")
    obstacle = site.output / "feeds" / "weifenlei.json"
    obstacle.mkdir(parents=True)
    why = f"cannot write {obstacle}: something that is no file is there; move it away"
    said = site.run("run", expect=1)

    assert f"aggregator: {why}\naggregator: 1 file not published; all others are, and the next run tries again\n" in said
    assert f"aggregator: {why}\n" in site.run("run", "--quiet", expect=1)
    assert json.loads(site.run("status", "--json"))["not published"] == {"feeds/weifenlei.json": why}
    assert re.findall(r"^not published +(.+)$", site.run("status"), re.MULTILINE) == ["feeds/weifenlei.json"]
    assert site.run("publish", "--check", expect=1).split() == ["feeds/weifenlei.json"]
    obstacle.rmdir()
    assert site.run("publish").split()[0] == "feeds/weifenlei.json"
    assert json.loads(site.run("status", "--json"))["not published"] == {}
    assert {"feeds/weifenlei.json", "feeds/weifenlei.atom", "index.html"} <= site.files().keys()


def test_a_published_file_that_somebody_changed_is_found_and_made_good(site: OwnSite) -> None:
    site.configure(f"seeds: [{{path: {CHECKOUT / 'seeds'}}}]")
    site.run("run")
    before = site.files()
    path = site.output / "feeds" / "weifenlei.atom"
    path.write_bytes(path.read_bytes().replace("人工".encode(), "机器".encode()))

    assert site.run("publish", "--check", expect=1).split() == ["feeds/weifenlei.atom"]
    assert site.run("publish").split() == ["feeds/weifenlei.atom"]
    assert site.files() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("poll", "seeds/"), "is a folder of seeds; `aggregator seed ingest` reads it", id="poll a folder"),
        pytest.param(("feed", "add", "http://a.example/a b"), "must not contain spaces", id="add a broken address"),
        pytest.param(("feed", "add", "http://u:p@a.example/"), "must not contain a user name or password", id="add a password"),
        pytest.param(("seed", "ingest", "other"), "other is not among the seed folders", id="ingest a strange folder"),
        pytest.param(("publish", "nothing"), "no category is called nothing", id="publish no category"),
        pytest.param(("entry", "why", "https://a.example/"), "no entry is known under https://a.example/", id="ask for no entry"),
        pytest.param(("quarantine", "show", "7"), "quarantine has no row 7", id="show no row"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong_with_it(site: OwnSite, arguments: tuple[str, ...], said: str) -> None:
    site.configure("seeds: [{path: seeds/}]")
    (site.folder / "seeds").mkdir()

    assert said in site.run(*arguments, expect=1 if arguments[0] in {"publish", "entry", "quarantine"} else 2)


def test_quiet_tells_of_failures_only(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/1"] = feed_of(1)
    allowed = f'fetch: {{allow: ["127.0.0.1:{loopback.port}"]}}\n'
    site.configure(f'{allowed}feeds: [{{url: "{loopback.url("/1")}"}}, {{url: "{loopback.url("/2")}"}}]')

    assert site.run("run", "--quiet") == f"  {loopback.url('/2')}: 404 Not Found: there is no feed at this URL (http-404)\n"
    assert site.run("run", "--quiet") == ""


def test_strict_counts_sources_that_failed(site: OwnSite, loopback: Loopback) -> None:
    site.configure(f'fetch: {{allow: ["127.0.0.1:{loopback.port}"]}}\nfeeds: [{{url: "{loopback.url("/none")}"}}]')

    site.run("run")
    site.run("poll", "--strict", expect=1)


def test_feeds_come_and_go_on_the_command_line(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/1"] = feed_of(1)
    site.configure(f'fetch: {{allow: ["127.0.0.1:{loopback.port}"]}}')
    url = loopback.url("/1")
    site.run("feed", "add", url, "--category", "科技")
    site.run("run")

    assert "subscribed already" in site.run("feed", "add", url, expect=2)
    assert [s["entry_count"] for s in json.loads(site.run("feed", "list", "--json"))] == [8]
    site.run("feed", "remove", url)
    assert "is not subscribed any more" in site.run("feed", "remove", url, expect=2)
    assert json.loads(site.run("poll", "--json")) == []
    assert len(json.loads(site.run("entry", "list", "--category", "keji", "--json"))) == 8
    assert "no source has the URL" in site.run("feed", "show", "https://nowhere.example/", expect=1)


def test_a_feed_taken_out_of_the_file_is_disabled_and_nothing_is_lost(site: OwnSite, loopback: Loopback) -> None:
    loopback.replies["/1"] = feed_of(1)
    allowed = f'fetch: {{allow: ["127.0.0.1:{loopback.port}"]}}\n'
    site.configure(f'{allowed}feeds: [{{url: "{loopback.url("/1")}"}}]')
    site.run("run")
    site.configure(allowed)

    (feed,) = json.loads(site.run("feed", "list", "--json"))
    assert (feed["disabled_reason"], feed["entry_count"]) == ("no longer in the configuration", 8)


def get(url: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(url, headers=headers or {})  # noqa: S310 - our own server on loopback
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 - as above
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, dict(answer.headers), answer.read()


@pytest.fixture(name="served")
def _served(site: OwnSite, loopback: Loopback) -> Iterator[tuple[OwnSite, str]]:
    loopback.replies |= {f"/{n}": feed_of(n) for n in range(FEEDS)}
    site.configure(configuration(loopback, "server: {port: 0}"))
    site.run("run")
    with serving(site) as url:
        yield site, url


def test_the_daemon_serves_what_is_published_and_says_304(served: tuple[OwnSite, str]) -> None:
    site, url = served
    status, headers, body = get(f"{url}feeds/renminyoudianbao.atom")

    assert (status, headers["content-type"]) == (200, "application/atom+xml; charset=utf-8")
    assert body == site.files()["feeds/renminyoudianbao.atom"]
    assert get(f"{url}feeds/renminyoudianbao.atom", {"If-None-Match": headers["etag"]})[0] == 304
    assert get(url)[2] == site.files()["index.html"]
    assert json.loads(get(f"{url}healthz")[2])["ok"] is True
    assert (get(f"{url}readyz")[0], json.loads(get(f"{url}readyz")[2])) == (200, {"ok": True})
    assert 'feeds/renminyoudianbao.atom>; rel="self"' in headers["link"]
    assert get(f"{url}feeds/../aggregator.db")[0] == 404


def test_a_seed_dropped_while_serving_is_published_before_the_next_tick(site: OwnSite) -> None:
    (site.folder / "seeds").mkdir()
    site.configure("server: {port: 0}\nseeds: [{path: seeds/}]")
    with serving(site) as url:
        (site.folder / "seeds" / "a.md").write_text("---\ntitle: Dropped\ncategories: dropped\n---\nText\n")
        answers = (get(f"{url}feeds/dropped.atom") for _ in range(50_000))  # some thirty seconds of asking, half a tick
        found = next(body for status, _, body in answers if status == 200)

    assert b"<title>Dropped</title>" in found


def test_an_installed_wheel_inits_and_runs_outside_the_checkout(site: OwnSite, tmp_path: Path) -> None:
    """The wheel's own files must suffice: it is unpacked beside nothing, and only its dependencies come from the environment."""
    wheels = tmp_path / "wheels"
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*build, "--wheel-dir", wheels, CHECKOUT], check=True, capture_output=True, timeout=TIMEOUT)
    (wheel,) = wheels.iterdir()
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    main = f"import sys; sys.path.insert(0, {str(installed)!r}); from aggregator.cli import main; main()"

    def run(*arguments: str) -> str:
        command = [sys.executable, "-c", main, *arguments]
        return subprocess.run(
            command, cwd=site.folder, env=site.environ, check=True, capture_output=True, text=True, timeout=TIMEOUT
        ).stdout

    assert "wrote config.yaml" in run("config", "init")
    (site.folder / "config.yaml").write_text(re.sub(r"(?ms)^feeds:.*?(?=^\S)", "", (site.folder / "config.yaml").read_text()))
    assert "2 new" in run("run")
    assert set(site.files()) >= {"feeds/renminyoudianbao.atom", "feeds/weifenlei.atom", "index.html", "style.css"}


def test_postgresql_gives_the_same_bytes(
    site: OwnSite, loopback: Loopback, undisturbed: dict[str, bytes], postgresql: str
) -> None:
    from pgserver import fresh_database  # noqa: PLC0415 - only where there is a server

    site.configure(configuration(loopback, f'store: "{fresh_database(postgresql)}"'))
    site.run("run")

    assert {path: body for path, body in site.files().items() if path != ".aggregator.lock"} == undisturbed
