"""Owns the configuration as the rest of the program sees it: every key with its default, in the type of those who use it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from aggregator.classify import Screen
from aggregator.model import Person, Site
from aggregator.urls import UrlRules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from aggregator.classify import CategoryRules
    from aggregator.config.access import AccessRule, Secret
    from aggregator.model import Subscription
    from aggregator.model.copying import CopyRules

_SQLITE = "sqlite:///"


class SiteSection(Struct, frozen=True, kw_only=True):
    """Who publishes, and where subscribers find it."""

    title: str = "Aggregated news"
    url: str = "http://127.0.0.1:8000/"
    language: str = "en"
    timezone: str = "UTC"
    author: Person | None = None
    subtitle: str | None = None
    icon: str | None = None
    logo: str | None = None
    rights: str | None = None


class SeedFolder(Struct, frozen=True, kw_only=True):
    """A folder of seeds to ingest: its *path*, and the subscription whose URL is the path as configured.

    The rest is how its seeds are read, by the names that ``SeedRules`` of ``seeds`` has for it. What stands from *source_keys*
    on adds to what is understood anyway.
    """

    path: Path
    subscription: Subscription
    site_url: str | None = None
    permalink: str = "date"
    liquid: bool = True
    source_keys: tuple[str, ...] = ()
    source_labels: tuple[str, ...] = ()
    footer_words: tuple[str, ...] = ()
    hidden_classes: tuple[str, ...] = ()
    random_images: tuple[str, ...] = ()


class Publish(Struct, frozen=True, kw_only=True):
    """How feeds and pages look; *live* pages lead to what only our own server answers: single entries, older ones, search."""

    entries: int = 50
    full_content: bool = True
    live: bool = True


class Fetch(Struct, frozen=True, kw_only=True):
    """How feeds are asked for.

    *user_agent* ``None`` names this program; *allowed* are the non-public (numeric address, port) pairs that may be contacted;
    *max_body* is in bytes after decompression; *spacing* is left between two requests to one host.
    """

    user_agent: str | None = None
    allowed: frozenset[tuple[str, int]] = frozenset()
    connect_timeout: timedelta = timedelta(seconds=10)
    idle_timeout: timedelta = timedelta(seconds=20)
    timeout: timedelta = timedelta(seconds=60)
    max_body: int = 15 * 1024**2
    max_redirects: int = 10
    concurrency: int = 128
    spacing: timedelta = timedelta(seconds=1)


class Server(Struct, frozen=True, kw_only=True):
    """Where our own HTTP server listens; port 0 takes any free one. *status_token* opens ``/status`` to who knows it."""

    host: str = "127.0.0.1"
    port: int = 8000
    status_token: Secret | None = None


class WebSub(Struct, frozen=True, kw_only=True):
    """How news is told and heard at once (W3C WebSub). *hubs* are told when our feeds change.

    With *subscribe*, hubs that feeds name are asked to send news to us; *hub*: we are the hub of our own feeds.
    """

    hubs: tuple[str, ...] = ()
    subscribe: bool = False
    hub: bool = False


class Limits(Struct, frozen=True, kw_only=True):
    """What a single input may cost; *seed_size* in bytes. *parse_timeout* is for reading and cleaning one fetched document.

    Of what each source said of an entry, the newest *revisions* are kept.
    """

    seed_size: int = 1024**2
    parse_timeout: timedelta = timedelta(seconds=15)
    revisions: int = 10


class Config(Struct, frozen=True, kw_only=True):
    """The whole configuration, valid and with its defaults. Paths are absolute once it is :meth:`within` a folder.

    *access* says how the subscription of a URL is asked, where that is not as usual.
    """

    site: SiteSection = SiteSection()
    store: str = f"{_SQLITE}aggregator.db"
    output: Path = Path("public")
    seed_folders: tuple[SeedFolder, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    access: Mapping[str, AccessRule] = field(default_factory=dict)
    rules: tuple[CategoryRules, ...] = ()
    duplicates: tuple[CopyRules, ...] = ()
    default_category: str = "未分类"
    screen: Screen = Screen()
    url_rules: UrlRules = UrlRules()
    publish: Publish = Publish()
    fetch: Fetch = Fetch()
    server: Server = Server()
    websub: WebSub = WebSub()
    limits: Limits = Limits()
    engine: str = "embedded"

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"  # the store's URL may hold a password

    def within(self, folder: Path) -> Config:
        """Return the same with all paths absolute: they are relative to *folder*."""
        path = self.store.removeprefix(_SQLITE)
        return replace(
            self,
            store=self.store if path == self.store else f"{_SQLITE}{folder / path}",
            output=folder / self.output,
            seed_folders=tuple(replace(seeds, path=folder / seeds.path) for seeds in self.seed_folders),
        )

    @property
    def site_value(self) -> Site:
        """The site as the rest of the program knows it; without an author it signs with its title."""
        site = self.site
        own = (f"{site.url}hub",) if self.websub.hub else ()
        return Site(
            title=site.title,
            url=site.url,
            language=site.language,
            author=site.author or Person(name=site.title),
            subtitle=site.subtitle,
            icon=site.icon,
            logo=site.logo,
            rights=site.rights,
            hubs=(*own, *self.websub.hubs),
        )

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of dates that name none."""
        from zoneinfo import ZoneInfo  # noqa: PLC0415 - 2 ms, and a poll knows UTC only

        return ZoneInfo(self.site.timezone)
