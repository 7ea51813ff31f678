"""What the operator may declare about a seed folder. Values only; without any, Jekyll archives are read well.

What is declared adds to the defaults, which stay beside the code that uses them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from aggregator.clean import BodyRules

SOURCE_KEYS = ("source_url", "original_url", "original", "canonical_url", "external_url", "source", "link", "url")
ENCODED_SOURCE_KEYS = ("arturl_encode",)
_UTC = ZoneInfo("UTC")
_DEFAULT_BODY = BodyRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedRules:
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
    body: BodyRules = field(init=False)
    all_source_keys: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Put the declared beside the defaults, once for all files of the folder."""
        body = BodyRules(
            hidden_classes=self.hidden_classes,
            footer_words=self.footer_words + _DEFAULT_BODY.footer_words,
            original_labels=self.source_labels + _DEFAULT_BODY.original_labels,
        )
        object.__setattr__(self, "body", body)
        object.__setattr__(self, "all_source_keys", self.source_keys + SOURCE_KEYS)
