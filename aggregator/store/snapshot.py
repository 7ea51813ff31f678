"""Owns ``migrations/sqlite.sql``: what all migrations make of an empty SQLite store, so that a new one needs none of them.

``make schema`` writes it after a migration was added; a test compares.
"""

from __future__ import annotations

import tempfile
from contextlib import closing

from aggregator.package_data import package_data
from aggregator.store import migrate
from aggregator.store.database import Database

# The search index makes tables of its own.
_MADE = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'searchable_%' ORDER BY rowid"


def snapshot(url: str) -> str:
    """Return the statements that make a SQLite store like the one at *url*, rows included."""
    with closing(Database(url)) as database, database.reading() as connection:
        made = connection.tuples(_MADE)
        tables = [name for name, sql in made if sql.startswith("CREATE TABLE")]
        rows = [(table, row) for table in tables for row in connection.tuples(f'SELECT * FROM "{table}"')]
    filled = [f'INSERT INTO "{table}" VALUES ({", ".join(map(repr, row))})' for table, row in rows]
    return migrate.END_OF_STATEMENT.join((*(sql for _, sql in made), *filled, ""))


def main() -> None:
    """Write the file."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/store.db"
        migrate.step_by_step(url)
        package_data("migrations").joinpath("sqlite.sql").write_text(snapshot(url), encoding="utf-8")


if __name__ == "__main__":
    main()
