"""Owns one round of publishing: changed categories → bytes → files. What did not change is neither rendered nor written."""

from __future__ import annotations

import functools
import hashlib
import html
import json
from typing import TYPE_CHECKING

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from aggregator import __version__
from aggregator.digests import blake2b
from aggregator.feedfiles import read_published, remove_stale, stat_of, write_if_changed
from aggregator.model import FeedContent, Publication
from aggregator.store import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path
    from types import ModuleType
    from zoneinfo import ZoneInfo

    from aggregator.model import Category, PublishedEntry, Site
    from aggregator.store import Store, Transaction

_LATEST = 12  # entries that the front page shows


class Publishing(Struct, frozen=True, kw_only=True):
    """What publishing needs from outside. *entries* is the length of a feed; without *full_content* only summaries go out."""

    store: Store
    output: Path
    site: Site
    timezone: ZoneInfo
    entries: int
    full_content: bool
    clock: Callable[[], datetime]


class _Target(Struct, frozen=True, kw_only=True):
    """A file that should exist: what it shows has this *revision*, and *render* makes its bytes."""

    path: str
    revision: int
    render: Callable[[], bytes]


def publish(world: Publishing, slugs: Sequence[str] = ()) -> tuple[str, ...]:
    """Bring the published files up to date, of the given categories or of all; return the paths that were written.

    Raises:
        NotFoundError: there is no category of such a slug.
        StoreError: the store cannot be read or written.
        OutputError: the output folder cannot be written; what was published before stays.
    """
    inputs = _inputs(world)
    with world.store.read() as tx:
        last = tx.publications.all()
        targets = list(_targets(tx, world, slugs))
        remove_stale(world.output, [target.path for target in targets])
        stale = [t for t in targets if not _is_current(t, last.get(t.path), inputs, world)]
        if stale:
            with world.store.write() as begun:
                begun.publications.begin(world.clock())
        done, written = [], []
        for target in stale:
            content = target.render()
            if write_if_changed(world.output, target.path, content):
                written.append(target.path)
            done.append(_publication(target, content, inputs, world))
    if done:
        with world.store.write() as tx:
            tx.publications.put(done)
    return tuple(written)


def differing(world: Publishing, slugs: Sequence[str] = ()) -> tuple[str, ...]:
    """Render everything anew and return the published files that are missing or are not what the store says; writes nothing.

    Raises:
        NotFoundError: there is no category of such a slug.
        StoreError: the store cannot be read.
        OutputError: a published file cannot be read.
    """
    with world.store.read() as tx:
        return tuple(t.path for t in _targets(tx, world, slugs) if read_published(world.output, t.path) != t.render())


def feed_path(slug: str) -> str:
    """Return the path of a category's feed under the output folder and the site's URL."""
    return f"feeds/{slug}.atom"


def page_path(slug: str) -> str:
    """Return the path of a category's page under the output folder."""
    return f"c/{slug}/index.html"


def _targets(tx: Transaction, world: Publishing, slugs: Sequence[str]) -> Iterator[_Target]:
    categories = tx.categories.all()
    for category in [tx.categories.find(slug) for slug in slugs] or categories:
        yield from _category_targets(tx, world, category)
    everything = tx.categories.everything(world.site.title, categories)

    @functools.cache  # as below
    def newest() -> tuple[PublishedEntry, ...]:
        return tx.reading.newest(max(world.entries, _LATEST))

    yield _feed_target(world, everything, lambda: newest()[: world.entries])
    yield _Target(
        path="index.html",
        revision=everything.revision,
        render=lambda: _pages().render_index(world.site, world.timezone, categories, newest()[:_LATEST]),
    )
    yield _Target(path="style.css", revision=0, render=lambda: _pages().STYLE)


def _category_targets(tx: Transaction, world: Publishing, category: Category) -> Iterator[_Target]:
    @functools.cache  # feed and page show the same entries: read once, and only if one of them is rendered
    def newest() -> tuple[PublishedEntry, ...]:
        return tx.reading.newest_of(category, world.entries)

    yield _feed_target(world, category, newest)
    yield _Target(
        path=page_path(category.slug),
        revision=category.revision,
        render=lambda: _pages().render_category(world.site, world.timezone, category, newest()),
    )


def _feed_target(world: Publishing, category: Category, newest: Callable[[], tuple[PublishedEntry, ...]]) -> _Target:
    site = world.site

    def bytes_of_feed() -> bytes:
        from aggregator.render import render  # noqa: PLC0415 - a run that publishes nothing new imports no renderer

        named = category.name if category.name == site.title else f"{category.name} · {site.title}"
        page = "" if category.slug == EVERYTHING else f"c/{category.slug}/"
        return render(
            FeedContent(
                site=site,
                atom_id=category.atom_id,
                title=named,
                feed_url=site.url + feed_path(category.slug),
                page_url=site.url + page,
                entries=tuple(_shown(entry, world) for entry in newest()),
            )
        )

    return _Target(path=feed_path(category.slug), revision=category.revision, render=bytes_of_feed)


def _pages() -> ModuleType:
    from aggregator import pages  # noqa: PLC0415 - as above

    return pages


def _shown(entry: PublishedEntry, world: Publishing) -> PublishedEntry:
    if world.full_content or not entry.url:  # without a link the text is all there is
        return entry
    from aggregator.pages.excerpt import excerpt  # noqa: PLC0415 - as above

    return replace(entry, content=None, summary=entry.summary or html.escape(excerpt(entry.content or "")))


def _is_current(target: _Target, last: Publication | None, inputs: bytes, world: Publishing) -> bool:
    """Say whether a file was made of just this, and lies there still."""
    return (
        last is not None
        and (last.revision, last.inputs) == (target.revision, inputs)
        and stat_of(world.output, target.path) == (last.size, last.mtime_ns)
    )


def _publication(target: _Target, content: bytes, inputs: bytes, world: Publishing) -> Publication:
    _, mtime_ns = stat_of(world.output, target.path) or (0, 0)
    return Publication(
        path=target.path,
        digest=hashlib.sha256(content).digest(),
        size=len(content),
        mtime_ns=mtime_ns,
        revision=target.revision,
        inputs=inputs,
        published_at=world.clock(),
    )


def _inputs(world: Publishing) -> bytes:
    """Fingerprint all that goes into the files besides the entries, so that a changed title or program shows everywhere."""
    facts = [to_builtins(world.site), str(world.timezone), world.entries, world.full_content, __version__]
    return blake2b(json.dumps(facts).encode(), digest_size=16).digest()
