"""Owns when a pattern is compiled: when it is first needed. Most documents need few of all there are."""

from __future__ import annotations

import re
from typing import AnyStr, cast

_COMPILED: dict[object, object] = {}


def compiled(pattern: AnyStr) -> re.Pattern[AnyStr]:
    """Compile *pattern*; later it is found in less time than by ``re`` itself."""
    found = _COMPILED.get(pattern)
    if found is None:
        found = _COMPILED[pattern] = re.compile(pattern)
    return cast("re.Pattern[AnyStr]", found)
