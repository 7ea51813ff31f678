"""Owns the way from a file and an environment to a valid configuration, or to every problem in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aggregator.config import kept
from aggregator.config.consistency import contradictions
from aggregator.config.environment import override
from aggregator.config.flaws import Flaw, Location, Origin, placed, written
from aggregator.config.reading import FlawsError
from aggregator.config.sections import CONFIG
from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
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
    text = _read_text(path)
    config = _recalled(path, text, environ) or _read(path, text, environ)
    return config.within(path.absolute().parent)


def places(path: Path, environ: Mapping[str, str]) -> Callable[[Location], str]:
    """Return what tells where a value of a valid configuration stands, as ``config.yaml:12: feeds[3].url``.

    Raises:
        ConfigError: the file cannot be read any more.
    """
    data, origins, _ = _read_yaml(path, _read_text(path))
    for _ in override(data, origins, environ):
        pass  # flaws, of which a valid configuration has none
    return lambda location: placed(location, origins, str(path))


def _recalled(path: Path, text: str, environ: Mapping[str, str]) -> Config | None:
    """Return the configuration by the values that were kept of *text*; ``None`` if only YAML can tell, also what is wrong."""
    data = kept.recall(path, text, environ)
    if data is None:
        return None
    try:
        return _checked(data, {}, environ)
    except FlawsError:
        return None


def _read(path: Path, text: str, environ: Mapping[str, str]) -> Config:
    data, origins, flaws = _read_yaml(path, text)
    values = kept.packed(data)
    try:
        config = _checked(data, origins, environ)
    except FlawsError as error:
        flaws.extend(error.flaws)
    if flaws:
        raise ConfigError(written(flaws, origins, str(path)))
    kept.keep(path, text, values, environ)
    return config


def _checked(data: dict[str, Any], origins: dict[Location, Origin], environ: Mapping[str, str]) -> Config:
    """Make a configuration of plain values and the environment, which is noted in *origins*, or raise all that is wrong."""
    flaws = [*override(data, origins, environ), *contradictions(data)]
    try:
        config = CONFIG(data)
    except FlawsError as error:
        flaws.extend(error.flaws)
    if flaws:
        raise FlawsError(flaws)
    return config


def _read_yaml(path: Path, text: str) -> tuple[dict[str, Any], dict[Location, Origin], list[Flaw]]:
    """Return the top-level mapping of the file, where each value stands, and what is wrong already."""
    from aggregator.config.yaml_tree import UnreadableYamlError, read_yaml  # noqa: PLC0415 - see aggregator.config.kept

    try:
        tree = read_yaml(text)
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
