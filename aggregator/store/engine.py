"""Owns connections: how SQLite and PostgreSQL are opened, and what their failures mean to a user."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.pool import NullPool

from aggregator.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from sqlalchemy import Connection, Table

# SQLite before this may corrupt a WAL file that two connections write and checkpoint at once (https://sqlite.org/wal.html).
_SOUND_SQLITE = (3, 51, 3)
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # what was reported as stored is there after a power cut
    "foreign_keys=ON",
    "busy_timeout=10000",
    "journal_size_limit=67108864",
    "trusted_schema=OFF",
)


def sqlite_path(url: str) -> Path | None:
    """Return the file behind a SQLite *url*, ``None`` for another database."""
    parsed = make_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


def shown(url: str) -> str:
    """Return *url* for people: without its password."""
    return make_url(url).render_as_string(hide_password=True)


def writing_engine(url: str) -> Engine:
    """Return an engine whose every transaction may write.

    On SQLite each begins with BEGIN IMMEDIATE: a transaction that reads first and writes later can fail at once with
    SQLITE_BUSY_SNAPSHOT, whatever the timeout (https://www.sqlite.org/isolation.html).
    """
    return _engine(url, begin="BEGIN IMMEDIATE")


def reading_engine(url: str) -> Engine:
    """Return an engine for transactions that only read; they never wait for a writer."""
    return _engine(url, begin="BEGIN")


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn what the database says when it cannot work into a :class:`StoreError`; our own mistakes stay as they are."""
    try:
        yield
    except (IntegrityError, ProgrammingError):
        raise  # wrong SQL or a broken rule of ours: a bug, which keeps its traceback
    except DBAPIError as error:
        said = str(error.orig).strip().splitlines()[0]
        raise StoreError(f"the store {shown(url)} cannot be used: {said}") from error


def _engine(url: str, *, begin: str) -> Engine:
    if sqlite_path(url) is None:
        if find_spec("psycopg") is None:
            raise StoreError(f"the store {shown(url)} needs a driver: pip install 'feed-aggregator[postgres]'")
        # every reader sees one state from start to end, as on SQLite; one run at a time writes
        level = "READ COMMITTED" if begin == "BEGIN IMMEDIATE" else "REPEATABLE READ"
        return create_engine(make_url(url).set(drivername="postgresql+psycopg"), pool_pre_ping=True, isolation_level=level)
    engine = create_engine(url, module=_sqlite_module(), poolclass=NullPool if begin != "BEGIN IMMEDIATE" else None)

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver's own transactions do not cover DDL and begin too late
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def upserting(connection: Connection, table: Table) -> Any:
    """Return an INSERT of the database's own kind, which can say what to do about rows that exist."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert  # noqa: PLC0415 - the other dialect would cost 15 ms of every start

        return insert(table)
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert  # noqa: PLC0415 - as above

    return postgresql_insert(table)


def create_private_file(url: str) -> None:
    """Create the SQLite file of *url* where there is none, readable by its owner only.

    Raises:
        StoreError: the folder cannot be written.
    """
    path = sqlite_path(url)
    if path is None or path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(f"the store {path} cannot be created: {error.strerror}") from error


def _sqlite_module() -> ModuleType:
    if sqlite3.sqlite_version_info >= _SOUND_SQLITE:
        return sqlite3
    try:
        import pysqlite3.dbapi2  # noqa: PLC0415 - a newer SQLite than the interpreter's, only where that one is too old
    except ImportError:
        return sqlite3
    module: ModuleType = pysqlite3.dbapi2
    return module


def sqlite_version() -> str:
    """Return the version of the SQLite library in use."""
    version: str = _sqlite_module().sqlite_version
    return version
