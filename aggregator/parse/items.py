"""What holds for the items of every format: how many are read, where they stand, when one says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from aggregator.model import Candidate, Reject, Remark
from aggregator.parse.fields import excerpt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Item = TypeVar("Item")

# The longest honest feeds, whole archives, carry some thousand; a document of 15 MiB can hold a million.
ITEM_LIMIT = 20_000


class Gathered(Struct, frozen=True, kw_only=True):
    """The items of a document. *flaw* is ``item-cap`` where there are more than we read."""

    candidates: tuple[Candidate, ...]
    rejects: tuple[Reject, ...]
    flaw: Remark | None


def gather(items: Sequence[Item], read_one: Callable[[Item, str], Candidate | Reject]) -> Gathered:
    """Read the first :data:`ITEM_LIMIT` of *items*, each with its place; one reject (``item-cap``) stands for all beyond."""
    results = [read_one(item, f"item {number}") for number, item in enumerate(items[:ITEM_LIMIT], start=1)]
    flaw = None
    if (excess := len(items) - ITEM_LIMIT) > 0:
        flaw = Remark(code="item-cap", message=f"{excess} items beyond the first {ITEM_LIMIT} of the document were not read")
        results.append(Reject(place=f"item {ITEM_LIMIT + 1}", code=flaw.code, message=flaw.message, count=excess))
    return Gathered(
        candidates=tuple(result for result in results if isinstance(result, Candidate)),
        rejects=tuple(result for result in results if isinstance(result, Reject)),
        flaw=flaw,
    )


def unless_empty(candidate: Candidate, raw: object) -> Candidate | Reject:
    """Reject a *candidate* that tells a reader nothing and cannot be told from others; *raw* is kept for people to look at."""
    if candidate.title or candidate.url or candidate.guid or candidate.summary or candidate.content:
        return candidate
    message = "the item has no title, no text, no link and no id"
    return Reject(place=candidate.place, code="empty-item", message=message, raw=excerpt(raw))
