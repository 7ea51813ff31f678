"""Owns the question which items of a document the rules in force would hide, before any of them is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.classify import ItemSubject, Screener, hidden_reason
from aggregator.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.classify import Screen
    from aggregator.model import Filing, Source
    from aggregator.store import Transaction


def would_hide(tx: Transaction, source: Source, filings: Sequence[Filing], screen: Screen) -> dict[str, str]:
    """Return why rules would hide the entries of items, by the carriers of these.

    Nothing is said of what the operator hid, nor of what he showed again. An entry that others carry, too, is hidden as
    :func:`hidden_reason` says.
    """
    screener, found = Screener(screen), {}
    decisions = [filing.decision for filing in filings if filing.decision.verdict is not Verdict.TOMBSTONED]
    known = {decision.entry_id for decision in decisions if decision.entry_id is not None}
    judged, kept_shown = tx.shelving.judged(known), tx.tombstones.kept_shown(known)
    for decision in decisions:
        if decision.entry_id in kept_shown:
            continue
        item = decision.identified
        carriers = judged.get(decision.entry_id or 0, {})
        spoke, _ = carriers.get(decision.sighting_id or 0, (False, None))
        others = [
            (speaks and not decision.speaks, by) for number, (speaks, by) in carriers.items() if number != decision.sighting_id
        ]
        own = decision.speaks or spoke, screener.blocked(ItemSubject(item.candidate, source.subscription))
        if reason := hidden_reason((*others, own)):
            found[item.carrier] = reason
    return found
