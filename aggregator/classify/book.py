"""Owns all that the operator declares about categories and hiding, as one value: the rules in force."""

from __future__ import annotations

from msgspec import Struct

from aggregator.classify.rules import CategoryRules  # noqa: TC001 - msgspec reads it when it reads rules back
from aggregator.classify.screens import Screen


class RuleBook(Struct, frozen=True, kw_only=True):
    """All rules about categories and hiding that are in force."""

    categories: tuple[CategoryRules, ...] = ()
    default: str = ""
    screen: Screen = Screen()

    @property
    def keys(self) -> dict[str, CategoryRules]:
        """The rules by the key of their category."""
        return {rule.key: rule for rule in self.categories}
