"""What the operator may declare about a seed folder. Values only; the defaults fit Jekyll archives and the mission's seeds."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from aggregator.clean import BodyRules


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedRules:
    """How to read the seeds of one folder.

    *timezone* is for dates without one. *categories* are added to each seed's own. *source_keys* are the front-matter keys
    that may hold the source URL, the first one first; *encoded_source_keys* those that hold it in hexadecimal.
    """

    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    categories: tuple[str, ...] = ()
    source_keys: tuple[str, ...] = (
        "source_url",
        "original_url",
        "original",
        "canonical_url",
        "external_url",
        "source",
        "link",
        "url",
    )
    encoded_source_keys: tuple[str, ...] = ("arturl_encode",)
    body: BodyRules = field(default_factory=BodyRules)
