"""Owns the SQL of our own hub: what it was asked and has not verified, and who gets our news."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import asdict

from aggregator.model.pushing import Asked, Intent, Request, Subscriber
from aggregator.store.statements import inserting

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.store.connection import Connection, Row

_ASK = inserting("requests", "intent", "callback", "host", "topic", "lease_s", "secret", "due_at")
_ASKED = "SELECT id, intent, callback, topic, lease_s, secret, attempts FROM requests WHERE due_at <= :now ORDER BY id"
_SUBSCRIBE = (
    inserting("subscribers", "callback", "host", "topic", "secret", "ends_at")
    + " ON CONFLICT (callback, topic) DO UPDATE SET secret = excluded.secret, ends_at = excluded.ends_at"
)
_OF_HOST = """
    SELECT (SELECT count(*) FROM requests WHERE host = :host) + (SELECT count(*) FROM subscribers WHERE host = :host)
"""
_OF_REQUEST = "WHERE callback = :callback AND topic = :topic"
_SUBSCRIBERS = "SELECT id, callback, topic, secret, ends_at, changes, due_at, attempts, trouble FROM subscribers"
_DELIVERED = "UPDATE subscribers SET due_at = NULL, attempts = 0, trouble = NULL WHERE id = :id AND changes = :changes"
_REPEAT = """
    UPDATE subscribers SET attempts = :attempts, due_at = :due_at, trouble = :trouble WHERE id = :id AND changes = :changes
"""


class Hub(Struct, frozen=True):
    """Questions about our hub, within one transaction."""

    connection: Connection

    def ask(self, request: Request, now: datetime) -> None:
        """Take a request, to be verified."""
        self.connection.run(_ASK, host=_host(request.callback), due_at=now, **asdict(request))

    def count_waiting(self) -> int:
        """Return how many requests were not verified yet."""
        return int(self.connection.value("SELECT count(*) FROM requests"))

    def count_alike(self, request: Request) -> int:
        """Return how many requests for the same callback and topic were not verified yet."""
        found = self.connection.value(
            f"SELECT count(*) FROM requests {_OF_REQUEST}", callback=request.callback, topic=request.topic
        )  # fmt: skip
        return int(found)

    def count_of_host(self, callback: str) -> int:
        """Return how many requests and subscriptions the host of *callback* has."""
        return int(self.connection.value(_OF_HOST, host=_host(callback)))

    def asked(self, now: datetime) -> tuple[Asked, ...]:
        """Return the requests that are to be verified now, in the order in which they came."""
        return tuple(
            Asked(id=row.pop("id"), attempts=row.pop("attempts"), request=Request(**row | {"intent": Intent(row["intent"])}))
            for row in self.connection.rows(_ASKED, now=now)
        )

    def settle(self, asked: Asked) -> None:
        """Forget a request."""
        self.connection.run("DELETE FROM requests WHERE id = :id", id=asked.id)

    def ask_again(self, asked: Asked, due_at: datetime) -> None:
        """Verify a request then."""
        self.connection.run(
            "UPDATE requests SET attempts = :attempts, due_at = :due_at WHERE id = :id",
            id=asked.id, attempts=asked.attempts + 1, due_at=due_at,
        )  # fmt: skip

    def subscribe(self, request: Request, ends_at: datetime) -> None:
        """Let one get our news until then; in place of what was agreed before."""
        self.connection.run(
            _SUBSCRIBE,
            callback=request.callback,
            host=_host(request.callback),
            topic=request.topic,
            secret=request.secret,
            ends_at=ends_at,
        )

    def knows(self, request: Request) -> bool:
        """Say whether the one of a request gets our news."""
        found = self.connection.value(
            f"SELECT id FROM subscribers {_OF_REQUEST}", callback=request.callback, topic=request.topic
        )  # fmt: skip
        return found is not None

    def unsubscribe(self, request: Request) -> None:
        """Let one get our news no more."""
        self.connection.run(f"DELETE FROM subscribers {_OF_REQUEST}", callback=request.callback, topic=request.topic)

    def subscribers(self) -> tuple[Subscriber, ...]:
        """Return everybody who gets our news, by topic."""
        return tuple(map(_subscriber, self.connection.rows(f"{_SUBSCRIBERS} ORDER BY topic, callback")))

    def due(self, now: datetime) -> tuple[Subscriber, ...]:
        """Return those to whom something is to be delivered now, by topic."""
        found = self.connection.rows(f"{_SUBSCRIBERS} WHERE due_at <= :now AND ends_at > :now ORDER BY topic, id", now=now)
        return tuple(map(_subscriber, found))

    def delivered(self, subscriber: Subscriber) -> None:
        """Note that one has the newest, unless there was more news meanwhile."""
        self.connection.run(_DELIVERED, id=subscriber.id, changes=subscriber.changes)

    def repeat(self, subscriber: Subscriber, due_at: datetime | None, trouble: str) -> None:
        """Deliver again then, or not before there is news, because of this *trouble*; unless there was more meanwhile."""
        values = {"id": subscriber.id, "changes": subscriber.changes, "attempts": subscriber.attempts + 1}
        self.connection.run(_REPEAT, due_at=due_at, trouble=trouble, **values)

    def end(self, subscriber: Subscriber) -> None:
        """Forget one who wants nothing any more."""
        self.connection.run("DELETE FROM subscribers WHERE id = :id", id=subscriber.id)

    def end_expired(self, now: datetime) -> None:
        """Forget those whose lease is over."""
        self.connection.run("DELETE FROM subscribers WHERE ends_at <= :now", now=now)


def _host(callback: str) -> str:
    return (urlsplit(callback).hostname or "").rstrip(".")


def _subscriber(row: Row) -> Subscriber:
    return Subscriber(**row)
