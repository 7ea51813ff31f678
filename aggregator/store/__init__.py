"""Owns every SQL statement; rows come in and go out as values of aggregator.model.

SQL is text, written once for SQLite and PostgreSQL. SQLAlchemy describes the schema to Alembic, and no run imports it.

with store.write() as tx:
    known = tx.recall.known(source, items)
    tx.entries.file(source, filings, now)
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from msgspec import Struct

from aggregator.store import facts, migrate
from aggregator.store.categories import EVERYTHING, Categories
from aggregator.store.custody import Custody
from aggregator.store.database import shown, sqlite_path, sqlite_version
from aggregator.store.feeds import ArchivePage, Feeds, Standing
from aggregator.store.filing import Entries
from aggregator.store.memories import Memories
from aggregator.store.reading import Reading
from aggregator.store.recall import Recall
from aggregator.store.records import Publications, Quarantine, SeedFiles
from aggregator.store.rekeys import Rekeys
from aggregator.store.searching import Searching
from aggregator.store.shelving import Shelving
from aggregator.store.sources import Polled, Sources
from aggregator.store.stories import Stories
from aggregator.store.tombstones import Tombstones

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.store.browsing import Browsing
    from aggregator.store.connection import Connection
    from aggregator.store.hub import Hub
    from aggregator.store.leases import Leases
    from aggregator.store.likenesses import Likenesses
    from aggregator.store.pings import Pings

__all__ = [
    "EVERYTHING",
    "ArchivePage",
    "Polled",
    "Standing",
    "Store",
    "Transaction",
    "migrate",
    "shown",
    "sqlite_path",
    "sqlite_version",
]

_SETTLED = "settled"


class Transaction(Struct, frozen=True):
    """One transaction, with a room for each noun."""

    sources: Sources
    memories: Memories
    recall: Recall
    entries: Entries
    reading: Reading
    categories: Categories
    feeds: Feeds
    quarantine: Quarantine
    custody: Custody
    seed_files: SeedFiles
    publications: Publications
    tombstones: Tombstones
    shelving: Shelving
    stories: Stories
    rekeys: Rekeys
    searching: Searching

    @property
    def browsing(self) -> Browsing:
        """What people look at."""
        from aggregator.store.browsing import Browsing  # noqa: PLC0415 - runs look at nothing

        return Browsing(self.recall.connection)

    @property
    def likenesses(self) -> Likenesses:
        """What is kept to find copies."""
        from aggregator.store.likenesses import Likenesses  # noqa: PLC0415 - most stores look for none

        return Likenesses(self.recall.connection)

    @property
    def leases(self) -> Leases:
        """How we stand with others' hubs."""
        from aggregator.store.leases import Leases  # noqa: PLC0415 - as below

        return Leases(self.recall.connection)

    @property
    def pings(self) -> Pings:
        """Who is to be told of our news."""
        from aggregator.store.pings import Pings  # noqa: PLC0415 - most stores know no hub

        return Pings(self.recall.connection)

    @property
    def hub(self) -> Hub:
        """Our own hub."""
        from aggregator.store.hub import Hub  # noqa: PLC0415 - as above

        return Hub(self.recall.connection)


class Store:
    """The open store. A context manager: close it, so that SQLite can fold its write-ahead log back."""

    def __init__(self, url: str, *, authority: str, revisions: int = 10) -> None:
        """Open the store at *url*; *authority* is the host name under which it mints permanent ids.

        Of what each carrier said of an entry, the newest *revisions* are kept; at least 1.

        Raises:
            NoStoreError: it does not exist yet.
            SchemaError: it is of another version.
            StoreError: it cannot be read.
        """
        self._database = migrate.opened(url)
        self._authority = authority
        self._revisions = revisions
        self._is_behind = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Run a transaction that may write: all of it is stored, or none.

        Raises:
            StoreError: the store cannot be written (full, read-only, damaged, locked for more than 10 s).
        """
        with self._database.writing() as connection:
            yield self._rooms(connection)

    @contextmanager
    def write_behind(self) -> Iterator[Transaction]:
        """Run a transaction as :meth:`write` would, for the disk to have when :meth:`settled` ends: many such cost less.

        Until then a power cut may take it back, and all after it. Whoever reads sees it at once, and if we are killed it stays.

        Raises:
            StoreError: as :meth:`write`.
        """
        with self._database.writing_behind() as connection:
            yield self._rooms(connection)
        self._is_behind = True

    @contextmanager
    def settled(self) -> Iterator[None]:
        """Wait, at the end of the block, until the disk has all that was written.

        Raises:
            StoreError: as :meth:`write`.
        """
        try:
            yield
        finally:
            if self._is_behind:
                self._is_behind = False  # before the disk is asked: another thread may write behind meanwhile
                with self._database.writing() as connection:
                    # Whatever is written this way has all before it on the disk. SQLite writes nothing where nothing differs.
                    times = int(facts.fact(connection, _SETTLED) or 0) + 1
                    facts.note(connection, _SETTLED, str(times))

    @contextmanager
    def rehearse(self) -> Iterator[Transaction]:
        """Run a transaction as :meth:`write` would, and take all of it back at the end: what would be stored, without storing.

        Raises:
            StoreError: as :meth:`write`.
        """
        with self._database.rehearsing() as connection:
            yield self._rooms(connection)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Run a transaction that only reads, on one state of the store from start to end.

        Raises:
            StoreError: the store cannot be read.
        """
        with self._database.reading() as connection:
            yield self._rooms(connection)

    def _rooms(self, connection: Connection) -> Transaction:
        return Transaction(
            sources=Sources(connection),
            memories=Memories(connection),
            recall=Recall(connection),
            entries=Entries(connection, self._authority, self._revisions),
            reading=Reading(connection),
            categories=Categories(connection, self._authority),
            feeds=Feeds(connection, self._authority),
            quarantine=Quarantine(connection),
            custody=Custody(connection),
            seed_files=SeedFiles(connection),
            publications=Publications(connection),
            tombstones=Tombstones(connection, self._authority),
            shelving=Shelving(connection, self._authority),
            stories=Stories(connection),
            rekeys=Rekeys(connection, self._authority),
            searching=Searching(connection),
        )
