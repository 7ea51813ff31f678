"""What polling keeps of a source between two polls; where its feed moved; the redirects of a poll."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add columns and the table of moves."""
    for column in (
        sa.Column("current_url", sa.Text()),
        sa.Column("moving_url", sa.Text()),
        sa.Column("moving_since", sa.DateTime(timezone=True)),
        sa.Column("moving_polls", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("seen_items", sa.LargeBinary()),
        sa.Column("document_at", sa.DateTime(timezone=True)),
        sa.Column("imported_at", sa.DateTime(timezone=True)),
        sa.Column("hints", sa.JSON()),
        sa.Column("freshness", sa.JSON()),
        sa.Column("appearances", sa.JSON()),
    ):
        op.add_column("sources", column)
    op.add_column("polls", sa.Column("hops", sa.JSON()))
    op.create_table(
        "moves",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_url", sa.Text(), nullable=False),
        sa.Column("to_url", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_moves_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_moves"),
    )
    op.create_index("ix_moves_source_id", "moves", ["source_id"], unique=False)
