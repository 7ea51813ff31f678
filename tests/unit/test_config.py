from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.classify import CategoryRules, Condition, Field, Hiding, Screen
from aggregator.config import SeedFolder, find, load, sections
from aggregator.config.access import AccessRule, Secret
from aggregator.config.reading import Section
from aggregator.config.schema import Fetch, Limits, Publish
from aggregator.config.yaml_tree import UnreadableYamlError, read_yaml
from aggregator.errors import ConfigError
from aggregator.fetch.head import _OURS as UNSENT
from aggregator.model import Person, Site, SourceKind, Subscription
from aggregator.model.copying import CopyRules, Duplicates
from aggregator.urls import Alias, UrlRules, Wrapper, canonical_url

ROOT = Path(__file__).resolve().parents[2]
TOP_LEVEL = (
    "site, store, output, seeds, feeds, categories, default_category, duplicates, "
    "block, keep, identity, publish, fetch, server, websub, limits, engine"
)


class Write(Protocol):
    def __call__(self, text: str | bytes) -> Path: ...


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write config.yaml in the working directory, so that its name is given as a user would."""
    monkeypatch.chdir(tmp_path)

    def write_config(text: str | bytes) -> Path:
        Path("config.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
        return Path("config.yaml")

    return write_config


def problems(path: Path, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path, environ)
    return list(caught.value.problems)


# --- what a good file gives --------------------------------------------------------------------------------------------


def test_an_empty_file_is_all_defaults(write: Write, tmp_path: Path) -> None:
    config = load(write(""), {})
    assert config.site_value == Site(
        title="Aggregated news", url="http://127.0.0.1:8000/", language="en", author=Person(name="Aggregated news")
    )
    assert config.store == f"sqlite:///{tmp_path}/aggregator.db"
    assert config.output == tmp_path / "public"
    assert config.publish == Publish(entries=50, full_content=True)
    assert config.fetch == Fetch(
        user_agent=None,
        allowed=frozenset(),
        connect_timeout=timedelta(seconds=10),
        idle_timeout=timedelta(seconds=20),
        timeout=timedelta(seconds=60),
        max_body=15 * 1024**2,
        max_redirects=10,
        concurrency=128,
        spacing=timedelta(seconds=1),
    )
    assert (config.subscriptions, config.seed_folders, config.rules) == ((), (), ())
    assert config.url_rules == UrlRules()
    assert (config.server.host, config.server.port, config.default_category) == ("127.0.0.1", 8000, "未分类")


def test_every_part_comes_in_the_type_of_those_who_use_it(write: Write, tmp_path: Path) -> None:
    config = load(
        write(r"""
site:
  {title: 金融消息, url: "https://news.example.org/x", language: zh-CN, timezone: Asia/Shanghai, author: {name: Desk, email: d@x}}
store: sqlite:////var/lib/store.db
output: ../out/
seeds:
  - path: seeds/
    site_url: "https://old.example.org/"
    permalink: /:year/:title/
    categories: [存档]
    liquid: no
    source_keys: [from]
    source_labels: [首发于]
    footer_words: [Back]
    hidden_classes: [share]
    random_images: [IMG.example.org]
feeds:
  - {url: "https://example.com/feed.xml", title: Example, categories: [科技, no], interval: 30m}
  - url: http://例子.中国/feed
    user_agent: "other/2 (+https://y)"
  - url: https://members.example.com/feed
    auth: {user: me, password: {env: PASSWORD}, headers: {X-Key: {file: secrets/key}}}
  - {url: "https://token.example.com/feed", user_agent: other/3, auth: {bearer: {file: /run/secrets/token}}}
categories:
  - name: 人民邮电报
    slug: renminyoudianbao
    include: [{tag: 人民邮电报新闻}, {source: "https://example.com/", title: 电信}]
    exclude: [{title: "(?i)广告"}]
  - name: 017
identity:
  hosts: {M.example.com: example.com}
  aliases: [{match: 'https://e\.com/(\d+)', canonical: 'https://e.com/a/\1'}]
  tracking: [Ad_*]
  keep: {v.example.com: [v]}
  drop: {例子.example: [Ref]}
  wrappers: [{host: go.example, parameter: url}, {host: go.example, path: /out, parameter: To}]
  without: [www, mobile]
fetch:
  {user_agent: "mine/1 (+https://x)", allow: ["127.0.0.1:8099", "[::1]:81", "localhost:82"],
   timeout: 90, max_body: 500KB, spacing: 0s}
