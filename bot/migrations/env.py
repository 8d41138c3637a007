"""Alembic's entry point: runs the migrations over the connection that ``bot.migrations.migrate`` passes in."""

from __future__ import annotations

from alembic import context

import bot.guilds.audit
import bot.guilds.blocks
import bot.guilds.picture_reports
import bot.guilds.rules
import bot.guilds.styles
import bot.jobs.table
import bot.key_value
import bot.ledger
import bot.privacy.departures
from bot.database import metadata

TABLES = (
    bot.guilds.audit,
    bot.guilds.blocks,
    bot.guilds.picture_reports,
    bot.privacy.departures,
    bot.key_value,
    bot.jobs.table,
    bot.ledger,
    bot.guilds.rules,
    bot.guilds.styles,
)
"""The modules whose tables are compared when a new migration is written."""

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite can't alter a table: https://alembic.sqlalchemy.org/en/latest/batch.html
)
with context.begin_transaction():
    context.run_migrations()
