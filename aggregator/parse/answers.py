"""Looks up what an answer of the feed library says; nothing is taken on trust.

Everything is looked up with :func:`stated`, because the library answers questions the publisher left open, such as ``updated``
with ``published``. Values may be of any type: an element named like one of the library's own keys overwrites it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aggregator.parse.dates import read_date
from aggregator.parse.fields import legal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from aggregator.model import Remark

_HTML = frozenset({"text/html", "application/xhtml+xml"})

Record = dict[str, Any]


def stated(owner: Record, key: str) -> Any:
    """What the document itself says under *key*: a plain look-up, past the substitutions of the library's own dictionary."""
    return dict.get(owner, key)


def text(owner: Record, key: str) -> str | None:
    """The text under *key*, ``None`` if there is none or it is blank."""
    value = dict.get(owner, key)
    return (legal(value).strip() or None) if isinstance(value, str) else None


def records(owner: Record, key: str) -> Iterator[Record]:
    """The dictionaries in the list under *key*."""
    values = stated(owner, key)
    return (value for value in values if isinstance(value, dict)) if isinstance(values, list) else iter(())


def record(owner: Record, key: str) -> Record:
    """The dictionary under *key*, empty if there is none."""
    value = stated(owner, key)
    return value if isinstance(value, dict) else {}


def is_html(detail: Record) -> bool:
    """Whether a text is HTML or XHTML, by its *detail*."""
    return media_type(detail) in _HTML


def is_text(detail: Record) -> bool:
    """Whether a text is one that can be shown, by its *detail*."""
    return is_html(detail) or media_type(detail).startswith("text/")


def media_type(detail: Record) -> str:
    """The media type of a text without its parameters, empty if unknown."""
    written = stated(detail, "type")
    if written == "text/html" or written == "text/plain":  # noqa: PLR1714 - nearly always, and a value may be of any type
        return str(written)
    return (text(detail, "type") or "").partition(";")[0].strip().lower()


def date_of(owner: Record, field_name: str, zone: str = "UTC") -> tuple[datetime | None, Remark | None]:
    """The date under *field_name*, in *zone* unless it says.

    Read by ourselves: the library's own answer hides a missing zone and takes any digits.
    """
    raw = text(owner, field_name)
    return read_date(raw, field=field_name, zone=zone) if raw else (None, None)
