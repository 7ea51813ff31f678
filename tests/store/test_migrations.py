"""Migrations are frozen text; they end in the schema that the program uses, on every database."""

from __future__ import annotations

import json
import sqlite3
import stat
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pgserver import fresh_database
from sqlalchemy import text

from aggregator.errors import SchemaError, StoreError
from aggregator.model import Appearance, Memory, PollState
from aggregator.package_data import package_data
from aggregator.schedule import Pace, pulse_of
from aggregator.store import Store, migrate
from aggregator.store.database import Database
from aggregator.store.schema import metadata
from aggregator.store.snapshot import snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_the_migrations_end_in_the_schema_of_the_program(store_url: str) -> None:
    engine = Database(store_url).dialect.engine()
    with engine.connect() as connection:
        opts = {"compare_server_default": False, "include_name": _is_ours}
        difference = compare_metadata(MigrationContext.configure(connection, opts=opts), metadata)
    engine.dispose()

    assert difference == []


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out the search index, which each database has in its own way."""
    return kind != "table" or not (name or "").startswith("searchable")


def test_the_newest_schema_is_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(package_data("migrations")))

    assert ScriptDirectory.from_config(config).get_current_head() == migrate.NEWEST


def test_a_new_sqlite_store_is_made_as_if_by_all_migrations(tmp_path: Path) -> None:
    """If this fails after a migration was added: `make schema`."""
    migrated, made = f"sqlite:///{tmp_path / 'migrated.db'}", f"sqlite:///{tmp_path / 'made.db'}"
    migrate.step_by_step(migrated)

    assert migrate.upgrade(made) == (None, migrate.NEWEST)
    assert package_data("migrations").joinpath("sqlite.sql").read_text() == snapshot(migrated) == snapshot(made)


def test_migrations_import_nothing_of_the_program() -> None:
    texts = [path.read_text() for path in package_data("migrations").rglob("*.py")]

    assert texts
    assert [text for text in texts if "import aggregator" in text or "from aggregator" in text] == []


def test_upgrading_twice_changes_nothing(store_url: str) -> None:
    assert migrate.upgrade(store_url) == (migrate.NEWEST, migrate.NEWEST)
    assert migrate.current(store_url) == migrate.NEWEST


def test_a_store_that_does_not_exist_is_refused_with_what_to_do(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'none.db'}"

    with pytest.raises(SchemaError, match="does not exist yet: run `aggregator db upgrade`"):
        Store(url, authority="x.example")
    assert not (tmp_path / "none.db").exists()


def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    migrate.upgrade(url)
    engine = Database(url).dialect.engine()
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()

    with pytest.raises(SchemaError, match="newer than this program"):
        Store(url, authority="x.example")
    with pytest.raises(SchemaError, match="newer than this program"):
        migrate.upgrade(url)


def test_a_file_that_is_no_database_is_an_error_for_people(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_text("this is not a database, and long enough to be looked at as one" * 10)

    with pytest.raises(StoreError, match="file is not a database"):
        migrate.current(f"sqlite:///{tmp_path / 'store.db'}")


def test_an_older_store_is_refused_until_it_is_upgraded_and_loses_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    engine = Database(url).dialect.engine()
    with engine.begin() as connection:
        _upgrade_to("0001", connection)
        connection.exec_driver_sql(
            "INSERT INTO sources (kind, url, origin, categories, added_at, authors, next_poll_reason, failures)"
            " VALUES ('feed', 'https://a.example/feed', 'config', '[\"News\"]', '2026-01-02 03:04:05.000000', '[]', 'none', 2)"
        )
    engine.dispose()

    with pytest.raises(SchemaError, match=r"has schema 0001, this program needs .*: run `aggregator db upgrade`"):
        Store(url, authority="x.example")
    assert migrate.upgrade(url) == ("0001", migrate.NEWEST)

    with Store(url, authority="x.example") as store, store.read() as tx:
        (source,) = tx.sources.all()
    assert (source.subscription.url, source.subscription.categories, source.failures) == ("https://a.example/feed", ("News",), 2)
    assert source.state == PollState()
    assert migrate.current(f"sqlite:///{tmp_path / 'store.db.before-0001'}") == "0001"


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_subscriber_of_our_hub_whose_callback_had_a_fragment_is_one_without(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}" if database == "sqlite" else fresh_database(request.getfixturevalue("postgresql"))
    callbacks = ["https://a.example/cb#1", "https://a.example/cb#2", "https://b.example/cb", "https://b.example/cb#1"]
    engine = Database(url).dialect.engine()
    with engine.begin() as connection:
        _upgrade_to("0007", connection)
        for callback in callbacks:
            connection.execute(
                text(
                    "INSERT INTO subscribers (callback, host, topic, ends_at)"
                    " VALUES (:callback, 'a.example', 'https://feeds.example/feeds/all.atom', '2026-01-02 03:04:05.000000')"
                ),
                {"callback": callback},
            )
    engine.dispose()
    migrate.upgrade(url)

    with Store(url, authority="x.example") as store, store.read() as tx:
        left = tx.sources.connection.column("SELECT callback FROM subscribers ORDER BY callback")
    assert left == ["https://a.example/cb", "https://b.example/cb"]


def _as_0002_wrote(appearances: tuple[Appearance, ...]) -> str:
    return json.dumps([[a.published and a.published.isoformat(), a.seen_at.isoformat()] for a in appearances])


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_what_was_remembered_of_documents_is_remembered_and_its_rhythm_is_known(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}" if database == "sqlite" else fresh_database(request.getfixturevalue("postgresql"))
    imported_at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    claimed = [Appearance(published=imported_at + n * DAY, seen_at=imported_at) for n in (-9, -4, -1)]
    undated = [Appearance(published=None, seen_at=imported_at + 5 * HOUR)]
    wrong = [Appearance(published=published, seen_at=imported_at + 2 * DAY) for published in (imported_at - 99 * DAY,)]
    future = [Appearance(published=imported_at + DAY, seen_at=imported_at)]
    remembered = [tuple(some) for some in ((*claimed, *undated, *wrong), claimed[:1], future, (), undated)]
    engine = Database(url).dialect.engine()
    with engine.begin() as connection:
        _upgrade_to("0002", connection)
        for number, some in enumerate(remembered):
            connection.execute(
                text(
                    "INSERT INTO sources (kind, url, origin, categories, added_at, authors, next_poll_reason, failures,"
                    " imported_at, seen_items, appearances) VALUES ('feed', :url, 'config', '[]', '2026-01-02 03:04:05.000000',"
                    " '[]', 'none', 0, '2026-01-02 03:04:05.000000', :items, :appearances)"
                ),
                {"url": f"https://a.example/{number}", "items": b"items", "appearances": _as_0002_wrote(some)},
            )
    engine.dispose()
    migrate.upgrade(url)

    with Store(url, authority="x.example") as store, store.read() as tx:
        sources = tx.sources.all()
        memories = [tx.memories.find(source) for source in sources]
    assert memories == [Memory(seen_items=b"items", appearances=some) for some in remembered]
    assert [source.state for source in sources] == [
        PollState(imported_at=imported_at, pulse=pulse_of(some, imported_at, imported_at + 9 * DAY, Pace()))
        for some in remembered
    ]


def _upgrade_to(version: str, connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(package_data("migrations")))
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def test_the_store_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    migrate.upgrade(f"sqlite:///{tmp_path / 'store.db'}")

    assert stat.S_IMODE((tmp_path / "store.db").stat().st_mode) == 0o600


def test_the_database_keeps_its_own_rules(store: Store, store_url: str) -> None:
    """WAL and foreign keys are on where SQLite is used, through whichever library."""
    if not store_url.startswith("sqlite"):
        pytest.skip("a rule of SQLite only")
    with store.read() as tx:
        found = [tx.sources.connection.value(f"PRAGMA {name}") for name in ("journal_mode", "foreign_keys", "synchronous")]

    assert found == ["wal", 1, 2]
    assert sqlite3.sqlite_version_info >= (3, 35)
