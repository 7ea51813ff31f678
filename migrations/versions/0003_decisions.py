"""Entries that are hidden or merged; what guards hold back; fingerprints of what entries say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add columns, indexes and two tables."""
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
