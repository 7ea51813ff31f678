"""Everything that is published of the corpus, under the eyes of validators and importers, and by rules stricter than theirs."""

from __future__ import annotations

import json
import os
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import corpus_site
import lxml.html
import pytest
from feed_readers import node, run
from loopback_server import Loopback
from lxml import etree
from msgspec import Struct
from own_site import OwnSite

from aggregator.render import flaw_of_document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lxml.etree import _Element as Element

ATOM = "{http://www.w3.org/2005/Atom}"
TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
ROOT = "https://news.example.org/"
ZONED = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
NO_ADDRESS = {"data", "javascript", ""}


class Published(Struct, frozen=True):
    """A site with archives of five entries to a page.

    *subscribed* are the addresses of its sources; *hidden* are the ids of two entries that it showed before.
    """

    site: OwnSite
    subscribed: frozenset[str]
    hidden: frozenset[str]

    def paths(self, pattern: str) -> list[Path]:
        return sorted(self.site.output.glob(pattern))

    def entries(self, *options: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.site.run("entry", "list", "--json", "--limit", "1000", *options))
        return found

    def read(self, address: str) -> Element:
        return etree.fromstring((self.site.output / address.removeprefix(ROOT)).read_bytes())

    def walk(self, path: Path) -> Iterator[tuple[str, Element]]:
        """Follow the archive from a feed on (RFC 5005, section 4); yield each address with the document there."""
        address = ROOT + str(path.relative_to(self.site.output))
        while address:
            feed = self.read(address)
            yield address, feed
            address = next((link.get("href", "") for link in feed.iter(f"{ATOM}link") if link.get("rel") == "prev-archive"), "")


