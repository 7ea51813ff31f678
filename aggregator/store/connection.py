"""Owns how statements are run: values in, rows out, the same on every database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from aggregator.store.instants import given, is_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Engine

    from aggregator.store.searching import Spelling
    from aggregator.store.statements import Statement

Row = dict[str, Any]


class Dialect(Struct, frozen=True, kw_only=True):
    """What differs between databases.

    *connect* opens a connection of the driver that begins no transactions by itself, takes instants as they are, and commits
    *at_once*; this and *behind* switch whether commits wait for the disk. *statement* turns our SQL into the driver's, which
    takes lists as *listed* gives them. *write* and *read* begin a transaction; *table* tells whether there is one called
    ``:name``. *error* is what the driver raises, *bugs* those of them that are our own mistakes. *is_lost* says whether a
    connection cannot be used any more. *spelling* is that of the search index. *engine* is for migrations only.
    """

    connect: Callable[[], Any]
    statement: Callable[[str], Statement]
    listed: Callable[[Iterable[Any]], Any]
    at_once: str
    behind: str
    write: str
    read: str
    table: str
    error: type[Exception]
    bugs: tuple[type[Exception], ...]
    is_lost: Callable[[Any], bool]
    spelling: Spelling
    engine: Callable[[], Engine]


class Connection:
    """A connection within a transaction. SQL is as in :mod:`aggregator.store.statements`; instants go in and come out aware."""

    def __init__(self, dialect: Dialect) -> None:
        """Connect."""
        self.dialect = dialect
        self._driver = dialect.connect()
        self._cursor = self._driver.cursor()
        self._waiting = dialect.at_once

    @property
    def is_lost(self) -> bool:
        """Whether the database hung up."""
        return self.dialect.is_lost(self._driver)

    def close(self) -> None:
        """Hang up; what was not committed is taken back."""
        self._driver.close()

    def begin(self, begin: str, waiting: str | None = None) -> None:
        """Begin a transaction; *waiting* is when it reaches the disk, if that may be another time than before."""
        if waiting is not None and waiting != self._waiting:
            self.run(waiting)
            self._waiting = waiting
        self.run(begin)

    def run(self, sql: str, **values: Any) -> None:
        """Run a statement."""
        statement = self.dialect.statement(sql)
        for name in statement.lists:
            values[name] = self.dialect.listed(values[name])
        self._cursor.execute(statement.text, values)

    def run_each(self, sql: str, rows: Iterable[Row]) -> None:
        """Run a statement once for each of *rows*."""
        each = tuple(rows)
        if each:
            self._cursor.executemany(self.dialect.statement(sql).text, each)

    def rows(self, sql: str, **values: Any) -> list[Row]:
        """Return all rows, by the names of their columns."""
        self.run(sql, **values)
        names = [column[0] for column in self._cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in self._cursor.fetchall()]
        for name in filter(is_instant, names):
            for row in rows:
                row[name] = given(row[name])
        return rows

    def tuples(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """Return all rows as the driver gives them, for queries that return very many; no instants."""
        self.run(sql, **values)
        found: list[tuple[Any, ...]] = self._cursor.fetchall()
        return found

    def row(self, sql: str, **values: Any) -> Row | None:
        """Return the first row, if there is one."""
        return next(iter(self.rows(sql, **values)), None)

    def column(self, sql: str, **values: Any) -> list[Any]:
        """Return the first column; no instants."""
        self.run(sql, **values)
        return [row[0] for row in self._cursor.fetchall()]

    def value(self, sql: str, **values: Any) -> Any:
        """Return the first column of the first row, ``None`` if there is none; no instant."""
        return next(iter(self.column(sql, **values)), None)
