"""Owns filings as rows: which entry each belongs to, and what is written of it. Contains no SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from aggregator.model import Filing, Verdict
from aggregator.store.json_columns import as_json, listed
from aggregator.store.rows import provenance_json

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from aggregator.model import Key
    from aggregator.store.connection import Row

_TEXT_KEPT = {Verdict.NEW, Verdict.REVISED, Verdict.MERGED}


class Placed(Struct, frozen=True, kw_only=True):
    """A filing with the entry it belongs to."""

    filing: Filing
    entry_id: int

    @property
    def keeps_text(self) -> bool:
        """Whether the carrier says something that is not stored yet."""
        return self.filing.decision.verdict in _TEXT_KEPT

    @property
    def moved(self) -> bool:
        """Whether a sighting that we have goes by the names of this item from now on."""
        return self.filing.decision.rule == "moved" and self.filing.decision.sighting_id is not None

    @property
    def renames(self) -> bool:
        """Whether a sighting takes from this item what it is called, and not what the item says."""
        return self.moved or self.filing.decision.rule == "too-many-revisions"

    @property
    def waits(self) -> bool:
        """Whether the last change of a carrier that is not believed was before this; when that was is kept."""
        return self.filing.decision.rule == "not-quiet-yet"

    @property
    def changes_entry(self) -> bool:
        """Whether subscribers get another text for an entry that there was before."""
        return self.keeps_text and self.filing.decision.speaks and self.filing.decision.entry_id is not None


def with_one_speaker(placed: Iterable[Placed]) -> list[Placed]:
    """Let the first carrier of a batch that speaks for an entry be the only one: the others keep what they say to themselves.

    Before a rekey, items that today's rules tell apart may be led to one entry, each by rules of its own time.
    """
    speakers: dict[int, str] = {}
    found = []
    for p in placed:
        decision = p.filing.decision
        carrier = decision.identified.carrier
        if decision.speaks and speakers.setdefault(p.entry_id, carrier) != carrier:
            found.append(replace(p, filing=replace(p.filing, decision=replace(decision, speaks=False))))
        else:
            found.append(p)
    return found


def keys_of(filing: Filing) -> tuple[Key, ...]:
    """Return the keys that lead to the entry of a filing."""
    decision, item = filing.decision, filing.decision.identified
    if item.key.rule == "url" or item.key.value == decision.key.value:
        return (decision.key,)  # if they differ, its plain URL was found to be another article's
    return (decision.key, item.key)


def entry_row(atom_id: str, filing: Filing, came: datetime) -> Row:
    """Write a new entry, first seen when it *came*."""
    decision = filing.decision
    return {
        "atom_id": atom_id,
        "published": decision.published,
        "updated": decision.updated,
        "date_reason": decision.date_reason,
        "first_seen_at": came,
    }


def named(placed: Placed) -> Row:
    """Write which entry a sighting is of, and what it is called."""
    return {"entry_id": placed.entry_id, "carrier": placed.filing.decision.identified.carrier}


def ruled(placed: Placed) -> Row:
    """Write what rules go by, and which is against it."""
    filing, blocked = placed.filing, placed.filing.blocked
    return {
        "categories": as_json(filing.decision.identified.candidate.categories),
        "blocked_by": blocked.by if blocked else None,
        "blocked_reason": blocked.reason if blocked else None,
    }


def following(placed: Placed, now: datetime) -> Row:
    """Write what of a sighting follows its newest revision."""
    decision = placed.filing.decision
    item = decision.identified
    candidate = item.candidate
    return {
        "place": candidate.place,
        "guid": candidate.guid,
        "url": candidate.url,
        "url_key": item.url_key,
        "url_reason": candidate.url_reason if candidate.url else None,
        "verdict": decision.verdict,
        "rule": decision.rule,
        "reason": decision.reason,
        "title": candidate.title,
        "digest": item.digest,
        "speaks_for": placed.entry_id if decision.speaks else None,
        "last_seen_at": now,
    }


def revision_row(filing: Filing, said: Row, now: datetime) -> Row:
    """Write what a carrier said."""
    candidate = filing.decision.identified.candidate
    return {
        "sighting_id": said["id"],
        "number": said["revisions"],
        "seen_at": now,
        "reason": filing.decision.reason,
        "digest": filing.decision.identified.digest,
        "title": candidate.title,
        "url": candidate.url,
        "summary": candidate.summary,
        "content": candidate.content,
        "language": candidate.language,
        "authors": listed(candidate.authors),
        "tags": listed(candidate.tags),
        "enclosures": listed(candidate.enclosures),
        "contributors": listed(candidate.contributors) if candidate.contributors else None,
        "thumbnails": listed(candidate.thumbnails) if candidate.thumbnails else None,
        "links": listed(candidate.links) if candidate.links else None,
        "rights": candidate.rights,
        "copied_from": provenance_json(candidate.copied_from) if candidate.copied_from else None,
        "published": candidate.published,
        "updated": candidate.updated,
    }
