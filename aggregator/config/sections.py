"""Owns the keys of config.yaml: what each may say, and which value of :mod:`aggregator.config.schema` a section becomes.

What a single value looks like is in :mod:`aggregator.config.values`; comparisons between values are in
:mod:`aggregator.config.consistency`.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from aggregator.classify import CategoryRules, Condition, Field, Hiding, Line, Screen
from aggregator.config import copies, values
from aggregator.config.access import AccessRule, Secret
from aggregator.config.reading import Reader, Section, listed, mapped, text
from aggregator.config.schema import Config, Fetch, Limits, Publish, SeedFolder, Server, SiteSection, WebSub
from aggregator.model import Person, SourceKind, Subscription
from aggregator.urls import Alias, UrlRules, Wrapper

T = TypeVar("T")
_KIB, _MIB, _GIB = 1024, 1024**2, 1024**3


def _seed_folder(*, path: str, categories: tuple[str, ...] = (), **rules: Any) -> SeedFolder:
    subscription = Subscription(url=path, kind=SourceKind.SEEDS, categories=categories)
    return SeedFolder(path=Path(path), subscription=subscription, **rules)


class _Feed(Struct, frozen=True, kw_only=True):
    """A feed with what is not the subscription's: how it is asked, and what is hidden of it."""

    subscription: Subscription
    access: AccessRule | None
    hiding: Hiding


def _feed(
    *,
    url: str,
    user_agent: str | None = None,
    auth: AccessRule | None = None,
    block: tuple[Line, ...] = (),
    keep: tuple[Line, ...] = (),
    **others: Any,
) -> _Feed:
    access = auth or (AccessRule() if user_agent else None)
    return _Feed(
        subscription=Subscription(url=url, **others),
        access=replace(access, user_agent=user_agent) if access else None,
        hiding=Hiding(block=block, keep=keep),
    )


def _secret(*, env: str | None = None, file: str | None = None) -> Secret:
    if (env is None) == (file is None):
        raise ValueError("needs the place of the secret: {env: VARIABLE} or {file: PATH}")
    return Secret(env=env, file=Path(file) if file is not None else None)


def _unrepeated(read: Reader[T], shape: str) -> Reader[T]:
    """Make a reader of a mapping that does not repeat what stands in its place, which may be the secret itself."""

    def read_mapping(value: Any) -> T:
        if not isinstance(value, dict):
            raise ValueError(f"needs {shape}; the secret itself does not belong here")  # noqa: TRY004 - as in reading
        return read(value)

    return read_mapping


def _auth(**given: Any) -> AccessRule:
    if {"user", "password"} & given.keys() and not {"user", "password"} <= given.keys():
        raise ValueError("user and password belong together")
    if len({"user", "bearer"} & given.keys()) > 1 or not given:
        raise ValueError("needs user and password, or bearer, or headers")
    return AccessRule(**given)


class _Category(Struct, frozen=True, kw_only=True):
    """A category with what puts entries there, and what becomes of copies in it."""

    rules: CategoryRules
    copying: copies.Said


def _category(*, name: str, duplicates: str | None = None, primary: tuple[str, ...] = (), **others: Any) -> _Category:
    rules = CategoryRules(category=name, **others)
    return _Category(rules=rules, copying=copies.Said(rules, duplicates, primary))


def _line(**given: str) -> tuple[Condition, ...]:
    """Make a line of a rule, its conditions in the order of the fields; without any it would hold for everything."""
    if not given:
        raise ValueError(f"needs at least one condition: {', '.join(Field)}")
    return tuple(Condition(field=field, pattern=given[field]) for field in Field if field in given)


def _alias(*, match: str, canonical: str) -> Alias:
    return Alias(match=match, canonical=values.alias_target(canonical, match))


def _fetch(*, allow: tuple[tuple[tuple[str, int], ...], ...] = (), **limits: Any) -> Fetch:
    return Fetch(allowed=frozenset(chain.from_iterable(allow)), **limits)


def _config(
    *,
    seeds: tuple[SeedFolder, ...] = (),
    feeds: tuple[_Feed, ...] = (),
    categories: tuple[_Category, ...] = (),
    duplicates: str = copies.OFF,
    block: tuple[Line, ...] = (),
    keep: tuple[Line, ...] = (),
    identity: UrlRules = UrlRules(),
    **others: Any,
) -> Config:
    return Config(
        seed_folders=seeds,
        subscriptions=tuple(feed.subscription for feed in feeds),
        access={feed.subscription.url: feed.access for feed in feeds if feed.access is not None},
        rules=tuple(category.rules for category in categories),
        duplicates=copies.copy_rules([category.copying for category in categories], duplicates),
        screen=Screen(
            site=Hiding(block=block, keep=keep),
            feeds={feed.subscription.url: feed.hiding for feed in feeds if feed.hiding != Hiding()},
        ),
        url_rules=identity,
        **others,
    )


