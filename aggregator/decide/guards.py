"""Owns the guards: when a feed document is so unlike what its source carried before that it is not filed as it was judged.

    platform move   the ids of most items changed at once   -> the items are the sightings that we have, under new names
    swapped feed    another feed's content under this URL   -> all of it is held
    flood           more on top than ever came before       -> what would stand on top is held

A first import is never guarded: it is placed by its dates.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from aggregator.decide.dates import declared_date, shared_date
from aggregator.model import SourceKind, Verdict
from aggregator.model.guarding import FLOOD, SWAPPED, Held, Match, Pairing, Ruling

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from aggregator.model import Decision, Source
    from aggregator.model.guarding import Arrival, Past, Recent

FEWEST_MOVED = 3
_SHARE_MOVED_SURELY = 0.3  # of all new items, where path or text agree: the others may well be news
# Of the items that are not news by their date, where titles agree, which may be by chance; of all, where what else they say
# does not agree.
_SHARE_MOVED = 0.6
_KNOWN_TO_MOVED = 4  # so many new items for each that is still known by its old id
FEWEST_SWAPPED = 5  # sightings, below which we do not know a source well enough to say that it is another
_SHARE_PAIRED_BY_CHANCE = 0.2
_STRANGE_AMONG_STRANGERS = 2  # of title, site and id: where a feed links everywhere, hosts are no evidence
FLOOD_FLOOR = 30
_FLOOD_FACTOR = 3
_TOP = timedelta(days=3)  # what is dated within that stands on top
_DAY = timedelta(days=1)
_RELEASE = "held back: `aggregator quarantine release` lets it in"


def suspicious(arrival: Arrival) -> bool:
    """Say whether the past of the source is worth looking up for :func:`guard`. Cheap, and false for nearly every poll."""
    if not arrival.decisions or not _is_guarded(arrival.source):
        return False
    fresh = len(_newcomers(arrival))
    known = _known_again(arrival)
    if fresh > FLOOD_FLOOR or (fresh >= FEWEST_MOVED and known * _KNOWN_TO_MOVED <= fresh):
        return True
    if known:
        return False
    from aggregator.decide.strangers import strangeness  # noqa: PLC0415 - nearly every poll knows most of what it brings

    return strangeness(arrival.source.provenance, arrival.provenance) > 0


def guard(arrival: Arrival, past: Past) -> Ruling:
    """Say which decisions on a document are not to be filed as they are, and what to do instead."""
    if held := swapped(arrival, past):
        return Ruling(held=held)
    paired = moved(arrival, past)
    held = flood(arrival, past, paired)
    return Ruling(paired=paired, held=held, placed=_placed(arrival, paired.keys() | held.keys()))


def heed(decisions: Iterable[Decision], ruling: Ruling) -> list[Decision]:
    """Return what is to be filed, in its order: without what is held, and with what moved led to its old entry.

    A moved item is ``unchanged`` by the rule ``moved``: nothing is published again. Its sighting takes the item's names and
    digest, and its key leads to the entry from now on.
    """
    decisions = [_explained(d, ruling) for d in decisions if _carrier(d) not in ruling.held]
    by_key = {d.key.value: ruling.paired[_carrier(d)] for d in decisions if _is_new(d) and _carrier(d) in ruling.paired}
    carriers = {pairing.recent.id: carrier for carrier, pairing in ruling.paired.items()}
    heeded = []
    for decision in decisions:
        pairing = by_key.get(decision.key.value) if decision.entry_id is None else None
        if pairing is None:
            heeded.append(decision)
            continue
        old = pairing.recent
        led = replace(decision, entry_id=old.entry_id, published=old.published, updated=old.updated)
        if carriers[old.id] == _carrier(decision):
            led = replace(led, sighting_id=old.id)
        if _is_new(decision):
            led = replace(
                led, verdict=Verdict.UNCHANGED, rule="moved", reason=pairing.reason, speaks=False, founds=False, date_reason=""
            )  # fmt: skip
        heeded.append(led)
    return heeded


def moved(arrival: Arrival, past: Past) -> Mapping[str, Pairing]:
    """Recognise a change of platform: most items came under new ids at once. Pairs are unique on both sides."""
    fresh = _newcomers(arrival)
    if not _is_guarded(arrival.source) or len(fresh) < FEWEST_MOVED:
        return {}
    if _known_again(arrival) * _KNOWN_TO_MOVED > len(fresh):
        return {}
    found = _alike(arrival, past)
    if len(found) < max(FEWEST_MOVED, _SHARE_MOVED_SURELY * len(fresh)):
        return {}
    surely = sum(match is not Match.TITLE for _, match in found.values())
    older = sum(_carrier(d) not in found and not _is_news(d, arrival) for d in fresh)
    if surely < _SHARE_MOVED_SURELY * len(fresh) and len(found) < _SHARE_MOVED * (len(found) + older):
        return {}
    urls = {_carrier(d): d.identified.url_key for d in fresh}
    return {
        carrier: Pairing(recent=old, by=match, reason=_recognised(old, match, urls[carrier]))
        for carrier, (old, match) in found.items()
    }


def flood(arrival: Arrival, past: Past, paired: Mapping[str, Pairing]) -> Mapping[str, Held]:
    """Hold what would stand on top if much more of it came than the source's history makes likely.

    All of it, since nobody can tell the likely ones from the others. Older items are placed by their dates, below.
    """
    if not _is_guarded(arrival.source) or not past.recent:
        return {}
    looked_at = max((_last_look(arrival.source), *(a.seen_at for a in past.arrivals)))
    since = min(looked_at, arrival.now - _TOP)
    fresh = [d for d in _newcomers(arrival) if _carrier(d) not in paired]
    on_top = [d for d in fresh if d.published > since]
    likely = _likely(arrival, past, looked_at, arrival.now - since)
    if len(on_top) <= max(FLOOD_FLOOR, _FLOOD_FACTOR * likely):
        return {}
    others = len(fresh) - len(on_top)
    because = (
        f"one of {len(on_top)} new entries that came at once and would stand on top, where by the history of this source about"
        f" {math.ceil(likely) or 'none'} were likely since {_when(since)}"
        + (f" ({others} older one{'s' * (others > 1)} went in, below)" if others else "")
    )
    messages = {d.key.value: f"{because}; dated {_when(d.published)} ({d.date_reason}); {_RELEASE}" for d in on_top}
    return _hold(arrival, messages, FLOOD)


def swapped(arrival: Arrival, past: Past) -> Mapping[str, Held]:
    """Hold a document that has nothing in common with the source whose URL it came from: no item, no host, no name."""
    before, after, decisions = arrival.source.provenance, arrival.provenance, arrival.decisions
    own = {sighting.entry_id for sighting in past.recent}
    if not decisions or not _is_guarded(arrival.source) or len(own) < FEWEST_SWAPPED:
        return {}
    if _known_again(arrival) or any(d.entry_id in own for d in decisions):
        return {}
    from aggregator.decide import strangers  # noqa: PLC0415 - as in suspicious

    old, new = strangers.links(r.url_key for r in past.recent), strangers.links(d.identified.url_key for d in decisions)
    enough = _STRANGE_AMONG_STRANGERS if strangers.leads_everywhere(old) else 1
    if not strangers.leads_elsewhere(old, new) or strangers.strangeness(before, after) < enough:
        return {}
    if len(_alike(arrival, past)) > _SHARE_PAIRED_BY_CHANCE * len(decisions):
        return {}
    names, hosts = map(strangers.called, (after, before)), map(strangers.commonest, (new, old))
    message = (
        f"this document has nothing in common with what the source carried before: it calls itself {', not '.join(names)},"
        f" none of its items is known, and they link to {', not to '.join(hosts)};"
        f" it may be another feed's content or a login page under this address; {_RELEASE}, if the source did become another"
    )
    return {_carrier(d): Held(carrier=_carrier(d), code=SWAPPED, message=message) for d in decisions}


def held_again(decisions: Sequence[Decision], before: Mapping[str, Held]) -> Mapping[str, Held]:
    """Return what stays held, with what repeats it in this document; *before* is what was held, by carrier.

    Guards look at what comes at once. What was held once would pass them the next time, when little else is new.
    """
    held = {_carrier(d): before[_carrier(d)] for d in decisions if d.sighting_id is None and _carrier(d) in before}
    new = {d.key.value: held[_carrier(d)] for d in decisions if d.entry_id is None and _carrier(d) in held}
    repeated = {
        _carrier(d): replace(new[d.key.value], carrier=_carrier(d), row=None)
        for d in decisions
        if d.entry_id is None and d.key.value in new
    }
    return repeated | held


def _is_guarded(source: Source) -> bool:
    return source.subscription.kind is SourceKind.FEED and source.state.imported_at is not None


def _placed(arrival: Arrival, apart: Collection[str]) -> Mapping[str, str]:
    """Say of many dated entries that go in at once why they stand where they do; *apart* are such as do not, by carrier."""
    fresh = [_carrier(d) for d in _newcomers(arrival) if d.published < arrival.now.replace(microsecond=0)]
    fresh = [carrier for carrier in fresh if carrier not in apart]
    if not _is_guarded(arrival.source) or len(fresh) <= FLOOD_FLOOR:
        return {}
    return dict.fromkeys(fresh, f"one of {len(fresh)} new entries that came at once; each stands where its date puts it")


def _explained(decision: Decision, ruling: Ruling) -> Decision:
    why = ruling.placed.get(_carrier(decision))
    return replace(decision, date_reason=f"{decision.date_reason}; {why}") if why else decision


def _carrier(decision: Decision) -> str:
    return decision.identified.carrier


def _is_new(decision: Decision) -> bool:
    return decision.verdict is Verdict.NEW


def _newcomers(arrival: Arrival) -> Sequence[Decision]:
    return [d for d in arrival.decisions if _is_new(d)]


def _known_again(arrival: Arrival) -> int:
    """Count the items that the source carried before under the same ids."""
    return arrival.left_out + sum(d.sighting_id is not None for d in arrival.decisions)


def _last_look(source: Source) -> datetime:
    return source.state.document_at or source.succeeded_at or source.state.imported_at or source.added_at


def _is_news(decision: Decision, arrival: Arrival) -> bool:
    """Say whether an item is of a time at which we had not looked yet."""
    declared = declared_date(decision.identified.candidate)
    return declared is not None and _last_look(arrival.source) < declared <= arrival.now


def _alike(arrival: Arrival, past: Past) -> dict[str, tuple[Recent, Match]]:
    from aggregator.decide.resemblance import Item, pairs, pairs_at_once, traits  # noqa: PLC0415 - as in suspicious

    shared = shared_date(d.identified for d in arrival.decisions)
    items = []
    for decision in arrival.decisions:
        item, candidate = decision.identified, decision.identified.candidate
        date = None if item.carrier in shared else declared_date(candidate)
        text = candidate.content or candidate.summary or ""
        like = traits(title=candidate.title, url_key=item.url_key, text=text, date=date)
        items.append(Item(article=decision.key.value, carrier=item.carrier if _is_new(decision) else None, traits=like))
    taken = frozenset(d.entry_id for d in arrival.decisions if d.entry_id is not None)
    found = pairs(items, past.recent, taken)
    # What is dated after our last look was not there then, unless more than a title says so.
    news = {_carrier(d) for d in arrival.decisions if _carrier(d) not in shared and _is_news(d, arrival)}
    found = {carrier: pair for carrier, pair in found.items() if pair[1] is not Match.TITLE or carrier not in news}
    more = pairs_at_once(items, past.recent, taken, found)
    if len(more) < FEWEST_MOVED or len(found) + len(more) < _SHARE_MOVED * len(_newcomers(arrival)):
        return found
    return found | more


def _recognised(old: Recent, match: Match, url_key: str | None) -> str:
    from aggregator.decide.resemblance import address  # noqa: PLC0415 - as in suspicious

    by = {
        Match.PATH: f"the same path on {address(url_key or '')[0]} as on {address(old.url_key or '')[0]}",
        Match.TEXT: "the same text",
        Match.TITLE: "the same title",
    }
    return (
        f"this feed changed the ids of its items, and this is the earlier item “{old.title}” by {by[match]}; not published again"
    )


def _likely(arrival: Arrival, past: Past, looked_at: datetime, span: timedelta) -> float:
    """Estimate how many entries may come in *span*: as many as ever came in such a time, or as the rate makes it."""
    imported_at = arrival.source.state.imported_at or arrival.source.added_at
    came = []
    for entry in past.arrivals:
        if entry.seen_at > imported_at:
            came.append(entry.seen_at)
        elif entry.published is not None and entry.published < entry.seen_at.replace(microsecond=0):
            came.append(entry.published)  # the first document goes back further than our watch, and undated items say nothing
    came.sort()
    if not came:
        return 0.0
    most = first = 0
    for last, moment in enumerate(came):
        while moment - came[first] > span:
            first += 1
        most = max(most, last - first + 1)
    return max(most, len(came) * (span / max(looked_at - came[0], _DAY)))


def _hold(arrival: Arrival, messages: Mapping[str, str], code: str) -> Mapping[str, Held]:
    """Hold new entries by key, with all that repeats them in the document."""
    return {
        _carrier(d): Held(carrier=_carrier(d), code=code, message=messages[d.key.value])
        for d in arrival.decisions
        if d.entry_id is None and d.key.value in messages
    }


def _when(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
