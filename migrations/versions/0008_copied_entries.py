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
