"""What holds for the items of every format: how many are read, where they stand, when one says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from aggregator.model import Candidate, Reject
from aggregator.parse.fields import excerpt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Item = TypeVar("Item")

# Ten times what the longest honest feeds carry; a document of 15 MiB can hold a million.
ITEM_LIMIT = 2000


def gather(
    items: Sequence[Item], read_one: Callable[[Item, str], Candidate | Reject]
) -> tuple[tuple[Candidate, ...], tuple[Reject, ...]]:
    """Read the first :data:`ITEM_LIMIT` of *items*, each with its place; all beyond are one reject (``item-cap``)."""
    results = [read_one(item, f"item {number}") for number, item in enumerate(items[:ITEM_LIMIT], start=1)]
    if (excess := len(items) - ITEM_LIMIT) > 0:
        message = f"{excess} items beyond the first {ITEM_LIMIT} of the document were not read"
        results.append(Reject(place=f"item {ITEM_LIMIT + 1}", code="item-cap", message=message))
    candidates = tuple(result for result in results if isinstance(result, Candidate))
    rejects = tuple(result for result in results if isinstance(result, Reject))
    return candidates, rejects


def unless_empty(candidate: Candidate, raw: object) -> Candidate | Reject:
    """Reject a *candidate* that tells a reader nothing and cannot be told from others; *raw* is kept for people to look at."""
    if candidate.title or candidate.url or candidate.guid or candidate.summary or candidate.content:
        return candidate
    message = "the item has no title, no text, no link and no id"
    return Reject(place=candidate.place, code="empty-item", message=message, raw=excerpt(raw))
