"""Owns what leaves a feed for its archive (RFC 5005, section 4), and the documents that the archive consists of.

A feed holds at least as many entries as it should show. Once it holds twice as many, the oldest become a page of the archive,
which stays as it is from then on, but for what is withdrawn from it. So whoever reads the feed and follows the pages finds
each entry once, whatever is published meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.model import ArchiveHead
from aggregator.publish.parts import sealed, unsealed
from aggregator.publish.paths import archive_path
from aggregator.publish.press import ATOM
from aggregator.publish.world import EPOCH
from aggregator.render import archive_frame, atom_tombstone
from aggregator.store import ArchivePage

if TYPE_CHECKING:
    from aggregator.model import Category, FeedHead
    from aggregator.publish.parts import Kept
    from aggregator.publish.press import Press
    from aggregator.store import Transaction

_TOGETHER = 50  # pages that are sealed at once: a first import of very many entries does not fill the memory


def seal(tx: Transaction, press: Press, category: Category, kept: Kept) -> None:
    """Move what is too much for the feed of *category* into pages of its archive, the oldest first.

    *kept* is what was rendered of it before. An entry that cannot be shown leaves with those around it.
    """
    size = press.world.entries
    number, updated = tx.feeds.last_page(category) or (0, EPOCH)
    last = number + tx.feeds.crowd(category) // size - 1
    while number < last:
        oldest = tx.feeds.oldest(category, min(last - number, _TOGETHER) * size)
        pages: list[tuple[ArchivePage, list[int]]] = []
        for start in range(0, len(oldest), size):
            leaving = oldest[start : start + size][::-1]  # a page shows its newest entry first, as feeds do
            number += 1
            updated = max(updated, *(entry.updated for entry in leaving))
            parts = press.parts(tx, leaving, {ATOM: kept})[ATOM]
            press.remember_page(category.id, number, parts)
            body = sealed(parts)
            following = number + 1 if number < last else None
            page = ArchivePage(page=number, next_page=following, updated=updated, body=body)
            pages.append((page, [entry.entry_id for entry in leaving]))
        tx.feeds.seal(category, pages, press.world.clock())


def archive_document(tx: Transaction, press: Press, category: Category, head: FeedHead, page: ArchivePage) -> bytes:
    """Return a page of the archive of *category*, whose feed has this *head*: what was withdrawn stands there as that."""
    root, slug = head.site.url, category.slug
    parts = press.remembered_page(category.id, page.page) or unsealed(page.body)
    gone = tx.feeds.deleted_of(category, list(parts))
    own = ArchiveHead(
        feed=head,
        page_url=root + archive_path(slug, page.page),
        updated=page.updated,
        previous_url=root + archive_path(slug, page.page - 1) if page.page > 1 else None,
        next_url=root + archive_path(slug, page.next_page) if page.next_page else None,
    )
    unseen = gone.keys() | tx.feeds.left_out(category, page.page)
    shown = [content for entry_id, content in parts.items() if entry_id not in unseen]
    before, after = archive_frame(own)
    return b"".join((before, *map(atom_tombstone, gone.values()), *shown, after))
