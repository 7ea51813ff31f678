"""Documents unlike what their source carried before, through real polls: held, or led to their old entries, and what follows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from loopback_server import Loopback, Reply
from rounds import NOW, RULES, Rounds
from store_content import assert_every_item_is_accounted_for, content

from aggregator.ingest import release
from aggregator.model import Poll, PollOutcome, Provenance, Tally, Validators
from aggregator.model.guarding import FLOOD, SWAPPED
from aggregator.store.custody import Custody

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from datetime import datetime

    from aggregator.model import PublishedEntry, Source
    from aggregator.model.guarding import Held, Recent
    from aggregator.store import Store

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LONG_AGO = NOW - 300 * DAY
_BEES = "Bees and hives", "https://old.example/"
_SHOES = "Cheap running shoes", "https://shoes.example/"


def item(number: int, host: str = "old.example", date: datetime | None = LONG_AGO, text: str = "") -> str:
    """Return an item whose words are its own, and none of whose names says which it is on another host."""
    told = text or f"What happened in hive number {number} last summer, told at length"
    dated = f"<pubDate>{date + number * MINUTE:%a, %d %b %Y %H:%M:%S} GMT</pubDate>" if date else ""
    return (
        f"<item><title>The story of hive number {number}</title><link>https://{host}/{number}/the-story-of-a-hive</link>"
        f'<guid isPermaLink="false">{host}: {number}</guid><description>{told}</description>{dated}</item>'
    )


def feed(items: Iterable[str], named: tuple[str, str] = _BEES, etag: str | None = None) -> Reply:
    title, site = named
    body = f'<rss version="2.0"><channel><title>{title}</title><link>{site}</link>{"".join(items)}</channel></rss>'
    return Reply(body=body.encode(), headers={"ETag": etag} if etag else {})


@pytest.fixture(name="rounds")
def _rounds(store: Store, loopback: Loopback) -> Iterator[Rounds]:
    yield Rounds(store, loopback)
    assert_every_item_is_accounted_for(store)


@pytest.fixture(name="url")
def _url(rounds: Rounds, loopback: Loopback) -> str:
    """Return a feed that carried ten items a day ago, and has an entry about every day."""
    loopback.replies["/feed"] = feed([item(n) for n in range(10)], etag='"bees"')
    url = rounds.subscribe("/feed", categories=("Bees",))
    rounds.poll_one(url)
    rounds.now += DAY
    return url


def entries(rounds: Rounds) -> tuple[PublishedEntry, ...]:
    with rounds.store.read() as tx:
        return tx.reading.newest(1000)


def revision(rounds: Rounds) -> int:
    with rounds.store.read() as tx:
        return tx.categories.find("Bees").revision


def held(rounds: Rounds) -> list[dict[str, Any]]:
    return [row for row in content(rounds.store)["quarantine"] if row["carrier"]]


def let_in(rounds: Rounds, url: str) -> Tally:
    """Do what `quarantine release --source` does."""
    with rounds.store.write() as tx:
        source = tx.sources.find(url)
        items = tx.custody.items_of(source, None)
        tally = release(tx, source, items, RULES, rounds.now)
        tx.custody.let_go(items)
    return tally


def poll(rounds: Rounds, loopback: Loopback, url: str, reply: Reply, after: timedelta = HOUR) -> Poll:
    loopback.replies["/feed"] = reply
    return rounds.poll_one(url, after=after)


# --- moved ---------------------------------------------------------------------------------------------------------------------


def test_a_platform_move_republishes_nothing_and_the_items_are_known_by_their_new_names_from_then_on(
    rounds: Rounds, loopback: Loopback, url: str
) -> None:
    before, revised = entries(rounds), revision(rounds)
    moved = [item(n, "new.example") for n in range(10)]
    row = poll(rounds, loopback, url, feed([*moved, item(10, "new.example", rounds.now - DAY)]))

    assert row.tally == Tally(seen=11, new=1, unchanged=10)
    assert [e for e in entries(rounds) if e.title != "The story of hive number 10"] == list(before)
    assert revision(rounds) == revised + 1  # by the new one
    (one,) = (row for row in content(rounds.store)["sightings"] if row["title"] == "The story of hive number 3")
    columns = ("guid", "url", "carrier", "verdict", "rule", "revisions", "last_seen_at", "ended_at")
    assert {name: one[name] for name in columns} == {
        "guid": "new.example: 3", "url": "https://new.example/3/the-story-of-a-hive", "carrier": "guid:new.example: 3",
        "verdict": "unchanged", "rule": "moved", "revisions": 1, "last_seen_at": rounds.now, "ended_at": None,
    }  # fmt: skip
    keys = {row["key"] for row in content(rounds.store)["keys"]}
    assert {"https://old.example/3/the-story-of-a-hive", "https://new.example/3/the-story-of-a-hive"} <= keys

    again = poll(rounds, loopback, url, feed([*moved, "<!-- later -->"]))
    assert again.tally == Tally(seen=10, unchanged=10)
    edited = poll(rounds, loopback, url, feed([*moved[:9], item(9, "new.example", text="We were wrong about hive 9")]))
    assert edited.tally == Tally(seen=10, unchanged=9, revised=1)


_FLOWERS = (
    "amber", "birch", "cedar", "daisy", "elder", "fern", "gorse", "hazel", "iris", "jasmine", "kale", "lilac", "maple", "nettle",
    "olive",
)  # fmt: skip


def tale(number: int, link: str, date: datetime, *, title: str | None = None, text: str | None = None) -> str:
    """Return an item with a title and a long text that are no other's, unless others are given; "" is no title."""
    flower = _FLOWERS[number]
    titled = f"How the {flower} came to flower" if title is None else title
    told = text or (
        f"In the summer when the {flower} was late the keepers of the hives waited for weeks until it opened, and then the bees"
        " went out to all of it at once."
    )
    return (
        f"<item>{f'<title>{titled}</title>' if titled else ''}<link>https://{link}</link>"
        f'<guid isPermaLink="false">{link}</guid><description>{told}</description>'
        f"<pubDate>{date:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
    )


