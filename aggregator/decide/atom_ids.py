"""Owns permanent ids: which atom:id a new entry may get."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from aggregator.iris import is_permanent_id, tag_uri

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model import Identified


def atom_ids(item: Identified, authority: str, now: datetime) -> tuple[str, ...]:
    """Return the ids that a new entry may get, best first; the first that no other entry has becomes its own for ever.

    The publisher's own id must survive republishing (RFC 4287, section 4.2.6). The last one is derived from the key, which
    is unique in the store, so it is always free.
    """
    minted = tag_uri(authority, now, f"entry/{hashlib.blake2b(item.key.value.encode(), digest_size=12).hexdigest()}")
    guid = item.candidate.guid
    return (guid, minted) if guid and is_permanent_id(guid) else (minted,)
