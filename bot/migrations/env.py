"""Alembic's entry: runs the steps over the connection that ``bot.database.migrate`` hands in."""

from __future__ import annotations

from alembic import context

import bot.audit
import bot.blocks
import bot.complaints
import bot.departures
import bot.facts
import bot.jobs.store
import bot.ledger
import bot.rules
import bot.styles
from bot.database import metadata

TABLES = (
    bot.audit,
    bot.blocks,
    bot.complaints,
    bot.departures,
    bot.facts,
    bot.jobs.store,
    bot.ledger,
    bot.rules,
    bot.styles,
)
"""The rooms whose tables are compared when a new step is made."""

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite can't alter a table: https://alembic.sqlalchemy.org/en/latest/batch.html
)
with context.begin_transaction():
    context.run_migrations()
