"""Copies under other URLs: led to the entry that was there, in categories for which the operator wants it, on every database."""

from __future__ import annotations

import itertools
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from agency import BRIDGE, LIBRARY, MARKET, reprinted
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from rekeyed_store import assert_sound, rekeyed
from store_content import content

from aggregator.classify import Condition, Field, Hiding, Screen
from aggregator.ingest import ingest, prepare_document, prepare_files
from aggregator.ingest_rules import IngestRules
from aggregator.model import Candidate, Hidden, Hider, Parsed, SourceKind, Subscription, Tally
from aggregator.model.copying import CopyRules, Duplicates
from aggregator.store import Store, migrate
from aggregator.urls import Alias, UrlRules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from aggregator.model import Source, Story

    MakeSource = Callable[..., Source]

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OFF = IngestRules(urls=UrlRules(), categories=(), default_category="rest", authority="news.example.org")
MORNING, EVENING, THIRD = "https://morning.example/feed", "https://evening.example/feed", "https://third.example/feed"
A_LINK, B_LINK = "https://morning.example/1", "https://evening.example/2026/bridge.html"


def rules(mode: Duplicates, *primary: str, category: str = "news") -> IngestRules:
    return replace(OFF, duplicates=(CopyRules(category=category, key=category, duplicates=mode, primary=primary),))


EVERYWHERE = rules(Duplicates.ON, category="")
BUT_FOR_NEWS = replace(OFF, duplicates=(*rules(Duplicates.OFF).duplicates, *EVERYWHERE.duplicates))
ON, SUGGEST = rules(Duplicates.ON), rules(Duplicates.SUGGEST)


def file(store: Store, source: Source, now: datetime, *candidates: Candidate, by: IngestRules = ON) -> Tally:
    if source.subscription.kind is SourceKind.SEEDS:
        prepared = prepare_files(candidates, (), source, by)
    else:
        prepared = prepare_document(Parsed(candidates=candidates), source, by, base_url=source.subscription.url)
    with store.write() as tx:
        return ingest(tx, source, prepared, by, now)


def item(url: str, text: str, at: datetime, title: str = "A headline", place: str = "item 1") -> Candidate:
    return Candidate(place=place, title=title, url=url, content=text, published=at)


def publish(store: Store, at: datetime) -> None:
    with store.write() as tx:
        tx.publications.begin(at)


def story(store: Store, what: str = A_LINK) -> Story:
    with store.read() as tx:
        return tx.stories.story(what, None)


def groups(store: Store) -> set[tuple[str, ...]]:
    """Return of each entry the links under which it is carried, the speaker's first."""
    with store.read() as tx:
        entries = tx.reading.newest(100)
        return {
            tuple(str(s.url) for s in sorted(tx.stories.story(str(e.id), None).sightings, key=lambda s: (not s.speaks, s.url)))
            for e in entries
        }


@pytest.fixture(name="papers")
def _papers(make_source: MakeSource) -> tuple[Source, Source]:
    return make_source(MORNING, categories=("news",), title="Morning"), make_source(EVENING, categories=("news",))


@pytest.mark.parametrize(("text", "by"), [(BRIDGE, ON), (LIBRARY, ON), (BRIDGE, EVERYWHERE)])
def test_a_copy_under_another_url_is_a_carrier_of_the_entry_that_is_there_and_says_why(
    store: Store, papers: tuple[Source, Source], now: datetime, text: str, by: IngestRules
) -> None:
    morning, evening = papers
    file(store, morning, now, item(A_LINK, text, now - DAY, "Seen in the morning"), by=by)
    copy = item(B_LINK, reprinted(text), now - HOUR, "As the evening has it")

    assert file(store, evening, now + HOUR, copy, by=by) == Tally(seen=1, merged=1)
    assert groups(store) == {(A_LINK, B_LINK)}
    found = story(store, B_LINK)
    assert found.entry.title == "Seen in the morning"
    assert [(s.rule, s.reason) for s in found.sightings if s.url == B_LINK] == [
        ("near-duplicate", "says the same as “Seen in the morning” of Morning (0 of 64 bits differ)")
    ]
    assert {key.value for key in found.keys} == {A_LINK, B_LINK}
    assert file(store, evening, now + 2 * HOUR, copy, by=by) == Tally(seen=1, unchanged=1)
    assert_sound(store)


