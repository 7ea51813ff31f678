"""Transactions and values are the same on both databases."""

from __future__ import annotations

import re
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aggregator.errors import StoreError
from aggregator.store import Store, migrate, shown, sqlite_path
from aggregator.store.columns import Instant
from aggregator.store.database import Database
from aggregator.store.instants import is_instant
from aggregator.store.postgresql import settings
from aggregator.store.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.store.connection import Connection

FACT = "INSERT INTO facts (name, value) VALUES (:name, :value)"
NAMES = "SELECT name FROM facts ORDER BY name"
SQLITE_FULL = 2  # https://www.sqlite.org/pragma.html#pragma_synchronous


@pytest.fixture(name="database")
def _database(store_url: str) -> Iterator[Database]:
    with closing(Database(store_url)) as database:
        yield database


@pytest.fixture(name="durable_url")
def _durable_url(store_url: str) -> str:
    """Return the address of a store as it usually is; the server of the tests waits for no disk."""
    if not sqlite_path(store_url):
        with closing(Database(store_url)) as database, database.writing() as connection:
            name = connection.value("SELECT current_database()")
            connection.run(f'ALTER DATABASE "{name}" SET synchronous_commit TO on')
    return store_url


def names(database: Database) -> list[str]:
    with database.reading() as connection:
        return connection.column(NAMES)


def add(connection: Connection, *facts: str) -> None:
    connection.run_each(FACT, ({"name": name, "value": "x"} for name in facts))


def waits(url: str, connection: Connection) -> bool:
    """Say whether the transaction's end will wait for the disk, as the database itself tells."""
    if sqlite_path(url):
        return bool(connection.value("PRAGMA synchronous") == SQLITE_FULL)
    return bool(connection.value("SHOW synchronous_commit") == "on")


def test_only_what_is_written_behind_does_not_wait_for_the_disk(durable_url: str) -> None:
    found = []
    with closing(Database(durable_url)) as database:
        for transaction in (database.writing, database.writing_behind, database.writing, database.writing_behind):
            with transaction() as connection:
                found.append(waits(durable_url, connection))

    assert found == [True, False, True, False]


def test_what_was_written_behind_is_followed_by_a_write_that_waits(durable_url: str) -> None:
    """All that was committed before it is then on the disk, on either database."""

    def be_interrupted(store: Store) -> None:
        with store.settled():
            with store.write_behind() as tx:
                add(tx.sources.connection, "behind")
            raise KeyboardInterrupt

    with Store(durable_url, authority="feeds.example") as store, closing(Database(durable_url)) as database:
        with store.settled(), store.write() as tx:
            add(tx.sources.connection, "at once")
        assert names(database) == ["at once"]
        with pytest.raises(KeyboardInterrupt):
            be_interrupted(store)

        assert names(database) == ["at once", "behind", "settled"]


def test_every_settling_writes_to_the_log(tmp_path: Path) -> None:
    """SQLite asks the disk for nothing where a commit changed nothing, and then the commits before it are not on the disk."""
    migrate.upgrade(f"sqlite:///{tmp_path / 'store.db'}")
    log, sizes = tmp_path / "store.db-wal", []
    with Store(f"sqlite:///{tmp_path / 'store.db'}", authority="feeds.example") as store:
        for name in "abc":
            with store.settled():
                with store.write_behind() as tx:
                    add(tx.sources.connection, name)
                sizes.append(log.stat().st_size)
            sizes.append(log.stat().st_size)

    assert sizes == sorted(set(sizes))


def test_a_transaction_is_kept_whole_or_not_at_all(database: Database) -> None:
    def fail() -> None:
        with database.writing() as connection:
            add(connection, "b")
            raise KeyboardInterrupt

    with database.writing() as connection:
        add(connection, "a")
    with pytest.raises(KeyboardInterrupt):
        fail()
    with database.rehearsing() as connection:
        add(connection, "c")
        assert connection.column(NAMES) == ["a", "c"]

    assert names(database) == ["a"]


def test_a_reader_sees_one_state_from_start_to_end(database: Database) -> None:
    with database.reading() as reader:
        before = reader.column(NAMES)
        with database.writing() as writer:
            add(writer, "a")
        assert reader.column(NAMES) == before == []

    assert names(database) == ["a"]


def test_threads_share_a_database(database: Database) -> None:
    def work(number: int) -> None:
        for turn in range(5):
            with database.writing() as connection:
                add(connection, f"{number} {turn}")
            with database.reading() as connection:
                seen.append(f"{number} {turn}" in connection.column(NAMES))

    seen: list[bool] = []
    threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == [True] * 20
    assert len(names(database)) == 20


def test_a_connection_serves_one_transaction_after_another(database: Database) -> None:
    with database.writing() as first, database.reading() as second:
        pass
    with database.reading() as third, database.writing() as fourth:
        pass

    assert {first, second} == {third, fourth}


def test_connections_that_the_server_closed_are_replaced(postgresql: str) -> None:
    url = f"{postgresql}/postgres"
    with closing(Database(url)) as database, closing(Database(url)) as other:
        with database.reading() as first, database.reading() as second:
            ids = [connection.value("SELECT pg_backend_pid()") for connection in (first, second)]
        with other.reading() as connection:
            connection.run("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE pid IN each(:ids)", ids=ids)

        with database.reading() as connection:
            assert connection.value("SELECT pg_backend_pid()") not in ids


