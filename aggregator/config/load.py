"""Owns the way from a file and an environment to a valid configuration, or to every problem in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aggregator.config.consistency import contradictions
from aggregator.config.environment import override
from aggregator.config.flaws import Flaw, Location, Origin, written
from aggregator.config.reading import FlawsError
from aggregator.config.sections import CONFIG
from aggregator.config.yaml_tree import UnreadableYamlError, read_yaml
from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aggregator.config.schema import Config

# 10,000 subscriptions take about 1 MB; more than this is not a configuration.
_MAX_BYTES = 16 * 1024**2


def load(path: Path, environ: Mapping[str, str]) -> Config:
    """Read the configuration at *path*, overridden by the ``AGGREGATOR_…`` variables of *environ*.

    An empty file is all defaults. Relative paths are relative to the file's folder, whoever gives them.

    Raises:
        ConfigError: anything is wrong; every problem is in it, as ``config.yaml:12: feeds[3].url: what is wrong``, with
            *path* as it was given, or as ``environment: AGGREGATOR_STORE: what is wrong``.
    """
    data, origins, flaws = _read_file(path)
    flaws.extend(override(data, origins, environ))
    flaws.extend(contradictions(data))
    try:
        config = CONFIG(data)
    except FlawsError as error:
        flaws.extend(error.flaws)
    if flaws:
        raise ConfigError(written(flaws, origins, str(path)))
    return config.within(path.absolute().parent)


def _read_file(path: Path) -> tuple[dict[str, Any], dict[Location, Origin], list[Flaw]]:
    """Return the top-level mapping of the file, where each value stands, and what is wrong already."""
    try:
        tree = read_yaml(_read_text(path))
    except UnreadableYamlError as error:
        raise ConfigError([f"{path}:{error.line}: {error}"]) from error
    if tree.value is not None and not isinstance(tree.value, dict):
        raise ConfigError([f"{path}:{tree.lines[()]}: must be a mapping of keys to values, such as 'output: public/'"])
    origins = {location: Origin(line=line) for location, line in tree.lines.items()}
    return tree.value or {}, origins, list(tree.flaws)


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    if len(raw) > _MAX_BYTES:
        raise ConfigError([f"{path}: is larger than {_MAX_BYTES // 1024**2} MiB; is it a configuration?"])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{path}:{line}: is not UTF-8 (byte 0x{raw[error.start]:02x}); save the file as UTF-8"]) from error
