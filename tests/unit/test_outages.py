"""What is our own network's fault is held against no source; what is a source's own is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aggregator.model import Origin, Remark, Source, Subscription
from aggregator.poll.outages import is_cut_off, is_excused, portals


def sources(*urls: str) -> list[Source]:
    added = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        Source(id=n, subscription=Subscription(url=url), origin=Origin.CONFIG, added_at=added) for n, url in enumerate(urls, 1)
    ]


THREE = sources("http://a.example/", "http://b.example/", "http://c.example/")
ONE_HOST = sources("http://a.example/1", "http://a.example/2", "http://a.example/3")


def test_one_page_from_three_hosts_is_a_captive_portal() -> None:
    remark = Remark(
        code="captive-portal",
        message="3 hosts sent one and the same page instead of their feeds: it seems to be a captive portal's",
    )

    assert portals((source, b"page") for source in THREE) == {1: remark, 2: remark, 3: remark}


def test_one_page_from_one_host_is_that_hosts() -> None:
    assert portals((source, b"page") for source in ONE_HOST) == {}


def test_different_pages_are_each_their_hosts() -> None:
    assert portals((source, bytes([source.id])) for source in THREE) == {}


def test_no_host_reached_and_no_answer_is_our_network() -> None:
    assert is_cut_off(THREE, 0)


def test_one_answer_shows_that_our_network_works() -> None:
    assert not is_cut_off(THREE, 1)


def test_one_host_alone_may_be_down() -> None:
    assert not is_cut_off(ONE_HOST, 0)


def test_a_source_is_excused_for_a_day_and_then_fails_like_any_other() -> None:
    source = THREE[0]

    assert is_excused(source, source.added_at + timedelta(days=1))
    assert not is_excused(source, source.added_at + timedelta(days=1, seconds=1))
