"""Owns how SQLite is opened, and through which library."""

from __future__ import annotations

import functools
import os
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from aggregator.errors import StoreError
from aggregator.store.connection import Dialect
from aggregator.store.instants import kept
from aggregator.store.searching import Spelling
from aggregator.store.statements import for_sqlite

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from types import ModuleType

    from sqlalchemy import Engine

    from aggregator.terms import Phrase
_PRAGMAS = (
    "busy_timeout=10000",  # first: the others may have to wait
    "journal_mode=WAL",
    "synchronous=FULL",  # what was reported as stored is there after a power cut
    "foreign_keys=ON",
    "journal_size_limit=67108864",
    "trusted_schema=OFF",
)
# A transaction that reads first and writes later can fail at once with SQLITE_BUSY_SNAPSHOT, whatever the timeout
# (https://www.sqlite.org/isolation.html): whoever may write says so at the beginning. Readers never wait for a writer.
_WRITE, _READ = "BEGIN IMMEDIATE", "BEGIN"


def dialect(path: Path) -> Dialect:
    """Return what is particular to SQLite, for the store at *path*."""
    driver = _driver()
    return Dialect(
        connect=functools.partial(connect, path),
        statement=for_sqlite,
        listed=_as_json,
        at_once="PRAGMA synchronous=FULL",
        behind="PRAGMA synchronous=NORMAL",  # the next commit that is FULL sees to the whole write-ahead log
        write=_WRITE,
        read=_READ,
        table="SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :name",
        error=driver.Error,
        bugs=(driver.IntegrityError, driver.ProgrammingError),
        is_lost=lambda _: False,
        spelling=Spelling(matches="MATCH", words=" ".join, phrases=_asked),
        engine=functools.partial(_engine, path),
    )


def connect(path: Path) -> Any:
    """Open a connection of the driver to the file at *path*, which begins no transactions by itself."""
    # the driver's own transactions do not cover DDL and begin too late; threads have a connection one after another
    connection = _driver().connect(path, isolation_level=None, check_same_thread=False)
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def create_private(path: Path) -> None:
    """Create the file at *path* where there is none, readable by its owner only.

    Raises:
        StoreError: the folder cannot be written.
    """
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(f"the store {path} cannot be created: {error.strerror}") from error


def version() -> str:
    """Return the version of the SQLite library in use."""
    found: str = _driver().sqlite_version
    return found


def _engine(path: Path) -> Engine:
    """Return an engine for migrations; each of its transactions may write."""
    from sqlalchemy import create_engine, event  # noqa: PLC0415 - for migrations only: importing it takes longer than most runs
    from sqlalchemy.pool import NullPool  # noqa: PLC0415

    engine = create_engine("sqlite://", module=_driver(), creator=functools.partial(connect, path), poolclass=NullPool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(_WRITE))
    return engine


@functools.cache
def _driver() -> ModuleType:
    # SQLite before 3.51.3 may corrupt a WAL file that two connections write and checkpoint at once
    # (https://sqlite.org/wal.html). pysqlite3 brings a newer one; where it is missing, Python's has to do.
    try:
        from pysqlite3 import dbapi2  # noqa: PLC0415 - the other one is not even loaded, which takes time
    except ImportError:
        import sqlite3 as dbapi2  # noqa: PLC0415 - as above
    dbapi2.register_adapter(datetime, kept)
    module: ModuleType = dbapi2
    return module


def _as_json(values: Iterable[Any]) -> str:
    return msgspec.json.encode(list(values)).decode()


def _asked(phrases: Sequence[Phrase]) -> str:
    """Ask for *phrases* as FTS5 understands it (https://www.sqlite.org/fts5.html#full_text_query_syntax)."""
    return " AND ".join(f'"{" ".join(phrase.terms)}"{" *" * phrase.is_open}' for phrase in phrases)
