"""Owns which new items are copies of stored entries, and whose words count then."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from aggregator.decide.dates import later_update
from aggregator.decide.verdict import buried, claim_to_speak
from aggregator.model import Filing, Hider, Verdict
from aggregator.model.copying import COPIED, EVERYWHERE, Duplicates, Pair

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from aggregator.model import Decision, Source
    from aggregator.model.copying import CopyRules, Counterpart, Near

# How far apart papers publish one agency's report. What says the same later on is a form that is filled in again.
WITHIN = timedelta(days=3)
BITS = 64


class Copy(Struct, frozen=True, kw_only=True):
    """A new item says the same as a stored entry, with *rules* of a category that they share."""

    of: Counterpart
    distance: int
    rules: CopyRules


def wanted(declared: Iterable[CopyRules], categories: Mapping[str, str]) -> list[CopyRules]:
    """Return what is declared for these categories, given by key with their names, one by one; not where nobody wants it."""
    rules = {rule.key: rule for rule in declared}
    found = []
    for key, name in categories.items():
        rule = rules.get(key) or rules.get(EVERYWHERE)
        if rule is not None and rule.duplicates is not Duplicates.OFF:
            found.append(replace(rule, key=key, category=name))
    return found


def shared(rules: Iterable[CopyRules], one: Collection[str], other: Collection[str]) -> CopyRules | None:
    """Return the first of *rules* whose category is among both those of *one* and of *other*, given by their keys."""
    return next((rule for rule in rules if rule.key in one and rule.key in other), None)


def pair(one: Counterpart, other: Counterpart, distance: int, rules: Iterable[CopyRules]) -> Pair | None:
    """Return two entries that are alike as a pair, the newer first; ``None`` if that is no sign of a copy."""
    newer, older = sorted((one, other), key=lambda c: (c.entry.published, c.entry.id), reverse=True)
    rule = shared(rules, one.categories, other.categories)
    if rule is None or one.sources & other.sources or newer.entry.published - older.entry.published > WITHIN:
        return None
    return Pair(
        distance=distance, category=rule.category,
        entry_id=newer.entry.id, title=newer.title, source=newer.source_name, url=newer.url, published=newer.entry.published,
        other_id=older.entry.id, other_title=older.title, other_source=older.source_name, other_url=older.url,
        other_published=older.entry.published,
    )  # fmt: skip


def copies(
    fresh: Sequence[tuple[Filing, Collection[str]]],
    near: Iterable[Near],
    known: Mapping[int, Counterpart],
    source: Source,
    rules: Sequence[CopyRules],
) -> dict[str, Copy]:
    """Return which of the *fresh* filings of *source*, each with the keys of its categories, are copies of what; by carrier.

    An entry takes one item of a source: its reports may all be alike. The closest are paired first, so that it is the same
    pairs whichever source is read first.
    """
    merging = [rule for rule in rules if rule.duplicates is Duplicates.ON]
    like: dict[int, list[Near]] = {}
    for one in near:
        like.setdefault(one.value, []).append(one)
    found: list[tuple[tuple[object, ...], str, Copy]] = []
    for filing, keys in fresh:
        decision = filing.decision
        for one in like.get(filing.fingerprint, ()) if filing.fingerprint is not None else ():
            of = known.get(one.entry_id)
            if of is None or source.id in of.sources:
                continue
            apart = abs(of.entry.published - decision.published)
            rule = shared(merging, keys, of.categories)
            if rule is not None and apart <= WITHIN:
                item = decision.identified
                closeness = (one.distance, apart, sorted((item.url_key or item.carrier, of.name)))
                found.append((closeness, item.carrier, Copy(of=of, distance=one.distance, rules=rule)))
    paired: dict[str, Copy] = {}
    taken: set[int] = set()
    for _, carrier, copy in sorted(found, key=lambda one: one[0]):
        if carrier not in paired and copy.of.entry.id not in taken:
            taken.add(copy.of.entry.id)
            paired[carrier] = copy
    return paired


def led(filings: Iterable[Filing], paired: Mapping[str, Copy], source: Source, now: datetime) -> list[Filing]:
    """Lead new items to the entries that they are copies of, and with them whatever repeats them in the same batch."""
    filings = list(filings)
    to = {
        filing.decision.key.value: joined(filing, copy, source, now)
        for filing in filings
        if filing.decision.verdict is Verdict.NEW and (copy := paired.get(filing.decision.identified.carrier))
    }
    return [_following(filing, to[key]) if (key := filing.decision.key.value) in to else filing for filing in filings]


def joined(filing: Filing, copy: Copy, source: Source, now: datetime) -> Filing:
    """Merge a new item into the entry that it is a copy of; if the operator hid that, the copy is hidden, too."""
    decision, entry, hidden = filing.decision, copy.of.entry, copy.of.entry.hidden
    says = f"says the same as “{copy.of.title}” of {copy.of.source_name} ({copy.distance} of {BITS} bits differ)"
    if hidden is not None and hidden.by is Hider.OPERATOR:
        told = buried(decision.identified, decision.key, entry, hidden, None)
        return Filing(decision=replace(told, reason=f"{says}; {told.reason}"))
    speaks, because = _claim(copy, source)
    founds = speaks and not entry.settled
    published, updated, date_reason = entry.published, entry.updated, ""
    if founds:
        published, updated, date_reason = decision.published, decision.updated, decision.date_reason
    elif speaks:
        updated = later_update(decision.identified.candidate, entry.updated, now)
    merged = replace(
        decision, verdict=Verdict.MERGED, rule=COPIED, reason=says + because, entry_id=entry.id,
        speaks=speaks, founds=founds, published=published, updated=updated, date_reason=date_reason,
    )  # fmt: skip
    return replace(filing, decision=merged)


def _claim(copy: Copy, source: Source) -> tuple[bool, str]:
    """Say whether *source* speaks for the entry: by the declared order, else by the usual one."""
    primary = copy.rules.primary
    mine, theirs = (
        primary.index(url) if url in primary else len(primary) for url in (source.subscription.url, copy.of.source_url)
    )
    if mine != theirs:
        return mine < theirs, f"; in {copy.rules.category} its source counts before that" if mine < theirs else ""
    rule, reason = claim_to_speak(copy.of.entry, source)
    return rule != "same-key", f"; {reason}" if rule != "same-key" else ""


def _following(filing: Filing, leader: Filing) -> Filing:
    """Return the first of its key as it is filed now, and let what repeats it follow."""
    first: Decision = leader.decision
    if filing.decision.verdict is Verdict.NEW:
        return leader
    if first.verdict is Verdict.TOMBSTONED:
        return Filing(decision=replace(first, identified=filing.decision.identified))
    repeated = replace(filing.decision, entry_id=first.entry_id, published=first.published, updated=first.updated)
    return replace(filing, decision=repeated)
