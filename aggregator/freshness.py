"""Owns what a response's header fields say about when to ask again: Cache-Control, Expires, Age, Retry-After. Pure.

We are a private cache that keeps one response per feed and, unlike other caches, may always ask again. So what counts here is
only how long the server does not want to be asked. What is not valid is no wish.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aggregator.model import Freshness

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# RFC 9111, section 1.2.2: what is longer than this many seconds is read as this many.
_LONGEST = 2**31
_LONGEST_FIELD = 4096  # characters; honest fields have a hundred

_DELTA = re.compile(r"[0-9]+")
_DIRECTIVE = re.compile(r"""(?P<name>[\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s,;]*)))?""")

# RFC 9110, section 5.6.7: the fixed form, that of RFC 850, and that of C's asctime.
_TIME = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_DATES = tuple(
    re.compile(pattern, re.ASCII | re.IGNORECASE)
    for pattern in (
        rf"[a-z]{{3}}, (?P<day>\d\d) (?P<month>[a-z]{{3}}) (?P<year>\d{{4}}) {_TIME} GMT",
        rf"[a-z]{{6,9}}, (?P<day>\d\d)-(?P<month>[a-z]{{3}})-(?P<year>\d\d) {_TIME} GMT",
        rf"[a-z]{{3}} (?P<month>[a-z]{{3}}) (?P<day>[ \d]\d) {_TIME} (?P<year>\d{{4}})",
    )
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LEAP_SECOND = 60
_CENTURY = 100


def freshness_of(fields: Mapping[str, Sequence[str]], now: datetime) -> Freshness:
    """Read how long a response stays fresh and how long the server wants to be left alone.

    Args:
        fields: the values of each header field, one for each line, under its name in lower case.
        now: when the response came; it stands in for a missing Date, against which other dates are measured.

    Returns:
        Only durations that are longer than nothing. ``max_age`` is the directive of that name, or else Expires − Date, less Age
        (RFC 9111, sections 4.2.1 and 4.2.3, without what the two clocks differ by). There is none where the response must not
        be used again unasked (no-cache, no-store), nor where the directive makes no sense, in which case section 4.2.1 wants
        the response to be stale. ``s-maxage`` is for shared caches and not for us.
    """
    sent = _http_date(_first(fields, "date"), now) or now
    age = _delta(_first(fields, "age")) or timedelta()
    directives = _directives(fields.get("cache-control", ()))
    retry_after = _retry_after(_first(fields, "retry-after"), sent, now)
    if directives.get("no-cache") == "" or "no-store" in directives:  # no-cache="Set-Cookie" is about that field alone
        return Freshness(retry_after=retry_after)
    if "max-age" in directives:
        lifetime = _delta(directives["max-age"]) or timedelta()
        return Freshness(max_age=_positive(lifetime - age), retry_after=retry_after)
    expires = _http_date(_first(fields, "expires"), now) or sent
    max_age = _positive(min(expires - sent, timedelta(seconds=_LONGEST)) - age)
    if max_age is None:
        return Freshness(retry_after=retry_after)
    return Freshness(max_age=max_age, stated_in="Expires", retry_after=retry_after)


def _first(fields: Mapping[str, Sequence[str]], name: str) -> str:
    """The first line of a field that should have one only, as RFC 9111, section 4.2.1, advises."""
    values = fields.get(name, ())
    return values[0].strip() if values else ""


def _directives(lines: Sequence[str]) -> dict[str, str]:
    """Read Cache-Control, all its lines as one list; of a directive that comes twice the first counts.

    Tolerant of blanks around ``=`` and of semicolons between directives. Arguments are plain or quoted, whatever the directive
    (RFC 9111, section 5.2).
    """
    found: dict[str, str] = {}
    for directive in _DIRECTIVE.finditer(", ".join(lines)[:_LONGEST_FIELD]):
        found.setdefault(directive["name"].lower(), (directive["quoted"] or directive["plain"] or "").strip())
    return found


def _delta(digits: str) -> timedelta | None:
    """Read delta-seconds (RFC 9111, section 1.2.2)."""
    if not _DELTA.fullmatch(digits):
        return None
    number = digits.lstrip("0") or "0"
    return timedelta(seconds=_LONGEST if len(number) > len(str(_LONGEST)) else min(int(number), _LONGEST))


def _retry_after(value: str, sent: datetime, now: datetime) -> timedelta | None:
    """Read seconds or a date, which is measured by the clock of the server that wrote it."""
    if (delay := _delta(value)) is not None:
        return _positive(delay)
    until = _http_date(value, now)
    return _positive(min(until - sent, timedelta(seconds=_LONGEST))) if until else None


def _positive(span: timedelta) -> timedelta | None:
    return span if span > timedelta() else None


def _http_date(value: str, now: datetime) -> datetime | None:
    """Read a date in any of the three forms. A two-digit year more than 50 years ahead of *now* is of the past."""
    found = next((found for form in _DATES if (found := form.fullmatch(value))), None)
    if found is None:
        return None
    year, second = int(found["year"]), int(found["second"])
    second -= second == _LEAP_SECOND  # which our calendar lacks
    if len(found["year"]) == 2:  # noqa: PLR2004 - the digits of RFC 850
        earliest = now.year - 49
        year = earliest + (year - earliest) % _CENTURY
    try:
        month = _MONTHS.index(found["month"].lower()) + 1
        return datetime(year, month, int(found["day"]), int(found["hour"]), int(found["minute"]), second, tzinfo=UTC)
    except ValueError:
        return None
