"""Items that share their titles, and have no guid: whatever each of them says is kept, and it is known again."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from loopback_server import Loopback, Reply
from rounds import Rounds
from store_content import assert_every_item_is_accounted_for, content

from aggregator.model import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.store import Store

HOUR = timedelta(hours=1)
DATES = [f"2026-01-0{n}T00:00:00Z" for n in (1, 2, 1)]


@pytest.fixture(name="rounds")
def _rounds(store: Store, loopback: Loopback) -> Iterator[Rounds]:
    yield Rounds(store, loopback)
    assert_every_item_is_accounted_for(store)


def item(text: str, date: str = "", ids: str = "") -> str:
    return f"<item><title>Update</title>{ids}<pubDate>{date}</pubDate><description>{text}</description></item>"


def rss(*items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>Status</title>{"".join(items)}</channel></rss>'.encode()


def kept(rounds: Rounds) -> tuple[int, set[str]]:
    """Return how many entries there are, and all texts."""
    stored = content(rounds.store)
    return len(stored["entries"]), {row["content"] or row["summary"] for row in stored["revisions"]}


TEXTS = ("one", "two", "three")
LINK, GUID = "<link>https://a.example/changelog</link>", '<guid isPermaLink="false">same</guid>'
ATOM = "".join(
    f"<entry><title>Update</title><updated>{d}</updated><content>{t}</content></entry>" for t, d in zip(TEXTS, DATES, strict=True)
)
JSON = [{"title": "Update", "content_text": t, "date_published": d} for t, d in zip(TEXTS, DATES, strict=True)]


@pytest.mark.parametrize(
    ("body", "entries"),
    [
        pytest.param(rss(*map(item, TEXTS, DATES)), 3, id="dates"),
        pytest.param(rss(*map(item, TEXTS)), 3, id="no dates"),
        pytest.param(rss(*(item(t, d, LINK) for t, d in zip(TEXTS, DATES, strict=True))), 3, id="one link"),
        pytest.param(rss(*(item(t, d, LINK + GUID) for t, d in zip(TEXTS, DATES, strict=True))), 1, id="versions of one"),
        pytest.param(f'<feed xmlns="http://www.w3.org/2005/Atom"><title>S</title>{ATOM}</feed>'.encode(), 3, id="Atom"),
        pytest.param(
            json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "S", "items": JSON}).encode(), 3, id="JSON Feed"
        ),
    ],
)
def test_every_text_of_items_with_one_title_is_kept_and_known_again(
    rounds: Rounds, loopback: Loopback, body: bytes, entries: int
) -> None:
    url = rounds.subscribe("/feed")
    loopback.replies["/feed"] = Reply(body=body)
    first = rounds.poll_one(url)
    loopback.replies["/feed"] = Reply(body=body + b"\n")
    second = rounds.poll_one(url, after=HOUR)

    assert (first.tally.new, first.tally.merged) == (entries, 3 - entries)
    count, texts = kept(rounds)
    assert (count, {word for word in TEXTS if any(word in text for text in texts)}) == (entries, set(TEXTS))
    assert second.tally in {Tally(), Tally(seen=3, unchanged=3)}


@pytest.mark.parametrize("window", [1, 2, 3])
def test_an_item_of_another_date_and_text_is_another_article(rounds: Rounds, loopback: Loopback, window: int) -> None:
    url = rounds.subscribe("/feed")
    for newest in range(window, 9):
        numbers = range(newest, newest - window, -1)
        loopback.replies["/feed"] = Reply(body=rss(*(item(f"text {n}", f"2026-01-01T0{n}:00:00Z") for n in numbers)))
        rounds.poll_one(url, after=HOUR)

    assert kept(rounds) == (8, {f"text {n}" for n in range(1, 9)})


def test_a_text_that_is_corrected_is_a_revision_and_a_date_that_is_moved_is_nothing(rounds: Rounds, loopback: Loopback) -> None:
    url = rounds.subscribe("/feed")
    tallies = []
    for text, date in (("one", DATES[0]), ("two", DATES[0]), ("two", DATES[1])):
        loopback.replies["/feed"] = Reply(body=rss(item(text, date)))
        tallies.append(rounds.poll_one(url, after=HOUR).tally)

    assert tallies == [Tally(seen=1, new=1), Tally(seen=1, revised=1), Tally(seen=1, unchanged=1)]


@pytest.mark.parametrize(
    ("text", "date", "expected"),
    [
        ("one", DATES[0], Tally(seen=1, unchanged=1)),
        ("one", DATES[1], Tally(seen=1, unchanged=1)),
        ("two", DATES[0], Tally(seen=1, revised=1)),
        ("two", DATES[1], Tally(seen=1, new=1)),
    ],
)
def test_what_older_versions_named_by_its_title_alone_is_known_again(
    rounds: Rounds, loopback: Loopback, text: str, date: str, expected: Tally
) -> None:
    url = rounds.subscribe("/feed")
    loopback.replies["/feed"] = Reply(body=rss(item("one", DATES[0])))
    rounds.poll_one(url)
    with rounds.store.write() as tx:
        tx.sources.connection.run("UPDATE sightings SET carrier = 'title:Update'")
    loopback.replies["/feed"] = Reply(body=rss(item(text, date, ids=" ")))

    assert rounds.poll_one(url, after=HOUR).tally == expected