@pytest.fixture(name="garden")
def _garden(rounds: Rounds, loopback: Loopback) -> str:
    """Return a feed that carried fifteen items a day ago, one of each day."""
    loopback.replies["/feed"] = feed(
        [tale(n, f"old.example/2025/how-the-{f}-flowers", NOW - n * DAY) for n, f in enumerate(_FLOWERS)]
    )
    url = rounds.subscribe("/feed", categories=("Bees",))
    rounds.poll_one(url)
    rounds.now += DAY
    return url


_MOVES: dict[str, Callable[[int, datetime], str]] = {
    "retitled": lambda n, _: tale(n, f"new.example/?p={n}", NOW - n * DAY, title=f"Notes on {_FLOWERS[-n]}"),
    "titles left out": lambda n, _: tale(n, f"new.example/?p={n}", NOW - n * DAY, title=""),
    "texts rewritten, dated anew": lambda n, now: tale(n, f"new.example/?p={n}", now - n * MINUTE, text=f"Read on: {n}"),
    "only the paths as before": lambda n, _: tale(
        n,
        f"new.example/2025/how-the-{_FLOWERS[n]}-flowers",
        NOW - n * DAY,
        title=f"Notes on {_FLOWERS[-n]}",
        text=f"Read on: {n}",
    ),
}


@pytest.mark.parametrize("how", _MOVES)
def test_a_platform_move_that_leaves_but_one_thing_as_it_was_republishes_nothing(
    rounds: Rounds, loopback: Loopback, garden: str, how: str
) -> None:
    before, revised = entries(rounds), revision(rounds)
    items = [_MOVES[how](n, rounds.now) for n in range(15)]
    row = poll(rounds, loopback, garden, feed(items))

    assert row.tally == Tally(seen=15, unchanged=15)
    assert (entries(rounds), revision(rounds)) == (before, revised)
    assert {row["rule"] for row in content(rounds.store)["sightings"]} == {"moved"}
    again = poll(rounds, loopback, garden, feed([*items, "<!-- later -->"]))
    assert again.tally == Tally(seen=15, unchanged=15)


_NEWS: dict[str, Callable[[int, datetime], str]] = {
    "news of one day": lambda n, now: tale(
        n, f"old.example/?p={n}", now - n * MINUTE, title=f"Notes on {_FLOWERS[-n]}", text=f"Seen today: {n} of them"
    ),
    "generic titles": lambda n, now: tale(n, f"old.example/?p={n}", now - n * DAY, title="Daily brief", text=f"Read on: {n}"),
    "a series at its pace": lambda n, now: tale(n, f"old.example/?p={n}", now + 7 * DAY - n * DAY, text=f"Read on: {n}"),
}


