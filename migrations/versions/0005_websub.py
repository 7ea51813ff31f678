"""WebSub: what feeds offer, our leases, what hubs sent, and whom we tell of news."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

INSTANT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add three columns and six tables. What a feed offers is known once it brings a document again."""
    op.add_column("sources", sa.Column("hub_url", sa.Text()))
    op.add_column("sources", sa.Column("topic_url", sa.Text()))
    op.add_column("sources", sa.Column("pushed_until_at", INSTANT))
    _create_what_comes()
    _create_what_goes()
    _create_hub()


def _create_what_comes() -> None:
    op.create_table(
        "leases",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text()),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text()),
        sa.Column("ends_at", INSTANT),
        sa.Column("due_at", INSTANT),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("trouble", sa.Text()),
        sa.Column("received", sa.Integer(), server_default="0", nullable=False),
        sa.Column("received_at", INSTANT),
        sa.Column("refused", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_leases_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_leases"),
        sa.UniqueConstraint("token", name="uq_leases_token"),
        sa.UniqueConstraint("source_id", "hub", "topic", name="uq_leases_source_id_hub_topic"),
    )
    op.create_index("ix_leases_due_at", "leases", ["due_at"], unique=False)
    op.create_table(
        "pushes",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("content_type", sa.Text()),
        sa.Column("content_encoding", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_pushes_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_pushes"),
    )
    op.create_index("ix_pushes_source_id", "pushes", ["source_id"], unique=False)


def _create_what_goes() -> None:
    op.create_table(
        "announcements",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_announcements"),
    )
    op.create_table(
        "pings",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("changes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("trouble", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_pings"),
        sa.UniqueConstraint("hub", "topic", name="uq_pings_hub_topic"),
    )
    op.create_index("ix_pings_due_at", "pings", ["due_at"], unique=False)


def _create_hub() -> None:
    op.create_table(
        "requests",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("lease_s", sa.Integer(), nullable=False),
        sa.Column("secret", sa.Text()),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_requests"),
    )
    op.create_index("ix_requests_host", "requests", ["host"], unique=False)
    op.create_index("ix_requests_due_at", "requests", ["due_at"], unique=False)
    op.create_table(
        "subscribers",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text()),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("changes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("trouble", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_subscribers"),
        sa.UniqueConstraint("callback", "topic", name="uq_subscribers_callback_topic"),
    )
    for column in ("topic", "host", "due_at"):
        op.create_index(f"ix_subscribers_{column}", "subscribers", [column], unique=False)
