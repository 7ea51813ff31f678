"""Owns the order of steps from candidates to stored entries, for seeds and live feeds alike.

    candidates → clean → identify → (known) → judge → (guard) → classify → file

What can be done without the store is done in :func:`prepare_document` and :func:`prepare_files`, so that transactions stay short.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from msgspec import Struct, json
from msgspec.structs import replace

from aggregator.classify import Classifier, ItemSubject, RuleBook, Screener, name_key
from aggregator.clean import clean_candidate
from aggregator.decide import atom_ids, identify_document, identify_file, judge, with_shared_dates
from aggregator.decide.addresses import Addresses
from aggregator.decide.guards import guard, heed, held_again, suspicious
from aggregator.model import Filing, Provenance, Reject, SourceKind, Tally, Verdict
from aggregator.model.guarding import SWAPPED, Arrival, Past, Ruling
from aggregator.urls import UrlRules, canonical_url, file_key, is_advertising

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from aggregator.ingest_rules import IngestRules
    from aggregator.model import Candidate, Decision, Identified, Known, Parsed, Source
    from aggregator.model.guarding import Held, HeldItem
    from aggregator.store import Transaction


_LOOKING_BACK = timedelta(days=90)  # by as much of a source's history is judged how many entries are likely


class Prepared(Struct, frozen=True, kw_only=True):
    """A batch of one source, clean and identified, and what of it could not become an entry."""

    items: tuple[Identified, ...]
    rejects: tuple[Reject, ...]


class Told(Struct, frozen=True, kw_only=True):
    """What a document says of itself, and how many of its items were left out: see :class:`aggregator.model.guarding.Arrival`."""

    provenance: Provenance = Provenance()
    left_out: int = 0


class Admission(Struct, frozen=True, kw_only=True):
    """What is to be filed of a document, and what is held, with the reasons; how each of its items ended.

    *is_strange*: all of it is held as another feed's, and nothing that it says is to be learned.
    """

    filings: tuple[Filing, ...]
    held: tuple[tuple[Identified, Held], ...]
    tally: Tally
    is_strange: bool

    @property
    def doubted(self) -> list[Identified]:
        """What is not believed, since its source changes it too often."""
        decisions = (filing.decision for filing in self.filings)
        return [decision.identified for decision in decisions if decision.verdict is Verdict.CHURNING]


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
    filings: Sequence[Filing] = decide_batch(_known(tx, source, prepared, rules), source, prepared, rules, now)
    filings = _without_copies(tx, source, filings, rules, now)
    return _file(tx, source, filings, prepared.rejects, rules, now)


def ingest_document(
    tx: Transaction, source: Source, prepared: Prepared, rules: IngestRules, told: Told, now: datetime
) -> Admission:
    """Do the same for a document of a feed, with guards: what is unlike the source is held, or led to what it was before."""
    admission = admit(tx, source, prepared, rules, told, now)
    _file(tx, source, admission.filings, prepared.rejects, rules, now)
    tx.custody.hold(source, admission.held, now)
    return admission


def release(tx: Transaction, source: Source, held: Iterable[HeldItem], rules: IngestRules, now: datetime) -> Tally:
    """File items of a source that were held, past the guards, as seen first when they came; what has no date gets that one."""
    ended = Tally()
    for seen_at, group in groupby(held, attrgetter("first_seen_at")):
        together = tuple(group)
        prepared = Prepared(items=tuple(one.item for one in together), rejects=())
        released = {one.item.carrier: f"held back on {seen_at:%Y-%m-%d} ({one.code}), and released" for one in together}
        decisions = [
            replace(d, reason=f"{d.reason}; {released[d.identified.carrier]}") if d.identified.carrier in released else d
            for d in _judged(_known(tx, source, prepared, rules), source, prepared, rules, seen_at)
        ]
        filings = _without_copies(tx, source, _filings(decisions, source, rules, seen_at), rules, seen_at)
        ended += _file(tx, source, filings, (), rules, now, came=seen_at)
    return ended


def decide_batch(known: Known, source: Source, prepared: Prepared, rules: IngestRules, now: datetime) -> list[Filing]:
    """Judge and classify a batch, in its order: all that is decided before any of it is stored."""
    return _filings(_judged(known, source, prepared, rules, now), source, rules, now)


def admit(tx: Transaction, source: Source, prepared: Prepared, rules: IngestRules, told: Told, now: datetime) -> Admission:
    """Judge, guard and classify a document, and store nothing.

    Of the source's past no more is looked up than what may hold a new item, unless the document is suspicious.
    """
    known = _known(tx, source, prepared, rules)
    if not told.left_out:
        known = tx.recall.with_absent(known, source)
    decisions = _judged(known, source, prepared, rules, now)
    held = {}
    if source.state.imported_at is not None:
        strangers = {d.identified.carrier for d in decisions if d.sighting_id is None}
        held = dict(held_again(decisions, tx.custody.held(source, strangers)))
    arrival = Arrival(
        decisions=tuple(d for d in decisions if d.identified.carrier not in held),
        source=source,
        provenance=told.provenance,
        now=now,
        left_out=told.left_out,
    )
    ruling = Ruling()
    if suspicious(arrival):
        arrivals = tx.sources.appearances(source, now - _LOOKING_BACK)
        ruling = guard(arrival, Past(recent=tx.custody.recent(source), arrivals=arrivals))
        held.update(ruling.held)
    filings = tuple(_without_copies(tx, source, _filings(heed(arrival.decisions, ruling), source, rules, now), rules, now))
    reasons = [(d.identified, held[d.identified.carrier]) for d in decisions if d.identified.carrier in held]
    counted = tally([filing.decision for filing in filings], prepared.rejects)
    dropped = sum(reason.dropped for _, reason in reasons)
    counted += Tally(seen=len(reasons), quarantined=len(reasons) - dropped, tombstoned=dropped)
    strange = bool(reasons) and not filings and not told.left_out and all(reason.code == SWAPPED for _, reason in reasons)
    return Admission(filings=filings, held=tuple(reasons), tally=counted, is_strange=strange)


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


def _known(tx: Transaction, source: Source, prepared: Prepared, rules: IngestRules) -> Known:
    """Look up what bears on a batch, also where the identity rules changed and the keys in the store are still those before."""
    known = tx.recall.known(source, prepared.items)
    former = tx.rekeys.former() if prepared.items else None
    if former is None:
        return known
    was = partial(canonical_url, rules=json.decode(former, type=UrlRules))
    return tx.recall.with_former(known, prepared.items, was, partial(canonical_url, rules=rules.urls))


def _judged(known: Known, source: Source, prepared: Prepared, rules: IngestRules, now: datetime) -> Sequence[Decision]:
    addresses = Addresses(partial(canonical_url, rules=rules.urls), partial(file_key, rules=rules.urls), is_advertising)
    decisions = judge(prepared.items, known, source, now, addresses)
    return decisions if source.subscription.kind is SourceKind.SEEDS else with_shared_dates(decisions)


def _file(
    tx: Transaction,
    source: Source,
    filings: Sequence[Filing],
    rejects: Sequence[Reject],
    rules: IngestRules,
    now: datetime,
    came: datetime | None = None,
) -> Tally:
    placed = tx.entries.file(source, filings, now, came)
    anew = {placed[f.decision.identified.carrier] for f in filings if f.assignments and f.decision.sighting_id is not None}
    _reunite(tx, anew, rules, now)
    if rules.duplicates:
        tx.likenesses.keep({placed[f.decision.identified.carrier]: f.fingerprint for f in filings if _is_told(f.decision)})
    for reject in rejects:
        tx.quarantine.add(source, reject, now)
    decisions = [filing.decision for filing in filings]
    for item in (decision.identified for decision in decisions):
        for remark in item.candidate.remarks:
            flawed = Reject(place=item.candidate.place, code=remark.code, message=remark.message, raw=item.candidate.title)
            tx.quarantine.add(source, flawed, now, entry_id=placed[item.carrier])
    return tally(decisions, rejects)


def _filings(decisions: Iterable[Decision], source: Source, rules: IngestRules, now: datetime) -> list[Filing]:
    """Classify what says something new."""
    classifier, screener = Classifier(rules.categories, rules.default_category), Screener(rules.screen) if rules.screen else None
    filings = []
    for decision in decisions:
        if decision.verdict in {Verdict.UNCHANGED, Verdict.CHURNING, Verdict.TOMBSTONED}:
            filings.append(Filing(decision=decision))
            continue
        subject = ItemSubject(decision.identified.candidate, source.subscription)
        filing = Filing(
            decision=decision,
            atom_ids=atom_ids(decision.identified, rules.authority, now) if decision.founds else (),
            assignments=classifier.classify(subject),
            blocked=screener.blocked(subject) if screener else None,
        )
        filings.append(filing)
    return filings


def _is_told(decision: Decision) -> bool:
    """Say whether what an item says becomes what subscribers get."""
    return decision.speaks and decision.verdict in {Verdict.NEW, Verdict.REVISED, Verdict.MERGED}


def _without_copies(
    tx: Transaction, source: Source, filings: Sequence[Filing], rules: IngestRules, now: datetime
) -> Sequence[Filing]:
    """Take the fingerprints of what subscribers get, and lead new items to the entries that they are copies of.

    Both only in categories for which the operator wants it.
    """
    if not rules.duplicates:
        return filings
    from aggregator.decide.copies import WITHIN, copies, led, wanted  # noqa: PLC0415 - most sites look for no copies
    from aggregator.likeness import fingerprint  # noqa: PLC0415 - as above

    looked_in = wanted(rules.duplicates, {name_key(a.category): a.category for filing in filings for a in filing.assignments})
    wanted_in = {rule.key for rule in looked_in}
    fresh = []
    taken = []
    for filing in filings:
        keys = wanted_in.intersection(name_key(assignment.category) for assignment in filing.assignments)
        if keys and _is_told(filing.decision):
            said = filing.decision.identified.candidate
            taken.append(replace(filing, fingerprint=fingerprint(said.title, said.content or said.summary or "")))
            if filing.decision.verdict is Verdict.NEW and taken[-1].fingerprint is not None:
                fresh.append((taken[-1], keys))
        else:
            taken.append(filing)
    if not fresh:
        return taken
    dates = [filing.decision.published for filing, _ in fresh]
    values = [filing.fingerprint for filing, _ in fresh if filing.fingerprint is not None]
    near = tx.likenesses.near(values, min(dates) - WITHIN, max(dates) + WITHIN)
    if not near:
        return taken
    known = tx.likenesses.counterparts({one.entry_id for one in near})
    return led(taken, copies(fresh, near, known, source, looked_in), source, now)


def _reunite(tx: Transaction, entry_ids: Collection[int], rules: IngestRules, now: datetime) -> None:
    """Put entries wherever any of their carriers belongs, since one of them does not belong any more where it did."""
    shared = sorted(tx.shelving.shared(entry_ids)) if entry_ids else ()
    if not shared:
        return
    from aggregator.classify.replay import Replay  # noqa: PLC0415 - only where a shared article changed

    book = RuleBook(categories=rules.categories, default=rules.default_category)
    replay = Replay(book, (), lambda name: tx.categories.ensure({name}, now)[name])
    standing, subscriptions = tx.shelving.standing(shared), tx.shelving.subscriptions()
    carried = tx.shelving.carried(shared, replay.all_fields, subscriptions)
    changes = [replay.wholly(entry_id, carriers, standing[entry_id]) for entry_id, carriers in carried]
    tx.shelving.refile(changes, (), now)
