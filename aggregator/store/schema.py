"""Owns the tables. Migrations are frozen text in migrations/; a test proves that they end in exactly this schema.

    sources ──< sightings >── entries ──< assignments >── categories ──< publications
       │            │             └──< keys
       ├──< polls   └──< revisions
       ├──< moves
       ├──< quarantine
       └──< seed_files             entries ──< fingerprints, bands

An entry has no text of its own: the text is the newest revision of the sighting that speaks for it. So every carrier keeps
what it said, a merge can be undone, and a change of speaker loses nothing.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
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

Instant = DateTime(timezone=True)  # its column's name tells as well, see instants.py

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    # SQLite's row ids are INTEGER PRIMARY KEY, nothing else (https://www.sqlite.org/autoinc.html)
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True)


def _reference(name: str, target: str, *, optional: bool = False) -> Column[int]:
    return Column(name, BigInteger, ForeignKey(f"{target}.id"), nullable=optional)


def _required(name: str, kind: Any, default: str | None = None) -> Column[Any]:
    return Column(name, kind, nullable=False, server_default=text(default) if default is not None else None)


def _optional(kind: Any, *names: str) -> list[Column[Any]]:
    return [Column(name, kind) for name in names]


sources = Table(
    "sources",
    metadata,
    _id(),
    _required("kind", Text),
    Column("url", Text, nullable=False, unique=True),
    _required("origin", Text),
    Column("title_wanted", Text),
    _required("categories", JSON),
    Column("interval_s", Integer),
    Column("disabled_reason", Text),
    _required("added_at", Instant),
    # what the source says of itself
    *_optional(Text, "guid", "title", "subtitle", "site_url", "self_url"),
    Column("feed_updated", Instant),
    _required("authors", JSON),
    *_optional(Text, "rights", "icon", "language"),
    # where its polling stands
    *_optional(Text, "etag", "last_modified"),
    Column("document_digest", LargeBinary),
    *_optional(Instant, "polled_at", "succeeded_at"),
    _required("failures", Integer, "0"),
    *_optional(Text, "error_code", "error_message"),
    Column("next_poll_at", Instant),
    _required("next_poll_reason", Text),
    *_optional(Text, "current_url", "moving_url"),
    Column("moving_since", Instant),
    _required("moving_polls", Integer, "0"),
    Column("seen_items", LargeBinary),
    *_optional(Instant, "document_at", "imported_at"),
    *_optional(JSON, "hints", "freshness", "appearances"),
    Index(None, "next_poll_at"),
)

_UNSEEN = text("hidden_at IS NOT NULL OR merged_into IS NOT NULL")
entries = Table(
    "entries",
    metadata,
    _id(),
    Column("atom_id", Text, nullable=False, unique=True),
    _required("published", Instant),
    _required("updated", Instant),
    _required("date_reason", Text),
    _required("first_seen_at", Instant),
    # nobody is shown it any more, but what carries it is known when it comes again: a tombstone (RFC 6721)
    Column("hidden_at", Instant),
    *_optional(Text, "hidden_by", "hidden_reason"),
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
    _reference("entry_id", "entries"),
    _required("rule", Text),
    _required("reason", Text),
    _required("added_at", Instant),
    Index(None, "entry_id"),
)

sightings = Table(
    "sightings",
    metadata,
    _id(),
    _reference("entry_id", "entries"),
    _reference("source_id", "sources"),
    _required("carrier", Text),
    _required("place", Text),
    *_optional(Text, "guid", "url", "url_key", "url_reason"),
    # the entry whose text this sighting gives; unique, so that exactly one carrier speaks for an entry
    Column("speaks_for", BigInteger, ForeignKey("entries.id"), unique=True),
    _required("verdict", Text),
    _required("rule", Text),
    _required("reason", Text),
    _required("revisions", Integer, "0"),
    _required("digest", LargeBinary),
    _required("title", Text),
    _required("first_seen_at", Instant),
    _required("last_seen_at", Instant),
    Column("ended_at", Instant),
    # the categories that the item itself names, and the rule that is against what it says; they follow its newest revision
    Column("categories", JSON),
    *_optional(Text, "blocked_by", "blocked_reason"),
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
    _id(),
    _reference("sighting_id", "sightings"),
    _required("number", Integer),
    _required("seen_at", Instant),
    _required("reason", Text),
    _required("digest", LargeBinary),
    _required("title", Text),
    *_optional(Text, "url", "summary", "content", "language"),
    _required("authors", JSON),
    _required("tags", JSON),
    _required("enclosures", JSON),
    *_optional(Instant, "published", "updated"),
    UniqueConstraint("sighting_id", "number"),
)

categories = Table(
    "categories",
    metadata,
    _id(),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, unique=True),
    Column("atom_id", Text, nullable=False, unique=True),
    _required("origin", Text),
    _required("added_at", Instant),
    # grows in every transaction that changes what the category's feed shows
    _required("revision", Integer, "0"),
)

# single facts: the permanent id of the feed of everything, and when publishing last began
facts = Table("facts", metadata, Column("name", Text, primary_key=True), _required("value", Text))

assignments = Table(
    "assignments",
    metadata,
    Column("entry_id", BigInteger, ForeignKey("entries.id"), primary_key=True),
    Column("category_id", BigInteger, ForeignKey("categories.id"), primary_key=True),
    # the carrier that put it there, and takes it out again when it names other categories
    _reference("sighting_id", "sightings"),
    _required("reason", Text),
    # kept beside the pair, so that a category's newest entries are one walk along one index, however many it has
    _required("published", Instant),
    Index(None, "category_id", "published"),
)

quarantine = Table(
    "quarantine",
    metadata,
    _id(),
    _reference("source_id", "sources"),
    _required("place", Text),
    _required("code", Text),
    _required("message", Text),
    _required("raw", Text),
    _required("digest", LargeBinary),
    # set where the entry was stored all the same, and the row only tells of a flaw
    _reference("entry_id", "entries", optional=True),
    # what a guard held back, whole, so that it can be released; and when somebody decided that it shall never come in
    Column("carrier", Text),
    Column("item", JSON),
    Column("dropped_at", Instant),
    _required("first_seen_at", Instant),
    _required("last_seen_at", Instant),
    UniqueConstraint("source_id", "place", "code", "digest"),
    Index(None, "source_id", "carrier"),
)

# what entries say, as fingerprints (aggregator.likeness), and the bands under which those like it are found
fingerprints = Table(
    "fingerprints",
    metadata,
    Column("entry_id", BigInteger, ForeignKey("entries.id"), primary_key=True),
    _required("value", BigInteger),
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
    _id(),
    _reference("source_id", "sources"),
    _required("started_at", Instant),
    _required("outcome", Text),
    Column("status", Integer),
    *_optional(Text, "final_url", "code", "message"),
    _required("wire_bytes", BigInteger, "0"),
    _required("fetch_s", Float, "0"),
    *(
        _required(name, Integer, "0")
        for name in ("seen", "new", "revised", "unchanged", "merged", "quarantined", "churning", "tombstoned")
    ),
    Column("hops", JSON),
    Index(None, "source_id", "started_at"),
)

# where feeds moved, for `feed moves` and for taking a move back
moves = Table(
    "moves",
    metadata,
    _id(),
    _reference("source_id", "sources"),
    _required("moved_at", Instant),
    _required("from_url", Text),
    _required("to_url", Text),
    _required("reason", Text),
    Column("undone_at", Instant),
    Index(None, "source_id"),
)

seed_files = Table(
    "seed_files",
    metadata,
    Column("source_id", BigInteger, ForeignKey("sources.id"), primary_key=True),
    Column("path", Text, primary_key=True),
    _required("size", BigInteger),
    _required("mtime_ns", BigInteger),
    _required("digest", LargeBinary),
    _required("seen_at", Instant),
)

publications = Table(
    "publications",
    metadata,
    Column("path", Text, primary_key=True),
    _required("digest", LargeBinary),
    _required("size", BigInteger),
    _required("mtime_ns", BigInteger),
    _required("revision", BigInteger),
    _required("inputs", LargeBinary),
    _required("published_at", Instant),
)
