"""Reads dates as publishers write them. Owns the notations and the time-zone names; always answers in UTC, never raises.

Does not know the present: a date in the future is a date like any other.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aggregator.model import Remark
from aggregator.parse.patterns import compiled

if TYPE_CHECKING:
    from collections.abc import Mapping

_MONTHS = {
    "jan": 1,
    "feb": 2,
    "mar": 3,
    "apr": 4,
    "may": 5,
    "jun": 6,
    "jul": 7,
    "aug": 8,
    "sep": 9,
    "oct": 10,
    "nov": 11,
    "dec": 12,
}

# Hours east of Greenwich. CST is the American one, by RFC 5322, section 4.3. The military letters that section warns of are
# left out, as is IST, which three countries use.
_ZONES = {
    -10: "hst",
    -9: "akst",
    -8: "pst akdt",
    -7: "mst pdt",
    -6: "cst mdt",
    -5: "est cdt",
    -4: "edt ast",
    -3: "adt",
    0: "z ut utc gmt wet",
    1: "cet met mez west bst",
    2: "eet cest mest mesz",
    3: "msk eest",
    8: "hkt sgt",
    9: "jst kst",
    10: "aest",
    11: "aedt",
    12: "nzst",
    13: "nzdt",
}
_ZONE_HOURS = {name: hours for hours, names in _ZONES.items() for name in names.split()}

_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?(?:\s*(?P<half>[ap])\.?m\b\.?)?"
_ZONE = r"(?:\s*(?P<zone>[a-z]{1,5}))?(?:\s*(?P<offset>[+-]\d{1,2}(?::?\d{2})?))?(?:\s*\([^)]*\))?"
_WEEKDAY = r"(?:[a-z]{2,9}\.?,?\s+)?"
_EAST_ASIAN_TIME = (
    r"(?:\s*(?:星期|周|週).)?\s*(?P<half>上午|下午|午前|午後|오전|오후)?\s*"
    r"(?P<hour>\d{1,2})\s*[:时時点點시]\s*(?P<minute>\d{1,2})\s*(?:[:分분]\s*(?:(?P<second>\d{1,2})\s*[秒초]?)?)?"
)

# Compiled when a date is first written in none of the usual ways.
_NOTATIONS = (
    # ISO 8601, RFC 3339, W3C date and time format; also with a space, a slash or a dot
    rf"(?P<year>\d{{4}})(?:[-/.](?P<month>\d{{1,2}})(?:[-/.](?P<day>\d{{1,2}})(?:(?:T|,?\s+){_TIME}{_ZONE})?)?)?",
    # ISO 8601 without separators
    rf"(?P<year>\d{{4}})(?P<month>\d\d)(?P<day>\d\d)(?:T?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?{_ZONE})?",
    # RFC 822, 850, 5322: Wed, 1 May 2024 12:00:00 +0800
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})[\s-]+(?P<name>[a-z]{{3,9}})\.?,?[\s-]+(?P<year>\d{{2,4}})(?:,?\s+{_TIME}{_ZONE})?",
    # May 1, 2024 12:00
    rf"{_WEEKDAY}(?P<name>[a-z]{{3,9}})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})(?:,?\s+{_TIME}{_ZONE})?",
    # asctime, and Java's Date.toString: Wed May  1 12:00:00 UTC 2024
    rf"{_WEEKDAY}(?P<name>[a-z]{{3,9}})\s+(?P<day>\d{{1,2}})\s+{_TIME}{_ZONE}\s+(?P<year>\d{{4}})",
    # 2024年5月1日 12:00:00 and its Japanese and Korean sisters
    rf"(?P<year>\d{{4}})\s*[年년]\s*(?P<month>\d{{1,2}})\s*[月월]\s*(?P<day>\d{{1,2}})\s*[日号號일]?(?:{_EAST_ASIAN_TIME}{_ZONE})?",
)
_UNIX_TIME = r"(\d{10})(?:\d{3})?"  # in seconds, or in milliseconds as JavaScript writes it

# The two notations of nearly all feeds, RFC 3339 and RFC 5322, when nothing about them is unusual.
_INTERNET_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
_MAIL_DATE = (
    r"(?:[A-Z][a-z]{2}, )?([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9]{2}:[0-9]{2}:[0-9]{2}) (?:GMT|([+-][0-9]{2})([0-9]{2}))"
)

_LONGEST = 100
_NOON = 12
_MIDNIGHT_AFTER = 24
_LEAP_SECOND = 60

# A day from either end of the calendar, so that the date can be shown in any time zone. The ends themselves are what .NET
# writes for "no date".
_EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
_LATEST = datetime(9999, 12, 30, tzinfo=UTC)


def read_date(raw: str, *, field: str, zone: str = "UTC") -> tuple[datetime | None, Remark | None]:
    """Read the date *raw*, and say what is wrong with it, if anything is. *field* is its name in the remark.

    A date without a time is midnight in *zone*, a name of the IANA's. A time without a zone, or with one that nobody knows, is
    taken to be of that zone and remarked (``zoneless-date``). What cannot be read, or is no day of the calendar, gives ``None``
    and ``unknown-date``.
    """
    usual = _usual_moment(raw)
    if usual is not None and _EARLIEST <= usual <= _LATEST:
        return usual, None
    text = " ".join(unicodedata.normalize("NFKC", raw[: _LONGEST + 1]).split())
    unknown = Remark(code="unknown-date", message=f"{field}: {raw[:_LONGEST]!r} is not a date we can read")
    if len(text) > _LONGEST:
        return None, unknown
    try:
        when, zoned = _moment(text, zone)
    except (ValueError, OverflowError):
        return None, unknown
    if not _EARLIEST <= when <= _LATEST:
        return None, unknown
    if zoned:
        return when, None
    message = f"{field}: {raw[:_LONGEST]!r} names no time zone we know; taken as {zone}"
    return when, Remark(code="zoneless-date", message=message)


def _usual_moment(raw: str) -> datetime | None:
    try:
        if compiled(_INTERNET_DATE).fullmatch(raw):
            return datetime.fromisoformat(raw).astimezone(UTC)
        if found := compiled(_MAIL_DATE).fullmatch(raw):
            day, month, year, time, offset_hours, offset_minutes = found.groups()
            zone = f"{offset_hours}:{offset_minutes}" if offset_hours else "Z"
            date = f"{year}-{_MONTHS[month.lower()]:02}-{day:0>2}"
            return datetime.fromisoformat(f"{date}T{time}{zone}").astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        pass  # a leap second, or no date at all
    return None


def _moment(text: str, zone: str) -> tuple[datetime, bool]:
    """The moment, and whether it can be trusted to the hour. Raises ValueError or OverflowError for what is none."""
    if unix := compiled(_UNIX_TIME).fullmatch(text):
        return datetime.fromtimestamp(int(unix[1]), UTC), True
    found = next((found for notation in _NOTATIONS if (found := re.fullmatch(notation, text, re.IGNORECASE))), None)
    if found is None:
        raise ValueError(text)
    fields = {name: value.lower() for name, value in found.groupdict().items() if value}
    day = datetime(_year(fields["year"]), _month(fields), int(fields.get("day", 1)), tzinfo=UTC)
    offset = _offset(fields)
    when = (day + _time_of_day(fields)).replace(tzinfo=ZoneInfo(zone) if offset is None else timezone(offset))
    return when.astimezone(UTC), offset is not None or "hour" not in fields


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 4:  # noqa: PLR2004 - a year in full
        return year
    return year + (2000 if len(digits) == 2 and year < 50 else 1900)  # noqa: PLR2004 - RFC 5322, section 4.3


def _month(fields: Mapping[str, str]) -> int:
    if "name" not in fields:
        return int(fields.get("month", 1))
    if fields["name"][:3] not in _MONTHS:
        raise ValueError(fields["name"])
    return _MONTHS[fields["name"][:3]]


def _time_of_day(fields: Mapping[str, str]) -> timedelta:
    hour, minute, second = (int(fields.get(name, 0)) for name in ("hour", "minute", "second"))
    half = fields.get("half")
    if half in {"a", "上午", "午前", "오전"}:
        hour %= _NOON
    elif half is not None:
        hour = hour % _NOON + _NOON
    at_the_end = hour == _MIDNIGHT_AFTER and minute == second == 0  # ISO 8601's name for the next midnight
    if not at_the_end and not (hour < _MIDNIGHT_AFTER and minute < 60 and second <= _LEAP_SECOND):  # noqa: PLR2004 - a clock
        raise ValueError(fields)
    microsecond = int(fields.get("fraction", "0")[:6].ljust(6, "0"))
    return timedelta(hours=hour, minutes=minute, seconds=min(second, _LEAP_SECOND - 1), microseconds=microsecond)


def _offset(fields: Mapping[str, str]) -> timedelta | None:
    """How far east of Greenwich; ``None`` when the text does not say."""
    if "offset" not in fields:
        hours = _ZONE_HOURS.get(fields.get("zone", ""))
        return None if hours is None else timedelta(hours=hours)
    sign = -1 if fields["offset"][0] == "-" else 1
    digits = fields["offset"][1:].replace(":", "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)  # noqa: PLR2004 - HHMM
    return sign * timedelta(hours=hours, minutes=minutes)
