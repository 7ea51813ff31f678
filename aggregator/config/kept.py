"""Owns a copy of the plain values of a configuration, which saves reading its YAML again while the file stays as it is.

Reading YAML takes as long as asking a hundred feeds whether anything is new, and nearly every run finds the file of the last one.
What is recalled is checked like what was just read; where it cannot be, or nothing can be kept, the file is read.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import DecodeError, msgpack
from xxhash import xxh3_128_digest, xxh3_128_hexdigest

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORM = b"1 "  # to be changed with what is kept, or with what YAML is taken to mean


def recall(path: Path, text: str, environ: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the values that *text*, read from *path*, was found to have; ``None`` if they are not known."""
    place = _place(path, environ)
    try:
        kept = place.read_bytes() if place else b""
        key = _key(text)
        return msgpack.decode(kept.removeprefix(key), type=dict[str, Any]) if kept.startswith(key) else None
    except (OSError, DecodeError):
        return None


def keep(path: Path, text: str, values: bytes, environ: Mapping[str, str]) -> None:
    """Keep the :func:`packed` *values* of *text* for the next run, readable by its user only: they may hold a password."""
    place = _place(path, environ)
    if place is None:
        return
    half_done = place.with_name(f"{place.name}.{os.getpid()}")
    with suppress(OSError):
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        half_done.touch(mode=0o600, exist_ok=False)
        try:
            half_done.write_bytes(_key(text) + values)
            half_done.replace(place)
        finally:
            half_done.unlink(missing_ok=True)


def packed(values: dict[str, Any]) -> bytes:
    """Write values as bytes."""
    return msgpack.encode(values)


def _place(path: Path, environ: Mapping[str, str]) -> Path | None:
    """Name the file: one for each configuration, in the user's cache folder, if there is one.

    Relative folders do not count (XDG Base Directory Specification, section 2).
    """
    folders = (environ.get("XDG_CACHE_HOME", ""), f"{environ.get('HOME', '')}/.cache" if environ.get("HOME") else "")
    folder = next(filter(os.path.isabs, folders), None)
    if folder is None:
        return None
    return Path(folder, "aggregator", xxh3_128_hexdigest(os.fsencode(os.path.abspath(path))))  # noqa: PTH100 - no need of the disk


def _key(text: str) -> bytes:
    return _FORM + xxh3_128_digest(text.encode("utf-8", "surrogatepass"))
