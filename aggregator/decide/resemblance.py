"""Owns resemblance: which item of a document is which earlier item of the same source, although nothing names it so.

Two articles taken for one are worse than one article twice. So whatever is compared counts only where it is unique on both
sides, and titles that disagree part what path and text would join.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from aggregator.model.guarding import Match

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from aggregator.model.guarding import Recent

_TAG = re.compile(r"<[^<>]*>")
_NO_WORD = re.compile(r"[\W_]+")
_NOTHING_SAID = frozenset(
    {
        "a", "an", "article", "blog", "de", "entry", "for", "from", "in", "item", "latest", "new", "news", "no", "of", "on",
        "page", "post", "posts", "story", "the", "title", "to", "unnamed", "untitled", "update", "updated", "updates",
    }
)  # fmt: skip
_DATE_WORDS = frozenset(
    {
        "jan", "january", "feb", "february", "mar", "march", "apr", "april", "may", "jun", "june", "jul", "july", "aug",
        "august", "sep", "sept", "september", "oct", "october", "nov", "november", "dec", "december", "mon", "monday", "tue",
        "tuesday", "wed", "wednesday", "thu", "thursday", "fri", "friday", "sat", "saturday", "sun", "sunday", "today",
        "tomorrow", "yesterday", "am", "pm", "st", "nd", "rd", "th", "week", "day", "month", "year",
    }
)  # fmt: skip
# Chinese does not part its words.
_NOTHING_SAID_WITHIN = re.compile(
    "[0-9年月日号时分]|无标题|标题|更新|公告|通知|动态|新闻|今[日天]|昨[日天]|本周|(?:周|星期)[一二三四五六天]"
)
_ENOUGH_OF_A_TITLE = 8  # Latin letters; a Chinese character says about as much as three
_ENOUGH_OF_A_PATH = 8
_ENOUGH_OF_A_TEXT = 24
_CJK = 0x2E80
# An item's date may be given with the wrong zone on one of two platforms, which shifts it by this much at most.
_ZONES = timedelta(hours=14)
Name = TypeVar("Name", int, str)


class Traits(Struct, frozen=True, kw_only=True):
    """What of an item or a sighting can be compared, empty where there is nothing. *text* is HTML, *date* the publisher's."""

    title: str
    host: str
    path: str
    text: str
    date: datetime | None


class Item(Struct, frozen=True, kw_only=True):
    """An item of the document: *article* tells it from others, *carrier* is set where it is new and may be paired."""

    article: str
    carrier: str | None
    traits: Traits


def traits(*, title: str, url_key: str | None, text: str, date: datetime | None) -> Traits:
    """Make an item or a sighting comparable; *text* is HTML, and read only if it comes to that."""
    host, path = address(url_key or "")
    return Traits(title=folded(title), host=host, path=path, text=text, date=date)


def pairs(items: Iterable[Item], recent: Iterable[Recent], taken: frozenset[int]) -> dict[str, tuple[Recent, Match]]:
    """Find the sightings that new items are, by carrier: by path, where that says nothing by text, then by title.

    *taken* are entries that the document carries under their known ids. The order of neither side matters.
    """
    items = tuple(items)
    newest = {sighting.entry_id: sighting for sighting in sorted(recent, key=lambda sighting: sighting.id)}
    known = {
        s.entry_id: traits(title=s.title, url_key=s.url_key, text=s.text, date=s.declared) for s in newest.values()
    }  # fmt: skip
    found: dict[str, tuple[Recent, Match]] = {}
    used = set(taken)
    for match in (Match.PATH, Match.TEXT, Match.TITLE):
        if all(item.carrier in found for item in items if item.carrier is not None):
            break
        values = [_compared(match, item.traits) for item in items]
        ours = _groups((value, item.article) for value, item in zip(values, items, strict=True))
        theirs = _groups((_compared(match, like), entry_id) for entry_id, like in known.items())
        for item, value in zip(items, values, strict=True):
            candidates = theirs.get(value, set())
            if item.carrier is None or item.carrier in found or len(candidates) != 1 or len(ours[value]) != 1:
                continue
            sighting = newest[next(iter(candidates))]
            if sighting.entry_id not in used and _holds(match, item.traits, known[sighting.entry_id], sighting):
                found[item.carrier] = (sighting, match)
        used.update(sighting.entry_id for sighting, _ in found.values())
    return found


def akin(one: str, other: str) -> bool:
    """Say whether two folded titles are the same words, or one is the other with words before or after it."""
    return f" {one} " in f" {other} " or f" {other} " in f" {one} "


def folded(text: str) -> str:
    """Reduce a text to its words: no case, no punctuation, no difference of width."""
    return _NO_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def address(url: str) -> tuple[str, str]:
    """Part an absolute URL into its host, without ``www.``, and all that follows."""
    rest = url.partition("://")[2]
    end = next((i for i, sign in enumerate(rest) if sign in "/?#"), len(rest))
    return rest[:end].rpartition("@")[2].lower().removeprefix("www."), rest[end:].rstrip("/")


def related(one: str, other: str) -> bool:
    """Say whether two hosts are the same, or one a part of the other."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def tells(title: str) -> bool:
    """Say whether a folded title could be one article's only: more than a date, a number, or "Update"."""
    words = (_NOTHING_SAID_WITHIN.sub("", word) for word in title.split())
    said = "".join(word for word in words if word not in _NOTHING_SAID and word not in _DATE_WORDS)
    return sum(3 if ord(c) >= _CJK else 1 for c in said if c.isalpha()) >= _ENOUGH_OF_A_TITLE


def _compared(match: Match, like: Traits) -> str:
    """Return what is compared, or "" where there is not enough of it."""
    match match:
        case Match.PATH:
            return like.path
        case Match.TEXT:
            from html import unescape  # noqa: PLC0415 - its table of 2,231 names is not needed by most polls

            plain = folded(unescape(_TAG.sub(" ", like.text)))
            return plain if len(plain) >= _ENOUGH_OF_A_TEXT else ""
        case Match.TITLE:
            return like.title


def _groups(articles: Iterable[tuple[str, Name]]) -> dict[str, set[Name]]:
    """Group articles by what is compared; without it an article is in no group."""
    groups: dict[str, set[Name]] = defaultdict(set)
    for value, name in articles:
        if value:
            groups[value].add(name)
    return groups


def _holds(match: Match, ours: Traits, theirs: Traits, sighting: Recent) -> bool:
    """Say whether what agrees outweighs what does not."""
    if ours.title and theirs.title and not akin(ours.title, theirs.title):
        return False
    named = tells(ours.title) and tells(theirs.title)
    match match:
        case Match.PATH:
            return ours.host != theirs.host and (named or _is_telling_path(ours.path))
        case Match.TEXT:
            return True
        case Match.TITLE:
            # Series repeat their titles: the forecast for Sunday is another one each week. A second time we know better.
            apart = ours.date is not None and theirs.date is not None and abs(ours.date - theirs.date) > _ZONES
            return named and not apart and not sighting.moved


def _is_telling_path(path: str) -> bool:
    """Say whether a path could be one article's only, on any host: ``/2021/how-bees-fly``, not ``/archives/12`` or ``/?p=12``."""
    place, _, query = path.partition("?")
    if query:
        return any(len(pair.partition("=")[2]) >= _ENOUGH_OF_A_PATH for pair in query.split("&"))
    return len(place.rpartition("/")[2].partition(".")[0]) >= _ENOUGH_OF_A_PATH
