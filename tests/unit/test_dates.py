"""Effective dates: never missing, never in the future, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from msgspec.structs import replace

from aggregator.decide import effective_dates, identify_document, judge, later_update, with_shared_dates
from aggregator.decide.dates import FEWEST_SHARED
from aggregator.model import Candidate, Decision, Known, Origin, Remark, Source, Subscription

NOW = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
NOW_S = NOW.replace(microsecond=0)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("published", "updated", "expected"),
    [
        pytest.param(None, None, (NOW_S, NOW_S, "no date given: when we first saw it"), id="no date"),
        pytest.param(NOW_S - HOUR, None, (NOW_S - HOUR, NOW_S - HOUR, "the publisher's published date"), id="published"),
        pytest.param(None, NOW_S - HOUR, (NOW_S - HOUR, NOW_S - HOUR, "the publisher's updated date"), id="updated only"),
        pytest.param(
            NOW_S - 2 * HOUR, NOW_S - HOUR, (NOW_S - 2 * HOUR, NOW_S - HOUR, "the publisher's published date"), id="both",
        ),
        pytest.param(
            NOW_S - HOUR, NOW_S - 2 * HOUR, (NOW_S - HOUR, NOW_S - HOUR, "the publisher's published date"),
            id="updated before published",
        ),
        pytest.param(
            NOW_S - HOUR, NOW_S + HOUR, (NOW_S - HOUR, NOW_S, "the publisher's published date"), id="updated in the future",
        ),
        pytest.param(
            NOW_S - HOUR, datetime(1970, 1, 1, tzinfo=UTC), (NOW_S - HOUR, NOW_S - HOUR, "the publisher's published date"),
            id="updated by an unset clock",
        ),
        pytest.param(
            NOW_S + HOUR, None, (NOW_S, NOW_S, "dated in the future (2026-01-02T04:04:05+00:00): when we first saw it"),
            id="in the future",
        ),
        pytest.param(
            datetime(1970, 1, 1, tzinfo=UTC), None,
            (NOW_S, NOW_S, "dated before 1990 (1970-01-01T00:00:00+00:00): when we first saw it"), id="an unset clock",
        ),
        pytest.param(
            datetime(2021, 12, 17, 18, 33, 12, tzinfo=timezone(8 * HOUR)), None,
            (datetime(2021, 12, 17, 10, 33, 12, tzinfo=UTC),) * 2 + ("the publisher's published date",), id="of another zone",
        ),
    ],
)  # fmt: skip
def test_effective_dates(published: datetime | None, updated: datetime | None, expected: tuple[datetime, datetime, str]) -> None:
    assert effective_dates(Candidate(place="x", published=published, updated=updated), NOW) == expected


@pytest.mark.parametrize(
    ("claim", "previous", "expected"),
    [
        pytest.param(NOW_S - HOUR, NOW_S - 2 * HOUR, NOW_S - HOUR, id="the publisher's later date"),
        pytest.param(NOW_S - 2 * HOUR, NOW_S - HOUR, NOW_S, id="an earlier claim does not go back"),
        pytest.param(NOW_S + HOUR, NOW_S - HOUR, NOW_S, id="a claim in the future"),
        pytest.param(None, NOW_S, NOW_S + timedelta(seconds=1), id="twice within a second"),
        pytest.param(None, NOW_S + HOUR, NOW_S + HOUR + timedelta(seconds=1), id="our clock went back"),
    ],
)
def test_a_revision_is_always_later(claim: datetime | None, previous: datetime, expected: datetime) -> None:
    assert later_update(Candidate(place="x", updated=claim), previous, NOW) == expected


def test_a_guessed_zone_is_told_beside_the_date() -> None:
    guessed = Remark(code="zoneless-date", message="published: '2026-01-02 01:00' names no time zone we know; taken as UTC")
    candidate = Candidate(place="x", published=NOW_S - 2 * HOUR, remarks=(guessed, Remark(code="empty-title", message="other")))

    assert effective_dates(candidate, NOW)[2] == (
        "the publisher's published date; published: '2026-01-02 01:00' names no time zone we know; taken as UTC"
    )


def decided(*candidates: Candidate) -> list[Decision]:
    source = Source(id=1, subscription=Subscription(url="https://a.example/feed"), origin=Origin.CONFIG, added_at=NOW)
    return judge(identify_document(candidates, str, source_url="https://a.example/feed"), Known(), source, NOW)


def test_what_shares_its_date_with_most_of_a_document_says_so_and_keeps_it() -> None:
    day = NOW_S - 24 * HOUR
    same = [Candidate(place=f"item {n}", title=f"{n}", published=day) for n in range(FEWEST_SHARED)]
    before = decided(*same, Candidate(place="item 9", title="9", published=day - HOUR))
    after = with_shared_dates(before)

    told = "5 items of the document are dated 2026-01-01 03:04 UTC: when it was made, or a mere day, not when each of them came"
    assert [d.date_reason for d in after] == [f"the publisher's published date; {told}"] * 5 + ["the publisher's published date"]
    assert [replace(d, date_reason="") for d in after] == [replace(d, date_reason="") for d in before]


def test_of_known_items_no_date_is_explained_anew() -> None:
    same = decided(*(Candidate(place=f"item {n}", title=f"{n}", published=NOW_S) for n in range(FEWEST_SHARED)))
    known = [replace(decision, date_reason="") for decision in same]

    assert with_shared_dates(known) == known
    assert with_shared_dates([*known[1:], same[0]]) == [*known[1:], same[0]]
