"""Names that categories gave up; which published files a bucket holds as they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add a table, a column, and the index of what a bucket lacks. Buckets begin empty."""
    op.create_table(
        "former_names",
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name="fk_former_names_category_id"),
        sa.PrimaryKeyConstraint("name_key", name="pk_former_names"),
    )
    op.add_column("publications", sa.Column("put_digest", sa.LargeBinary()))
    lacking = sa.text("put_digest IS NULL OR put_digest <> digest")
    op.create_index("ix_publications_unput", "publications", ["path"], sqlite_where=lacking, postgresql_where=lacking)
