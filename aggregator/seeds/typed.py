"""Front matter in TOML or JSON, as Hugo and Zola write it, as plain values like YAML's. The only module that knows tomllib.

Values become the text they were written as, or nearly: a date in TOML becomes one of ISO 8601. Neither language is rescued: what
is wrong in it stops Hugo as well, so that no published archive holds it. Keys may be written in any case, as Hugo allows.
"""

from __future__ import annotations

import json
import re
from datetime import date, time
from typing import TYPE_CHECKING

from aggregator.clean import xml_legal
from aggregator.errors import SeedError
from aggregator.seeds.limits import DEEPEST, check_length, too_deep

if TYPE_CHECKING:
    from aggregator.seeds.front_matter import Value

# The time that tomllib takes grows with the square of the parts of one key, and more: 64 KiB of them cost 16 s.
_DOTTED = re.compile(
    r"(?:^[ \t]*+\[{0,2}+|[{,])[ \t]*+"
    rf"(?:(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{DEEPEST}}}",
    re.MULTILINE | re.ASCII,
)
_TOML_KEY = re.compile(r"^[ \t]*(?:\[{1,2}[ \t]*)?[\"']?(?P<key>[\w-]{1,100})[\"']?[ \t]*[=.\]]", re.MULTILINE | re.ASCII)
_JSON_KEY = re.compile(r'"(?P<key>[^"\\\n]{1,100})"\s*:')
_TOML_PROBLEM = re.compile(r"(?P<problem>.*) \(at (?:line (?P<line>\d+), column \d+|end of document)\)", re.DOTALL)


def read_toml(header: str, first_line: int) -> tuple[dict[str, Value], dict[str, int]]:
    """Return the values of *header*, and the lines of their keys if *first_line* is its first.

    Raises:
        SeedError: it is not TOML 1.0 (``bad-front-matter``), as a :class:`LimitError` if it is too large.
    """
    import tomllib  # noqa: PLC0415 - 10 ms, for archives of Hugo and Zola only

    check_length(header, first_line)
    if dotted := _DOTTED.search(header):
        raise too_deep(first_line + header.count("\n", 0, dotted.start()))
    try:
        return _read(tomllib.loads(header), header, first_line, _TOML_KEY)
    except RecursionError as error:
        raise too_deep(first_line) from error
    except ValueError as error:  # besides tomllib's own, Python's for a number of thousands of digits
        found = _TOML_PROBLEM.fullmatch(str(error))
        line = int(found["line"]) - 1 if found and found["line"] else header.rstrip().count("\n") if found else 0
        problem = found["problem"] if found else "a number is too long"
        message = f"the front matter is not TOML: {problem}; texts are written in quotes"
        raise SeedError("bad-front-matter", message, line=first_line + line) from error


def read_json(header: str, first_line: int) -> tuple[dict[str, Value], dict[str, int]]:
    """Return the values of the JSON object *header*, and the lines of their keys if *first_line* is its first.

    Raises:
        SeedError: it is not JSON (``bad-front-matter``), as a :class:`LimitError` if it is too large.
    """
    check_length(header, first_line)
    try:
        return _read(json.loads(header, parse_int=str, parse_float=str), header, first_line, _JSON_KEY)
    except RecursionError as error:
        raise too_deep(first_line) from error
    except json.JSONDecodeError as error:
        message = f"the front matter is not JSON: {error.msg}; look for a missing comma, quote or brace"
        raise SeedError("bad-front-matter", message, line=first_line + error.lineno - 1) from error


def _read(
    found: dict[str, object], header: str, first_line: int, keys: re.Pattern[str]
) -> tuple[dict[str, Value], dict[str, int]]:
    values = {key: _plain(value, 1, first_line) for key, value in found.items()}
    values = {key.lower(): value for key, value in values.items()} | values
    lines: dict[str, int] = {}
    line, at = first_line, 0
    for key in keys.finditer(header):
        line += header.count("\n", at, key.start("key"))
        at = key.start("key")
        lines.setdefault(key["key"], line)
        lines.setdefault(key["key"].lower(), line)
    return values, lines


def _plain(value: object, depth: int, line: int) -> Value:
    if depth > DEEPEST:
        raise too_deep(line)
    if isinstance(value, dict):
        return {key: _plain(item, depth + 1, line) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, depth + 1, line) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else xml_legal(value.isoformat() if isinstance(value, date | time) else str(value))
