"""When a source is polled next, and the sentence that says why."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from aggregator.model import (
    Appearance,
    Freshness,
    Hints,
    Memory,
    NextPoll,
    Pulse,
    Standing,
    freshness_from_json,
    freshness_json,
    hints_from_json,
    hints_json,
)
from aggregator.schedule import Pace, plan_poll, pulse_of, worth_keeping
from aggregator.schedule.rhythm import rhythm
from aggregator.schedule.words import listed, ordinal, span
from aggregator.store.rows import memory_of, memory_row

NOW = datetime(2026, 1, 2, 20, 30, tzinfo=UTC)  # a Friday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PACE = Pace()
TWO_HOURS = Freshness(max_age=2 * HOUR)


def claimed(*ages: timedelta) -> tuple[Appearance, ...]:
    """Entries of a first document, with the publisher's dates."""
    return tuple(Appearance(published=NOW - age, seen_at=NOW) for age in ages)


def seen(*ages: timedelta) -> tuple[Appearance, ...]:
    """Entries that came since, all of them with the date of 1970."""
    return tuple(Appearance(published=datetime(1970, 1, 1, tzinfo=UTC), seen_at=NOW - age) for age in ages)


def beat(entries: tuple[Appearance, ...]) -> Pulse | None:
    return pulse_of(entries, None, NOW, PACE)


def plan(standing: Standing, *, now: datetime = NOW, chance: float = 0.0, pace: Pace = PACE) -> tuple[datetime, str]:
    planned = plan_poll(standing, now=now, chance=chance, pace=pace)
    assert planned.at
    return planned.at, planned.reason


def wait(standing: Standing, *, chance: float, pace: Pace = PACE) -> timedelta:
    return plan(standing, chance=chance, pace=pace)[0] - NOW