@pytest.mark.parametrize(
    ("by", "text", "after", "category"),
    [
        pytest.param(OFF, BRIDGE, DAY, "news", id="nobody wants it"),
        pytest.param(SUGGEST, BRIDGE, DAY, "news", id="they are only to be listed"),
        pytest.param(ON, MARKET, DAY, "news", id="another text"),
        pytest.param(ON, "<p>短讯一则</p>", DAY, "news", id="too short a text"),
        pytest.param(ON, BRIDGE, 4 * DAY, "news", id="days later"),
        pytest.param(ON, BRIDGE, DAY, "others", id="in another category"),
        pytest.param(EVERYWHERE, BRIDGE, DAY, "others", id="in no category of both"),
        pytest.param(BUT_FOR_NEWS, BRIDGE, DAY, "news", id="but not in this category"),
    ],
)
def test_other_items_become_entries_of_their_own(
    store: Store, make_source: MakeSource, now: datetime, by: IngestRules, text: str, after: timedelta, category: str
) -> None:
    morning, other = make_source(MORNING, categories=("news",)), make_source(EVENING, categories=(category,))
    first = text if "短讯" in text else BRIDGE
    file(store, morning, now, item(A_LINK, first, now - 9 * DAY), by=by)

    assert file(store, other, now, item(B_LINK, text, now - 9 * DAY + after), by=by) == Tally(seen=1, new=1)


def test_reports_of_one_source_are_never_copies_of_each_other_and_an_entry_takes_one_of_a_source(
    store: Store, papers: tuple[Source, Source], now: datetime
) -> None:
    morning, evening = papers
    opinion = "<p>本报评论员认为，过江收费的问题迟早要谈，维护费用不能只靠财政。</p>"
    both = [item(f"https://evening.example/{n}", BRIDGE + tail, now) for n, tail in enumerate((opinion, ""))]

    assert file(store, evening, now, both[0]) == Tally(seen=1, new=1)
    assert file(store, evening, now, *both) == Tally(seen=2, new=1, unchanged=1)
    assert file(store, morning, now, item(A_LINK, BRIDGE, now)) == Tally(seen=1, merged=1)
    assert groups(store) == {("https://evening.example/0",), (A_LINK, "https://evening.example/1")}


def test_how_far_dates_are_apart_counts_item_by_item(store: Store, papers: tuple[Source, Source], now: datetime) -> None:
    morning, evening = papers
    file(store, morning, now, item(A_LINK, BRIDGE, now - 9 * DAY))
    late, early = item(B_LINK, BRIDGE, now), item("https://evening.example/2", LIBRARY, now - 9 * DAY)

    assert file(store, evening, now, late, early) == Tally(seen=2, new=2)


def test_an_item_that_is_repeated_in_its_batch_follows_where_the_first_goes(
    store: Store, papers: tuple[Source, Source], now: datetime
) -> None:
    morning, evening = papers
    file(store, morning, now, item(A_LINK, BRIDGE, now))
    twice = [item(B_LINK, BRIDGE, now), replace(item(f"{B_LINK}?utm_source=x", BRIDGE, now), place="item 2", guid="other")]

    assert file(store, evening, now, *twice) == Tally(seen=2, merged=2)
    assert groups(store) == {(A_LINK, B_LINK, f"{B_LINK}?utm_source=x")}
    assert_sound(store)


@pytest.mark.parametrize("primary", [(), (EVENING,), (MORNING, EVENING)])
def test_in_whatever_order_two_sources_are_read_the_same_items_are_one_entry_with_the_same_speaker(
    tmp_path: Path, now: datetime, primary: tuple[str, ...]
) -> None:
    carried = [
        [item(f"{MORNING}/{n}", text, now - n * HOUR) for n, text in enumerate((BRIDGE, LIBRARY, MARKET))],
        [
            item(f"{EVENING}/{n}", reprinted(text), now - HOUR)
            for n, text in enumerate((LIBRARY, BRIDGE, BRIDGE + "<p>本报另有评论。</p>"))
        ],
    ]
    by = rules(Duplicates.ON, *primary)
    found = [filled(tmp_path, str(order[0]), order, by, carried)[0] for order in itertools.permutations(range(2))]

    first, last = (1, 0) if primary == (EVENING,) else (0, 1)
    bridge, library = (f"{MORNING}/0", f"{EVENING}/1"), (f"{MORNING}/1", f"{EVENING}/0")
    assert found[0] == found[1] == {
        (bridge[first], bridge[last]), (library[first], library[last]), (f"{MORNING}/2",), (f"{EVENING}/2",),
    }  # fmt: skip


