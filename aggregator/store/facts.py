"""Owns the SQL of single facts: what the store notes of itself, a text under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.store.statements import inserting

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from aggregator.store.connection import Connection

_FACT = "SELECT value FROM facts WHERE name = :name"
_FACTS = "SELECT name, value FROM facts WHERE name IN each(:names)"
_NOTE = inserting("facts", "name", "value") + " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
_HOLD = inserting("facts", "name", "value") + " ON CONFLICT (name) DO UPDATE SET value = facts.value RETURNING value"
_FORGET = "DELETE FROM facts WHERE name = :name"


def fact(connection: Connection, name: str) -> str | None:
    """Return what is noted under a name."""
    value: str | None = connection.value(_FACT, name=name)
    return value


def facts(connection: Connection, names: Collection[str]) -> dict[str, str]:
    """Return what is noted under some names, by name."""
    return dict(connection.tuples(_FACTS, names=names)) if names else {}


def note(connection: Connection, name: str, value: str) -> None:
    """Note a fact, instead of what was noted under its name."""
    connection.run(_NOTE, name=name, value=value)


def note_each(connection: Connection, noted: Mapping[str, str]) -> None:
    """Note facts, by name."""
    connection.run_each(_NOTE, ({"name": name, "value": value} for name, value in noted.items()))


def hold(connection: Connection, name: str, first: str) -> str:
    """Return a fact, which is *first* if there was none; whoever else holds it waits until this transaction ends."""
    return str(connection.value(_HOLD, name=name, value=first))


def forget(connection: Connection, *names: str) -> None:
    """Drop what is noted under these names."""
    connection.run_each(_FORGET, ({"name": name} for name in names))
