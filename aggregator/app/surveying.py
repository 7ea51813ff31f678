"""Owns the use case that lists the rules in force: where each stands, what it does, and to how many entries it did it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator import config
from aggregator.classify.catalogue import catalogue

if TYPE_CHECKING:
    from aggregator.app.composition import App
    from aggregator.store import Store


class ListedRule(Struct, frozen=True, kw_only=True):
    """A rule with *where* it stands, and how many stored *entries* it placed or hid; ``None`` of one that leaves no trace."""

    where: str
    does: str
    says: str
    entries: int | None
    is_applied: bool


def survey(app: App, store: Store) -> tuple[ListedRule, ...]:
    """Return the rules about categories and hiding that are in force, in the order of the configuration's sections.

    An entry counts for the first rule that put it into a category, or hides it.
    """
    place = config.places(app.config_path, app.environ)
    with store.read() as tx:
        stale, counts = tx.shelving.stale(), tx.shelving.reasons()
    feeds = [subscription.url for subscription in app.config.subscriptions]
    return tuple(
        ListedRule(
            where=place(rule.location),
            does=rule.does,
            says=rule.says,
            entries=counts.get(rule.reason, 0) if rule.reason else None,
            is_applied=rule.is_applied,
        )
        for rule in catalogue(app.rule_book, feeds, stale)
    )
