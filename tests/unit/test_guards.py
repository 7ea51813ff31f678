"""Guards: documents unlike what their source carried before: moved, swapped, flooding; and dates that are none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from aggregator.clean import clean_candidate
from aggregator.decide import identify_document, judge
from aggregator.decide.dates import FEWEST_SHARED, shared_date
from aggregator.decide.guards import FLOOD_FLOOR, flood, guard, heed, held_again, moved, suspicious, swapped
from aggregator.decide.resemblance import tells
from aggregator.model import (
    Appearance,
    Candidate,
    Decision,
    Identified,
    Known,
    KnownEntry,
    KnownSighting,
    Origin,
    PollState,
    Provenance,
    Source,
    SourceKind,
    Subscription,
    Verdict,
)
from aggregator.model.guarding import Arrival, Held, Match, Past, Recent, Ruling

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NOW = datetime(2026, 2, 1, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
IMPORTED, LOOKED = NOW - 60 * DAY, NOW - HOUR
BEES = Provenance(title="Bees and hives", site_url="https://old.example/")
SHOES = Provenance(title="Cheap running shoes", site_url="https://shoes.example/")
SOURCE = Source(
    id=2, subscription=Subscription(url="https://old.example/feed"), origin=Origin.CONFIG, added_at=IMPORTED,
    provenance=BEES, state=PollState(imported_at=IMPORTED, document_at=LOOKED),
)  # fmt: skip
FIRST = replace(SOURCE, state=PollState())


def article(number: int, host: str = "old.example", **fields: Any) -> Candidate:
    given: dict[str, Any] = {
        "place": f"item {number}",
        "title": f"The story of hive number {number}",
        "url": f"https://{host}/2025/hive-number-{number}",
        "guid": f"{host}: {number}",
        "content": f'<p>What happened in hive {number} last summer,\n <a href="https://{host}/">told</a> at length.</p>',
        "published": NOW - 20 * DAY - number * HOUR,
    }
    return Candidate(**(given | fields))


def articles(numbers: Iterable[int], host: str = "old.example", **fields: Any) -> list[Candidate]:
    return [article(n, host, **fields) for n in numbers]


def identified(candidates: Sequence[Candidate]) -> list[Identified]:
    return identify_document(candidates, lambda url: url.rstrip("/"), source_url=SOURCE.subscription.url)


def known(candidates: Sequence[Candidate]) -> Known:
    """What the store knows of items that came before: entry 1, 2, … by sighting 101, 102, …"""
    items = identified(candidates)
    entry = KnownEntry(
        id=0, published=IMPORTED, updated=IMPORTED, speaker_sighting_id=0, speaker_kind=SourceKind.FEED, speaker_source_id=2,
        settled=True, speaker_silent=False,
    )  # fmt: skip
    sightings = [
        KnownSighting(
            id=100 + n, entry_id=n, carrier=i.carrier, guid=i.candidate.guid, url_key=i.url_key, title=i.candidate.title,
            digest=i.digest, revisions=1,
        )
        for n, i in enumerate(items, 1)
    ]  # fmt: skip
    return Known(
        sightings={s.carrier: s for s in sightings},
        keys={i.key.value: n for n, i in enumerate(items, 1)},
        entries={s.entry_id: replace(entry, id=s.entry_id, speaker_sighting_id=s.id) for s in sightings},
    )


def past(candidates: Sequence[Candidate], arrivals: Iterable[Appearance] = (), **fields: Any) -> Past:
    recent = [
        Recent(
            id=100 + n, entry_id=n, title=i.candidate.title, url_key=i.url_key, text=i.candidate.content or "",
            declared=i.candidate.published, published=i.candidate.published or IMPORTED, updated=IMPORTED, **fields,
        )
        for n, i in enumerate(identified(candidates), 1)
    ]  # fmt: skip
    return Past(recent=tuple(recent), arrivals=tuple(arrivals))


def arrival(candidates: Sequence[Candidate], before: Known | None = None, **fields: Any) -> Arrival:
    """Judge a document that came with *candidates*; nothing of it is known, unless *before* says so."""
    source = fields.get("source", SOURCE)
    decisions = judge(identified(candidates), before or Known(), source, NOW)
    given = {"decisions": tuple(decisions), "source": source, "provenance": BEES, "now": NOW}
    return Arrival(**(given | fields))


def seen(number: int, every: timedelta, until: datetime = LOOKED) -> list[Appearance]:
    return [Appearance(published=until - n * every, seen_at=until - n * every) for n in range(number)]


def matches(arrived: Arrival, before: Past) -> dict[str, tuple[int, Match]]:
    """Which item is which earlier sighting, by the items' places."""
    places = {d.identified.carrier: d.identified.candidate.place for d in arrived.decisions}
    return {places[carrier]: (pairing.recent.id, pairing.by) for carrier, pairing in moved(arrived, before).items()}


OLD = articles(range(1, 11))


# Suspicion


