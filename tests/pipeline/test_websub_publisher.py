"""Telling hubs of news: only when bytes changed, each once, and again until they know."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from loopback_server import Loopback, Reply, Seen
from websub_site import PushedSite, atom, pushed_site

from aggregator.app import Progress
from aggregator.config.schema import WebSub
from aggregator.publish import publish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def told(loopback: Loopback, path: str = "/hub") -> list[str]:
    """Return the topics of which the hub at *path* was told."""
    forms = [parse_qs(seen.body.decode()) for seen in loopback.seen if seen.path == path]
    assert all(form["hub.mode"] == ["publish"] and form["hub.url"] == form["hub.topic"] for form in forms)
    return sorted(form["hub.topic"][0] for form in forms)


@pytest.fixture(name="site")
def _site(tmp_path: Path, loopback: Loopback) -> Iterator[PushedSite]:
    loopback.replies["/feed"] = Reply(body=atom(loopback.url("/feed"), None, 1))
    loopback.replies["/hub"] = Reply(status=204)
    hubs = WebSub(hubs=(loopback.url("/hub"),))
    with pushed_site(tmp_path, [loopback.url("/feed")], loopback.allow, hubs) as site:
        yield site


def topics(site: PushedSite) -> list[str]:
    """Return the addresses of all feeds of a site, but for the pages of their archives."""
    return sorted(site.url + p.relative_to(site.work.app.config.output).as_posix()
                  for p in (site.work.app.config.output / "feeds").iterdir() if p.suffix in {".atom", ".json"})  # fmt: skip


def test_a_hub_is_told_of_every_feed_whose_bytes_changed_and_of_no_other(site: PushedSite, loopback: Loopback) -> None:
    site.cycle()
    assert site.spread() == ()
    assert told(loopback) == topics(site) != []

    site.cycle(after=2 * HOUR)
    site.spread()
    assert told(loopback) == topics(site)

    loopback.replies["/feed"] = Reply(body=atom(loopback.url("/feed"), None, 1, 2))
    site.cycle(after=DAY)
    site.spread()
    assert told(loopback) == sorted(2 * topics(site))


def test_cron_tells_without_the_daemon(site: PushedSite, loopback: Loopback) -> None:
    site.cycle()

    assert site.work.websub.tell() == ()
    assert told(loopback) == topics(site)


def test_publishing_waits_for_no_hub_and_a_hub_that_is_down_is_told_later(site: PushedSite, loopback: Loopback) -> None:
    loopback.replies["/hub"] = Reply(raw=b"", then="close")
    site.cycle()
    assert told(loopback) == []  # nobody was asked yet

    first = site.spread()
    assert len(first) == 1  # the others wait until somebody is there
    assert first[0].startswith(f"{loopback.url('/hub')} was not told of ")
    assert site.spread() == ()  # it is not due again

    loopback.replies["/hub"] = Reply(status=202)
    loopback.seen.clear()
    assert site.spread(after=MINUTE) == ()
    assert told(loopback) == topics(site)


def test_news_that_comes_while_a_hub_is_being_told_is_told_again(site: PushedSite, loopback: Loopback) -> None:
    def published_meanwhile(_: Seen) -> Reply:
        loopback.replies["/hub"] = Reply(status=204)
        loopback.replies["/feed"] = Reply(body=atom(loopback.url("/feed"), None, 1, 2))
        site.cycle(after=DAY)
        return Reply(status=204)

    site.cycle()
    loopback.replies["/hub"] = published_meanwhile
    site.spread()
    assert told(loopback) == topics(site)
    site.spread()
    assert told(loopback) == sorted(2 * topics(site))
    site.spread()
    assert told(loopback) == sorted(2 * topics(site))


def test_what_a_killed_run_published_is_told_by_the_next(site: PushedSite, loopback: Loopback) -> None:
    site.work.poll(site.work.due(), Progress())
    publish(site.work.publishing)  # and was killed here

    site.cycle()
    site.spread()

    assert told(loopback) == topics(site)


def test_a_redirect_that_keeps_the_method_is_followed_and_others_are_failures(site: PushedSite, loopback: Loopback) -> None:
    site.cycle()
    loopback.replies["/hub"] = Reply(status=303, headers={"Location": loopback.url("/elsewhere")})
    assert "HTTP 303" in site.spread()[0]

    loopback.replies["/hub"] = Reply(status=308, headers={"Location": loopback.url("/moved")})
    loopback.replies["/moved"] = Reply(status=202)
    assert site.spread(after=HOUR) == ()
    assert told(loopback, "/moved") == topics(site)
    assert "/elsewhere" not in loopback.paths()
