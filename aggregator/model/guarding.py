"""Owns what the guards look at, and what they say: a feed document that is unlike what its source carried before."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from aggregator.model.publisher import Provenance
    from aggregator.model.scheduling import Appearance
    from aggregator.model.sources import Source
    from aggregator.model.verdicts import Decision, Identified

FLOOD, SWAPPED = "flood", "swapped"  # codes of what is held


class Arrival(Struct, frozen=True, kw_only=True):
    """A document of a source, judged provisionally.

    *source* is as it was before, *provenance* what this document says of itself. *left_out* counts the items that are in the
    document and not among the decisions, since they came in the same bytes before; where a server sent only what is new
    (RFC 3229), all that we have of the source.
    """

    decisions: tuple[Decision, ...]
    source: Source
    provenance: Provenance
    now: datetime
    left_out: int = 0


class Recent(Struct, frozen=True, kw_only=True):
    """A sighting of the same source, as it was last.

    *text* is the HTML of its content, else of its summary; *declared* the publisher's date; *published* and *updated* are the
    effective dates of its entry. *moved*: it got its present id by a :class:`Pairing`.
    """

    id: int
    entry_id: int
    title: str
    url_key: str | None
    text: str
    declared: datetime | None
    published: datetime
    updated: datetime
    moved: bool = False


class Past(Struct, frozen=True, kw_only=True):
    """What a source is known to have carried: its newest sightings, and all entries that it brought in the last months."""

    recent: tuple[Recent, ...] = ()
    arrivals: tuple[Appearance, ...] = ()


class Match(StrEnum):
    """By what an item was recognised under its new id."""

    PATH = "path"
    TEXT = "text"
    TITLE = "title"


class Pairing(Struct, frozen=True, kw_only=True):
    """An item is a sighting that we have, under a new id."""

    recent: Recent
    by: Match
    reason: str


class Held(Struct, frozen=True, kw_only=True):
    """An item is not filed until somebody releases it.

    *row* is that of quarantine if it was held before; *dropped* if somebody decided since that it shall never come in.
    """

    carrier: str
    code: str
    message: str
    row: int | None = None
    dropped: bool = False


class HeldItem(Struct, frozen=True, kw_only=True):
    """An item that is held, whole: what a release files. *id* is its row of quarantine."""

    id: int
    source_url: str
    code: str
    item: Identified
    first_seen_at: datetime
    dropped_at: datetime | None


class Ruling(Struct, frozen=True, kw_only=True):
    """What the guards say, by carrier; nothing is both paired and held. What is in neither is filed as it was judged.

    *placed* tells of what goes in together with much else why its dates put it where it stands.
    """

    paired: Mapping[str, Pairing] = field(default_factory=dict)
    held: Mapping[str, Held] = field(default_factory=dict)
    placed: Mapping[str, str] = field(default_factory=dict)