@pytest.mark.parametrize(
    ("arrived", "expected"),
    [
        pytest.param(arrival([]), False, id="an empty document"),
        pytest.param(arrival(OLD, known(OLD)), False, id="nothing new"),
        pytest.param(arrival(articles(range(1, 14)), known(OLD)), False, id="a few new among known ones"),
        pytest.param(arrival(articles(range(11, 14)), left_out=10), False, id="a few new beside those left out"),
        pytest.param(arrival(articles([11]), left_out=0), False, id="a feed of the latest item only"),
        pytest.param(arrival(articles([11]), provenance=SHOES), True, id="nothing known under another name"),
        pytest.param(arrival(articles(range(11, 14))), True, id="nothing known"),
        pytest.param(arrival(articles(range(FLOOD_FLOOR + 1)), left_out=100), True, id="very many new ones"),
        pytest.param(arrival(articles(range(300)), source=FIRST), False, id="a first import"),
        pytest.param(
            arrival(OLD, source=replace(SOURCE, subscription=Subscription(url="seeds/", kind=SourceKind.SEEDS))),
            False,
            id="seeds",
        ),
    ],
)
def test_few_documents_are_suspicious(arrived: Arrival, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    assert suspicious(arrived) is expected


# Platform moves


def test_items_are_recognised_by_their_path_on_another_host() -> None:
    new = articles(range(1, 11), "new.example")

    assert matches(arrival(new), past(OLD)) == {f"item {n}": (100 + n, Match.PATH) for n in range(1, 11)}


def test_items_without_telling_titles_and_links_are_recognised_by_their_text() -> None:
    old = [replace(c, url=None, title="Update") for c in OLD]
    new = [replace(c, guid=f"{n}", content=f"<div>{c.content}</div>") for n, c in enumerate(old)]

    assert matches(arrival(new), past(old)) == {f"item {n}": (100 + n, Match.TEXT) for n in range(1, 11)}


def test_items_are_recognised_by_their_titles_where_links_and_texts_changed() -> None:
    new = [article(n, "new.example", url=f"https://new.example/?p={n}", content="<p>Read on</p>") for n in range(1, 11)]

    assert matches(arrival(new), past(OLD)) == {f"item {n}": (100 + n, Match.TITLE) for n in range(1, 11)}


def test_of_a_renamed_host_with_half_of_the_items_new_the_other_half_is_recognised() -> None:
    new = articles(range(6, 16), "new.example")
    found = moved(arrival(new), past(OLD))

    assert matches(arrival(new), past(OLD)) == {f"item {n}": (100 + n, Match.PATH) for n in range(6, 11)}
    assert next(iter(found.values())).reason == (
        "this feed changed the ids of its items, and this is the earlier item “The story of hive number 6”"
        " by the same path on new.example as on old.example; not published again"
    )


def test_items_all_titled_alike_are_not_recognised_by_that() -> None:
    old = [replace(c, title="The daily story of our hives") for c in OLD]
    new = [article(n, title="The daily story of our hives", url=f"https://new.example/{n}", content=f"{n}") for n in range(10)]

    assert matches(arrival(new), past(old)) == {}


def test_items_titled_alike_are_recognised_by_telling_paths() -> None:
    old = [replace(c, title="The daily story of our hives") for c in OLD]
    new = [article(n, "new.example", title="The daily story of our hives", content=None) for n in range(1, 11)]

    assert matches(arrival(new), past(old)) == {f"item {n}": (100 + n, Match.PATH) for n in range(1, 11)}


def test_a_title_shared_by_two_items_pairs_neither() -> None:
    new = [article(n, "new.example", url=f"https://new.example/?p={n}", content="<p>Read on</p>") for n in range(1, 11)]
    new[1] = replace(new[1], title=new[0].title)

    assert matches(arrival(new), past(OLD)) == {f"item {n}": (100 + n, Match.TITLE) for n in range(3, 11)}


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("", False), ("untitled", False), ("new post", False), ("update 12 march 2025", False), ("2025 03 12", False),
        ("2025年3月12日", False), ("更新公告", False), ("星期三新闻", False), ("v2 1 0", False), ("monday news", False),
        ("how bees fly", True), ("蜜蜂如何飞行", True), ("the story of hive number 6", True),
    ],
)  # fmt: skip
def test_a_title_tells_if_it_could_be_one_articles_only(title: str, expected: bool) -> None:  # noqa: FBT001 - a column
    assert tells(title) is expected


def test_generic_titles_alone_pair_nothing() -> None:
    old = [replace(c, title=f"Update {n} May") for n, c in enumerate(OLD, 1)]
    new = [replace(c, url=f"https://new.example/?p={n}", guid=f"{n}", content=None) for n, c in enumerate(old)]

    assert matches(arrival(new), past(old)) == {}


def test_paths_that_any_site_could_have_pair_nothing() -> None:
    old = [replace(c, url=f"https://old.example/archives/{n}") for n, c in enumerate(OLD)]
    new = [
        article(n, title="", content=None, url=f"https://new.example/archives/{n}", guid=f"{n}") for n in range(10)
    ]  # fmt: skip

    assert matches(arrival(new), past(old)) == {}


def test_titles_that_disagree_part_what_path_and_text_would_join() -> None:
    new = articles(range(1, 11), "new.example")
    new[0] = replace(new[0], title="An offer on honey, today only")

    assert matches(arrival(new), past(OLD)) == {f"item {n}": (100 + n, Match.PATH) for n in range(2, 11)}


_WORDS = (
    "amber", "birch", "cedar", "daisy", "elder", "fern", "gorse", "hazel", "iris", "jasmine", "kale", "lilac", "maple", "nettle",
    "olive",
)  # fmt: skip


