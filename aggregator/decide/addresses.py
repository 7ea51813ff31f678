"""Owns what the addresses within a text stand for, as far as it matters to whether the text changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable


def _none(_url: str) -> bool:
    return False


class Addresses(Struct, frozen=True):
    """What addresses in a text stand for: the *page* that a link leads to, the *file* that a picture shows; what is nobody's.

    The first two are the same for what is the same, and ``None`` where nothing is known of an address but its letters.
    """

    page: Callable[[str], str | None] = str
    file: Callable[[str], str | None] = str
    is_advertising: Callable[[str], bool] = _none
