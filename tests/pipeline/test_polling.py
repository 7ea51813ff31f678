"""Whole rounds of polling: real servers on loopback, a real store, a clock of the test's own."""

from __future__ import annotations

import gzip
import resource
import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from loopback_server import Loopback, Reply, Seen
from msgspec.structs import replace
from rounds import AUTHORITY, HOSTS, NOW, Rounds
from store_content import assert_every_item_is_accounted_for, content

from aggregator.model import Hop, Move, Person, PollOutcome, Provenance, Remark, Tally, Validators
from aggregator.store import Store, migrate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from aggregator.model import Source

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PAGE = b"<!DOCTYPE html><html><body>Log in to use the network of this hotel</body></html>"


def rss(*numbers: int) -> bytes:
    return dated(*((number, f"Fri, 02 Jan 2026 0{number % 3}:00:00 GMT") for number in numbers))


def dated(*items: tuple[int, str]) -> bytes:
    told = "".join(
        f"<item><title>Item {n}</title><link>https://a.example/{n}</link><guid>https://a.example/{n}</guid>"
        f"<description>Text {n}</description><pubDate>{date}</pubDate></item>"
        for n, date in items
    )
    return f'<rss version="2.0"><channel><title>A feed</title>{told}</channel></rss>'.encode()


def tagged(body: bytes, etag: str = '"1"', **headers: str) -> Reply:
    return Reply(body=body, headers={"ETag": etag, **headers})


@pytest.fixture(name="rounds")
def _rounds(store: Store, loopback: Loopback) -> Iterator[Rounds]:
    yield Rounds(store, loopback)
    assert_every_item_is_accounted_for(store)


def asked(loopback: Loopback) -> list[str | None]:
    """Return the validators with which the server was asked, request by request."""
    return [seen.headers.get("if-none-match") for seen in loopback.seen]


