"""Entries that are hidden or merged; what guards hold back; fingerprints of what entries say; memories of documents."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add columns, indexes and three tables; move two columns."""
    op.add_column("entries", sa.Column("hidden_at", sa.DateTime(timezone=True)))
    op.add_column("entries", sa.Column("hidden_by", sa.Text()))
    op.add_column("entries", sa.Column("hidden_reason", sa.Text()))
    # as text, since Alembic would make both tables anew for a reference, which SQLite does not need
    op.execute("ALTER TABLE entries ADD COLUMN merged_into BIGINT CONSTRAINT fk_entries_merged_into REFERENCES entries (id)")
    op.execute("ALTER TABLE sightings ADD COLUMN home_id BIGINT CONSTRAINT fk_sightings_home_id REFERENCES entries (id)")
    op.add_column("sightings", sa.Column("categories", sa.JSON()))
    op.add_column("sightings", sa.Column("blocked_by", sa.Text()))
    op.add_column("sightings", sa.Column("blocked_reason", sa.Text()))
    _remember_own_categories()
    unseen = sa.text("hidden_at IS NOT NULL OR merged_into IS NOT NULL")
    op.create_index(
        "ix_entries_hidden_at_merged_into",
        "entries",
        ["hidden_at", "merged_into"],
        unique=False,
        sqlite_where=unseen,
        postgresql_where=unseen,
    )
    op.create_index("ix_sightings_source_id_first_seen_at", "sightings", ["source_id", "first_seen_at"], unique=False)
    op.add_column("quarantine", sa.Column("carrier", sa.Text()))
    op.add_column("quarantine", sa.Column("item", sa.JSON()))
    op.add_column("quarantine", sa.Column("dropped_at", sa.DateTime(timezone=True)))
    op.create_index("ix_quarantine_source_id_carrier", "quarantine", ["source_id", "carrier"], unique=False)
    op.create_table(
        "fingerprints",
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_fingerprints_entry_id"),
        sa.PrimaryKeyConstraint("entry_id", name="pk_fingerprints"),
    )
    op.create_table(
        "bands",
        sa.Column("band", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_bands_entry_id"),
        sa.PrimaryKeyConstraint("band", "entry_id", name="pk_bands"),
    )
    op.create_index("ix_bands_entry_id", "bands", ["entry_id"], unique=False)
    _move_memories()


def _move_memories() -> None:
    """Take what only a document needs out of the rows that every poll reads, and leave there what of it the schedule needs."""
    op.create_table(
        "memories",
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("seen_items", sa.LargeBinary()),
        sa.Column("appearances", sa.JSON()),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_memories_source_id"),
        sa.PrimaryKeyConstraint("source_id", name="pk_memories"),
    )
    op.execute(
        "INSERT INTO memories (source_id, seen_items, appearances) SELECT id, seen_items, appearances FROM sources"
        " WHERE seen_items IS NOT NULL OR appearances IS NOT NULL"
    )
    op.add_column("sources", sa.Column("pulse_at", sa.DateTime(timezone=True)))
    op.add_column("sources", sa.Column("pulse_gap_s", sa.Float()))
    _find_pulses()
    for column in ("seen_items", "appearances"):
        op.execute(f"ALTER TABLE sources DROP COLUMN {column}")


def _find_pulses() -> None:
    """Find when each source last brought something new, and the median time between two such occasions.

    Of each occasion one entry was kept, oldest first: the date that its publisher gave it, and when it was seen. Those that were
    seen with the first document came when their publisher says, unless that is in the future; all others when they were seen.
    """
    instant = sa.DateTime(timezone=True)
    sources = sa.table(
        "sources",
        sa.column("id", sa.BigInteger()),
        sa.column("imported_at", instant),
        sa.column("appearances", sa.JSON()),
        sa.column("pulse_at", instant),
        sa.column("pulse_gap_s", sa.Float()),
    )
    connection = op.get_bind()
    known = sa.select(sources.c.id, sources.c.imported_at, sources.c.appearances).where(sources.c.imported_at.is_not(None))
    for row in connection.execute(known).all():
        if not row.appearances:
            continue
        # SQLite keeps instants in UTC without saying so
        imported_at = row.imported_at if row.imported_at.tzinfo else row.imported_at.replace(tzinfo=UTC)
        came = []
        for claimed, seen in row.appearances:
            seen_at = datetime.fromisoformat(seen)
            published = datetime.fromisoformat(claimed or seen)
            came.append(published if seen_at <= imported_at and published <= seen_at else seen_at)
        gaps = sorted((later - earlier).total_seconds() for earlier, later in pairwise(came))
        pulse = {"pulse_at": came[-1].astimezone(UTC), "pulse_gap_s": gaps[(len(gaps) - 1) // 2] if gaps else None}
        connection.execute(sources.update().where(sources.c.id == row.id).values(**pulse))


def _remember_own_categories() -> None:
    """Let seeds keep the categories that they name themselves, which until now were known as assignments only."""
    own = "assignments.reason = 'the seed''s own category'"
    collect = "json_group_array" if op.get_bind().dialect.name == "sqlite" else "json_agg"
    op.execute(
        f"UPDATE sightings SET categories = (SELECT {collect}(categories.name) FROM assignments"  # noqa: S608 - our own words
        " JOIN categories ON categories.id = assignments.category_id"
        f" WHERE assignments.sighting_id = sightings.id AND {own})"
        f" WHERE id IN (SELECT sighting_id FROM assignments WHERE {own})"
    )
