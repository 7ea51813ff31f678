"""Owns the tables of entries, and of what leads to them."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint, text

from aggregator.store.columns import Instant, optional, reference, required, row_id
from aggregator.store.schema.collection import UNSEALED, metadata

_UNSEEN = text("hidden_at IS NOT NULL OR merged_into IS NOT NULL")
entries = Table(
    "entries",
    metadata,
    row_id(),
    Column("atom_id", Text, nullable=False, unique=True),
    required("published", Instant),
    required("updated", Instant),
    required("date_reason", Text),
    required("first_seen_at", Instant),
    # nobody is shown it any more, but what carries it is known when it comes again: a tombstone (RFC 6721)
    Column("hidden_at", Instant),
    *optional(Text, "hidden_by", "hidden_reason"),
    # the entry that turned out to be the same article: its sightings went there, its id still leads there
    Column("merged_into", BigInteger, ForeignKey("entries.id")),
    # the newest page of the archive of all entries that holds it; none while it is in the feed itself
    Column("page", Integer),
    Index(None, "published", "atom_id"),
    Index("ix_entries_unsealed", "published", "atom_id", sqlite_where=UNSEALED, postgresql_where=UNSEALED),
    # of those that nobody is shown, which are few
    Index(None, "hidden_at", "merged_into", sqlite_where=_UNSEEN, postgresql_where=_UNSEEN),
)

keys = Table(
    "keys",
    metadata,
    Column("key", Text, primary_key=True),
    reference("entry_id", "entries"),
    required("rule", Text),
    required("reason", Text),
    required("added_at", Instant),
    Index(None, "entry_id"),
)

sightings = Table(
    "sightings",
    metadata,
    row_id(),
    reference("entry_id", "entries"),
    reference("source_id", "sources"),
    required("carrier", Text),
    required("place", Text),
    *optional(Text, "guid", "url", "url_key", "url_reason"),
    # the entry whose text this sighting gives; unique, so that exactly one carrier speaks for an entry
    Column("speaks_for", BigInteger, ForeignKey("entries.id"), unique=True),
    required("verdict", Text),
    required("rule", Text),
    required("reason", Text),
    required("revisions", Integer, "0"),
    required("digest", LargeBinary),
    required("title", Text),
    required("first_seen_at", Instant),
    required("last_seen_at", Instant),
    Column("ended_at", Instant),
    # the categories that the item itself names, and the rule that is against what it says; they follow its newest revision
    Column("categories", JSON),
    *optional(Text, "blocked_by", "blocked_reason"),
    # the entry that it founded, or was first filed under, where it is with another now; what splits again goes back there
    Column("home_id", BigInteger, ForeignKey("entries.id")),
    UniqueConstraint("source_id", "carrier"),
    Index(None, "source_id", "url_key"),
    Index(None, "source_id", "first_seen_at"),
    Index(None, "entry_id"),
)

revisions = Table(
    "revisions",
    metadata,
    row_id(),
    reference("sighting_id", "sightings"),
    required("number", Integer),
    required("seen_at", Instant),
    required("reason", Text),
    required("digest", LargeBinary),
    required("title", Text),
    *optional(Text, "url", "summary", "content", "language"),
    required("authors", JSON),
    required("tags", JSON),
    required("enclosures", JSON),
    *optional(JSON, "contributors", "thumbnails", "links"),
    Column("rights", Text),
    # what the item says of the feed that it was copied from
    Column("copied_from", JSON),
    *optional(Instant, "published", "updated"),
    UniqueConstraint("sighting_id", "number"),
)

# what entries say, as fingerprints (aggregator.likeness), and the bands under which those like it are found
fingerprints = Table(
    "fingerprints",
    metadata,
    Column("entry_id", BigInteger, ForeignKey("entries.id"), primary_key=True),
    required("value", BigInteger),
)

bands = Table(
    "bands",
    metadata,
    Column("band", Integer, primary_key=True),
    Column("entry_id", BigInteger, ForeignKey("entries.id"), primary_key=True),
    Index(None, "entry_id"),
)

# single facts, each a text under a name: see facts.py
facts = Table("facts", metadata, Column("name", Text, primary_key=True), required("value", Text))
