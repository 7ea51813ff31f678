"""Owns the schema's version: what it is, and how it gets to the newest. The only module that knows Alembic.

Alembic and SQLAlchemy take longer to import than most commands take to run, so only upgrades of what exists do, and PostgreSQL.
A new SQLite store gets the newest schema from ``migrations/sqlite.sql``, which is made of the migrations.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from aggregator.errors import NoStoreError, SchemaError
from aggregator.package_data import package_data
from aggregator.store.database import Database, shown, sqlite_path

if TYPE_CHECKING:
    from pathlib import Path

NEWEST = "0008"  # a test compares this with migrations/
END_OF_STATEMENT = "\n;\n"  # in migrations/sqlite.sql


def current(url: str) -> str | None:
    """Return the version of the store at *url*, ``None`` where there is none yet.

    Raises:
        StoreError: the store cannot be read.
    """
    with closing(Database(url)) as database:
        return _version(database)


def opened(url: str) -> Database:
    """Open the store at *url*.

    Raises:
        NoStoreError: it does not exist yet.
        SchemaError: it is of another version than this program's.
        StoreError: it cannot be read.
    """
    database = Database(url)
    try:
        check(_version(database), url)
    except BaseException:
        database.close()
        raise
    return database


def check(version: str | None, url: str) -> None:
    """Refuse a store of another version than this program's.

    Raises:
        NoStoreError: it is missing.
        SchemaError: it is older or newer.
    """
    if version is None:
        raise NoStoreError(f"the store {shown(url)} does not exist yet: run `aggregator db upgrade`")
    if version < NEWEST:
        raise SchemaError(
            f"the store {shown(url)} has schema {version}, this program needs {NEWEST}: run `aggregator db upgrade`"
        )
    if version > NEWEST:
        raise SchemaError(
            f"the store {shown(url)} has schema {version}, newer than this program's {NEWEST}: install the newer program again"
        )


def upgrade(url: str) -> tuple[str | None, str]:
    """Bring the store at *url* to the newest schema and return the versions before and after.

    All migrations run in one transaction. A SQLite store that holds data is copied first, beside itself.

    Raises:
        StoreError: the store cannot be written, or is newer than this program.
    """
    with closing(Database(url)) as database:
        before = _version(database)
        if before is not None and before > NEWEST:
            check(before, url)
        if before == NEWEST:
            return before, before
        path = sqlite_path(url)
        if path is not None and before is None:
            _create(database, path)
        else:
            _migrate(database, before)
        return before, _version(database) or NEWEST


def step_by_step(url: str) -> None:
    """Bring the store at *url* to the newest schema one migration after the other, also where there is none yet.

    Raises:
        StoreError: the store cannot be written.
    """
    with closing(Database(url)) as database:
        _migrate(database, _version(database))


def _version(database: Database) -> str | None:
    """Return the schema's version as the database knows it."""
    path = sqlite_path(database.url)
    if path is not None and not path.exists():
        return None
    with database.reading() as connection:
        if connection.value(database.dialect.table, name="alembic_version") is None:
            return None
        version: str | None = connection.value("SELECT version_num FROM alembic_version")
        return version


def _create(database: Database, path: Path) -> None:
    from aggregator.store import sqlite  # noqa: PLC0415 - one database is in use, and the other's driver costs time

    sqlite.create_private(path)
    statements = package_data("migrations/sqlite.sql").read_text(encoding="utf-8").split(END_OF_STATEMENT)
    with database.writing() as connection:
        if connection.value(database.dialect.table, name="alembic_version") is None:  # else somebody was faster
            for statement in filter(None, statements):
                connection.run(statement)


def _copy(database: Database, path: Path, version: str) -> None:
    """Copy a SQLite store to ``NAME.before-VERSION``, so that a failed upgrade costs nothing."""
    target = path.with_name(f"{path.name}.before-{version}")
    target.unlink(missing_ok=True)
    with database.translated(), closing(database.dialect.connect()) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))  # which cannot run inside a transaction


def _migrate(database: Database, version: str | None) -> None:
    path = sqlite_path(database.url)
    if path is not None and version is not None:
        _copy(database, path, version)
    from alembic import command  # noqa: PLC0415 - 290 ms
    from alembic.config import Config  # noqa: PLC0415
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(package_data("migrations")).replace("%", "%%"))
    with database.translated():
        try:
            with database.dialect.engine().begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except DBAPIError as error:
            raise error.orig or error from error