@pytest.fixture(name="published", scope="module")
def _published(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Published:
    site = OwnSite(tmp_path_factory.mktemp("site"))
    site.set_clock("2026-01-02T03:04:05+00:00")
    with Loopback() as loopback:
        corpus_site.configure(site, corpus, loopback, "publish: {entries: 5}\n")
        site.run("run")
        subscribed = {seen.host: loopback.url(seen.path, seen.host) for seen in loopback.seen}
    chinese = json.loads(site.run("entry", "list", "--json", "--category", "zhongwen", "--limit", "1000"))
    hidden = [chinese[1], chinese[-1]]  # one in the feed, one in the archive
    site.set_clock("2026-01-02T04:04:05+00:00")
    for entry in hidden:
        site.run("entry", "hide", str(entry["id"]))
    site.run("publish")
    return Published(site, frozenset(subscribed.values()), frozenset(entry["atom_id"] for entry in hidden))


def test_jing_accepts_every_atom_document(published: Published, corpus: Path, tmp_path: Path) -> None:
    documents = published.paths("feeds/**/*.atom")

    assert len(documents) > len(published.paths("feeds/*.atom"))
    assert run(tmp_path, "jing", "-c", corpus / "atom.rnc", *documents) == ""


def test_every_atom_document_keeps_to_our_stricter_rules(published: Published) -> None:
    found = {str(path): list(flaws(path.read_bytes())) for path in published.paths("feeds/**/*.atom")}

    assert {path: list_ for path, list_ in found.items() if list_} == {}


def test_a_walk_of_the_archive_meets_every_entry_once_and_what_is_hidden_as_a_tombstone(published: Published) -> None:
    slugs = {path: [] if path.stem == "all" else ["--category", path.stem] for path in published.paths("feeds/*.atom")}
    walks = {path: dict(published.walk(path)) for path in slugs}

    for path, options in slugs.items():
        ids = [entry.findtext(f"{ATOM}id") for feed in walks[path].values() for entry in feed.iter(f"{ATOM}entry")]
        assert sorted(ids, key=str) == sorted(entry["atom_id"] for entry in published.entries(*options))
    for stem in ("all", "zhongwen"):
        (feeds,) = (feeds for path, feeds in walks.items() if path.stem == stem)
        assert {gone.get("ref") for feed in feeds.values() for gone in feed.iter(TOMBSTONE)} == published.hidden
    walked = {published.site.output / address.removeprefix(ROOT) for feeds in walks.values() for address in feeds}
    assert walked == set(published.paths("feeds/**/*.atom"))


def test_every_json_feed_passes_the_schema(published: Published, tmp_path: Path) -> None:
    twins = published.paths("feeds/*.json")

    assert [path.stem for path in twins] == [path.stem for path in published.paths("feeds/*.atom")]
    assert json.loads(node(tmp_path, "jsonfeed.js", *twins)) == {}


@pytest.mark.parametrize("name", ["feeds.opml", "sources.opml"])
def test_newsboat_sfeed_and_we_import_all_feeds_of_a_list(published: Published, site: OwnSite, name: str, tmp_path: Path) -> None:
    path = published.site.output / name
    feeds = {ROOT + str(feed.relative_to(published.site.output)) for feed in published.paths("feeds/*.atom")}
    wanted = feeds if name == "feeds.opml" else set(published.subscribed)
    site.configure("{}")
    site.run("opml", "import", str(path))
    run(tmp_path, "newsboat", "-i", path, "-u", tmp_path / "urls", "-c", tmp_path / "cache.db", "-C", os.devnull)
    newsboats = (tmp_path / "urls").read_text().splitlines()
    sfeeds = re.findall(r"^\tfeed '.*' '(\S+)'$", run(tmp_path, "sfeed_opml_import", stdin=path.read_bytes()), re.MULTILINE)

    assert {source["subscription"]["url"] for source in json.loads(site.run("feed", "list", "--json"))} == wanted
    assert {line.split()[0] for line in newsboats} == wanted
    assert set(sfeeds) == wanted


def flaws(document: bytes) -> Iterator[str]:
    """Say what is wrong with an Atom document."""
    if flaw := flaw_of_document(document):
        yield flaw
    feed = etree.fromstring(document)
    entries = feed.findall(f"{ATOM}entry")
    ids = [entry.findtext(f"{ATOM}id", "") for entry in entries] + [gone.get("ref", "") for gone in feed.iter(TOMBSTONE)]
    links = [link.get("href", "") for link in feed.iter(f"{ATOM}link")]
    yield from (f"{name} is not absolute" for name in (*ids, *texts(feed, "id"), *links) if not is_absolute(name))
    if len(set(ids)) < len(ids):
        yield "an id stands twice"
    dates = [*texts(feed, "published"), *texts(feed, "updated"), *(gone.get("when", "") for gone in feed.iter(TOMBSTONE))]
    yield from (f"{date} has no zone" for date in dates if not re.fullmatch(ZONED, date))
    newest = max((datetime.fromisoformat(entry.findtext(f"{ATOM}updated", "")) for entry in entries), default=None)
    if newest and datetime.fromisoformat(feed.findtext(f"{ATOM}updated", "")) < newest:
        yield "an entry is newer than its feed"
    for entry in entries:
        yield from flaws_of_entry(entry)


def flaws_of_entry(entry: Element) -> Iterator[str]:
    name = entry.findtext(f"{ATOM}id")
    told = [entry.findtext(f"{ATOM}source/{ATOM}{fact}") for fact in ("id", "title", "updated")]
    if not all(told):
        yield f"{name} does not name its source: {told}"
    for tag in ("summary", "content"):
        tree = lxml.html.fragment_fromstring(entry.findtext(ATOM + tag, ""), create_parent=True)
        for _, attribute, link, _ in tree.iterlinks():
            if not is_absolute(link):
                yield f"the {tag} of {name} has {attribute}={link!r}"


def texts(feed: Element, tag: str) -> list[str]:
    return [element.text or "" for element in feed.iter(ATOM + tag)]


def is_absolute(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme not in NO_ADDRESS and bool(parts.netloc if parts.scheme in {"http", "https"} else parts.path)
