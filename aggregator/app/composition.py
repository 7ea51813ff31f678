"""Owns the program with its configuration: where that comes from, the clock, and what each room is handed of it."""

from __future__ import annotations

import random
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct, field
from msgspec.structs import replace

from aggregator import __version__, config, lock
from aggregator.app.work import Work
from aggregator.classify import RuleBook
from aggregator.errors import ConfigError, NoStoreError, NotFoundError
from aggregator.store import Store, migrate, sqlite_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from aggregator.config import Config, SeedFolder
    from aggregator.fetch import FetchSettings
    from aggregator.ingest_rules import IngestRules
    from aggregator.model import Access, Answer, Errand, FetchRequest, FetchResult, Source
    from aggregator.publish.uploads import Put
    from aggregator.seeds import SeedRules
    from aggregator.seeds.notes import Explained

_ERRAND = timedelta(seconds=20)
CLOCK_FILE = "AGGREGATOR_CLOCK_FILE"
HOMEPAGE = "https://pypi.org/project/feed-aggregator/"


def clock_of(environ: Mapping[str, str]) -> Callable[[], datetime]:
    """Return the program's clock: the machine's, or for rehearsals the ISO 8601 instant in ``$AGGREGATOR_CLOCK_FILE``.

    The file is read on every call, so that a test can let time pass.
    """
    path = environ.get(CLOCK_FILE)
    if path is None:
        return lambda: datetime.now(UTC)  # noqa: TID251 - the one place where the clock is read

    def rehearsed() -> datetime:
        try:
            return datetime.fromisoformat(Path(path).read_text().strip()).astimezone(UTC)
        except (OSError, ValueError) as error:
            raise ConfigError([f"environment: {CLOCK_FILE}: {path} holds no ISO 8601 date and time: {error}"]) from error

    return rehearsed


def _token() -> str:
    """Return what nobody can guess."""
    from secrets import token_urlsafe  # noqa: PLC0415 - 3 ms with OpenSSL, and few runs need any

    return token_urlsafe(32)


