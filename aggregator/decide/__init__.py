"""Owns every "what does this candidate mean?": identity, verdict, effective dates, each with its reason.

Pure: values in, values out; it knows neither the store nor the clock.
"""

from __future__ import annotations

from aggregator.decide.atom_ids import atom_ids
from aggregator.decide.churning import MAX_REVISIONS, QUIET
from aggregator.decide.dates import effective_dates, later_update, with_shared_dates
from aggregator.decide.identity import digest, identify_document, identify_file
from aggregator.decide.verdict import judge

__all__ = [
    "MAX_REVISIONS",
    "QUIET",
    "atom_ids",
    "digest",
    "effective_dates",
    "identify_document",
    "identify_file",
    "judge",
    "later_update",
    "with_shared_dates",
]
