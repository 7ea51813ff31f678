"""What the operator may declare about a seed folder. Values only; without any, Jekyll archives are read well.

What is declared adds to the defaults, which stay beside the code that uses them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct

if TYPE_CHECKING:
    from aggregator.clean.bodies import BodyRules

SOURCE_KEYS = ("source_url", "original_url", "original", "canonical_url", "external_url", "source", "link", "url")
ENCODED_SOURCE_KEYS = ("arturl_encode",)
_UTC = ZoneInfo("UTC")


class SeedRules(Struct, frozen=True, kw_only=True):
    """How to read the seeds of one folder.

    *timezone* is for dates without one. *named_categories* are the slugs that have a name already. *site_url* is where the
    folder's site is or was, *permalink* the style of its addresses. With *liquid*, ``{{ … }}`` and ``{% … %}`` are Jekyll's
    templates.

    These add to the defaults, and come first: *source_keys*, front-matter keys that hold the source URL; *source_labels*,
    texts that introduce a link to it; *footer_words*, with which the links of the site's footer begin; *hidden_classes*,
    of elements that the site does not show; *random_images*, hosts whose pictures belong to no article.
    """

    timezone: ZoneInfo = _UTC
    named_categories: tuple[str, ...] = ()
    site_url: str | None = None
    permalink: str = "date"
    liquid: bool = True
    source_keys: tuple[str, ...] = ()
    source_labels: tuple[str, ...] = ()
    footer_words: tuple[str, ...] = ()
    hidden_classes: tuple[str, ...] = ()
    random_images: tuple[str, ...] = ()

    @property
    def body(self) -> BodyRules:
        """What to look for in a body."""
        return _body_rules(self.hidden_classes, self.footer_words, self.source_labels)

    @property
    def all_source_keys(self) -> tuple[str, ...]:
        """The declared keys that hold the source URL, then the defaults."""
        return self.source_keys + SOURCE_KEYS


@lru_cache(maxsize=64)
def _body_rules(hidden_classes: tuple[str, ...], footer_words: tuple[str, ...], labels: tuple[str, ...]) -> BodyRules:
    from aggregator.clean.bodies import BodyRules  # noqa: PLC0415 - most runs find no seed that changed, and clean nothing

    defaults = BodyRules()
    return BodyRules(
        hidden_classes=hidden_classes,
        footer_words=footer_words + defaults.footer_words,
        original_labels=labels + defaults.original_labels,
    )
