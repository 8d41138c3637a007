"""Jobs can be forgotten, and the servers that the bot left are known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds two columns, empty, and a table."""
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("unwanted_at", sa.Float))
        jobs.add_column(sa.Column("forgotten_at", sa.Float))
    op.create_index("jobs_unwanted", "jobs", ["unwanted_at"])
    op.create_table(
        "departures",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("left_at", sa.Float, nullable=False),
    )
