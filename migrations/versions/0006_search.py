"""The index of full text: of FTS5 in SQLite, of tsvector in PostgreSQL. It begins empty and is filled from the store."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table ``searchable`` of ``rowid`` and ``words``. It keeps no text, which is in ``revisions``."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE searchable USING fts5(words, content='', columnsize=0, tokenize='ascii')")
        # bytes that are gathered in memory before they are written: a batch, whole
        op.execute("INSERT INTO searchable (searchable, rank) VALUES ('hashsize', 16777216)")
        # parts of one size before they are made one: 4, the default, writes each twice as often
        op.execute("INSERT INTO searchable (searchable, rank) VALUES ('automerge', 16)")
    else:
        op.create_table(
            "searchable",
            sa.Column("rowid", sa.BigInteger(), autoincrement=False, nullable=False),
            sa.Column("words", TSVECTOR(), nullable=False),
            sa.PrimaryKeyConstraint("rowid", name="pk_searchable"),
        )
        op.create_index("ix_searchable_words", "searchable", ["words"], postgresql_using="gin")
