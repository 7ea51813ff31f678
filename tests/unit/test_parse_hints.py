"""What feeds say of the pace at which they want to be read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Hints
from aggregator.parse import parse

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ITEM = "<item><title>One</title><link>https://news.example/1</link></item>"
SYNDICATION = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
HOURS = "<skipHours><hour>1</hour><hour>2</hour></skipHours>"


def hints(document: str) -> Hints:
    return parse(document.encode(), content_type=None, base_url="https://news.example/feed").hints


def rss(before: str, after: str = "", *, items: str = ITEM, attributes: str = SYNDICATION) -> str:
    return f'<rss version="2.0" {attributes}><channel><title>News</title>{before}{items}{after}</channel></rss>'


def atom(before: str) -> str:
    entry = "<entry><title>One</title><id>urn:1</id><sy:updatePeriod>yearly</sy:updatePeriod></entry>"
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {SYNDICATION}><title>News</title><id>urn:f</id>{before}{entry}</feed>'


def rdf(before: str) -> str:
    return (
        f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" {SYNDICATION}>'
        f'<channel rdf:about="https://news.example/"><title>News</title>{before}</channel>{ITEM}</rdf:RDF>'
    )


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(rss(""), Hints(), id="nothing"),
        pytest.param(rss("<ttl> 60 </ttl>"), Hints(ttl=HOUR), id="ttl in minutes"),
        pytest.param(rss("", "<ttl>60</ttl>"), Hints(ttl=HOUR), id="after the items"),
        pytest.param(rss("", items="<item><title>One</title><ttl>60</ttl></item>"), Hints(), id="an item's is not the feed's"),
        pytest.param(rss("<ttl>-5</ttl>"), Hints(), id="negative"),
        pytest.param(rss("<ttl>0</ttl>"), Hints(), id="zero"),
        pytest.param(rss("<ttl>5256000</ttl>"), Hints(), id="ten years"),
        pytest.param(rss(f"<ttl>{'9' * 5000}</ttl>"), Hints(), id="more digits than Python reads"),
        pytest.param(rss("<ttl>an hour</ttl>"), Hints(), id="words"),
        pytest.param(rss("<ttl>٦٠</ttl>"), Hints(), id="digits that are not ASCII"),
        pytest.param(rss(HOURS), Hints(skip_hours=(1, 2)), id="skipHours"),
        pytest.param(rss("", HOURS), Hints(skip_hours=(1, 2)), id="skipHours after the items"),
        pytest.param(rss("", HOURS, items=""), Hints(skip_hours=(1, 2)), id="skipHours without any item"),
        pytest.param(
            rss("<skipHours><hour>24</hour><hour>1</hour><hour> 7\n</hour></skipHours>"), Hints(skip_hours=(0, 1, 7)),
            id="24 is midnight in RSS 0.91",
        ),
        pytest.param(
            rss("<skipHours><hour>77</hour><hour>-1</hour><hour/><hour>3.5</hour><hour>9</hour><hour>9</hour></skipHours>"),
            Hints(skip_hours=(9,)), id="no such hours",
        ),
        pytest.param(
            rss("<skipDays><day>Sunday</day><day>monday</day><day>Sat</day><day>S</day><day>Sol</day></skipDays>"),
            Hints(skip_days=(0, 5, 6)), id="skipDays",
        ),
        pytest.param(
            rss("<SKIPHOURS><Hour>5</Hour></SKIPHOURS><skipdays><day>Friday</day></skipdays>"),
            Hints(skip_hours=(5,), skip_days=(4,)), id="any case",
        ),
        pytest.param(
            rss('<o:skipHours p="x"><o:hour>5</o:hour></o:skipHours>', attributes='xmlns:o="http://purl.org/rss/1.0/modules/rss091#"'),
            Hints(skip_hours=(5,)), id="as a module of RSS 1.0",
        ),
        pytest.param(rss("<skipHours/>" + HOURS), Hints(skip_hours=(1, 2)), id="an empty one before"),
        pytest.param(rss(f"<!-- {HOURS} -->"), Hints(), id="commented out"),
        pytest.param(rss(f"<description><![CDATA[{HOURS}]]></description>"), Hints(), id="within a text"),
        pytest.param(rss("", items=f"<item><title>One</title>{HOURS}</item>"), Hints(), id="within an item"),
        pytest.param(rss("<skipHours><hour>1</hour>"), Hints(), id="never closed"),
        pytest.param(rss(f"<title>A & B</title><ttl>60</ttl>{HOURS}"), Hints(ttl=HOUR, skip_hours=(1, 2)), id="not well-formed"),
        pytest.param(rss("<sy:updatePeriod>hourly</sy:updatePeriod>"), Hints(period=HOUR), id="once an hour"),
        pytest.param(
            rss("<sy:updatePeriod>\n\tDaily\t</sy:updatePeriod><sy:updateFrequency> 4 </sy:updateFrequency>"),
            Hints(period=6 * HOUR), id="four times a day",
        ),
        pytest.param(rss("<sy:updateFrequency>2</sy:updateFrequency>"), Hints(period=DAY / 2), id="daily if left out"),
        pytest.param(
            rss("<sy:updatePeriod>weekly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>"), Hints(period=7 * DAY),
            id="the frequency is one if it is none",
        ),
        pytest.param(
            rss("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>999</sy:updateFrequency>"), Hints(),
            id="every four seconds",
        ),
        pytest.param(rss("<sy:updatePeriod>fortnightly</sy:updatePeriod>"), Hints(), id="no such period"),
        pytest.param(
            rss("<sy:updateBase>2000-01-01T12:00+08:00</sy:updateBase>"),
            Hints(period=DAY, base=datetime(2000, 1, 1, 4, tzinfo=UTC)), id="a base alone",
        ),
        pytest.param(
            rss("<sy:updatePeriod>monthly</sy:updatePeriod><sy:updateBase>2000-01-01T12:00</sy:updateBase>"),
            Hints(period=30 * DAY, base=datetime(2000, 1, 1, 12, tzinfo=UTC)), id="a base without a zone is GMT",
        ),
        pytest.param(
            rss("<sy:updatePeriod>yearly</sy:updatePeriod><sy:updateBase>then</sy:updateBase>"), Hints(period=365 * DAY),
            id="a base that is no date",
        ),
        pytest.param(
            rss("<s:updatePeriod>daily</s:updatePeriod>", attributes=SYNDICATION.replace("sy=", "s=")), Hints(period=DAY),
            id="another prefix",
        ),
        pytest.param(rdf("<sy:updatePeriod>daily</sy:updatePeriod>"), Hints(period=DAY), id="RSS 1.0"),
        pytest.param(atom("<sy:updatePeriod>daily</sy:updatePeriod>"), Hints(period=DAY), id="Atom"),
        pytest.param(atom(""), Hints(), id="an entry's period is not the feed's"),
        pytest.param(
            rss("<i:complete>Yes</i:complete>", attributes='xmlns:i="http://www.itunes.com/dtds/podcast-1.0.dtd"'),
            Hints(finished=True), id="a finished podcast",
        ),
    ],
)  # fmt: skip
def test_hints_of_xml(document: str, expected: Hints) -> None:
    assert hints(document) == expected


@pytest.mark.parametrize(("expired", "finished"), [(True, True), (False, False), ("true", False), (1, False), (None, False)])
def test_a_json_feed_says_when_it_is_finished(expired: object, *, finished: bool) -> None:
    document = {"version": "https://jsonfeed.org/version/1.1", "title": "News", "items": [], "expired": expired}

    assert hints(json.dumps(document)) == Hints(finished=finished)


def test_hints_far_from_the_channel_s_edges_are_not_looked_for() -> None:
    """The text around the items is read up to 64 KiB before them and 8 KiB after: nobody needs more."""
    filler = f"<description>{'x' * 70_000}</description>"

    assert hints(rss(filler + HOURS)) == Hints()
    assert hints(rss("", HOURS + filler)) == Hints()
    assert hints(rss(HOURS + filler)) == Hints(skip_hours=(1, 2))


@given(
    st.lists(
        st.sampled_from(["<skipHours>", "</skipHours>", "<hour>", "5", "</hour>", "<!--", "-->", "<![CDATA[", "]]>", "<item>"])
    )
)
def test_whatever_stands_there_hints_make_sense(pieces: list[str]) -> None:
    found = hints(rss("".join(pieces)))

    assert set(found.skip_hours) <= {5}
    assert found == Hints(skip_hours=found.skip_hours)
