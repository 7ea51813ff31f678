"""The front matter of a seed: where it begins and ends, and its YAML as plain values. Does not know what the keys mean.

Every scalar stays the string it was written as: YAML 1.1 would make ``no`` a boolean, ``1:30`` a number and
``2024-13-45`` an error. The values are built from the parser's events, so that the limits hold before anything is built:
nested merge keys of 500 bytes cost minutes, 200,000 nested lists the process (safety.md, fact 15).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import yaml

from aggregator.clean import xml_legal
from aggregator.errors import SeedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_BYTES = 64 * 1024
MOST_EVENTS = 2_000
DEEPEST = 20

Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_CLOSING = re.compile(r"(?:---|\.\.\.)[ \t]*")
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """The values of a seed's front matter, by key, and the lines (1-based, in the file) on which their keys stand."""

    values: Mapping[str, Value] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)

    def text(self, *keys: str) -> str | None:
        """Return the first of *keys* that holds text, without the whitespace around it."""
        for key in keys:
            value = self.values.get(key)
            if isinstance(value, str) and value.strip():
                return value.strip()
        return None

    def where(self, path: str, key: str) -> str:
        """Return ``path:line`` of *key*, for messages."""
        return f"{path}:{self.lines[key]}" if key in self.lines else path


def split(data: bytes) -> tuple[FrontMatter, str]:
    """Return the front matter and the body of the seed *data*.

    A byte order mark, CRLF line ends and blank lines before the opening ``---`` are accepted.

    Raises:
        SeedError: the file is not UTF-8 (``not-utf8``), has no front matter (``no-front-matter``), one that does not end
            (``unterminated-front-matter``), or one that is not acceptable YAML (``bad-front-matter``); with the line.
    """
    lines = _decode(data).split("\n")
    opening = next((number for number, line in enumerate(lines) if line.strip()), None)
    if opening is None or lines[opening].rstrip() != "---":
        raise SeedError("no-front-matter", "no front matter; begin the file with a line of three hyphens", line=1)
    closing = next((n for n in range(opening + 1, len(lines)) if _CLOSING.fullmatch(lines[n])), None)
    if closing is None:
        message = "the front matter does not end; close it with a line of three hyphens"
        raise SeedError("unterminated-front-matter", message, line=opening + 1)
    header = "\n".join(lines[opening + 1 : closing]) + "\n"
    return _Reader(opening + 2).read(header), "\n".join(lines[closing + 1 :])


def _decode(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SeedError("not-utf8", "not UTF-8; convert the file", line=line) from error
    return xml_legal(text)


class _Reader:
    """Builds values from YAML events, within limits, and remembers where the keys of the top level stand."""

    def __init__(self, first_line: int) -> None:
        self._first_line = first_line
        self._lines: dict[str, int] = {}

    def read(self, header: str) -> FrontMatter:
        """Return the values of *header*.

        Raises:
            SeedError: ``bad-front-matter``.
        """
        if len(header.encode()) > MOST_BYTES:
            raise self._error(f"the front matter is longer than {MOST_BYTES // 1024} KiB", 0)
        try:
            values = self._document(self._events(header))
        except yaml.MarkedYAMLError as error:
            problem = error.problem or error.context or "it cannot be read"
            message = f"the front matter is not YAML: {problem}; quoting the value may help"
            raise self._error(message, _line_to_blame(error, header)) from error
        except yaml.YAMLError as error:
            raise self._error(f"the front matter is not YAML: {error}", 0) from error
        return FrontMatter(values=values, lines=self._lines)

    def _events(self, header: str) -> Iterator[yaml.Event]:
        for number, event in enumerate(yaml.parse(header, Loader=_Loader)):
            if number > MOST_EVENTS:
                raise self._refused(f"the front matter has more than {MOST_EVENTS:,} parts", event)
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise self._refused("anchors and aliases are not allowed in front matter", event)
            if getattr(event, "tag", None):
                raise self._refused("tags such as !!python are not allowed in front matter", event)
            yield event

    def _document(self, events: Iterator[yaml.Event]) -> dict[str, Value]:
        next(events)  # the stream's start
        event = next(events)
        if isinstance(event, yaml.StreamEndEvent):
            return {}
        value = self._value(events, next(events), 0)
        if value is not None and not isinstance(value, dict):
            raise self._error("the front matter is no list of `key: value`", 0)
        next(events)  # the document's end
        event = next(events)
        if not isinstance(event, yaml.StreamEndEvent):
            raise self._refused("the front matter holds a second YAML document", event)
        return value or {}

    def _value(self, events: Iterator[yaml.Event], event: yaml.Event, depth: int) -> Value:
        if depth > DEEPEST:
            raise self._refused(f"the front matter is nested deeper than {DEEPEST}", event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, depth)
        if isinstance(event, yaml.ScalarEvent):
            return None if event.implicit[0] and event.value in _NULLS else str(event.value)
        raise self._refused("a value in the front matter cannot be read", event)

    def _sequence(self, events: Iterator[yaml.Event], depth: int) -> list[Value]:
        values = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            values.append(self._value(events, event, depth + 1))
        return values

    def _mapping(self, events: Iterator[yaml.Event], depth: int) -> dict[str, Value]:
        values = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._refused("a key in the front matter is not text", event)
            key = str(event.value)
            if depth == 0:
                self._lines[key] = self._first_line + _line(event)
            values[key] = self._value(events, next(events), depth + 1)
        return values

    def _refused(self, message: str, event: yaml.Event) -> SeedError:
        return self._error(message, _line(event))

    def _error(self, message: str, line: int) -> SeedError:
        """Make an error for the 0-based *line* of the header."""
        in_file = self._first_line + line
        return SeedError("bad-front-matter", message, line=in_file)


def _line_to_blame(error: yaml.MarkedYAMLError, header: str) -> int:
    """Return the 0-based line of *header* that is wrong: where it was noticed, or what was never closed before the end."""
    mark = error.problem_mark
    if mark is None or mark.line >= header.count("\n"):
        mark = error.context_mark or mark
    return mark.line if mark else 0


def _line(event: yaml.Event) -> int:
    return event.start_mark.line if event.start_mark else 0
