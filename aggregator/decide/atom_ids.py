"""Owns permanent ids: which atom:id a new entry may get, and which of several gets one that all of them are given."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.digests import blake2b
from aggregator.iris import is_permanent_id, tag_uri
from aggregator.model import SourceKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from aggregator.model import Identified, Source

_MINTED = re.compile(r"tag:[^,]+,[\d-]+:entry/[\da-f]{24}")


class Claimant(Struct, frozen=True, kw_only=True):
    """An entry that no subscriber knows, with the *guid* that its speaker gives it; *key* is what an id can be made of."""

    entry_id: int
    first_seen_at: datetime
    key: str
    guid: str
    kind: str
    source_id: int
    sighting_id: int


def is_minted(atom_id: str) -> bool:
    """Whether an id looks as those do that are made here."""
    return _MINTED.fullmatch(atom_id) is not None


def atom_ids(item: Identified, authority: str, now: datetime) -> tuple[str, ...]:
    """Return the ids that a new entry may get, best first; the first that no other entry has becomes its own for ever."""
    return permanent_ids(item.candidate.guid, item.key.value, authority, now)


def permanent_ids(guid: str | None, key: str, authority: str, now: datetime) -> tuple[str, ...]:
    """Return them for an entry with this *guid* and *key*.

    The publisher's own id must survive republishing (RFC 4287, section 4.2.6). Else one is made of the key, which no two entries
    have; but by other identity rules it may have been another's, and so the last one is made of the time as well.
    """
    minted = tuple(
        tag_uri(authority, now, f"entry/{blake2b(of.encode(), digest_size=12).hexdigest()}")
        for of in (key, f"{key} {now.isoformat()}")
    )
    return (guid, *minted) if guid and is_permanent_id(guid) else minted


def seeds_id(source: Source, authority: str) -> str:
    """Return the id of a folder of seeds that was on no site; its path is told to nobody."""
    folder = blake2b(source.subscription.url.encode(errors="surrogatepass"), digest_size=12).hexdigest()
    return tag_uri(authority, source.added_at, f"seeds/{folder}")


def heirs(claimants: Iterable[Claimant]) -> dict[str, Claimant]:
    """Return who gets each guid: who would speak if they were one entry, so that the order of polls changes nothing.

    That is seeds before feeds, then the source that was subscribed first, then the item that it brought first.
    """
    found: dict[str, Claimant] = {}
    for one in sorted(claimants, key=lambda c: (c.kind != SourceKind.SEEDS, c.source_id, c.sighting_id)):
        if is_permanent_id(one.guid):
            found.setdefault(one.guid, one)
    return found
