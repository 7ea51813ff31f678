"""Owns where the configuration file is looked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = "config.yaml"


def find(explicit: Path | None, environ: Mapping[str, str], *, cwd: Path, home: Path, etc: Path = Path("/etc")) -> Path:
    """Return the configuration file: *explicit*, ``$AGGREGATOR_CONFIG``, or the first there is in the usual places.

    These are *cwd*, ``$XDG_CONFIG_HOME/aggregator`` (default ``~/.config``, see
    https://specifications.freedesktop.org/basedir-spec/) and ``/etc/aggregator``. A file that was asked for by name must
    exist; no other is taken in its stead. With ``Path()`` for *cwd* the result, and so each message of ``load``, stays
    as short as the user typed it.

    Raises:
        ConfigError: there is none; names all places.
    """
    if explicit is not None:
        return _required(cwd / explicit, "--config")
    if named := environ.get("AGGREGATOR_CONFIG"):
        return _required(cwd / named, "AGGREGATOR_CONFIG")
    # The specification says that a relative path is invalid and to be ignored.
    xdg = Path(environ.get("XDG_CONFIG_HOME", ""))
    places = (
        cwd / _NAME,
        (xdg if xdg.is_absolute() else home / ".config") / "aggregator" / _NAME,
        etc / "aggregator" / _NAME,
    )
    if found := next(filter(_exists, places), None):
        return found
    tried = ", ".join(map(str, places))
    raise ConfigError(
        [f"no configuration found; tried {tried}. `aggregator config init` writes one here, or name one with --config"]
    )


def _required(path: Path, asked_by: str) -> Path:
    if not _exists(path):
        raise ConfigError([f"{path}: no such file (named by {asked_by}); `aggregator config init` writes one"])
    return path


def _exists(path: Path) -> bool:
    """Tell whether there is something, be it unreadable: ``load`` will say so, which is better than to pass over it."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
