"""Owns what config.yaml as a whole says, and hands each part of it out in the types of those who use it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from aggregator.classify import CategoryRules
from aggregator.config.sections import (
    CategorySection,
    Engine,
    Feed,
    Fetch,
    Folder,
    Identity,
    Limits,
    Publish,
    Section,
    Seeds,
    Server,
    SiteSection,
    StoreUrl,
    Text,
)
from aggregator.model import Person, Site, SourceKind, Subscription
from aggregator.urls import Alias, UrlRules


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedFolder:
    """A folder of seeds to ingest: absolute *path*, and the subscription whose URL is the path as configured.

    The rest is how its seeds are read, by the names that ``SeedRules`` of ``seeds`` has for it.
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


class Config(Section, validate_default=True):
    """The whole configuration, valid and with its defaults. *output* and the path in *store* are absolute."""

    site: SiteSection = SiteSection()
    store: StoreUrl = "sqlite:///aggregator.db"
    output: Folder = Path("public")
    seeds: tuple[Seeds, ...] = ()
    feeds: tuple[Feed, ...] = ()
    categories: tuple[CategorySection, ...] = ()
    default_category: Text = "未分类"
    identity: Identity = Identity()
    publish: Publish = Publish()
    fetch: Fetch = Fetch()
    server: Server = Server()
    limits: Limits = Limits()
    engine: Engine = "embedded"

    @property
    def site_value(self) -> Site:
        """The site as the rest of the program knows it; without an author it signs with its title."""
        author = self.site.author
        person = Person(name=author.name, uri=author.uri, email=author.email) if author else Person(name=self.site.title)
        return Site(title=self.site.title, url=self.site.url, language=self.site.language, author=person)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of dates that name none."""
        return ZoneInfo(self.site.timezone)

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """The live feeds to poll."""
        return tuple(
            Subscription(url=feed.url, title=feed.title, categories=feed.categories, interval=feed.interval)
            for feed in self.feeds
        )

    @property
    def seed_folders(self) -> tuple[SeedFolder, ...]:
        """The folders of seeds to ingest."""
        return tuple(
            SeedFolder(
                path=seeds.folder,
                subscription=Subscription(url=seeds.path, kind=SourceKind.SEEDS, categories=seeds.categories),
                site_url=seeds.site_url,
                permalink=seeds.permalink,
                liquid=seeds.liquid,
                source_keys=seeds.source_keys,
                source_labels=seeds.source_labels,
                footer_words=seeds.footer_words,
                hidden_classes=seeds.hidden_classes,
                random_images=seeds.random_images,
            )
            for seeds in self.seeds
        )

    @property
    def rules(self) -> tuple[CategoryRules, ...]:
        """Every declared category with its rules, for ``classify``."""
        return tuple(
            CategoryRules(
                category=category.name,
                slug=category.slug,
                include=tuple(line.conditions for line in category.include),
                exclude=tuple(line.conditions for line in category.exclude),
            )
            for category in self.categories
        )

    @property
    def url_rules(self) -> UrlRules:
        """What identifies an article, for ``urls``."""
        given = self.identity
        aliases = tuple(Alias(match=alias.match, canonical=alias.canonical) for alias in given.aliases)
        tracking = tuple(name.lower() for name in given.tracking)
        return UrlRules(hosts=given.hosts, tracking=tracking, keep=given.keep, aliases=aliases)