server: {host: "::", port: 0}
limits: {seed_size: 2MiB, parse_timeout: 20, revisions: 3}
engine: embedded
"""),
        {},
    )
    assert config.site_value == Site(
        title="金融消息", url="https://news.example.org/x/", language="zh-CN", author=Person(name="Desk", email="d@x")
    )
    assert config.zone == ZoneInfo("Asia/Shanghai")
    assert config.store == "sqlite:////var/lib/store.db"
    assert config.output.resolve() == tmp_path.parent / "out"
    assert config.seed_folders == (
        SeedFolder(
            path=tmp_path / "seeds",
            subscription=Subscription(url="seeds/", kind=SourceKind.SEEDS, categories=("存档",)),
            site_url="https://old.example.org/",
            permalink="/:year/:title/",
            liquid=False,
            source_keys=("from",),
            source_labels=("首发于",),
            footer_words=("Back",),
            hidden_classes=("share",),
            random_images=("img.example.org",),
        ),
    )
    assert config.subscriptions == (
        Subscription(
            url="https://example.com/feed.xml", title="Example", categories=("科技", "no"), interval=timedelta(minutes=30)
        ),
        Subscription(url="http://例子.中国/feed"),
        Subscription(url="https://members.example.com/feed"),
        Subscription(url="https://token.example.com/feed"),
    )
    assert config.access == {
        "http://例子.中国/feed": AccessRule(user_agent="other/2 (+https://y)"),
        "https://members.example.com/feed": AccessRule(
            user="me", password=Secret(env="PASSWORD"), headers={"X-Key": Secret(file=Path("secrets/key"))}
        ),
        "https://token.example.com/feed": AccessRule(user_agent="other/3", bearer=Secret(file=Path("/run/secrets/token"))),
    }
    assert config.rules == (
        CategoryRules(
            category="人民邮电报",
            slug="renminyoudianbao",
            include=(
                (Condition(field=Field.TAG, pattern="人民邮电报新闻"),),
                (
                    Condition(field=Field.TITLE, pattern="电信"),
                    Condition(field=Field.SOURCE, pattern="https://example.com/"),
                ),
            ),
            exclude=((Condition(field=Field.TITLE, pattern="(?i)广告"),),),
        ),
        CategoryRules(category="017"),
    )
    assert config.url_rules == UrlRules(
        hosts={"m.example.com": "example.com"},
        tracking=("ad_*",),
        keep={"v.example.com": ("v",)},
        drop={"xn--fsqu00a.example": ("ref",)},
        aliases=(Alias(match=r"https://e\.com/(\d+)", canonical=r"https://e.com/a/\1"),),
        wrappers=(Wrapper(host="go.example", parameter="url"), Wrapper(host="go.example", path="/out", parameter="To")),
        without=("www", "mobile"),
    )
    assert config.fetch.allowed == {("127.0.0.1", 8099), ("::1", 81), ("127.0.0.1", 82), ("::1", 82)}
    assert (config.fetch.timeout, config.fetch.max_body) == (timedelta(seconds=90), 500_000)
    assert config.fetch.spacing == timedelta()
    assert (config.server.host, config.server.port) == ("::", 0)
    assert config.limits == Limits(seed_size=2 * 1024**2, parse_timeout=timedelta(seconds=20), revisions=3)


def test_rules_that_hide_stand_for_the_site_or_with_a_feed(write: Write) -> None:
    config = load(
        write(
            """
            feeds: [{url: "https://a.example/feed", block: [{title: ad}]}, {url: "https://b.example/feed"}]
            categories: [{name: 科技, tags: [tech, IT]}]
            block: [{title: a, tag: b}]
            keep: [{content: c}, {source: "https://a"}]
            """
        ),
        {},
    )
    title, tag = Condition(field=Field.TITLE, pattern="a"), Condition(field=Field.TAG, pattern="b")
    content, source = Condition(field=Field.CONTENT, pattern="c"), Condition(field=Field.SOURCE, pattern="https://a")
    assert config.screen == Screen(
        site=Hiding(block=((tag, title),), keep=((content,), (source,))),
        feeds={"https://a.example/feed": Hiding(block=((Condition(field=Field.TITLE, pattern="ad"),),))},
    )
    assert config.rules == (CategoryRules(category="科技", tags=("tech", "IT")),)


def test_copies_are_looked_for_only_in_categories_that_say_so(write: Write) -> None:
    config = load(
        write(
            """
            categories:
              - {name: Science}
              - {name: World, duplicates: off, primary: ["https://a.example/feed"]}
              - {name: 科技, slug: tech, duplicates: on, primary: ["https://b.example/feed", seeds/]}
              - {name: 财经, duplicates: suggest}
            """
        ),
        {},
    )
    assert config.duplicates == (
        CopyRules(category="科技", key="科技", duplicates=Duplicates.ON, primary=("https://b.example/feed", "seeds/")),
        CopyRules(category="财经", key="财经", duplicates=Duplicates.SUGGEST),
    )
    assert config.rules[2] == CategoryRules(category="科技", slug="tech")


def test_copies_may_be_looked_for_everywhere_but_where_a_category_says_otherwise(write: Write) -> None:
    config = load(
        write(
            """
            duplicates: suggest
            categories:
              - {name: Science, primary: [seeds/]}
              - {name: World, duplicates: off}
              - {name: Tech, duplicates: on}
            """
        ),
        {},
    )
    assert config.duplicates == (
        CopyRules(category="Science", key="science", duplicates=Duplicates.SUGGEST, primary=("seeds/",)),
        CopyRules(category="World", key="world", duplicates=Duplicates.OFF),
        CopyRules(category="Tech", key="tech", duplicates=Duplicates.ON),
        CopyRules(duplicates=Duplicates.SUGGEST),
    )


def test_the_default_file_is_valid_and_files_the_first_seed(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes((ROOT / "config.yaml").read_bytes())
    config = load(path, {})
    assert config.site_value.url == "http://127.0.0.1:8000/"
    assert config.seed_folders == (
        SeedFolder(path=tmp_path / "seeds", subscription=Subscription(url="seeds/", kind=SourceKind.SEEDS)),
    )
    assert config.rules[0] == CategoryRules(
        category="人民邮电报",
        slug="renminyoudianbao",
        include=((Condition(field=Field.TAG, pattern="人民邮电报新闻"),),),
    )
    assert 6 <= len(config.subscriptions) <= 8
    assert all(subscription.categories for subscription in config.subscriptions)


def test_the_default_file_shows_every_key() -> None:
    text = (ROOT / "config.yaml").read_text(encoding="utf-8")
    keys = {key for part in vars(sections).values() if isinstance(part, Section) for key in part.keys}
    assert [key for key in sorted(keys) if f"{key}:" not in text] == []


def test_what_is_commented_out_in_the_default_file_is_valid_as_well(write: Write) -> None:
    text = (ROOT / "config.yaml").read_text(encoding="utf-8")
    config = load(write(re.sub(r"(?m)^( *)#(?=\S|  )", r"\1", text)), {})
    assert config.fetch.allowed == {("127.0.0.1", 8099)}
    assert config.url_rules.keep == {"video.example.com": ("v",)}


def test_a_key_whose_lines_are_all_commented_out_counts_as_left_out(write: Write) -> None:
    assert load(write("site:\nfeeds:\n  # - url: x\npublish: {entries: ~, full_content: null}\n"), {}) == load(write(""), {})


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(write: Write) -> None:
    assert load(write(b"\xef\xbb\xbfsite:\r\n  title: x\r\n"), {}).site.title == "x"


def test_paths_are_relative_to_the_file_not_to_the_working_directory(write: Write, tmp_path: Path) -> None:
    write("")
    (tmp_path / "sub").mkdir()
    path = Path("config.yaml").rename("sub/config.yaml")
    config = load(path, {"AGGREGATOR_SEEDS": "[{path: posts}]"})
    assert config.output == tmp_path / "sub" / "public"
    assert config.store == f"sqlite:///{tmp_path}/sub/aggregator.db"
    assert config.seed_folders[0].path == tmp_path / "sub" / "posts"


@pytest.mark.parametrize("word", ["true", "True", "yes", "on", "1", "false", "no", "OFF", "0"])
def test_true_and_false_may_be_written_as_yaml_always_did(write: Write, word: str) -> None:
    assert load(write(f"publish: {{full_content: {word}}}"), {}).publish.full_content is (
        word.lower() in {"true", "yes", "on", "1"}
    )


@pytest.mark.parametrize("number", ["7", "+7", " 7", "'007 '"])
def test_a_number_may_be_written_as_people_do(write: Write, number: str) -> None:
    assert load(write(f"publish: {{entries: {number}}}"), {}).publish.entries == 7


def test_a_plain_configuration_needs_no_library_but_yaml(write: Write) -> None:
    path = write("site: {timezone: Asia/Shanghai}\nseeds: [{path: posts}]\nfeeds: [{url: https://example.com/}]")
    script = (
        f"import pathlib, sys, aggregator.config; aggregator.config.load(pathlib.Path({str(path)!r}), {{}});"
        "print({'asyncio', 'difflib', 'importlib.metadata', 're2', 'urllib.request'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("set()\n", "")


@pytest.mark.parametrize(
    "store", ["postgresql://u:p@host/db", "postgresql+psycopg:///db?host=/run/postgresql"], ids=["host", "socket"]
)
def test_a_postgresql_store_is_taken_as_it_is_and_not_shown(write: Write, store: str) -> None:
    config = load(write(f"store: {store}"), {})
    assert config.store == store
    assert store not in repr(config)


# --- what is wrong with a bad one --------------------------------------------------------------------------------------


def test_every_problem_is_reported_at_once_in_the_order_of_the_file(write: Write) -> None:
    path = write("""\