# --- whole decisions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("standing", "wait", "reason"),
    [
        pytest.param(
            Standing(), HOUR,
            "about 1 h after the last poll: 1 h is usual for a source of which nothing is known yet", id="nothing known",
        ),
        pytest.param(
            Standing(interval=30 * MINUTE, hints=Hints(ttl=5 * HOUR, skip_hours=(20, 21)), freshness=TWO_HOURS, pushed=True),
            30 * MINUTE, "about 30 min after the last poll: the subscription says every 30 min",
            id="the subscription's word wins over the publisher's",
        ),
        pytest.param(
            Standing(pulse=beat(claimed(*(day * DAY for day in range(8))))), 6 * HOUR,
            "about 6 h after the last poll: its entries come about every 24 h (a quarter of which is waited)", id="rhythm",
        ),
        pytest.param(
            Standing(pulse=beat(claimed(*(number * 20 * MINUTE for number in range(8))))), 15 * MINUTE,
            "about 15 min after the last poll: its entries come about every 20 min (15 min is the shortest wait)", id="floor",
        ),
        pytest.param(
            Standing(pulse=beat(claimed(93 * DAY, 94 * DAY))), 24 * HOUR,
            "about 24 h after the last poll: nothing new came for 93 d (24 h is the longest wait)", id="three months of silence",
        ),
        pytest.param(
            Standing(pulse=beat(claimed(HOUR, 15 * DAY))), 24 * HOUR,
            "about 24 h after the last poll: its entries come about every 14 d 23 h (24 h is the longest wait)", id="ceiling",
        ),
        pytest.param(
            Standing(pulse=beat(claimed(2 * DAY, 3 * DAY))), 12 * HOUR,
            "about 12 h after the last poll: nothing new came for 2 d (a quarter of which is waited)", id="silence",
        ),
        pytest.param(
            Standing(pulse=beat(claimed(*(number * MINUTE / 10 for number in range(20))))), 15 * MINUTE,
            "about 15 min after the last poll: something new has just come (15 min is the shortest wait)", id="one burst",
        ),
        pytest.param(
            Standing(freshness=TWO_HOURS, hints=Hints(ttl=90 * MINUTE)), 2 * HOUR,
            "about 2 h after the last poll: the server asks for 2 h (Cache-Control: max-age)", id="the longest wish counts",
        ),
        pytest.param(
            Standing(freshness=Freshness(max_age=2 * HOUR, stated_in="Expires")), 2 * HOUR,
            "about 2 h after the last poll: the server asks for 2 h (Expires)", id="Expires",
        ),
        pytest.param(
            Standing(hints=Hints(ttl=HOUR)), HOUR, "about 1 h after the last poll: the feed asks for 1 h (ttl)",
            id="a wish that changes nothing is still the better reason",
        ),
        pytest.param(
            Standing(hints=Hints(ttl=30 * DAY)), 24 * HOUR,
            "about 24 h after the last poll: the feed asks for 30 d (ttl, counted as 24 h)", id="hints are capped",
        ),
        pytest.param(
            Standing(hints=Hints(period=12 * HOUR)), 12 * HOUR,
            "about 12 h after the last poll: the feed is updated every 12 h (sy:updatePeriod)", id="period",
        ),
        pytest.param(
            Standing(hints=Hints(period=DAY, base=datetime(2000, 1, 1, 6, tzinfo=UTC))), 9 * HOUR + 30 * MINUTE,
            "about 9 h 30 min after the last poll: the feed is next updated on 2026-01-03 at 6:00 GMT (sy:updateBase)",
            id="timetable",
        ),
        pytest.param(
            Standing(hints=Hints(period=DAY, base=datetime(2030, 1, 1, 20, 40, tzinfo=UTC))), 24 * HOUR,
            "about 24 h after the last poll: the feed is next updated on 2026-01-03 at 20:40 GMT (sy:updateBase, counted as"
            " 24 h)",
            id="an update in ten minutes is too soon for another poll",
        ),
        pytest.param(
            Standing(hints=Hints(finished=True)), 24 * HOUR,
            "about 24 h after the last poll: the feed says that nothing more will come (counted as 24 h)", id="finished",
        ),
        pytest.param(
            Standing(hints=Hints(skip_hours=(20, 21, 22, 23, 0, 1))), 5 * HOUR + 30 * MINUTE,
            "about 5 h 30 min after the last poll: 1 h is usual for a source of which nothing is known yet, and the feed is not"
            " to be polled from 20:00 to 2:00 GMT (skipHours)",
            id="skipped hours across midnight",
        ),
        pytest.param(
            Standing(hints=Hints(skip_hours=(3, 21, 23), skip_days=(5, 6))), HOUR + 30 * MINUTE,
            "about 1 h 30 min after the last poll: 1 h is usual for a source of which nothing is known yet, and the feed is not"
            " to be polled from 3:00 to 4:00, 21:00 to 22:00 and 23:00 to 0:00 GMT (skipHours)",
            id="22:00 on Friday is not skipped",
        ),
        pytest.param(
            Standing(hints=Hints(skip_hours=(0, 1, 2, 3, 4, 5), skip_days=(5, 6), ttl=4 * HOUR)),
            2 * DAY + 9 * HOUR + 30 * MINUTE,
            "about 2 d 10 h after the last poll: the feed asks for 4 h (ttl), and the feed is not to be polled from 0:00 to 6:00"
            " GMT (skipHours) or on Saturday and Sunday GMT (skipDays)",
            id="skipped hours and days",
        ),
        pytest.param(
            Standing(hints=Hints(skip_hours=tuple(range(24)), skip_days=(0,))), HOUR,
            "about 1 h after the last poll: 1 h is usual for a source of which nothing is known yet",
            id="a feed that is never to be polled cannot mean it",
        ),
        pytest.param(
            Standing(pushed=True, pulse=beat(claimed(HOUR, 2 * HOUR))), 24 * HOUR,
            "about 24 h after the last poll: a hub tells us what is new (WebSub)", id="WebSub",
        ),
        pytest.param(
            Standing(failures=1, error="http-503", freshness=TWO_HOURS), 2 * HOUR,
            "about 2 h after the last poll: the last poll failed (HTTP 503), and the server asks for 2 h (Cache-Control:"
            " max-age)",
            id="first failure",
        ),
        pytest.param(
            # 2 h doubled is 4 h, which is 0:30
            Standing(failures=2, error="http-503", freshness=TWO_HOURS, hints=Hints(skip_hours=(0, 1, 2, 3, 4, 5))),
            9 * HOUR + 30 * MINUTE,
            "about 9 h 30 min after the last poll: the server asks for 2 h (Cache-Control: max-age), the 2nd failure in a row"
            " (HTTP 503) makes that 4 h, and the feed is not to be polled from 0:00 to 6:00 GMT (skipHours)",
            id="skipHours, max-age and 503 in one sentence",
        ),
        pytest.param(
            Standing(failures=3, error="timeout"), 4 * HOUR,
            "about 4 h after the last poll: 1 h is usual for a source of which nothing is known yet, and the 3rd failure in a row"
            " (timeout) makes that 4 h",
            id="60 min * 2**2",
        ),
        pytest.param(
            Standing(failures=999, error="dns", interval=30 * MINUTE), 3 * DAY,
            "about 3 d after the last poll: the subscription says every 30 min, and the 999th failure in a row (dns) makes that"
            " 3 d",
            id="never for ever",
        ),
        pytest.param(
            Standing(failures=5, error=None, interval=7 * DAY), 7 * DAY,
            "about 7 d after the last poll: the last 5 polls failed (unknown), and the subscription says every 7 d",
            id="never sooner for having failed",
        ),
        pytest.param(
            Standing(failures=1, error="http-410"), 7 * DAY,
            "about 7 d after the last poll: the feed is gone for good (HTTP 410) and is asked every 7 d whether it came back",
            id="gone",
        ),
        pytest.param(
            Standing(failures=1, error="http-429", freshness=Freshness(retry_after=3 * HOUR), interval=30 * MINUTE), 3 * HOUR,
            "about 3 h after the last poll: the last poll failed (HTTP 429), and the server asks for a pause of 3 h"
            " (Retry-After)",
            id="Retry-After binds also where the subscription wants more",
        ),
        pytest.param(
            Standing(failures=2, error="http-503", freshness=Freshness(retry_after=30 * DAY)), 7 * DAY,
            "about 7 d after the last poll: the last 2 polls failed (HTTP 503), and the server asks for a pause of 30 d"
            " (Retry-After, counted as 7 d)",
            id="Retry-After is capped",
        ),
        pytest.param(
            Standing(failures=2, error="http-503", freshness=Freshness(retry_after=MINUTE)), 2 * HOUR,
            "about 2 h after the last poll: 1 h is usual for a source of which nothing is known yet, and the 2nd failure in a row"
            " (HTTP 503) makes that 2 h",
            id="a short Retry-After does not shorten the wait",
        ),
        pytest.param(
            Standing(freshness=Freshness(retry_after=3 * HOUR)), 3 * HOUR,
            "about 3 h after the last poll: the server asks for a pause of 3 h (Retry-After)", id="Retry-After without a failure",
        ),
    ],
)  # fmt: skip
def test_the_next_poll_and_its_reason(standing: Standing, wait: timedelta, reason: str) -> None:
    assert plan_poll(standing, now=NOW, chance=0.0, pace=PACE) == NextPoll(at=NOW + wait, reason=reason)


