"""Owns the tables of WebSub: our leases with others' hubs, the subscribers of our own, and who is to be told what."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from aggregator.store.columns import Instant, optional, reference, required, row_id
from aggregator.store.schema.collection import metadata

# how we stand with the hubs of sources
leases = Table(
    "leases",
    metadata,
    row_id(),
    reference("source_id", "sources"),
    required("hub", Text),
    required("topic", Text),
    Column("token", Text, nullable=False, unique=True),
    *optional(Text, "secret"),
    required("wanted", Text),
    # until the hub asked back whether that was us
    *optional(Text, "asked"),
    *optional(Instant, "ends_at", "due_at"),
    required("attempts", Integer, "0"),
    *optional(Text, "trouble"),
    required("received", Integer, "0"),
    Column("received_at", Instant),
    required("refused", Integer, "0"),
    UniqueConstraint("source_id", "hub", "topic"),
    Index(None, "due_at"),
)

# what hubs sent and nobody has read yet
pushes = Table(
    "pushes",
    metadata,
    row_id(),
    reference("source_id", "sources"),
    required("topic", Text),
    required("received_at", Instant),
    *optional(Text, "content_type"),
    required("content_encoding", Text),
    required("body", LargeBinary),
    Index(None, "source_id"),
)

# the bytes of our feeds of which hubs and subscribers were last told, or are about to be
announcements = Table(
    "announcements",
    metadata,
    Column("path", Text, primary_key=True),
    required("digest", LargeBinary),
)

# hubs that are to be told of news
pings = Table(
    "pings",
    metadata,
    row_id(),
    required("hub", Text),
    required("topic", Text),
    required("changes", Integer, "0"),
    required("attempts", Integer, "0"),
    required("due_at", Instant),
    *optional(Text, "trouble"),
    UniqueConstraint("hub", "topic"),
    Index(None, "due_at"),
)

# what our hub was asked, in that order, until the one who is said to have asked says that it was him
requests = Table(
    "requests",
    metadata,
    row_id(),
    required("intent", Text),
    required("callback", Text),
    required("host", Text),
    required("topic", Text),
    required("lease_s", Integer),
    *optional(Text, "secret"),
    required("due_at", Instant),
    required("attempts", Integer, "0"),
    Index(None, "host"),
    Index(None, "due_at"),
)

# who gets our news from our hub
subscribers = Table(
    "subscribers",
    metadata,
    row_id(),
    required("callback", Text),
    required("host", Text),
    required("topic", Text),
    *optional(Text, "secret"),
    required("ends_at", Instant),
    # how often there was something to deliver; due while that was not done
    required("changes", Integer, "0"),
    Column("due_at", Instant),
    required("attempts", Integer, "0"),
    *optional(Text, "trouble"),
    UniqueConstraint("callback", "topic"),
    Index(None, "topic"),
    Index(None, "host"),
    Index(None, "due_at"),
)
