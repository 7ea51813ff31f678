"""Hidden entries are shown nowhere, are known when they come again, and come back whole, on every database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from store_content import content

from aggregator.errors import NotFoundError
from aggregator.ingest import ingest, prepare_document, prepare_files
from aggregator.ingest_rules import IngestRules
from aggregator.model import (
    Conclusion,
    Hidden,
    Hider,
    Memory,
    NextPoll,
    Parsed,
    Poll,
    PollOutcome,
    PollState,
    Restored,
    SeedState,
    SourceKind,
    Tally,
    Tombstone,
    Validators,
)
from aggregator.model.guarding import Held
from aggregator.urls import UrlRules

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.model import Candidate, Source, Story
    from aggregator.store import Store

    Make = Callable[..., Candidate]
    MakeSource = Callable[..., Source]

RULES = IngestRules(urls=UrlRules(), categories=(), default_category="未分类", authority="news.example.org")
HOUR = timedelta(hours=1)
NOW = datetime(2026, 1, 9, tzinfo=UTC)
LINK = "https://a.example/1"


def file(store: Store, source: Source, now: datetime, *candidates: Candidate) -> Tally:
    """File what a source carries: a document of a feed, or the files of a folder."""
    if source.subscription.kind is SourceKind.SEEDS:
        prepared = prepare_files(candidates, (), source, RULES)
    else:
        prepared = prepare_document(Parsed(candidates=candidates), source, RULES, base_url=source.subscription.url)
    with store.write() as tx:
        return ingest(tx, source, prepared, RULES, now)


def story(store: Store, what: str = LINK) -> Story:
    with store.read() as tx:
        return tx.stories.story(what, None)


def said(store: Store) -> dict[str, list[tuple[int, str | None]]]:
    """Return what is kept of what each source said: number and text."""
    with store.read() as tx:
        found = tx.stories.story(LINK, None)
        kept = tx.stories.history(found.entry.id)
    return {s.source_url: [(r.number, r.content) for r in kept.get(s.id, ())] for s in found.sightings}


def hide(store: Store, now: datetime, *numbers: int, by: Hider = Hider.OPERATOR) -> None:
    with store.write() as tx:
        tx.tombstones.hide(numbers, Hidden(at=now, by=by, reason="spam"))


def restore(store: Store, *numbers: int) -> None:
    with store.write() as tx:
        tx.tombstones.restore(numbers, NOW)


def test_a_hidden_entry_is_shown_and_counted_nowhere(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    source = make_source(categories=("科技",))
    newest = candidate("Hidden", url="https://a.example/h", published=now)
    file(store, source, now, newest, candidate("Shown", url="https://a.example/s", published=now - HOUR))
    hide(store, now, story(store, "https://a.example/h").entry.id)

    with store.read() as tx:
        (shelf,) = (c for c in tx.categories.all() if c.slug == "keji")
        everything = tx.categories.everything("all", tx.categories.all())
        lists = (tx.reading.newest(9), tx.reading.newest_of(shelf, 9))
    assert [[entry.title for entry in found] for found in lists] == [["Shown"]] * 2
    assert (shelf.entry_count, shelf.newest, everything.entry_count, everything.newest) == (1, now - HOUR, 1, now - HOUR)


def test_a_category_of_hidden_entries_only_is_empty(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    file(store, make_source(categories=("科技",)), now, candidate())
    hide(store, now, 1)

    with store.read() as tx:
        shelf = tx.categories.find("keji")
    assert (shelf.entry_count, shelf.newest) == (0, None)


def test_hidden_entries_are_listed_with_the_reason(store: Store, make_source: MakeSource, candidate: Make, now: datetime) -> None:
    file(store, make_source(), now, candidate())
    hide(store, now + HOUR, 1, by=Hider.RULE)

    with store.read() as tx:
        assert tx.tombstones.all(9) == (
            Tombstone(id=1, title="A title", url=LINK, hidden=Hidden(at=now + HOUR, by=Hider.RULE, reason="spam")),
        )
    assert story(store).hidden == Hidden(at=now + HOUR, by=Hider.RULE, reason="spam")


def test_what_a_source_says_of_a_hidden_entry_is_not_kept_but_that_it_was_seen_is(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    source = make_source()
    file(store, source, now, candidate(content="old"))
    hide(store, now, 1)

    assert file(store, source, now + HOUR, candidate(content="old")) == Tally(seen=1, tombstoned=1)
    assert file(store, source, now + 2 * HOUR, candidate(content="new")) == Tally(seen=1, tombstoned=1)
    assert said(store) == {"https://a.example/feed": [(1, "old")]}
    assert story(store).sightings[0].last_seen_at == now + 2 * HOUR


def test_another_carrier_of_a_hidden_entry_becomes_its_sighting(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    first, second = make_source("https://a.example/feed"), make_source("https://b.example/feed", categories=("科技",))
    folder = make_source("seeds/", kind=SourceKind.SEEDS)
    file(store, first, now, candidate(content="mine"))
    hide(store, now, 1)

    assert file(store, second, now + HOUR, candidate(content="yours")) == Tally(seen=1, tombstoned=1)
    assert file(store, folder, now + HOUR, candidate(place="a.md", content="seed")) == Tally(seen=1, tombstoned=1)
    assert said(store) == {"https://a.example/feed": [(1, "mine")], "https://b.example/feed": [], "seeds/": []}
    assert [(s.verdict, s.rule, s.speaks) for s in story(store).sightings] == [
        ("new", "url", True), ("tombstoned", "hidden", False), ("tombstoned", "hidden", False),
    ]  # fmt: skip
    assert [shelf.slug for shelf in story(store).shelves] == ["weifenlei"]


def test_an_article_twice_in_a_document_does_not_speak_for_a_hidden_entry(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    file(store, make_source(), now, candidate())
    hide(store, now, 1)
    other = make_source("https://b.example/feed")

    one, two = candidate(guid="urn:1", content="1"), candidate(guid="urn:1", content="2")
    assert file(store, other, now, one, two) == Tally(seen=2, tombstoned=2)
    assert sum(len(revisions) for revisions in said(store).values()) == 1


def test_a_restored_entry_takes_what_changed_meanwhile_as_a_revision(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    source = make_source(categories=("科技",))
    file(store, source, now, candidate(content="old"))
    hide(store, now, 1)
    file(store, source, now + HOUR, candidate(content="new"))
    restore(store, 1)

    with store.read() as tx:
        assert [entry.content for entry in tx.reading.newest(9)] == ["old"]
        assert tx.categories.find("keji").entry_count == 1
    assert file(store, source, now + 2 * HOUR, candidate(content="new")) == Tally(seen=1, revised=1)
    assert said(store) == {"https://a.example/feed": [(1, "old"), (2, "new")]}


@pytest.mark.parametrize(
    ("kind", "expected", "text"),
    [
        pytest.param(SourceKind.FEED, ("merged", "same-key", False), "mine", id="a feed is one more carrier"),
        pytest.param(SourceKind.SEEDS, ("merged", "seed-speaks", True), "yours", id="a seed speaks"),
    ],
)
def test_who_came_while_an_entry_was_hidden_is_heard_once_it_is_not(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime, kind: SourceKind, expected: object, text: str
) -> None:
    first, second = make_source("https://a.example/feed"), make_source("second", kind=kind, categories=("科技",))
    file(store, first, now, candidate(content="mine"))
    hide(store, now, 1)
    file(store, second, now + HOUR, candidate(content="yours"))
    restore(store, 1)

    assert file(store, second, now + 2 * HOUR, candidate(content="yours")) == Tally(seen=1, merged=1)
    found = story(store)
    assert (found.sightings[1].verdict, found.sightings[1].rule, found.sightings[1].speaks) == expected
    assert (found.entry.content, len(said(store)["second"]), len(found.shelves)) == (text, 1, 2)
    assert file(store, second, now + 3 * HOUR, candidate(content="yours")) == Tally(seen=1, unchanged=1)


def test_hiding_and_restoring_mark_the_categories_of_the_entry_and_no_others(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    file(store, make_source(categories=("A", "B")), now, candidate())
    file(store, make_source("https://b.example/feed", categories=("C",)), now, candidate(url="https://b.example/1"))

    def revisions() -> list[int]:
        with store.read() as tx:
            return [category.revision for category in tx.categories.all()]

    steps = [revisions()]
    for _ in range(2):
        hide(store, now, 1)
        steps.append(revisions())
    for _ in range(2):
        restore(store, 1)
        steps.append(revisions())
    assert steps == [[1, 1, 1], [2, 2, 1], [2, 2, 1], [3, 3, 1], [3, 3, 1]]


def test_the_feeds_that_carry_a_restored_entry_are_read_whole_once_more(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    """What was in them while it was hidden counted as read, and was not kept."""
    carries, other = make_source("https://a.example/feed"), make_source("https://b.example/feed")
    file(store, carries, now, candidate())
    file(store, other, now, candidate(url="https://b.example/1"))
    with store.write() as tx:
        tx.sources.conclude([_read(carries, now), _read(other, now)])
        for source in (carries, other):
            tx.memories.keep(source, Memory(seen_items=b"seen"))
    hide(store, now, 1)
    restore(store, 1)

    with store.read() as tx:
        found = [(tx.sources.find(source.subscription.url), tx.memories.find(source)) for source in (carries, other)]
    vouching = [(source.validators, source.document_digest, memory.seen_items) for source, memory in found]
    assert vouching == [(Validators(), None, None), (Validators(etag="e", last_modified="l"), b"d", b"seen")]


def test_of_a_seed_folder_only_the_file_of_a_restored_entry_is_read_again(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    folder = make_source("seeds/", kind=SourceKind.SEEDS)
    file(store, folder, now, candidate(place="a.md"), candidate(place="b.md", url="https://a.example/b"))
    rules, listing = b"r" * 16, b"l" * 16
    with store.write() as tx:
        states = [SeedState(path=path, size=1, mtime_ns=1, digest=b"d") for path in ("a.md", "b.md")]
        tx.seed_files.put(folder, states, now)
        tx.sources.conclude([replace(_read(folder, now), digest=rules + listing)])
    hide(store, now, 1)
    restore(store, 1)

    with store.read() as tx:
        assert tx.sources.find("seeds/").document_digest == rules
        assert set(tx.seed_files.stats(folder)) == {"b.md"}


def _read(source: Source, now: datetime) -> Conclusion:
    return Conclusion(
        source=source,
        poll=Poll(source_id=source.id, started_at=now, outcome=PollOutcome.READ),
        next_poll=NextPoll(at=None, reason=""),
        validators=Validators(etag="e", last_modified="l"),
        digest=b"d",
        state=PollState(document_at=now),
    )


def test_who_asks_for_an_item_that_a_guard_holds_is_told_where_it_is(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    source = make_source()
    (item,) = prepare_document(Parsed(candidates=(candidate(guid="urn:x:1"),)), source, RULES, base_url=LINK).items
    with store.write() as tx:
        tx.custody.hold(source, [(item, Held(carrier=item.carrier, code="flood", message="one of many"))], now)

    for what in (LINK, "urn:x:1"):
        with store.read() as tx, pytest.raises(NotFoundError, match=r"quarantine holds it as row 1 \(flood\): one of many"):
            tx.stories.story(what, None)
    with store.read() as tx, pytest.raises(NotFoundError, match="`aggregator entry list` shows the newest"):
        tx.stories.story("https://a.example/other", None)


def test_who_hides_what_a_rule_hid_hides_it_for_good(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    source = make_source()
    file(store, source, now, candidate(content="old"))
    hide(store, now, 1, by=Hider.RULE)
    hide(store, now + HOUR, 1)

    assert story(store).hidden == Hidden(at=now + HOUR, by=Hider.OPERATOR, reason="spam")
    assert file(store, source, now, candidate(content="new")) == Tally(seen=1, tombstoned=1)


def test_hiding_and_restoring_leaves_the_store_as_it_was(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    file(store, make_source(), now, candidate())
    before = content(store, "categories.revision")
    hide(store, now, 1)
    restore(store, 1)

    after = content(store, "categories.revision")
    (noted,) = (row for row in after["facts"] if row not in before["facts"])
    assert noted["name"] == "restored entry 1"
    assert {name: rows for name, rows in after.items() if name != "facts"} == {n: r for n, r in before.items() if n != "facts"}


def test_when_an_entry_was_shown_again_is_kept_with_what_it_had_been_hidden_for(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    file(store, make_source(), now, candidate())
    assert story(store).restored is None
    hide(store, now, 1, by=Hider.RULE)
    restore(store, 1)
    hide(store, now + HOUR, 1)

    assert story(store).restored == Restored(at=NOW, hidden=Hidden(at=now, by=Hider.RULE, reason="spam"))


def test_an_entry_merged_into_another_is_neither_shown_nor_counted_and_leads_there(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    source = make_source()
    file(store, source, now, candidate("Stays"), candidate("Goes", url="https://a.example/2", guid="urn:x:2"))
    gone = story(store, "https://a.example/2").entry
    with store.write() as tx:
        run = tx.sources.connection.run
        run("UPDATE sightings SET entry_id = 1, home_id = 2, speaks_for = NULL WHERE entry_id = 2")
        run("UPDATE keys SET entry_id = 1 WHERE entry_id = 2")
        run("DELETE FROM assignments WHERE entry_id = 2")
        run("UPDATE entries SET merged_into = 1 WHERE id = 2")

    with store.read() as tx:
        assert [entry.title for entry in tx.reading.newest(9)] == ["Stays"]
        assert tx.categories.shown() == 1
        found = [tx.stories.story(what, None) for what in ("2", gone.atom_id, "https://a.example/2")]
    assert [f.entry.title for f in found] == ["Stays"] * 3
    assert found[0].merged == ((2, "urn:x:2"),)


def test_the_newest_revisions_of_each_carrier_are_kept(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    first, second = make_source("https://a.example/feed"), make_source("https://b.example/feed")
    for number in range(14):
        file(store, first, now + number * HOUR, candidate(content=f"{number}"))
        file(store, second, now + number * HOUR, candidate(content=f"other {number // 7}"))

    assert said(store) == {
        "https://a.example/feed": [(number + 1, f"{number}") for number in range(4, 14)],
        "https://b.example/feed": [(1, "other 0"), (2, "other 1")],
    }
    assert story(store).entry.content == "13"


def test_what_flips_between_two_texts_ends_churning(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    source = make_source()
    tallies = [file(store, source, now + n * HOUR, candidate(content="AB"[n % 2])) for n in range(27)]

    assert tallies == [
        Tally(seen=1, new=1),
        *[Tally(seen=1, revised=1)] * 23,
        Tally(seen=1, churning=1),  # A
        Tally(seen=1, unchanged=1),  # B, which is what subscribers have
        Tally(seen=1, churning=1),
    ]
    assert story(store).entry.content == "B"


def test_what_no_reader_sees_is_no_revision(store: Store, make_source: MakeSource, candidate: Make, now: datetime) -> None:
    source = make_source()
    texts = [
        '<p>Read <a href="https://b.example/?utm_source=1">this</a></p>',
        '<p>Read <a href="https://b.example/?utm_source=2">this</a></p>',
        '<p>Read&nbsp; <a href="https://b.example/">this</a> </p>\n',
        '<p>Read <a href="https://c.example/">this</a></p>',
    ]

    assert [file(store, source, now + n * HOUR, candidate(content=text)) for n, text in enumerate(texts)] == [
        Tally(seen=1, new=1), Tally(seen=1, unchanged=1), Tally(seen=1, unchanged=1), Tally(seen=1, revised=1),
    ]  # fmt: skip
