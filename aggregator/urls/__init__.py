"""Owns canonical URLs: the dedup key of an article, which is never requested and never shown.

Pure. ``rules``: what the operator can declare. ``tracking``, ``sites``, ``unwrapping``: what is built in, as data. ``built_in``:
both together, for one host. ``address``: reading and writing (can_ada). ``canonical``: the steps, in their order. ``shown``: what
addresses within a text stand for.
"""

from aggregator.urls.built_in import BUILT_IN
from aggregator.urls.canonical import Step, canonical_url, explain
from aggregator.urls.rules import RULES_VERSION, Alias, UrlRules, Wrapper, rules_version
from aggregator.urls.shown import file_key, is_advertising
from aggregator.urls.tracking import TRACKING_PARAMETERS

__all__ = [
    "BUILT_IN",
    "RULES_VERSION",
    "TRACKING_PARAMETERS",
    "Alias",
    "Step",
    "UrlRules",
    "Wrapper",
    "canonical_url",
    "explain",
    "file_key",
    "is_advertising",
    "rules_version",
]
