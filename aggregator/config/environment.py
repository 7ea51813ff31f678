"""Owns how environment variables override the file: ``AGGREGATOR_STORE``, ``AGGREGATOR_PUBLISH__ENTRIES``.

A double underscore goes one level down; the value is read as YAML, so a list is ``[a, b]``. A variable that is set to
nothing counts as not set. Paths are relative to the file's folder, as in the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.config.flaws import Flaw, Location, Origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX = "AGGREGATOR_"
_STORE, _STORE_FILE = "AGGREGATOR_STORE", "AGGREGATOR_STORE_FILE"
# Read elsewhere: by locate, by the clock, and by the tests.
_NOT_KEYS = frozenset({"AGGREGATOR_CONFIG", "AGGREGATOR_CLOCK_FILE", _STORE_FILE})
_NOT_KEY_PREFIXES = ("AGGREGATOR_TEST_", "AGGREGATOR_REQUIRE_")


def override(data: dict[str, Any], origins: dict[Location, Origin], environ: Mapping[str, str]) -> Iterator[Flaw]:
    """Put the values of *environ* into *data*, and where they came from into *origins*; yield what cannot be done."""
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable in _NOT_KEYS or variable.startswith(_NOT_KEY_PREFIXES):
            continue
        if environ[variable].strip():
            yield from _read_variable(data, origins, variable, environ[variable])
    if file := environ.get(_STORE_FILE):
        yield from _read_secret(data, origins, file, environ)


def _read_variable(data: dict[str, Any], origins: dict[Location, Origin], variable: str, text: str) -> Iterator[Flaw]:
    from aggregator.config.yaml_tree import UnreadableYamlError, read_yaml  # noqa: PLC0415 - see aggregator.config.kept

    location = tuple(variable.removeprefix(PREFIX).lower().split("__"))
    origin = Origin(variable=variable, location=location)
    try:
        tree = read_yaml(text)
    except UnreadableYamlError as error:
        yield Flaw(message=str(error), origin=origin)
        return
    yield from (Flaw(location=(*location, *flaw.location), message=flaw.message, origin=origin) for flaw in tree.flaws)
    yield from _place(data, origins, origin, tree.value)


def _read_secret(data: dict[str, Any], origins: dict[Location, Origin], file: str, environ: Mapping[str, str]) -> Iterator[Flaw]:
    """Read the store's URL from a file, as container platforms hand over secrets; it is not YAML."""
    origin = Origin(variable=_STORE_FILE, location=("store",))
    if environ.get(_STORE, "").strip():
        yield Flaw(message=f"{_STORE} is set as well; set one of them", origin=origin)
        return
    try:
        secret = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        yield Flaw(message=f"cannot read {file}: {reason}", origin=origin)
        return
    yield from _place(data, origins, origin, secret)


def _place(data: dict[str, Any], origins: dict[Location, Origin], origin: Origin, value: Any) -> Iterator[Flaw]:
    """Set *value* at the origin's location, making the mappings on the way."""
    *above, last = map(str, origin.location)
    target = data
    for depth, key in enumerate(above, start=1):
        if target.get(key) is None:
            target[key] = {}
            origins[origin.location[:depth]] = origin
        if not isinstance(target[key], dict):
            whole = f"{PREFIX}{'__'.join(above[:depth]).upper()}"
            yield Flaw(message=f"{'.'.join(above[:depth])} is not a mapping; set all of it with {whole}", origin=origin)
            return
        target = target[key]
    target[last] = value
    for below in [location for location in origins if location[: len(origin.location)] == origin.location]:
        del origins[below]
    origins[origin.location] = origin
