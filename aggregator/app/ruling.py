"""Owns the use cases about rules that changed: what they would change of what is stored, and the change itself."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from aggregator.classify import name_key
from aggregator.classify.replay import Refiled, Replay, hidden
from aggregator.store.shelving import parts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from aggregator.app.composition import App
    from aggregator.classify.replay import Stale
    from aggregator.model import Blocked, Subscription
    from aggregator.store import Store, Transaction
    from aggregator.store.shelving import Carried

_TOGETHER = 2000  # entries whose changes are one transaction


class Shelf(Struct, frozen=True, kw_only=True):
    """A category with how many entries come into its feed, and how many leave it. A new one has no *slug* yet."""

    name: str
    slug: str | None
    entering: int
    leaving: int


class Shift(Struct, frozen=True, kw_only=True):
    """What becomes of one entry: it ``enters`` or ``leaves`` a *category*, or is ``hidden`` or ``shown``, and why.

    Of what it leaves, the reason is the one for which it was there.
    """

    change: str
    category: str | None
    entry_id: int
    title: str
    reason: str


class Outlook(Struct, frozen=True, kw_only=True):
    """What the rules in force change of what is stored; nothing if *changed* is false, since they were applied."""

    changed: bool
    shelves: tuple[Shelf, ...] = ()
    hidden: int = 0
    shown: int = 0
    shifts: tuple[Shift, ...] = ()


class _Shelves:
    """The numbers of categories by what they are called; those that do not exist yet get numbers below zero."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._known: dict[str, int] = {}
        self._coming: dict[str, int] = {}
        self.labels: dict[int, tuple[str, str | None]] = {}

    def number(self, name: str) -> int:
        found = self._known.get(name)
        if found is None:
            self._known[name] = found = self._looked_up(name)
        return found

    def synonyms(self, names: Iterable[str]) -> set[str]:
        """Return the keys of all that the categories of *names* are called."""
        every = set(names)
        for _, slug, name in self._tx.categories.named(every).values():
            every |= {name_key(slug), name_key(name)}
        return every

    def coming(self) -> dict[int, str]:
        """Return the names of those that do not exist yet."""
        return {number: self.labels[number][0] for number in self._coming.values()}

    def _looked_up(self, name: str) -> int:
        row = self._tx.categories.named({name}).get(name)
        number, slug, called = row or (self._coming.setdefault(name_key(name), -1 - len(self._coming)), None, name)
        self.labels.setdefault(number, (called, slug))
        return number


class _Plan(Struct, kw_only=True):
    """What is to be done to the store. *unseen* are entries that are hidden now, by whomever."""

    stale: Stale
    refiled: list[Refiled]
    blocked: dict[int, Blocked | None]
    hidden: dict[int, str | None]
    unseen: frozenset[int]
    shelves: _Shelves


class _Move(Struct, frozen=True, kw_only=True):
    """The feeds that an entry enters and leaves, by the number of the category, each with the reason for being there."""

    entry_id: int
    leaving: Mapping[int, str] = {}
    entering: Mapping[int, str] = {}


class Ruling(Struct, frozen=True, kw_only=True):
    """What is asked of the rules, on an open store."""

    app: App
    store: Store

    def preview(self) -> Outlook:
        """Tell what :meth:`apply` would change, entry by entry, and change nothing."""
        with self.store.read() as tx:
            plan = self._planned(tx)
            return _outlook(tx, plan) if plan else Outlook(changed=False)

    def apply(self) -> Outlook:
        """Apply the rules in force to what is stored, and tell what changed by it. The caller holds the lock.

        Each transaction leaves the store consistent; if it ends early, the next time does the rest.
        """
        with self.store.read() as tx:
            plan = self._planned(tx)
            if plan is None:
                return Outlook(changed=False)
            outlook = _outlook(tx, plan)
        now = self.app.clock()
        with self.store.write() as tx:
            coming = {name for change in plan.refiled for number in change.put if (name := plan.shelves.coming().get(number))}
            ids = tx.categories.ensure(coming, now)
        numbers = {number: ids[name] for number, name in plan.shelves.coming().items() if name in ids}
        for start in range(0, len(plan.refiled), _TOGETHER):
            some = plan.refiled[start : start + _TOGETHER]
            with self.store.write() as tx:
                tx.shelving.refile([_numbered(change, numbers) for change in some], plan.unseen, now)
        with self.store.write() as tx:
            tx.shelving.block(plan.blocked)
            tx.shelving.hide(plan.hidden, now)
            tx.shelving.applied(plan.stale)
        return outlook

    def _planned(self, tx: Transaction) -> _Plan | None:
        stale = tx.shelving.stale()
        if stale is None:
            return None
        shelves = _Shelves(tx)
        replay = Replay(self.app.rule_book, shelves.synonyms(stale.names), shelves.number)
        plan = _Plan(stale=stale, refiled=[], blocked={}, hidden={}, unseen=frozenset(), shelves=shelves)
        before = tx.shelving.hidden()
        plan.unseen = frozenset(before)
        scan = _Scan(tx=tx, replay=replay, plan=plan, subscriptions=tx.shelving.subscriptions())
        scan.run()
        plan.hidden = tx.shelving.differing(plan.hidden, before)
        return plan


