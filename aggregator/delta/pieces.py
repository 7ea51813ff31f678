"""Owns what every format has in common: a document in pieces, and what is to be found out about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Collection

# What is remembered of more would no longer be small beside the document. Below parse's own limit, so that none goes unread.
MOST_ITEMS = 10_000


class Surroundings(Struct, frozen=True, kw_only=True):
    """What there is around the items of a document.

    *context* is all that bears on how each of them is read; *inherited* is what each of them gets besides from an item before
    it. *fixed* are the numbers of the items that may not be left out: how a later item is read depends on them, or how they are
    read on where they stand.
    """

    context: str
    inherited: tuple[bytes, ...]
    fixed: frozenset[int] = frozenset()


class Pieces(Protocol):
    """A document taken apart at the borders of its items. Items are numbered from 1, as in ``Candidate.place``."""

    @property
    def items(self) -> tuple[bytes, ...]:
        """The items, in UTF-8, in the order of the document."""

    def document(self, numbers: Collection[int]) -> bytes:
        """The document, in UTF-8, with the items of these *numbers* only."""

    def surroundings(self) -> Surroundings | None:
        """What is around the items; ``None`` if it is not understood."""

    def are_isolated(self, numbers: Collection[int]) -> bool:
        """Whether the items of these *numbers* bear on no other, except as the surroundings tell."""
