"""The whole store gets its keys anew: what other rules merge and part, on every database, and that nothing is lost by it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec import json
from msgspec.structs import replace
from rekeyed_store import PLAIN, file, publish, rekeyed, rows, shape
from store_content import content

from aggregator.model import Hidden, Hider, SourceKind, Tally
from aggregator.model.rekeying import Rekeying
from aggregator.urls import Alias, UrlRules

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from aggregator.model import Candidate, Source
    from aggregator.store import Store

    Make = Callable[..., Candidate]
    MakeSource = Callable[..., Source]

ALIASED = UrlRules(aliases=(Alias(match=r"https://a\.example/(?:old|m)/(\d+)", canonical=r"https://a.example/\1"),))
HOUR = timedelta(hours=1)


def titles(store: Store) -> list[str]:
    with store.read() as tx:
        return sorted(entry.title for entry in tx.reading.newest(100))


@pytest.fixture(name="pair")
def _pair(store: Store, make_source: MakeSource, candidate: Make, now: datetime) -> tuple[Source, Source]:
    """Return two sources that carry one article under two addresses."""
    first, second = make_source("https://a.example/feed", categories=("A",)), make_source("https://b.example/feed")
    file(store, first, now, candidate(title="As A has it", url="https://a.example/1", guid="urn:a:1", published=now - HOUR))
    file(store, second, now, candidate(title="As B has it", url="https://a.example/old/1", guid="urn:b:1", published=now))
    publish(store, now + HOUR)
    return first, second


@pytest.mark.usefixtures("pair")
def test_an_alias_merges_into_the_entry_that_was_first_seen(store: Store, now: datetime) -> None:
    plan = rekeyed(store, PLAIN, ALIASED, now + 2 * HOUR)

    (merged,) = plan.merged
    assert (merged.entry_id, merged.into, merged.was, merged.keys) == (
        2, 1, ("https://a.example/old/1",), ("https://a.example/1",),
    )  # fmt: skip
    assert titles(store) == ["As A has it"]
    with store.read() as tx:
        stories = [tx.stories.story(what, None) for what in ("1", "2", "urn:b:1", "https://a.example/old/1")]
    assert {story.entry.atom_id for story in stories} == {"urn:a:1"}
    assert [(s.source_url, s.speaks, s.url_key, s.rule) for s in stories[0].sightings] == [
        ("https://a.example/feed", True, "https://a.example/1", "url"),
        ("https://b.example/feed", False, "https://a.example/1", "rekeyed-silenced"),
    ]
    assert stories[0].sightings[1].reason == (
        "the identity rules changed: entry 2 is the same article as this one (https://a.example/1)"
    )
    assert [shelf.slug for shelf in stories[0].shelves] == ["a", "weifenlei"]


@pytest.mark.usefixtures("pair")
def test_undoing_an_alias_gives_the_store_back_as_it_was(store: Store, now: datetime) -> None:
    before, dates = shape(store), rows(store, "SELECT id, published, updated FROM entries ORDER BY id")
    rekeyed(store, PLAIN, ALIASED, now + 2 * HOUR)
    plan = rekeyed(store, ALIASED, PLAIN, now + 3 * HOUR)

    assert [(p.entry_id, p.to, p.is_new) for p in plan.parted] == [(1, 2, False)]
    assert shape(store) == before
    assert rows(store, "SELECT id, published, updated FROM entries ORDER BY id") == dates
    assert titles(store) == ["As A has it", "As B has it"]


@pytest.mark.usefixtures("pair")
def test_rekeying_twice_changes_nothing(store: Store, now: datetime) -> None:
    rekeyed(store, PLAIN, ALIASED, now + 2 * HOUR)
    before = content(store)

    assert rekeyed(store, ALIASED, ALIASED, now + 3 * HOUR) == Rekeying()
    assert content(store) == before


@pytest.mark.usefixtures("pair")
def test_every_category_that_shows_a_change_is_published_again(store: Store, now: datetime) -> None:
    revisions = "SELECT slug, revision FROM categories ORDER BY slug"
    before = dict(rows(store, revisions))
    rekeyed(store, PLAIN, ALIASED, now + 2 * HOUR)

    assert {slug for slug, revision in rows(store, revisions) if revision > before[slug]} == {"a", "weifenlei"}


def test_the_next_poll_finds_nothing_new(store: Store, pair: tuple[Source, Source], candidate: Make, now: datetime) -> None:
    items = [
        candidate(title="As A has it", url="https://a.example/1", guid="urn:a:1"),
        candidate(title="As B has it", url="https://a.example/old/1", guid="urn:b:1"),
    ]
    rekeyed(store, PLAIN, ALIASED, now + 2 * HOUR)

    assert [file(store, source, now + 3 * HOUR, item, urls=ALIASED) for source, item in zip(pair, items, strict=True)] == [
        Tally(seen=1, unchanged=1), Tally(seen=1, unchanged=1),
    ]  # fmt: skip


def test_what_was_one_entry_from_the_start_parts_into_a_new_one(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    first, second = make_source("https://a.example/feed"), make_source("https://b.example/feed")
    file(store, first, now, candidate(title="As A has it", url="https://a.example/1"), urls=ALIASED)
    theirs = candidate(title="As B has it", url="https://a.example/old/1", published=now - HOUR)
    file(store, second, now + HOUR, theirs, urls=ALIASED)
    publish(store, now + HOUR)
    plan = rekeyed(store, ALIASED, PLAIN, now + 2 * HOUR)

    assert [(p.entry_id, p.is_new, p.was, p.keys) for p in plan.parted] == [
        (1, True, ("https://a.example/1",), ("https://a.example/old/1",))
    ]
    assert titles(store) == ["As A has it", "As B has it"]
    with store.read() as tx:
        story = tx.stories.story("https://a.example/old/1", None)
    assert (story.entry.published, story.entry.updated, story.first_seen_at) == (now - HOUR, now - HOUR, now + HOUR)
    assert [shelf.slug for shelf in story.shelves] == ["weifenlei"]
    parted = shape(store)

    rekeyed(store, PLAIN, ALIASED, now + 3 * HOUR)
    assert titles(store) == ["As A has it"]
    rekeyed(store, ALIASED, PLAIN, now + 4 * HOUR)
    assert shape(store) == parted


def test_a_seed_speaks_for_what_it_is_merged_with_until_that_is_undone(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    feed, folder = make_source("https://a.example/feed"), make_source("seeds/", kind=SourceKind.SEEDS)
    file(store, feed, now, candidate(title="From the feed", url="https://a.example/1", guid="urn:a:1"))
    publish(store, now)
    file(store, folder, now + HOUR, candidate(title="From the seed", place="a.md", url="https://a.example/m/1"))
    before = shape(store)
    rekeyed(store, PLAIN, ALIASED, now + 2 * HOUR)

    with store.read() as tx:
        (entry,) = tx.reading.newest(10)
    assert (entry.atom_id, entry.title, entry.updated) == ("urn:a:1", "From the seed", now + 2 * HOUR)
    rekeyed(store, ALIASED, PLAIN, now + 3 * HOUR)
    assert shape(store) == before


def test_items_of_one_document_that_share_a_link_by_other_rules_stay_apart(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    source, other = make_source("https://a.example/feed"), make_source("https://b.example/feed")
    items = [
        candidate(title=f"T{n}", url=f"https://a.example/{path}", guid=guid, content=f"<p>{n}</p>")
        for n, (path, guid) in enumerate([("1", "urn:a:1"), ("old/1", None), ("m/1", "urn:a:3")])
    ]
    file(store, source, now, *items)
    file(store, other, now, candidate(title="Theirs", url="https://a.example/m/1"))
    before = shape(store)
    rekeyed(store, PLAIN, ALIASED, now + HOUR)

    assert titles(store) == ["T0", "T1", "T2", "Theirs"]
    assert [key for key, *_ in rows(store, "SELECT key FROM keys ORDER BY key")] == [
        "https://a.example/1", "https://a.example/1 guid:urn:a:1", "https://a.example/1 guid:urn:a:3",
        "https://a.example/1 title:T1",
    ]  # fmt: skip
    assert file(store, source, now + HOUR, *items, urls=ALIASED) == Tally(seen=3, unchanged=3)
    assert file(store, source, now + HOUR, items[1], urls=ALIASED) == Tally(seen=1, unchanged=1)
    rekeyed(store, ALIASED, PLAIN, now + 2 * HOUR)
    assert [shape(store)[what] for what in ("keys", "entries")] == [before[what] for what in ("keys", "entries")]
    assert titles(store) == ["T0", "T1", "T2"]


def test_a_link_that_was_shared_stays_shared(store: Store, make_source: MakeSource, candidate: Make, now: datetime) -> None:
    source = make_source()
    items = [candidate(title=f"T{n}", url="https://a.example/old/1", guid=f"urn:a:{n}", content=f"<p>{n}</p>") for n in range(3)]
    file(store, source, now, *items)
    before = shape(store)
    rekeyed(store, PLAIN, ALIASED, now + HOUR)

    assert len(titles(store)) == 3
    assert file(store, source, now + HOUR, *items, urls=ALIASED) == Tally(seen=3, unchanged=3)
    rekeyed(store, ALIASED, PLAIN, now + 2 * HOUR)
    assert shape(store) == before


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        pytest.param({"title": "A  title"}, {"title": "A title", "content": "<p>corrected</p>"}, id="one title"),
        pytest.param({"guid": "urn:a:1#0"}, {"guid": "urn:a:1#1", "title": "Corrected"}, id="one guid but for its end"),
    ],
)
def test_two_items_of_one_source_whose_names_agree_may_become_one_article(
    earlier: dict[str, str], later: dict[str, str], store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    source = make_source()
    old, new = candidate(url="https://a.example/old/1", **earlier), candidate(url="https://a.example/1", **later)
    file(store, source, now, old)
    file(store, source, now + HOUR, new)
    before = shape(store)
    rekeyed(store, PLAIN, ALIASED, now + 2 * HOUR)

    assert titles(store) == ["A title"]
    assert file(store, source, now + 2 * HOUR, new, urls=ALIASED) == Tally(seen=1, unchanged=1)
    rekeyed(store, ALIASED, PLAIN, now + 3 * HOUR)
    assert shape(store) == before


def test_items_of_one_source_that_a_rule_gives_one_link_stay_apart_even_if_nobody_saw_them_in_one_document(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    source = make_source()
    paths = ("old/1", "m/1", "1")
    items = [candidate(title=f"T{n}", url=f"https://a.example/{p}", guid=f"g{n}", content=p) for n, p in enumerate(paths)]
    for hours, item in enumerate(items):
        file(store, source, now + hours * HOUR, item)
    before = shape(store)

    assert rekeyed(store, PLAIN, ALIASED, now + 3 * HOUR).merged == ()
    assert [key for key, *_ in rows(store, "SELECT key FROM keys ORDER BY key")] == [
        "https://a.example/1", "https://a.example/1 guid:g1", "https://a.example/1 guid:g2",
    ]  # fmt: skip
    assert file(store, source, now + 3 * HOUR, *items, urls=ALIASED) == Tally(seen=3, unchanged=3)
    rekeyed(store, ALIASED, PLAIN, now + 4 * HOUR)
    assert shape(store) == before


def test_a_link_that_changed_keeps_leading_to_its_entry(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    first, second = make_source("https://a.example/feed"), make_source("https://b.example/feed")
    file(store, first, now, candidate(url="https://a.example/old/1", guid="urn:a:1"))
    file(store, first, now + HOUR, candidate(url="https://a.example/other", guid="urn:a:1"))
    before = shape(store)
    rekeyed(store, PLAIN, ALIASED, now + HOUR)

    assert [key for key, *_ in rows(store, "SELECT key FROM keys ORDER BY key")] == [
        "https://a.example/1", "https://a.example/other",
    ]  # fmt: skip
    assert file(store, second, now + HOUR, candidate(url="https://a.example/1"), urls=ALIASED) == Tally(seen=1, merged=1)
    rekeyed(store, ALIASED, PLAIN, now + 2 * HOUR)
    assert [key for key, *_ in rows(store, "SELECT key FROM keys ORDER BY key")] == [
        "https://a.example/1", "https://a.example/old/1", "https://a.example/other",
    ]  # fmt: skip
    assert before["keys"] == [
        ("https://a.example/old/1", 1, "url"), ("https://a.example/other", 1, "url"),
    ]  # fmt: skip


@pytest.mark.usefixtures("pair")
@pytest.mark.parametrize(("hidden", "other"), [(1, "As B has it"), (2, "As A has it")])
def test_what_the_operator_hid_stays_hidden_merged_and_alone(hidden: int, other: str, store: Store, now: datetime) -> None:
    spam = Hidden(at=now + HOUR, by=Hider.OPERATOR, reason="spam")
    with store.write() as tx:
        tx.tombstones.hide({hidden}, spam)
    before = shape(store)
    plan = rekeyed(store, PLAIN, ALIASED, now + 2 * HOUR)

    assert [(m.entry_id, m.into, m.hidden) for m in plan.merged] == [(3 - hidden, hidden, spam)]
    assert titles(store) == []
    with store.read() as tx:
        story = tx.stories.story("1", None)
    assert (story.entry.id, story.hidden) == (hidden, spam)
    because = (
        f"the identity rules changed: entry {3 - hidden} is the same article as this one (https://a.example/1);"
        " the operator hid this one, and so it is hidden, too"
    )
    assert [s.reason for s in story.sightings if "rules changed" in s.reason] == [because]
    assert {row[0] for row in rows(store, "SELECT entry_id FROM tombstones")} == {1, 2}

    rekeyed(store, ALIASED, PLAIN, now + 3 * HOUR)
    assert titles(store) == [other]
    assert shape(store) == before
    assert {row[0] for row in rows(store, "SELECT entry_id FROM tombstones")} == {hidden}
    assert rows(store, "SELECT name FROM facts WHERE name LIKE 'shown until%'") == []


def test_what_is_shown_again_after_it_was_merged_with_something_hidden_is_read_anew(
    store: Store, pair: tuple[Source, Source], candidate: Make, now: datetime
) -> None:
    with store.write() as tx:
        tx.tombstones.hide({1}, Hidden(at=now + HOUR, by=Hider.OPERATOR))
        tx.sources.connection.run("UPDATE sources SET etag = 'v1'")
    rekeyed(store, PLAIN, ALIASED, now + 2 * HOUR)
    revised = candidate(title="As B has it", url="https://a.example/old/1", guid="urn:b:1", content="<p>corrected</p>")
    assert file(store, pair[1], now + 3 * HOUR, revised, urls=ALIASED) == Tally(seen=1, tombstoned=1)
    rekeyed(store, ALIASED, PLAIN, now + 4 * HOUR)

    assert rows(store, "SELECT etag FROM sources ORDER BY id") == [("v1",), (None,)]
    assert file(store, pair[1], now + 5 * HOUR, revised) == Tally(seen=1, revised=1)


@pytest.mark.usefixtures("pair")
def test_what_the_operator_hid_after_it_was_merged_is_hidden_in_all_its_parts(store: Store, now: datetime) -> None:
    with store.write() as tx:
        tx.tombstones.hide({1}, Hidden(at=now + HOUR, by=Hider.OPERATOR, reason="spam"))
    rekeyed(store, PLAIN, ALIASED, now + 2 * HOUR)
    with store.write() as tx:
        tx.tombstones.hide({1}, Hidden(at=now + 3 * HOUR, by=Hider.OPERATOR, reason="both of them"))
    rekeyed(store, ALIASED, PLAIN, now + 4 * HOUR)
    assert titles(store) == []


@pytest.mark.usefixtures("pair")
def test_what_a_rule_hid_hides_no_other_and_is_hidden_again_where_it_parts(store: Store, now: datetime) -> None:
    with store.write() as tx:
        tx.tombstones.hide({1}, Hidden(at=now, by=Hider.RULE))
    rekeyed(store, PLAIN, ALIASED, now + 2 * HOUR)
    assert titles(store) == ["As B has it"]
    rekeyed(store, ALIASED, PLAIN, now + 3 * HOUR)
    assert titles(store) == ["As B has it"]


def test_before_a_rekey_other_rules_repeat_nothing(store: Store, make_source: MakeSource, candidate: Make, now: datetime) -> None:
    source = make_source()
    items = [
        candidate(title="T1", url="https://a.example/old/1", content="<p>1</p>"),
        candidate(title="T2", url="https://a.example/m/2", guid="urn:a:2", content="<p>2</p>"),
    ]
    file(store, source, now, *items)
    with store.write() as tx:
        tx.rekeys.note_since(("other rules",))

    assert file(store, source, now + HOUR, *items, urls=ALIASED) == Tally(seen=2, unchanged=2)
    revised = replace(items[0], content="<p>1, corrected</p>")
    assert file(store, source, now + HOUR, revised, items[1], urls=ALIASED) == Tally(seen=2, revised=1, unchanged=1)
    rekeyed(store, PLAIN, ALIASED, now + HOUR)
    assert file(store, source, now + HOUR, revised, items[1], urls=ALIASED) == Tally(seen=2, unchanged=2)
    assert titles(store) == ["T1", "T2"]


def note_change(store: Store, was: UrlRules) -> None:
    """Do what a run does that finds other rules in the configuration than those that made the keys."""
    with store.write() as tx:
        tx.rekeys.note("former", json.encode(was).decode())
        tx.rekeys.note_since(("others",))


def test_before_a_rekey_another_feeds_link_is_known_by_what_the_former_rules_made_of_it(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    first, second = make_source("https://a.example/feed"), make_source("https://b.example/feed")
    file(store, first, now, candidate(title="As A has it", url="https://a.example/old/1", guid="urn:a:1"))
    note_change(store, PLAIN)
    items = [
        candidate(title="As B has it", url="https://a.example/old/1", guid="urn:b:1"),
        candidate(title="Another", url="https://a.example/old/2", guid="urn:b:2"),
    ]

    assert file(store, second, now + HOUR, *items, urls=ALIASED) == Tally(seen=2, new=1, merged=1)
    assert file(store, second, now + 2 * HOUR, *items, urls=ALIASED) == Tally(seen=2, unchanged=2)
    rekeyed(store, PLAIN, ALIASED, now + 3 * HOUR)
    assert titles(store) == ["Another", "As A has it"]
    assert file(store, second, now + 4 * HOUR, *items, urls=ALIASED) == Tally(seen=2, unchanged=2)


@pytest.mark.usefixtures("pair")
def test_before_a_rekey_what_the_new_rules_part_is_not_joined_any_more(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    rekeyed(store, PLAIN, ALIASED, now + 2 * HOUR)
    note_change(store, ALIASED)
    third = make_source("https://c.example/feed")
    other = candidate(title="As C has it", url="https://a.example/m/1", guid="urn:c:1")
    same = candidate(title="As C has it, too", url="https://a.example/old/1", guid="urn:c:2")

    assert file(store, third, now + 3 * HOUR, other, same) == Tally(seen=2, new=1, merged=1)
    rekeyed(store, ALIASED, PLAIN, now + 4 * HOUR)
    assert titles(store) == ["As A has it", "As B has it", "As C has it"]
    assert file(store, third, now + 5 * HOUR, other, same) == Tally(seen=2, unchanged=2)
