"""What header fields say of the next request (RFC 9111, sections 4.2 and 5; RFC 9110, sections 5.6.7 and 10.2.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.freshness import freshness_of
from aggregator.model import Freshness

NOW = datetime(2026, 1, 2, 20, 30, tzinfo=UTC)
DATE = "Fri, 02 Jan 2026 20:30:00 GMT"
IN_AN_HOUR = "Fri, 02 Jan 2026 21:30:00 GMT"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONGEST = timedelta(seconds=2**31)


def of(**fields: str | list[str]) -> Freshness:
    """Read fields whose names are written with underscores."""
    lines = {name.replace("_", "-"): [value] if isinstance(value, str) else value for name, value in fields.items()}
    return freshness_of(lines, NOW)


@pytest.mark.parametrize(
    ("cache_control", "max_age"),
    [
        pytest.param("max-age=3600", HOUR, id="plain"),
        pytest.param("public, Max-Age=3600, must-revalidate", HOUR, id="among others, in any case"),
        pytest.param('max-age="3600"', HOUR, id="quoted"),
        pytest.param("max-age = 3600;public", HOUR, id="sloppy"),
        pytest.param(["public", "max-age=3600"], HOUR, id="several lines"),
        pytest.param(["max-age=3600", "max-age=60"], HOUR, id="of two the first"),
        pytest.param("s-maxage=3600", None, id="for shared caches"),
        pytest.param("s-maxage=60, max-age=3600", HOUR, id="for shared caches, and for us"),
        pytest.param("max-age=0", None, id="at once"),
        pytest.param("max-age=-3600", None, id="negative"),
        pytest.param("max-age=3600.5", None, id="a fraction"),
        pytest.param("max-age=٣٦٠٠", None, id="digits that are not ASCII"),
        pytest.param("max-age", None, id="without a value"),
        pytest.param(f"max-age={'9' * 20}", LONGEST, id="longer than a cache counts"),
        pytest.param(f"max-age={'0' * 50}3600", HOUR, id="leading zeros"),
        pytest.param("no-cache, max-age=3600", None, id="the stricter directive counts"),
        pytest.param("no-store, max-age=3600", None, id="no-store"),
        pytest.param('no-cache="Set-Cookie, X", max-age=3600', HOUR, id="no-cache for one field alone"),
        pytest.param('private="max-age=60, x", max-age=3600', HOUR, id="a quoted list is no directive"),
        pytest.param(r'x="a\", max-age=60, ", max-age=3600', HOUR, id="a quote within quotes"),
        pytest.param('x="max-age=60, max-age=3600', HOUR, id="a quote that never ends"),
        pytest.param("", None, id="empty"),
        pytest.param("x" * 5000 + ", max-age=3600", None, id="beyond what anyone sends"),
    ],
)
def test_max_age(cache_control: str | list[str], max_age: timedelta | None) -> None:
    assert of(cache_control=cache_control) == Freshness(max_age=max_age)


@pytest.mark.parametrize(
    ("age", "max_age"),
    [
        ("1800", HOUR / 2),
        ("3600", None),
        ("7200", None),
        ("-5", HOUR),
        ("soon", HOUR),
        (["1800", "0"], HOUR / 2),
    ],
)
def test_what_a_cache_on_the_way_already_waited_is_taken_off(age: str | list[str], max_age: timedelta | None) -> None:
    assert of(cache_control="max-age=3600", age=age) == Freshness(max_age=max_age)


@pytest.mark.parametrize(
    ("fields", "max_age"),
    [
        pytest.param({"expires": IN_AN_HOUR, "date": DATE}, HOUR, id="after Date"),
        pytest.param({"expires": IN_AN_HOUR}, HOUR, id="without Date our clock counts"),
        pytest.param({"expires": IN_AN_HOUR, "date": "today"}, HOUR, id="so it does if Date is none"),
        pytest.param(
            {"expires": "Sat, 01 Jan 2000 01:00:00 GMT", "date": "Sat, 01 Jan 2000 00:00:00 GMT"}, HOUR,
            id="by the clock of the server, however wrong",
        ),
        pytest.param({"expires": IN_AN_HOUR, "date": DATE, "age": "600"}, timedelta(minutes=50), id="less Age"),
        pytest.param({"expires": DATE, "date": IN_AN_HOUR}, None, id="past"),
        pytest.param({"expires": "0"}, None, id="zero"),
        pytest.param({"expires": "-1"}, None, id="negative"),
        pytest.param({"expires": ""}, None, id="empty"),
        pytest.param({"expires": [IN_AN_HOUR, "0"]}, HOUR, id="of two the first"),
        pytest.param({"expires": "Thu, 31 Dec 9999 23:59:59 GMT"}, LONGEST, id="never"),
        pytest.param({"expires": IN_AN_HOUR, "cache-control": "max-age=0"}, None, id="max-age wins"),
        pytest.param({"expires": IN_AN_HOUR, "cache-control": "max-age=x"}, None, id="also if it makes no sense"),
        pytest.param({"expires": IN_AN_HOUR, "cache-control": "no-store"}, None, id="not to be kept"),
        pytest.param({"expires": IN_AN_HOUR, "cache-control": "s-maxage=0, public"}, HOUR, id="beside other directives"),
    ],
)  # fmt: skip
def test_expires(fields: dict[str, str | list[str]], max_age: timedelta | None) -> None:
    assert of(**fields) == (Freshness(max_age=max_age, stated_in="Expires") if max_age else Freshness())


@pytest.mark.parametrize(
    ("value", "retry_after"),
    [
        pytest.param("3600", HOUR, id="seconds"),
        pytest.param(" 3600 ", HOUR, id="with blanks"),
        pytest.param(IN_AN_HOUR, HOUR, id="date"),
        pytest.param("Friday, 02-Jan-26 21:30:00 GMT", HOUR, id="date of RFC 850"),
        pytest.param("Fri Jan  2 21:30:00 2026", HOUR, id="date of asctime"),
        pytest.param("fri, 02 jan 2026 21:30:00 gmt", HOUR, id="any case"),
        pytest.param("Fri, 02 Jan 2026 21:29:60 GMT", timedelta(minutes=59, seconds=59), id="leap second"),
        pytest.param(
            "Tuesday, 02-Jan-76 20:30:00 GMT", datetime(2076, 1, 2, 20, 30, tzinfo=UTC) - NOW, id="RFC 850: 50 years ahead"
        ),
        pytest.param("Sunday, 02-Jan-77 20:30:00 GMT", None, id="RFC 850: 51 years ahead is 49 years ago"),
        pytest.param("0", None, id="at once"),
        pytest.param("-3600", None, id="negative"),
        pytest.param("1000000000000", LONGEST, id="thirty thousand years"),
        pytest.param("1" * 5000, LONGEST, id="more digits than Python reads"),
        pytest.param("Fri, 02 Jan 2026 19:30:00 GMT", None, id="past"),
        pytest.param("Fri, 02 Jan 2026 21:30:61 GMT", None, id="no such second"),
        pytest.param("Mon, 30 Feb 2026 21:30:00 GMT", None, id="no such day"),
        pytest.param("Fri, 02 Foo 2026 21:30:00 GMT", None, id="no such month"),
        pytest.param("Fri, 02 Jan 2026 21:30:00 +0800", None, id="HTTP knows GMT only"),
        pytest.param("2026-01-02T21:30:00Z", None, id="not a date of HTTP"),
        pytest.param("1.5", None, id="a fraction"),
        pytest.param("in an hour", None, id="words"),
        pytest.param("", None, id="empty"),
    ],
)
def test_retry_after(value: str, retry_after: timedelta | None) -> None:
    assert of(retry_after=value) == Freshness(retry_after=retry_after)


def test_a_date_to_retry_after_is_measured_by_the_clock_that_wrote_it() -> None:
    found = of(retry_after="Sat, 01 Jan 2000 01:00:00 GMT", date="Sat, 01 Jan 2000 00:00:00 GMT")

    assert found == Freshness(retry_after=HOUR)


def test_all_fields_together() -> None:
    found = of(cache_control="max-age=7200", expires=IN_AN_HOUR, date=DATE, age="0", retry_after="60")

    assert found == Freshness(max_age=2 * HOUR, retry_after=timedelta(minutes=1))


def test_no_field_says_nothing() -> None:
    assert of() == Freshness()
    assert of(cache_control=[], expires=[], retry_after=[]) == Freshness()


garbage = st.text(st.sampled_from('max-age=no-cachestoreGMT0123456789"\\,; :JanFriSun\x00é'), max_size=60)


@given(
    st.dictionaries(st.sampled_from(["cache-control", "expires", "date", "age", "retry-after"]), st.lists(garbage, max_size=3))
)
def test_whatever_a_server_sends_gives_positive_and_bounded_durations(fields: dict[str, list[str]]) -> None:
    found = freshness_of(fields, NOW)

    assert found.max_age is None or timedelta() < found.max_age <= LONGEST
    assert found.retry_after is None or timedelta() < found.retry_after <= LONGEST
