from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Remark
from aggregator.parse.dates import read_date


def at(*fields: int) -> datetime:
    year, month, day, *rest = fields
    return datetime(year, month, day, *rest, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("raw", "when"),
    [
        # RFC 3339, ISO 8601, W3C
        ("2024-05-01T12:00:00Z", at(2024, 5, 1, 12)),
        ("2024-05-01T20:00:00+08:00", at(2024, 5, 1, 12)),
        ("2024-05-01t20:00+0800", at(2024, 5, 1, 12)),
        ("2024-05-01 20:00:00 +08", at(2024, 5, 1, 12)),
        ("2024-05-01T12:00:00.1234567Z", at(2024, 5, 1, 12, 0, 0, 123456)),
        ("20240501T120000Z", at(2024, 5, 1, 12)),
        ("20240501", at(2024, 5, 1)),
        ("2015-10-18", at(2015, 10, 18)),
        ("2024/5/1", at(2024, 5, 1)),
        ("2024-05", at(2024, 5, 1)),
        ("2024", at(2024, 1, 1)),
        ("2024-04-30T24:00:00Z", at(2024, 5, 1)),
        ("2016-12-31T23:59:60Z", at(2016, 12, 31, 23, 59, 59)),
        # RFC 822 and what is made of it
        ("Wed, 01 May 2024 12:00:00 GMT", at(2024, 5, 1, 12)),
        ("Wed, 1 May 2024 20:00 +0800", at(2024, 5, 1, 12)),
        ("1 May 24 12:00:00 UT", at(2024, 5, 1, 12)),
        ("Tue, 04 Jan 94 07:00:00 EST", at(1994, 1, 4, 12)),
        ("Wed, 01 May 2024 07:00:00 CDT", at(2024, 5, 1, 12)),
        ("Wed, 01 May 2024 20:00:00 GMT+8", at(2024, 5, 1, 12)),
        ("Wed, 01 May 2024 20:00:00 +0800 (CST)", at(2024, 5, 1, 12)),
        ("Wednesday, 01-May-24 12:00:00 GMT", at(2024, 5, 1, 12)),
        ("Sunday, 1 September 2024", at(2024, 9, 1)),
        ("May 1, 2024 8:00 PM JST", at(2024, 5, 1, 11)),
        ("Wed May  1 12:00:00 UTC 2024", at(2024, 5, 1, 12)),
        # East Asia
        ("2024年5月1日", at(2024, 5, 1)),
        ("2024年05月01日 下午8:30 +0800", at(2024, 5, 1, 12, 30)),
        ("2004년 05월 25일 오전 11:16:37 KST", at(2004, 5, 25, 2, 16, 37)),
        ("２０２４年５月１日", at(2024, 5, 1)),
        ("٢٠٢٤-٠٥-٠١", at(2024, 5, 1)),
        # seconds and milliseconds since 1970
        ("1714564800", at(2024, 5, 1, 12)),
        ("1714564800123", at(2024, 5, 1, 12)),
    ],
)
def test_a_date_is_read(raw: str, when: datetime) -> None:
    assert read_date(raw, field="published") == (when, None)


@pytest.mark.parametrize(
    "raw",
    [
        "2024-05-01 12:00:00",
        "2024-05-01T12:00",
        "Wed, 01 May 2024 12:00:00",
        "Wed, 01 May 2024 12:00:00 XYZ",
        "2024年5月1日 12时00分",
    ],
)
def test_a_time_without_a_known_zone_is_utc_and_remarked(raw: str) -> None:
    when, remark = read_date(raw, field="updated")

    assert when == at(2024, 5, 1, 12)
    assert remark is not None
    assert (remark.code, remark.message) == ("zoneless-date", f"updated: {raw!r} names no time zone we know; taken as UTC")


@pytest.mark.parametrize(
    "raw",
    [
        "yesterday",
        "2024-02-30",
        "2024-13-45",
        "0000-00-00",
        "0000-00-00T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "2024-05-01T12:00:00+99:99",
        "2024-05-01T25:00:00Z",
        "2024-05-01T24:30:00Z",
        "Wed, 32 May 2024 12:00:00 GMT",
        "Wed, 01 Foo 2024 12:00:00 GMT",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-14:00",
        "05/06/2024",
        "1" * 5000,
        " " * 5000 + "2024",
        "\ud800",
        "",
    ],
)
def test_what_is_no_date_gives_none_and_the_text(raw: str) -> None:
    when, remark = read_date(raw, field="published")

    assert when is None
    assert remark is not None
    assert (remark.code, remark.message) == ("unknown-date", f"published: {raw[:100]!r} is not a date we can read")


@pytest.mark.parametrize(
    ("raw", "when", "remarked"),
    [
        ("2026-11-01 10:00:00", at(2026, 11, 1, 2), True),
        ("2024年5月1日 12时00分", at(2024, 5, 1, 4), True),
        ("Wed, 01 May 2024 12:00:00 XYZ", at(2024, 5, 1, 4), True),
        ("2026-11-01", at(2026, 10, 31, 16), False),
        ("2026-11-01 10:00:00 GMT", at(2026, 11, 1, 10), False),
        ("2026-11-01T10:00:00Z", at(2026, 11, 1, 10), False),
        ("2026-11-01 10:00:00 +0100", at(2026, 11, 1, 9), False),
        ("1714564800", at(2024, 5, 1, 12), False),
    ],
)
def test_a_date_without_a_zone_is_in_the_one_given(raw: str, when: datetime, remarked: bool) -> None:  # noqa: FBT001 - a column
    message = f"published: {raw!r} names no time zone we know; taken as Asia/Shanghai"
    remark = Remark(code="zoneless-date", message=message) if remarked else None

    assert read_date(raw, field="published", zone="Asia/Shanghai") == (when, remark)


def test_a_time_without_a_zone_is_that_of_the_season() -> None:
    found = [read_date(f"2026-{month}-01 12:00:00", field="published", zone="Europe/Berlin")[0] for month in ("01", "07")]

    assert found == [at(2026, 1, 1, 11), at(2026, 7, 1, 10)]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
@pytest.mark.parametrize("raw", ["0001-01-01 00:00:00", "9999-12-31 23:59:59"])
def test_a_date_that_other_zones_cannot_tell_is_none(raw: str, zone: str) -> None:
    assert read_date(raw, field="published", zone=zone)[0] is None


@pytest.mark.parametrize("year", [1, 1000, 1969, 9999])
def test_every_year_of_the_calendar_is_read(year: int) -> None:
    assert read_date(f"{year:04}-06-15", field="published") == (at(year, 6, 15), None)


@given(st.text(alphabet=st.sampled_from("0123456789-+:/. TZamp年月日MayWed,é\n"), max_size=40))
def test_any_text_is_read_or_remarked(raw: str) -> None:
    when, remark = read_date(raw, field="published")

    assert (when is None) == (remark is not None and remark.code == "unknown-date")


@given(st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 28), timezones=st.timezones()))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_rfc_3339_comes_back_as_the_same_moment(when: datetime) -> None:
    written = when.replace(microsecond=0, fold=0)
    offset = written.utcoffset()
    assert offset is not None
    if offset.total_seconds() % 60:
        return  # local mean time, which RFC 3339 cannot express

    assert read_date(written.isoformat(), field="published") == (written.astimezone(UTC), None)
