"""Owns the facts that tell by which identity rules the store's keys were made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, json

from aggregator.store.facts import fact, facts, forget, note, note_each

if TYPE_CHECKING:
    from aggregator.store.connection import Connection
    from aggregator.store.rekeying import Overhaul

_RULES, _DECLARED, _SINCE = "identity rules", "identity rules as declared", "identity rules since"


class Made(Struct, frozen=True, kw_only=True):
    """By which rules keys were made: *version* those of all, *since* those of newer ones; *declared* is the first as JSON."""

    version: str | None
    since: tuple[str, ...]
    declared: str | None


class Rekeys(Struct, frozen=True):
    """What is known of how keys were made, within one transaction. *authority* is as in :class:`Categories`."""

    connection: Connection
    authority: str

    def made(self) -> Made:
        """Tell by which rules the store's keys were made."""
        noted = facts(self.connection, (_RULES, _SINCE, _DECLARED))
        since = tuple(json.decode(noted.get(_SINCE, "[]")))
        return Made(version=noted.get(_RULES), since=since, declared=noted.get(_DECLARED))

    def former(self) -> str | None:
        """Return the rules that made the older keys, in JSON, if there are newer ones; ``None`` also where nobody noted them."""
        return self.made().declared if are_mixed(self.connection) else None

    def note(self, version: str, declared: str) -> None:
        """Note that all keys are made by the rules *version*, which are *declared* in JSON."""
        forget(self.connection, _SINCE)
        note_each(self.connection, {_RULES: version, _DECLARED: declared})

    def note_since(self, versions: tuple[str, ...]) -> None:
        """Note that newer keys are made by other rules than the rest, by the last of *versions* from now on."""
        note(self.connection, _SINCE, json.encode(versions).decode())

    def has_keys(self) -> bool:
        """Say whether there is a key at all."""
        return self.connection.value("SELECT 1 FROM sightings LIMIT 1") is not None

    @property
    def overhaul(self) -> Overhaul:
        """All keys, to be made anew."""
        from aggregator.store.rekeying import Overhaul  # noqa: PLC0415 - for one command only

        return Overhaul(self.connection, self.authority)


def are_mixed(connection: Connection) -> bool:
    """Say whether keys were made by more than one version of the rules."""
    return fact(connection, _SINCE) is not None
