"""Owns resemblance: which item of a document is which earlier item of the same source, although nothing names it so.

Two articles taken for one are worse than one article twice. So whatever is compared counts only where it is unique on both
sides, and titles that disagree part what path and text would join, as dates part what titles would join. Only where most of a
document agrees in spite of that (:func:`pairs_at_once`) is it taken for what a new platform did to all of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from msgspec import Struct

from aggregator.model.guarding import Match

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from aggregator.model.guarding import Recent

    Pairs: TypeAlias = dict[str, tuple[Recent, Match]]  # by carrier

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
_ENOUGH_TO_OUTWEIGH_A_TITLE = 100  # letters of a text, counted as those of a title
_CJK = 0x2E80
# An item's date may be given with the wrong zone on one of two platforms, which shifts it by this much at most.
_ZONES = timedelta(hours=14)
# An import that dates all items anew dates them at once, though they came over a longer time; a series keeps its pace.
_IMPORT = timedelta(days=1)
_LONGER_THAN_AN_IMPORT = 10
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


def pairs(items: Iterable[Item], recent: Iterable[Recent], taken: frozenset[int]) -> Pairs:
    """Find the sightings that new items are, by carrier: by path, where that says nothing by text, then by title.

    *taken* are entries that the document carries under their known ids. The order of neither side matters.
    """
    return _pairs(tuple(items), recent, taken, {}, _EACH_BY_ITSELF)


def pairs_at_once(items: Iterable[Item], recent: Iterable[Recent], taken: frozenset[int], found: Pairs) -> Pairs:
    """Find more than is in *found*: what is to be believed only if so most items of the document are recognised.

    By long texts and telling paths although titles disagree, then by telling titles although dates do: all were dated anew.
    """
    items = tuple(items)
    more = _pairs(items, recent, taken, found, _ALL_AT_ONCE)
    ours = {item.carrier: item.traits.date for item in items if item.carrier in more}
    differ = {
        carrier: (date, old.declared)
        for carrier, (old, match) in more.items()
        if (date := ours[carrier]) and old.declared and (match is Match.TITLE or _apart(date, old.declared))
    }
    dated_anew = _are_dated_anew(tuple(differ.values()))
    return {
        carrier: (old, match)
        for carrier, (old, match) in more.items()
        if (dated_anew if carrier in differ else match is not Match.TITLE)
    }


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
    return _letters(_said(title)) >= _ENOUGH_OF_A_TITLE


class _Step(Struct, frozen=True):
    """A way to recognise items: what is compared ("" where it is not enough), and whether all else that they say allows it."""

    match: Match
    compared: Callable[[Traits], str]
    allows: Callable[[Traits, Traits, Recent], bool]


def _pairs(
    items: Sequence[Item], recent: Iterable[Recent], taken: frozenset[int], before: Pairs, steps: Iterable[_Step]
) -> Pairs:
    """Find what these steps add to the pairs *before*."""
    newest = {sighting.entry_id: sighting for sighting in sorted(recent, key=lambda sighting: sighting.id)}
    known = {
        s.entry_id: traits(title=s.title, url_key=s.url_key, text=s.text, date=s.declared) for s in newest.values()
    }  # fmt: skip
    found = dict(before)
    for step in steps:
        if all(item.carrier in found for item in items if item.carrier is not None):
            break
        used = taken.union(sighting.entry_id for sighting, _ in found.values())
        values = [step.compared(item.traits) for item in items]
        ours = _groups((value, item.article) for value, item in zip(values, items, strict=True))
        theirs = _groups((step.compared(like), entry_id) for entry_id, like in known.items())
        for item, value in zip(items, values, strict=True):
            candidates = theirs.get(value, set())
            if item.carrier is None or item.carrier in found or len(candidates) != 1 or len(ours[value]) != 1:
                continue
            sighting = newest[next(iter(candidates))]
            if sighting.entry_id not in used and step.allows(item.traits, known[sighting.entry_id], sighting):
                found[item.carrier] = (sighting, step.match)
    return {carrier: pair for carrier, pair in found.items() if carrier not in before}


def _groups(articles: Iterable[tuple[str, Name]]) -> dict[str, set[Name]]:
    """Group articles by what is compared; without it an article is in no group."""
    groups: dict[str, set[Name]] = defaultdict(set)
    for value, name in articles:
        if value:
            groups[value].add(name)
    return groups


def _path(like: Traits) -> str:
    return like.path


def _text(like: Traits) -> str:
    from html import unescape  # noqa: PLC0415 - its table of 2,231 names is not needed by most polls

    plain = folded(unescape(_TAG.sub(" ", like.text)))
    return plain if len(plain) >= _ENOUGH_OF_A_TEXT else ""


def _title(like: Traits) -> str:
    return like.title


def _telling_path(like: Traits) -> str:
    return like.path if _is_telling_path(like.path) else ""


def _long_text(like: Traits) -> str:
    text = _text(like)
    return text if _letters(text) >= _ENOUGH_TO_OUTWEIGH_A_TITLE else ""


def _telling_title(like: Traits) -> str:
    """Return what a title says beside its numbers and dates, since these alone tell the parts of a series apart."""
    return _said(like.title) if tells(like.title) else ""


def _allows_path(ours: Traits, theirs: Traits, _: Recent) -> bool:
    named = tells(ours.title) and tells(theirs.title)
    return _agree(ours, theirs) and ours.host != theirs.host and (named or _is_telling_path(ours.path))


def _allows_text(ours: Traits, theirs: Traits, _: Recent) -> bool:
    # First words that stand in for a missing title (``clean``) contradict nobody.
    return _agree(ours, theirs) or _text(ours).startswith((ours.title, theirs.title))


def _allows_title(ours: Traits, theirs: Traits, sighting: Recent) -> bool:
    # Series repeat their titles: the forecast for Sunday is another one each week. A second time we know better.
    return tells(ours.title) and not _apart(ours.date, theirs.date) and not sighting.moved


def _allows_path_at_once(ours: Traits, theirs: Traits, _: Recent) -> bool:
    return ours.host != theirs.host and not _are_of_a_series(ours, theirs)


def _allows_text_at_once(ours: Traits, theirs: Traits, _: Recent) -> bool:
    return not _are_of_a_series(ours, theirs)


def _allows_title_at_once(ours: Traits, theirs: Traits, sighting: Recent) -> bool:
    return ours.title == theirs.title and not sighting.moved


_EACH_BY_ITSELF = (
    _Step(Match.PATH, _path, _allows_path),
    _Step(Match.TEXT, _text, _allows_text),
    _Step(Match.TITLE, _title, _allows_title),
)
_ALL_AT_ONCE = (
    _Step(Match.TEXT, _long_text, _allows_text_at_once),
    _Step(Match.PATH, _telling_path, _allows_path_at_once),
    _Step(Match.TITLE, _telling_title, _allows_title_at_once),
)


def _agree(ours: Traits, theirs: Traits) -> bool:
    return not ours.title or not theirs.title or akin(ours.title, theirs.title)


def _are_of_a_series(ours: Traits, theirs: Traits) -> bool:
    """Say whether titles differ by a number or a date only: this week's programme is described as last week's was."""
    return not _agree(ours, theirs) and _said(ours.title) == _said(theirs.title)


def _apart(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and abs(one - other) > _ZONES


def _are_dated_anew(dates: Sequence[tuple[datetime, datetime]]) -> bool:
    """Say whether items, dated now and before, were all dated by an import."""
    if not dates:
        return False
    now, before = [one for one, _ in dates], [other for _, other in dates]
    took = max(now) - min(now)
    return took <= _IMPORT and took * _LONGER_THAN_AN_IMPORT < max(before) - min(before)


def _said(title: str) -> str:
    words = (_NOTHING_SAID_WITHIN.sub("", word) for word in title.split())
    return "".join(c for word in words if word not in _NOTHING_SAID and word not in _DATE_WORDS for c in word if c.isalpha())


def _letters(text: str) -> int:
    return sum(3 if ord(c) >= _CJK else 1 for c in text if c.isalpha())


def _is_telling_path(path: str) -> bool:
    """Say whether a path could be one article's only, on any host: ``/2021/how-bees-fly``, not ``/archives/12`` or ``/?p=12``."""
    place, _, query = path.partition("?")
    if query:
        return any(len(pair.partition("=")[2]) >= _ENOUGH_OF_A_PATH for pair in query.split("&"))
    return len(place.rpartition("/")[2].partition(".")[0]) >= _ENOUGH_OF_A_PATH
