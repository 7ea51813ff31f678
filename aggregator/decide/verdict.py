"""Owns verdicts: new, revised, unchanged, merged or churning, as a function of candidates and what is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aggregator.decide.dates import effective_dates, later_update
from aggregator.model import Decision, Identified, Key, Known, KnownEntry, KnownSighting, SourceKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from aggregator.model import Source

# Some sources print the time or an advertisement into every item, so each poll looks like an edit. After this many edits
# we stop believing them (the limit is reader's: https://github.com/lemon24/reader/issues/225).
MAX_REVISIONS = 24


def judge(items: Iterable[Identified], known: Known, source: Source, now: datetime) -> list[Decision]:
    """Decide on the items of one source, in their order; a later item sees what an earlier one decided."""
    court = _Court(known=known, source=source, now=now, decided={}, carried={})
    return [court.decide(item) for item in items]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Court:
    """What is known, and what this batch added to it: decisions by key and by carrier."""

    known: Known
    source: Source
    now: datetime
    decided: dict[str, Decision]
    carried: dict[str, Decision]

    def decide(self, item: Identified) -> Decision:
        if sighting := self._reused_guid(item):
            item = replace(item, carrier=f"{item.carrier} {item.url_key}")
            if item.carrier not in self.known.sightings:
                decision = self._by_key(item, f"its guid was used before for another article (“{sighting.title}”)")
                return self._note(decision)
        if twin := self.carried.get(item.carrier):
            return self._note(_repeated(item, twin))
        if own := self.known.sightings.get(item.carrier):
            return self._note(self._seen_before(item, own))
        return self._note(self._by_key(item, ""))

    def _note(self, decision: Decision) -> Decision:
        self.decided.setdefault(decision.key.value, decision)
        self.carried.setdefault(decision.identified.carrier, decision)
        return decision

    def _reused_guid(self, item: Identified) -> KnownSighting | None:
        """Return the sighting whose guid this item took over although it is another article: other link and other title."""
        own = self.known.sightings.get(item.carrier)
        if own is None or not item.carrier.startswith("guid:") or item.url_key is None or own.url_key is None:
            return None
        return own if own.url_key != item.url_key and own.title != item.candidate.title else None

    def _seen_before(self, item: Identified, own: KnownSighting) -> Decision:
        """Judge an item that this source carried before."""
        entry = self.known.entries[own.entry_id]
        updated = entry.updated
        speaks = entry.speaker_sighting_id == own.id
        if own.digest == item.digest:
            verdict, rule, reason = Verdict.UNCHANGED, "same-digest", "nothing changed that a reader would see"
        elif own.revisions >= MAX_REVISIONS:
            verdict, rule = Verdict.CHURNING, "too-many-revisions"
            reason = f"it changed {own.revisions} times already: the source changes it on every poll, and is no longer believed"
        elif not speaks:
            verdict, rule = Verdict.MERGED, "other-speaker"
            reason = "its text changed, but another source speaks for this entry; kept with the sighting"
        else:
            verdict, rule, reason = Verdict.REVISED, "new-digest", "what a reader sees changed"
            updated = later_update(item.candidate, entry.updated, self.now)
        return Decision(
            verdict=verdict, rule=rule, reason=reason, identified=item, key=item.key, entry_id=entry.id,
            sighting_id=own.id, speaks=speaks, founds=False,
            published=entry.published, updated=updated, date_reason="",
        )  # fmt: skip

    def _by_key(self, item: Identified, because: str) -> Decision:
        """Judge an item that this source never carried before: by its key it is a known article or a new one."""
        key = item.key
        if clash := self._own_other_item(item):
            key = Key(
                value=f"{key.value} {item.carrier}", rule="url+guid",
                reason=f"this source used the same link for another item (“{clash.title}”): the link and the item's guid",
            )  # fmt: skip
        if twin := self.decided.get(key.value):
            return replace(_repeated(item, twin), sighting_id=None)
        entry_id = self.known.keys.get(key.value)
        if entry_id is not None:
            return self._merge(item, key, self.known.entries[entry_id])
        published, updated, date_reason = effective_dates(item.candidate, self.now)
        return Decision(
            verdict=Verdict.NEW, rule=key.rule, reason=because or "no entry has this key yet", identified=item, key=key,
            entry_id=None, sighting_id=None, speaks=True, founds=True,
            published=published, updated=updated, date_reason=date_reason,
        )  # fmt: skip

    def _own_other_item(self, item: Identified) -> KnownSighting | None:
        """Return another item of this source with the same link, where guid and title both say that it is another article."""
        if not item.carrier.startswith("guid:") or item.key.rule != "url":
            return None
        entry_id = self.known.keys.get(item.key.value)
        for own in self.known.sightings.values():
            same_link = own.entry_id == entry_id and own.carrier.startswith("guid:") and own.url_key == item.url_key
            if same_link and own.carrier != item.carrier and own.title != item.candidate.title:
                return own
        return None

    def _merge(self, item: Identified, key: Key, entry: KnownEntry) -> Decision:
        """Add a carrier to a known entry, and say who speaks for it from now on."""
        rule, reason = self._claim_to_speak(entry)
        published, updated, date_reason = entry.published, entry.updated, ""
        speaks, founds = rule != "same-key", rule != "same-key" and not entry.settled
        if founds:
            published, updated, date_reason = effective_dates(item.candidate, self.now)
        elif speaks:
            updated = later_update(item.candidate, entry.updated, self.now)
        return Decision(
            verdict=Verdict.MERGED, rule=rule, reason=reason, identified=item, key=key, entry_id=entry.id, sighting_id=None,
            speaks=speaks, founds=founds, published=published, updated=updated, date_reason=date_reason,
        )  # fmt: skip

    def _claim_to_speak(self, entry: KnownEntry) -> tuple[str, str]:
        """Say whether this source speaks for a known entry: seeds before live feeds, then the first seen.

        Among sources that brought it between two publications, none was first for a subscriber. There the one that was
        subscribed first counts, so that the order in which servers happen to answer changes nothing.
        """
        kind = self.source.subscription.kind
        if kind is SourceKind.SEEDS and entry.speaker_kind is SourceKind.FEED:
            return "seed-speaks", "another carrier of a known entry; as a seed it speaks before live feeds"
        if kind is entry.speaker_kind and not entry.settled and self.source.id < entry.speaker_source_id:
            return "subscribed-first", "another carrier of an entry not published yet; its source was subscribed first and speaks"
        return "same-key", "another carrier of a known entry"


def _repeated(item: Identified, twin: Decision) -> Decision:
    """Merge an item into one that the same batch already decided on."""
    return replace(
        twin, verdict=Verdict.MERGED, rule="repeated", reason="the same article again, in the same run of the same source",
        identified=item, speaks=False, founds=False, date_reason="",
    )  # fmt: skip
