"""YAML as plain values, within limits: any document that the plain reader declines. The only module that knows yaml.

The values are built from the parser's events, so that the limits hold before anything is built: nested merge keys of 500
bytes cost minutes, 200,000 nested lists the process (safety.md, fact 15).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from aggregator.errors import SeedError
from aggregator.seeds.limits import DEEPEST, check_length, limit, too_deep
from aggregator.seeds.plain_yaml import NULLS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.seeds.front_matter import Value

MOST_EVENTS = 2_000

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(header: str, first_line: int) -> tuple[dict[str, Value], dict[str, int]]:
    """Return the values of *header*, and the lines of their keys if *first_line* is its first.

    Raises:
        SeedError: it is not acceptable YAML (``bad-front-matter``), as a :class:`LimitError` if it is too large.
    """
    reader = _Reader(first_line)
    return reader.read(header), reader.lines


class _Reader:
    """Builds values from YAML events, within limits, and remembers where the keys of the top level stand."""

    def __init__(self, first_line: int) -> None:
        self._first_line = first_line
        self.lines: dict[str, int] = {}

    def read(self, header: str) -> dict[str, Value]:
        """Return the values of *header*.

        Raises:
            SeedError: ``bad-front-matter``.
        """
        check_length(header, self._first_line)
        try:
            return self._document(self._events(header))
        except yaml.MarkedYAMLError as error:
            problem = error.problem or error.context or "it cannot be read"
            message = f"the front matter is not YAML: {problem}; quoting the value may help"
            raise self._error(message, _line_to_blame(error, header)) from error
        except yaml.YAMLError as error:
            raise self._error(f"the front matter is not YAML: {error}", 0) from error

    def _events(self, header: str) -> Iterator[yaml.Event]:
        for number, event in enumerate(yaml.parse(header, Loader=_Loader)):
            if number > MOST_EVENTS:
                raise limit(f"of more than {MOST_EVENTS:,} parts", self._first_line + _line(event))
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
            raise too_deep(self._first_line + _line(event))
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, depth)
        if isinstance(event, yaml.ScalarEvent):
            return None if event.implicit[0] and event.value in NULLS else str(event.value)
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
                self.lines[key] = self._first_line + _line(event)
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
