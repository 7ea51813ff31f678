"""What is asked of a source, and what is written at the end of a poll, by its outcome."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from aggregator.ingest_rules import IngestRules
from aggregator.model import (
    Access,
    Conclusion,
    FetchFailure,
    FetchRequest,
    Freshness,
    Hints,
    Hop,
    NextPoll,
    Origin,
    Poll,
    PollOutcome,
    PollState,
    Pulse,
    Remark,
    Source,
    Subscription,
    Tally,
    Validators,
)
from aggregator.poll import Polling, conclusions
from aggregator.poll.requests import TRUST, request_for
from aggregator.urls import UrlRules

URL = "https://a.example/feed"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
KNOWN = Validators(etag='"1"', last_modified="Thu, 01 Jan 2026 00:00:00 GMT")
SECRET = Access(user_agent="mine/1", secret_fields=(("Authorization", "Bearer x"),))
STATE = PollState(
    document_at=NOW - HOUR,
    imported_at=NOW - 3 * DAY,
    hints=Hints(ttl=HOUR),
    freshness=Freshness(max_age=2 * HOUR),
    pulse=Pulse(at=NOW - HOUR),
)
SOURCE = Source(
    id=7,
    subscription=Subscription(url=URL),
    origin=Origin.CONFIG,
    validators=KNOWN,
    document_digest=b"digest",
    added_at=NOW - 3 * DAY,
    polled_at=NOW - HOUR,
    succeeded_at=NOW - HOUR,
    failures=2,
    next_poll_at=NOW,
    state=STATE,
)
POLL = Poll(source_id=7, started_at=NOW, outcome=PollOutcome.READ)
HTTP_503 = Remark(code="http-503", message="503 Service Unavailable")


def world(chance: float = 0.0) -> Polling:
    rules = IngestRules(urls=UrlRules(), categories=(), default_category="x", authority="a.example")
    # conclusions are pure: they look at chance and pace only
    return Polling(store=None, fetch=iter, rules=rules, clock=lambda: NOW, chance=lambda: chance)  # type: ignore[arg-type]


# --- what is asked -----------------------------------------------------------------------------------------------------------


def test_a_source_is_asked_whether_its_document_changed() -> None:
    assert request_for(SOURCE, Access(), NOW) == FetchRequest(url=URL, validators=KNOWN)


@pytest.mark.parametrize(
    ("document_at", "validators"),
    [
        pytest.param(NOW - TRUST + timedelta(seconds=1), KNOWN, id="within a week"),
        pytest.param(NOW - TRUST, Validators(), id="after a week"),
        pytest.param(None, Validators(), id="never had a whole one"),
    ],
)
def test_not_modified_is_believed_for_a_week_after_a_whole_document(document_at: datetime | None, validators: Validators) -> None:
    source = replace(SOURCE, state=replace(STATE, document_at=document_at))

    assert request_for(source, Access(), NOW).validators == validators


@pytest.mark.parametrize(
    ("current_url", "sent"),
    [
        pytest.param(None, True, id="where it always was"),
        pytest.param("https://a.example/new", True, id="moved within its origin"),
        pytest.param("https://a.example:443/new", True, id="moved, its port written out"),
        pytest.param("https://a.example:8443/feed", False, id="moved to another port"),
        pytest.param("http://a.example/feed", False, id="moved to where everybody can read along"),
        pytest.param("https://b.example/feed", False, id="moved to another host"),
    ],
)
def test_secrets_go_to_the_origin_of_the_subscription_only_also_if_the_feed_moved(current_url: str | None, sent: bool) -> None:  # noqa: FBT001 - a table's cell
    request = request_for(replace(SOURCE, state=replace(STATE, current_url=current_url)), SECRET, NOW)

    assert (request.url, request.user_agent) == (current_url or URL, "mine/1")
    assert request.secret_fields == (SECRET.secret_fields if sent else ())


# --- what is written ---------------------------------------------------------------------------------------------------------


def test_the_row_of_a_poll_tells_how_the_fetch_went() -> None:
    hops = (Hop(url=URL, status=302),)
    result = FetchFailure(
        url=URL, code="http-404", message="404", final_url="https://b.example/", hops=hops, status=404, wire_bytes=99,
        duration=MINUTE,
    )  # fmt: skip

    assert conclusions.begun(SOURCE, result, NOW) == Poll(
        source_id=7, started_at=NOW, outcome=PollOutcome.READ, tally=Tally(), status=404, final_url="https://b.example/",
        hops=hops, wire_bytes=99, fetch_s=60.0,
    )  # fmt: skip


def test_a_success_ends_a_row_of_failures_and_keeps_what_came() -> None:
    state = replace(STATE, document_at=NOW, freshness=Freshness(max_age=3 * HOUR))
    new = Validators(etag='"2"')

    assert conclusions.succeeded(SOURCE, POLL, world(), state=state, validators=new, digest=b"other") == Conclusion(
        source=SOURCE, poll=POLL, validators=new, digest=b"other", state=state, failures=0,
        next_poll=NextPoll(
            at=NOW + 3 * HOUR, reason="about 3 h after the last poll: the server asks for 3 h (Cache-Control: max-age)"
        ),
    )  # fmt: skip


def test_a_failure_keeps_what_the_last_good_document_said_and_counts() -> None:
    assert conclusions.failed(SOURCE, POLL, HTTP_503, Freshness(), world()) == Conclusion(
        source=SOURCE, poll=replace(POLL, outcome=PollOutcome.FAILED, remark=HTTP_503), validators=KNOWN, digest=b"digest",
        state=STATE, failures=3,
        next_poll=NextPoll(
            at=NOW + 8 * HOUR,
            reason="about 8 h after the last poll: the server asks for 2 h (Cache-Control: max-age), "
            "and the 3rd failure in a row (HTTP 503) makes that 8 h",
        ),
    )  # fmt: skip


def test_the_pause_that_a_failure_asks_for_counts_and_the_age_it_allows_does_not() -> None:
    heard = Freshness(max_age=5 * HOUR, retry_after=20 * HOUR)
    done = conclusions.failed(SOURCE, POLL, HTTP_503, heard, world())

    assert done.state == STATE
    assert done.next_poll == NextPoll(
        at=NOW + 20 * HOUR,
        reason="about 20 h after the last poll: the last 3 polls failed (HTTP 503), "
        "and the server asks for a pause of 20 h (Retry-After)",
    )


def test_a_failure_that_is_our_own_networks_changes_nothing_of_the_source() -> None:
    ours = Remark(code="no-network", message="there is no network")

    assert conclusions.blameless(SOURCE, POLL, ours, world()) == Conclusion(
        source=SOURCE, poll=replace(POLL, outcome=PollOutcome.FAILED, remark=ours), validators=KNOWN, digest=b"digest",
        state=STATE, failures=2,
        next_poll=NextPoll(
            at=NOW + 15 * MINUTE,
            reason="soon after the last poll, whose failure is not held against the source: there is no network",
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("interval", "chance", "wait"),
    [
        pytest.param(None, 1.0, 16.5 * MINUTE, id="chance parts those that were cut off together"),
        pytest.param(5 * MINUTE, 0.0, 5 * MINUTE, id="a subscription may want it sooner"),
        pytest.param(2 * HOUR, 0.0, 15 * MINUTE, id="or later, which this is no reason for"),
    ],
)
def test_after_a_failure_that_is_our_own_networks_it_is_soon_tried_again(
    interval: timedelta | None, chance: float, wait: timedelta
) -> None:
    source = replace(SOURCE, subscription=replace(SOURCE.subscription, interval=interval))

    assert conclusions.blameless(source, POLL, HTTP_503, world(chance)).next_poll.at == NOW + wait


@pytest.mark.parametrize(
    ("next_poll_at", "wait"),
    [
        pytest.param(NOW - HOUR, HOUR, id="in time"),
        pytest.param(NOW - HOUR - MINUTE, 90 * MINUTE, id="late, as all others after we were down"),
        pytest.param(None, 90 * MINUTE, id="for the first time"),
    ],
)
def test_what_was_polled_in_a_crowd_is_spread(next_poll_at: datetime | None, wait: timedelta) -> None:
    source = replace(SOURCE, next_poll_at=next_poll_at)
    half = replace(world(0.5), pace=replace(world().pace, jitter=0.0))
    state = PollState(hints=Hints(ttl=HOUR))

    done = conclusions.succeeded(source, POLL, half, state=state, validators=Validators(), digest=None)
    assert done.next_poll.at == NOW + wait


@given(st.integers(0, 1000), st.floats(0, 1))
def test_a_source_that_fails_is_never_given_up(failures: int, chance: float) -> None:
    done = conclusions.failed(replace(SOURCE, failures=failures), POLL, HTTP_503, Freshness(), world(chance))

    assert done.failures == failures + 1
    assert done.next_poll.at is not None
    assert NOW < done.next_poll.at <= NOW + 3.3 * DAY