def tale(number: int, host: str = "old.example", **fields: Any) -> Candidate:
    """Return an item with a title, a path and a long text that are no other's."""
    word = _WORDS[number]
    given: dict[str, Any] = {
        "title": f"How the {word} came to flower",
        "url": f"https://{host}/2025/how-the-{word}-flowers",
        "content": f"<p>In the summer when the {word} was late the keepers of the hives waited for weeks until it opened, and"
        " then the bees went out to all of it at once.</p>",
        "published": NOW - 20 * DAY - number * DAY,
    }
    return article(number, host, **(given | fields))


TALES = [tale(n) for n in range(15)]
DATED_ANEW = LOOKED + HOUR / 3


def retold(number: int, **fields: Any) -> Candidate:
    """Return an item of a new platform that has nothing in common with the earlier one but its date."""
    given = {"title": f"Notes on {_WORDS[-number]}", "url": f"https://new.example/?p={number}", "content": f"<p>{number}</p>"}
    return tale(number, "new.example", **(given | fields))


@pytest.mark.parametrize(
    ("new", "by"),
    [
        pytest.param([retold(n, content=TALES[n].content) for n in range(15)], Match.TEXT, id="texts, retitled"),
        pytest.param(
            [retold(n, content=TALES[n].content, published=DATED_ANEW - n * HOUR / 60) for n in range(15)], Match.TEXT,
            id="texts, retitled and dated anew",
        ),
        pytest.param([retold(n, url=tale(n, "new.example").url) for n in range(15)], Match.PATH, id="paths, retitled"),
        pytest.param(
            [retold(n, title=TALES[n].title, published=DATED_ANEW - n * HOUR / 60) for n in range(15)], Match.TITLE,
            id="titles, dated anew",
        ),
    ],
)  # fmt: skip
def test_what_most_items_have_in_common_with_earlier_ones_outweighs_what_they_have_not(
    new: Sequence[Candidate], by: Match
) -> None:
    assert matches(arrival(new), past(TALES)) == {f"item {n}": (101 + n, by) for n in range(15)}
    assert moved(arrival(new[:2]), past(TALES)) == {}
    news = [article(n, "new.example", published=DATED_ANEW) for n in range(50, 61)]
    assert len(moved(arrival([*new, *news[:10]]), past(TALES))) == 15
    assert moved(arrival([*new, *news]), past(TALES)) == {}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(
            [tale(n, title="Daily brief") for n in range(15)], [retold(n, title="Daily brief") for n in range(15)],
            id="generic titles",
        ),
        pytest.param(
            [tale(n, title=f"Daily brief, part {n}") for n in range(15)],
            [retold(n, title=f"Daily brief, part {n}", published=DATED_ANEW - n * HOUR / 60) for n in range(15)],
            id="titles that numbers only tell apart, dated anew",
        ),
        pytest.param(
            TALES, [retold(n, title=TALES[n].title, published=NOW - 10 * DAY - n * DAY) for n in range(15)],
            id="titles of a series, at its pace",
        ),
        pytest.param(
            [tale(n, published=NOW - 20 * DAY - n * 2 * HOUR) for n in range(15)],
            [retold(n, title=c.title, published=NOW - n * HOUR) for n, c in enumerate(TALES)],
            id="titles of a series of each hour",
        ),
        pytest.param(
            [tale(n, published=NOW - 20 * DAY - 30 * n * DAY) for n in range(15)],
            [retold(n, title=c.title, published=NOW - n * DAY) for n, c in enumerate(TALES)],
            id="titles that come again in two weeks",
        ),
        pytest.param(
            [tale(n, published=None) for n in range(15)],
            [retold(n, title=c.title, published=DATED_ANEW - n * HOUR / 60) for n, c in enumerate(TALES)],
            id="titles that had no date, and news",
        ),
        pytest.param(
            [tale(n, title=f"The 5 uses of {w}") for n, w in enumerate(_WORDS)],
            [retold(n, title=f"The 6 uses of {w}", published=DATED_ANEW - n * HOUR / 60) for n, w in enumerate(_WORDS)],
            id="titles with another number, dated anew",
        ),
        pytest.param(
            [tale(n, title=f"{c.title}, 3 May") for n, c in enumerate(TALES)],
            [tale(n, "new.example", title=f"{c.title}, 10 May", content=None, published=None) for n, c in enumerate(TALES)],
            id="paths of a programme that is on each week",
        ),
        pytest.param(
            [tale(n, title=f"{c.title}, 3 May") for n, c in enumerate(TALES)],
            [retold(n, title=f"{c.title}, 10 May", content=c.content, published=None) for n, c in enumerate(TALES)],
            id="texts of a programme that is on each week",
        ),
        pytest.param(
            TALES, [retold(n, content=c.content, published=NOW - 10 * DAY - n * DAY) for n, c in enumerate(TALES)],
            id="retitled texts, at the pace of a series",
        ),
        pytest.param(
            TALES, [retold(n, content=TALES[0].content) for n in range(15)], id="the same long text everywhere"
        ),
        pytest.param(
            [tale(n, content=f"<p>Listen to the show about {w} now</p>") for n, w in enumerate(_WORDS)],
            [retold(n, content=f"<p>Listen to the show about {w} now</p>") for n, w in enumerate(_WORDS)],
            id="short texts, retitled",
        ),
        pytest.param(
            [tale(n, url=f"https://old.example/archives/{n}") for n in range(15)],
            [retold(n, url=f"https://new.example/archives/{n}") for n in range(15)],
            id="paths that any site could have, retitled",
        ),
        pytest.param(TALES, [retold(n, published=NOW - n * HOUR / 60) for n in range(15)], id="articles of one day"),
    ],
)  # fmt: skip
def test_what_may_be_common_to_different_articles_outweighs_nothing(old: Sequence[Candidate], new: Sequence[Candidate]) -> None:
    assert moved(arrival(new), past(old)) == {}


