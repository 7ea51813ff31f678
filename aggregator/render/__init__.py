"""Owns feeds as bytes: Atom (RFC 4287) and JSON Feed 1.1, in fragments and frames. Equal in, equal out; knows no clock, no file.

A fragment is one entry, a frame all that stands around entries: a document is a frame's first part, fragments, its second
part. So a fragment can be kept and put into every document that shows the entry; it relies on the namespaces that the frame
declares. Fragments are written by own code, since feedgen takes five times as long and loses contributors, thumbnails, the
source and most attributes of links; frames are feedgen's.

    atom        entries and tombstones      frames      what stands around them, and the stylesheet that it names
    jsonfeed    items, and their frame      flaws       own output read again before it replaces the last good one
    facts       what goes out of an entry, whatever the format; text → XML

The only room that knows feedgen, which is loaded when the first frame is made (``extension`` adds what it lacks).
"""

from __future__ import annotations

from aggregator.render.atom import atom_entry, atom_tombstone
from aggregator.render.flaws import flaw_of_document, flaw_of_entry, flaw_of_item
from aggregator.render.frames import FEED_STYLE, archive_frame, atom_frame
from aggregator.render.jsonfeed import json_frame, json_item

FORMAT: int = 3
"""Raised whenever a fragment comes out otherwise than before: those that were kept are made anew."""

__all__ = [
    "FEED_STYLE",
    "FORMAT",
    "archive_frame",
    "atom_entry",
    "atom_frame",
    "atom_tombstone",
    "flaw_of_document",
    "flaw_of_entry",
    "flaw_of_item",
    "json_frame",
    "json_item",
]
