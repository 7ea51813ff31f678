"""Owns the files of one feed: the feed, its twin in JSON, pages of its archive, and its page for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.model import FeedHead
from aggregator.publish.archives import archive_document
from aggregator.publish.files import File, as_published
from aggregator.publish.parts import Kept, document, index, kept_parts
from aggregator.publish.paths import archive_path, feed_path, json_path, page_path
from aggregator.publish.press import ATOM, JSON, Form, Press
from aggregator.publish.world import EPOCH
from aggregator.render import atom_frame, atom_tombstone, flaw_of_document, json_frame
from aggregator.store import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from aggregator.model import Category, Publication
    from aggregator.publish.world import Publishing
    from aggregator.store import Standing, Transaction

_BETWEEN = {ATOM: b"", JSON: b",\n"}


def kept_of(tx: Transaction, world: Publishing, slug: str) -> dict[Form, Kept]:
    """Return what was rendered for the files of a feed, as far as they lie there as they were published."""
    paths = {ATOM: feed_path(slug), JSON: json_path(slug)}
    last = tx.publications.of(list(paths.values()))
    return {form: _kept(world, last.get(path)) for form, path in paths.items()}


def _kept(world: Publishing, known: Publication | None) -> Kept:
    return kept_parts(as_published(world.output, known.path), known.digest, known.parts) if known else {}


def feed_files(tx: Transaction, press: Press, category: Category, kept: Mapping[Form, Kept]) -> Iterator[File]:
    """Yield the files of the feed of *category* as they should be, but for its archive; of former slugs, too.

    *kept* is what was rendered of it before.
    """
    standing = tx.feeds.standing(category)
    deleted = tx.feeds.deleted(category, press.world.entries)
    head = _head(tx, press.world, category, standing)
    parts = press.parts(tx, standing, kept)
    before, after = atom_frame(head)
    frames = {ATOM: (b"".join((before, *map(atom_tombstone, deleted))), after), JSON: json_frame(head)}
    if flaw := flaw_of_document(b"".join(frames[ATOM])):
        raise AssertionError(f"the frame of {head.feed_url}: {flaw}")
    slugs = [category.slug, *tx.feeds.former(category)]
    for form, path_of in ((ATOM, feed_path), (JSON, json_path)):
        content = document(frames[form], _BETWEEN[form], parts[form])
        where = index(frames[form][0], _BETWEEN[form], parts[form])
        for slug in slugs:
            yield File(path=path_of(slug), content=content, revision=category.revision, parts=where)
    if category.slug != EVERYTHING:
        yield from _pages(tx, press.world, category, slugs)


def archive_files(tx: Transaction, press: Press, category: Category, pages: Iterable[int]) -> Iterator[File]:
    """Yield pages of the archive of *category* as they should be.

    Of a former slug's archive, those pages that were seen there: what is withdrawn is withdrawn from them too.
    """
    head, pages = _head(tx, press.world, category, ()), list(pages)
    former = tx.feeds.former(category)
    seen = tx.publications.of([archive_path(slug, number) for slug in former for number in pages]) if former else ()
    for number in pages:
        page = tx.feeds.page(category, number)
        content = archive_document(tx, press, category, head, page)
        paths = (archive_path(slug, number) for slug in (category.slug, *former))
        shown = (path for index, path in enumerate(paths) if not index or path in seen)
        yield from (File(path=path, content=content, revision=page.revision, page=number) for path in shown)


def _pages(tx: Transaction, world: Publishing, category: Category, slugs: list[str]) -> Iterator[File]:
    from aggregator import pages  # noqa: PLC0415 - a run that publishes nothing new needs no templates

    shown = tx.reading.newest_of(category, world.entries)
    content = pages.render_category(world.site, world.timezone, category, shown, live=world.live)
    yield File(path=page_path(category.slug), content=content, revision=category.revision)
    for slug in slugs[1:]:
        moved = pages.render_moved(world.site, category)
        yield File(path=page_path(slug), content=moved, revision=category.revision)


def _head(
    tx: Transaction,
    world: Publishing,
    category: Category,
    standing: Collection[Standing],
) -> FeedHead:
    """Say what a feed says of itself. Its date never goes back: what was withdrawn or archived counts as well."""
    site, slug = world.site, category.slug
    number, archived = tx.feeds.last_page(category) or (0, EPOCH)
    dates = [*(entry.updated for entry in standing), tx.feeds.withdrawn_at(category) or EPOCH]
    return FeedHead(
        site=site,
        atom_id=category.atom_id,
        title=category.name if category.name == site.title else f"{category.name} · {site.title}",
        subtitle=site.subtitle,
        feed_url=site.url + feed_path(slug),
        json_url=site.url + json_path(slug),
        page_url=site.url + ("" if slug == EVERYTHING else f"c/{slug}/"),
        updated=max((*dates, archived)),
        archive_url=site.url + archive_path(slug, number) if number else None,
    )