@pytest.mark.parametrize("what", _NEWS)
def test_as_many_articles_that_are_new_are_published(rounds: Rounds, loopback: Loopback, garden: str, what: str) -> None:
    row = poll(rounds, loopback, garden, feed([_NEWS[what](n, rounds.now) for n in range(15)]))

    assert row.tally == Tally(seen=15, new=15)
    assert len(entries(rounds)) == 30


# --- floods --------------------------------------------------------------------------------------------------------------------


def flooded(rounds: Rounds, loopback: Loopback, url: str) -> Poll:
    """Poll 300 undated items beside one of last year."""
    return poll(rounds, loopback, url, feed([item(1000), *(item(n, date=None) for n in range(100, 400))], etag='"flood"'))


def test_a_flood_is_held_whole_and_what_is_not_on_top_goes_in(rounds: Rounds, loopback: Loopback, url: str) -> None:
    memory = rounds.memory(url).seen_items
    row = flooded(rounds, loopback, url)
    source = rounds.source(url)

    assert row.tally == Tally(seen=301, new=1, quarantined=300)
    assert row.remark is not None
    assert (row.remark.code, row.remark.message) == (FLOOD, "300 items are held back: `aggregator quarantine list` tells why")
    assert len(entries(rounds)) == 11
    assert {(row["code"], row["first_seen_at"]) for row in held(rounds)} == {(FLOOD, rounds.now)}
    assert (source.validators, rounds.memory(url).seen_items) == (Validators(etag='"flood"'), memory)


def test_what_is_held_stays_held_though_later_documents_are_no_flood(rounds: Rounds, loopback: Loopback, url: str) -> None:
    flooded(rounds, loopback, url)
    rows = held(rounds)
    same = rounds.poll_one(url, after=HOUR)
    few = [item(n, date=None) for n in range(100, 110)]
    later = poll(rounds, loopback, url, feed([item(2000, date=None), *few, item(1)]))

    assert same.outcome is PollOutcome.NOT_MODIFIED
    assert same.remark is not None
    assert later.tally == Tally(seen=12, new=1, unchanged=1, quarantined=10)
    assert [row["last_seen_at"] for row in held(rounds)].count(rounds.now) == 10
    assert {row["carrier"] for row in held(rounds)} == {row["carrier"] for row in rows}


def test_a_flood_that_is_released_is_dated_when_it_came_and_known_from_then_on(
    rounds: Rounds, loopback: Loopback, url: str
) -> None:
    flooded(rounds, loopback, url)
    came, rounds.now = rounds.now, rounds.now + 2 * DAY
    revised = revision(rounds)

    assert let_in(rounds, url) == Tally(seen=300, new=300)
    assert {e.published for e in entries(rounds)[:300]} == {came}
    stored = content(rounds.store)
    assert {row["first_seen_at"] for table in ("entries", "sightings") for row in stored[table]} == {NOW, came}
    assert {row["added_at"] for row in stored["keys"]} == {NOW, came}
    assert [row["last_seen_at"] for row in stored["sightings"]].count(rounds.now) == 300
    assert (len(entries(rounds)), held(rounds)) == (311, [])
    assert revision(rounds) == revised + 1
    again = rounds.poll_one(url, after=HOUR)
    assert (again.outcome, again.tally, again.remark) == (PollOutcome.READ, Tally(seen=301, unchanged=301), None)
    assert rounds.poll_one(url, after=HOUR).outcome is PollOutcome.NOT_MODIFIED


def test_of_what_is_held_the_newest_text_is_released(rounds: Rounds, loopback: Loopback, url: str) -> None:
    flooded(rounds, loopback, url)
    edited = item(100, date=None, text="We were wrong about hive 100, and say so here")
    row = poll(rounds, loopback, url, feed([edited]))
    let_in(rounds, url)

    assert row.tally == Tally(seen=1, quarantined=1)
    (entry,) = (e for e in entries(rounds) if e.title == "The story of hive number 100")
    assert entry.summary == "We were wrong about hive 100, and say so here"


def test_what_was_dropped_never_comes_in_by_itself(rounds: Rounds, loopback: Loopback, url: str) -> None:
    flooded(rounds, loopback, url)
    with rounds.store.write() as tx:
        tx.custody.drop(tx.custody.items_of(tx.sources.find(url), FLOOD), rounds.now)
    few = [item(n, date=None) for n in range(100, 110)]
    rows = [poll(rounds, loopback, url, feed([*few, text])) for text in ("<!-- 1 -->", "<!-- 2 -->")]

    assert [(row.tally, row.remark) for row in rows] == [(Tally(seen=10, tombstoned=10), None)] * 2
    assert len(entries(rounds)) == 11
    with rounds.store.read() as tx:
        assert tx.quarantine.all() == ()
        assert len(tx.quarantine.dropped()) == 300
        assert tx.quarantine.counts(tx.sources.find(url)) == ()


