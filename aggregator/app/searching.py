"""Owns the use cases of whoever searches: the index is brought up to date in batches, outside of any other transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.clean.plain import rough_text_of
from aggregator.terms import phrases_of, terms_of

if TYPE_CHECKING:
    from aggregator.app.composition import App
    from aggregator.app.progress import Progress
    from aggregator.model import PublishedEntry
    from aggregator.store import Store

_BATCH = 1000  # half a second, in which nobody else can write


class Search(Struct, frozen=True, kw_only=True):
    """Search in titles and texts, on an open store."""

    app: App
    store: Store

    def catch_up(self, progress: Progress) -> None:
        """Take into the index what was stored since it was last brought up to date.

        Raises:
            StoreError: the store cannot be written.
        """
        with self.store.read() as tx:
            behind = tx.searching.behind()
        if behind:
            progress.begin("search index", behind)
        while behind > 0:
            with self.store.write() as tx:
                waiting = tx.searching.waiting(_BATCH)
                if not waiting:
                    return
                tx.searching.keep({text: terms_of(f"{text.title}\n\n{rough_text_of(text.html)}") for text in waiting})
            behind -= len(waiting)
            progress.advance(len(waiting))

    def find(self, words: str, limit: int, progress: Progress, called: str | None = None) -> tuple[PublishedEntry, ...]:
        """Return the newest entries that have all of *words* in title or text; of the category that is *called* so, or of all.

        Raises:
            NotFoundError: no category is called so.
            StoreError: the store cannot be read or written.
        """
        self.catch_up(progress)
        phrases = phrases_of(words)
        with self.store.read() as tx:
            category = tx.categories.find(called) if called is not None else None
            found = tx.searching.find(phrases, limit=limit, category=category) if phrases else ()
        return tuple(hit.entry for hit in found)
