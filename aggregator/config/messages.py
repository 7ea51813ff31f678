"""Owns the wording of what pydantic finds wrong, so that people who never heard of it understand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aggregator.config.flaws import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WORDING = {
    "missing": "is required",
    "string_type": "must be one text",
    "path_type": "must be one text",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list, such as [a, b]",
    "dict_type": "must be a mapping, such as {{key: value}}",
    "model_type": "must be a mapping, such as {{key: value}}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}


def explained(problem: Mapping[str, Any], known: Sequence[str]) -> str:
    """Say in words what *problem*, one of pydantic's error details, means; *known* are the keys that may stand beside it.

    What was given is repeated where it is a short value and no secret.
    """
    context = problem.get("ctx", {})
    if problem["type"] == "value_error":
        return str(context["error"])
    if problem["type"] == "extra_forbidden":
        near = nearest(str(problem["loc"][-1]), known)
        return f"unknown key, did you mean {near!r}?" if near else f"unknown key; known here: {', '.join(known)}"
    wording: str = _WORDING.get(problem["type"], problem["msg"]).format_map(context)
    given = problem["input"]
    if not isinstance(given, str) or len(given) > 80 or problem["loc"][:1] == ("store",):  # noqa: PLR2004 - a line's worth
        return wording
    return f"{wording} (got {given!r})"
