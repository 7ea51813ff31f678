"""Owns the tables of what subscribers see: categories, archives, files."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from aggregator.store.columns import Instant, reference, required, row_id
from aggregator.store.schema.collection import UNSEALED, metadata

_STALE = text("revision <> published_revision")
_UNPUT = text("put_digest IS NULL OR put_digest <> digest")

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
    # what its files were last made of
    required("published_revision", Integer, "-1"),
    Column("published_inputs", LargeBinary),
    # when an entry last went or came back
    Column("withdrawn_at", Instant),
    # how many entries it shows and the newest of their dates, as counted when it was last published
    required("entry_count", Integer, "0"),
    Column("newest", Instant),
)

# slugs that categories had before they were renamed: what was published under them goes on
former_slugs = Table(
    "former_slugs",
    metadata,
    Column("slug", Text, primary_key=True),
    reference("category_id", "categories"),
    required("given_up_at", Instant),
)

# names that categories had before: who still uses one means the category
former_names = Table(
    "former_names",
    metadata,
    Column("name_key", Text, primary_key=True),
    required("name", Text),
    reference("category_id", "categories"),
    required("given_up_at", Instant),
)

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
    # the newest page of the category's archive that holds it; none while it is in the feed itself
    Column("page", Integer),
    Index(None, "category_id", "published"),
    Index("ix_assignments_unsealed", "category_id", "published", sqlite_where=UNSEALED, postgresql_where=UNSEALED),
)

# pages of archives (RFC 5005, section 4), as they were when they became full; category 0 is the feed of everything
archives = Table(
    "archives",
    metadata,
    Column("category_id", BigInteger, primary_key=True, autoincrement=False),
    Column("page", Integer, primary_key=True, autoincrement=False),
    # the page after it, if that was sealed with it: a page that was seen without one gets none
    Column("next_page", Integer),
    required("updated", Instant),
    required("sealed_at", Instant),
    required("body", LargeBinary),
    # grows where an entry of the page is withdrawn or comes back
    required("revision", Integer, "0"),
    required("published_revision", Integer, "-1"),
    Index("ix_archives_stale", "category_id", "page", sqlite_where=_STALE, postgresql_where=_STALE),
)

# entries that a feed showed and shows no more (RFC 6721); category 0 is the feed of everything
tombstones = Table(
    "tombstones",
    metadata,
    Column("category_id", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_id", BigInteger, ForeignKey("entries.id"), primary_key=True),
    required("deleted_at", Instant),
    required("reason", Text),
    # of the archive, which it stood on and goes back to
    Column("page", Integer),
    Index(None, "category_id", "deleted_at"),
    Index(None, "entry_id"),
)

# older pages of archives that hold an entry whose text changed since, so that it stands in the feed again
reissues = Table(
    "reissues",
    metadata,
    Column("category_id", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_id", BigInteger, ForeignKey("entries.id"), primary_key=True),
    Column("page", Integer, primary_key=True, autoincrement=False),
    # set where it was withdrawn meanwhile: what the page says of it is not shown again
    required("left_out", Integer, "0"),
    Index(None, "entry_id"),
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
    # which entries it shows, and where in its bytes: what did not change is not rendered again
    Column("parts", LargeBinary),
    # of the bytes that the bucket got last, if files are put into one
    Column("put_digest", LargeBinary),
    Index("ix_publications_unput", "path", sqlite_where=_UNPUT, postgresql_where=_UNPUT),
)
