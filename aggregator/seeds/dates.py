"""Dates as archives write them. Text in, aware datetimes out; has no clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_DATE = re.compile(
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
    r"(?:(?:\s+|\s*[Tt]\s*)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<zone>[Zz]|UTC|GMT|(?P<sign>[+-])(?P<zone_hour>\d{2}):?(?P<zone_minute>\d{2})?)?)?",
    re.ASCII,
)
# Jekyll's names of files, and of folders; Hugo's and Hexo's trees by day.
_NAMED = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:[-_. ].*)?", re.ASCII)
_TREE = re.compile(r"(?:.*/)?(\d{4}/\d{1,2}/\d{1,2})/[^/]+", re.ASCII)


def parse_date(text: str, zone: ZoneInfo) -> datetime | None:
    """Return the moment *text* names, or ``None`` if it names none.

    ``2024-07-15 09:34:01 +08:00``, with or without seconds, time and zone; ``Z``, ``+0800`` and ``+08`` are understood. A date
    without a zone is in *zone*, one without a time is its midnight. Fractions of a second are dropped.
    """
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return None
    numbers = [int(found[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")]
    try:
        moment = datetime(*numbers, tzinfo=_zone(found) or zone)  # type: ignore[arg-type,misc]  # six numbers, by position
        moment.astimezone(UTC)  # the first and the last day there is may not exist in UTC
    except (ValueError, OverflowError):
        return None
    return moment


def path_date(path: str, zone: ZoneInfo) -> tuple[datetime | None, str]:
    """Return the date that *path* names, and which part of it does.

    The file's name may begin with it, such as ``2024-07-15-title.md``, or that of a folder it is in, the nearest one first;
    or three folders are year, month and day.
    """
    *folders, file = path.split("/")
    for part in (file, *reversed(folders)):
        if (found := _NAMED.fullmatch(part)) and (moment := parse_date(found[1], zone)):
            return moment, f"the file's name, {part}" if part is file else f"the folder's name, {part}"
    found = _TREE.fullmatch(path)
    return (parse_date(found[1], zone), f"the folders {found[1]}") if found else (None, "")


def _zone(found: re.Match[str]) -> timezone | None:
    if found["zone"] is None:
        return None
    offset = timedelta(hours=int(found["zone_hour"] or 0), minutes=int(found["zone_minute"] or 0))
    return timezone(-offset if found["sign"] == "-" else offset)