def test_the_newest_item_was_dated_anew_with_the_others() -> None:
    old = [replace(c, published=LOOKED - HOUR - n * DAY) for n, c in enumerate(TALES)]
    new = [retold(n, title=c.title, published=DATED_ANEW - n * HOUR / 60) for n, c in enumerate(TALES)]

    assert matches(arrival(new), past(old)) == {f"item {n}": (101 + n, Match.TITLE) for n in range(15)}
    assert moved(arrival(new), past(old, moved=True)) == {}


def test_what_all_at_once_have_in_common_adds_to_what_each_has_by_itself() -> None:
    same, retitled = [tale(n, "new.example") for n in range(8)], [retold(n, content=TALES[n].content) for n in range(8, 15)]
    # the path of one article with the text of another is the one by its path
    same[0] = replace(same[0], content=TALES[1].content)
    expected = {f"item {n}": (101 + n, Match.PATH if n < 8 else Match.TEXT) for n in range(15)}

    assert matches(arrival([*same[:1], *same[2:], *retitled]), past(TALES)) == {
        place: match for place, match in expected.items() if place != "item 1"
    }
    quoting = retold(1, title="A story of ours, told again", content=TALES[2].content)
    same[2] = replace(same[2], content=None)
    assert matches(arrival([*same, quoting, *retitled]), past(TALES)) == expected


@pytest.mark.parametrize("text", ["Bees fly by beating wings", "Bees fly by beating their wings " * 9, "蜜蜂振翅而飞" * 30])
def test_first_words_that_stand_in_for_a_missing_title_part_nothing(text: str) -> None:
    old = [tale(n, content=f"<p>{n}: {text}</p>") for n in range(15)]
    new = [
        clean_candidate(retold(n, title="", content=c.content), base_url="https://new.example/") for n, c in enumerate(old)
    ]  # fmt: skip

    assert all(c.title for c in new)
    assert matches(arrival(new), past(old)) == {f"item {n}": (101 + n, Match.TEXT) for n in range(15)}
    back = [replace(c, guid=f"again {n}", url=f"https://old.example/?p={n}") for n, c in enumerate(old)]
    assert len(moved(arrival(back), past(new))) == 15


def test_a_title_with_the_sites_name_beside_it_agrees() -> None:
    new = [replace(c, title=f"{c.title} | Bees & hives") for c in articles(range(1, 11), "new.example")]

    assert len(moved(arrival(new), past(OLD))) == 10


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        pytest.param(timedelta(), 10, id="same dates"),
        pytest.param(8 * HOUR, 10, id="the zone was forgotten"),
        pytest.param(7 * DAY, 0, id="a week later"),
        pytest.param(30 * DAY, 0, id="dated after our last look"),
    ],
)
def test_a_series_that_repeats_its_titles_brings_new_articles(later: timedelta, expected: int) -> None:
    new = [
        article(n, published=(OLD[n - 1].published or NOW) + later, url=f"https://new.example/?p={n}", content="<p>Rain</p>")
        for n in range(1, 11)
    ]

    assert len(moved(arrival(new), past(OLD))) == expected


def test_what_is_dated_after_our_last_look_is_not_recognised_by_its_title_alone() -> None:
    old = [replace(c, published=None) for c in OLD]
    new = [
        article(n, published=LOOKED + n * HOUR / 20, url=f"https://new.example/?p={n}", content=None) for n in range(1, 11)
    ]  # fmt: skip

    assert moved(arrival(new), past(old)) == {}


@pytest.mark.parametrize(("published", "expected"), [(NOW - HOUR / 2, 4), (NOW - 30 * DAY, 0)], ids=["news", "older"])
def test_titles_alone_must_agree_for_most_items_that_are_no_news(published: datetime, expected: int) -> None:
    new = [article(n, url=f"https://new.example/?p={n}", content=None, guid=f"{n}") for n in range(7, 17)]
    new[4:] = [replace(c, published=published + n * HOUR / 60) for n, c in enumerate(new[4:])]

    assert len(moved(arrival(new), past(OLD))) == expected


def test_the_date_of_a_new_platforms_first_build_parts_nothing() -> None:
    new = [article(n, published=NOW, url=f"https://new.example/?p={n}", content=None) for n in range(1, 11)]

    assert len(moved(arrival(new), past(OLD))) == 10


def test_what_moved_before_is_not_recognised_by_its_title_alone() -> None:
    new = [article(n, url=f"https://new.example/?p={n}", content=None) for n in range(1, 11)]

    assert moved(arrival(new), past(OLD, moved=True)) == {}
    assert len(moved(arrival(articles(range(1, 11), "new.example")), past(OLD, moved=True))) == 10


def test_a_feed_that_is_known_by_its_old_ids_did_not_move() -> None:
    new = articles(range(1, 6), "new.example")

    assert moved(arrival([*OLD[5:], *new], known(OLD)), past(OLD)) == {}
    assert moved(arrival(new, left_out=5), past(OLD)) == {}


