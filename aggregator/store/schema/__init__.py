"""Owns the tables. Migrations are frozen text in migrations/; a test proves that they end in exactly this schema.

    sources ──< sightings >── entries ──< assignments >── categories ──< publications
       │            │             └──< keys
       ├──< polls   └──< revisions
       ├──< moves
       ├─── memories
       ├──< quarantine
       ├──< leases, pushes         pings, announcements     requests, subscribers   WebSub
       └──< seed_files             entries ──< fingerprints, bands     archives, tombstones, former_slugs   what feeds showed

An entry has no text of its own: the text is the newest revision of the sighting that speaks for it. So every carrier keeps
what it said, a merge can be undone, and a change of speaker loses nothing.
"""

from __future__ import annotations

from aggregator.store.schema import arriving, kept, pushed, shown
from aggregator.store.schema.collection import metadata

__all__ = ["arriving", "kept", "metadata", "pushed", "shown"]
