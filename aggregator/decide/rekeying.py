"""Owns what becomes of the store by other identity rules: which entries are one article now, and which part again.

Sightings that share a key are one entry, and it is hidden if the operator hid any that is merged into it. What an entry holds
together for another reason than a key stays together. Nothing is thrown away: an entry that is merged into another stays, without
sightings, and what parts again goes back there.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from aggregator.decide.claims import claims, spell
from aggregator.decide.keyrows import keys_now
from aggregator.decide.respelling import respelled
from aggregator.model import Hider, Verdict
from aggregator.model.rekeying import REKEYED, SILENCED, Carried, Founded, Merged, Parted, Rekeying, Resettled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from aggregator.decide.claims import Claim
    from aggregator.model import Hidden
    from aggregator.model.rekeying import Stock

    Canonical = Callable[[str], str | None]

_BECAUSE = "the identity rules changed: "


def rekey(stock: Stock, was: Canonical, becomes: Canonical) -> Rekeying:
    """Plan what becomes of *stock* by the rules of *becomes*; those of *was* made its keys. Idle if both are the same."""
    sightings = stock.sightings
    spellings = spell(sightings, becomes)
    claimed = list(claims(sightings, spellings, stock.keys, was, becomes))
    grouping = _Grouping(sightings, claimed)
    settling = _Settling(stock, grouping, claimed)
    settling.settle()
    gone, put = keys_now(stock, claimed, settling.target, grouping.anchors, becomes)
    return Rekeying(
        respelled=tuple(respelled(sightings, spellings)),
        resettled=tuple(settling.resettled),
        merged=tuple(settling.merged),
        parted=tuple(settling.parted),
        founded=tuple(settling.founded),
        led=settling.led,
        speakers=settling.speakers,
        retold=frozenset(settling.retold),
        keys_gone=gone,
        keys=put,
    )


class _Union:
    """Sets of numbers that grow together."""

    def __init__(self, size: int) -> None:
        self._parents = list(range(size))

    def find(self, at: int) -> int:
        """Return the number that stands for the set of *at*."""
        parents = self._parents
        while parents[at] != at:
            parents[at] = at = parents[parents[at]]
        return at

    def join(self, one: int, other: int) -> None:
        """Make the sets of both one."""
        self._parents[self.find(other)] = self.find(one)


class _Grouping:
    """Which sightings are one article now; *anchors* stay in their entry, whatever leaves it."""

    def __init__(self, sightings: Sequence[Carried], claimed: Sequence[Sequence[Claim]]) -> None:
        self._sets = _Union(len(sightings))
        self._join(range(len(sightings)), [{claim.new for claim in own} for own in claimed], self._sets)
        self.of_entry: dict[int, list[int]] = defaultdict(list)
        for at, s in enumerate(sightings):
            self.of_entry[s.entry_id].append(at)
        self.anchors: dict[int, int] = {}
        for entry_id, inside in self.of_entry.items():
            self.anchors[entry_id] = inside[0] if len(inside) == 1 else self._anchor(inside, sightings, claimed)

    def groups(self) -> Iterable[list[int]]:
        """Return the sightings of each article."""
        found: dict[int, list[int]] = defaultdict(list)
        for inside in self.of_entry.values():
            for at in inside:
                found[self._sets.find(at)].append(at)
        return found.values()

    def _join(self, ats: Iterable[int], keys: Sequence[Iterable[str]], sets: _Union) -> None:
        first: dict[str, int] = {}
        for at, own in zip(ats, keys, strict=True):
            for key in own:
                if (other := first.setdefault(key, at)) != at:
                    sets.join(other, at)

    def _anchor(self, inside: Sequence[int], sightings: Sequence[Carried], claimed: Sequence[Sequence[Claim]]) -> int:
        """Find what stays in an entry: of each lot that its former keys held together, the sighting that it was founded by."""
        local = _Union(len(inside))
        self._join(range(len(inside)), [{claim.old for claim in claimed[at]} for at in inside], local)
        lots: dict[int, list[int]] = defaultdict(list)
        for number, at in enumerate(inside):
            lots[local.find(number)].append(at)
        # whose text subscribers know under the entry's id, else who brought it
        founders = [
            min(lot, key=lambda at: (sightings[at].home_id is not None, not sightings[at].speaks, *_seniority(sightings[at])))
            for lot in lots.values()
        ]
        for other in founders[1:]:
            self._sets.join(founders[0], other)
        return founders[0]


def _seniority(s: Carried) -> tuple[object, ...]:
    return s.home_id is not None, not s.heard, s.first_seen_at, s.id


class _Settling:
    """Where sightings go, and who speaks there."""

    def __init__(self, stock: Stock, grouping: _Grouping, claimed: Sequence[Sequence[Claim]]) -> None:
        self._sightings = stock.sightings
        self._entries = {entry.id: entry for entry in stock.entries}
        self._grouping = grouping
        self._claimed = claimed
        self._speakers = {s.entry_id: s for s in stock.sightings if s.speaks}
        self._taken: set[int] = set()
        self.target: dict[int, int] = {}  # of the sightings that move: the entry that they go to, by their place in the stock
        self.resettled: list[Resettled] = []
        self.merged: list[Merged] = []
        self.parted: list[Parted] = []
        self.founded: list[Founded] = []
        self.led: dict[int, int | None] = {}
        self.speakers: dict[int, int] = {}
        self.retold: set[int] = set()

    def settle(self) -> None:
        """Decide on every article whose sightings are not those of one entry."""
        restless = [group for group in self._grouping.groups() if not self._is_settled(group)]
        for group in sorted(restless, key=lambda group: min(_seniority(self._sightings[at]) for at in group)):
            self._settle(group)

    def _is_settled(self, group: Sequence[int]) -> bool:
        entry_id = self._sightings[group[0]].entry_id
        return len(group) == len(self._grouping.of_entry[entry_id]) and all(
            self._sightings[at].entry_id == entry_id for at in group
        )

    def _settle(self, group: Sequence[int]) -> None:
        members = [self._sightings[at] for at in group]
        staying = [s.entry_id for at, s in zip(group, members, strict=True) if self._grouping.anchors[s.entry_id] == at]
        homes = {s.home_id for s in members if s.home_id is not None and self._is_free(s.home_id, staying)}
        to = min((*staying, *homes), key=lambda entry_id: self._rank(entry_id, members), default=-len(self.founded) - 1)
        self._taken.add(to)
        if to in homes:
            self.led[to] = None
        speaker = self._speaker(members, to)
        keys = {at: self._keys(at) for at in group}
        self._report(group, to, staying, keys)
        for at, s in zip(group, members, strict=True):
            self.target[at] = to
            self._resettle(s, to, speaker, s.entry_id in staying, keys[at][1])
        if to < 0:
            first = min(members, key=_seniority)
            key = min(new for at in group for new in keys[at][1])
            self.founded.append(
                Founded(
                    entry_id=to, sighting_id=speaker.id, guid=speaker.guid, key=key, first_seen_at=first.first_seen_at
                )
            )  # fmt: skip

    def _is_free(self, entry_id: int, staying: Sequence[int]) -> bool:
        """Say whether an entry can revive: it was merged into one with which its sightings have nothing to do any more."""
        into = self._entries[entry_id].merged_into
        return into is not None and into not in staying and entry_id not in self._taken

    def _rank(self, entry_id: int, members: Sequence[Carried]) -> tuple[object, ...]:
        """Order entries: what the operator hid stays hidden, and what a rule hid does not hide what is shown.

        Then as ingest would: an id that subscribers know stands; else seeds come first, then the first subscribed.
        For an entry that was merged away speaks whichever of *members* was at home there.
        """
        entry = self._entries[entry_id]
        speaker = self._speakers.get(entry_id) or next((s for s in members if s.home_id == entry_id), None)
        is_feed = speaker is None or not speaker.is_seed
        subscribed = speaker.source_id if speaker is not None and not entry.settled else 0
        hidden = self._withdrawn(entry_id) is None, entry.hidden is not None
        return *hidden, not entry.settled, is_feed, subscribed, entry.first_seen_at, entry.id

    def _withdrawn(self, entry_id: int) -> Hidden | None:
        """Tell when and why the operator hid an entry, if he did."""
        hidden = self._entries[entry_id].hidden if entry_id in self._entries else None
        return hidden if hidden is not None and hidden.by is Hider.OPERATOR else None

    def _hides(self, entry_id: int, to: int) -> Hidden | None:
        """Tell how an entry that is shown is hidden when it is merged into another, if it is."""
        return self._withdrawn(to) if self._entries[entry_id].hidden is None else None

    def _speaker(self, members: Sequence[Carried], to: int) -> Carried:
        """Choose who speaks: who did, unless a seed joins a feed; in an entry that revives, who did before."""
        incumbent = next((s for s in members if s.speaks and s.entry_id == to), None)
        seeds = [s for s in members if s.speaks and s.is_seed]
        if incumbent is not None:
            return incumbent if incumbent.is_seed or not seeds else min(seeds, key=_seniority)
        return min(
            members,
            key=lambda s: (
                not s.heard, not (s.home_id == to and (s.speaks or s.rule == SILENCED)), not (s.speaks or s.rule == SILENCED),
                s.quiet, not s.is_seed, s.first_seen_at, s.id,
            ),
        )  # fmt: skip

    def _resettle(self, s: Carried, to: int, speaker: Carried, is_merged: bool, keys: Sequence[str]) -> None:  # noqa: FBT001
        speaks = s.id == speaker.id
        if speaks and (not s.speaks or s.entry_id != to):
            self.speakers[to] = s.id
            if to > 0 and self._entries[to].merged_into is None:
                self.retold.add(to)
        if s.entry_id == to and speaks == s.speaks:
            return
        key = f" ({keys[0]})" if keys else ""
        if s.entry_id == to:
            home_id, verdict = s.home_id, None
            why = "it speaks for the entry now" if speaks else "another carrier speaks for the entry now"
        else:
            home_id = None if to < 0 or to == s.home_id else s.home_id or s.entry_id
            verdict = Verdict.NEW if speaks and home_id is None else Verdict.MERGED
            same = "the same article as this one" if is_merged else "another article"
            hidden = "; the operator hid this one, and so it is hidden, too" if is_merged and self._hides(s.entry_id, to) else ""
            why = f"entry {s.entry_id} is {same}{key}{hidden}"
            self._lead(s.home_id, to)
        rule = SILENCED if (s.speaks or s.rule == SILENCED) and not speaks else REKEYED
        self.resettled.append(
            Resettled(
                sighting_id=s.id, left=s.entry_id, entry_id=to, home_id=home_id, verdict=verdict, rule=rule,
                reason=f"{_BECAUSE}{why}",
            )
        )  # fmt: skip

    def _lead(self, home_id: int | None, to: int) -> None:
        """Let the entry that a sighting once had to itself lead where that goes, unless it revives."""
        if home_id is not None and home_id not in self._taken and self._entries[home_id].merged_into is not None:
            self.led[home_id] = to

    def _keys(self, at: int) -> tuple[list[str], list[str]]:
        own = self._claimed[at]
        return sorted({claim.old for claim in own}), sorted({claim.new for claim in own})

    def _report(
        self, group: Sequence[int], to: int, staying: Sequence[int], keys: Mapping[int, tuple[list[str], list[str]]]
    ) -> None:
        """Tell which entries are merged into *to*, and which part of theirs goes there."""
        left: dict[int, list[int]] = defaultdict(list)
        for at in group:
            left[self._sightings[at].entry_id].append(at)
        for entry_id, ats in left.items():
            if entry_id == to:
                continue
            title = self._sightings[ats[0]].title
            was = tuple(sorted({key for at in ats for key in keys[at][0]}))
            now = tuple(sorted({key for at in ats for key in keys[at][1]}))
            if entry_id in staying:
                self.led[entry_id] = to
                theirs = tuple(sorted({key for at in left.get(to, ()) for key in keys[at][0]}))
                self.merged.append(
                    Merged(
                        entry_id=entry_id, into=to, title=title, was=was, keys=now, theirs=theirs,
                        hidden=self._hides(entry_id, to),
                    )
                )  # fmt: skip
            else:
                self.parted.append(Parted(entry_id=entry_id, to=to, is_new=to < 0, title=title, was=was, keys=now))