def test_one_item_under_its_old_id_does_not_hide_that_the_others_moved() -> None:
    new = [OLD[0], *articles(range(2, 11), "new.example")]

    assert set(matches(arrival(new, known(OLD[:1])), past(OLD))) == {f"item {n}" for n in range(2, 11)}


def test_a_title_of_two_sightings_pairs_nothing() -> None:
    old = [*OLD, article(11, title=OLD[0].title)]
    new = [article(n, "new.example", url=f"https://new.example/?p={n}", content=None) for n in range(1, 11)]

    assert set(matches(arrival(new), past(old))) == {f"item {n}" for n in range(2, 11)}


def test_a_sighting_is_one_item_only() -> None:
    new = articles(range(1, 6), "new.example")
    new[0] = replace(new[0], content=None)
    quoting = article(50, "new.example", title="", content=OLD[0].content)

    assert set(matches(arrival([*new, quoting]), past(OLD))) == {f"item {n}" for n in range(1, 6)}


def test_a_sighting_that_is_in_the_document_under_its_old_id_is_not_another_item() -> None:
    quoting = article(50, "new.example", title="", content=OLD[0].content)
    rewritten = replace(OLD[0], content="<p>We told this before, and tell it again.</p>")
    new = [rewritten, *articles(range(2, 6), "new.example"), quoting]

    assert set(matches(arrival(new, known(OLD[:1])), past(OLD))) == {f"item {n}" for n in range(2, 6)}


def test_the_same_link_and_short_texts_say_nothing() -> None:
    new = [article(n, title="", content=f"<p>Read on: {n}</p>", guid=f"{n}") for n in range(1, 11)]
    old = [replace(c, title="", content=f"<p>Read on: {n}</p>") for n, c in enumerate(OLD, 1)]

    assert moved(arrival(new), past(old)) == {}


def test_few_resemblances_are_chance() -> None:
    assert moved(arrival(articles([1, 2], "new.example")), past(OLD)) == {}
    assert moved(arrival(articles(range(8, 21), "new.example")), past(OLD)) == {}


def test_an_entry_seen_twice_is_one_article() -> None:
    before = past(OLD)
    twice = replace(before, recent=(*before.recent, *(replace(r, id=r.id + 100) for r in before.recent)))

    new = arrival(articles(range(1, 11), "new.example"))
    newest = {f"item {n}": (200 + n, Match.PATH) for n in range(1, 11)}

    assert matches(new, twice) == newest
    assert matches(new, replace(twice, recent=twice.recent[::-1])) == newest


def test_a_moved_item_is_unchanged_and_leads_to_its_old_entry() -> None:
    new = articles(range(1, 11), "new.example")
    again = replace(new[0], place="item 11", guid="another", published=NOW)
    arrived, before = arrival([*new, again]), past(OLD)
    ruling = guard(arrived, before)
    filed = heed(arrived.decisions, ruling)
    provisional, old = arrived.decisions[0], before.recent[0]

    assert filed[0] == replace(
        provisional, verdict=Verdict.UNCHANGED, rule="moved", reason=ruling.paired[provisional.identified.carrier].reason,
        entry_id=1, sighting_id=101, speaks=False, founds=False, published=old.published, updated=old.updated, date_reason="",
    )  # fmt: skip
    assert [(d.verdict, d.rule, d.entry_id, d.sighting_id) for d in filed[1:]] == [
        *((Verdict.UNCHANGED, "moved", n, 100 + n) for n in range(2, 11)),
        (Verdict.MERGED, "repeated", 1, 101 if filed[10].identified.carrier == filed[0].identified.carrier else None),
    ]
    assert ruling.held == {}


# Swapped feeds


def held_codes(ruling: Ruling) -> set[str]:
    return {held.code for held in ruling.held.values()}


def test_a_document_of_another_feed_is_held_as_a_whole() -> None:
    shoes = [article(n, "shoes.example", title=f"Running shoe {n}", content="Buy!") for n in range(3)]
    arrived = arrival(shoes, provenance=SHOES)
    held = guard(arrived, past(OLD)).held

    assert set(held) == {d.identified.carrier for d in arrived.decisions}
    message = (
        "this document has nothing in common with what the source carried before: it calls itself “Cheap running shoes”"
        " (shoes.example), not “Bees and hives” (old.example), none of its items is known, and they link to shoes.example, not"
        " to old.example; it may be another feed's content or a login page under this address; held back: `aggregator"
        " quarantine release` lets it in, if the source did become another"
    )
    assert {h.message for h in held.values()} == {message}
    assert heed(arrived.decisions, guard(arrived, past(OLD))) == []


def test_that_two_feeds_are_called_blog_makes_them_no_more_alike() -> None:
    source = replace(SOURCE, provenance=replace(BEES, title="Blog"))
    arrived = arrival(articles(range(50, 60), "x.example"), provenance=replace(SHOES, title="Blog"), source=source)

    assert len(swapped(arrived, past(OLD))) == 10


def test_articles_that_another_source_brought_are_held_with_a_swapped_feed() -> None:
    shoes = articles(range(3), "shoes.example")
    elsewhere = replace(known(shoes), sightings={})
    elsewhere = replace(
        elsewhere,
        keys={key: n + 500 for key, n in elsewhere.keys.items()},
        entries={n + 500: replace(e, id=n + 500, speaker_source_id=9) for n, e in elsewhere.entries.items()},
    )
    arrived = arrival(
        [replace(c, title="Shoes", content="Buy!") for c in shoes], elsewhere, provenance=SHOES
    )  # fmt: skip

    assert [d.verdict for d in arrived.decisions] == [Verdict.MERGED] * 3
    assert len(swapped(arrived, past(OLD))) == 3


