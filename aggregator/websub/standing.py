"""Owns when something is due: leases and their renewal, repetitions of what failed; and which leases we want."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from aggregator.model.pushing import HubOffer, Intent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from aggregator.model.pushing import Lease

Thing = TypeVar("Thing")
# What we ask for, and what our hub grants who asks for nothing.
LEASE = timedelta(days=10)
SHORTEST_LEASE, LONGEST_LEASE = timedelta(minutes=5), timedelta(days=30)
# A hub that forgets to say how long is believed for so long.
UNSAID_LEASE = timedelta(days=1)
# How long to wait for a hub's question after it took our request, and to leave a hub alone that denied it.
PATIENCE = timedelta(hours=1)
AFTER_DENIAL = timedelta(days=7)
FIRST_REPETITION, LAST_REPETITION = timedelta(minutes=1), timedelta(hours=12)
# With these waits the last of so many attempts is about three days after the first.
MOST_ATTEMPTS = 12
_FACTOR = 3
_LONGEST_NUMBER = 12  # digits


def seconds_of(written: str | None) -> timedelta | None:
    """Read a positive number of seconds; ``None`` for what is none."""
    if not written or len(written) > _LONGEST_NUMBER or not (written.isascii() and written.isdigit()):
        return None
    return timedelta(seconds=int(written)) or None


def granted(wished: timedelta | None) -> timedelta:
    """Return the lease that our hub grants; none is for ever."""
    return LEASE if wished is None else min(max(wished, SHORTEST_LEASE), LONGEST_LEASE)


def believed(said: timedelta | None) -> timedelta:
    """Return the lease that a hub granted, within reason."""
    return UNSAID_LEASE if said is None else min(said, LONGEST_LEASE)


def renewal(now: datetime, lease: timedelta) -> datetime:
    """Return when to renew a lease that begins *now*: early enough to try again several times."""
    return now + lease * 3 / 4


def repetition(now: datetime, attempts: int) -> datetime:
    """Return when to try again after so many *attempts* that failed."""
    factor: int = _FACTOR ** min(attempts - 1, MOST_ATTEMPTS)
    return now + min(FIRST_REPETITION * factor, LAST_REPETITION)


class Changes(Struct, frozen=True, kw_only=True):
    """What is to change among our leases: offers of sources to *take* up, and leases to *leave*, or to take up *again*."""

    take: tuple[tuple[int, HubOffer], ...] = ()
    leave: tuple[Lease, ...] = ()
    again: tuple[Lease, ...] = ()


def changes(offers: Mapping[int, HubOffer], leases: Iterable[Lease]) -> Changes:
    """Compare what sources, by their numbers, offer with the leases there are."""
    missing, leave, again = dict(offers), [], []
    for lease in leases:
        wanted = offers.get(lease.source_id) == HubOffer(hub=lease.hub, topic=lease.topic)
        if wanted:
            missing.pop(lease.source_id, None)
        if not wanted and lease.wanted is Intent.SUBSCRIBE:
            leave.append(lease)
        elif wanted and lease.wanted is Intent.UNSUBSCRIBE:
            again.append(lease)
    return Changes(take=tuple(missing.items()), leave=tuple(leave), again=tuple(again))


def parted(things: Iterable[Thing], host: Callable[[Thing], str]) -> tuple[list[Thing], list[Thing]]:
    """Part *things* to send into the first for each host, which shows whether anybody is there, and the rest."""
    first: dict[str, Thing] = {}
    rest = [thing for thing in things if first.setdefault(host(thing), thing) is not thing]
    return list(first.values()), rest
