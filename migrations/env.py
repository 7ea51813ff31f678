"""Runs the migrations on the connection that aggregator.store.migrate gives; there is no alembic.ini."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
# SQLite cannot alter a column in place: batch mode makes a new table and copies (https://alembic.sqlalchemy.org/en/latest/batch.html)
context.configure(connection=connection, render_as_batch=connection.dialect.name == "sqlite", transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()