@pytest.mark.parametrize(
    ("arrived", "before"),
    [
        pytest.param(arrival(articles(range(50, 70))), past(OLD), id="all items new after a pause"),
        pytest.param(arrival(articles(range(50, 70)), provenance=SHOES), past(OLD), id="renamed, and the same hosts"),
        pytest.param(
            arrival(articles(range(50, 70), "blog.old.example"), provenance=SHOES), past(OLD), id="renamed, on a part of its host"
        ),
        pytest.param(arrival(articles(range(50, 70), "new.example")), past(OLD), id="other hosts, and the same name"),
        pytest.param(
            arrival(articles(range(50, 60), "new.example"), provenance=replace(SHOES, title=BEES.title)), past(OLD),
            id="other hosts, and the same title",
        ),
        pytest.param(
            arrival(
                articles(range(50, 60), "x.example"), provenance=replace(SHOES, guid="urn:1"),
                source=replace(SOURCE, provenance=replace(BEES, guid="urn:1")),
            ),
            past(OLD), id="other hosts, and the same id",
        ),
        pytest.param(
            arrival(articles(range(50, 60), "x.example"), provenance=replace(SHOES, site_url="https://blog.old.example/")),
            past(OLD), id="other hosts, and its site on a part of its host",
        ),
        pytest.param(
            arrival(
                [*articles(range(50, 60), "x.example"), article(61, "x.example")],
                Known(keys={"https://x.example/2025/hive-number-61": 1}, entries=known(OLD[:1]).entries),
                provenance=SHOES,
            ),
            past(OLD), id="an item is an entry that it brought under another link",
        ),
        pytest.param(
            arrival([*articles(range(50, 60), "new.example"), OLD[0]], known(OLD[:1]), provenance=SHOES), past(OLD),
            id="an item is known",
        ),
        pytest.param(arrival(articles(range(50, 60), "x.example"), provenance=SHOES, left_out=1), past(OLD), id="some left out"),
        pytest.param(arrival(articles(range(50, 60), "x.example"), provenance=SHOES), past(OLD[:4]), id="a source hardly known"),
        pytest.param(
            arrival([replace(c, url=None) for c in articles(range(50, 60))], provenance=SHOES), past(OLD), id="no links"
        ),
        pytest.param(arrival(articles(range(50, 60), "x.example"), provenance=SHOES, source=FIRST), past(OLD), id="first import"),
    ],
)  # fmt: skip
def test_a_feed_that_has_something_in_common_with_itself_is_not_swapped(arrived: Arrival, before: Past) -> None:
    assert swapped(arrived, before) == {}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(BEES, SHOES, 10, id="title and site"),
        pytest.param(replace(BEES, site_url=None), SHOES, 0, id="title"),
        pytest.param(
            Provenance(title="Bees", self_url="https://old.example/feed"), Provenance(title="Shoes", self_url="https://x.example/feed"),
            10, id="title and address",
        ),
        pytest.param(replace(BEES, title="Blog"), replace(SHOES, title="Blog"), 0, id="site, and a title that says nothing"),
    ],
)  # fmt: skip
def test_a_feed_that_links_everywhere_is_swapped_only_if_it_differs_in_more_than_one_way(
    before: Provenance, after: Provenance, expected: int
) -> None:
    planet = past([article(n, f"{n}.example") for n in range(10)])
    arrived = arrival(
        articles(range(50, 60), "x.example"), provenance=after, source=replace(SOURCE, provenance=before)
    )  # fmt: skip

    assert len(swapped(arrived, planet)) == expected


def test_a_platform_move_under_new_titles_and_a_new_name_is_no_swap() -> None:
    arrived = arrival([retold(n, content=c.content) for n, c in enumerate(TALES)], provenance=SHOES)
    ruling = guard(arrived, past(TALES))

    assert (len(ruling.paired), ruling.held) == (15, {})


def test_another_feed_with_few_of_the_same_articles_is_held() -> None:
    shoes = [retold(n, title=f"Running shoe {_WORDS[n]}", published=NOW - n * HOUR / 60) for n in range(15)]
    shoes[:3] = [replace(c, content=TALES[n].content) for n, c in enumerate(shoes[:3])]

    assert len(guard(arrival(shoes, provenance=SHOES), past(TALES)).held) == 15


def test_a_platform_move_under_a_new_name_is_no_swap() -> None:
    arrived = arrival(articles(range(1, 11), "shoes.example"), provenance=SHOES)
    ruling = guard(arrived, past(OLD))

    assert (len(ruling.paired), ruling.held) == (10, {})


# Floods


def test_300_old_items_at_once_go_in_by_their_dates() -> None:
    arrived = arrival(articles(range(100, 400), published=NOW - 400 * DAY))
    said = "one of 300 new entries that came at once; each stands where its date puts it"
    ruling = Ruling(placed={d.identified.carrier: said for d in arrived.decisions})

    assert suspicious(arrived)
    assert guard(arrived, past(OLD)) == ruling
    assert {d.date_reason for d in heed(arrived.decisions, ruling)} == {f"the publisher's published date; {said}"}


