"""Stores into which documents come by identity rules that change, and what is asked of them then."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from aggregator.decide.rekeying import rekey
from aggregator.ingest import ingest, prepare_document, prepare_files
from aggregator.ingest_rules import IngestRules
from aggregator.model import Parsed, SourceKind, Tally
from aggregator.urls import UrlRules, canonical_url

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model import Candidate, Source
    from aggregator.model.rekeying import Rekeying
    from aggregator.store import Store

PLAIN = UrlRules()


def rules(urls: UrlRules) -> IngestRules:
    return IngestRules(urls=urls, categories=(), default_category="未分类", authority="news.example.org")


def file(store: Store, source: Source, now: datetime, *candidates: Candidate, urls: UrlRules = PLAIN) -> Tally:
    if source.subscription.kind is SourceKind.SEEDS:
        prepared = prepare_files(candidates, (), source, rules(urls))
    else:
        prepared = prepare_document(Parsed(candidates=candidates), source, rules(urls), base_url=source.subscription.url)
    with store.write() as tx:
        return ingest(tx, source, prepared, rules(urls), now)


def rekeyed(store: Store, was: UrlRules, becomes: UrlRules, now: datetime) -> Rekeying:
    with store.write() as tx:
        canonical = partial(canonical_url, rules=becomes)
        plan = rekey(tx.rekeys.overhaul.stock(), partial(canonical_url, rules=was), canonical)
        tx.rekeys.overhaul.apply(plan, canonical, now)
    assert_sound(store)
    return plan


def publish(store: Store, at: datetime) -> None:
    with store.write() as tx:
        tx.publications.begin(at)


def rows(store: Store, sql: str) -> list[tuple[Any, ...]]:
    with store.read() as tx:
        return [tuple(row.values()) for row in tx.sources.connection.rows(sql)]


def assert_sound(store: Store) -> None:
    """Check what holds for every store: who has sightings has one speaker and a category, and no key leads to anybody else."""
    told = rows(
        store,
        """
        SELECT entries.id, count(sightings.id) > 0 AS seen, count(speaks_for) AS spoken, merged_into IS NULL AS alone,
            EXISTS (SELECT 1 FROM assignments WHERE assignments.entry_id = entries.id) AS shelved,
            EXISTS (SELECT 1 FROM keys WHERE keys.entry_id = entries.id) AS led_to
        FROM entries LEFT JOIN sightings ON sightings.entry_id = entries.id GROUP BY entries.id, merged_into
        """,
    )
    for _, *facts in told:
        assert [int(fact) for fact in facts] in ([1, 1, 1, 1, 1], [0, 0, 0, 0, 0])
    assert rows(store, "SELECT id FROM sightings WHERE speaks_for <> entry_id") == []


def shape(store: Store) -> dict[str, object]:
    """Return which entries there are, what leads to them, who carries them and who speaks."""
    return {
        "entries": rows(
            store, "SELECT DISTINCT entries.id, atom_id FROM entries JOIN sightings ON entry_id = entries.id ORDER BY entries.id"
        ),
        "keys": rows(store, "SELECT key, entry_id, rule FROM keys ORDER BY key"),
        "carried": rows(store, "SELECT id, entry_id, carrier, url_key, speaks_for FROM sightings ORDER BY id"),
        "categories": [
            (entry_id, category_id, reason.partition("; and of entry ")[0])
            for entry_id, category_id, reason in rows(
                store, "SELECT entry_id, category_id, reason FROM assignments ORDER BY entry_id, category_id"
            )
        ],
    }
