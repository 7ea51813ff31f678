"""Owns transactions: how they begin and end, connections kept for the next one, and what failures mean to a user."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from aggregator.errors import StoreError
from aggregator.store.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from aggregator.store.connection import Dialect

_SQLITE = "sqlite:///"


def sqlite_path(url: str) -> Path | None:
    """Return the file behind a SQLite *url*, ``None`` for another database."""
    return Path(unquote(url.removeprefix(_SQLITE))) if url.startswith(_SQLITE) else None


def shown(url: str) -> str:
    """Return *url* for people: without its password."""
    if url.startswith(_SQLITE):
        return url
    from aggregator.store import postgresql  # noqa: PLC0415 - as in _dialect

    return postgresql.shown(url)


def sqlite_version() -> str:
    """Return the version of the SQLite library that is in use, or would be."""
    from aggregator.store import sqlite  # noqa: PLC0415 - as in _dialect

    return sqlite.version()


class Database:
    """The database of a URL. Threads may share it: each transaction has a connection to itself."""

    def __init__(self, url: str) -> None:
        """Find the driver; nothing is opened yet.

        Raises:
            StoreError: there is none.
        """
        self.url = url
        self.dialect = _dialect(url)
        self._idle: list[Connection] = []  # a stack; what list does to one item at a time is safe among threads

    def close(self) -> None:
        """Close the connections that are not in use."""
        while (connection := self._taken()) is not None:
            connection.close()

    def writing(self) -> AbstractContextManager[Connection]:
        """Run a transaction that may write; whatever is raised in it takes all of it back.

        Raises:
            StoreError: the database cannot do what it was asked.
        """
        return self._transaction(self.dialect.write, "COMMIT", self.dialect.at_once)

    def writing_behind(self) -> AbstractContextManager[Connection]:
        """Run a transaction as :meth:`writing` would, but without waiting for the disk.

        A power cut may take back the last of such transactions, each as a whole; nothing less does. Whatever :meth:`writing`
        writes next has all before it on the disk.
        """
        return self._transaction(self.dialect.write, "COMMIT", self.dialect.behind)

    def rehearsing(self) -> AbstractContextManager[Connection]:
        """Run a transaction as :meth:`writing` would, and take all of it back at the end."""
        return self._transaction(self.dialect.write, "ROLLBACK")

    def reading(self) -> AbstractContextManager[Connection]:
        """Run a transaction that only reads, on one state of the database from start to end."""
        return self._transaction(self.dialect.read, "COMMIT")

    @contextmanager
    def _transaction(self, begin: str, end: str, waiting: str | None = None) -> Iterator[Connection]:
        with self.translated():
            connection = self._begun(begin, waiting)
            try:
                yield connection
                connection.run(end)
            except BaseException:
                connection.close()  # which rolls back, in whatever state it is
                raise
            self._idle.append(connection)

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn what the database says when it cannot work into a :class:`StoreError`; our own mistakes stay as they are."""
        try:
            yield
        except self.dialect.bugs:
            raise  # wrong SQL or a broken rule of ours: a bug, which keeps its traceback
        except self.dialect.error as error:
            said = str(error).strip() or type(error).__name__
            raise StoreError(f"the store {shown(self.url)} cannot be used: {said.splitlines()[0]}") from error

    def _begun(self, begin: str, waiting: str | None) -> Connection:
        """Begin a transaction on a connection that is idle, or on a new one."""
        while True:
            idle = self._taken()
            connection = idle or Connection(self.dialect)
            try:
                connection.begin(begin, waiting)
            except BaseException:
                hung_up = connection.is_lost
                connection.close()
                if idle is None or not hung_up:
                    raise
                continue  # a server may have hung up on whoever was idle, which shows only now
            return connection

    def _taken(self) -> Connection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None


def _dialect(url: str) -> Dialect:
    path = sqlite_path(url)
    if path is not None:
        from aggregator.store import sqlite  # noqa: PLC0415 - one database is in use, and the other's driver costs time

        return sqlite.dialect(path)
    from aggregator.store import postgresql  # noqa: PLC0415 - as above

    return postgresql.dialect(url)
