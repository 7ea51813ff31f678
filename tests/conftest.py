"""What all tests share: a migrated store on every database there is, builders of values, a fixed time."""

from __future__ import annotations

import importlib.util
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from installed import require
from loopback_server import Loopback

from aggregator.model import Candidate, Subscription
from aggregator.store import Store, migrate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aggregator.model import Source

# A machine that does other things as well is slow at times; what takes long is measured in bench/.
settings.register_profile("ours", deadline=None)
settings.load_profile("ours")

AUTHORITY = "news.example.org"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture(name="tool")
def _tool() -> Callable[[str], str]:
    """Return the path of a command of the machine, or skip the test."""

    def find(name: str) -> str:
        path = shutil.which(name)
        require(path, name)
        return path or ""

    return find


@pytest.fixture(name="corpus", scope="session")
def _corpus() -> Path:
    """Return the folder of real documents beside the checkout, or skip the test."""
    path = Path(__file__).resolve().parents[1].parent / "shared" / "corpus"
    if not path.is_dir():
        pytest.skip("no ../shared/corpus beside the checkout")
    return path


@pytest.fixture(name="loopback")
def _loopback() -> Iterator[Loopback]:
    """Return a scripted HTTP server on loopback."""
    with Loopback() as server:
        yield server


@pytest.fixture(name="now")
def _now() -> datetime:
    return NOW


@pytest.fixture(name="postgresql", scope="session")
def _postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a throw-away PostgreSQL server without its database, or skip."""
    from pgserver import postgresql  # noqa: PLC0415 - most test runs of a single file need none

    require(importlib.util.find_spec("psycopg"), "psycopg")
    with postgresql(tmp_path_factory.mktemp("postgresql")) as url:
        require(url, "PostgreSQL")
        yield url or ""


@pytest.fixture(name="store_url", params=["sqlite", "postgresql"])
def _store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty, migrated store; tests that take it run on each database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'store.db'}"
        migrate.upgrade(url)
        return url
    from pgserver import fresh_database  # noqa: PLC0415 - as above

    url = fresh_database(request.getfixturevalue("postgresql"))
    migrate.upgrade(url)
    return url


@pytest.fixture(name="store")
def _store(store_url: str) -> Iterator[Store]:
    with Store(store_url, authority=AUTHORITY) as store:
        with store.write() as tx:
            tx.categories.follow((), NOW)
        yield store


@pytest.fixture(name="make_source")
def _make_source(store: Store) -> Callable[..., Source]:
    """Return a maker of sources in the store."""

    def make(url: str = "https://a.example/feed", **fields: object) -> Source:
        with store.write() as tx:
            return tx.sources.add(Subscription(url=url, **fields), NOW)  # type: ignore[arg-type]

    return make


@pytest.fixture(name="candidate")
def _candidate() -> Callable[..., Candidate]:
    """Return a maker of clean candidates."""

    def make(title: str = "A title", **fields: object) -> Candidate:
        fields = {"place": "item 1", "url": "https://a.example/1", "content": "<p>Text</p>"} | fields
        return Candidate(title=title, **fields)  # type: ignore[arg-type]

    return make
