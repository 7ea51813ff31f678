"""Owns regular expressions that operators write: RE2, so that no pattern can take more than linear time.

The only module that knows re2. Syntax: https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import functools
from typing import Protocol, cast


class Match(Protocol):
    """What a match offers."""

    def expand(self, template: str) -> str:
        r"""Fill ``\1`` … of *template* with the groups that matched."""
        ...


class Pattern(Protocol):
    """What a compiled pattern offers."""

    def search(self, text: str | bytes) -> Match | None:
        """Find the first place in *text*, or its UTF-8, where the pattern matches."""
        ...

    def fullmatch(self, text: str) -> Match | None:
        """Match the whole of *text*."""
        ...


@functools.cache
def compile_pattern(pattern: str) -> Pattern:
    """Compile *pattern*; the result is kept, since the same few are used on every entry.

    Raises:
        ValueError: RE2 does not accept the pattern; the message says why.
    """
    import re2  # noqa: PLC0415 - most sites have no patterns

    options = re2.Options()
    options.log_errors = False
    try:
        return cast("Pattern", re2.compile(pattern, options))
    except re2.error as problem:
        reason = problem.args[0] if problem.args else "bad pattern"
        raise ValueError(reason.decode() if isinstance(reason, bytes) else str(reason)) from problem
