"""What pages ask while somebody waits, on every database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from rekeyed_store import file

from aggregator.model import Conclusion, Hidden, Hider, NextPoll, Poll, PollOutcome, Reject, Remark

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from aggregator.model import Candidate, Source
    from aggregator.store import Store

    Make = Callable[..., Candidate]
    MakeSource = Callable[..., Source]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_older_entries_come_page_by_page_each_once(store: Store, make_source: MakeSource, candidate: Make, now: datetime) -> None:
    """Also those of one moment, which are told apart by their ids."""
    some = [candidate(f"{n}", url=f"https://a.example/{n}", published=now - (n // 3) * HOUR) for n in range(10)]
    other = candidate("other", url="https://a.example/other", published=now - HOUR)
    file(store, make_source(categories=("科技",)), now, *some)
    file(store, make_source("https://b.example/feed", categories=("体育",)), now, other)
    with store.write() as tx:
        tx.tombstones.hide([tx.stories.find("https://a.example/4", None)], Hidden(at=now, by=Hider.OPERATOR, reason="spam"))
    with store.read() as tx:
        category = tx.browsing.category("keji")
        for shelf, whole in ((category, tx.reading.newest_of(tx.categories.find("keji"), 99)), (None, tx.reading.newest(99))):
            page = whole[:2]
            walked = list(page)
            while page := tx.reading.older(walked[-1], shelf, 2):
                walked += page
            assert walked == list(whole)
            assert len(whole) == (9 if shelf else 10)


def test_an_unknown_slug_is_no_category(store: Store) -> None:
    with store.read() as tx:
        assert (tx.browsing.category("none"), tx.browsing.number("urn:x")) == (None, None)


def conclude(store: Store, source: Source, at: datetime, *, failed: bool) -> None:
    remark = Remark(code="timeout", message="no answer") if failed else None
    outcome = PollOutcome.FAILED if failed else PollOutcome.NOT_MODIFIED
    with store.write() as tx:
        tx.sources.conclude(
            [
                Conclusion(
                    source=source,
                    poll=Poll(source_id=source.id, started_at=at, outcome=outcome, remark=remark),
                    next_poll=NextPoll(at=at + HOUR, reason="in an hour"),
                    validators=source.validators,
                    digest=None,
                    state=source.state,
                    failures=int(failed),
                )
            ]
        )


def test_the_overview_counts_by_day_and_hour_and_shows_failing_sources_first(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    well, ill = make_source(), make_source("https://b.example/feed")
    dates = (now, now - DAY, now - DAY, now - 40 * DAY)
    file(store, well, now, *(candidate(url=f"https://a.example/{n}", published=date) for n, date in enumerate(dates)))
    for at in (now - 50 * HOUR, now - 2 * HOUR, now):
        conclude(store, well, at, failed=False)
    conclude(store, ill, now, failed=True)
    with store.write() as tx:
        tx.quarantine.add(ill, Reject(place="item 1", code="no-title", message="m", raw="r"), now)
    with store.read() as tx:
        overview = tx.browsing.overview(now - 30 * DAY, now - 48 * HOUR, now, 9)

    assert [source.subscription.url for source in overview.sources] == [ill.subscription.url, well.subscription.url]
    assert (overview.total, overview.enabled, overview.failing) == (2, 2, 1)
    assert overview.entries == {"2026-01-02": 1, "2026-01-01": 2}
    assert overview.polls == {"2026-01-02 03": 2, "2026-01-02 01": 1}
    assert overview.quarantine == {"no-title": 1}
