"""The front matter of a seed as plain values, with its lines. Does not know what the keys mean.

Every scalar stays the string it was written as: YAML 1.1 would make ``no`` a boolean, ``1:30`` a number and ``2024-13-45``
an error. Three readers for YAML, each for what the one before it declines: plain lines, YAML, and rescue. TOML and JSON have one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct, field

from aggregator.errors import SeedError
from aggregator.seeds.envelope import Syntax
from aggregator.seeds.limits import LimitError
from aggregator.seeds.plain_yaml import read_plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.seeds.envelope import Envelope

Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"
# Where Hugo and Zola want the keys of themes and taxonomies; what they mean outside, they mean inside as well.
_TABLES = ("params", "extra", "taxonomies")


class FrontMatter(Struct, frozen=True, kw_only=True):
    """The values of a seed's front matter, by key, and the lines (1-based, in the file) on which their keys stand.

    *flaw* says what is wrong with its YAML, if it had to be rescued.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    flaw: SeedError | None = None

    def text(self, *keys: str) -> str | None:
        """Return the first of *keys* that holds text, without the whitespace around it."""
        for key in keys:
            value = self.values.get(key)
            if isinstance(value, str) and (text := value.strip()):
                return text
        return None

    def key_of(self, *keys: str) -> str | None:
        """Return the first of *keys* that has a value at all."""
        for key in keys:
            if self.values.get(key) is not None:
                return key
        return None

    def where(self, path: str, key: str) -> str:
        """Return ``path:line`` of *key*, for messages."""
        return f"{path}:{self.lines[key]}" if key in self.lines else path

    def origin(self, key: str) -> str:
        """Say where *key* stands, for people."""
        return f"{key} in the front matter (line {self.lines.get(key, '?')})"


def read_front_matter(envelope: Envelope) -> FrontMatter:
    """Return the front matter of a seed that was taken apart; an empty one where there is none.

    Raises:
        SeedError: nothing of it can be read, or it overruns a limit (``bad-front-matter``); with the line.
    """
    header, first = envelope.header, envelope.first_line
    if not header:
        return FrontMatter()
    flaw = None
    if envelope.syntax is Syntax.YAML:
        values, lines, flaw = _read_any_yaml(header, first)
    else:
        from aggregator.seeds import typed  # noqa: PLC0415 - for archives of Hugo and Zola only

        values, lines = (typed.read_toml if envelope.syntax is Syntax.TOML else typed.read_json)(header, first)
    _open_tables(values, lines)
    return FrontMatter(values=values, lines=lines, flaw=flaw)


def _read_any_yaml(header: str, first: int) -> tuple[dict[str, Value], dict[str, int], SeedError | None]:
    """Return values, lines, and what is wrong with the YAML if it had to be rescued."""
    if plain := read_plain(header, first):
        return *plain, None
    from aggregator.seeds.rescue import rescue  # noqa: PLC0415 - as yaml, which takes 8 ms to load: most seeds need neither
    from aggregator.seeds.yaml_events import read_yaml  # noqa: PLC0415 - as above

    try:
        return *read_yaml(header, first), None
    except LimitError:
        raise
    except SeedError as flaw:
        values, lines = rescue(header, lambda chunk: read_yaml(chunk, first)[0])
        if not values:
            raise
        return values, {key: first + line for key, line in lines.items()}, flaw


def _open_tables(values: dict[str, Value], lines: dict[str, int]) -> None:
    """Put what is in a known table beside it, unless there is a key of that name already."""
    for name in _TABLES:
        table = values.get(name)
        if not isinstance(table, dict):
            continue
        for key, value in table.items():
            if values.get(key) is None:
                values[key] = value
                if name in lines:
                    lines.setdefault(key, lines[name])
