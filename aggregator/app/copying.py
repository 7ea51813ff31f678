"""Owns the use cases about entries that say the same under different URLs: which there are, and parting what was merged."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.classify import name_key
from aggregator.decide.copies import WITHIN, pair, wanted
from aggregator.errors import NotFoundError, UsageError
from aggregator.likeness import fingerprint, pairs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.app.composition import App
    from aggregator.app.progress import Progress
    from aggregator.model import Sighting, Story
    from aggregator.model.copying import CopyRules, Pair
    from aggregator.store import Store, Transaction

_TOGETHER = 500  # entries whose fingerprints are one transaction


class Copying(Struct, frozen=True, kw_only=True):
    """What is asked of entries that say the same, on an open store."""

    app: App
    store: Store

    def duplicates(self, category: str | None, days: int, progress: Progress) -> tuple[Pair, ...]:
        """Return the pairs of entries that say the same and are not merged, the newest first, of the last so many *days*.

        Entries that came when nobody asked for copies in their category get their fingerprints first.

        Raises:
            NotFoundError: there is no such category.
            UsageError: nobody wants to know of copies in it, or in any.
        """
        rules = self._rules(category)
        since = self.app.clock() - timedelta(days=days)
        self._complete([rule.key for rule in rules], since - WITHIN, progress)
        with self.store.read() as tx:
            found = pairs(tx.likenesses.recent([rule.key for rule in rules], since - WITHIN))
            known = tx.likenesses.counterparts({entry_id for both in found for entry_id in both})
        told = (pair(known[one], known[other], apart, rules) for (one, other), apart in found.items())
        newest = sorted(filter(None, told), key=lambda p: (p.published, p.entry_id, p.other_id), reverse=True)
        return tuple(p for p in newest if p.published >= since)

    def split(self, what: str, carriers: Sequence[str]) -> tuple[Story, int]:
        """Make an entry of its own of those *carriers* of an entry, given by link or by number of the sighting.

        Returns the entry as it was, and the number of the new one. The caller holds the lock: a poll would judge by what was.

        Raises:
            NotFoundError: there is no such entry, or nothing of it is carried so.
            UsageError: nothing would be left, or nothing be there to tell; or what stays has the same key.
        """
        from aggregator.decide.splitting import split, unsplittable  # noqa: PLC0415 - listings part nothing

        with self.store.write() as tx:
            story = tx.stories.story(what, self.app.key_of(what))
            leaving = {s.id for carrier in carriers for s in self._carried(story, carrier)}
            if problem := unsplittable(story, leaving):
                raise UsageError(problem)
            plan = split(story, tx.rekeys.overhaul.keys_of(story.entry.id), leaving)
            (number,) = tx.rekeys.overhaul.rearrange(plan, self.app.clock()).values()
            both = (story.entry.id, number)
            self._reshelve(tx, both)
            if self.app.config.duplicates:
                tx.likenesses.keep({s.entry_id: fingerprint(s.title, s.html) for s in tx.likenesses.said(both)})
        return story, number

    def _reshelve(self, tx: Transaction, entry_ids: Sequence[int]) -> None:
        """Put entries where their carriers belong by the rules as they are, hidden or shown."""
        from aggregator.classify.replay import Replay  # noqa: PLC0415 - as above

        now = self.app.clock()
        replay = Replay(self.app.rule_book, (), lambda name: tx.categories.ensure({name}, now)[name])
        standing = tx.shelving.standing(entry_ids)
        carried = tx.shelving.carried(entry_ids, replay.all_fields, tx.shelving.subscriptions())
        tx.shelving.refile([replay.wholly(number, carriers, standing[number]) for number, carriers in carried], (), now)
        tx.shelving.settle(set(entry_ids), set(), now)

    def _carried(self, story: Story, carrier: str) -> list[Sighting]:
        key = self.app.key_of(carrier)
        found = [s for s in story.sightings if carrier in {s.url, str(s.id)} or (key is not None and s.url_key == key)]
        if not found:
            links = ", ".join(s.url or str(s.id) for s in story.sightings)
            raise NotFoundError(f"entry {story.entry.id} is not carried as {carrier}, but as {links}")
        return found

    def _rules(self, category: str | None) -> Sequence[CopyRules]:
        with self.store.read() as tx:
            asked = tx.categories.all() if category is None else (tx.categories.find(category),)
        rules = wanted(self.app.config.duplicates, {name_key(c.name): c.name for c in asked})
        if not rules:
            where = f"the category {category}" if category else "any category"
            raise UsageError(f"no copies are looked for in {where}; `duplicates: suggest` in the configuration says so")
        return rules

    def _complete(self, keys: Sequence[str], since: datetime, progress: Progress) -> None:
        """Take the fingerprints that are missing; of what is read and written at once, nothing changes in between."""
        with self.store.read() as tx:
            missing = tx.likenesses.unknown(keys, since)
        if not missing:
            return
        progress.begin("reading entries", len(missing))
        for start in range(0, len(missing), _TOGETHER):
            with self.store.write() as tx:
                said = tx.likenesses.said(missing[start : start + _TOGETHER])
                tx.likenesses.keep({one.entry_id: fingerprint(one.title, one.html) for one in said})
            progress.advance(len(said))
