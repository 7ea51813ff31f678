"""Owns the order of steps from candidates to stored entries, for seeds and live feeds alike.

    candidates → clean → identify → (known) → judge → classify → file

What can be done without the store is done in :func:`prepare_document` and :func:`prepare_files`, so that transactions stay short.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.classify import classify
from aggregator.clean import clean_candidate
from aggregator.decide import atom_ids, identify_document, identify_file, judge
from aggregator.model import Filing, Reject, Tally, Verdict
from aggregator.urls import canonical_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from aggregator.ingest_rules import IngestRules
    from aggregator.model import Candidate, Decision, Identified, Known, Parsed, Source
    from aggregator.store import Transaction


class Prepared(Struct, frozen=True, kw_only=True):
    """A batch of one source, clean and identified, and what of it could not become an entry."""

    items: tuple[Identified, ...]
    rejects: tuple[Reject, ...]


def prepare_document(parsed: Parsed, source: Source, rules: IngestRules, *, base_url: str) -> Prepared:
    """Clean and identify the items of one feed document; links are relative to *base_url* unless the item says otherwise."""
    candidates = [clean_candidate(candidate, base_url=base_url) for candidate in parsed.candidates]
    canonical = partial(canonical_url, rules=rules.urls)
    items = identify_document(candidates, canonical, source_url=source.subscription.url)
    return Prepared(items=tuple(items), rejects=parsed.rejects)


def prepare_files(candidates: Iterable[Candidate], rejects: Iterable[Reject], source: Source, rules: IngestRules) -> Prepared:
    """Clean and identify seeds: each file is a document of its own."""
    canonical = partial(canonical_url, rules=rules.urls)
    cleaned = [clean_candidate(candidate, base_url=candidate.url) for candidate in candidates]
    items = tuple(identify_file(c, canonical, source_url=source.subscription.url) for c in cleaned)
    return Prepared(items=items, rejects=tuple(rejects))


def ingest(tx: Transaction, source: Source, prepared: Prepared, rules: IngestRules, now: datetime) -> Tally:
    """Judge a batch against what is known, and file it, within the caller's transaction. Returns how each item ended."""
    filings = decide_batch(tx.recall.known(source, prepared.items), source, prepared, rules, now)
    placed = tx.entries.file(source, filings, now)
    for reject in prepared.rejects:
        tx.quarantine.add(source, reject, now)
    decisions = [filing.decision for filing in filings]
    for item in (decision.identified for decision in decisions):
        for remark in item.candidate.remarks:
            flawed = Reject(place=item.candidate.place, code=remark.code, message=remark.message, raw=item.candidate.title)
            tx.quarantine.add(source, flawed, now, entry_id=placed[item.carrier])
    return tally(decisions, prepared.rejects)


def decide_batch(known: Known, source: Source, prepared: Prepared, rules: IngestRules, now: datetime) -> list[Filing]:
    """Judge and classify a batch, in its order: all that is decided before any of it is stored."""
    return [_filing(decision, source, rules, now) for decision in judge(prepared.items, known, source, now)]


def tally(decisions: Sequence[Decision], rejects: Sequence[Reject]) -> Tally:
    """Count how the items of a batch ended."""
    by = Counter(decision.verdict for decision in decisions)
    rejected = sum(reject.count for reject in rejects)
    return Tally(
        seen=len(decisions) + rejected,
        new=by[Verdict.NEW],
        revised=by[Verdict.REVISED],
        unchanged=by[Verdict.UNCHANGED],
        merged=by[Verdict.MERGED],
        quarantined=rejected,
        churning=by[Verdict.CHURNING],
        tombstoned=by[Verdict.TOMBSTONED],
    )


def _filing(decision: Decision, source: Source, rules: IngestRules, now: datetime) -> Filing:
    if decision.verdict in {Verdict.UNCHANGED, Verdict.CHURNING, Verdict.TOMBSTONED}:
        return Filing(decision=decision)
    candidate = decision.identified.candidate
    return Filing(
        decision=decision,
        atom_ids=atom_ids(decision.identified, rules.authority, now) if decision.founds else (),
        assignments=classify(candidate, source.subscription, rules.categories, rules.default_category),
    )