class App(Struct, frozen=True, kw_only=True):
    """The program with its configuration; :meth:`open` gives the use cases on the opened store."""

    config: Config
    config_path: Path
    clock: Callable[[], datetime]
    environ: Mapping[str, str] = field(default_factory=dict)
    chance: Callable[[], float] = random.random
    token: Callable[[], str] = _token

    @classmethod
    def load(cls, explicit: Path | None, environ: Mapping[str, str]) -> App:
        """Find and read the configuration.

        Raises:
            ConfigError: there is none, or anything is wrong with it.
        """
        path = config.find(explicit, environ, cwd=Path(), home=Path.home())
        return cls(config=config.load(path, environ), config_path=path, clock=clock_of(environ), environ=environ)

    @property
    def lock_path(self) -> Path:
        """The file that a run locks: beside the store where that is a file, else in the output folder."""
        path = sqlite_path(self.config.store)
        return path.with_name(f"{path.name}.lock") if path else self.config.output / ".aggregator.lock"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only run at work.

        Raises:
            LockedError: another one is.
        """
        with lock.exclusive(self.lock_path):
            yield

    @contextmanager
    def spreading(self) -> Iterator[None]:
        """Be the only one that tells others of news; this may take long, and hinders no run.

        Raises:
            LockedError: another one does.
        """
        with lock.exclusive(self.lock_path.with_name(f"{self.lock_path.name}.websub")):
            yield

    @contextmanager
    def open(self) -> Iterator[Work]:
        """Open the store, creating it where there is none yet, and bring its sources in line with the configuration.

        Raises:
            StoreError: it cannot be opened, or is of another version.
        """
        with self._store() as store:
            work = Work(app=self, store=store)
            work.follow()
            yield work

    def _store(self) -> Store:
        try:
            return self._opened()
        except NoStoreError:
            migrate.upgrade(self.config.store)
            store = self._opened()
            Work(app=self, store=store).identities.note()
            return store

    def _opened(self) -> Store:
        return Store(self.config.store, authority=self.authority, revisions=self.config.limits.revisions)

    @property
    def authority(self) -> str:
        """The host name under which permanent ids are minted (RFC 4151)."""
        return urlsplit(self.config.site.url).hostname or "localhost"

    @property
    def access(self) -> dict[str, Callable[[], Access]]:
        """How to find out, when it is polled, what the subscription of a URL is asked with; for those that need it."""
        folder = self.config_path.absolute().parent
        return {url: partial(rule.resolved, folder, self.environ) for url, rule in self.config.access.items()}

    def bucket(self) -> Put:
        """Return what puts a file into the configured bucket.

        Raises:
            AccessError: its keys cannot be had.
            BucketError: the library is missing.
        """
        from aggregator.bucket import Bucket  # noqa: PLC0415 - most sites have none

        rule = self.config.publish.bucket
        assert rule is not None  # noqa: S101 - who has no bucket puts nothing there
        return Bucket(rule.resolved(self.config_path.absolute().parent, self.environ)).put

    @property
    def status_token(self) -> str | None:
        """What opens the status page to others, if there is anything that does.

        Raises:
            AccessError: it is not where it should be.
        """
        from aggregator.config.access import read_secret  # noqa: PLC0415 - only who serves needs it

        place = self.config.server.status_token
        return read_secret(place, self.config_path.absolute().parent, self.environ) if place else None

    @property
    def contact(self) -> str:
        """The address a server's operator finds in the user agent: our site, unless it can be reached from here only."""
        host = self.authority
        return HOMEPAGE if host == "localhost" or host.startswith("127.") else self.config.site.url

    def fetch(self, requests: Iterable[FetchRequest]) -> Iterator[FetchResult]:
        """Make *requests* within the configured limits, and yield a result for each as it comes."""
        from aggregator.fetch import fetch_all  # noqa: PLC0415 - most commands need no network

        return fetch_all(requests, self._fetch_settings, self.clock)

    def send(self, errands: Iterable[Errand]) -> Iterator[Answer]:
        """Do *errands*, one at a time for each host, and yield an answer for each as it comes."""
        from aggregator.fetch import send_all  # noqa: PLC0415 - as above

        # who asked for news, or is paid to spread it, need not be spared; but one of them that hangs keeps the others waiting
        settings = replace(self._fetch_settings, spacing=timedelta(), timeout=min(self.config.fetch.timeout, _ERRAND))
        return send_all(errands, settings)

    @property
    def _fetch_settings(self) -> FetchSettings:
        from aggregator.fetch import FetchSettings  # noqa: PLC0415 - as above

        wanted = self.config.fetch
        return FetchSettings(
            user_agent=wanted.user_agent or f"aggregator/{__version__} (+{self.contact})",
            allow=wanted.allowed,
            connect_timeout=wanted.connect_timeout,
            idle_timeout=wanted.idle_timeout,
            timeout=wanted.timeout,
            max_body=wanted.max_body,
            max_redirects=wanted.max_redirects,
            concurrency=wanted.concurrency,
            spacing=wanted.spacing,
        )

    @property
    def ingest_rules(self) -> IngestRules:
        """What the operator declared about identity and categories."""
        from aggregator.ingest_rules import IngestRules  # noqa: PLC0415 - listings do not need them

        return IngestRules(
            urls=self.config.url_rules,
            categories=self.config.rules,
            default_category=self.config.default_category,
            authority=self.authority,
            screen=self.config.screen,
            duplicates=self.config.duplicates,
            zone=self.config.site.timezone,
        )

    def key_of(self, link: str) -> str | None:
        """The key of the article that a link leads to, by the rules as they are; ``None`` if it is no link."""
        from aggregator.urls import canonical_url  # noqa: PLC0415 - as above

        return canonical_url(link, self.config.url_rules)

    @property
    def rule_book(self) -> RuleBook:
        """The rules about categories and hiding."""
        return RuleBook(categories=self.config.rules, default=self.config.default_category, screen=self.config.screen)

    def seed_rules(self, folder: SeedFolder) -> SeedRules:
        """How to read the seeds of a folder."""
        from aggregator.seeds import SeedRules  # noqa: PLC0415 - a poll needs no Markdown

        return SeedRules(
            timezone=self.config.zone,
            named_categories=tuple(rule.slug for rule in self.config.rules if rule.slug),
            site_url=folder.site_url,
            permalink=folder.permalink,
            liquid=folder.liquid,
            source_keys=folder.source_keys,
            source_labels=folder.source_labels,
            footer_words=folder.footer_words,
            hidden_classes=folder.hidden_classes,
            random_images=folder.random_images,
        )

    def seeds_guid(self, folder: SeedFolder, source: Source) -> str | None:
        """By which id the entries of a folder name it as their source; once it has one it keeps it. A site needs none."""
        if source.provenance.guid or folder.site_url:
            return source.provenance.guid
        from aggregator.decide.atom_ids import seeds_id  # noqa: PLC0415 - once for each folder

        return seeds_id(source, self.authority)

    def explain_seed(self, file: Path) -> tuple[Explained, ...]:
        """Say where each field of a seed comes from, and what is removed from it; *file* lies in a configured folder.

        Raises:
            NotFoundError: it lies in none.
            SeedError: it cannot become an entry.
        """
        from aggregator.seeds import read  # noqa: PLC0415 - as above
        from aggregator.seeds.posts import explain  # noqa: PLC0415 - as above

        for folder in self.config.seed_folders:
            for candidate in (file.absolute(), folder.path / file):
                if candidate.is_relative_to(folder.path) and candidate.exists():
                    path = candidate.relative_to(folder.path).as_posix()
                    data = read(folder.path, path, max_size=self.config.limits.seed_size)
                    return explain(path, data, self.seed_rules(folder))
        raise NotFoundError(f"{file} is in none of the seed folders; `aggregator seed list` shows their files")
