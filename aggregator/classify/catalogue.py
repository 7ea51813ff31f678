"""Owns the list of all rules that are in force: where the configuration has each, what it does, and how entries name it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.classify.conditions import shown
from aggregator.classify.replay import Stale
from aggregator.classify.rules import UNNAMED, reasons
from aggregator.classify.screens import blocking_reason, keeping_reason
from aggregator.classify.slugs import name_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aggregator.classify.book import RuleBook
    from aggregator.classify.rules import CategoryRules
    from aggregator.classify.screens import Hiding


class Rule(Struct, frozen=True, kw_only=True):
    """A rule in force. *location* is the path of keys and list positions to it in the configuration.

    *reason* is what entries bear that it placed or hid; ``None`` where it leaves no trace on any. *is_applied*: to what is
    stored as well, and not only to what comes.
    """

    location: tuple[str | int, ...]
    does: str
    says: str
    reason: str | None
    is_applied: bool


def catalogue(book: RuleBook, feeds: Sequence[str], stale: Stale | None) -> Iterator[Rule]:
    """Yield the rules of *book*; *feeds* are the URLs of those of the configuration, *stale* is what is not applied yet."""
    waiting = stale or Stale()
    for index, rule in enumerate(book.categories):
        yield from _of_category(rule, index, is_applied=not rule.names & waiting.names)
    yield Rule(
        location=("default_category",),
        does=f"puts into {book.default}",
        says="what no rule or source puts into another",
        reason=UNNAMED,
        is_applied=name_key(book.default) not in waiting.names,
    )
    yield from _of_screen(book.screen.site, (), None, is_applied=not waiting.site)
    for index, url in enumerate(feeds):
        if hiding := book.screen.feeds.get(url):
            yield from _of_screen(hiding, ("feeds", index), url, is_applied=url not in waiting.feeds)


def _of_category(rule: CategoryRules, index: int, *, is_applied: bool) -> Iterator[Rule]:
    said = {
        "tags": [f"tag = {tag}" for tag in rule.tags],
        "include": map(shown, rule.include),
        "exclude": map(shown, rule.exclude),
    }
    for which, lines in said.items():
        for number, (says, reason) in enumerate(zip(lines, reasons(rule, which), strict=True)):
            yield Rule(
                location=("categories", index, which, number),
                does=f"{'keeps out of' if which == 'exclude' else 'puts into'} {rule.category}",
                says=says,
                reason=None if which == "exclude" else reason,
                is_applied=is_applied,
            )


def _of_screen(hiding: Hiding, place: tuple[str | int, ...], url: str | None, *, is_applied: bool) -> Iterator[Rule]:
    whose = f" of {url}" if url else ""
    for number, line in enumerate(hiding.block):
        yield Rule(
            location=(*place, "block", number),
            does=f"hides{whose} what it holds for",
            says=shown(line),
            reason=blocking_reason(number, line, url),
            is_applied=is_applied,
        )
    if hiding.keep:
        yield Rule(
            location=(*place, "keep"),
            does=f"hides all{whose} but what a line holds for",
            says="; or ".join(map(shown, hiding.keep)),
            reason=keeping_reason(url),
            is_applied=is_applied,
        )
