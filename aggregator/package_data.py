"""Finds the files that ship beside the code: migrations, the default configuration, the example seeds."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def package_data(name: str) -> Path:
    """Return the path of *name*: inside an installed wheel it is under ``_data``, in a checkout at the top.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    for candidate in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if candidate.exists():
            return candidate
    raise FileNotFoundError(f"{name} is missing from the installation in {_PACKAGE}; install feed-aggregator again")
