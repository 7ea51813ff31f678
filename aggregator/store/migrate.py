"""Owns the schema's version: what it is, and how it gets to the newest. The only module that knows Alembic.

Alembic takes longer to import than most commands take to run, so only :func:`upgrade` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from aggregator.errors import NoStoreError, SchemaError
from aggregator.package_data import package_data
from aggregator.store.engine import create_private_file, reading_engine, shown, sqlite_path, translated, writing_engine

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

NEWEST = "0002"  # a test compares this with migrations/


def current(url: str) -> str | None:
    """Return the version of the store at *url*, ``None`` where there is none yet.

    Raises:
        StoreError: the store cannot be read.
    """
    path = sqlite_path(url)
    if path is not None and not path.exists():
        return None
    with translated(url):
        engine = reading_engine(url)
        try:
            with engine.connect() as connection:
                return read_version(connection)
        finally:
            engine.dispose()


def read_version(connection: Connection) -> str | None:
    """Return the schema's version as the database knows it."""
    if not connection.dialect.has_table(connection, "alembic_version"):  # `inspect` would import all of reflection, 8 ms
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found is not None else None


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
    from alembic import command  # noqa: PLC0415 - 290 ms
    from alembic.config import Config  # noqa: PLC0415

    with translated(url):
        create_private_file(url)
        engine = writing_engine(url)
        try:
            with engine.connect() as connection:
                before = read_version(connection)
            if before is not None and before > NEWEST:
                check(before, url)
            if before == NEWEST:
                return before, before
            if before is not None:
                _copy(url, before)
            config = Config()
            config.set_main_option("script_location", str(package_data("migrations")).replace("%", "%%"))
            with engine.begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                after = read_version(connection)
        finally:
            engine.dispose()
    return before, after or NEWEST


def _copy(url: str, version: str) -> Path | None:
    """Copy a SQLite store to ``NAME.before-VERSION``, so that a failed upgrade costs nothing."""
    path = sqlite_path(url)
    if path is None:
        return None
    target = path.with_name(f"{path.name}.before-{version}")
    target.unlink(missing_ok=True)
    engine = writing_engine(url)
    with engine.connect() as connection:
        # VACUUM cannot run inside a transaction, and the driver level is the one place without one
        raw = connection.connection.dbapi_connection
        if raw is not None:
            raw.execute("VACUUM INTO ?", (str(target),))
    engine.dispose()
    return target
