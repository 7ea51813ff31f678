"""Owns the round: which files are out of date, in which order they are written, and what is noted of it.

Where something is in the way of a file, its feed stays out of date, and the next round tries again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, json, to_builtins
from msgspec.structs import replace

from aggregator import __version__
from aggregator.digests import blake2b
from aggregator.feedfiles import Written, prepare, remove_stale, write
from aggregator.publish.files import File
from aggregator.publish.lists import listings
from aggregator.publish.paths import INDEX, archive_path, feed_path, json_path, page_path
from aggregator.publish.standing import FOLDERS, broken, folders_of
from aggregator.store import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from aggregator.model import Category
    from aggregator.publish.parts import Kept
    from aggregator.publish.press import Form, Press
    from aggregator.publish.world import Publishing
    from aggregator.store import Transaction

_NEEDED = ("feeds", "c")  # folders, without which nothing can be published
_TOGETHER = 20  # feeds, or pages of an archive, that are written at once


class _Job(Struct, frozen=True, kw_only=True):
    """A feed that is out of date. *lost* are pages of its archive whose files are not as they were written."""

    category: Category
    lost: tuple[int, ...] = ()


def publish(world: Publishing, slugs: Sequence[str] = ()) -> Written:
    """Bring the published files up to date, of the given categories or of all; return which were written, and which could not be.

    Raises:
        NotFoundError: there is no category of such a slug.
        StoreError: the store cannot be read or written.
        OutputError: the output folder cannot be written; what was published before stays.
    """
    inputs = _inputs(world)
    with world.store.read() as tx:
        looked, obstructed = broken(tx, world), tx.publications.obstacles()
        # the front page counts what is published: it told less of those feeds
        gone = (looked or frozenset()).union(obstructed, [INDEX] if obstructed else ())
        jobs = _jobs(tx, world, slugs, gone, inputs)
    if not (jobs or obstructed) and looked is None:
        return Written()
    prepare(world.output, _NEEDED)
    with world.store.write() as tx:
        tx.publications.begin(world.clock())
        tx.feeds.reframe(_archive_inputs(world))
    if looked is not None:
        remove_stale(world.output, FOLDERS)
    done = [*_publish_feeds(world, jobs, inputs), _publish_listings(world, gone, inputs)]
    if not slugs:  # else some that are gone may not have been looked for
        with world.store.write() as tx:
            tx.publications.look(folders_of(world), world.clock() if looked is not None else None)
    obstacles = {path: why for some in done for path, why in some.obstacles.items()}
    return Written(tuple(path for some in done for path in some.paths), obstacles)


def differing(world: Publishing, slugs: Sequence[str] = ()) -> tuple[str, ...]:
    """Render everything anew and return the published files that are missing or are not what the store says; writes nothing.

    Raises:
        NotFoundError: there is no category of such a slug.
        StoreError: the store cannot be read.
        OutputError: a published file cannot be read.
    """
    with world.store.read() as tx:
        return tuple(file.path for file in _all_files(tx, world, slugs) if not file.is_as_published(world.output))


def _all_files(tx: Transaction, world: Publishing, slugs: Sequence[str]) -> Iterator[File]:
    from aggregator.publish.feeds import archive_files, feed_files  # noqa: PLC0415 - a run that publishes nothing renders nothing
    from aggregator.publish.press import ATOM, JSON, Press  # noqa: PLC0415 - as above

    press = Press(world)
    everything = tx.feeds.everything(world.site.title)
    for category in (*_named(tx, slugs), everything):
        yield from archive_files(tx, press, category, tx.feeds.pages(category))
        yield from feed_files(tx, press, _counted(tx, category), {ATOM: {}, JSON: {}})
    for listing in listings(tx, world, everything, tx.feeds.all()):
        yield File(path=listing.path, content=listing.render(), revision=listing.revision)


def _named(tx: Transaction, slugs: Sequence[str]) -> tuple[Category, ...]:
    return tuple(map(tx.categories.find, slugs)) if slugs else tx.feeds.all()


def _jobs(tx: Transaction, world: Publishing, slugs: Sequence[str], gone: frozenset[str], inputs: bytes) -> list[_Job]:
    """Return what is out of date, or has lost some of its files; the feed of everything last."""
    everything = tx.feeds.everything(world.site.title)
    stale = {category.id: category for category in tx.feeds.stale(inputs)}
    if not tx.feeds.is_current(everything, feed_path(EVERYTHING), inputs):
        stale[everything.id] = everything
    jobs = []
    former = tx.feeds.moved() if gone else ()
    # where nothing is gone and nobody asks for some, those that are not stale need not be looked at
    for category in (*_named(tx, slugs), everything) if gone or slugs else stale.values():
        every = (category.slug, *(slug for slug, now in former if now == category.slug))
        lost = tuple(n for n in tx.feeds.pages(category) if any(archive_path(s, n) in gone for s in every)) if gone else ()
        paths = (path_of(slug) for slug in every for path_of in (feed_path, json_path, page_path))
        if category.id in stale or lost or not gone.isdisjoint(paths):
            jobs.append(_Job(category=category, lost=lost))
    return jobs


def _publish_feeds(world: Publishing, jobs: Sequence[_Job], inputs: bytes) -> Iterator[Written]:
    """Publish feeds, some at a time; yield what came of that."""
    if not jobs:
        return
    from aggregator.publish.feeds import feed_files  # noqa: PLC0415 - as above
    from aggregator.publish.press import Press  # noqa: PLC0415 - as above

    press = Press(world)
    for start in range(0, len(jobs), _TOGETHER):
        made: list[tuple[Category, list[File]]] = []
        for job in jobs[start : start + _TOGETHER]:
            kept = _sealed(press, job.category)
            yield from _publish_archive(press, job, inputs)
            with world.store.read() as tx:
                if tx.feeds.has_unseen_pages(job.category):
                    continue  # the feed would lead to a page that never was there; as it is, it still has those entries
                category = _counted(tx, job.category)
                made.append((category, list(feed_files(tx, press, category, kept))))
        files = [file for _, some in made for file in some]
        done = write(world.output, [file.new for file in files])
        yield done
        with world.store.write() as tx:
            _note(tx, world, files, done, inputs)
            for category, some in made:
                if done.obstacles.keys().isdisjoint(file.path for file in some):
                    tx.feeds.published(category, inputs)
            for entry, flaw in press.flawed.values():
                tx.quarantine.add_unfit(entry, flaw, world.clock())


def _sealed(press: Press, category: Category) -> dict[Form, Kept]:
    """Move what is too much for a feed into its archive; return what was rendered of the feed before."""
    from aggregator.publish.archives import seal  # noqa: PLC0415 - as above
    from aggregator.publish.feeds import kept_of  # noqa: PLC0415 - as above
    from aggregator.publish.press import ATOM  # noqa: PLC0415 - as above

    with press.world.store.read() as tx:
        kept = kept_of(tx, press.world, category.slug)
        is_crowded = tx.feeds.crowd(category) >= 2 * press.world.entries
    if is_crowded:
        with press.world.store.write() as tx:
            seal(tx, press, category, kept[ATOM])
    return kept


def _publish_archive(press: Press, job: _Job, inputs: bytes) -> Iterator[Written]:
    """Write the pages of an archive that are new or changed, before anything leads to them; yield what came of that."""
    from aggregator.publish.feeds import archive_files  # noqa: PLC0415 - as above

    world = press.world
    with world.store.read() as tx:
        pages = sorted({*job.lost, *tx.feeds.stale_pages(job.category)})
    for start in range(0, len(pages), _TOGETHER):
        with world.store.read() as tx:
            files = list(archive_files(tx, press, job.category, pages[start : start + _TOGETHER]))
        done = write(world.output, [file.new for file in files])
        yield done
        late = {file.page for file in files if file.path in done.obstacles}  # at one of the feed's addresses, present or former
        with world.store.write() as tx:
            _note(tx, world, files, done, inputs)
            there = [(file.page, file.revision) for file in files if file.page and file.page not in late]
            tx.feeds.published_pages(job.category, there)


def _publish_listings(world: Publishing, gone: Collection[str], inputs: bytes) -> Written:
    """Write those files that show no single feed and are out of date."""
    with world.store.read() as tx:
        wanted = list(listings(tx, world, tx.feeds.everything(world.site.title), tx.feeds.all()))
        last = tx.publications.of([listing.path for listing in wanted])
        files = [
            File(path=listing.path, content=listing.render(), revision=listing.revision)
            for listing in wanted
            if not listing.is_current(last.get(listing.path), inputs) or listing.path in gone
        ]
    done = write(world.output, [file.new for file in files])
    if files:
        with world.store.write() as tx:
            _note(tx, world, files, done, inputs)
    return done


def _note(tx: Transaction, world: Publishing, files: Sequence[File], done: Written, inputs: bytes) -> None:
    """Note which of *files* are published as they should be now, and what is in the way of the others."""
    there = [file for file in files if file.path not in done.obstacles]
    tx.publications.put([file.published(world.output, inputs, world.clock()) for file in there])
    tx.publications.obstruct([file.path for file in files], done.obstacles)


def _counted(tx: Transaction, category: Category) -> Category:
    """Return *category* with its entries counted; those of the feed of everything, which nobody is told, are not."""
    if category.slug == EVERYTHING:
        return category
    number, newest = tx.feeds.counted(category)
    return replace(category, entry_count=number, newest=newest)


def _archive_inputs(world: Publishing) -> str:
    """Fingerprint what goes into pages of archives besides entries: neither the program's version nor the hubs."""
    return blake2b(json.encode(to_builtins(replace(world.site, hubs=()))), digest_size=16).hexdigest()


def _inputs(world: Publishing) -> bytes:
    """Fingerprint all that goes into files besides entries, so that a changed title or program shows everywhere."""
    facts = [to_builtins(world.site), str(world.timezone), world.entries, world.full_content, world.live, __version__]
    return blake2b(json.encode(facts), digest_size=16).digest()