# --- swapped -------------------------------------------------------------------------------------------------------------------

SHOES = [item(n, "shoes.example", NOW, text=f"Buy shoe {n} now, it is cheap and good").replace("hive", "shoe") for n in range(5)]


def test_another_feeds_document_is_held_and_nothing_is_learned_from_it(rounds: Rounds, loopback: Loopback, url: str) -> None:
    before, known = entries(rounds), rounds.source(url)
    rows = [poll(rounds, loopback, url, feed(SHOES, _SHOES, etag='"shoes"')) for _ in range(2)]
    source = rounds.source(url)

    assert [row.tally for row in rows] == [Tally(seen=5, quarantined=5)] * 2
    assert [row.remark.code if row.remark else None for row in rows] == [SWAPPED] * 2
    assert (entries(rounds), len(held(rounds))) == (before, 5)
    assert (source.provenance, source.validators, source.document_digest) == (
        known.provenance, known.validators, known.document_digest,
    )  # fmt: skip
    assert source.state.document_at == known.state.document_at
    # the true feed is back, as it was
    back = poll(rounds, loopback, url, feed([item(n) for n in range(10)], etag='"bees"'))
    assert (back.outcome, back.remark) == (PollOutcome.NOT_MODIFIED, None)


def test_a_source_that_did_become_another_is_accepted_by_a_release(rounds: Rounds, loopback: Loopback, url: str) -> None:
    poll(rounds, loopback, url, feed(SHOES, _SHOES, etag='"shoes"'))
    let_in(rounds, url)
    rows = [rounds.poll_one(url, after=HOUR) for _ in range(2)]

    assert [(row.outcome, row.tally) for row in rows] == [
        (PollOutcome.READ, Tally(seen=5, unchanged=5)), (PollOutcome.NOT_MODIFIED, Tally()),
    ]  # fmt: skip
    assert rounds.source(url).provenance == Provenance(title=_SHOES[0], site_url=_SHOES[1])
    more = poll(rounds, loopback, url, feed([*SHOES, item(7, "shoes.example", rounds.now - HOUR)], _SHOES))
    assert more.tally == Tally(seen=6, new=1, unchanged=5)


# --- dates ---------------------------------------------------------------------------------------------------------------------


def test_dates_that_are_bumped_without_a_change_move_no_entry(rounds: Rounds, loopback: Loopback, url: str) -> None:
    before = entries(rounds), revision(rounds)
    row = poll(rounds, loopback, url, feed([item(n, date=rounds.now - HOUR) for n in range(10)]))

    assert row.tally == Tally(seen=10, unchanged=10)
    assert (entries(rounds), revision(rounds)) == before


def test_a_date_in_the_future_pins_no_entry_to_the_top(rounds: Rounds, loopback: Loopback, url: str) -> None:
    seen = poll(rounds, loopback, url, feed([item(50, date=rounds.now + 300 * DAY)])).started_at
    poll(rounds, loopback, url, feed([item(51, date=rounds.now + 30 * MINUTE - 51 * MINUTE)]))

    newest = entries(rounds)[:2]
    assert [(e.title[-2:], e.published) for e in newest] == [("51", rounds.now - 30 * MINUTE), ("50", seen)]
    assert max(e.updated for e in newest) <= rounds.now


def test_dates_that_all_items_share_say_so(rounds: Rounds, loopback: Loopback) -> None:
    items = [item(n, date=NOW - DAY - n * MINUTE) for n in range(6)]
    loopback.replies["/all"] = feed(items)
    rounds.poll_one(rounds.subscribe("/all"))

    with rounds.store.read() as tx:
        assert {e.published for e in tx.reading.newest(10)} == {NOW - DAY}
    expected = (
        "the publisher's published date; 6 items of the document are dated 2026-01-01 03:04 UTC: when it was made, or a mere day,"
        " not when each of them came"
    )
    assert {row["date_reason"] for row in content(rounds.store)["entries"]} == {expected}


# --- cost ----------------------------------------------------------------------------------------------------------------------


