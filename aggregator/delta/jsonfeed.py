"""JSON Feed: owns where its items are, and what of the rest bears on them. They are objects of their own, so that is little."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from aggregator.delta.pieces import MOST_ITEMS, Surroundings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_BLANK = re.compile(r"[ \t\r\n]*")

# Tolerant as parse is. Numbers stay text: Python would refuse one of thousands of digits.
_VALUES = json.JSONDecoder(strict=False, parse_int=str, parse_float=str, parse_constant=str)


class JsonPieces(Struct, frozen=True, kw_only=True):
    """A JSON Feed up to the first of its *items*, these without the commas, and what follows the last. *language* is its own."""

    head: bytes
    items: tuple[bytes, ...]
    tail: bytes
    language: object

    def document(self, numbers: Collection[int]) -> bytes:
        """Join the items of these *numbers* to a feed."""
        return self.head + b",".join(self.items[number - 1] for number in sorted(numbers)) + self.tail

    def surroundings(self) -> Surroundings | None:
        """Return what items inherit: the language."""
        return Surroundings(context=json.dumps(["json", self.language]), inherited=(b"",) * len(self.items))

    def are_isolated(self, numbers: Collection[int]) -> bool:  # noqa: ARG002 - true of all
        """Say that they are: JSON has no names, bases or languages that reach from one object into another."""
        return True


def split(text: str) -> JsonPieces | None:
    """Take a JSON Feed apart; ``None`` if it is not valid, or has no items, too many, or several lists of them."""
    try:
        members = list(_members(text))
    except (ValueError, RecursionError):
        return None
    lists = [value for key, value in members if key == "items"]
    if len(lists) != 1 or not isinstance(lists[0], _Spans):
        return None
    spans = lists[0]
    return JsonPieces(
        head=text[: spans[0][0]].encode(),
        items=tuple(text[start:end].encode() for start, end in spans),
        tail=text[spans[-1][1] :].encode(),
        language=dict(members).get("language"),
    )


class _Spans(list[tuple[int, int]]):
    """Where each element of a list starts and ends; never empty."""


def _members(text: str) -> Iterator[tuple[str, Any]]:
    """Yield the members of the object that is *text*; of a list called ``items``, where its elements are."""
    at = _after(text, 0, "{")
    while True:
        if text[at : at + 1] != '"':
            raise ValueError(text[at:])
        key, at = _VALUES.raw_decode(text, at)
        at = _after(text, _blank(text, at), ":")
        value, at = _spans(text, at) if key == "items" and text[at : at + 1] == "[" else _VALUES.raw_decode(text, at)
        yield key, value
        at = _blank(text, at)
        if text[at : at + 1] == "}":
            break
        at = _after(text, at, ",")
    if at + 1 != len(text):
        raise ValueError(text[at:])


def _spans(text: str, at: int) -> tuple[_Spans, int]:
    spans = _Spans()
    at = _after(text, at, "[")
    while True:
        _, end = _VALUES.raw_decode(text, at)
        spans.append((at, end))
        if len(spans) > MOST_ITEMS:
            raise ValueError(MOST_ITEMS)
        at = _blank(text, end)
        if text[at : at + 1] == "]":
            return spans, at + 1
        at = _after(text, at, ",")


def _after(text: str, at: int, sign: str) -> int:
    if text[at : at + 1] != sign:
        raise ValueError(text[at : at + 1])
    return _blank(text, at + 1)


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at
