"""Owns where a fetch goes: whom it asks now, who sent it there, and whether secrets may go along. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from aggregator.fetch.target import redirected
from aggregator.model import Hop

if TYPE_CHECKING:
    from aggregator.fetch.target import Target


class Route(Struct, frozen=True, kw_only=True):
    """The way so far. *at_home* means that it has not left the origin at which it began."""

    target: Target
    hops: tuple[Hop, ...] = ()
    at_home: bool = True

    def onward(self, status: int, location: bytes) -> Route:
        """Follow a redirect. What has once led to another origin stays a stranger's, even where it leads back.

        Raises:
            BadUrlError: as :func:`~aggregator.fetch.target.target_of`, of the *location*.
        """
        target = redirected(self.target, location)
        return replace(
            self,
            target=target,
            hops=(*self.hops, Hop(url=self.target.url, status=status)),
            at_home=self.at_home and target.origin == self.target.origin,
        )
