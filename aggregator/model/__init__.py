"""Owns the values that pass between the rooms: frozen, one type per stage of the flow.

    source → Document → Parsed(Candidate …) → Decision → (store) → FeedContent(PublishedEntry …) → bytes → files

``None`` means that the *publisher* left something out, never "not filled in yet". Fields named ``…_at`` are our own clock;
``published`` and ``updated`` are what the publisher claims, unless a docstring says otherwise. All datetimes are aware.
"""

from __future__ import annotations

from aggregator.model.fetching import Document, FetchFailure, FetchRequest, FetchResult, Hop, NotModified, Validators
from aggregator.model.polling import Access, Conclusion, Memory, Move, Moving, PollState
from aggregator.model.published import FeedContent, Publication, PublishedEntry, Shelved, Sighting, Site, Story
from aggregator.model.publisher import Candidate, Enclosure, Parsed, Person, Provenance, Reject, Remark, Tag
from aggregator.model.scheduling import (
    Appearance,
    Freshness,
    Hints,
    NextPoll,
    Pulse,
    Standing,
    appearances_from_json,
    appearances_json,
    freshness_from_json,
    freshness_json,
    hints_from_json,
    hints_json,
)
from aggregator.model.sources import (
    Category,
    Origin,
    Poll,
    PollOutcome,
    Quarantined,
    ReasonCount,
    SeedListed,
    SeedState,
    Source,
    SourceKind,
    Subscription,
    Tally,
    Trust,
)
from aggregator.model.verdicts import Assignment, Decision, Filing, Identified, Key, Known, KnownEntry, KnownSighting, Verdict

__all__ = [
    "Access",
    "Appearance",
    "Assignment",
    "Candidate",
    "Category",
    "Conclusion",
    "Decision",
    "Document",
    "Enclosure",
    "FeedContent",
    "FetchFailure",
    "FetchRequest",
    "FetchResult",
    "Filing",
    "Freshness",
    "Hints",
    "Hop",
    "Identified",
    "Key",
    "Known",
    "KnownEntry",
    "KnownSighting",
    "Memory",
    "Move",
    "Moving",
    "NextPoll",
    "NotModified",
    "Origin",
    "Parsed",
    "Person",
    "Poll",
    "PollOutcome",
    "PollState",
    "Provenance",
    "Publication",
    "PublishedEntry",
    "Pulse",
    "Quarantined",
    "ReasonCount",
    "Reject",
    "Remark",
    "SeedListed",
    "SeedState",
    "Shelved",
    "Sighting",
    "Site",
    "Source",
    "SourceKind",
    "Standing",
    "Story",
    "Subscription",
    "Tag",
    "Tally",
    "Trust",
    "Validators",
    "Verdict",
    "appearances_from_json",
    "appearances_json",
    "freshness_from_json",
    "freshness_json",
    "hints_from_json",
    "hints_json",
]