@pytest.mark.parametrize(
    ("published", "dated"),
    [
        pytest.param(None, "dated 2026-02-01 12:00 UTC (no date given: when we first saw it)", id="undated"),
        pytest.param(
            NOW + DAY,
            "dated 2026-02-01 12:00 UTC (dated in the future (2026-02-02T12:00:00+00:00): when we first saw it)", id="future",
        ),
        pytest.param(NOW - DAY, "dated 2026-01-31 12:00 UTC (the publisher's published date)", id="of yesterday"),
    ],
)  # fmt: skip
def test_300_items_that_would_stand_on_top_are_held(published: datetime | None, dated: str) -> None:
    arrived = arrival([*articles(range(100, 400), published=published), article(50)])
    held = guard(arrived, past(OLD, seen(20, 3 * DAY))).held

    assert set(held) == {d.identified.carrier for d in arrived.decisions[:300]}
    message = (
        "one of 300 new entries that came at once and would stand on top, where by the history of this source about 2 were likely"
        f" since 2026-01-29 12:00 UTC (1 older one went in, below); {dated};"
        " held back: `aggregator quarantine release` lets it in"
    )
    assert {h.message for h in held.values()} == {message}
    assert [d.identified.candidate.place for d in heed(arrived.decisions, Ruling(held=held))] == ["item 50"]


@pytest.mark.parametrize(
    ("number", "arrivals", "looked", "expected"),
    [
        pytest.param(FLOOD_FLOOR, [], LOOKED, 0, id="as few as are always believed"),
        pytest.param(FLOOD_FLOOR + 1, [], LOOKED, FLOOD_FLOOR + 1, id="one more, without a history"),
        pytest.param(FLOOD_FLOOR + 1, seen(40, 3 * DAY), LOOKED, FLOOD_FLOOR + 1, id="one more, from a quiet feed"),
        pytest.param(200, seen(1000, HOUR), LOOKED, 0, id="many from a busy feed"),
        pytest.param(300, seen(1000, HOUR), LOOKED, 300, id="too many from a busy feed"),
        pytest.param(70, seen(100, 12 * HOUR, NOW - 14 * DAY), NOW - 14 * DAY, 0, id="two weeks' worth after two weeks"),
        pytest.param(70, seen(100, 12 * HOUR), LOOKED, 70, id="two weeks' worth in an hour"),
        pytest.param(300, seen(30, HOUR / 2, NOW - 14 * DAY), NOW - 14 * DAY, 0, id="after two weeks, known for a day"),
        pytest.param(70, seen(200, 12 * HOUR), NOW - 14 * DAY, 70, id="an hour after a partial document"),
        pytest.param(90, [*seen(40, HOUR / 60, NOW - 30 * DAY), *seen(3, 9 * DAY)], LOOKED, 0, id="it brought 40 at once before"),
        pytest.param(
            50, [Appearance(published=IMPORTED, seen_at=IMPORTED)] * 500, LOOKED, 50, id="what was imported undated says nothing"
        ),
        pytest.param(
            50, [Appearance(published=IMPORTED - n * HOUR, seen_at=IMPORTED) for n in range(500)], LOOKED, 0,
            id="the first document tells of the time before",
        ),
    ],
)  # fmt: skip
def test_a_flood_is_more_than_the_history_of_its_source_makes_likely(
    number: int, arrivals: list[Appearance], looked: datetime, expected: int
) -> None:
    source = replace(SOURCE, state=replace(SOURCE.state, document_at=looked))
    arrived = arrival(articles(range(1000, 1000 + number), published=NOW - HOUR / 2), source=source)

    assert len(flood(arrived, past(OLD, arrivals), {})) == expected


def test_what_comes_after_a_first_document_without_items_is_no_flood() -> None:
    assert guard(arrival(articles(range(100), published=None)), Past()) == Ruling()


def test_an_article_repeated_in_a_flood_is_held_with_it() -> None:
    new = articles(range(100, 140), published=None)
    again = replace(new[0], guid="another", published=NOW)
    arrived = arrival([*new, again])

    assert arrived.decisions[-1].rule == "repeated"
    assert heed(arrived.decisions, guard(arrived, past(OLD))) == []


def test_recognised_items_are_no_flood() -> None:
    old = articles(range(1, 101), published=None)
    arrived = arrival(articles(range(1, 121), "new.example", published=None))
    ruling = guard(arrived, past(old))

    assert (len(ruling.paired), len(ruling.held)) == (100, 0)


# What was held before


def test_what_was_held_stays_held_with_what_repeats_it() -> None:
    new = articles(range(100, 103), published=None)
    again = replace(new[0], guid="another", published=NOW)
    arrived = arrival([*new, again, *OLD[:1]], known(OLD[:1]))
    first, second, _, repeated, old = (d.identified.carrier for d in arrived.decisions)
    kept = {
        first: Held(carrier=first, code="flood", message="one of many", row=7, dropped=True),
        second: Held(carrier=second, code="swapped", message="strange", row=8),
        old: Held(carrier=old, code="flood", message="released since", row=9),
    }

    assert held_again(arrived.decisions, kept) == {
        first: kept[first], second: kept[second], repeated: replace(kept[first], carrier=repeated, row=None),
    }  # fmt: skip


def test_where_nothing_was_held_nothing_stays_held() -> None:
    assert held_again(arrival(articles(range(100, 103))).decisions, {}) == {}


