"""Owns the use cases of whoever looks after single entries: hidden, shown again, and the account of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.errors import UsageError
from aggregator.model import Hidden, Hider, Placement, Quarantined, Revision, Story

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.app.composition import App
    from aggregator.store import Store
    from aggregator.urls import Step


class Account(Struct, frozen=True, kw_only=True):
    """All that can be told of one entry.

    *history* is what is kept of what each carrier said, by the carrier's id. *roads* are the steps from each carrier's link to
    its key, by the link, as the rules are now. *sharing* are the other entries that have a link, by the link's key, and
    *by_link* is that key if the entry was asked for by a link. *asked* is the
    number of an entry that was merged into this one, if it was asked for by that one's number or id.
    """

    story: Story
    history: Mapping[int, tuple[Revision, ...]]
    roads: Mapping[str, tuple[Step, ...]]
    sharing: Mapping[str, tuple[int, ...]]
    placements: tuple[Placement, ...]
    quarantined: tuple[Quarantined, ...]
    asked: int | None = None
    by_link: str | None = None


class Editing(Struct, frozen=True, kw_only=True):
    """What is asked of single entries, on an open store. An entry is given as :meth:`Stories.find` takes it."""

    app: App
    store: Store

    def story(self, what: str) -> Story:
        """Return what is known of an entry.

        Raises:
            NotFoundError: there is none.
        """
        with self.store.read() as tx:
            return tx.stories.story(what, self.app.key_of(what))

    def hide(self, what: str, reason: str | None) -> Story:
        """Show an entry to nobody any more; return it as it was. One that is hidden already gets the new reason.

        Raises:
            NotFoundError: there is none.
        """
        with self.store.write() as tx:
            story = tx.stories.story(what, self.app.key_of(what))
            hidden = Hidden(at=self.app.clock(), by=Hider.OPERATOR, reason=reason)
            tx.tombstones.hide({story.entry.id}, hidden)
            return story

    def restore(self, what: str) -> Story:
        """Show a hidden entry again, whatever rules say; return it as it was.

        The caller holds the lock, as for :meth:`Tombstones.restore`.

        Raises:
            NotFoundError: there is none.
            UsageError: it is not hidden.
        """
        with self.store.write() as tx:
            story = tx.stories.story(what, self.app.key_of(what))
            if story.hidden is None:
                raise UsageError(f"entry {story.entry.id} is not hidden; `aggregator entry list --hidden` shows those that are")
            tx.tombstones.restore({story.entry.id}, self.app.clock())
            return story

    def history(self, what: str) -> tuple[Story, Mapping[int, tuple[Revision, ...]]]:
        """Return an entry with what is kept of what each carrier said of it, by the carrier's id.

        Raises:
            NotFoundError: there is none.
        """
        with self.store.read() as tx:
            story = tx.stories.story(what, self.app.key_of(what))
            return story, tx.stories.history(story.entry.id)

    def account(self, what: str) -> Account:
        """Return all that can be told of an entry.

        Raises:
            NotFoundError: there is none.
        """
        from aggregator.publish import feed_path  # noqa: PLC0415 - most commands render nothing
        from aggregator.urls import explain  # noqa: PLC0415 - as above

        wanted = self.app.config
        with self.store.read() as tx:
            by_link = self.app.key_of(what)
            story = tx.stories.story(what, by_link)
            history = tx.stories.history(story.entry.id)
            categories = tx.categories.all()
            everything = tx.categories.everything(wanted.site.title, categories)
            placements = tx.stories.placements(story, (*categories, everything), feed_path)
            came_as = (kept[0].url for kept in history.values())
            links = dict.fromkeys(url for url in (*(s.url for s in story.sightings), *came_as) if url)
            url_keys = {s.url_key for s in story.sightings if s.url_key}
            return Account(
                story=story,
                history=history,
                roads={link: explain(link, wanted.url_rules) for link in links},
                sharing=tx.stories.sharing(story.entry.id, url_keys),
                placements=tuple(placements),
                quarantined=tx.stories.quarantined(story.entry.id),
                asked=next((number for number, atom_id in story.merged if what in {str(number), atom_id}), None),
                by_link=by_link if by_link in url_keys else None,
            )
