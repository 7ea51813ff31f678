"""What items say of the feed that they were copied from, their rights and other links; contributors of feeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add columns, which are empty of what was stored before."""
    op.add_column("revisions", sa.Column("links", sa.JSON()))
    op.add_column("revisions", sa.Column("rights", sa.Text()))
    op.add_column("revisions", sa.Column("copied_from", sa.JSON()))
    op.add_column("sources", sa.Column("contributors", sa.JSON()))
    _drop_fragments()


def _drop_fragments() -> None:
    """Give up what hub subscribers asked for under a callback with a fragment; one of their subscriptions stays, without it."""
    tables = op.get_bind()
    tables.execute(sa.text("DELETE FROM requests WHERE callback LIKE '%#%'"))
    for row in tables.execute(sa.text("SELECT id, callback, topic FROM subscribers WHERE callback LIKE '%#%' ORDER BY id")).all():
        named = {"id": row.id, "callback": row.callback.partition("#")[0], "topic": row.topic}
        known = "SELECT 1 FROM subscribers WHERE callback = :callback AND topic = :topic"
        if tables.execute(sa.text(known), named).first() is None:
            tables.execute(sa.text("UPDATE subscribers SET callback = :callback WHERE id = :id"), named)
        else:
            tables.execute(sa.text("DELETE FROM subscribers WHERE id = :id"), named)
