"""Owns the use cases about what guards hold back: let in, or kept out for good."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.errors import NotFoundError, UsageError
from aggregator.model import SourceKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.app.composition import App
    from aggregator.model import Quarantined, Source, Tally
    from aggregator.model.guarding import HeldItem
    from aggregator.store import Store, Transaction


class Choice(Struct, frozen=True, kw_only=True):
    """Which held items: rows by their *numbers*, or those of a source, perhaps only those held for the reason *code*."""

    numbers: tuple[int, ...] = ()
    source_url: str | None = None
    code: str | None = None


class Releasing(Struct, frozen=True, kw_only=True):
    """What is asked of held items, on an open store. The caller holds the lock: a poll would judge the same items."""

    app: App
    store: Store

    def release(self, choice: Choice) -> tuple[tuple[Source, Tally], ...]:
        """File held items past the guards, also such as were dropped; tell how they ended, by source. Nothing is published yet.

        Raises:
            NotFoundError: there is no such row, or source, or nothing of it is held.
            UsageError: a row holds no item.
        """
        from aggregator.ingest import release  # noqa: PLC0415 - brings the parsers along, which listings do not need

        with self.store.write() as tx:
            chosen = _chosen(tx, choice)
            ended = []
            for url, some in groupby(sorted(chosen, key=attrgetter("source_url", "id")), attrgetter("source_url")):
                source = tx.sources.find(url)
                ended.append((source, release(tx, source, some, self.app.ingest_rules, self.app.clock())))
            tx.custody.let_go(chosen)
        return tuple(ended)

    def drop(self, choice: Choice) -> tuple[HeldItem, ...]:
        """Keep held items out for good: they stay in quarantine, and never come in by themselves.

        Raises:
            NotFoundError: there is no such row, or source, or nothing of it is held.
            UsageError: a row holds no item.
        """
        with self.store.write() as tx:
            chosen = _chosen(tx, choice)
            tx.custody.drop(chosen, self.app.clock())
        return chosen


def _chosen(tx: Transaction, choice: Choice) -> tuple[HeldItem, ...]:
    if choice.source_url is None:
        found = tx.custody.items(choice.numbers)
        held = {item.id for item in found}
        for number in choice.numbers:
            if number not in held:
                row = tx.quarantine.find(number)
                raise UsageError(_holds_nothing(row, tx.sources.find(row.source_url)))
        return found
    of = tx.custody.items_of(tx.sources.find(choice.source_url), choice.code)
    if not of:
        because = f" for the reason {choice.code}" if choice.code else ""
        raise NotFoundError(f"nothing of {choice.source_url} is held{because}; `aggregator quarantine list` shows what is")
    return of


def _holds_nothing(row: Quarantined, source: Source) -> str:
    """Say what to do about a row that only tells what is wrong."""
    start = f"row {row.id} holds no item:"
    if row.entry_id is not None:
        return f"{start} it tells of a flaw of an entry that was stored all the same (`aggregator entry why {row.entry_id}`)"
    if source.subscription.kind is SourceKind.SEEDS:
        return f"{start} the file {row.place} could not become an entry ({row.code}); mend it, and the next run reads it"
    if row.place == "document":
        url = row.source_url
        return f"{start} the document could not be read ({row.code}); `aggregator feed test {url}` tells whether it can be now"
    return f"{start} {row.place} could not become an entry ({row.code}); once its publisher mends it, a poll brings it in"


def selected(numbers: Sequence[int], source_url: str | None, code: str | None) -> Choice:
    """Read what somebody selects.

    Raises:
        UsageError: nothing, or in two ways at once.
    """
    if bool(numbers) == bool(source_url) or (code and not source_url):
        raise UsageError("name either rows by their numbers, or a source with --source URL, perhaps with --code")
    return Choice(numbers=tuple(dict.fromkeys(numbers)), source_url=source_url, code=code)