TEXT = text(values.text)
TEXTS = listed(TEXT)
HTTP_URL = text(values.http_url)
LANGUAGE = text(values.language)
PATTERN = text(values.pattern)
HOST = text(values.host)
FEW_SECONDS = partial(values.duration, least=timedelta(seconds=1), most=timedelta(minutes=10))
INTERVAL = partial(values.duration, least=timedelta(minutes=1), most=timedelta(days=30))

AUTHOR = Section(Person, {"name": TEXT}, email=TEXT, uri=HTTP_URL)
SITE = Section(
    SiteSection,
    title=TEXT,
    url=text(values.site_url),
    language=LANGUAGE,
    timezone=text(values.timezone),
    author=AUTHOR,
    subtitle=TEXT,
    icon=HTTP_URL,
    logo=HTTP_URL,
    rights=TEXT,
)
SEEDS = Section(
    _seed_folder,
    {"path": text(values.path)},
    site_url=HTTP_URL,
    permalink=text(values.permalink),
    categories=TEXTS,
    liquid=values.truth,
    source_keys=TEXTS,
    source_labels=TEXTS,
    footer_words=TEXTS,
    hidden_classes=TEXTS,
    random_images=listed(HOST),
)
SECRET = Section(_secret, env=TEXT, file=text(values.path))
PLACE = _unrepeated(SECRET, "the place of the secret: {env: VARIABLE} or {file: PATH}")
HEADERS = _unrepeated(mapped(text(values.field_name), PLACE), "names of header fields, each with the place of its secret")
AUTH = Section(_auth, user=text(values.user), password=PLACE, bearer=PLACE, headers=HEADERS)
LINE = Section(_line, tag=TEXT, title=PATTERN, content=PATTERN, author=PATTERN, url=PATTERN, source=TEXT, language=LANGUAGE)
LINES = listed(LINE)
FEED = Section(
    _feed,
    {"url": HTTP_URL},
    title=TEXT,
    categories=TEXTS,
    interval=INTERVAL,
    user_agent=text(values.header_text),
    auth=_unrepeated(AUTH, "user and password, or bearer, or headers"),
    block=LINES,
    keep=LINES,
)
CATEGORY = Section(
    _category,
    {"name": TEXT},
    slug=text(values.slug),
    tags=TEXTS,
    include=LINES,
    exclude=LINES,
    duplicates=text(copies.mode),
    primary=listed(text(copies.source)),
)
ALIAS = Section(_alias, {"match": text(values.alias_pattern), "canonical": TEXT})
WRAPPER = Section(Wrapper, {"host": HOST, "parameter": TEXT}, path=text(values.url_path))
IDENTITY = Section(
    UrlRules,
    hosts=mapped(HOST, HOST),
    aliases=listed(ALIAS),
    tracking=listed(text(values.parameter)),
    keep=mapped(HOST, TEXTS),
    drop=mapped(HOST, listed(text(values.parameter))),
    wrappers=listed(WRAPPER),
    without=listed(text(values.url_rule)),
)
PUBLISH = Section(Publish, entries=partial(values.whole, least=1, most=1000), full_content=values.truth, live=values.truth)
WEBSUB = Section(WebSub, hubs=listed(HTTP_URL), subscribe=values.truth, hub=values.truth)
FETCH = Section(
    _fetch,
    user_agent=text(values.header_text),
    allow=listed(text(values.addresses)),
    connect_timeout=FEW_SECONDS,
    idle_timeout=FEW_SECONDS,
    timeout=FEW_SECONDS,
    max_body=partial(values.size, least=_KIB, most=_GIB),
    max_redirects=partial(values.whole, least=0, most=30),
    concurrency=partial(values.whole, least=1, most=1000),
    spacing=partial(values.duration, least=timedelta(0), most=timedelta(minutes=1)),
)
SERVER = Section(Server, host=TEXT, port=partial(values.whole, least=0, most=65535), status_token=PLACE)
LIMITS = Section(
    Limits,
    seed_size=partial(values.size, least=_KIB, most=64 * _MIB),
    parse_timeout=FEW_SECONDS,
    revisions=partial(values.whole, least=1, most=1000),
)
CONFIG = Section(
    _config,
    site=SITE,
    store=text(values.store_url),
    output=text(lambda value: Path(values.path(value))),
    seeds=listed(SEEDS),
    feeds=listed(FEED),
    categories=listed(CATEGORY),
    default_category=TEXT,
    duplicates=text(copies.mode),
    block=LINES,
    keep=LINES,
    identity=IDENTITY,
    publish=PUBLISH,
    fetch=FETCH,
    server=SERVER,
    websub=WEBSUB,
    limits=LIMITS,
    engine=text(values.engine),
)