class _Scan(Struct, frozen=True, kw_only=True):
    """One walk over what is stored, and a second over the entries of which the first cannot tell."""

    tx: Transaction
    replay: Replay
    plan: _Plan
    subscriptions: Mapping[int, Subscription]

    def run(self) -> None:
        """Fill the plan."""
        stale, replay, plan = self.plan.stale, self.replay, self.plan
        screened = {number for number, s in self.subscriptions.items() if stale.site or s.url in stale.feeds}
        fields = (replay.fields if stale.names else frozenset()) | (replay.screen_fields if screened else frozenset())
        unsure: list[int] = []
        for part in self._parts(screened):
            standing = self.tx.shelving.standing(part) if stale.names else {}
            for entry_id, carriers in self.tx.shelving.carried(part, fields, self.subscriptions):
                if stale.sources and any(c.source_id in stale.sources for c in carriers):
                    unsure.append(entry_id)
                elif stale.names and (change := replay.quickly(entry_id, carriers, standing.get(entry_id, {}))) is not None:
                    plan.refiled += [change] if change else []
                elif stale.names:
                    unsure.append(entry_id)
                if screened:
                    self._screen(entry_id, carriers, screened)
        self._look_closely(unsure)

    def _look_closely(self, entry_ids: Sequence[int]) -> None:
        """Ask all rules where entries go."""
        for part in parts(entry_ids):
            standing = self.tx.shelving.standing(part)
            for entry_id, carriers in self.tx.shelving.carried(part, self.replay.all_fields, self.subscriptions):
                if change := self.replay.wholly(entry_id, carriers, standing.get(entry_id, {})):
                    self.plan.refiled.append(change)

    def _parts(self, screened: Collection[int]) -> Iterator[Sequence[int]]:
        stale = self.plan.stale
        if stale.names or stale.site:
            return self.tx.shelving.every_part()
        return self.tx.shelving.parts_of(stale.sources | set(screened))

    def _screen(self, entry_id: int, carriers: Sequence[Carried], screened: Collection[int]) -> None:
        plan, found = self.plan, False
        for carrier in carriers:
            if carrier.source_id in screened and (blocked := self.replay.blocked(carrier)) != carrier.blocked:
                plan.blocked[carrier.id], found = blocked, True
        if found:
            plan.hidden[entry_id] = hidden(carriers, plan.blocked)


def _numbered(change: Refiled, numbers: Mapping[int, int]) -> Refiled:
    """Give categories the numbers that they have since they exist."""
    put = {numbers.get(number, number): why for number, why in change.put.items()}
    return replace(change, put=put, new=frozenset(numbers.get(number, number) for number in change.new))


def _outlook(tx: Transaction, plan: _Plan) -> Outlook:
    moves = list(_moves(plan, tx.shelving.standing(sorted(plan.hidden))))
    labels = plan.shelves.labels
    missing = {number for move in moves for number in (*move.leaving, *move.entering)} - labels.keys()
    labels |= {category.id: (category.name, category.slug) for category in tx.categories.all() if category.id in missing}
    titles = tx.shelving.titles({move.entry_id for move in moves} | plan.hidden.keys())
    shifts = [
        Shift(change=change, category=labels[number][0], entry_id=m.entry_id, title=titles.get(m.entry_id, ""), reason=reason)
        for m in moves
        for change, reasons in (("leaves", m.leaving), ("enters", m.entering))
        for number, reason in reasons.items()
    ]
    for entry_id, reason in plan.hidden.items():
        if reason is None or entry_id not in plan.unseen:
            change, why = ("hidden", reason) if reason else ("shown", "no rule is against it any more")
            shifts.append(Shift(change=change, category=None, entry_id=entry_id, title=titles.get(entry_id, ""), reason=why))
    entering = Counter(number for move in moves for number in move.entering)
    leaving = Counter(number for move in moves for number in move.leaving)
    shelves = [
        Shelf(name=name, slug=slug, entering=entering[number], leaving=leaving[number])
        for number, (name, slug) in labels.items()
        if number in entering or number in leaving
    ]
    return Outlook(
        changed=True,
        shelves=tuple(sorted(shelves, key=lambda shelf: shelf.name)),
        hidden=sum(shift.change == "hidden" for shift in shifts),
        shown=sum(shift.change == "shown" for shift in shifts),
        shifts=tuple(shifts),
    )


def _moves(plan: _Plan, standing: Mapping[int, Mapping[int, tuple[int, str]]]) -> Iterator[_Move]:
    """Yield the entries that enter or leave feeds; *standing* has where those are whose being hidden changes.

    One that is hidden is in no feed: when it becomes so it leaves all, and enters none whatever the rules say.
    """
    refiled = {change.entry_id: change for change in plan.refiled}
    for entry_id in refiled | dict.fromkeys(plan.hidden):
        was_shown = entry_id not in plan.unseen
        is_shown = plan.hidden[entry_id] is None if entry_id in plan.hidden else was_shown
        change = refiled.get(entry_id) or Refiled(entry_id=entry_id)
        if was_shown and is_shown:
            entering = {number: change.put[number][1] for number in change.new}
            yield _Move(entry_id=entry_id, leaving=change.dropped, entering=entering)
        elif was_shown:
            yield _Move(entry_id=entry_id, leaving=_reasons(standing[entry_id]))
        elif is_shown:
            after = {number: why for number, why in standing[entry_id].items() if number not in change.dropped} | change.put
            yield _Move(entry_id=entry_id, entering=_reasons(after))


def _reasons(standing: Mapping[int, tuple[int, str]]) -> dict[int, str]:
    return {number: reason for number, (_, reason) in standing.items()}