@pytest.mark.parametrize("some", [[], ["a"], ["c", "a", "a", "x", '"', "\\", "中"]], ids=["none", "one", "some"])
def test_lists_are_values(database: Database, some: list[str]) -> None:
    stored = ["a", "b", "c", '"', "\\", "中"]
    with database.writing() as connection:
        add(connection, *stored)
        found = connection.column("SELECT name FROM facts WHERE name IN each(:some)", some=some)
        others = connection.column("SELECT name FROM facts WHERE name NOT IN each(:some)", some=iter(some))

    assert sorted(found) == sorted(set(stored) & set(some))
    assert sorted(others) == sorted(set(stored) - set(some))


@pytest.mark.parametrize("numbers", [[], [1], [1, 2**40]], ids=str)
def test_lists_of_numbers_are_values(database: Database, numbers: list[int]) -> None:
    with database.reading() as connection:
        assert connection.column("SELECT id FROM entries WHERE id IN each(:numbers)", numbers=numbers) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02 03:04:05.000000"),
        (datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=timezone(timedelta(hours=8))), "2026-01-01 19:04:05.000006"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01 00:00:00.000000"),
    ],
    ids=["UTC", "another zone", "the first year"],
)
def test_an_instant_comes_back_as_it_was_and_sqlite_keeps_its_text(database: Database, given: datetime, kept: str) -> None:
    entry = "INSERT INTO entries (atom_id, published, updated, date_reason, first_seen_at) VALUES ('x', :at, :at, '', :at)"
    with database.writing() as connection:
        connection.run(entry, at=given)
        row = connection.row("SELECT published, max(updated) AS newest FROM entries WHERE published = :at GROUP BY 1", at=given)
        if sqlite_path(database.url):
            assert connection.value("SELECT published FROM entries") == kept

    assert row == {"published": given, "newest": given}
    assert [instant.tzinfo for instant in row.values()] == [UTC, UTC]


def test_a_naive_instant_is_refused(database: Database) -> None:
    with database.reading() as connection, pytest.raises(TypeError, match="naive datetime"):
        connection.run("SELECT 1 FROM entries WHERE published = :at", at=datetime(2026, 1, 2))  # noqa: DTZ001 - that is the point


def test_the_name_of_a_column_tells_whether_it_holds_instants() -> None:
    columns = [(column.name, column.type is Instant) for table in metadata.sorted_tables for column in table.columns]

    assert [name for name, holds in columns if holds is not is_instant(name)] == []


def test_a_file_that_cannot_be_opened_is_told_to_people(tmp_path: Path) -> None:
    with closing(Database(f"sqlite:///{tmp_path}")) as database, pytest.raises(StoreError, match="unable to open database file"):
        names(database)


def test_our_own_mistakes_are_bugs(database: Database) -> None:
    def twice() -> None:
        with database.writing() as connection:
            add(connection, "a", "a")

    with pytest.raises(database.dialect.bugs):
        twice()
    assert names(database) == []


@pytest.mark.parametrize(
    ("query", "problem"),
    [("", "refused"), ("?nonsense=1", 'invalid connection option "nonsense"')],
    ids=["no server", "a setting that does not exist"],
)
def test_a_server_that_cannot_be_reached_is_told_without_its_password(query: str, problem: str) -> None:
    url = f"postgresql://u:secret@127.0.0.1:1/db{query}"
    told = rf"^the store postgresql://u:\*\*\*@127\.0\.0\.1:1/db{re.escape(query)} cannot be used: .*{problem}"
    with closing(Database(url)) as database, pytest.raises(StoreError, match=told):
        names(database)


@pytest.mark.parametrize(
    ("url", "understood", "for_people"),
    [
        ("postgresql://h/db", {"host": "h", "dbname": "db"}, "postgresql://h/db"),
        (
            "postgresql+psycopg://me:p%40ss%2F@h:5433/d%20b",
            {"user": "me", "password": "p@ss/", "host": "h", "port": "5433", "dbname": "d b"},
            "postgresql+psycopg://me:***@h:5433/d%20b",
        ),
        (
            "postgresql://u:*p:/#w?@h/d",
            {"user": "u", "password": "*p:/#w?", "host": "h", "dbname": "d"},
            "postgresql://u:***@h/d",
        ),
        ("postgresql://u@[::1]:5/d", {"user": "u", "host": "::1", "port": "5", "dbname": "d"}, "postgresql://u@[::1]:5/d"),
        (
            "postgresql:///db?host=/run/pg&options=-c+search_path%3Dx&password=secret&sslmode=require",
            {"host": "/run/pg", "dbname": "db", "options": "-c search_path=x", "password": "secret", "sslmode": "require"},
            "postgresql:///db?host=/run/pg&options=-c+search_path%3Dx&password=***&sslmode=require",
        ),
        ("postgresql://", {}, "postgresql://"),
    ],
    ids=["plain", "quoted", "not quoted", "IPv6", "query", "nothing"],
)
def test_a_url_says_where_the_server_is(url: str, understood: dict[str, str], for_people: str) -> None:
    assert settings(url) == understood
    assert shown(url) == for_people


def test_a_url_says_where_the_file_is() -> None:
    urls = ("sqlite:///a%20b/c.db", "sqlite:////var/store.db", "postgresql:///db")

    assert [sqlite_path(url) for url in urls] == [Path("a b/c.db"), Path("/var/store.db"), None]
