"""Owns the use cases about the identity rules: by which the store's keys were made, and making all of them anew."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct, json
from msgspec.structs import replace

from aggregator.store.rekeys import Made

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.app.composition import App
    from aggregator.app.progress import Progress
    from aggregator.model.rekeying import Rekeying
    from aggregator.store import Store, Transaction


class Standing(Struct, frozen=True, kw_only=True):
    """The version of the identity rules: *wanted* by the configuration, *made* of the store's keys, *since* of newer ones."""

    wanted: str
    made: str | None
    since: tuple[str, ...]

    @property
    def is_mixed(self) -> bool:
        """Whether some keys were made by other rules than the configuration's."""
        return self.made != self.wanted or bool(self.since)

    def __str__(self) -> str:
        """Say it in one line."""
        if not self.is_mixed:
            return "those of the configuration"
        return "the identity rules changed, and older entries have their keys by other rules; see `aggregator db rekey --dry-run`"


class Identities(Struct, frozen=True, kw_only=True):
    """What is asked of keys, on an open store. The caller holds the lock, unless nothing is stored."""

    app: App
    store: Store

    def standing(self) -> Standing:
        """Tell by which rules keys were and would be made."""
        with self.store.read() as tx:
            made = tx.rekeys.made()
            unmade = made.version is None and not tx.rekeys.has_keys()
        return Standing(wanted=self._version, made=self._version if unmade else made.version, since=made.since)

    def note(self) -> Standing:
        """Note, before anything is filed, by which rules it is: in a store without keys, they are those of all."""
        with self.store.read() as tx:
            made = tx.rekeys.made()
        if self._version != (made.since[-1] if made.since else made.version):
            with self.store.write() as tx:
                if tx.rekeys.has_keys():
                    made = replace(made, since=(*made.since, self._version))
                    tx.rekeys.note_since(made.since)
                else:
                    made = Made(version=self._version, since=(), declared=self._declared)
                    tx.rekeys.note(self._version, self._declared)
        return Standing(wanted=self._version, made=made.version, since=made.since)

    def rekey(self, progress: Progress) -> Rekeying:
        """Make all keys anew by the rules of the configuration, in one transaction: merge what is one article now, part the rest.

        Raises:
            StoreError: the store cannot be written; nothing changed.
        """
        with self.store.write() as tx:
            plan = self._plan(tx, progress)
            progress.begin("writing", None)
            tx.rekeys.overhaul.apply(plan, self._becomes, self.app.clock())
            tx.rekeys.note(self._version, self._declared)
        return plan

    def rehearse(self, progress: Progress) -> Rekeying:
        """Tell what :meth:`rekey` would do, and store nothing."""
        with self.store.read() as tx:
            return self._plan(tx, progress)

    def rule(self, was: str, now: str) -> str | None:
        """Name the rule of the configuration that makes the key *now* of the key *was*, and say why; ``None`` if none does."""
        from aggregator.urls import explain  # noqa: PLC0415 - for this one command only

        steps = explain(was.partition(" ")[0], self.app.config.url_rules)
        return f"{steps[-1].rule}: {steps[-1].reason}" if steps and steps[-1].url == now.partition(" ")[0] else None

    def _plan(self, tx: Transaction, progress: Progress) -> Rekeying:
        from aggregator.decide.rekeying import rekey  # noqa: PLC0415 - for this one command only
        from aggregator.urls import UrlRules, canonical_url  # noqa: PLC0415

        stock = tx.rekeys.overhaul.stock()
        made = tx.rekeys.made().declared
        known = {s.url: s.url_key for s in stock.sightings if s.url is not None}
        # a store that never noted its rules has only the keys themselves to tell what links were made to
        former = json.decode(made, type=UrlRules) if made is not None else self.app.config.url_rules

        def was(link: str) -> str | None:
            return canonical_url(link, former) if made is not None or link not in known else known[link]

        def becomes(link: str) -> str | None:
            progress.advance(1)
            return canonical_url(link, self.app.config.url_rules)

        progress.begin("keys", len(stock.sightings))
        return rekey(stock, was, becomes)

    @property
    def _becomes(self) -> Callable[[str], str | None]:
        from aggregator.urls import canonical_url  # noqa: PLC0415 - as above

        return partial(canonical_url, rules=self.app.config.url_rules)

    @property
    def _version(self) -> str:
        from aggregator.urls import rules_version  # noqa: PLC0415 - listings need none of it

        return rules_version(self.app.config.url_rules)

    @property
    def _declared(self) -> str:
        return json.encode(self.app.config.url_rules).decode()
