"""Owns the files that show no single feed: the front page, the lists of feeds and sources, styles, and where feeds moved."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct, json

from aggregator.digests import blake2b
from aggregator.iris import tells_secret
from aggregator.publish.paths import (
    FEED_LIST,
    FEED_STYLE_SHEET,
    INDEX,
    REDIRECTS,
    SOURCE_LIST,
    STYLE_SHEET,
    feed_path,
    json_path,
    list_path,
    page_path,
)
from aggregator.publish.world import EPOCH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from aggregator.model import Category, Publication
    from aggregator.opml import OpmlFeed
    from aggregator.publish.world import Publishing
    from aggregator.store import Polled, Transaction

_LATEST = 12  # entries that the front page shows
_ON_FRONT, _ON_A_PAGE = 60, 200  # categories on it, and on each page of the list of all where these are not all


class Listing(Struct, frozen=True, kw_only=True):
    """A file that should exist: its *revision* changes with what it shows, and *render* makes its bytes."""

    path: str
    revision: int
    render: Callable[[], bytes]

    def is_current(self, last: Publication | None, inputs: bytes) -> bool:
        """Say whether what was published *last* was made of this and of *inputs*."""
        return last is not None and (last.revision, last.inputs) == (self.revision, inputs)


def listings(tx: Transaction, world: Publishing, everything: Category, categories: Sequence[Category]) -> Iterator[Listing]:
    """Yield the files that show no single feed, *categories* by slug; the front page last, since it leads to all else."""

    def index() -> bytes:
        from aggregator.pages import render_index  # noqa: PLC0415 - a run that publishes nothing new needs no templates

        shown, latest = _for_the_front(categories), tx.reading.newest(_LATEST)
        return render_index(world.site, world.timezone, shown, latest, count=len(categories), live=world.live)

    def style() -> bytes:
        from aggregator.pages import STYLE  # noqa: PLC0415 - as above

        return STYLE

    def feed_style() -> bytes:
        from aggregator.render import FEED_STYLE  # noqa: PLC0415 - as above

        return FEED_STYLE

    feeds = [(feed_path(category.slug), category.name) for category in (everything, *categories)]
    sources = [source for source in tx.sources.polled() if not _is_private(source, world)]
    moved = {path_of(old): path_of(now) for old, now in tx.feeds.moved() for path_of in (feed_path, json_path, page_path)}
    yield Listing(path=STYLE_SHEET, revision=0, render=style)
    yield Listing(path=FEED_STYLE_SHEET, revision=0, render=feed_style)
    yield Listing(path=REDIRECTS, revision=_fingerprint(moved), render=lambda: json.format(json.encode(moved)) + b"\n")
    yield Listing(path=SOURCE_LIST, revision=_fingerprint(sources), render=lambda: _source_list(world, sources))
    yield Listing(path=FEED_LIST, revision=_fingerprint(feeds), render=lambda: _feed_list(world, feeds))
    yield from _pages_of_all(world, categories)
    yield Listing(path=INDEX, revision=everything.revision, render=index)


def _for_the_front(categories: Sequence[Category]) -> Sequence[Category]:
    """Return what the front page shows: all *categories*, or of very many those with the newest entries, by slug too."""
    freshest = sorted(categories, key=lambda category: category.newest or EPOCH, reverse=True)
    return categories if len(categories) <= _ON_FRONT else sorted(freshest[:_ON_FRONT], key=lambda category: category.slug)


def _pages_of_all(world: Publishing, categories: Sequence[Category]) -> Iterator[Listing]:
    """Yield the pages that show all categories, where the front page does not. What one does not show does not change it."""
    if len(categories) <= _ON_FRONT:
        return
    runs = [categories[start : start + _ON_A_PAGE] for start in range(0, len(categories), _ON_A_PAGE)]
    starts = [run[0].slug for run in runs]
    for number, run in enumerate(runs, start=1):
        shown = [(category.slug, category.name, category.entry_count, category.newest) for category in run]
        render = partial(_page_of_all, world, run, number, starts)
        yield Listing(path=list_path(number), revision=_fingerprint((shown, starts)), render=render)


def _page_of_all(world: Publishing, categories: Sequence[Category], number: int, starts: Sequence[str]) -> bytes:
    from aggregator.pages import render_categories  # noqa: PLC0415 - as above

    return render_categories(world.site, world.timezone, categories, number, starts, live=world.live)


def _feed_list(world: Publishing, feeds: Sequence[tuple[str, str]]) -> bytes:
    from aggregator.opml import OpmlFeed  # noqa: PLC0415 - as above

    root = world.site.url
    return _opml(world, [OpmlFeed(url=root + path, title=name, site_url=root) for path, name in feeds])


def _source_list(world: Publishing, sources: Sequence[Polled]) -> bytes:
    from aggregator.opml import OpmlFeed  # noqa: PLC0415 - as above

    return _opml(
        world,
        [OpmlFeed(url=s.poll_url, title=s.title, site_url=s.site_url, categories=s.categories) for s in sources],
    )


def _opml(world: Publishing, feeds: Sequence[OpmlFeed]) -> bytes:
    from aggregator.opml import write_opml  # noqa: PLC0415 - as above

    return write_opml(world.site.title, feeds, None)


def _is_private(source: Polled, world: Publishing) -> bool:
    """Say whether the address of a source is not for everybody: who knows it may be let in by it."""
    return source.url in world.private or tells_secret(source.url) or tells_secret(source.poll_url)


def _fingerprint(shown: object) -> int:
    """Number what a list shows: equal for what is equal."""
    return int.from_bytes(blake2b(json.encode(shown), digest_size=6).digest())
