"""What is filed can be found: entries, keys, sightings, revisions, categories, on every database."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from aggregator.errors import UsageError
from aggregator.ingest import ingest, prepare_document
from aggregator.ingest_rules import IngestRules
from aggregator.model import KnownKey, Parsed, Provenance, Reject, Remark, Shelved, SourceKind, Subscription, Tally
from aggregator.urls import UrlRules

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from aggregator.model import Candidate, Source
    from aggregator.store import Store

    Make = Callable[..., Candidate]
    MakeSource = Callable[..., Source]

RULES = IngestRules(urls=UrlRules(), categories=(), default_category="未分类", authority="news.example.org")
HOUR = timedelta(hours=1)


def file(store: Store, source: Source, now: datetime, *candidates: Candidate, rejects: tuple[Reject, ...] = ()) -> Tally:
    parsed = Parsed(candidates=candidates, rejects=rejects)
    prepared = prepare_document(parsed, source, RULES, base_url=source.subscription.url)
    with store.write() as tx:
        return ingest(tx, source, prepared, RULES, now)


def publish(store: Store, at: datetime) -> None:
    """Let subscribers see what there is."""
    with store.write() as tx:
        tx.publications.begin(at)


def titles(store: Store) -> list[str]:
    with store.read() as tx:
        return [entry.title for entry in tx.reading.newest(100)]


def test_an_item_seen_again_is_unchanged(store: Store, make_source: MakeSource, candidate: Make, now: datetime) -> None:
    source = make_source()

    assert file(store, source, now, candidate()) == Tally(seen=1, new=1)
    assert file(store, source, now + HOUR, candidate()) == Tally(seen=1, unchanged=1)
    with store.read() as tx:
        (sighting,) = tx.stories.story("https://a.example/1", None).sightings
    assert (sighting.first_seen_at, sighting.last_seen_at, sighting.revisions) == (now, now + HOUR, 1)


def test_a_changed_item_is_a_revision_with_a_later_date(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    source = make_source()
    file(store, source, now, candidate(content="<p>Old</p>", published=now - HOUR))

    assert file(store, source, now + HOUR, candidate(content="<p>New</p>", published=now - HOUR)) == Tally(seen=1, revised=1)
    with store.read() as tx:
        (entry,) = tx.reading.newest(10)
    assert (entry.content, entry.published, entry.updated) == ("<p>New</p>", now - HOUR, now + HOUR)


def test_an_article_of_two_sources_is_one_entry_with_two_sightings(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    first, second = make_source("https://a.example/feed"), make_source("https://b.example/feed")
    file(store, first, now, candidate(title="As A has it", url="http://a.example/1"))

    other = candidate(title="As B has it", url="https://a.example/1?utm_source=b#top")
    assert file(store, second, now + HOUR, other) == Tally(seen=1, merged=1)
    with store.read() as tx:
        story = tx.stories.story("1", None)
    assert titles(store) == ["As A has it"]
    assert [(s.source_url, s.speaks, s.url) for s in story.sightings] == [
        ("https://a.example/feed", True, "http://a.example/1"),
        ("https://b.example/feed", False, "https://a.example/1?utm_source=b#top"),
    ]
    assert story.keys == (
        KnownKey(
            value="https://a.example/1", rule="url", reason="canonical form of the item's link",
            added_at=story.sightings[0].first_seen_at,
        ),
    )  # fmt: skip


def test_a_seed_takes_the_word_from_a_live_feed(store: Store, make_source: MakeSource, candidate: Make, now: datetime) -> None:
    feed, folder = make_source("https://a.example/feed"), make_source("seeds/", kind=SourceKind.SEEDS)
    file(store, feed, now, candidate(title="From the feed", published=now - HOUR))
    publish(store, now + HOUR)

    seed = candidate(title="From the seed", place="a.md")
    assert file(store, folder, now + 2 * HOUR, seed) == Tally(seen=1, merged=1)
    assert titles(store) == ["From the seed"]
    with store.read() as tx:
        (entry,) = tx.reading.newest(1)
    assert (entry.published, entry.updated) == (now - HOUR, now + 2 * HOUR)


def test_a_feed_cannot_overwrite_the_entry_of_another(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    first, second = make_source("https://a.example/feed"), make_source("https://b.example/feed")
    file(store, first, now, candidate(title="Mine", guid="urn:x:1"))
    file(store, second, now, candidate(title="Yours", guid="urn:x:1"))

    assert file(store, second, now + HOUR, candidate(title="Yours, changed", guid="urn:x:1")) == Tally(seen=1, merged=1)
    assert titles(store) == ["Mine"]


def test_a_guid_of_two_sources_is_two_entries_when_their_links_differ(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    first, second = make_source("https://a.example/feed"), make_source("https://b.example/feed")
    file(store, first, now, candidate(guid="urn:x:1", url="https://a.example/1", published=now))
    file(store, second, now, candidate(guid="urn:x:1", url="https://b.example/1", published=now - HOUR))

    with store.read() as tx:
        ids = [entry.atom_id for entry in tx.reading.newest(10)]
    assert ids[0] == "urn:x:1"
    assert ids[1].startswith("tag:news.example.org,2026:entry/")


@pytest.mark.parametrize(
    "shared",
    [
        pytest.param({"url": "https://a.example/changelog"}, id="one link on all items"),
        pytest.param({"guid": "same"}, id="one guid on all items"),
        pytest.param({"url": "https://a.example/changelog", "guid": "same"}, id="one link and one guid on all items"),
        pytest.param({"url": None}, id="no links"),
        pytest.param({"url": None, "guid": None}, id="neither links nor guids"),
    ],
)
def test_whatever_items_share_none_is_lost_and_none_comes_twice(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime, shared: dict[str, str | None]
) -> None:
    source = make_source()
    own = [{"url": f"https://a.example/{n}", "guid": f"urn:x:{n}"} for n in range(30)]
    items = [candidate(title=f"Item {n}", content=f"<p>{n}</p>", **(fields | shared)) for n, fields in enumerate(own)]

    assert file(store, source, now, *items) == Tally(seen=30, new=30)
    assert file(store, source, now + HOUR, *items) == Tally(seen=30, unchanged=30)
    assert file(store, source, now + HOUR, *reversed(items[5:7])) == Tally(seen=2, unchanged=2)
    assert len(titles(store)) == 30


def test_an_item_repeated_in_one_document_is_stored_once(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    source = make_source()

    assert file(store, source, now, candidate(), candidate()) == Tally(seen=2, new=1, merged=1)
    assert file(store, source, now, candidate(), candidate()) == Tally(seen=2, unchanged=1, merged=1)
    assert titles(store) == ["A title"]


def test_an_edit_under_a_new_guid_is_a_revision(store: Store, make_source: MakeSource, candidate: Make, now: datetime) -> None:
    """As BBC does: the link stays, the guid counts the edits, and the headline may change with it."""
    source = make_source()
    link = "https://a.example/news/1"
    versions = [
        candidate(title=t, url=link, guid=f"{link}#{n}", content=c)
        for n, (t, c) in enumerate([("1", "a"), ("2", "a"), ("2", "b")])
    ]

    assert [file(store, source, now + n * HOUR, v) for n, v in enumerate(versions)] == [
        Tally(seen=1, new=1), Tally(seen=1, revised=1), Tally(seen=1, revised=1),
    ]  # fmt: skip
    assert file(store, source, now + 3 * HOUR, versions[2]) == Tally(seen=1, unchanged=1)
    with store.read() as tx:
        story = tx.stories.story("1", None)
    assert (story.entry.title, story.entry.content, story.entry.updated) == ("2", "b", now + 2 * HOUR)
    assert [(s.revisions, s.guid) for s in story.sightings] == [(3, f"{link}#2")]


def test_items_that_once_shared_a_link_are_still_told_apart_when_one_comes_alone(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    source = make_source()
    page = "https://a.example/diary"
    items = [candidate(title=f"P{n}", url=f"{page}#p{n}", guid=f"{page}#p{n}", content=f"{n}") for n in range(4)]
    file(store, source, now, *items[:3])

    assert file(store, source, now, items[1]) == Tally(seen=1, unchanged=1)
    assert file(store, source, now, items[3]) == Tally(seen=1, new=1)
    assert file(store, source, now, *items) == Tally(seen=4, unchanged=4)
    assert sorted(titles(store)) == ["P0", "P1", "P2", "P3"]


def test_an_item_that_came_alone_first_keeps_its_entry_when_others_share_its_link(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    source = make_source()
    items = [candidate(title=f"P{n}", url="https://a.example/x", guid=f"urn:x:{n}", content=f"{n}") for n in range(3)]
    file(store, source, now, items[0])

    assert file(store, source, now, *items) == Tally(seen=3, new=2, unchanged=1)
    assert file(store, source, now, items[2]) == Tally(seen=1, unchanged=1)


def test_a_correction_is_published_although_the_source_that_spoke_is_gone(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    first, second = make_source("https://a.example/feed"), make_source("https://b.example/feed")
    file(store, first, now, candidate(title="Old"))
    file(store, second, now, candidate(title="Old"))
    with store.write() as tx:
        tx.sources.remove("https://a.example/feed")

    assert file(store, second, now + HOUR, candidate(title="Corrected")) == Tally(seen=1, revised=1)
    assert titles(store) == ["Corrected"]


def test_a_guid_used_again_for_another_article_overwrites_nothing(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    source = make_source()
    first = candidate(title="Monday", url="https://a.example/mon", guid="latest")
    second = candidate(title="Tuesday", url="https://a.example/tue", guid="latest")

    assert file(store, source, now, first) == Tally(seen=1, new=1)
    assert file(store, source, now, second) == Tally(seen=1, new=1)
    assert file(store, source, now, second) == Tally(seen=1, unchanged=1)
    assert sorted(titles(store)) == ["Monday", "Tuesday"]


def test_a_link_that_moves_under_the_same_guid_and_title_stays_one_entry_with_both_keys(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    source = make_source()
    file(store, source, now, candidate(url="https://a.example/old", guid="urn:x:1"))

    assert file(store, source, now, candidate(url="https://a.example/new", guid="urn:x:1")) == Tally(seen=1, revised=1)
    with store.read() as tx:
        keys = {key.value for key in tx.stories.story("1", None).keys}
    assert keys == {"https://a.example/old", "https://a.example/new"}


def test_an_item_that_changes_on_every_poll_is_no_longer_believed(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    source = make_source()
    tallies = [file(store, source, now, candidate(content=f"<p>{n}</p>")) for n in range(26)]

    assert tallies == [Tally(seen=1, new=1), *[Tally(seen=1, revised=1)] * 23, *[Tally(seen=1, churning=1)] * 2]


def test_rejects_are_kept_with_their_reason_once(store: Store, make_source: MakeSource, candidate: Make, now: datetime) -> None:
    source = make_source()
    bad = Reject(place="item 2", code="empty-item", message="nothing in it", raw="<item/>")

    assert file(store, source, now, candidate(), rejects=(bad,)) == Tally(seen=2, new=1, quarantined=1)
    assert file(store, source, now + HOUR, candidate(), rejects=(bad,)) == Tally(seen=2, unchanged=1, quarantined=1)
    with store.read() as tx:
        (row,) = tx.quarantine.all()
    assert (row.code, row.raw, row.entry_id, row.first_seen_at, row.last_seen_at) == (
        "empty-item", "<item/>", None, now, now + HOUR,
    )  # fmt: skip


def test_a_flaw_of_a_stored_entry_is_listed_beside_it(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    flawed = candidate(remarks=(Remark(code="unknown-date", message="“soon” is no date"),))
    file(store, make_source(), now, flawed)

    with store.read() as tx:
        (row,) = tx.quarantine.all()
    assert (row.code, row.message, row.entry_id) == ("unknown-date", "“soon” is no date", 1)


def test_a_slug_that_a_seed_brought_and_the_name_that_gives_it_are_one_category(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    folder = make_source("seeds/", kind=SourceKind.SEEDS)
    feed = make_source("https://b.example/feed", categories=("人民邮电报",))
    file(store, folder, now, candidate(url="https://a.example/1", categories=("renminyoudianbao",)))
    file(store, feed, now, candidate(url="https://a.example/2"))

    with store.read() as tx:
        found = [(c.slug, c.name, c.entry_count) for c in tx.categories.all()]
    assert found == [("renminyoudianbao", "人民邮电报", 2)]


def test_two_names_that_sound_alike_are_two_categories(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    file(store, make_source(categories=("时事", "实事")), now, candidate())

    with store.read() as tx:
        found = sorted((c.slug, c.name) for c in tx.categories.all())
    assert [slug for slug, _ in found] == ["shishi", "shishi-2"]
    assert {name for _, name in found} == {"时事", "实事"}


def test_every_category_says_why(store: Store, make_source: MakeSource, candidate: Make, now: datetime) -> None:
    file(store, make_source(categories=("科技",)), now, candidate())

    with store.read() as tx:
        assert tx.stories.story("1", None).shelves == (
            Shelved(slug="keji", name="科技", reason="subscribed under this category: https://a.example/feed"),
        )


def test_only_what_shows_in_a_category_marks_it_as_changed(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    source = make_source(categories=("科技",))
    step = partial(file, store, source)

    def revision() -> int:
        with store.read() as tx:
            return tx.categories.find("keji").revision

    step(now, candidate())
    first = revision()
    step(now + HOUR, candidate())
    assert revision() == first
    step(now + HOUR, candidate(content="<p>New text</p>"))
    assert revision() > first


def test_what_a_feed_says_of_itself_marks_its_categories_but_its_own_date_does_not(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    source = make_source(categories=("科技",))
    file(store, source, now, candidate())
    revisions = []
    for provenance in (Provenance(title="A"), Provenance(title="A", updated=now), Provenance(title="B", updated=now)):
        with store.write() as tx:
            tx.sources.learn(tx.sources.find(source.subscription.url), provenance)
        with store.read() as tx:
            revisions.append(tx.categories.find("keji").revision)

    assert revisions == [2, 2, 3]


def test_a_failed_transaction_leaves_nothing(store: Store, make_source: MakeSource, candidate: Make, now: datetime) -> None:
    source = make_source()
    prepared = prepare_document(Parsed(candidates=(candidate(),)), source, RULES, base_url="https://a.example/")

    def fail_at_the_end() -> None:
        with store.write() as tx:
            ingest(tx, source, prepared, RULES, now)
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        fail_at_the_end()
    assert titles(store) == []


def test_the_order_in_which_servers_answer_changes_nothing(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    """Of two feeds that bring an article before anything was published, the one subscribed first speaks, with its id and date."""
    first, second = make_source("https://a.example/feed"), make_source("https://b.example/feed", categories=("科技",))
    mine = candidate(title="A's", guid="urn:a:1", published=now - 2 * HOUR)
    yours = candidate(title="B's", guid="urn:b:1", published=now - HOUR)
    file(store, second, now, yours)

    assert file(store, first, now, mine) == Tally(seen=1, merged=1)
    with store.read() as tx:
        (entry,) = tx.reading.newest_of(tx.categories.find("keji"), 10)
    assert (entry.title, entry.atom_id, entry.published, entry.updated) == ("A's", "urn:a:1", now - 2 * HOUR, now - 2 * HOUR)


def test_once_published_an_entry_keeps_its_speaker_its_id_and_its_date(
    store: Store, make_source: MakeSource, candidate: Make, now: datetime
) -> None:
    first, second = make_source("https://a.example/feed"), make_source("https://b.example/feed")
    file(store, second, now, candidate(title="B's", guid="urn:b:1", published=now - HOUR))
    publish(store, now + HOUR)

    file(store, first, now + 2 * HOUR, candidate(title="A's", guid="urn:a:1", published=now - 2 * HOUR))
    with store.read() as tx:
        (entry,) = tx.reading.newest(10)
    assert (entry.title, entry.atom_id, entry.published) == ("B's", "urn:b:1", now - HOUR)


def test_two_categories_may_swap_their_names(store: Store, now: datetime) -> None:
    for declared in ([("A", "one"), ("B", "two")], [("B", "one"), ("A", "two")]):
        with store.write() as tx:
            tx.categories.follow(declared, now)

    with store.read() as tx:
        assert [(c.slug, c.name) for c in tx.categories.all()] == [("one", "B"), ("two", "A")]


def test_a_published_category_gets_no_second_slug(store: Store, make_source: MakeSource, candidate: Make, now: datetime) -> None:
    file(store, make_source(categories=("科技",)), now, candidate())

    def follow() -> None:
        with store.write() as tx:
            tx.categories.follow([("科技", "tech")], now)

    with pytest.raises(UsageError, match="published as keji, and cannot become tech from here"):
        follow()


def test_a_feed_that_is_given_another_title_shows_it(store: Store, candidate: Make, now: datetime) -> None:
    url = "https://a.example/feed"
    shown = []
    for title in (None, "Mine"):
        with store.write() as tx:
            tx.sources.follow([Subscription(url=url, title=title, categories=("科技",))], now)
        with store.write() as tx:
            source = tx.sources.find(url)
            tx.sources.learn(source, Provenance(title="Its own"))
        file(store, source, now, candidate())
        with store.read() as tx:
            shown.append((tx.reading.newest(1)[0].provenance.title, tx.categories.find("keji").revision))

    assert shown == [("Its own", 1), ("Mine", 2)]


def test_a_feed_added_again_under_another_title_shows_it(store: Store, candidate: Make, now: datetime) -> None:
    url = "https://a.example/feed"
    with store.write() as tx:
        source = tx.sources.add(Subscription(url=url, title="Old", categories=("科技",)), now)
    file(store, source, now, candidate())
    with store.write() as tx:
        tx.sources.remove(url)
        tx.sources.add(Subscription(url=url, title="New", categories=("科技",)), now)

    with store.read() as tx:
        assert (tx.reading.newest(1)[0].provenance.title, tx.categories.find("keji").revision) == ("New", 2)
