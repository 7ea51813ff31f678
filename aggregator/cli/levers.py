"""Owns what somebody could do about an entry, as its account tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.model import Hider
from aggregator.model.copying import COPIED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.app.editing import Account


def levers(account: Account) -> Iterator[str]:
    """Yield what somebody could do about it."""
    story = account.story
    number, url = story.entry.id, next((s.url for s in story.sightings if s.url), None)
    if story.hidden is None:
        yield f"`aggregator entry hide {number}` takes it out of all feeds and pages, also when it comes again"
    else:
        yield f"`aggregator entry restore {number}` shows it again, and no rule hides it from then on"
        if story.hidden.by is Hider.RULE:
            yield "so does another rule in place of the one that hides it, and `aggregator rules apply`; `rules list` shows all"
    if story.entry.source_kind != "seeds" and url:
        yield "a seed with this link as its source would speak for it, in place of the feed"
    for copy in story.sightings:
        if copy.rule == COPIED:
            parts = f"`aggregator entry split {number} {copy.url or copy.id}`"
            yield f"{parts} makes an entry of its own of what {copy.source_name} says"
    others = [s.source_name for s in story.sightings if not s.speaks and s.ended_at is None]
    if others:
        speaker = next(s.source_name for s in story.sightings if s.speaks)
        yield f"if {speaker} had it no longer, the next change by {others[0]} would be what subscribers get"
    yield "`categories:` in the configuration, and that of a feed, say by rules which entries are in which category"
    if url:
        yield "`identity:` in the configuration says which links are one article; `aggregator alias test URL…` shows it at work"
