"""Effective dates: never missing, never in the future, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from aggregator.decide import effective_dates, later_update
from aggregator.model import Candidate

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
