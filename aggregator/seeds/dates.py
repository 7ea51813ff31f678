"""Dates as archives write them. Text in, aware datetimes out; has no clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_DATE = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:(?:\s+|\s*[Tt]\s*)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?"
    r"\s*([Zz]|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)?)?",
    re.ASCII,
)
# Jekyll's names of files, and of folders; Hugo's and Hexo's trees by day.
_NAMED = r"(?a)(\d{4}-\d{1,2}-\d{1,2})(?:[-_. ].*)?"
_TREE = r"(?a)(?:.*/)?(\d{4}/\d{1,2}/\d{1,2})/[^/]+"


def parse_date(text: str, zone: ZoneInfo) -> datetime | None:
    """Return the moment *text* names, or ``None`` if it names none.

    ``2024-07-15 09:34:01 +08:00``, with or without seconds, time and zone; ``Z``, ``+0800`` and ``+08`` are understood. A date
    without a zone is in *zone*, one without a time is its midnight. Fractions of a second are dropped.
    """
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return None
    *numbers, offset = found.groups()
    year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=_zone(offset) if offset else zone)
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
        if (found := re.fullmatch(_NAMED, part)) and (moment := parse_date(found[1], zone)):
            return moment, f"the file's name, {part}" if part is file else f"the folder's name, {part}"
    found = re.fullmatch(_TREE, path)
    return (parse_date(found[1], zone), f"the folders {found[1]}") if found else (None, "")


@lru_cache(maxsize=64)
def _zone(text: str) -> timezone:
    if text[0] not in "+-":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[3:].strip(":") or 0))
    return timezone(-offset if text[0] == "-" else offset)
