"""Archives, tombstones, reissues and former slugs; what files were made of; contributors and thumbnails."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add columns, indexes and four tables. All entries begin outside archives; the next publishing fills these."""
    instant = sa.DateTime(timezone=True)
    op.add_column("sources", sa.Column("logo", sa.Text()))
    op.add_column("revisions", sa.Column("contributors", sa.JSON()))
    op.add_column("revisions", sa.Column("thumbnails", sa.JSON()))
    op.add_column("categories", sa.Column("published_revision", sa.Integer(), server_default="-1", nullable=False))
    op.add_column("categories", sa.Column("published_inputs", sa.LargeBinary()))
    op.add_column("categories", sa.Column("withdrawn_at", instant))
    op.add_column("categories", sa.Column("entry_count", sa.Integer(), server_default="0", nullable=False))
    op.add_column("categories", sa.Column("newest", instant))
    op.add_column("publications", sa.Column("parts", sa.LargeBinary()))
    op.add_column("entries", sa.Column("page", sa.Integer()))
    op.add_column("assignments", sa.Column("page", sa.Integer()))
    _index_where("ix_entries_unsealed", "entries", ["published", "atom_id"], "page IS NULL")
    _index_where("ix_assignments_unsealed", "assignments", ["category_id", "published"], "page IS NULL")
    op.create_table(
        "former_slugs",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.Column("given_up_at", instant, nullable=False),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name="fk_former_slugs_category_id"),
        sa.PrimaryKeyConstraint("slug", name="pk_former_slugs"),
    )
    op.create_table(
        "archives",
        sa.Column("category_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("page", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("next_page", sa.Integer()),
        sa.Column("updated", instant, nullable=False),
        sa.Column("sealed_at", instant, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        sa.Column("published_revision", sa.Integer(), server_default="-1", nullable=False),
        sa.PrimaryKeyConstraint("category_id", "page", name="pk_archives"),
    )
    _index_where("ix_archives_stale", "archives", ["category_id", "page"], "revision <> published_revision")
    op.create_table(
        "tombstones",
        sa.Column("category_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", instant, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("page", sa.Integer()),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_tombstones_entry_id"),
        sa.PrimaryKeyConstraint("category_id", "entry_id", name="pk_tombstones"),
    )
    op.create_index("ix_tombstones_category_id_deleted_at", "tombstones", ["category_id", "deleted_at"], unique=False)
    op.create_index("ix_tombstones_entry_id", "tombstones", ["entry_id"], unique=False)
    op.create_table(
        "reissues",
        sa.Column("category_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("page", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("left_out", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_reissues_entry_id"),
        sa.PrimaryKeyConstraint("category_id", "entry_id", "page", name="pk_reissues"),
    )
    op.create_index("ix_reissues_entry_id", "reissues", ["entry_id"], unique=False)


def _index_where(name: str, table: str, columns: list[str], condition: str) -> None:
    """Index the few rows of *table* that *condition* holds for."""
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=False, sqlite_where=where, postgresql_where=where)
