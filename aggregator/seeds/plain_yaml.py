"""The part of YAML in which most front matter is written, read line by line: keys with plain or quoted values and lists.

A YAML parser costs more than everything else that is done to a short seed. What is read here is exactly what the parser
would have read (a property test proves it); whatever is not surely of this subset is declined, by returning ``None``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aggregator.seeds.front_matter import Value

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
# Shorter than this, no header has more parts than the limit of the parser allows.
MOST_CHARACTERS = 1_900

_DECLINED = "\t\u2028\u2029\ufeff"  # tabs, other line ends and byte order marks mean something to YAML
_PLAIN = r"[^\s\-?:,\[\]{}#&*!|>'\"%@`][^\n]*?"
_SCALAR = rf"(?:\"(?P<double>[^\"\\\n]*)\"|'(?P<single>[^'\n]*)'|(?P<plain>{_PLAIN})) *\n"
_KEY = r"(?P<key>[A-Za-z_][A-Za-z0-9_-]{0,99}):"
_TOP = re.compile(rf"{_KEY}(?: +(?:\[(?P<flow>[^\n]*)\] *\n|{_SCALAR})| *\n)")
_ITEM = re.compile(rf"(?P<indent> *)- +{_SCALAR}")
_NESTED = re.compile(rf"(?P<indent> +){_KEY}(?: +{_SCALAR}| *\n)")
_SKIPPED = re.compile(r"(?:#[^\n]*)?\n| +\n")
_PART = re.compile(
    r" *(?:\"(?P<double>[^\"\\]*)\"|'(?P<single>[^']*)'|(?P<plain>[^\s\-?:,\[\]{}#&*!|>'\"%@`][^,\[\]{}:#?'\"]*)) *(?:,|$)"
)


def read_plain(header: str, first_line: int) -> tuple[dict[str, Value], dict[str, int]] | None:
    """Return the values of *header*, whose lines all end in a newline, and the lines of their keys, or ``None``.

    *first_line* is the number of the header's first line.
    """
    if len(header) > MOST_CHARACTERS or any(map(header.__contains__, _DECLINED)):
        return None
    values: dict[str, Value] = {}
    lines: dict[str, int] = {}
    reader = _Lines(header, first_line)
    while not reader.ended:
        line = reader.number
        found = reader.take(_TOP)
        if found is None:
            if reader.skip():
                continue
            return None
        key, last = found["key"], found.lastgroup
        try:
            if last == "key":
                values[key] = reader.block()
            elif last == "flow":
                values[key] = _flow(found["flow"])
            else:
                values[key] = _scalar(found)
        except _DeclinedError:
            return None
        lines[key] = line
    return values, lines


class _DeclinedError(Exception):
    """This is for the YAML parser."""


class _Lines:
    """The lines of a header, read from the top."""

    __slots__ = ("_at", "_text", "number")

    def __init__(self, text: str, first: int) -> None:
        self._text = text
        self._at = 0
        self.number = first

    @property
    def ended(self) -> bool:
        """Whether all was read."""
        return self._at == len(self._text)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Read one line that *pattern* describes."""
        found = pattern.match(self._text, self._at)
        if found:
            self._at = found.end()
            self.number += 1
        return found

    def skip(self) -> bool:
        """Read a blank line or a comment."""
        return self.take(_SKIPPED) is not None

    def block(self) -> Value:
        """Read what is below a key without a value: a list, a mapping, or nothing."""
        while self.skip():
            pass
        if found := self.take(_ITEM):
            return self._items(found)
        if found := self.take(_NESTED):
            return self._mapping(found)
        return None

    def _items(self, found: re.Match[str] | None) -> list[Value]:
        items: list[Value] = []
        indent = found["indent"] if found else ""
        while found:
            if found["indent"] != indent:
                raise _DeclinedError
            items.append(_scalar(found))
            while self.skip():
                pass
            found = self.take(_ITEM)
        return items

    def _mapping(self, found: re.Match[str] | None) -> dict[str, Value]:
        values: dict[str, Value] = {}
        indent = found["indent"] if found else ""
        while found:
            if found["indent"] != indent:
                raise _DeclinedError
            values[found["key"]] = _scalar(found) if found.lastgroup not in {"key", "indent"} else None
            while self.skip():
                pass
            found = self.take(_NESTED)
        return values


def _scalar(found: re.Match[str]) -> str | None:
    """Return the value that *found* holds, quoted or plain."""
    last = found.lastgroup
    text: str = found[last or "plain"]
    if last != "plain":
        return text
    if ": " in text or " #" in text or text.endswith(":"):
        raise _DeclinedError
    return None if text in NULLS else text


def _flow(text: str) -> list[Value]:
    """Return the items of ``[a, 'b', "c"]`` between the brackets."""
    items: list[Value] = []
    at = 0
    if not text.strip(" "):
        return items
    while found := _PART.match(text, at):
        plain = found["plain"]
        value = plain.rstrip(" ") if plain is not None else found[found.lastgroup or "plain"]
        items.append(None if plain is not None and value in NULLS else value)
        at = found.end()
        if at == len(text) and not text.endswith(","):
            return items
    raise _DeclinedError
