"""Owns reading YAML as configuration: plain values, the line of each, and no surprises. The only module here that knows yaml.

Scalars stay text, and the schema decides what they mean: a category may be called ``no``, ``017`` is not octal and ``1:30``
is not ninety. Anchors, aliases and tags are refused and nesting is limited, so that no document can make itself larger than
it is or overflow the stack (PyYAML itself crashes on 200,000 nested brackets, and merge keys take exponential time).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml
from msgspec import Struct, field

from aggregator.config.flaws import Flaw, Location, Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_DEPTH = 20
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})  # https://yaml.org/spec/1.2.2/#10211-null


class UnreadableYamlError(Exception):
    """This is not YAML, or not YAML that we take; carries the 1-based *line*."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class YamlTree(Struct, frozen=True, kw_only=True):
    """A document: its *value* (dict, list, str or None), the *lines* of its parts, and its *flaws*."""

    value: Any
    lines: dict[Location, int]
    flaws: tuple[Flaw, ...] = ()


def read_yaml(text: str) -> YamlTree:
    """Read the one document in *text*; an empty one has the value ``None``.

    Duplicate keys, anchors, aliases and tags are flaws of the result, since the rest can still be checked.

    Raises:
        UnreadableYamlError: the text cannot be understood any further.
    """
    reader = _Reader(events=_content_events(text))
    first = next(reader.events, None)
    value = None if first is None else reader.node(first, ())
    if extra := next(reader.events, None):
        raise UnreadableYamlError("a second document begins here; only one is read", _line(extra))
    return YamlTree(value=value, lines=reader.lines, flaws=tuple(reader.flaws))


def _content_events(text: str) -> Iterator[yaml.Event]:
    """Yield the events that carry content, with YAML's errors translated."""
    framing = (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if not isinstance(event, framing):
                yield event
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise UnreadableYamlError(f"not valid YAML: {_explained(error, text, line)}", line) from error
    except yaml.reader.ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        raise UnreadableYamlError(f"not valid YAML: {error.reason}", line) from error
    except UnicodeEncodeError as error:  # undecodable bytes of the environment arrive as lone surrogates
        raise UnreadableYamlError("not valid UTF-8", 1) from error


def _explained(error: yaml.MarkedYAMLError, text: str, line: int) -> str:
    lines = text.split("\n")
    if line <= len(lines) and re.match(r" *\t", lines[line - 1]):
        return "indent with spaces, not with tabs"
    mark = error.context_mark
    begun = f"(begun on line {mark.line + 1})" if mark and mark.line + 1 != line else None
    return " ".join(filter(None, (error.problem, error.context, begun)))


class _Reader(Struct, kw_only=True):
    """Turns events into values; remembers lines and flaws on the way."""

    events: Iterator[yaml.Event]
    lines: dict[Location, int] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)

    def node(self, event: yaml.Event, location: Location) -> Any:
        """Return the value that *event* begins."""
        self.lines.setdefault(location, _line(event))
        self._refuse_indirection(event, location)
        if isinstance(event, yaml.ScalarEvent):
            return None if event.implicit[0] and event.value in _NULLS else event.value
        if isinstance(event, yaml.CollectionStartEvent) and len(location) >= _MAX_DEPTH:
            raise UnreadableYamlError(f"nested deeper than {_MAX_DEPTH} levels", _line(event))
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(location)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(location)
        return None  # an alias, which is a flaw already

    def _sequence(self, location: Location) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, (*location, len(items))))
        return items

    def _mapping(self, location: Location) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = event.value if isinstance(event, yaml.ScalarEvent) else None
            here = (*location, key or "")
            if key is None:
                self._flaw(event, location, "a key must be plain text")
                self.node(event, (*location, "?"))
            elif key in values:
                self._flaw(event, here, f"duplicate key, first on line {self.lines[here]}")
                here = (*location, "?")  # read past it, and keep the line of the first
            else:
                self._refuse_indirection(event, here)
                self.lines[here] = _line(event)
            value = self.node(next(self.events), here)
            if key is not None:
                values.setdefault(key, value)
        return values

    def _refuse_indirection(self, event: yaml.Event, location: Location) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._flaw(event, location, "anchors (&) and aliases (*) are not allowed; write the value out, or put it in quotes")
        elif getattr(event, "tag", None):
            self._flaw(event, location, "tags (!) are not allowed; put a text that begins with ! in quotes")

    def _flaw(self, event: yaml.Event, location: Location, message: str) -> None:
        self.flaws.append(Flaw(location=location, message=message, origin=Origin(line=_line(event))))


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
