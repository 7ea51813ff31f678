"""Owns the tables. Migrations are frozen text in migrations/; a test proves that they end in exactly this schema.

    sources ──< sightings >── entries ──< assignments >── categories ──< publications
       │            │             └──< keys
       ├──< polls   └──< revisions
       ├──< moves
       ├─── memories
       ├──< quarantine
       └──< seed_files             entries ──< fingerprints, bands

An entry has no text of its own: the text is the newest revision of the sighting that speaks for it. So every carrier keeps
what it said, a merge can be undone, and a change of speaker loses nothing.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from aggregator.store.columns import Instant, optional, reference, required, row_id

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


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
    *optional(Text, "rights", "icon", "language"),
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
    Index(None, "published", "atom_id"),
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
    *optional(Instant, "published", "updated"),
    UniqueConstraint("sighting_id", "number"),
)

categories = Table(
    "categories",
    metadata,
    row_id(),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, unique=True),
    Column("atom_id", Text, nullable=False, unique=True),
    required("origin", Text),
    required("added_at", Instant),
    # grows in every transaction that changes what the category's feed shows
    required("revision", Integer, "0"),
)

# single facts: the permanent id of the feed of everything, and when publishing last began
facts = Table("facts", metadata, Column("name", Text, primary_key=True), required("value", Text))

assignments = Table(
    "assignments",
    metadata,
    Column("entry_id", BigInteger, ForeignKey("entries.id"), primary_key=True),
    Column("category_id", BigInteger, ForeignKey("categories.id"), primary_key=True),
    # the carrier that put it there, and takes it out again when it names other categories
    reference("sighting_id", "sightings"),
    required("reason", Text),
    # kept beside the pair, so that a category's newest entries are one walk along one index, however many it has
    required("published", Instant),
    Index(None, "category_id", "published"),
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

publications = Table(
    "publications",
    metadata,
    Column("path", Text, primary_key=True),
    required("digest", LargeBinary),
    required("size", BigInteger),
    required("mtime_ns", BigInteger),
    required("revision", BigInteger),
    required("inputs", LargeBinary),
    required("published_at", Instant),
)
