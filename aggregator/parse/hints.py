"""What a feed says of the pace at which it wants to be read: ttl, skipHours, skipDays, the syndication module of RSS 1.0.

The feed library knows the single values. The lists in ``skipHours`` and ``skipDays``, of which it keeps the last element only,
are read from the text around the items. What makes no sense counts as not said.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.model import Hints
from aggregator.parse import answers, markup
from aggregator.parse.patterns import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.parse.answers import Record

_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(days=366)  # a yearly period is one, ten years are a mistake
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORTEST_DAY = 3  # letters of "Mon"
_MIDNIGHT = 24  # RSS 0.91 counts the hours from 1 to 24, RSS 2.0 from 0 to 23

_WHOLE = r"[0-9]{1,9}"
_HOUR = r"[0-9]{1,2}"
_NOT_MARKUP = r"(?s)<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)"
# Bounded, so that each is read once.
_SKIP = r"(?i)<(?:[\w.-]{1,20}:)?skip(hours|days)(?:\s[^<>]{0,200})?>"
_SKIP_END = r"(?i)</(?:[\w.-]{1,20}:)?skip"
_ELEMENT = r"(?i)<(?:[\w.-]{1,20}:)?(?:hour|day)(?:\s[^<>]{0,200})?>([^<>]{1,40})<"


def hints_of(feed: Record, text: str) -> Hints:
    """Read the hints of a *feed*; *text* is the document that the library read."""
    skipped = _skipped(text)
    base, _ = answers.date_of(feed, "sy_updatebase")
    period = _period(feed, has_base=base is not None)
    return Hints(
        ttl=_bounded(timedelta(minutes=_number(feed, "ttl") or 0)),
        skip_hours=tuple(sorted({hour for written in skipped.get("hours", ()) for hour in _hour(written)})),
        skip_days=tuple(sorted({day for written in skipped.get("days", ()) for day in _day(written)})),
        period=period,
        base=base if period else None,
        finished=(answers.text(feed, "itunes_complete") or "").lower() == "yes",
    )


def _number(feed: Record, key: str) -> int | None:
    written = answers.text(feed, key) or ""
    return int(written) if compiled(_WHOLE).fullmatch(written) else None


def _bounded(span: timedelta) -> timedelta | None:
    return span if _SHORTEST <= span <= _LONGEST else None


def _period(feed: Record, *, has_base: bool) -> timedelta | None:
    """Left out, the period is daily and the frequency once, if anything of the module is there."""
    name = answers.text(feed, "sy_updateperiod")
    if name is None and not has_base and answers.text(feed, "sy_updatefrequency") is None:
        return None
    period = _PERIODS.get((name or "daily").lower())
    return _bounded(period / (_number(feed, "sy_updatefrequency") or 1)) if period else None


def _skipped(text: str) -> dict[str, list[str]]:
    """What stands in the elements of the first ``skipHours`` and ``skipDays``; text that only speaks of them is passed over."""
    found: dict[str, list[str]] = {}
    for piece in markup.around_items(text):
        if "<!" not in piece and "skip" not in piece.lower():
            continue
        plain = compiled(_NOT_MARKUP).sub("", piece)
        for opened in compiled(_SKIP).finditer(plain):
            kind = opened[1].lower()
            if kind not in found:
                closed = compiled(_SKIP_END).search(plain, opened.end())
                found[kind] = compiled(_ELEMENT).findall(plain, opened.end(), closed.end()) if closed else []
    return found


def _hour(written: str) -> Iterator[int]:
    if compiled(_HOUR).fullmatch(written.strip()) and (hour := int(written)) <= _MIDNIGHT:
        yield hour % _MIDNIGHT


def _day(written: str) -> Iterator[int]:
    name = written.strip().lower()
    if len(name) >= _SHORTEST_DAY:
        yield from (number for number, day in enumerate(_DAYS) if day.startswith(name))
