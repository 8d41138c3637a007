"""Servers may have keys of their own; jobs and entries know which one pays."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a table and two columns, empty: until now the operator's key paid for all."""
    op.create_table(
        "keys",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("last_four", sa.String(4), nullable=False),
        sa.Column("set_by", sa.BigInteger, nullable=False),
        sa.Column("set_at", sa.Float, nullable=False),
        sa.Column("retired_at", sa.Float),
        sa.Column("rejected_at", sa.Float),
        sa.Column("told_at", sa.Float),
    )
    in_use = sa.text("retired_at IS NULL")
    op.create_index("keys_in_use", "keys", ["guild_id"], unique=True, sqlite_where=in_use, postgresql_where=in_use)
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("key_id", sa.String(32)))
    op.create_index("jobs_of_key", "jobs", ["key_id"])
    with op.batch_alter_table("ledger") as ledger:
        ledger.add_column(sa.Column("key_id", sa.String(32)))
    # Their names held a hash of the operator's key. The look-up is proved anew by the next order.
    op.execute("DELETE FROM facts WHERE name LIKE 'lookup-proof:%'")
