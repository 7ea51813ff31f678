"""Owns verdicts: new, revised, unchanged, merged, churning or tombstoned, as a function of candidates and what is known."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from aggregator.decide.addresses import Addresses
from aggregator.decide.churning import doubt, is_doubted, trust
from aggregator.decide.dates import effective_dates, later_update
from aggregator.decide.identity import is_titled, named, named_by_text
from aggregator.decide.siblings import Titles, Traits, is_same_item, is_same_text, named_by, says_the_same, together
from aggregator.model import Decision, Hidden, Hider, Identified, Key, Known, KnownEntry, KnownSighting, SourceKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from aggregator.model import Source

_BY_LETTERS = Addresses()
NO_SUCH_KEY = "no entry has this key yet"


def judge(
    items: Iterable[Identified], known: Known, source: Source, now: datetime, addresses: Addresses = _BY_LETTERS
) -> list[Decision]:
    """Decide on the items of one source, in their order; a later item sees what an earlier one decided.

    *addresses* says which links within a text lead to one page, and which are advertisements.
    """
    items = list(items)
    kin: dict[object, list[KnownSighting]] = defaultdict(list)
    for sighting in known.sightings.values():
        kin[together(sighting.url_key, sighting.guid)].append(sighting)
    court = _Court(
        known=known, kin=kin, titles=Titles(items, known.sightings), source=source, now=now, addresses=addresses,
        decided={}, carried={}, present=set(), claimed=set(), heard=set(),
    )  # fmt: skip
    return court.decide_all(items)


class _Court(Struct, frozen=True, kw_only=True):
    """What is known, and what this batch added to it: decisions by key and by carrier, and sightings that an item claimed.

    *kin* are the sightings that share a link or, without one, a guid. *present* are those that come under their own names in the
    document; *heard* the entries that got another text by it.
    """

    known: Known
    kin: Mapping[object, Sequence[KnownSighting]]
    titles: Titles
    source: Source
    now: datetime
    addresses: Addresses
    decided: dict[str, Decision]
    carried: dict[str, Decision]
    present: set[int]
    claimed: set[int]
    heard: set[int]

    def decide_all(self, items: Sequence[Identified]) -> list[Decision]:
        items = [named_by_text(item) if self._is_misnamed(item, items) else item for item in items]
        by_name = ((item, self.known.sightings.get(item.carrier)) for item in items)
        self.present.update(own.id for item, own in by_name if own and not self._is_other_article(item, own))
        return [self.decide(item) for item in items]

    def _is_misnamed(self, item: Identified, items: Sequence[Identified]) -> bool:
        """Say whether an item goes by a title that several known articles have, or one that stands beside it under another."""
        if not is_titled(item):
            return False
        own = self.known.sightings.get(item.carrier)
        beside = own is not None and own.digest != item.digest and any(own.digest == other.digest for other in items)
        return beside or not self.titles.tell(item)

    def decide(self, item: Identified) -> Decision:
        if twin := self.carried.get(item.carrier):
            return _repeated(replace(item, carrier=twin.identified.carrier), twin)
        carrier = item.carrier
        if own := self._own(item):
            self.claimed.add(own.id)
            decision = self._seen_before(replace(item, carrier=own.carrier), own)
        elif taken := self.known.sightings.get(carrier):
            by, other = ("link", item.name) if carrier.startswith("url:") else ("guid", item.url_key)
            because = f"its {by} was used before for another article (“{taken.title}”)"
            decision = self._by_key(replace(item, carrier=f"{carrier} {other}"), because)
        else:
            decision = self._by_key(item, NO_SUCH_KEY)
        self.decided.setdefault(decision.key.value, decision)
        self.carried[carrier] = decision
        return decision

    def _own(self, item: Identified) -> KnownSighting | None:
        """Find the sighting of this very item from an earlier document, also where its guid or its link changed since."""
        exact = self.known.sightings.get(item.carrier)
        guid, traits = item.candidate.guid, _asked(item)
        if exact is not None and not self._is_other_article(item, exact):
            versions = self._siblings(item.url_key, guid) if exact.digest != item.digest and guid else ()
            return next((s for s in versions if s.guid == guid and is_same_text(traits, _told(s))), exact)
        if self.source.subscription.kind is SourceKind.SEEDS:
            return None  # each seed file is a carrier of its own
        own_guid = item.url_key is not None and item.name.startswith("guid:")  # no other item of the document has it
        before = self.known.sightings.get(item.name) if own_guid else None  # when its guid was not its link yet
        if before and before.id not in self.claimed and not self._is_other_article(replace(item, carrier=item.name), before):
            return before
        siblings = self._siblings(item.url_key, guid)
        found = min((s for s in siblings if own_guid and s.guid == guid), key=lambda s: s.digest != item.digest, default=None)
        found = found or next((s for s in siblings if is_same_text(traits, _told(s))), None)
        if found is None and self.titles.tell(item):
            found = next((s for s in siblings if says_the_same(traits, _told(s))), None)
        if found is None and item.url_key is not None and item.key.rule == "url" and not self._is_shared(item.url_key):
            found = next((s for s in reversed(siblings) if is_same_item(traits, _told(s))), None)
        return found

    def _is_other_article(self, item: Identified, own: KnownSighting) -> bool:
        """Say whether an item took over the name of another: a guid with other link and title, or a link as it is told below."""
        if item.url_key is not None and item.carrier == f"url:{item.url_key}":
            if own.url_key != item.url_key:
                return True
            if own.guid is not None and item.name == named("guid", own.guid):
                return False
            same = says_the_same if self._is_shared(item.url_key) else is_same_item
            return self.source.subscription.kind is SourceKind.FEED and not same(_asked(item), _told(own))
        if item.carrier.startswith("url:"):
            return own.url_key != item.url_key
        if not item.carrier.startswith("guid:") or item.url_key is None or own.url_key is None:
            return False
        return own.url_key != item.url_key and own.title != item.candidate.title

    def _siblings(self, url_key: str | None, guid: str | None = None) -> list[KnownSighting]:
        """Return what this source carried under a link, or a guid without one, before, and no item of this document is."""
        kin = self.kin.get(together(url_key, guid), ())
        return [s for s in kin if s.id not in self.claimed and s.id not in self.present]

    def _is_shared(self, url_key: str) -> bool:
        """Say whether this source is known to use a link for several articles."""
        return len({s.entry_id for s in self.kin.get(together(url_key), ())}) > 1

    def _was_used(self, url_key: str) -> bool:
        """Say whether a link that is of no known item of this source leads to other articles of it."""
        if self._is_shared(url_key):
            return True
        is_feed = self.source.subscription.kind is SourceKind.FEED
        return is_feed and url_key not in self.decided and bool(self._siblings(url_key))

    def _seen_before(self, item: Identified, own: KnownSighting) -> Decision:
        """Judge an item that this source carried before."""
        entry = self.known.entries[own.entry_id]
        if entry.hidden is not None and entry.hidden.by is Hider.OPERATOR:
            return buried(item, item.key, entry, entry.hidden, own)
        if own.revisions == 0:  # it came only while the entry was hidden, and is heard for the first time
            return replace(self._merge(item, item.key, entry), sighting_id=own.id)
        published, updated, date_reason = entry.published, entry.updated, ""
        speaks = entry.speaker_sighting_id == own.id
        is_other = (own.digest, own.url_key) != (item.digest, item.url_key)
        if not is_other and own.doubted_at is None:
            verdict, rule, reason = Verdict.UNCHANGED, "same-digest", "nothing changed that a reader would see"
        elif self._reads_the_same(item, own):
            verdict, rule = Verdict.UNCHANGED, "same-to-readers"
            reason = "only white space changed, advertising, or what tracks readers in a link"
        elif is_doubted(own, self.now):
            verdict = Verdict.CHURNING
            rule, reason = doubt(own, is_other=is_other)
        elif entry.id in self.heard or not (speaks or entry.speaker_silent or self._moved_on(entry)):
            verdict, speaks = Verdict.MERGED, False
            rule, reason = self._unheard(entry)
        else:
            verdict = Verdict.REVISED
            rule, reason = trust(own)
            if not speaks:
                whose = "item" if self._moved_on(entry) else "source"
                speaks, rule, reason = True, "speaker-gone", f"it changed, and the {whose} that spoke for this entry is gone"
            self.heard.add(entry.id)
            updated = later_update(item.candidate, entry.updated, self.now)
            published, date_reason = self._redated(item, entry)
        return Decision(
            verdict=verdict, rule=rule, reason=reason, identified=item, key=item.key, entry_id=entry.id,
            sighting_id=own.id, speaks=speaks, founds=False,
            published=published, updated=updated, date_reason=date_reason,
        )  # fmt: skip

    def _moved_on(self, entry: KnownEntry) -> bool:
        """Say whether another item of this source spoke for an entry, and is not in this document."""
        return entry.speaker_source_id == self.source.id and entry.speaker_sighting_id not in self.present

    def _unheard(self, entry: KnownEntry) -> tuple[str, str]:
        """Say why another text of an entry is not the one that subscribers get."""
        if entry.speaker_source_id == self.source.id:
            return "other-item", "its text changed, but another item of this source speaks for this entry; kept with the sighting"
        return "other-speaker", "its text changed, but another source speaks for this entry; kept with the sighting"

    def _reads_the_same(self, item: Identified, own: KnownSighting) -> bool:
        """Say whether a text that changed is none to a reader; what the operator wrote into a seed always counts."""
        if own.said is None or own.url_key != item.url_key or self.source.subscription.kind is SourceKind.SEEDS:
            return False
        from aggregator.decide.sameness import reads_the_same  # noqa: PLC0415 - 2 ms, and most documents bring new items only

        return reads_the_same(item.candidate, own.said, self.addresses)

    def _redated(self, item: Identified, entry: KnownEntry) -> tuple[datetime, str]:
        """Return the date of a revised entry: a seed's date is the operator's, and may be corrected; a feed's stands."""
        if self.source.subscription.kind is SourceKind.SEEDS and item.candidate.published:
            published, _, reason = effective_dates(item.candidate, self.now)
            if published != entry.published:
                return published, reason
        return entry.published, ""

    def _by_key(self, item: Identified, because: str) -> Decision:
        """Judge an item that this source never carried before: by its key it is a known article or a new one."""
        key = item.key
        if key.rule == "url" and item.url_key is not None and self._was_used(item.url_key):
            by = item.name.partition(":")[0]
            reason = f"this source uses the same link for several items: the link and the item's {by}"
            key = Key(value=f"{item.url_key} {item.name}", rule=f"url+{by}", reason=reason)
        if twin := self.decided.get(key.value):
            return replace(_repeated(item, twin), sighting_id=None)
        entry_id = self.known.keys.get(key.value)
        if entry_id is not None:
            former = self.known.absent.get(entry_id)
            if former is not None and former.id not in self.claimed:
                return self._renamed(item, key, former)
            return self._merge(item, key, self.known.entries[entry_id])
        published, updated, date_reason = effective_dates(item.candidate, self.now)
        return Decision(
            verdict=Verdict.NEW, rule=key.rule, reason=because, identified=item, key=key,
            entry_id=None, sighting_id=None, speaks=True, founds=True,
            published=published, updated=updated, date_reason=date_reason,
        )  # fmt: skip

    def _renamed(self, item: Identified, key: Key, own: KnownSighting) -> Decision:
        """Judge an item that goes by another name than before and is known by its key, as after a move that is taken back."""
        self.claimed.add(own.id)
        decision = replace(self._seen_before(item, replace(own, url_key=item.url_key)), key=key)
        if decision.verdict is not Verdict.UNCHANGED:
            return decision
        reason = "this feed gives the item another id, and its key leads to this entry; not published again"
        return replace(decision, rule="moved", reason=reason)

    def _merge(self, item: Identified, key: Key, entry: KnownEntry) -> Decision:
        """Add a carrier to a known entry, and say who speaks for it from now on."""
        if entry.hidden is not None and entry.hidden.by is Hider.OPERATOR:
            return buried(item, key, entry, entry.hidden, None)
        rule, reason = claim_to_speak(entry, self.source)
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


