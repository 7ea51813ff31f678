"""Parting an entry: what can part, and what goes along."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from aggregator.decide.splitting import split, unsplittable
from aggregator.model import Provenance, PublishedEntry, Sighting, SourceKind, Story
from aggregator.model.rekeying import KeyRow

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ENTRY = PublishedEntry(
    id=7, atom_id="tag:x,2026:7", title="T", url="https://a.example/1", summary=None, content=None, language=None,
    published=NOW, updated=NOW, source_url="https://a.example/feed", source_kind=SourceKind.FEED, provenance=Provenance(),
)  # fmt: skip
FIRST = Sighting(
    id=1, source_url="https://a.example/feed", source_name="A", place="item 1", guid=None, url="https://a.example/1",
    url_key="https://a.example/1", url_reason="link", speaks=True, verdict="new", rule="url", reason="", revisions=1, title="T",
    first_seen_at=NOW, last_seen_at=NOW, ended_at=None,
)  # fmt: skip
COPY = replace(
    FIRST, id=2, source_url="https://b.example/feed", url_key="https://b.example/1", speaks=False, rule="near-duplicate"
)
LINKLESS = replace(COPY, id=3, source_url="https://c.example/feed", url=None, url_key=None, guid="g")


def story(*sightings: Sighting) -> Story:
    return Story(entry=ENTRY, first_seen_at=NOW, date_reason="", keys=(), sightings=sightings, shelves=())


def key(value: str, entry_id: int = 7) -> KeyRow:
    return KeyRow(value=value, entry_id=entry_id, rule="url", reason="", added_at=NOW)


KEYS = (
    key("https://a.example/1"), key("https://b.example/1"), key("https://b.example/1 guid:x"), key("https://b.example/10"),
    key("https://c.example/feed guid:g"), key("https://c.example/feed guid:h"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("sightings", "leaving", "problem"),
    [
        ((FIRST, COPY), {2}, None),
        ((FIRST, COPY), {1}, None),
        ((FIRST,), {1}, "no other carriers"),
        ((FIRST, replace(COPY, revisions=0)), {2}, "text of one side only is kept"),
        ((FIRST, replace(COPY, url_key=FIRST.url_key)), {2}, "has the same key, https://a.example/1"),
        ((LINKLESS, replace(LINKLESS, id=4)), {4}, None),
    ],
)
def test_what_cannot_part_says_why(sightings: tuple[Sighting, ...], leaving: set[int], problem: str | None) -> None:
    said = unsplittable(story(*sightings), leaving)

    assert (said is None) if problem is None else problem in str(said)


def test_who_leaves_takes_its_keys_along_and_who_stays_keeps_the_word() -> None:
    plan = split(story(FIRST, COPY, LINKLESS), KEYS, {2})

    assert [k.value for k in plan.keys] == ["https://b.example/1", "https://b.example/1 guid:x"]
    assert {k.entry_id for k in plan.keys} == {-1}
    assert (plan.speakers, plan.retold) == ({-1: 2}, frozenset())
    assert [k.value for k in split(story(FIRST, COPY, LINKLESS), KEYS, {3}).keys] == ["https://c.example/feed guid:g"]


def test_if_the_speaker_leaves_the_first_seen_of_the_others_speaks_for_what_stays() -> None:
    later = replace(COPY, id=5, first_seen_at=NOW + timedelta(hours=1))
    plan = split(story(FIRST, later, COPY), KEYS, {1})

    assert (plan.speakers, plan.retold) == ({-1: 1, 7: 2}, frozenset({7}))