def test_chance_adds_a_tenth_of_the_wait() -> None:
    reason = "about 1 h after the last poll: 1 h is usual for a source of which nothing is known yet"

    assert plan(Standing(), chance=0.5) == (NOW + 63 * MINUTE, reason)
    assert plan(Standing(), chance=1.0) == (NOW + 66 * MINUTE, reason)


def test_polls_that_waited_for_skipped_hours_do_not_all_come_at_the_first_second() -> None:
    hints = Hints(skip_hours=(21, 22, 23))

    assert [plan(Standing(hints=hints), chance=chance)[0] for chance in (0.0, 0.5, 1.0)] == [
        datetime(2026, 1, 3, tzinfo=UTC),
        datetime(2026, 1, 3, 0, 3, tzinfo=UTC),
        datetime(2026, 1, 3, 0, 6, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("standing", "earliest", "latest"),
    [
        pytest.param(Standing(crowded=True), 15 * MINUTE, HOUR, id="where nobody objects from the floor to the regular wait"),
        pytest.param(Standing(crowded=True, freshness=TWO_HOURS), 2 * HOUR, 4 * HOUR, id="never sooner than asked for"),
        pytest.param(
            Standing(crowded=True, hints=Hints(ttl=HOUR), pulse=beat(claimed(9 * DAY))), HOUR, DAY, id="between wish and rhythm"
        ),
        pytest.param(Standing(crowded=True, failures=1, error="dns"), HOUR, 2 * HOUR, id="never sooner for having failed"),
        pytest.param(Standing(crowded=True, pushed=True), 15 * MINUTE, DAY, id="with a hub"),
    ],
)
def test_what_was_polled_in_a_crowd_is_spread(standing: Standing, earliest: timedelta, latest: timedelta) -> None:
    assert [wait(standing, chance=chance) for chance in (0.0, 0.5, 1.0)] == [earliest, (earliest + latest) / 2, latest]


def test_the_sentence_says_that_chance_spread_a_crowd() -> None:
    assert plan(Standing(crowded=True), chance=0.5)[1] == (
        "about 38 min after the last poll: 1 h is usual for a source of which nothing is known yet, and chance chose between"
        " 15 min and 1 h to part what was polled together"
    )


def test_every_bound_can_be_set() -> None:
    pace = Pace(usual=10 * MINUTE, floor=MINUTE, ceiling=2 * HOUR, longest_hint=3 * HOUR, jitter=0.5)
    standings = [
        Standing(),
        Standing(pulse=beat(claimed(timedelta()))),
        Standing(pulse=beat(claimed(9 * DAY))),
        Standing(hints=Hints(ttl=5 * HOUR)),
    ]

    assert [wait(standing, chance=1.0, pace=pace) for standing in standings] == [15 * MINUTE, 1.5 * MINUTE, 3 * HOUR, 4.5 * HOUR]


# --- bounds ------------------------------------------------------------------------------------------------------------

moments = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants it so
waits = st.timedeltas(MINUTE, 366 * DAY)
hints = st.builds(
    Hints,
    ttl=st.none() | waits,
    skip_hours=st.lists(st.integers(0, 23), unique=True).map(tuple),
    skip_days=st.lists(st.integers(0, 6), unique=True).map(tuple),
    period=st.none() | waits,
    base=st.none() | moments,
    finished=st.booleans(),
)
freshness = st.builds(
    Freshness,
    max_age=st.none() | waits,
    stated_in=st.sampled_from(["Cache-Control: max-age", "Expires"]),
    retry_after=st.none() | waits,
)
appearances = st.lists(st.builds(Appearance, published=st.none() | moments, seen_at=moments), max_size=30).map(tuple)
standings = st.builds(
    Standing,
    interval=st.none() | st.timedeltas(MINUTE, 30 * DAY),
    hints=hints,
    freshness=freshness,
    pulse=st.none() | st.builds(Pulse, at=moments, gap=st.none() | waits),
    failures=st.integers(0, 2000),
    error=st.sampled_from([None, "dns", "http-410", "http-503"]),
    pushed=st.booleans(),
    crowded=st.booleans(),
)
chances = st.floats(0, 1)


@given(standings, moments, chances)
def test_the_next_poll_is_never_too_soon_and_never_too_late(standing: Standing, now: datetime, chance: float) -> None:
    at, reason = plan(standing, now=now, chance=chance)
    longest = max(standing.interval or PACE.floor, 7 * DAY)

    assert now + (standing.interval * (1 - PACE.jitter) if standing.interval else PACE.floor) <= at
    assert at <= now + longest * (2 if standing.crowded else 1.1) + 7 * DAY
    assert reason.startswith("about ")
    assert "\n" not in reason


@example(Standing(interval=MINUTE, freshness=Freshness(retry_after=MINUTE)), datetime(2000, 1, 1, tzinfo=UTC), 1.0)
@given(standings, moments, chances)
def test_what_publisher_and_server_ask_for_is_honoured(standing: Standing, now: datetime, chance: float) -> None:
    at, _ = plan(standing, now=now, chance=chance)
    asked = standing.hints

    assert at >= now + min(standing.freshness.retry_after or timedelta(), 7 * DAY)
    if standing.interval is None:
        assert at >= now + min(max(asked.ttl or MINUTE, standing.freshness.max_age or MINUTE), DAY)
        never = len(asked.skip_hours) == 24 or len(asked.skip_days) == 7
        assert never or (at.hour not in asked.skip_hours and at.weekday() not in asked.skip_days)


@given(standings, chances)
def test_one_more_failure_never_brings_the_next_poll_nearer(standing: Standing, chance: float) -> None:
    standing = replace(standing, hints=Hints(), crowded=False, error="dns")
    once_more = replace(standing, failures=standing.failures + 1)

    assert wait(standing, chance=chance) <= wait(once_more, chance=chance)


# --- rhythm ------------------------------------------------------------------------------------------------------------


def wait_of(entries: tuple[Appearance, ...], imported_at: datetime | None = None, now: datetime = NOW) -> timedelta:
    wait = rhythm(pulse_of(entries, imported_at, now, PACE), now, PACE)
    assert wait
    return wait.length


@pytest.mark.parametrize(
    ("entries", "wait"),
    [
        pytest.param(claimed(*(day * DAY + n * MINUTE for day in range(3) for n in range(9))), 6 * HOUR, id="nine every morning"),
        pytest.param(seen(*(day * DAY for day in range(9))), 6 * HOUR, id="dates of 1970 on what came before our eyes"),
        pytest.param(claimed(*(hour * HOUR for hour in range(9)), 400 * DAY), 15 * MINUTE, id="one old date"),
        pytest.param(
            claimed(-DAY, 2 * HOUR, 4 * HOUR, 6 * HOUR), 30 * MINUTE, id="a date in the future is that of its first sight"
        ),
        pytest.param(claimed(*[8 * HOUR] * 20), 2 * HOUR, id="all the same date"),
        pytest.param((Appearance(published=None, seen_at=NOW - 8 * HOUR),) * 20, 2 * HOUR, id="a first document without dates"),
        pytest.param(seen(-HOUR, 2 * HOUR, 4 * HOUR), 30 * MINUTE, id="our clock went back"),
    ],
)
def test_the_rhythm_survives(entries: tuple[Appearance, ...], wait: timedelta) -> None:
    assert wait_of(entries, imported_at=None if entries[0].published else NOW) == wait


def test_a_source_that_never_brought_anything_has_no_rhythm() -> None:
    assert rhythm(pulse_of((), None, NOW, PACE), NOW, PACE) is None


def test_without_the_time_of_import_the_earliest_seen_count_as_imported() -> None:
    old = [Appearance(published=NOW - 9 * DAY - day * DAY, seen_at=NOW - 8 * DAY) for day in range(5)]
    new = [Appearance(published=None, seen_at=NOW - hours * HOUR) for hours in (1, 9)]

    assert wait_of((*old, *new)) == wait_of((*old, *new), NOW - 8 * DAY) == 6 * HOUR


@given(appearances.filter(bool), st.none() | moments, moments)
def test_the_rhythm_stays_in_its_bounds_and_no_order_matters(
    entries: tuple[Appearance, ...], imported_at: datetime | None, now: datetime
) -> None:
    wait = wait_of(entries, imported_at, now)

    assert PACE.floor <= wait <= PACE.ceiling
    assert wait_of(entries[::-1], imported_at, now) == wait


@given(appearances.filter(bool), moments, moments, chances)
def test_an_entry_more_never_means_a_poll_less(
    entries: tuple[Appearance, ...], imported_at: datetime, now: datetime, share: float
) -> None:
    entries = tuple(entry for entry in entries if entry.seen_at <= now)
    if not entries:
        return
    newest = max(entry.seen_at for entry in entries)
    more = Appearance(published=None, seen_at=newest + (now - newest) * share)
    kept = worth_keeping(entries, imported_at, PACE)

    assert wait_of((*entries, more), imported_at, now) <= wait_of(entries, imported_at, now)
    assert wait_of(worth_keeping((*kept, more), imported_at, PACE), imported_at, now) <= wait_of(kept, imported_at, now)


@given(st.integers(2, 20), *[st.timedeltas(MINUTE, 30 * DAY)] * 2)
def test_who_publishes_more_often_is_never_polled_less_often(count: int, gap: timedelta, other: timedelta) -> None:
    often, seldom = (wait_of(claimed(*(number * each for number in range(count)))) for each in sorted((gap, other)))

    assert often <= seldom


@given(appearances.filter(bool), moments, *[st.timedeltas(timedelta(), 365 * DAY)] * 2)
def test_the_longer_nothing_comes_the_longer_the_wait(
    entries: tuple[Appearance, ...], imported_at: datetime, first: timedelta, second: timedelta
) -> None:
    last = max(imported_at, *(entry.seen_at for entry in entries))
    waits = [wait_of(entries, imported_at, last + silence) for silence in sorted((first, second))]

    assert waits == sorted(waits)


@given(appearances, moments, moments)
def test_what_is_kept_tells_the_same_rhythm(entries: tuple[Appearance, ...], imported_at: datetime, now: datetime) -> None:
    entries = entries[:20]
    kept = worth_keeping(entries, imported_at, PACE)

    assert set(kept) <= set(entries)
    assert pulse_of(kept, imported_at, now, PACE) == pulse_of(entries, imported_at, now, PACE)
    assert worth_keeping(kept, imported_at, PACE) == kept


def test_of_many_entries_one_is_kept_for_each_of_the_newest_occasions() -> None:
    entries = seen(*(day * DAY + minute * MINUTE for day in range(30) for minute in range(10)))

    assert worth_keeping(entries, NOW - 99 * DAY, PACE) == seen(*(day * DAY + 9 * MINUTE for day in reversed(range(20))))


# --- words and JSON ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(), "0 s"),
        (timedelta(seconds=45), "45 s"),
        (timedelta(seconds=61), "1 min"),
        (timedelta(minutes=59, seconds=59), "1 h"),
        (HOUR + MINUTE, "1 h 1 min"),
        (36 * HOUR, "36 h"),
        (DAY, "24 h"),
        (2 * DAY, "2 d"),
        (3 * DAY + 4 * HOUR + 20 * MINUTE, "3 d 4 h"),
    ],
)
def test_times_have_two_units_at_most(length: timedelta, words: str) -> None:
    assert span(length) == words


