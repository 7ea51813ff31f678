"""Owns the use cases of WebSub as commands and ticks ask for them: who does what, and that only one does it at a time."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.app.hub import Hub
from aggregator.app.listening import Listening
from aggregator.app.pinging import Pinging
from aggregator.errors import LockedError

if TYPE_CHECKING:
    from aggregator.app.composition import App
    from aggregator.store import Store


class WebSub(Struct, frozen=True, kw_only=True):
    """The use cases, on an open store."""

    app: App
    store: Store

    @property
    def is_used(self) -> bool:
        """Whether there is anything for :meth:`spread` to do, if only to end what was agreed before."""
        wanted = self.app.config.websub
        with self.store.read() as tx:
            return bool(wanted.hubs) or wanted.subscribe or wanted.hub or bool(tx.leases.all())

    def announce(self) -> None:
        """Note whom to tell of what was published."""
        Pinging(app=self.app, store=self.store).announce()

    def tell(self) -> tuple[str, ...]:
        """Tell hubs of what was published; return what went wrong, which is tried again."""
        if not self.app.config.websub.hubs:
            return ()
        with suppress(LockedError), self.app.spreading():  # who holds it tells them as well
            return Pinging(app=self.app, store=self.store).tell()
        return ()

    def spread(self) -> tuple[str, ...]:
        """Do all that is to be done now but for reading what came; return which hubs could not be told.

        Raises:
            LockedError: another one is at it.
        """
        wanted = self.app.config.websub
        with self.app.spreading():
            self.listening.follow()
            self.listening.ask()
            if wanted.hub:
                self.hub.verify()
                self.hub.deliver()
            return Pinging(app=self.app, store=self.store).tell() if wanted.hubs else ()

    @property
    def listening(self) -> Listening:
        """The use cases of a subscriber."""
        return Listening(app=self.app, store=self.store)

    @property
    def hub(self) -> Hub:
        """The use cases of our own hub."""
        return Hub(app=self.app, store=self.store)
