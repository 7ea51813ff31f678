"""Verdicts: a pure function of an item and what is known, each with the rule that decided."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from aggregator.decide import MAX_REVISIONS, QUIET, identify_document, identify_file, judge
from aggregator.model import (
    Candidate,
    Hidden,
    Hider,
    Identified,
    Known,
    KnownEntry,
    KnownSighting,
    Origin,
    Revision,
    Source,
    SourceKind,
    Subscription,
    Tag,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
FEED = Source(id=2, subscription=Subscription(url="https://a.example/feed"), origin=Origin.CONFIG, added_at=NOW)
SEEDS = replace(FEED, id=3, subscription=Subscription(url="seeds/", kind=SourceKind.SEEDS))
URL = "https://a.example/1"


def candidate(**fields: object) -> Candidate:
    given = {"place": "item 1", "title": "T", "url": URL, "content": "x", "published": NOW - HOUR} | fields
    return Candidate(**given)  # type: ignore[arg-type]


def identified(*candidates: Candidate) -> list[Identified]:
    return identify_document(candidates, lambda url: url.partition("#")[0], source_url=FEED.subscription.url)


ITEM = identified(candidate())[0]
SIGHTING = KnownSighting(
    id=7, entry_id=1, carrier=ITEM.carrier, guid=None, url_key=URL, title="T", digest=ITEM.digest, revisions=1
)  # fmt: skip
OTHER_TEXT = replace(SIGHTING, digest=b"other")
ENTRY = KnownEntry(
    id=1, published=NOW - HOUR, updated=NOW - HOUR, speaker_sighting_id=7, speaker_kind=SourceKind.FEED,
    speaker_source_id=2, settled=True, speaker_silent=False,
)  # fmt: skip
HIDDEN = replace(ENTRY, hidden=Hidden(at=NOW, by=Hider.OPERATOR, reason="spam"))
ELSEWHERE = replace(ENTRY, speaker_sighting_id=8, speaker_source_id=1)


def known(*sightings: KnownSighting, entry: KnownEntry = ENTRY) -> Known:
    return Known(sightings={s.carrier: s for s in sightings}, keys={URL: entry.id}, entries={entry.id: entry})


@pytest.mark.parametrize(
    ("state", "source", "expected"),
    [
        pytest.param(Known(), FEED, (Verdict.NEW, "url", True, True), id="never seen"),
        pytest.param(known(SIGHTING), FEED, (Verdict.UNCHANGED, "same-digest", True, False), id="same content"),
        pytest.param(known(OTHER_TEXT), FEED, (Verdict.REVISED, "new-digest", True, False), id="content changed"),
        pytest.param(
            known(replace(OTHER_TEXT, revisions=MAX_REVISIONS)), FEED, (Verdict.CHURNING, "too-many-revisions", True, False),
            id="changes on every poll",
        ),
        pytest.param(
            known(OTHER_TEXT, entry=ELSEWHERE), FEED, (Verdict.MERGED, "other-speaker", False, False), id="another source speaks",
        ),
        pytest.param(
            known(OTHER_TEXT, entry=replace(ELSEWHERE, speaker_silent=True)), FEED,
            (Verdict.REVISED, "speaker-gone", True, False), id="the source that spoke is gone",
        ),
        pytest.param(known(entry=ELSEWHERE), FEED, (Verdict.MERGED, "same-key", False, False), id="another carrier"),
        pytest.param(known(entry=ELSEWHERE), SEEDS, (Verdict.MERGED, "seed-speaks", True, False), id="seeds speak before feeds"),
        pytest.param(
            known(entry=replace(ELSEWHERE, settled=False, speaker_source_id=9)), FEED,
            (Verdict.MERGED, "subscribed-first", True, True), id="subscribed first, and nothing published yet",
        ),
        pytest.param(
            known(entry=replace(ELSEWHERE, speaker_source_id=9)), FEED, (Verdict.MERGED, "same-key", False, False),
            id="subscribed first, but published",
        ),
        pytest.param(known(SIGHTING, entry=HIDDEN), FEED, (Verdict.TOMBSTONED, "hidden", False, False), id="hidden"),
        pytest.param(
            known(OTHER_TEXT, entry=HIDDEN), FEED, (Verdict.TOMBSTONED, "hidden", False, False), id="hidden, its text changed",
        ),
        pytest.param(
            known(replace(OTHER_TEXT, revisions=MAX_REVISIONS), entry=HIDDEN), FEED,
            (Verdict.TOMBSTONED, "hidden", False, False), id="hidden, and it changes on every poll",
        ),
        pytest.param(known(entry=HIDDEN), SEEDS, (Verdict.TOMBSTONED, "hidden", False, False), id="a seed of a hidden entry"),
        pytest.param(
            known(replace(SIGHTING, digest=b"", revisions=0), entry=ELSEWHERE), FEED, (Verdict.MERGED, "same-key", False, False),
            id="not hidden any more, and never heard",
        ),
    ],
)  # fmt: skip
def test_judge(state: Known, source: Source, expected: tuple[Verdict, str, bool, bool]) -> None:
    (decision,) = judge([ITEM], state, source, NOW)

    assert (decision.verdict, decision.rule, decision.speaks, decision.founds) == expected


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (None, "it was hidden on 2026-01-02: what it says now is not kept"),
        ("spam", "it was hidden on 2026-01-02 (spam): what it says now is not kept"),
    ],
)
def test_a_tombstone_says_since_when_and_why(reason: str | None, words: str) -> None:
    entry = replace(ENTRY, hidden=Hidden(at=NOW, by=Hider.OPERATOR, reason=reason))
    (decision,) = judge([ITEM], known(SIGHTING, entry=entry), FEED, NOW)

    assert (decision.reason, decision.sighting_id, decision.entry_id) == (words, 7, 1)


def test_what_a_rule_hides_is_listened_to_since_the_rule_may_be_changed() -> None:
    entry = replace(ENTRY, hidden=Hidden(at=NOW, by=Hider.RULE))
    (decision,) = judge([ITEM], known(OTHER_TEXT, entry=entry), FEED, NOW)

    assert decision.verdict is Verdict.REVISED


@pytest.mark.parametrize(
    ("first", "second", "rules"),
    [
        pytest.param(
            {"url": "https://a.example/1"}, {"url": "https://a.example/2", "title": "U"}, ("url", "url"), id="two links"
        ),
        pytest.param({"guid": "1"}, {"guid": "2", "title": "U"}, ("url+guid", "url+guid"), id="one link, two guids"),
        pytest.param({"guid": "1"}, {"guid": "1", "title": "U"}, ("url+text", "url+text"), id="one link, one guid"),
        pytest.param({"url": None, "guid": "1"}, {"url": None, "guid": "1", "title": "U"}, ("text", "text"), id="only one guid"),
        pytest.param({}, {"title": "U"}, ("url+title+date", "url+title+date"), id="one link, no guids"),
        pytest.param({"title": ""}, {"title": "", "content": "y"}, ("url+text", "url+text"), id="one link, nothing but text"),
        pytest.param({"url": None, "guid": "1"}, {"url": None, "guid": "2"}, ("guid", "guid"), id="no links"),
        pytest.param({"url": None}, {"url": None, "title": "U"}, ("title+date", "title+date"), id="neither links nor guids"),
        pytest.param({}, {}, ("url", "url"), id="the same item twice"),
        pytest.param({"guid": "1"}, {"guid": "1", "content": "y"}, ("url", "url"), id="two versions of one item"),
        pytest.param({"guid": "1"}, {"guid": "1", "tags": (Tag(term="t"),)}, ("url", "url"), id="one item in two sections"),
        pytest.param({"url": None}, {"url": None, "content": "y"}, ("text", "text"), id="only one title and date"),
        pytest.param(
            {"url": None, "published": None}, {"url": None, "published": None, "title": "U"}, ("title", "title"), id="no dates"
        ),
        pytest.param(
            {"url": None},
            {"url": None, "content": "y", "published": NOW},
            ("title+date", "title+date"),
            id="one title, two dates",
        ),
    ],
)
def test_identity_within_a_document(first: dict[str, str], second: dict[str, str], rules: tuple[str, str]) -> None:
    items = identified(candidate(**first), candidate(**second))

    assert tuple(item.key.rule for item in items) == rules
    assert len({item.key.value for item in items}) == (1 if rules == ("url", "url") and first.get("url") is None else 2)


def test_a_seed_is_revised_by_what_its_operator_declares() -> None:
    def fingerprint(**fields: object) -> bytes:
        return identify_file(candidate(**fields), str, source_url="seeds/").digest

    assert len({fingerprint(), fingerprint(categories=("a",)), fingerprint(published=NOW), fingerprint(title="U")}) == 4
    assert fingerprint(content="x ") == fingerprint(content="x")


def sighted(**fields: object) -> KnownSighting:
    item = identified(candidate(**fields))[0]
    told = item.candidate
    return replace(
        SIGHTING, carrier=item.carrier, guid=told.guid, url=told.url, url_key=item.url_key, title=told.title, digest=item.digest
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param({"guid": "urn:1"}, {"guid": "urn:1"}, id="one guid"),
        pytest.param({"guid": "urn:1"}, {"guid": "urn:2", "title": " T "}, id="a guid made anew, one title"),
        pytest.param({"guid": "urn:1"}, {"guid": "urn:2"}, id="nothing is the same"),
        pytest.param({"guid": f"{URL}#0"}, {"guid": f"{URL}#1"}, id="a guid that counts edits"),
        pytest.param({"guid": f"{URL}#0", "url": f"{URL}#v1"}, {"guid": f"{URL}#1", "url": f"{URL}#v2"}, id="places of a page"),
        pytest.param({}, {}, id="no guids"),
        pytest.param({"url": f"{URL}#v1"}, {"url": f"{URL}#v2"}, id="no guids, places of a page"),
        pytest.param({"guid": URL}, {"guid": URL}, id="the link as guid"),
        pytest.param({"guid": "urn:1"}, {}, id="a guid that is left out"),
        pytest.param({"guid": "#1"}, {"guid": "#2"}, id="guids that only count"),
    ],
)
def test_items_of_one_link_in_different_documents_are_one_article_only_if_something_else_says_so(
    request: pytest.FixtureRequest, before: dict[str, str], after: dict[str, str]
) -> None:
    two = {"nothing is the same", "places of a page", "no guids, places of a page", "guids that only count"}
    after = {"title": "Other", "content": "other"} | after
    own = sighted(**before)
    (decision,) = judge(identified(candidate(**after)), known(own), FEED, NOW)

    is_new = request.node.callspec.id in two
    assert (decision.verdict, decision.sighting_id) == ((Verdict.NEW, None) if is_new else (Verdict.REVISED, 7))
    if is_new:
        assert decision.key.value.startswith(f"{URL} ")
        assert decision.key.reason.startswith("this source uses the same link for several items")
        assert decision.identified.carrier != own.carrier


def test_an_item_takes_no_sighting_that_stands_in_the_document_under_its_own_name() -> None:
    own = sighted(guid="urn:1")
    items = identified(candidate(guid="urn:2", content="another"), candidate(guid="urn:1"))

    assert [(d.verdict, d.sighting_id) for d in judge(items, known(own), FEED, NOW)] == [
        (Verdict.NEW, None),
        (Verdict.UNCHANGED, 7),
    ]


def test_an_item_speaks_where_the_item_of_its_source_that_spoke_is_not_there_any_more() -> None:
    entry = replace(ENTRY, speaker_sighting_id=8)  # under the name that the platform gave it before the move was taken back
    (decision,) = judge([ITEM], known(OTHER_TEXT, entry=entry), FEED, NOW)

    assert (decision.verdict, decision.rule, decision.speaks) == (Verdict.REVISED, "speaker-gone", True)


def test_of_items_of_one_source_that_are_one_entry_one_speaks_as_long_as_it_is_there() -> None:
    items = identified(candidate(guid="urn:1", title="A"), candidate(url=f"{URL}0", guid="urn:2", title="B"))
    first, second = (
        replace(
            OTHER_TEXT, id=n, carrier=item.carrier, guid=item.candidate.guid, url_key=item.url_key, title=item.candidate.title
        )
        for n, item in zip((7, 8), items, strict=True)
    )
    entry = replace(ENTRY, speaker_sighting_id=8)

    decisions = judge(items, known(first, second, entry=entry), FEED, NOW)
    assert [(d.verdict, d.rule, d.speaks) for d in decisions] == [
        (Verdict.MERGED, "other-item", False),
        (Verdict.REVISED, "new-digest", True),
    ]


def test_an_item_whose_guid_is_its_link_keeps_its_sighting_where_the_link_is_shared() -> None:
    own, other = sighted(guid=URL), replace(sighted(guid="urn:2", title="Other", content="other"), id=8, entry_id=2)
    state = known(own, other)
    state = replace(state, entries={**state.entries, 2: replace(ENTRY, id=2, speaker_sighting_id=8)})
    (decision,) = judge(identified(candidate(guid=URL, title="Corrected", content="y")), state, FEED, NOW)

    assert (decision.verdict, decision.sighting_id) == (Verdict.REVISED, 7)


# --- what only a title tells apart ---------------------------------------------------------------------------------------------


def without_links(*told: tuple[str, str]) -> list[Identified]:
    return identified(*(candidate(url=None, guid="same", title=title, content=content) for title, content in told))


def stored(items: Sequence[Identified]) -> Known:
    """Return what is known once these items are entries of their own."""
    return Known(
        sightings={
            item.carrier: KnownSighting(
                id=n, entry_id=n, carrier=item.carrier, guid=item.candidate.guid, url_key=item.url_key,
                title=item.candidate.title, digest=item.digest, revisions=1,
            )
            for n, item in enumerate(items)
        },
        keys={item.key.value: n for n, item in enumerate(items)},
        entries={n: replace(ENTRY, id=n, speaker_sighting_id=n) for n, _ in enumerate(items)},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(
            [("A", "a"), ("B", "b"), ("C", "c")], [("A", "a"), ("B", "corrected"), ("C", "c")],
            [(Verdict.UNCHANGED, 0), (Verdict.REVISED, 1), (Verdict.UNCHANGED, 2)], id="one is corrected",
        ),
        pytest.param(
            [("A", "a"), ("B", "b")], [("B", "2"), (" A ", "1")], [(Verdict.REVISED, 1), (Verdict.REVISED, 0)], id="all are",
        ),
        pytest.param([("", "1"), ("B", "b")], [("", "2"), ("B", "b")], [(Verdict.NEW, None), (Verdict.UNCHANGED, 1)], id="none"),
        pytest.param([("A", "a"), ("B", "b")], [("B", "b")], [(Verdict.UNCHANGED, 1)], id="it is left over alone"),
        pytest.param(
            [("A", "a")], [("A", "a"), ("B", "b")], [(Verdict.UNCHANGED, 0), (Verdict.NEW, None)], id="it is not alone any more",
        ),
    ],
)  # fmt: skip
def test_an_item_of_a_shared_guid_is_known_by_its_title_if_no_other_has_that(
    before: list[tuple[str, str]], after: list[tuple[str, str]], expected: list[tuple[Verdict, int | None]]
) -> None:
    decisions = judge(without_links(*after), stored(without_links(*before)), FEED, NOW)

    assert [(d.verdict, d.sighting_id) for d in decisions] == expected


def test_a_title_that_two_entries_have_tells_nothing() -> None:
    before = [*without_links(("Release", "1"), ("News", "0")), *without_links(("Release", "2"), ("Views", "0"))]
    decision, _ = judge(without_links(("Release", "3"), ("Hues", "0")), stored(before), FEED, NOW)

    assert (decision.verdict, decision.sighting_id) == (Verdict.NEW, None)


def test_items_of_one_link_that_are_all_titled_alike_are_never_taken_for_one_another() -> None:
    def releases(*numbers: int) -> list[Identified]:
        return identified(*(candidate(guid=f"urn:{n}", title="Release", content=str(n)) for n in numbers))

    decisions = judge(releases(3, 2), stored(releases(2, 1)), FEED, NOW)
    assert [(d.verdict, d.sighting_id) for d in decisions] == [(Verdict.NEW, None), (Verdict.UNCHANGED, 0)]


# --- what is no longer believed ------------------------------------------------------------------------------------------------

SAID = Revision(number=MAX_REVISIONS, seen_at=NOW - HOUR, reason="", title="T", content="other")
CHANGING = replace(OTHER_TEXT, revisions=MAX_REVISIONS, said=SAID)
JUST_NOW, LONG_AGO = NOW - QUIET + HOUR, NOW - QUIET


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        pytest.param(CHANGING, (Verdict.CHURNING, "too-many-revisions"), id="it changed an hour ago"),
        pytest.param(
            replace(CHANGING, said=replace(SAID, seen_at=LONG_AGO)), (Verdict.REVISED, "believed-again"), id="a week ago"
        ),
        pytest.param(replace(CHANGING, doubted_at=JUST_NOW), (Verdict.CHURNING, "too-many-revisions"), id="again"),
        pytest.param(replace(CHANGING, doubted_at=LONG_AGO), (Verdict.REVISED, "believed-again"), id="again, after a week"),
        pytest.param(
            replace(CHANGING, digest=ITEM.digest, said=None, doubted_at=JUST_NOW), (Verdict.CHURNING, "not-quiet-yet"), id="quiet"
        ),
        pytest.param(
            replace(CHANGING, digest=ITEM.digest, said=None, doubted_at=LONG_AGO), (Verdict.REVISED, "believed-again"),
            id="quiet for a week",
        ),
        pytest.param(
            replace(CHANGING, said=replace(SAID, content="x", url=URL), doubted_at=JUST_NOW),
            (Verdict.UNCHANGED, "same-to-readers"), id="back to what subscribers have",
        ),
    ],
)  # fmt: skip
def test_what_changed_too_often_is_believed_after_a_week_without_a_change(
    own: KnownSighting, expected: tuple[Verdict, str]
) -> None:
    (decision,) = judge([ITEM], known(own), FEED, NOW)

    assert (decision.verdict, decision.rule) == expected


# --- other names for what is known ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"), [("x", (Verdict.UNCHANGED, "moved", 7)), ("corrected", (Verdict.REVISED, "new-digest", 7))]
)
def test_an_item_that_comes_back_under_its_old_id_is_the_sighting_that_speaks_and_is_revised_at_once(
    text: str, expected: tuple[Verdict, str, int]
) -> None:
    renamed = replace(SIGHTING, carrier="guid:new", guid="new", url_key="https://new.example/1", url="https://new.example/1")
    state = Known(keys={URL: 1}, entries={1: ENTRY}, absent={1: renamed})
    items = identified(candidate(content=text, guid="old"))
    (decision,) = judge(items, state, FEED, NOW)

    assert (decision.verdict, decision.rule, decision.sighting_id) == expected
    assert (decision.identified.carrier, decision.key.value, decision.speaks) == ("guid:old", URL, True)
