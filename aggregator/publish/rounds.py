"""Owns the round: which files are out of date, in which order they are written, and what is noted of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, json, to_builtins
from msgspec.structs import replace

from aggregator import __version__
from aggregator.digests import blake2b
from aggregator.feedfiles import remove_stale
from aggregator.publish.files import File
from aggregator.publish.lists import listings
from aggregator.publish.paths import archive_path, feed_path, json_path, page_path
from aggregator.publish.standing import broken, folders_of
from aggregator.store import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aggregator.model import Category, Publication
    from aggregator.publish.press import Press
    from aggregator.publish.world import Publishing
    from aggregator.store import FeedState, Transaction

_TOGETHER = 200  # feeds whose publication is noted at once


class _Job(Struct, frozen=True, kw_only=True):
    """A feed that is out of date. *lost* are pages of its archive whose files are not as they were written."""

    category: Category
    lost: tuple[int, ...] = ()


class _Done(Struct, frozen=True, kw_only=True):
    """A feed that was published, its entries counted; the files, and which of them are which page of its archive."""

    category: Category
    files: tuple[Publication, ...]
    pages: tuple[tuple[int, int], ...]


def publish(world: Publishing, slugs: Sequence[str] = ()) -> tuple[str, ...]:
    """Bring the published files up to date, of the given categories or of all; return the paths that were written.

    Raises:
        NotFoundError: there is no category of such a slug.
        StoreError: the store cannot be read or written.
        OutputError: the output folder cannot be written; what was published before stays.
    """
    with world.store.read() as tx:
        gone = broken(tx, world)
        jobs = _jobs(tx, world, slugs, gone or frozenset())
    if not jobs and gone is None:
        return ()
    with world.store.write() as tx:
        tx.publications.begin(world.clock())
    written = [*_publish_feeds(world, jobs), *_publish_listings(world, gone or frozenset())]
    with world.store.write() as tx:
        tx.publications.look(folders_of(world), world.clock() if gone is not None else None)
    return tuple(written)


def differing(world: Publishing, slugs: Sequence[str] = ()) -> tuple[str, ...]:
    """Render everything anew and return the published files that are missing or are not what the store says; writes nothing.

    Raises:
        NotFoundError: there is no category of such a slug.
        StoreError: the store cannot be read.
        OutputError: a published file cannot be read.
    """
    with world.store.read() as tx:
        return tuple(file.path for file in _all_files(tx, world, slugs) if not file.is_there(world.output))


def _all_files(tx: Transaction, world: Publishing, slugs: Sequence[str]) -> Iterator[File]:
    from aggregator.publish.feeds import files_of  # noqa: PLC0415 - a run that publishes nothing new renders nothing
    from aggregator.publish.press import ATOM, JSON, Press  # noqa: PLC0415 - as above

    press = Press(world)
    for state in _chosen(tx, world, slugs):
        category = _counted(tx, state.category)
        yield from files_of(tx, press, category, tx.feeds.pages(category), {ATOM: {}, JSON: {}})
    everything, *categories = (state.category for state in _states(tx, world))
    for listing in listings(tx, world, everything, categories):
        yield File(path=listing.path, content=listing.render(), revision=listing.revision)


def _states(tx: Transaction, world: Publishing) -> tuple[FeedState, ...]:
    """Return all feeds: that of everything, and those of the categories by slug."""
    categories = tx.feeds.all()
    return (tx.feeds.everything(world.site.title, categories, feed_path(EVERYTHING)), *categories)


def _chosen(tx: Transaction, world: Publishing, slugs: Sequence[str]) -> tuple[FeedState, ...]:
    """Return the feeds of these categories, or of all; that of everything last."""
    everything, *categories = _states(tx, world)
    known = {state.category.slug: state for state in categories}
    wanted = [tx.categories.find(name).slug for name in slugs] or known
    return (*(known[slug] for slug in wanted), everything)


def _jobs(tx: Transaction, world: Publishing, slugs: Sequence[str], gone: frozenset[str]) -> list[_Job]:
    """Return what is out of date, or has lost some of its files."""
    jobs, inputs = [], _inputs(world)
    former = tx.feeds.moved() if gone else ()
    for state in _chosen(tx, world, slugs):
        category = state.category
        is_current = state.published_revision == category.revision and state.published_inputs == inputs
        slugs = (category.slug, *(slug for slug, now in former if now == category.slug))
        lost = tuple(n for n in tx.feeds.pages(category) if any(archive_path(s, n) in gone for s in slugs)) if gone else ()
        paths = (path_of(slug) for slug in slugs for path_of in (feed_path, json_path, page_path))
        if not is_current or lost or not gone.isdisjoint(paths):
            jobs.append(_Job(category=category, lost=lost))
    return jobs


def _publish_feeds(world: Publishing, jobs: Sequence[_Job]) -> list[str]:
    """Publish feeds; return the paths that were written."""
    if not jobs:
        return []
    from aggregator.publish.press import Press  # noqa: PLC0415 - as above

    press, written = Press(world), list[str]()
    for start in range(0, len(jobs), _TOGETHER):
        done = [_publish_feed(press, job, written) for job in jobs[start : start + _TOGETHER]]
        with world.store.write() as tx:
            for one in done:
                tx.publications.put(one.files)
                tx.feeds.published(one.category, _inputs(world), one.pages)
            for entry, flaw in press.flawed.values():
                tx.quarantine.add_unfit(entry, flaw, world.clock())
    return written


def _publish_feed(press: Press, job: _Job, written: list[str]) -> _Done:
    """Write the files of a feed, its archive first, and add to *written* the paths of those that changed."""
    from aggregator.publish.archives import seal  # noqa: PLC0415 - as above
    from aggregator.publish.feeds import files_of, kept_of  # noqa: PLC0415 - as above
    from aggregator.publish.press import ATOM  # noqa: PLC0415 - as above

    world, category = press.world, job.category
    with world.store.read() as tx:
        kept = kept_of(tx, world, category.slug)
        is_crowded = tx.feeds.crowd(category) >= 2 * world.entries
    if is_crowded:
        with world.store.write() as tx:
            seal(tx, press, category, kept[ATOM])
    with world.store.read() as tx:
        category = _counted(tx, category)
        pages = sorted({*job.lost, *tx.feeds.stale_pages(category)})
        files, done = files_of(tx, press, category, pages, kept), []
        for file in files:
            written += _written(world, file)
            done.append(file)
    inputs, now = _inputs(world), world.clock()
    return _Done(
        category=category,
        files=tuple(file.published(world.output, inputs, now) for file in done),
        pages=tuple((file.page, file.revision) for file in done if file.page is not None),
    )


def _publish_listings(world: Publishing, gone: frozenset[str]) -> list[str]:
    """Write those files that show no single feed and are out of date; return their paths."""
    inputs = _inputs(world)
    written, done = list[str](), []
    with world.store.read() as tx:
        everything, *categories = (state.category for state in _states(tx, world))
        wanted = list(listings(tx, world, everything, categories))
        last = tx.publications.of([listing.path for listing in wanted])
        for listing in wanted:
            known = last.get(listing.path)
            if known and (known.revision, known.inputs) == (listing.revision, inputs) and listing.path not in gone:
                continue
            file = File(path=listing.path, content=listing.render(), revision=listing.revision)
            written += _written(world, file)
            done.append(file.published(world.output, inputs, world.clock()))
    if done:
        with world.store.write() as tx:
            tx.publications.put(done)
    return written


def _written(world: Publishing, file: File) -> list[str]:
    remove_stale(world.output, [file.path])
    return [file.path] if file.write(world.output) else []


def _counted(tx: Transaction, category: Category) -> Category:
    """Return *category* with its entries counted; those of the feed of everything, which nobody is told, are not."""
    if category.slug == EVERYTHING:
        return category
    number, newest = tx.feeds.counted(category)
    return replace(category, entry_count=number, newest=newest)


def _inputs(world: Publishing) -> bytes:
    """Fingerprint all that goes into files besides entries, so that a changed title or program shows everywhere."""
    facts = [to_builtins(world.site), str(world.timezone), world.entries, world.full_content, world.live, __version__]
    return blake2b(json.encode(facts), digest_size=16).digest()