def claim_to_speak(entry: KnownEntry, source: Source) -> tuple[str, str]:
    """Say whether *source* speaks for a known entry: seeds before live feeds, then the first seen.

    Among sources that brought it between two publications, none was first for a subscriber. There the one that was
    subscribed first counts, so that the order in which servers happen to answer changes nothing.
    """
    kind = source.subscription.kind
    if kind is SourceKind.SEEDS and entry.speaker_kind is SourceKind.FEED:
        return "seed-speaks", "another carrier of a known entry; as a seed it speaks before live feeds"
    if kind is entry.speaker_kind and not entry.settled and source.id < entry.speaker_source_id:
        return "subscribed-first", "another carrier of an entry not published yet; its source was subscribed first and speaks"
    return "same-key", "another carrier of a known entry"


def _asked(item: Identified) -> Traits:
    candidate = item.candidate
    return Traits(named_by(item.carrier, candidate.guid), candidate.title, candidate.url, item.digest, candidate.published)


def _told(own: KnownSighting) -> Traits:
    return Traits(named_by(own.carrier, own.guid), own.title, own.url, own.digest, own.published)


def _repeated(item: Identified, twin: Decision) -> Decision:
    """Merge an item into one that the same batch already decided on."""
    if twin.verdict is Verdict.TOMBSTONED:
        return replace(twin, identified=item)
    return replace(
        twin, verdict=Verdict.MERGED, rule="repeated", reason="the same article again, in the same run of the same source",
        identified=item, speaks=False, founds=False, date_reason="",
    )  # fmt: skip


def buried(item: Identified, key: Key, entry: KnownEntry, hidden: Hidden, own: KnownSighting | None) -> Decision:
    """Let an item of an entry that was hidden for good be seen and not heard."""
    because = f" ({hidden.reason})" if hidden.reason else ""
    reason = f"it was hidden on {hidden.at:%Y-%m-%d}{because}: what it says now is not kept"
    return Decision(
        verdict=Verdict.TOMBSTONED, rule="hidden", reason=reason, identified=item, key=key, entry_id=entry.id,
        sighting_id=own.id if own else None, speaks=False, founds=False,
        published=entry.published, updated=entry.updated, date_reason="",
    )  # fmt: skip
