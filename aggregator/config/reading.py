"""Owns how what YAML gives becomes what it means: readers, made of readers, that find everything that is wrong at once.

A *reader* takes a value (dict, list, str or ``None``) and returns what it means. It raises ``ValueError`` with a message for
people, or :class:`FlawsError` where the flaws lie deeper.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Generic, NoReturn, TypeVar

from msgspec.structs import replace

from aggregator.config.flaws import Flaw, given, nearest

K = TypeVar("K")
T = TypeVar("T")
Reader = Callable[[Any], T]


class FlawsError(ValueError):
    """Parts of a value are wrong; carries every flaw, with its location seen from that value."""

    def __init__(self, flaws: Iterable[Flaw]) -> None:
        super().__init__()
        self.flaws = tuple(flaws)


class Section(Generic[T]):
    """A reader of a mapping of known *keys*, each with a reader of its own; *make* is called with what those return.

    A key without a value counts as left out: ``feeds:`` with every line below it commented out.
    """

    def __init__(self, make: Callable[..., T], required: Mapping[str, Reader[Any]] = {}, **optional: Reader[Any]) -> None:
        self.keys = {**required, **optional}
        self._make = make
        self._required = required

    def __call__(self, value: Any) -> T:
        """Read a mapping."""
        given_keys = {key: part for key, part in _mapping(value).items() if part is not None or key not in self.keys}
        parts = [(key, self.keys.get(key) or partial(self._refuse, key), part) for key, part in given_keys.items()]
        parts += [(key, _missing, None) for key in self._required if key not in given_keys]
        return self._make(**dict(zip(given_keys, _each(parts), strict=True)))

    def _refuse(self, key: str, _: Any) -> NoReturn:
        near = nearest(key, self.keys)
        raise ValueError(f"unknown key, did you mean {near!r}?" if near else f"unknown key; known here: {', '.join(self.keys)}")


def text(read: Callable[[str], T]) -> Reader[T]:
    """Make a reader of one text."""

    def read_text(value: Any) -> T:
        if not isinstance(value, str):
            raise ValueError("must be one text")  # noqa: TRY004 - to readers everything wrong is a ValueError
        return read(value)

    return read_text


def listed(read: Reader[T]) -> Reader[tuple[T, ...]]:
    """Make a reader of a list, whose items *read* reads."""

    def read_list(value: Any) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise ValueError(f"must be a list, such as [a, b]{given(value)}")  # noqa: TRY004 - as above
        return tuple(_each((index, read, item) for index, item in enumerate(value)))

    return read_list


def mapped(read_key: Reader[K], read: Reader[T]) -> Reader[Mapping[K, T]]:
    """Make a reader of a mapping whose keys are free."""

    def read_mapping(value: Any) -> Mapping[K, T]:
        flat = _each(part for key, item in _mapping(value).items() for part in ((key, read_key, key), (key, read, item)))
        return dict(zip(flat[::2], flat[1::2], strict=True))

    return read_mapping


def _each(parts: Iterable[tuple[str | int, Reader[Any], Any]]) -> list[Any]:
    """Read the parts of a value, each with its reader, or raise everything that is wrong with any of them."""
    values: list[Any] = []
    flaws: list[Flaw] = []
    for step, read, part in parts:
        try:
            values.append(read(part))
        except FlawsError as error:
            flaws.extend(replace(flaw, location=(step, *flaw.location)) for flaw in error.flaws)
        except ValueError as error:
            flaws.append(Flaw(location=(step,), message=str(error)))
    if flaws:
        raise FlawsError(flaws)
    return values


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"must be a mapping, such as {{key: value}}{given(value)}")  # noqa: TRY004 - as above
    return value


def _missing(_: Any) -> NoReturn:
    raise ValueError("is required")
