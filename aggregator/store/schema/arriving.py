"""Owns the tables of what comes in: sources, their polls and files, and what could not be stored."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Float, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from aggregator.store.columns import Instant, optional, reference, required, row_id
from aggregator.store.schema.collection import metadata

sources = Table(
    "sources",
    metadata,
    row_id(),
    required("kind", Text),
    Column("url", Text, nullable=False, unique=True),
    required("origin", Text),
    Column("title_wanted", Text),
    required("categories", JSON),
    Column("interval_s", Integer),
    Column("disabled_reason", Text),
    required("added_at", Instant),
    # what the source says of itself
    *optional(Text, "guid", "title", "subtitle", "site_url", "self_url"),
    Column("feed_updated", Instant),
    required("authors", JSON),
    Column("contributors", JSON),
    *optional(Text, "rights", "icon", "logo", "language"),
    # where its polling stands
    *optional(Text, "etag", "last_modified"),
    Column("document_digest", LargeBinary),
    *optional(Instant, "polled_at", "succeeded_at"),
    required("failures", Integer, "0"),
    *optional(Text, "error_code", "error_message"),
    Column("next_poll_at", Instant),
    required("next_poll_reason", Text),
    *optional(Text, "current_url", "moving_url"),
    Column("moving_since", Instant),
    required("moving_polls", Integer, "0"),
    *optional(Instant, "document_at", "imported_at"),
    *optional(JSON, "hints", "freshness"),
    Column("pulse_at", Instant),
    Column("pulse_gap_s", Float),
    # the hub it names, what it calls itself there, and until when that hub tells us what is new
    *optional(Text, "hub_url", "topic_url"),
    Column("pushed_until_at", Instant),
    Index(None, "next_poll_at"),
)

# what the next document of a feed is read with; not in its row, which is read and written by every poll
memories = Table(
    "memories",
    metadata,
    Column("source_id", BigInteger, ForeignKey("sources.id"), primary_key=True),
    Column("seen_items", LargeBinary),
    Column("appearances", JSON),
)

polls = Table(
    "polls",
    metadata,
    row_id(),
    reference("source_id", "sources"),
    required("started_at", Instant),
    required("outcome", Text),
    Column("status", Integer),
    *optional(Text, "final_url", "code", "message"),
    required("wire_bytes", BigInteger, "0"),
    required("fetch_s", Float, "0"),
    *(
        required(name, Integer, "0")
        for name in ("seen", "new", "revised", "unchanged", "merged", "quarantined", "churning", "tombstoned")
    ),
    Column("hops", JSON),
    Index(None, "source_id", "started_at"),
)

# where feeds moved, for `feed moves` and for taking a move back
moves = Table(
    "moves",
    metadata,
    row_id(),
    reference("source_id", "sources"),
    required("moved_at", Instant),
    required("from_url", Text),
    required("to_url", Text),
    required("reason", Text),
    Column("undone_at", Instant),
    Index(None, "source_id"),
)

seed_files = Table(
    "seed_files",
    metadata,
    Column("source_id", BigInteger, ForeignKey("sources.id"), primary_key=True),
    Column("path", Text, primary_key=True),
    required("size", BigInteger),
    required("mtime_ns", BigInteger),
    required("digest", LargeBinary),
    required("seen_at", Instant),
)

quarantine = Table(
    "quarantine",
    metadata,
    row_id(),
    reference("source_id", "sources"),
    required("place", Text),
    required("code", Text),
    required("message", Text),
    required("raw", Text),
    required("digest", LargeBinary),
    # set where the entry was stored all the same, and the row only tells of a flaw
    reference("entry_id", "entries", optional=True),
    # what a guard held back, whole, so that it can be released; and when somebody decided that it shall never come in
    Column("carrier", Text),
    Column("item", JSON),
    Column("dropped_at", Instant),
    required("first_seen_at", Instant),
    required("last_seen_at", Instant),
    UniqueConstraint("source_id", "place", "code", "digest"),
    Index(None, "source_id", "carrier"),
)