def test_the_past_of_a_source_is_looked_up_for_suspicious_documents_only(
    rounds: Rounds, loopback: Loopback, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[object] = []
    recent, known = Custody.recent, Custody.held

    def watched_recent(self: Custody, source: Source) -> tuple[Recent, ...]:
        looked.append("recent")
        return recent(self, source)

    def watched_held(self: Custody, source: Source, carriers: Collection[str]) -> dict[str, Held]:
        looked.append(len(carriers))
        return known(self, source, carriers)

    monkeypatch.setattr(Custody, "recent", watched_recent)
    monkeypatch.setattr(Custody, "held", watched_held)
    poll(rounds, loopback, url, feed([item(n, text="We were wrong, and mend this here") for n in range(10)]))
    poll(rounds, loopback, url, feed([item(n, text="We were wrong, and mend this here") for n in range(12)]))
    poll(rounds, loopback, url, feed([item(n) for n in range(500, 550)]))

    assert looked == [0, 2, 50, "recent"]


# --- corrections that names do not tell ----------------------------------------------------------------------------------------


def test_an_edit_in_the_very_document_that_takes_a_move_back_is_a_revision_and_the_rest_is_not_published_again(
    rounds: Rounds, loopback: Loopback, url: str
) -> None:
    before = entries(rounds)
    poll(rounds, loopback, url, feed([item(n, "new.example") for n in range(10)]))
    back = [*(item(n) for n in range(9)), item(9, text="We were wrong about hive number 9, and say so here")]
    row = poll(rounds, loopback, url, feed(back))

    assert row.tally == Tally(seen=10, revised=1, unchanged=9)
    after = entries(rounds)
    assert [(e.title, e.atom_id, e.published, e.url) for e in after] == [(e.title, e.atom_id, e.published, e.url) for e in before]
    assert [e.title for e in after if e not in before] == ["The story of hive number 9"]
    assert len(content(rounds.store)["sightings"]) == 10
    assert poll(rounds, loopback, url, feed([*back, "<!-- later -->"])).tally == Tally(seen=10, unchanged=10)
    edited = poll(rounds, loopback, url, feed([item(0, text="And wrong about hive number 0, as it turns out"), *back[1:]]))
    assert edited.tally == Tally(seen=10, unchanged=9, revised=1)


def test_a_corrected_item_of_a_guid_that_all_items_share_is_a_revision_for_good(rounds: Rounds, loopback: Loopback) -> None:
    def items(third: str) -> list[str]:
        return [
            f"<item><title>Note {n}</title><guid isPermaLink='false'>same</guid>"
            f"<description>{third if n == 3 else n}</description><pubDate>{LONG_AGO:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
            for n in range(30)
        ]  # fmt: skip

    loopback.replies["/feed"] = feed(items("wrong"))
    url = rounds.subscribe("/feed")
    rounds.poll_one(url)
    rows = [
        poll(rounds, loopback, url, feed([*items(text), extra])) for text, extra in (("y", ""), ("y", "<!-- 2 -->"), ("z", ""))
    ]

    assert [row.tally for row in rows] == [
        Tally(seen=30, revised=1, unchanged=29), Tally(seen=30, unchanged=30), Tally(seen=30, revised=1, unchanged=29),
    ]  # fmt: skip
    assert sorted(e.title for e in entries(rounds)) == sorted(f"Note {n}" for n in range(30))


def test_what_changed_on_every_poll_is_believed_once_it_has_been_quiet_for_a_week(
    rounds: Rounds, loopback: Loopback, url: str
) -> None:
    def told() -> str | None:
        return next(e.summary for e in entries(rounds) if e.title == "The story of hive number 0")

    quiet = [item(n) for n in range(1, 10)]
    for number in range(30):
        row = poll(rounds, loopback, url, feed([item(0, text=f"Read {number} times, says the hive of itself"), *quiet]))
    assert row.tally == Tally(seen=10, churning=1, unchanged=9)
    assert told() == "Read 22 times, says the hive of itself"

    days = [rounds.poll_one(url, after=DAY) for _ in range(8)]
    assert [day.tally.churning for day in days] == [1] * 6 + [0] * 2
    assert (days[6].tally, days[7].outcome) == (Tally(seen=10, revised=1, unchanged=9), PollOutcome.SAME_DOCUMENT)
    assert told() == "Read 29 times, says the hive of itself"
    assert poll(rounds, loopback, url, feed([item(0, text="Read 30 times, again"), *quiet])).tally.churning == 1
