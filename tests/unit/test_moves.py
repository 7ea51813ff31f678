"""A permanent redirect is believed after several polls over some days, and never where that would mix up two feeds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from aggregator.model import Hop, Move, Moving, Origin, PollState, Source, Subscription
from aggregator.poll.moves import moved

OLD, NEW = "http://a.example/feed", "https://b.example/feed"
DAY = timedelta(days=1)
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SOURCE = Source(id=1, subscription=Subscription(url=OLD), origin=Origin.CONFIG, added_at=START)
FOR_GOOD = (Hop(url=OLD, status=301),)


def standing(state: PollState) -> Source:
    return replace(SOURCE, state=state)


def polled(*days: float, hops: tuple[Hop, ...] = FOR_GOOD, to: str = NEW) -> tuple[PollState, list[Move]]:
    """Poll on these days; return what came of it."""
    state, moves = PollState(), []
    for day in days:
        state, move = moved(standing(state), hops, to, START + day * DAY, frozenset())
        moves += [move] if move else []
    return state, moves


def test_one_redirect_is_only_noted() -> None:
    assert polled(0) == (PollState(moving=Moving(url=NEW, since=START)), [])


def test_many_redirects_in_one_evening_are_not_believed() -> None:
    assert polled(0, 0.1, 0.2, 0.3, 0.4)[1] == []


def test_two_redirects_over_a_week_are_not_believed() -> None:
    assert polled(0, 7)[1] == []


def test_three_redirects_over_two_days_move_the_feed() -> None:
    reason = "3 polls in a row since 2026-01-02 were redirected there for good (HTTP 301)"
    move = Move(moved_at=START + 2 * DAY, from_url=OLD, to_url=NEW, reason=reason)

    assert polled(0, 1, 2) == (PollState(current_url=NEW), [move])


def test_a_poll_that_is_not_redirected_begins_anew() -> None:
    state, _ = polled(0, 1)
    state, _ = moved(standing(state), (), OLD, START + 2 * DAY, frozenset())

    assert state == PollState()


def test_another_target_begins_anew() -> None:
    state, _ = polled(0, 1)
    state, move = moved(standing(state), FOR_GOOD, "https://c.example/", START + 2 * DAY, frozenset())

    assert (state.moving, move) == (Moving(url="https://c.example/", since=START + 2 * DAY), None)


def test_one_temporary_redirect_on_the_way_makes_all_of_it_temporary() -> None:
    assert polled(0, 1, 2, 3, hops=(*FOR_GOOD, Hop(url="http://c.example/", status=302))) == (PollState(), [])


def test_a_feed_does_not_move_to_the_address_of_another_nor_to_one_it_was_taken_back_from() -> None:
    state, _ = polled(0, 1)

    assert moved(standing(state), FOR_GOOD, NEW, START + 2 * DAY, frozenset({NEW})) == (PollState(), None)


@given(st.lists(st.floats(0, 30), max_size=20).map(sorted))
def test_a_feed_moves_once_however_often_it_is_polled(days: list[float]) -> None:
    _, moves = polled(*days)

    assert len(moves) == any(later - days[0] >= 2 and place >= 2 for place, later in enumerate(days))