def test_ranks_and_lists_are_english() -> None:
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111)] == [
        "1st",
        "2nd",
        "3rd",
        "4th",
        "11th",
        "12th",
        "13th",
        "21st",
        "102nd",
        "111th",
    ]
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"]), listed(["a", "b", "c"], ",")] == [
        "a", "a and b", "a, b and c", "a, b, and c",
    ]  # fmt: skip


@given(hints, freshness, appearances)
def test_what_json_keeps_comes_back_whole(said: Hints, asked: Freshness, entries: tuple[Appearance, ...]) -> None:
    kept = json.loads(json.dumps([hints_json(said), freshness_json(asked)]))
    memory = Memory(seen_items=b"items", appearances=entries)

    assert hints_from_json(kept[0]) == said
    assert freshness_from_json(kept[1]) == (asked if asked.max_age else Freshness(retry_after=asked.retry_after))
    assert memory_of(memory_row(memory)) == memory


def test_what_nobody_said_takes_no_room() -> None:
    assert (hints_json(Hints()), freshness_json(Freshness())) == ({}, {})
    assert memory_row(Memory()) == {"seen_items": None, "appearances": None}


@pytest.mark.parametrize("crowded", [False, True])
def test_a_cron_job_of_the_subscriptions_own_period_finds_it_due_each_time(crowded: bool) -> None:  # noqa: FBT001 - a parameter of the test
    standing = Standing(interval=HOUR, crowded=crowded)

    assert [wait(standing, chance=chance) for chance in (0.0, 0.5, 1.0)] == [HOUR, 57 * MINUTE, 54 * MINUTE]
