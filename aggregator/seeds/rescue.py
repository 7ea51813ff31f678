"""Front matter that is no YAML, read key by key: what people write who do not know that a colon or a tab means something.

Each key with the lines below it is tried as YAML of its own; where that fails too, its line is taken as it is written. So one
bad line costs that line's finer points only. Nothing is expanded and nothing nests, so no limit can be overrun.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aggregator.errors import SeedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.seeds.front_matter import Value

MOST_KEYS = 500
# `http://…` is no key.
_KEY = re.compile(r"[ \t]*(?P<key>[A-Za-z_][\w-]{0,99})[ \t]*[:：](?!//)[ \t]*(?P<value>.*)", re.ASCII)
_ITEM = re.compile(r"[ \t]*-[ \t]+(?P<value>.*)")
_QUOTES = "\"'"
_COMMA = re.compile("[,，、]")


def rescue(header: str, read: Callable[[str], dict[str, Value]]) -> tuple[dict[str, Value], dict[str, int]]:
    """Return what can be read of *header*, and the 0-based lines of the keys; *read* reads YAML, or raises SeedError."""
    values: dict[str, Value] = {}
    lines: dict[str, int] = {}
    for start, chunk in _chunks(header.split("\n"))[:MOST_KEYS]:
        found = _KEY.fullmatch(chunk[0])
        if found is None:
            continue
        try:
            read_values = read("\n".join(chunk) + "\n")
        except SeedError:
            read_values = {found["key"]: _literally(found["value"], chunk[1:])}
        values |= read_values
        lines |= dict.fromkeys(read_values, start)
    return values, lines


def _chunks(lines: list[str]) -> list[tuple[int, list[str]]]:
    """Return each key's lines with the number of the first; what is indented or a list item belongs to the key above it."""
    chunks: list[tuple[int, list[str]]] = []
    for number, line in enumerate(lines):
        begins = not line.startswith((" ", "-", "#")) and _KEY.fullmatch(line)
        if begins or not chunks:
            chunks.append((number, [line]))
        else:
            chunks[-1][1].append(line)
    return chunks


def _literally(value: str, below: list[str]) -> Value:
    """Return *value* as text, or as a list if it looks like one; an empty value is the list of the items *below* it."""
    value = value.strip()
    items = [found["value"] for line in below if (found := _ITEM.fullmatch(line))]
    if not value and items:
        return [_unquoted(item) for item in items]
    if value.startswith("[") and (value.endswith("]") or "]" not in value):
        parts = _COMMA.split(value[1:].removesuffix("]"))
        return [_unquoted(part) for part in parts if part.strip()]
    return _unquoted(value)


def _unquoted(value: str) -> str:
    """Remove quotes around *value*, or one that is open at its start."""
    value = value.strip()
    first = value[:1]
    if first and first in _QUOTES:
        if len(value) > 1 and value.endswith(first):
            return value[1:-1].replace(f"\\{first}", first)
        if first not in value[1:]:
            return value[1:]
    return value
