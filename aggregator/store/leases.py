"""Owns the SQL of our leases with the hubs of sources, and of what those hubs send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict

from aggregator.model.pushing import HubOffer, Intent, Lease, Push
from aggregator.store.statements import inserting, setting

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from aggregator.store.connection import Connection, Row

_OFFERS = """
    SELECT id, hub_url, topic_url FROM sources WHERE hub_url IS NOT NULL AND kind = 'feed' AND disabled_reason IS NULL ORDER BY id
"""
_ALL = "SELECT * FROM leases"
_NEW = inserting("leases", "source_id", "hub", "topic", "token", "secret", "wanted", "due_at")
_CHANGING = ("wanted", "asked", "ends_at", "due_at", "attempts", "trouble")
_CHANGE = f"UPDATE leases SET {setting(*_CHANGING)} WHERE id = :id"
_ANSWERED = f"UPDATE leases SET {setting('due_at', 'attempts', 'trouble')} WHERE id = :id AND asked = :asked"
_UNTIL = """
    UPDATE sources SET pushed_until_at = (SELECT max(ends_at) FROM leases WHERE source_id = :source AND wanted = 'subscribe')
    WHERE id = :source
"""
_DUE_NOW = "UPDATE sources SET next_poll_at = :now, next_poll_reason = :reason WHERE id = :source"
_RECEIVED = "UPDATE leases SET received = received + 1, received_at = :now WHERE id = :id"
_REFUSED = "UPDATE leases SET refused = refused + 1 WHERE id = :id"
_PUSH = inserting("pushes", "source_id", "topic", "received_at", "content_type", "content_encoding", "body")


class Leases(Struct, frozen=True):
    """Questions about leases, within one transaction."""

    connection: Connection

    def offers(self) -> Mapping[int, HubOffer]:
        """Return what the enabled feeds offer that name a hub, by the numbers of their sources."""
        rows = self.connection.rows(_OFFERS)
        return {row["id"]: HubOffer(hub=row["hub_url"], topic=row["topic_url"]) for row in rows}

    def all(self) -> tuple[Lease, ...]:
        """Return every lease."""
        return tuple(map(_lease, self.connection.rows(f"{_ALL} ORDER BY id")))

    def of(self, source_id: int) -> tuple[Lease, ...]:
        """Return the leases of a source, the newest first."""
        return tuple(map(_lease, self.connection.rows(f"{_ALL} WHERE source_id = :id ORDER BY id DESC", id=source_id)))

    def due(self, now: datetime) -> tuple[Lease, ...]:
        """Return the leases about which something is to be done now."""
        return tuple(map(_lease, self.connection.rows(f"{_ALL} WHERE due_at <= :now ORDER BY due_at, id", now=now)))

    def called(self, token: str) -> Lease | None:
        """Return the lease of a callback."""
        row = self.connection.row(f"{_ALL} WHERE token = :token", token=token)
        return _lease(row) if row else None

    def take(self, source_id: int, offer: HubOffer, token: str, secret: str | None, now: datetime) -> None:
        """Begin a lease: its hub is to be asked now."""
        values = asdict(offer) | {"token": token, "secret": secret}
        self.connection.run(_NEW, source_id=source_id, wanted=Intent.SUBSCRIBE, due_at=now, **values)

    def change(self, lease: Lease) -> None:
        """Write how a lease stands now."""
        self.connection.run(_CHANGE, id=lease.id, **{name: getattr(lease, name) for name in _CHANGING})
        self.connection.run(_UNTIL, source=lease.source_id)

    def answered(self, lease: Lease) -> None:
        """Write what came of asking the hub; unless it asked back meanwhile, which says more."""
        values = {"id": lease.id, "asked": lease.asked, "due_at": lease.due_at}
        self.connection.run(_ANSWERED, attempts=lease.attempts, trouble=lease.trouble, **values)

    def end(self, lease: Lease) -> None:
        """Forget a lease."""
        self.connection.run("DELETE FROM leases WHERE id = :id", id=lease.id)
        self.connection.run(_UNTIL, source=lease.source_id)

    def poll_soon(self, lease: Lease, now: datetime, reason: str) -> None:
        """Let the source of a lease be polled with the next round."""
        self.connection.run(_DUE_NOW, source=lease.source_id, now=now, reason=reason)

    def refuse(self, lease: Lease) -> None:
        """Count what came for a lease and was not well signed."""
        self.connection.run(_REFUSED, id=lease.id)

    def receive(self, lease: Lease, now: datetime) -> None:
        """Count what came for a lease and was in order."""
        self.connection.run(_RECEIVED, id=lease.id, now=now)

    def count_waiting(self, source_id: int) -> int:
        """Return how many pushes of a source nobody has read yet."""
        return int(self.connection.value("SELECT count(*) FROM pushes WHERE source_id = :source", source=source_id))

    def keep(self, push: Push) -> None:
        """Keep what a hub sent until it is read; its number does not count."""
        self.connection.run(_PUSH, **{name: value for name, value in asdict(push).items() if name != "id"})

    def waiting(self) -> tuple[Push, ...]:
        """Return the pushes nobody has read yet, in the order in which they came."""
        return tuple(Push(**row) for row in self.connection.rows("SELECT * FROM pushes ORDER BY id"))

    def drop(self, push: Push) -> None:
        """Forget a push that was read."""
        self.connection.run("DELETE FROM pushes WHERE id = :id", id=push.id)


def _lease(row: Row) -> Lease:
    asked = Intent(row["asked"]) if row["asked"] else None
    return Lease(**row | {"wanted": Intent(row["wanted"]), "asked": asked})
