"""What is in a store, told without the numbers by which its rows know each other, so that two stores can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import JSON

from aggregator.model import Tally
from aggregator.store.schema import metadata

if TYPE_CHECKING:
    from aggregator.store import Store

    Rows = list[dict[str, Any]]

# What names a row of a table to which others refer.
_NAMES = {"sources": ("url",), "entries": ("atom_id",), "categories": ("slug",), "sightings": ("source_id", "carrier")}


def content(store: Store, *without: str) -> dict[str, Rows]:
    """Return the rows of every table, in an order of their own, *without* some columns, such as ``polls.fetch_s``."""
    named: dict[str, dict[int, tuple[Any, ...]]] = {}
    found: dict[str, Rows] = {}
    with store.read() as tx:
        for table in metadata.sorted_tables:
            rows = tx.sources.connection.rows(f"SELECT * FROM {table.name}")  # noqa: S608 - our own tables
            if table.name in _NAMES and not any(f.column.table is not table for f in table.foreign_keys):
                named[table.name] = {row["id"]: tuple(row[name] for name in _NAMES[table.name]) for row in rows}
            for column in table.columns:
                for row in rows if isinstance(column.type, JSON) else ():
                    row[column.name] = msgspec.json.decode(row[column.name] or "null")
                for reference in column.foreign_keys:
                    for row in rows:
                        row[column.name] = named[reference.column.table.name].get(row[column.name])
            if table.name in _NAMES:
                named[table.name] = {row["id"]: tuple(row[name] for name in _NAMES[table.name]) for row in rows}
            left_out = {"id", *(name.partition(".")[2] for name in without if name.startswith(f"{table.name}."))}
            found[table.name] = sorted(
                ({name: value for name, value in row.items() if name not in left_out} for row in rows), key=repr
            )
    return found


def assert_every_item_is_accounted_for(store: Store) -> None:
    """Check every row of the poll log: each item of a document ended in one way, and in one only."""
    for row in content(store)["polls"]:
        ended = sum(row[name] for name in Tally.__struct_fields__ if name != "seen")
        assert row["seen"] == ended, row
