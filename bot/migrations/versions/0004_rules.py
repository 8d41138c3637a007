"""Servers have rules, and the ledger knows how many pictures an entry is for, so that limits are counted by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables. Entries of before get their pictures from their jobs."""
    op.create_table(
        "rules",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("values", sa.JSON, nullable=False),
    )
    op.create_table(
        "rule_changes",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False, index=True),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("old", sa.JSON, nullable=False),
        sa.Column("new", sa.JSON, nullable=False),
        sa.Column("by", sa.BigInteger, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    with op.batch_alter_table("ledger") as ledger:
        ledger.add_column(sa.Column("pictures", sa.Integer, nullable=False, server_default="1"))
    op.execute(
        "UPDATE ledger SET pictures = COALESCE((SELECT jobs.count FROM jobs WHERE jobs.id = ledger.job_id), pictures)"
    )
    op.create_index("ledger_of_member", "ledger", ["member_id", "at"])
    op.create_index("ledger_of_guild", "ledger", ["guild_id", "at"])
    op.create_index("ledger_at", "ledger", ["at"])