def test_a_declared_primary_takes_the_word_and_who_was_published_keeps_its_id(
    store: Store, papers: tuple[Source, Source], now: datetime
) -> None:
    morning, evening = papers
    by = rules(Duplicates.ON, EVENING)
    file(store, morning, now, item(A_LINK, BRIDGE, now, "Morning's"), by=by)
    before = story(store).entry
    publish(store, now + HOUR)
    file(store, evening, now + 2 * HOUR, item(B_LINK, BRIDGE, now + HOUR, "Evening's"), by=by)

    after = story(store).entry
    assert (after.title, after.atom_id, after.published) == ("Evening's", before.atom_id, before.published)
    assert "; in news its source counts before that" in next(s.reason for s in story(store).sightings if s.speaks)


def test_a_seed_speaks_before_feeds_where_no_primary_is_declared(store: Store, make_source: MakeSource, now: datetime) -> None:
    feed, folder = make_source(MORNING, categories=("news",)), make_source("s/", kind=SourceKind.SEEDS, categories=("news",))
    file(store, feed, now, item(A_LINK, BRIDGE, now))
    file(store, folder, now, item(B_LINK, BRIDGE, now, place="a.md"))

    assert groups(store) == {(B_LINK, A_LINK)}


def test_a_third_copy_finds_the_entry_by_whoever_speaks_now(
    store: Store, papers: tuple[Source, Source], make_source: MakeSource, now: datetime
) -> None:
    morning, evening = papers
    file(store, morning, now, item(A_LINK, BRIDGE, now))
    file(store, morning, now, item(A_LINK, LIBRARY, now))

    assert file(store, evening, now, item(B_LINK, BRIDGE, now)) == Tally(seen=1, new=1)
    third = make_source(THIRD, categories=("news",))
    assert file(store, third, now, item("https://third.example/1", LIBRARY, now)) == Tally(seen=1, merged=1)
    assert groups(store) == {(A_LINK, "https://third.example/1"), (B_LINK,)}


def test_a_revision_that_makes_two_entries_alike_merges_none(store: Store, papers: tuple[Source, Source], now: datetime) -> None:
    morning, evening = papers
    file(store, morning, now, item(A_LINK, BRIDGE, now))
    file(store, evening, now, item(B_LINK, MARKET, now))

    assert file(store, evening, now + HOUR, item(B_LINK, BRIDGE, now)) == Tally(seen=1, revised=1)
    assert groups(store) == {(A_LINK,), (B_LINK,)}


def test_a_copy_of_what_the_operator_hid_is_a_tombstone_and_comes_back_with_it(
    store: Store, papers: tuple[Source, Source], now: datetime
) -> None:
    morning, evening = papers
    file(store, morning, now, item(A_LINK, BRIDGE, now))
    with store.write() as tx:
        tx.tombstones.hide({1}, Hidden(at=now, by=Hider.OPERATOR, reason="spam"))
    copy = item(B_LINK, BRIDGE, now)

    assert file(store, evening, now, copy) == Tally(seen=1, tombstoned=1)
    assert file(store, evening, now + HOUR, copy) == Tally(seen=1, tombstoned=1)
    assert groups(store) == set()
    reason = next(s.reason for s in story(store, "1").sightings if not s.speaks)
    assert reason == (
        "says the same as “A headline” of Morning (0 of 64 bits differ);"
        " it was hidden on 2026-01-02 (spam): what it says now is not kept"
    )
    with store.write() as tx:
        tx.tombstones.restore({1}, now + HOUR)
    assert file(store, evening, now + 2 * HOUR, copy) == Tally(seen=1, merged=1)
    assert groups(store) == {(A_LINK, B_LINK)}


def test_a_copy_of_what_a_rule_hides_is_hidden_with_it_whichever_comes_first(
    store: Store, papers: tuple[Source, Source], now: datetime
) -> None:
    blocking = Screen(site=Hiding(block=((Condition(field=Field.TITLE, pattern="广告"),),)))
    morning, evening = papers
    by = replace(ON, screen=blocking)
    file(store, morning, now, item(A_LINK, BRIDGE, now, "广告"), by=by)

    assert file(store, evening, now, item(B_LINK, BRIDGE, now), by=by) == Tally(seen=1, merged=1)
    assert (groups(store), len(story(store).sightings)) == (set(), 2)


