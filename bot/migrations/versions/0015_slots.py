"""Several slots: what SLOTS and the number of shards are for the holder of each, and which slot a job belongs to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, empty: what an earlier version wrote, and writes while this one is rolled out, is slot 0's."""
    with op.batch_alter_table("slots") as slots:
        slots.add_column(sa.Column("slots_in_all", sa.Integer))
        slots.add_column(sa.Column("shards", sa.Integer))
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("slot", sa.Integer))
