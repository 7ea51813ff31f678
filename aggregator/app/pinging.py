"""Owns telling the configured hubs, and subscribers of our own, that feeds of ours have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.model import Errand
from aggregator.websub.forms import ping as form_of
from aggregator.websub.standing import MOST_ATTEMPTS, parted, repetition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aggregator.app.composition import App
    from aggregator.model import Answer
    from aggregator.model.pushing import Ping
    from aggregator.store import Store

_FOLLOWED = frozenset({307, 308})


class Pinging(Struct, frozen=True, kw_only=True):
    """The use cases of a publisher, on an open store."""

    app: App
    store: Store

    def announce(self) -> None:
        """Note whom to tell of every published feed whose bytes are others than when we last told.

        Judged by the files that the store says are published, and not by those that were just written: so what a killed run
        published is told by the next.
        """
        with self.store.read() as tx:
            changed = tx.pings.changed()
        if changed:
            topics = {path: self.app.config.site.url + path for path in changed}
            with self.store.write() as tx:
                tx.pings.announce(topics, self.app.config.websub.hubs, self.app.clock())

    def tell(self) -> tuple[str, ...]:
        """Tell hubs what they are to be told now; return what went wrong. A hub that cannot be reached is tried once."""
        with self.store.read() as tx:
            due = tx.pings.due(self.app.clock())
        first, rest = parted(due, lambda ping: ping.hub)
        troubles, lost = self._tell(first)
        more, _ = self._tell([ping for ping in rest if ping.hub not in lost])
        return (*troubles, *more)

    def _tell(self, pings: Sequence[Ping]) -> tuple[list[str], set[str]]:
        """Return what went wrong, and the hubs that could not be reached."""
        told = {ping.id: ping for ping in pings}
        errands = [Errand(key=p.id, url=p.hub, body=form_of(p.topic), follows=_FOLLOWED) for p in pings]
        troubles, lost = [], set()
        for answer in self.app.send(errands):
            ping = told[answer.key]
            if not self._noted(ping, answer):
                troubles.append(f"{ping.hub} was not told of {ping.topic}: {answer.told}")
            if answer.status is None:
                lost.add(ping.hub)
        return troubles, lost

    def _noted(self, ping: Ping, answer: Answer) -> bool:
        now = self.app.clock()
        again_at = repetition(now, ping.attempts + 1)
        with self.store.write() as tx:
            if answer.is_good or ping.attempts + 1 >= MOST_ATTEMPTS:
                tx.pings.told(ping)
            else:
                tx.pings.repeat(ping, again_at, answer.told)
            if answer.status is None:
                tx.pings.postpone(ping.hub, now, again_at)
        return answer.is_good
