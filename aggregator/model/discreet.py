"""Owns the base of values that hold a secret."""

from __future__ import annotations

from msgspec import Struct

_HIDDEN = frozenset({"authorization", "body", "secret", "secret_fields", "url"})  # a URL may hold a password


class Discreet(Struct, frozen=True):
    """A value with a secret in it, which neither log nor traceback shows."""

    def __repr__(self) -> str:
        shown = (f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if name not in _HIDDEN)
        return f"{type(self).__name__}({', '.join(shown)})"