site: {titel: x}
feeds:
  - url: https://example.com/feed.xml
    interval: 5s
  - url: ftp://example.com/
  - {url: "https://EXAMPLE.com/feed.xml", categories: 科技}
publish: {entries: 0}
publish: {entries: 1}
""")
    assert problems(path, AGGREGATOR_SERVER__PORT="http", AGGREGATOR_ENGINE="procrastinate") == [
        "config.yaml:1: site.titel: unknown key, did you mean 'title'?",
        "config.yaml:4: feeds[0].interval: must be between 1m and 30d (got '5s')",
        "config.yaml:5: feeds[1].url: must be an absolute URL that begins with http:// or https://",
        "config.yaml:6: feeds[2].url: the same as feeds[0].url",
        "config.yaml:6: feeds[2].categories: must be a list, such as [a, b] (got '科技')",
        "config.yaml:7: publish.entries: must be at least 1 (got '0')",
        "config.yaml:8: publish: duplicate key, first on line 7",
        "environment: AGGREGATOR_ENGINE: 'procrastinate' comes in a later version; leave this out or say 'embedded'",
        "environment: AGGREGATOR_SERVER__PORT: must be a whole number (got 'http')",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("categoris: []", "categoris: unknown key, did you mean 'categories'?", id="unknown key"),
        pytest.param("x: 1", f"x: unknown key; known here: {TOP_LEVEL}", id="unknown key like no other"),
        pytest.param("server: {x: 1}", "server.x: unknown key; known here: host, port, status_token", id="key of a section"),
        pytest.param("server: {x: }", "server.x: unknown key; known here: host, port, status_token", id="key without value"),
        pytest.param("seeds: [{}]", "seeds[0].path: is required", id="missing key"),
        pytest.param(
            "seeds: [{path: s, permalink: day}]",
            "seeds[0].permalink: must be date, pretty, ordinal, weekdate, none or a template such as /:year/:title/ (got 'day')",
            id="permalink",
        ),
        pytest.param("seeds: [{path: }]", "seeds[0].path: is required", id="required key without value"),
        pytest.param("feeds: [x]", "feeds[0]: must be a mapping, such as {key: value} (got 'x')", id="text for a mapping"),
        pytest.param("feeds: [~]", "feeds[0]: must be a mapping, such as {key: value}", id="nothing for a mapping"),
        pytest.param("feeds: {url: x}", "feeds: must be a list, such as [a, b]", id="mapping for a list"),
        pytest.param(
            "identity: {hosts: [a]}", "identity.hosts: must be a mapping, such as {key: value}", id="list for a mapping"
        ),
        pytest.param("site: {title: [x]}", "site.title: must be one text", id="list for a text"),
        pytest.param("output: [x]", "output: must be one text", id="list for a path"),
        pytest.param("output: ~/public", "output: ~ is not expanded here; write the whole path", id="home"),
        pytest.param('output: ""', "output: must not be empty", id="empty path"),
        pytest.param("store: [x]", "store: must be one text", id="list for a store"),
        pytest.param('site: {title: "  "}', "site.title: must not be empty", id="blank"),
        pytest.param('site: {title: "a\\nb"}', "site.title: must be one line without control characters", id="two lines"),
        pytest.param(f"site: {{title: {'x' * 1001}}}", "site.title: must not be longer than 1000 characters", id="long"),
        pytest.param("publish: {entries: 1.5}", "publish.entries: must be a whole number (got '1.5')", id="fraction"),
        pytest.param("publish: {entries: 1001}", "publish.entries: must be at most 1000 (got '1001')", id="too many"),
        pytest.param("publish: {entries: []}", "publish.entries: must be a whole number", id="list for a number"),
        pytest.param(
            "publish: {full_content: maybe}",
            "publish.full_content: must be true or false (got 'maybe')",
            id="neither true nor false",
        ),
        pytest.param(
            "site: {language: zh_CN}", "site.language: must be a language tag such as zh-CN or en (got 'zh_CN')", id="language"
        ),
        pytest.param(
            "site: {timezone: Asia/Shangai}",
            "site.timezone: unknown time zone 'Asia/Shangai', did you mean 'Asia/Shanghai'?",
            id="zone",
        ),
        pytest.param(
            "site: {timezone: Asia}", "site.timezone: unknown time zone 'Asia', did you mean 'Asia/Oral'?", id="zone folder"
        ),
        pytest.param(
            "site: {timezone: ../x}", "site.timezone: unknown time zone '../x', use one such as Asia/Shanghai", id="zone outside"
        ),
        pytest.param(
            "fetch: {timeout: 1w}",
            "fetch.timeout: must be a duration such as 60s, 30m, 2h or 1d (got '1w')",
            id="unknown unit of time",
        ),
        pytest.param("fetch: {timeout: 11m}", "fetch.timeout: must be between 1s and 10m (got '11m')", id="long timeout"),
        pytest.param(
            "fetch: {timeout: [60s]}",
            "fetch.timeout: must be a duration such as 60s, 30m, 2h or 1d (got ['60s'])",
            id="no duration",
        ),
        pytest.param(
            "fetch: {max_body: 15M}",
            "fetch.max_body: must be a size such as 15MiB, 500KB or a number of bytes (got '15M')",
            id="size",
        ),
        pytest.param(
            "limits: {seed_size: 1GiB}", "limits.seed_size: must be between 1024 and 67108864 bytes (got '1GiB')", id="seed size"
        ),
        pytest.param(
            "fetch: {user_agent: 聚合}", "fetch.user_agent: must be ASCII, since it is sent as an HTTP header", id="user agent"
        ),
        pytest.param("fetch: {spacing: 61s}", "fetch.spacing: must be between 0s and 1m (got '61s')", id="spacing"),
        pytest.param(
            "feeds: [{url: https://e.com/, user_agent: 聚合}]",
            "feeds[0].user_agent: must be ASCII, since it is sent as an HTTP header",
            id="user agent of a feed",
        ),
        pytest.param("server: {port: 65536}", "server.port: must be at most 65535 (got '65536')", id="port"),
        pytest.param("engine: celery", "engine: must be 'embedded' (got 'celery')", id="engine"),
        pytest.param("engine: [embedded]", "engine: must be one text", id="list for an engine"),
        pytest.param(
            "seeds: [{path: ~/posts}]", "seeds[0].path: ~ is not expanded here; write the whole path", id="home of seeds"
        ),
        pytest.param(
            "categories: [{name: a, slug: A}]",
            "categories[0].slug: must be 1 to 80 of a-z, 0-9 and '-', and not start with '-'",
            id="slug",
        ),
        pytest.param(
            "categories: [{name: a, slug: all}]", "categories[0].slug: is reserved; choose another slug", id="reserved slug"
        ),
        pytest.param(
            "categories: [{name: 科技}, {name: ' 科技 '}]", "categories[1].name: the same as categories[0].name", id="same name"
        ),
        pytest.param(
            "categories: [{name: a, slug: x}, {name: b, slug: x}]",
            "categories[1].slug: the same as categories[0].slug",
            id="same slug",
        ),
        pytest.param("seeds: [{path: seeds}, {path: seeds/}]", "seeds[1].path: the same as seeds[0].path", id="same folder"),
        pytest.param(
            "categories: [{name: a, include: [{titel: x}]}]",
            "categories[0].include[0].titel: unknown key, did you mean 'title'?",
            id="unknown field of a rule",
        ),
        pytest.param(
            "categories: [{name: a, exclude: [{}]}]",
            "categories[0].exclude[0]: needs at least one condition: tag, title, content, author, url, source, language",
            id="rule without condition",
        ),
        pytest.param(
            "categories: [{name: a, include: [{title: '(?=x)'}]}]",
            "categories[0].include[0].title: not a pattern that RE2 knows: invalid perl operator: (?=",
            id="pattern",
        ),
        pytest.param(
            "identity: {aliases: [{match: '(', canonical: x}]}",
            "identity.aliases[0].match: not a pattern that RE2 knows: missing ): (",
            id="alias pattern",
        ),
        pytest.param(
            r"identity: {aliases: [{match: '(a)', canonical: '\2'}]}",
            "identity.aliases[0]: refers to a group that 'match' does not have",
            id="alias template",
        ),
        pytest.param(
            "identity: {aliases: [{match: 'http://a.b/', canonical: x}]}",
            "identity.aliases[0].match: would fit nothing: canonical URLs begin with https://, whatever the scheme was",
            id="alias of an address with http",
        ),
        pytest.param(
            "identity: {wrappers: [{host: a.b, path: out?x, parameter: url}]}",
            "identity.wrappers[0].path: must be the path of a URL, such as /redirect (got 'out?x')",
            id="wrapper with a path that is none",
        ),
        pytest.param(
            "identity: {without: [moble]}",
            "identity.without[0]: is no name of built-in rules; did you mean 'mobile'?",
            id="built-in rule misspelled",
        ),
        pytest.param(
            "identity: {hosts: {a.b: c.d, c.d: e.f}}",
            "identity.hosts.a.b: leads to c.d, which is itself an alias; name the host where it ends",
            id="alias of an alias",
        ),
        pytest.param(
            "identity: {hosts: {'http://a': b}}",
            "identity.hosts.http://a: must be a host name such as m.example.com, without scheme, port or path",
            id="URL for a host",
        ),
    ],
)
def test_a_problem_says_where_which_key_and_what(write: Write, text: str, problem: str) -> None:
    assert problems(write(f"\n\n{text}\n")) == [f"config.yaml:3: {problem}"]


PLACE = "needs the place of the secret: {env: VARIABLE} or {file: PATH}"
WAYS = "needs user and password, or bearer, or headers"
NOT_HERE = "; the secret itself does not belong here"


@pytest.mark.parametrize(
    ("auth", "problem"),
    [
        pytest.param("{}", f": {WAYS}", id="nothing"),
        pytest.param("{user: me}", ": user and password belong together", id="no password"),
        pytest.param("{password: {env: A}}", ": user and password belong together", id="no user"),
        pytest.param("{user: me, password: {env: A}, bearer: {env: B}}", f": {WAYS}", id="two ways at once"),
        pytest.param("{token: {env: A}}", ".token: unknown key; known here: user, password, bearer, headers", id="no such way"),
        pytest.param("{user: 'a:b', password: {env: A}}", ".user: must not contain a colon", id="colon"),
        pytest.param("{bearer: {}}", f".bearer: {PLACE}", id="no place"),
        pytest.param("{bearer: {env: A, file: b}}", f".bearer: {PLACE}", id="two places"),
        pytest.param("{bearer: {file: ~/a}}", ".bearer.file: ~ is not expanded here; write the whole path", id="home"),
        pytest.param(
            "{headers: {a b: {env: A}}}", ".headers.a b: is no name of a header field (got 'a b')", id="no name of a field"
        ),
        pytest.param("{headers: {Host: {env: A}}}", ".headers.Host: Host is set by the program itself", id="a field of ours"),
        pytest.param("hunter2", f": {WAYS}{NOT_HERE}", id="the secret for the section"),
        pytest.param("{user: me, password: hunter2}", f".password: {PLACE}{NOT_HERE}", id="the secret for its place"),
        pytest.param("{bearer: [hunter2]}", f".bearer: {PLACE}{NOT_HERE}", id="the secret in a list"),
        pytest.param("{headers: {X-Key: hunter2}}", f".headers.X-Key: {PLACE}{NOT_HERE}", id="the secret for a field"),
    ],
)
def test_how_a_feed_is_asked_is_checked_and_no_secret_is_repeated(write: Write, auth: str, problem: str) -> None:
    found = problems(write(f"feeds: [{{url: https://e.com/, auth: {auth}}}]"))
    assert found == [f"config.yaml:1: feeds[0].auth{problem}"]


@pytest.mark.parametrize("name", sorted(UNSENT))
def test_a_field_that_would_not_be_sent_is_refused_beforehand(write: Write, name: str) -> None:
    found = problems(write(f"feeds: [{{url: https://e.com/, auth: {{headers: {{{name}: {{env: A}}}}}}}}]"))
    assert found == [f"config.yaml:1: feeds[0].auth.headers.{name}: {name} is set by the program itself"]


def test_a_free_key_and_its_value_can_both_be_wrong(write: Write) -> None:
    assert problems(write("identity: {keep: {'http://a': x}}")) == [
        "config.yaml:1: identity.keep.http://a: must be a host name such as m.example.com, without scheme, port or path",
        "config.yaml:1: identity.keep.http://a: must be a list, such as [a, b] (got 'x')",
    ]


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        pytest.param("example.com/feed", "must be an absolute URL that begins with http:// or https://", id="no scheme"),
        pytest.param("https:///feed", "must be an absolute URL that begins with http:// or https://", id="no host"),
        pytest.param("file:///etc/passwd", "must be an absolute URL that begins with http:// or https://", id="file"),
        pytest.param("https://user:hunter2@example.com/", "must not contain a user name or password", id="password"),
        pytest.param("https://example.com:99999/", "is not a URL: Port out of range 0-65535", id="port"),
        pytest.param("https://[::1/", "is not a URL: Invalid IPv6 URL", id="bracket"),
        pytest.param("https://example.com/a b", 'must not contain spaces, \\, <, > or "', id="space"),
        pytest.param("https://example.com\\.evil.example/", 'must not contain spaces, \\, <, > or "', id="backslash"),
    ],
)
def test_a_feeds_url_is_checked(write: Write, url: str, problem: str) -> None:
    found = problems(write(f"feeds: [{{url: '{url}'}}]"))
    assert found == [f"config.yaml:1: feeds[0].url: {problem}"]


@pytest.mark.parametrize("url", ["https://example.com/?a=b", "https://example.com/#a", "https://example.com/?"])
def test_the_sites_url_is_one_that_names_can_be_added_to(write: Write, url: str) -> None:
    found = problems(write(f"site: {{url: '{url}'}}"))
    assert found == ["config.yaml:1: site.url: must not contain ? or #, since the addresses of feeds are made from it"]


@pytest.mark.parametrize(
    "address",
    ["example.com:80", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "::1:80", "x@127.0.0.1:80", "127.0.0.1:80/x", "0x7f.1:80"],
)
def test_only_numeric_addresses_with_a_port_are_allowed(write: Write, address: str) -> None:
    expected = "must be a numeric address and a port, such as 127.0.0.1:8099, [::1]:8099 or localhost:8099"
    found = problems(write(f"fetch: {{allow: ['127.0.0.1:1', '{address}']}}"))
    assert found == [f"config.yaml:1: fetch.allow[1]: {expected} (got {address!r})"]


@pytest.mark.parametrize(
    ("store", "problem"),
    [
        *(
            pytest.param(bad, "must be sqlite:///aggregator.db (a file) or postgresql://user@host/database", id=bad)
            for bad in ("aggregator.db", "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///x/", "mysql://u:hunter2@h/d")
        ),
        pytest.param("sqlite:///x?mode=ro", "must not contain ? or #", id="options"),
    ],
)
def test_a_store_is_a_file_or_postgresql(write: Write, store: str, problem: str) -> None:
    assert problems(write(f"store: '{store}'")) == [f"config.yaml:1: store: {problem}"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("- a", "1: must be a mapping of keys to values, such as 'output: public/'", id="a list"),
        pytest.param("\nx", "2: must be a mapping of keys to values, such as 'output: public/'", id="a text"),
        pytest.param("a: b: c", "1: not valid YAML: mapping values are not allowed in this context", id="syntax"),
        pytest.param(
            "site: {\ntitle: x\n",
            "3: not valid YAML: did not find expected ',' or '}' while parsing a flow mapping (begun on line 1)",
            id="not closed",
        ),
        pytest.param("site:\n  title: x\n\turl: y", "3: not valid YAML: indent with spaces, not with tabs", id="tab"),
        pytest.param(
            "a: 人人人人人人\nb: 1\nc: \x01", "3: not valid YAML: control characters are not allowed", id="control character"
        ),
        pytest.param(b"a: 1\nb: \xd6\xd0", "2: is not UTF-8 (byte 0xd6); save the file as UTF-8", id="GBK"),
        pytest.param("store: x\n---\nstore: y", "3: a second document begins here; only one is read", id="two documents"),
        pytest.param("[" * 200_000, "1: nested deeper than 20 levels", id="nested brackets"),
        pytest.param("a:\n " + "- " * 100_000, "2: nested deeper than 20 levels", id="nested lists"),
        pytest.param("? " * 100_000, "1: nested deeper than 20 levels", id="nested keys"),
    ],
)
def test_a_file_that_cannot_be_understood_is_one_problem(write: Write, text: str | bytes, problem: str) -> None:
    assert problems(write(text)) == [f"config.yaml:{problem}"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            "output: &x y",
            "output: anchors (&) and aliases (*) are not allowed; write the value out, or put it in quotes",
            id="anchor",
        ),
        pytest.param(
            "output: *x",
            "output: anchors (&) and aliases (*) are not allowed; write the value out, or put it in quotes",
            id="alias",
        ),
        pytest.param(
            "output: !!python/name:os.system x",
            "output: tags (!) are not allowed; put a text that begins with ! in quotes",
            id="tag",
        ),
        pytest.param("? [a]\n: b", "a key must be plain text", id="key that is a list"),
        pytest.param("<<: {output: x}", f"<<: unknown key; known here: {TOP_LEVEL}", id="merge key"),
    ],
)
def test_yaml_that_can_grow_or_act_is_refused(write: Write, text: str, problem: str) -> None:
    assert problems(write(text)) == [f"config.yaml:1: {problem}"]


def test_a_bomb_of_merge_keys_is_refused_at_once(write: Write) -> None:
    levels = ["a0: &a0 {x: y}"] + [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 9)]
    assert any("anchors (&)" in problem for problem in problems(write("\n".join(levels))))


def test_a_file_that_is_too_large_is_refused(write: Write) -> None:
    found = problems(write(b"#" * (16 * 1024**2 + 1)))
    assert found == ["config.yaml: is larger than 16 MiB; is it a configuration?"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        pytest.param("nowhere.yaml", "nowhere.yaml: cannot be read: No such file or directory", id="missing"),
        pytest.param("folder", "folder: cannot be read: Is a directory", id="folder"),
    ],
)
def test_an_unreadable_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, problem: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    assert problems(Path(name)) == [problem]


@settings(deadline=None)  # other processes may slow us down
@given(st.text(st.sampled_from("ab:-[]{},?&*!|>'\"%@# \n\t~"), max_size=60))
def test_any_text_is_read_or_refused_with_a_line_of_its_own(text: str) -> None:
    try:
        tree = read_yaml(text)
    except UnreadableYamlError as error:
        lines = {error.line}
    else:
        lines = set(tree.lines.values())
    assert lines <= set(range(1, text.count("\n") + 3))


# --- the environment ---------------------------------------------------------------------------------------------------


def test_the_environment_overrides_the_file(write: Write) -> None:
    path = write("publish: {entries: 10, full_content: false}\nsite: 5\nfeeds: [{url: bad}]\n")
    config = load(
        path,
        {
            "AGGREGATOR_PUBLISH__ENTRIES": "20",
            "AGGREGATOR_SITE": "{title: 'A: B', language: de}",
            "AGGREGATOR_SITE__AUTHOR__NAME": "Desk",
            "AGGREGATOR_FEEDS": "[{url: https://example.com/, categories: [a, b]}]",
            "AGGREGATOR_STORE": "postgresql://u:p#w@h/d",
            "AGGREGATOR_OUTPUT": "",
            "AGGREGATOR_CONFIG": "elsewhere.yaml",
            "AGGREGATOR_CLOCK_FILE": "clock",
            "AGGREGATOR_TEST_X": "1",
            "AGGREGATOR_REQUIRE_POSTGRES": "1",
            "OTHER_PUBLISH__ENTRIES": "30",
        },
    )
    assert config.publish == Publish(entries=20, full_content=False)
    assert config.site_value == Site(title="A: B", url="http://127.0.0.1:8000/", language="de", author=Person(name="Desk"))
    assert config.subscriptions == (Subscription(url="https://example.com/", categories=("a", "b")),)
    assert config.store == "postgresql://u:p#w@h/d"


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        pytest.param("AGGREGATOR_PUBLSH__ENTRIES", "20", "unknown key, did you mean 'publish'?", id="unknown section"),
        pytest.param("AGGREGATOR_PUBLISH__ENTRYS", "20", "unknown key, did you mean 'entries'?", id="unknown key"),
        pytest.param("AGGREGATOR_PUBLISH__ENTRIES", "x", "must be a whole number (got 'x')", id="wrong value"),
        pytest.param("AGGREGATOR_PUBLISH", "{entrys: 1}", "publish.entrys: unknown key, did you mean 'entries'?", id="deeper"),
        pytest.param("AGGREGATOR_FEEDS__0__URL", "x", "feeds is not a mapping; set all of it with AGGREGATOR_FEEDS", id="list"),
        pytest.param(
            "AGGREGATOR_SITE", "[", "not valid YAML: did not find expected node content while parsing a flow node", id="syntax"
        ),
        pytest.param("AGGREGATOR_SITE__TITLE", os.fsdecode(b"\xff"), "not valid UTF-8", id="bytes"),
        pytest.param(
            "AGGREGATOR_OUTPUT",
            "*x",
            "anchors (&) and aliases (*) are not allowed; write the value out, or put it in quotes",
            id="alias",
        ),
        pytest.param(
            "AGGREGATOR_STORE",
            "mysql://u:hunter2@h/d",
            "must be sqlite:///aggregator.db (a file) or postgresql://user@host/database",
            id="the secret is not repeated",
        ),
    ],
)
def test_a_problem_of_a_variable_names_the_variable(write: Write, variable: str, value: str, problem: str) -> None:
    path = write("\nfeeds: [{url: https://example.com/}]\npublish: {entries: 5}\n")
    assert problems(path, **{variable: value}) == [f"environment: {variable}: {problem}"]


def test_the_store_can_come_from_a_file_of_secrets(write: Write, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("postgresql://u:*p: #w@h/d\n".replace(" ", ""))
    path = write("store: sqlite:///x.db")
    assert load(path, {"AGGREGATOR_STORE_FILE": str(secret)}).store == "postgresql://u:*p:#w@h/d"
    assert problems(path, AGGREGATOR_STORE_FILE=str(secret), AGGREGATOR_STORE="sqlite:///y.db") == [
        "environment: AGGREGATOR_STORE_FILE: AGGREGATOR_STORE is set as well; set one of them"
    ]
    assert problems(path, AGGREGATOR_STORE_FILE=str(tmp_path / "no")) == [
        f"environment: AGGREGATOR_STORE_FILE: cannot read {tmp_path}/no: No such file or directory"
    ]
    secret.write_bytes(b"\xff")
    assert problems(path, AGGREGATOR_STORE_FILE=str(secret)) == [
        f"environment: AGGREGATOR_STORE_FILE: cannot read {secret}: not UTF-8"
    ]


# --- where the file is -------------------------------------------------------------------------------------------------


def place(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").touch()
    return folder / "config.yaml"


def test_the_first_of_the_usual_places_wins(tmp_path: Path) -> None:
    cwd, home, etc, xdg = (tmp_path / name for name in ("cwd", "home", "etc", "xdg"))
    environ = {"XDG_CONFIG_HOME": str(xdg)}

    def found(explicit: Path | None = None, **more: str) -> Path:
        return find(explicit, environ | more, cwd=cwd, home=home, etc=etc)

    in_etc = place(etc / "aggregator")
    assert found() == in_etc
    in_home = place(home / ".config" / "aggregator")
    assert found() == in_etc
    assert found(XDG_CONFIG_HOME="") == in_home
    assert found(XDG_CONFIG_HOME="relative/is/ignored") == in_home
    in_xdg = place(xdg / "aggregator")
    assert found() == in_xdg
    in_cwd = place(cwd)
    assert found() == in_cwd
    named = place(cwd / "named")
    assert found(AGGREGATOR_CONFIG="named/config.yaml") == named
    explicit = place(tmp_path / "explicit")
    assert found(explicit, AGGREGATOR_CONFIG="named/config.yaml") == explicit


def test_a_found_file_keeps_its_short_name(write: Write, tmp_path: Path) -> None:
    write("")
    assert find(None, {}, cwd=Path(), home=tmp_path) == Path("config.yaml")


def test_no_other_file_stands_in_for_one_that_was_named(tmp_path: Path) -> None:
    place(tmp_path)
    with pytest.raises(ConfigError) as caught:
        find(Path("x.yaml"), {}, cwd=tmp_path, home=tmp_path)
    assert caught.value.problems == (f"{tmp_path}/x.yaml: no such file (named by --config); `aggregator config init` writes one",)
    with pytest.raises(ConfigError, match=r"y\.yaml: no such file \(named by AGGREGATOR_CONFIG\)"):
        find(None, {"AGGREGATOR_CONFIG": "y.yaml"}, cwd=tmp_path, home=tmp_path)


def test_finding_nothing_names_every_place_and_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        find(None, {}, cwd=Path("nowhere"), home=tmp_path, etc=tmp_path / "etc")
    places = f"nowhere/config.yaml, {tmp_path}/.config/aggregator/config.yaml, {tmp_path}/etc/aggregator/config.yaml"
    advice = "`aggregator config init` writes one here, or name one with --config"
    assert caught.value.problems == (f"no configuration found; tried {places}. {advice}",)


def test_the_default_file_knows_the_shapes_of_an_eastmoney_article() -> None:
    rules = load(Path(__file__).resolve().parents[2] / "config.yaml", {}).url_rules
    shapes = [
        "http://finance.eastmoney.com/news/1344,202112082206704122.html",
        "https://stock.eastmoney.com/news/1405,202112082206704122.html",
        "https://finance.eastmoney.com/a/202112082206704122.html",
        "http://choicewzp1.eastmoney.com/html_News/NewsShare.html?infoCode=NW202112082206704122",
    ]

    assert {canonical_url(url, rules) for url in shapes} == {"https://finance.eastmoney.com/a/202112082206704122.html"}