def worked_by_others() -> float:
    """Return the memory pages of all children that came to an end: more of them after each worker process."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt


# --- what was received is stored, and vouched for --------------------------------------------------------------------------


def test_not_modified_is_a_success(rounds: Rounds, loopback: Loopback) -> None:
    good = tagged(rss(1))
    url = rounds.subscribe("/feed")
    for reply in (good, Reply(status=500), good):
        loopback.replies["/feed"] = reply
        row = rounds.poll_one(url, after=HOUR)

    source = rounds.source(url)
    assert (row.outcome, row.status, row.tally, row.remark) == (PollOutcome.NOT_MODIFIED, 304, Tally(), None)
    assert (source.failures, source.error, source.succeeded_at) == (0, None, rounds.now)
    assert asked(loopback) == [None, '"1"', '"1"']


LONG = rss(1, 2, 3)
CUT_ITEM = LONG[: LONG.index(b"Text 3")]


@pytest.mark.parametrize(
    ("reply", "outcome", "code", "vouched"),
    [
        pytest.param(
            Reply(raw=b'HTTP/1.1 200 OK\r\nETag: "2"\r\nContent-Length: 9999\r\n\r\n' + CUT_ITEM, then="close"),
            PollOutcome.FAILED, "truncated", '"1"', id="cut on the wire",
        ),
        pytest.param(
            tagged(gzip.compress(LONG)[:-30], '"2"', **{"Content-Encoding": "gzip"}),
            PollOutcome.FAILED, "truncated", '"1"', id="cut before it was sent",
        ),
        pytest.param(tagged(PAGE, '"2"'), PollOutcome.FAILED, "not-a-feed", '"1"', id="no feed"),
        pytest.param(tagged(CUT_ITEM, '"2"'), PollOutcome.READ, "truncated", None, id="cut by the publisher"),
    ],
)  # fmt: skip
def test_only_what_came_whole_is_vouched_for(
    rounds: Rounds, loopback: Loopback, reply: Reply, outcome: PollOutcome, code: str, vouched: str | None
) -> None:
    url = rounds.subscribe("/feed")
    loopback.replies["/feed"] = tagged(rss(1))
    rounds.poll_one(url)
    before = (rounds.source(url).document_digest, rounds.memory(url).seen_items)
    loopback.replies["/feed"] = reply
    row = rounds.poll_one(url, after=HOUR)
    after, items = rounds.source(url), rounds.memory(url).seen_items
    loopback.replies["/feed"] = tagged(LONG, '"2"')
    rounds.poll_one(url, after=HOUR)

    assert (row.outcome, row.remark.code if row.remark else None) == (outcome, code)
    assert after.validators == Validators(etag=vouched)
    assert (after.document_digest, items) == (before if vouched else (None, None))
    assert asked(loopback) == [None, '"1"', vouched]
    assert rounds.titles() == {"Item 1", "Item 2", "Item 3"}
    assert rounds.source(url).validators == Validators(etag='"2"')
    assert [row for row in content(rounds.store)["quarantine"] if row["place"] == "document"] == []


def test_entries_and_what_vouches_for_them_are_stored_together_or_not_at_all(rounds: Rounds, loopback: Loopback) -> None:
    url = rounds.subscribe("/feed")
    loopback.replies["/feed"] = tagged(rss(1))
    rounds.poll_one(url)
    before = content(rounds.store)
    loopback.replies["/feed"] = tagged(rss(1, 2), '"2"')
    rename(rounds.store, "polls", "aside")  # it is written last
    with pytest.raises(Exception, match=r"no such table: .*polls|relation \"polls\" does not exist"):
        rounds.poll_one(url, after=HOUR)
    rename(rounds.store, "aside", "polls")

    assert content(rounds.store) == before
    assert rounds.poll_one(url).tally == Tally(seen=2, new=1, unchanged=1)
    assert asked(loopback) == [None, '"1"', '"1"']


def rename(store: Store, table: str, name: str) -> None:
    with store.write() as tx:
        tx.sources.connection.run(f"ALTER TABLE {table} RENAME TO {name}")


def test_a_server_that_says_not_modified_for_ever_is_believed_for_a_week(rounds: Rounds, loopback: Loopback) -> None:
    def stubborn(seen: Seen) -> Reply:
        return Reply(status=304) if "if-none-match" in seen.headers else tagged(rss(*range(len(loopback.seen))))

    loopback.replies["/feed"] = stubborn
    url = rounds.subscribe("/feed")
    rounds.poll_one(url)
    outcomes = [rounds.poll_one(url, after=DAY).outcome for _ in range(7)]

    assert outcomes == [PollOutcome.NOT_MODIFIED] * 6 + [PollOutcome.READ]
    assert asked(loopback) == [None, *['"1"'] * 6, None]
    assert rounds.titles() == {f"Item {n}" for n in range(8)}


def test_the_same_body_ends_at_once_and_no_worker_process_is_started(rounds: Rounds, loopback: Loopback) -> None:
    loopback.replies["/feed"] = Reply(body=rss(1).replace(b"<rss", b"<!DOCTYPE rss><rss"))
    url = rounds.subscribe("/feed")
    before = worked_by_others()
    rounds.poll_one(url)
    between = worked_by_others()
    row = rounds.poll_one(url, after=HOUR)

    assert (row.outcome, row.status, row.tally) == (PollOutcome.SAME_DOCUMENT, 200, Tally())
    assert before < between == worked_by_others()


def test_a_short_ordinary_document_needs_no_worker_process(rounds: Rounds, loopback: Loopback) -> None:
    loopback.replies["/feed"] = Reply(body=rss(1, 2))
    before = worked_by_others()
    row = rounds.poll_one(rounds.subscribe("/feed"))

    assert (row.outcome, row.tally) == (PollOutcome.READ, Tally(seen=2, new=2))
    assert before == worked_by_others()


def test_of_fifty_items_and_a_new_one_the_store_becomes_as_if_all_had_been_read(
    rounds: Rounds, loopback: Loopback, tmp_path: Path
) -> None:
    other_url = f"sqlite:///{tmp_path / 'other.db'}"
    migrate.upgrade(other_url)
    with Store(other_url, authority=AUTHORITY) as other_store:
        with other_store.write() as tx:
            tx.categories.follow((), NOW)
        forgetful = Rounds(other_store, loopback)
        for each in (rounds, forgetful):
            loopback.replies["/feed"] = Reply(body=rss(*range(50)))
            each.poll_one(each.subscribe("/feed"))
            each.now += HOUR
            loopback.replies["/feed"] = Reply(body=rss(50, *range(50)))
        (url,) = (each.subscription.url for each in sources(rounds))
        with other_store.write() as tx:
            tx.memories.forget_items(tx.sources.find(url))
        row = rounds.poll_one(url)
        forgetful.poll_one(url)

        # What is not read is not seen, as after a 304; and the memory is in the order in which items were read.
        without = ("polls.fetch_s", "sightings.last_seen_at", "memories.seen_items")
        assert content(rounds.store, *without) == content(other_store, *without)
        assert_every_item_is_accounted_for(other_store)
    assert row.tally == Tally(seen=51, new=1, unchanged=50)
    seen_again = [row["last_seen_at"] for row in content(rounds.store)["sightings"]].count(rounds.now)
    assert seen_again == 1


def sources(rounds: Rounds) -> Sequence[Source]:
    with rounds.store.read() as tx:
        return tx.sources.all()


def test_a_server_that_knows_a_im_sends_what_is_new(rounds: Rounds, loopback: Loopback) -> None:
    def server(seen: Seen) -> Reply:
        if (seen.headers.get("a-im"), seen.headers.get("if-none-match")) == ("feed", '"1"'):
            return Reply(status=226, body=rss(3), headers={"ETag": '"2"', "IM": "feed"})
        return tagged(rss(1, 2, 3), '"2"') if len(loopback.seen) > 1 else tagged(rss(1, 2))

    loopback.replies["/feed"] = server
    url = rounds.subscribe("/feed")
    rows = [rounds.poll_one(url, after=HOUR) for _ in range(3)]
    # What came since was never the whole of it.
    unconditional = rounds.poll_one(url, after=7 * DAY - 2 * HOUR)

    assert [(row.outcome, row.status, row.tally) for row in rows] == [
        (PollOutcome.READ, 200, Tally(seen=2, new=2)),
        (PollOutcome.READ, 226, Tally(seen=1, new=1)),
        (PollOutcome.NOT_MODIFIED, 304, Tally()),
    ]
    assert (unconditional.status, unconditional.tally) == (200, Tally(seen=3, unchanged=3))
    assert asked(loopback) == [None, '"1"', '"2"', None]


def test_a_flaw_of_the_document_stays_while_the_document_does(rounds: Rounds, loopback: Loopback) -> None:
    loopback.replies["/feed"] = tagged(rss(1).replace(b"Text", b"\xff\xfeText"))
    url = rounds.subscribe("/feed")
    rows = [rounds.poll_one(url, after=HOUR) for _ in range(2)]

    assert [row.outcome for row in rows] == [PollOutcome.READ, PollOutcome.NOT_MODIFIED]
    assert rows[0].remark is not None
    assert rows[1].remark == rows[0].remark


def test_the_pace_follows_the_dates_of_the_first_document_and_then_what_we_saw(rounds: Rounds, loopback: Loopback) -> None:
    first = ((1, "Thu, 01 Jan 2026 03:04:05 GMT"), (2, "Thu, 01 Jan 2026 11:04:05 GMT"), (3, "Thu, 01 Jan 2026 19:04:05 GMT"))
    loopback.replies["/feed"] = Reply(body=dated(*first))
    url = rounds.subscribe("/feed")
    rounds.poll_one(url)
    rounds.poll_one(url, after=8 * HOUR - 15 * MINUTE)  # we were away: this one is spread
    loopback.replies["/feed"] = Reply(body=dated((4, "Mon, 01 Jan 2001 00:00:00 GMT"), *first))
    rounds.poll_one(url, after=15 * MINUTE)

    source = rounds.source(url)
    assert (source.next_poll_at, source.next_poll_reason) == (
        rounds.now + 2 * HOUR,
        "about 2 h after the last poll: its entries come about every 8 h (a quarter of which is waited)",
    )
    assert (source.state.imported_at, source.provenance.title) == (NOW, "A feed")


def test_what_a_feed_says_of_itself_is_kept_clean(rounds: Rounds, loopback: Loopback) -> None:
    loopback.replies["/feed"] = Reply(
        body=rss(1).replace(b"A feed", b"A" * 1_500_000 + b"</title><managingEditor>at x (E)</managingEditor><title>", 1)
    )
    url = rounds.subscribe("/feed")
    rounds.poll_one(url)

    assert rounds.source(url).provenance == Provenance(title="A" * 999 + "…", authors=(Person(name="at x (E)"),))


# --- where a feed is ---------------------------------------------------------------------------------------------------------


def moved_to(location: str, status: int = 301) -> Reply:
    return Reply(status=status, headers={"Location": location})


def test_a_permanent_redirect_polled_on_three_days_moves_the_feed(rounds: Rounds, loopback: Loopback) -> None:
    loopback.replies |= {"/old": moved_to("/new"), "/new": tagged(rss(1))}
    url = rounds.subscribe("/old")
    new = loopback.url("/new")
    rows = [rounds.poll_one(url, after=DAY) for _ in range(4)]

    assert loopback.paths() == ["/old", "/new"] * 3 + ["/new"]
    hops = (Hop(url=url, status=301),)
    assert [(row.hops, row.final_url) for row in rows] == [*[(hops, new)] * 3, ((), new)]
    reason = "3 polls in a row since 2026-01-03 were redirected there for good (HTTP 301)"
    assert rounds.moves(url) == (Move(moved_at=NOW + 3 * DAY, from_url=url, to_url=new, reason=reason),)
    assert (rounds.source(url).poll_url, rounds.source(url).entry_count) == (new, 1)


def test_a_move_that_was_taken_back_is_not_made_again(rounds: Rounds, loopback: Loopback) -> None:
    loopback.replies |= {"/old": moved_to("/new", 308), "/new": tagged(rss(1))}
    url = rounds.subscribe("/old")
    for _ in range(3):
        rounds.poll_one(url, after=DAY)
    with rounds.store.write() as tx:
        tx.sources.take_back(tx.sources.find(url), rounds.now)
    undone = replace(rounds.moves(url)[0], undone_at=rounds.now)
    rows = [rounds.poll_one(url, after=DAY) for _ in range(5)]

    assert rounds.moves(url) == (undone,)
    assert (rounds.source(url).poll_url, rounds.source(url).state.moving) == (url, None)
    assert [(row.outcome, len(row.hops)) for row in rows] == [(PollOutcome.READ, 1), *[(PollOutcome.NOT_MODIFIED, 1)] * 4]
    assert rows[0].tally == Tally(seen=1, unchanged=1)


def test_a_feed_that_changes_its_advertisements_only_publishes_nothing_and_words_are_a_revision(
    rounds: Rounds, loopback: Loopback
) -> None:
    def served(text: str, number: int) -> Reply:
        ad = f'<a href="http://ads.pheedo.com/click?s={number}"><img src="http://ads.pheedo.com/img?s={number}"></a>'
        picture = (
            f'<img src="https://a.example/1.png?t=170000000{number}"><img src="http://feeds.feedburner.com/~r/x/~4/{number}">'
        )
        told = f'<p>{text} <a href="/2?utm_source={number}">more</a></p>{picture}{ad}'
        return tagged(rss(1).replace(b"Text 1", f"<![CDATA[{told}]]>".encode()), etag=f'"{number}{text}"')

    url = rounds.subscribe("/feed")
    rows = []
    for number, text in enumerate(["Old", "Old", "Old", "New"]):
        loopback.replies["/feed"] = served(text, number)
        rows.append(rounds.poll_one(url, after=DAY).tally)

    assert rows == [Tally(seen=1, new=1), *[Tally(seen=1, unchanged=1)] * 2, Tally(seen=1, revised=1)]
    assert len(content(rounds.store)["revisions"]) == 2


def test_a_redirect_to_another_subscribed_feed_is_never_followed_for_good(rounds: Rounds, loopback: Loopback) -> None:
    loopback.replies |= {"/old": moved_to("/other"), "/other": tagged(rss(1))}
    url, other = rounds.subscribe("/old"), rounds.subscribe("/other")
    for _ in range(5):
        rows = rounds.poll(url, other, after=DAY)

    assert {row.final_url for row in rows.values()} == {other}
    assert (rounds.source(url).poll_url, rounds.moves(url)) == (url, ())
    assert [rounds.source(each).entry_count for each in (url, other)] == [1, 1]
    assert rounds.titles() == {"Item 1"}


def test_who_subscribes_to_where_another_feed_moved_gets_polls_of_its_own(rounds: Rounds, loopback: Loopback) -> None:
    loopback.replies |= {"/old": moved_to("/new"), "/new": tagged(rss(1))}
    url = rounds.subscribe("/old")
    for _ in range(3):
        rounds.poll_one(url, after=DAY)
    new = rounds.subscribe("/new")
    rows = rounds.poll(url, new, after=DAY)

    assert {each: (row.outcome, row.tally) for each, row in rows.items()} == {
        url: (PollOutcome.NOT_MODIFIED, Tally()),
        new: (PollOutcome.READ, Tally(seen=1, merged=1)),
    }


# --- what goes wrong ---------------------------------------------------------------------------------------------------------


def test_a_feed_that_is_gone_is_asked_a_week_later_and_recovers_by_itself(rounds: Rounds, loopback: Loopback) -> None:
    loopback.replies["/feed"] = Reply(status=410)
    url = rounds.subscribe("/feed")
    row = rounds.poll_one(url)
    source = rounds.source(url)
    with rounds.store.read() as tx:
        due = [tx.sources.due(NOW + days * DAY) for days in (6, 7)]
    loopback.replies["/feed"] = Reply(body=rss(1))
    back = rounds.poll_one(url, after=7 * DAY)

    assert row.remark == Remark(code="http-410", message="410 Gone: the publisher has removed this feed for good")
    assert (source.next_poll_at, source.next_poll_reason) == (
        NOW + 7 * DAY,
        "about 7 d after the last poll: the feed is gone for good (HTTP 410) and is asked every 7 d whether it came back",
    )
    assert due == [(), (source,)]
    assert (back.tally, rounds.source(url).failures, rounds.source(url).error) == (Tally(seen=1, new=1), 0, None)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("retry_after", ["7200", "Fri, 02 Jan 2026 05:04:05 GMT"])
def test_a_server_that_asks_for_a_pause_gets_it(rounds: Rounds, loopback: Loopback, status: int, retry_after: str) -> None:
    loopback.replies["/feed"] = Reply(status=status, headers={"Retry-After": retry_after})
    url = rounds.subscribe("/feed")
    rounds.poll_one(url)

    source = rounds.source(url)
    assert source.next_poll_at == NOW + 2 * HOUR
    assert source.next_poll_reason == (
        f"about 2 h after the last poll: the last poll failed (HTTP {status}), "
        "and the server asks for a pause of 2 h (Retry-After)"
    )


@pytest.mark.parametrize("status", [404, 500])
def test_each_failure_in_a_row_doubles_the_wait_and_one_success_ends_that(
    rounds: Rounds, loopback: Loopback, status: int
) -> None:
    loopback.replies["/feed"] = Reply(status=status)
    url = rounds.subscribe("/feed")
    hours, wait = [], timedelta()
    for _ in range(9):
        rounds.poll_one(url, after=wait)
        wait = rounds.wait(url)
        hours.append(wait / HOUR)
    failed = rounds.source(url)
    loopback.replies["/feed"] = Reply(body=rss(1))
    rounds.poll_one(url, after=wait)

    assert hours == [1, 2, 4, 8, 16, 32, 64, 72, 72]
    assert failed.failures == 9
    assert failed.next_poll_reason == (
        f"about 3 d after the last poll: 1 h is usual for a source of which nothing is known yet, "
        f"and the 9th failure in a row (HTTP {status}) makes that 3 d"
    )
    assert (rounds.source(url).failures, rounds.source(url).error, rounds.wait(url) <= DAY) == (0, None, True)


# --- whose fault it is -------------------------------------------------------------------------------------------------------


def at_hosts(rounds: Rounds, number: int, **fields: Any) -> list[str]:
    """Subscribe to the feeds of so many hosts."""
    return [rounds.subscribe(rounds.loopback.url("/feed", host), **fields) for host in HOSTS[:number]]


def by_host(seen: Seen) -> Reply:
    return tagged(rss(HOSTS.index(seen.host)))


def held_against(rounds: Rounds, urls: Sequence[str]) -> list[tuple[int, str | None]]:
    """Return failures in a row and the code of the last for each source."""
    found = [rounds.source(url) for url in urls]
    return [(source.failures, source.error.code if source.error else None) for source in found]


def test_a_captive_portal_is_held_against_no_source(rounds: Rounds, loopback: Loopback) -> None:
    urls = at_hosts(rounds, 4)
    loopback.replies["/feed"] = by_host
    rounds.poll(*urls)
    known = [rounds.source(url).validators for url in urls]
    loopback.replies["/feed"] = lambda seen: Reply(status=404) if seen.host == HOSTS[3] else Reply(body=PAGE)
    rounds.poll(*urls, after=HOUR)
    there = held_against(rounds, urls)
    source = rounds.source(urls[0])
    loopback.replies["/feed"] = by_host
    back = rounds.poll(*urls, after=15 * MINUTE)

    assert there == [*[(0, "captive-portal")] * 3, (1, "http-404")]
    assert source.next_poll_at == NOW + HOUR + 15 * MINUTE
    assert source.next_poll_reason == (
        "soon after the last poll, whose failure is not held against the source: "
        "3 hosts sent one and the same page instead of their feeds: it seems to be a captive portal's"
    )
    assert [rounds.source(url).validators for url in urls] == known
    assert [(row.outcome, row.remark) for row in back.values()] == [(PollOutcome.NOT_MODIFIED, None)] * 4
    assert held_against(rounds, urls) == [(0, None)] * 4
    assert content(rounds.store)["quarantine"] == []


@pytest.mark.parametrize("again", [tagged(rss(1)), Reply(status=304), Reply(body=rss(1, 2))], ids=["the same", "304", "another"])
def test_a_document_that_was_no_feed_leaves_quarantine_once_the_feed_is_back(
    rounds: Rounds, loopback: Loopback, again: Reply
) -> None:
    url = rounds.subscribe("/feed")
    held = []
    for reply in (tagged(rss(1)), Reply(body=PAGE), again):
        loopback.replies["/feed"] = reply
        rounds.poll_one(url, after=8 * HOUR)
        held.append([row["code"] for row in content(rounds.store)["quarantine"]])

    assert held == [[], ["not-a-feed"], []]


def test_a_portal_that_says_so_is_held_against_not_even_one_source(rounds: Rounds, loopback: Loopback) -> None:
    url = rounds.subscribe("/feed")
    loopback.replies["/feed"] = Reply(status=511)
    rounds.poll_one(url)

    assert held_against(rounds, [url]) == [(0, "captive-portal")]


def test_one_page_from_two_hosts_is_their_own_fault(rounds: Rounds, loopback: Loopback) -> None:
    urls = at_hosts(rounds, 2)
    loopback.replies["/feed"] = Reply(body=PAGE)
    rounds.poll(*urls)

    assert held_against(rounds, urls) == [(1, "not-a-feed")] * 2


@pytest.fixture(name="closed_port")
def _closed_port() -> Iterator[int]:
    """Return a port at which nobody answers, on any address."""
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))  # noqa: S104 - bound by us, so nobody else listens there; nor do we
        port: int = taken.getsockname()[1]
        yield port


def unreachable(rounds: Rounds, hosts: Sequence[str], port: int, **fields: Any) -> list[str]:
    rounds.allow |= {(host, port) for host in hosts}
    return [rounds.subscribe(f"http://{host}:{port}/feed", **fields) for host in hosts]


def test_without_a_network_no_source_failed(rounds: Rounds, closed_port: int) -> None:
    urls = [
        *unreachable(rounds, HOSTS[:2], closed_port),
        *unreachable(rounds, HOSTS[2:3], closed_port, interval=5 * MINUTE),
    ]
    rounds.poll(*urls)

    assert held_against(rounds, urls) == [(0, "no-network")] * 3
    assert [rounds.wait(url) / MINUTE for url in urls] == [15, 15, 5]
    assert rounds.source(urls[0]).next_poll_reason == (
        "soon after the last poll, whose failure is not held against the source: "
        "no server at all could be reached: it seems that this machine has no network"
    )


def test_who_cannot_be_reached_while_another_answers_has_failed(rounds: Rounds, loopback: Loopback, closed_port: int) -> None:
    urls = unreachable(rounds, HOSTS[:3], closed_port)
    loopback.replies["/feed"] = Reply(status=404)  # an answer, if no good one
    answering = rounds.subscribe("/feed")
    rounds.poll(answering, *urls)

    assert held_against(rounds, [answering, *urls]) == [(1, "http-404"), *[(1, "unreachable")] * 3]


@pytest.mark.parametrize("guid", ["urn:1", "https://real.example/o/1"], ids=["an id", "the original link"])
def test_an_item_known_by_the_link_of_a_service_is_led_on_to_its_original_link(
    rounds: Rounds, loopback: Loopback, store: Store, guid: str
) -> None:
    url, original = rounds.subscribe("/feed"), "<f:origLink>https://real.example/o/1</f:origLink>"
    tallies = []
    for kept in ("", original, f"{original}<!-- later -->"):
        item = (
            f"<item><title>One</title><link>https://feedproxy.google.com/~r/o/~3/abc1/</link><guid>{guid}</guid>{kept}"
            "<description>This is told of one in some words</description></item>"
        )
        names = 'version="2.0" xmlns:f="http://rssnamespace.org/feedburner/ext/1.0"'
        loopback.replies["/feed"] = Reply(body=f"<rss {names}><channel><title>A</title>{item}</channel></rss>".encode())
        tallies.append(rounds.poll_one(url, after=HOUR).tally)

    assert tallies == [Tally(seen=1, new=1), Tally(seen=1, revised=1), Tally(seen=1, unchanged=1)]
    (sighting,) = content(store)["sightings"]
    assert (sighting["url"], sighting["url_reason"]) == ("https://real.example/o/1", "feedburner:origLink")
    assert {row["key"] for row in content(store)["keys"]} >= {
        "https://feedproxy.google.com/~r/o/~3/abc1",
        "https://real.example/o/1",
    }


def test_articles_that_stand_on_one_page_and_never_in_one_document_are_kept(
    rounds: Rounds, loopback: Loopback, store: Store
) -> None:
    url = rounds.subscribe("/feed")
    for n, version in enumerate((1, 2, 3, 1)):
        item = (
            f"<item><title>Version {version}</title><link>https://a.example/changes#v{version}</link>"
            f"<guid>urn:{version}</guid><description>Text {version}</description></item>"
        )
        loopback.replies["/feed"] = Reply(body=f'<rss version="2.0"><channel><title>A</title>{item}</channel></rss>'.encode())
        assert rounds.poll_one(url, after=HOUR).tally == (Tally(seen=1, new=1) if n < 3 else Tally(seen=1, unchanged=1))

    assert {(row["title"], row["revisions"]) for row in content(store)["sightings"]} == {(f"Version {n}", 1) for n in (1, 2, 3)}