def test_rekeying_parts_no_copies(store: Store, papers: tuple[Source, Source], now: datetime) -> None:
    morning, evening = papers
    file(store, morning, now, item(A_LINK, BRIDGE, now))
    file(store, evening, now, item(B_LINK, BRIDGE, now))
    other = UrlRules(
        aliases=(Alias(match=r"https://evening\.example/(\d+)/bridge\.html", canonical=r"https://evening.example/\1"),)
    )

    rekeyed(store, UrlRules(), other, now)
    assert groups(store) == {(A_LINK, B_LINK)}
    assert {key.value for key in story(store).keys} == {A_LINK, "https://evening.example/2026"}
    rekeyed(store, other, UrlRules(), now)
    assert groups(store) == {(A_LINK, B_LINK)}
    assert {key.value for key in story(store).keys} == {A_LINK, B_LINK}


def test_where_nobody_wants_it_nothing_is_computed_and_nothing_kept(
    store: Store, papers: tuple[Source, Source], now: datetime
) -> None:
    for source, url in zip(papers, (A_LINK, B_LINK), strict=True):
        file(store, source, now, item(url, BRIDGE, now), by=rules(Duplicates.ON, category="another"))
    rows = content(store)

    assert (rows["fingerprints"], rows["bands"], len(rows["entries"])) == ([], [], 2)


def filled(folder: Path, name: str, order: Sequence[int], by: IngestRules, carried: Sequence[Sequence[Candidate]]) -> Any:
    """Return what is told of a store into which both sources came in this order: its groups, and all its rows."""
    path = folder / f"{name}.db"
    if not (template := folder.parent / "migrated.db").exists():
        migrate.upgrade(f"sqlite:///{template}")
    shutil.copy(template, path)
    with Store(f"sqlite:///{path}", authority="news.example.org") as store:
        with store.write() as tx:
            tx.categories.follow((), NOW)
            papers = [tx.sources.add(Subscription(url=paper, categories=("news",)), NOW) for paper in (MORNING, EVENING)]
        for at in order:
            file(store, papers[at], NOW, *carried[at], by=by)
        assert_sound(store)
        return groups(store), content(store)


def papers_of(texts: Sequence[Sequence[tuple[str, int, int]]]) -> list[list[Candidate]]:
    """Return what two sources carry: texts with the end cut off by so many characters, some hours ago."""
    return [
        [item(f"https://{at}.example/{n}", text[: len(text) - cut], NOW - hours * HOUR) for n, (text, cut, hours) in enumerate(s)]
        for at, s in enumerate(texts)
    ]


TEXTS = st.lists(
    st.tuples(st.sampled_from([BRIDGE, LIBRARY, MARKET, reprinted(BRIDGE)]), st.integers(0, 60), st.integers(0, 96)), max_size=4
)


@settings(max_examples=20, deadline=None)
@given(carried=st.tuples(TEXTS, TEXTS).map(papers_of), primary=st.sampled_from([(), (EVENING,)]))
def test_whatever_two_sources_carry_the_order_in_which_they_are_read_changes_no_group(
    tmp_path_factory: pytest.TempPathFactory, carried: list[list[Candidate]], primary: tuple[str, ...]
) -> None:
    folder, by = tmp_path_factory.mktemp("orders"), rules(Duplicates.ON, *primary)

    first, _ = filled(folder, "first", (0, 1), by, carried)
    assert filled(folder, "second", (1, 0), by, carried)[0] == first


@settings(max_examples=10, deadline=None)
@given(carried=st.tuples(TEXTS, TEXTS).map(papers_of))
def test_off_and_suggest_leave_the_store_as_it_would_be_without_but_for_fingerprints(
    tmp_path_factory: pytest.TempPathFactory, carried: list[list[Candidate]]
) -> None:
    folder = tmp_path_factory.mktemp("modes")
    _, without = filled(folder, "without", (0, 1), OFF, carried)
    _, elsewhere = filled(folder, "elsewhere", (0, 1), rules(Duplicates.ON, category="another"), carried)
    _, suggest = filled(folder, "suggest", (0, 1), SUGGEST, carried)

    assert elsewhere == without
    assert suggest | {"fingerprints": [], "bands": []} == without