# Dates that many items share


def test_the_date_that_most_items_share_is_none_of_theirs() -> None:
    items = identified([*articles(range(FEWEST_SHARED), published=NOW), *articles([7, 8]), article(9, published=None)])
    reason = "5 items of the document are dated 2026-02-01 12:00 UTC: when it was made, or a mere day, not when each of them came"

    assert shared_date(items) == {item.carrier: reason for item in items[:FEWEST_SHARED]}


@pytest.mark.parametrize(
    "candidates",
    [
        pytest.param(articles(range(FEWEST_SHARED - 1), published=NOW), id="too few"),
        pytest.param([*articles(range(6), published=NOW), *articles(range(10, 16))], id="half"),
        pytest.param(articles(range(10), published=None), id="no dates"),
        pytest.param([article(1, published=NOW, guid=None)] * 10, id="one item, repeated"),
        pytest.param([], id="no items"),
    ],
)
def test_other_dates_are_the_items_own(candidates: list[Candidate]) -> None:
    assert shared_date(identified(candidates)) == {}


# Properties

TITLES = st.sampled_from(["", "Update", "How bees fly", "How bees dance", "Hives in winter", "The price of honey", "2025-01-02"])
TEXTS = st.sampled_from(
    [
        None,
        "",
        "<p>Bees fly by beating their wings.</p>",
        "<p>Honey is what bees make of nectar.</p>",
        TALES[0].content,
        TALES[1].content,
    ]
)
DATES = st.sampled_from([None, NOW, NOW - HOUR, NOW - 30 * DAY, NOW + DAY])
ODD = st.fixed_dictionaries(
    {}, optional={"title": TITLES, "content": TEXTS, "published": DATES, "guid": st.sampled_from([None, "a", "b"])}
)  # fmt: skip
NUMBERS = st.integers(1, 9)
MANY = st.lists(st.builds(lambda n, odd: article(n, **odd), NUMBERS, ODD | st.just({})), min_size=4, max_size=12)


def cases(source: Source = SOURCE) -> st.SearchStrategy[tuple[Arrival, Past]]:
    """Documents with items of a source's past, under their ids and under others, and with items that nobody knows."""

    @st.composite
    def build(draw: st.DrawFn) -> tuple[Arrival, Past]:
        old = draw(MANY)
        again = draw(st.lists(st.sampled_from(old), max_size=2))
        host = draw(st.sampled_from(["old.example", "new.example", "shoes.example"]))
        renamed = [replace(c, guid=None, url=(c.url or "").replace("old.example", host)) for c in draw(st.permutations(old))]
        other = articles(range(100, 100 + draw(st.sampled_from([0, 0, 5, 50]))), host, published=draw(DATES))
        document = [*again, *renamed[: draw(st.integers(0, len(renamed)))], *other]
        arrivals = draw(st.sampled_from([(), seen(20, DAY)]))
        arrived = arrival(document, known(again), provenance=draw(st.sampled_from([BEES, SHOES])), source=source)
        return replace(arrived, left_out=draw(st.sampled_from([0, 0, 0, 1]))), past(old, arrivals)

    return build()


@given(cases())
def test_nothing_is_both_held_and_recognised_and_pairs_are_one_to_one(case: tuple[Arrival, Past]) -> None:
    arrived, before = case
    ruling = guard(arrived, before)
    carriers = {d.identified.carrier for d in arrived.decisions}

    assert not ruling.paired.keys() & ruling.held.keys()
    assert ruling.paired.keys() | ruling.held.keys() <= carriers
    assert len({p.recent.entry_id for p in ruling.paired.values()}) == len(ruling.paired)
    assert all(p.reason for p in ruling.paired.values())
    assert all(h.message and h.code in {"flood", "swapped"} and h.carrier == carrier for carrier, h in ruling.held.items())


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_items_and_sightings_changes_nothing(case: tuple[Arrival, Past], chance: Any) -> None:
    arrived, before = case

    def shuffled(values: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(chance.sample(values, len(values)))

    other = replace(arrived, decisions=shuffled(arrived.decisions))
    mixed = Past(recent=shuffled(before.recent), arrivals=shuffled(before.arrivals))

    assert guard(other, mixed) == guard(arrived, before)
    assert suspicious(other) == suspicious(arrived)
    assert shared_date(d.identified for d in other.decisions) == shared_date(d.identified for d in arrived.decisions)


@given(cases())
def test_what_is_not_suspicious_needs_no_guard(case: tuple[Arrival, Past]) -> None:
    assert suspicious(case[0]) or guard(*case) == Ruling()


@given(cases(FIRST))
def test_a_first_import_is_not_guarded(case: tuple[Arrival, Past]) -> None:
    assert guard(*case) == Ruling()


@given(cases())
def test_all_that_is_not_held_is_filed_in_its_order(case: tuple[Arrival, Past]) -> None:
    arrived, before = case
    ruling = guard(arrived, before)
    filed = heed(arrived.decisions, ruling)
    new = {d.key.value for d in filed if d.verdict is Verdict.NEW}

    def of(decisions: Iterable[Decision]) -> list[Identified]:
        return [d.identified for d in decisions if d.identified.carrier not in ruling.held]

    assert of(filed) == of(arrived.decisions)
    assert all(d.entry_id is not None or d.key.value in new for d in filed)  # what repeats an item goes where that goes
