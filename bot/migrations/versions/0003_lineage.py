"""Jobs know what they came of, when they were bought and painted, and that somebody called them off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the columns. Jobs of before keep them empty, but for the model, which their order names."""
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("model", sa.String(100)))
        jobs.add_column(sa.Column("channel_id", sa.BigInteger))
        jobs.add_column(sa.Column("place_id", sa.BigInteger))
        jobs.add_column(sa.Column("parent_id", sa.String(32)))
        jobs.add_column(sa.Column("origin", sa.String(100)))
        jobs.add_column(sa.Column("intended_at", sa.Float))
        jobs.add_column(sa.Column("painted_at", sa.Float))
        jobs.add_column(sa.Column("called_off_at", sa.Float))
        jobs.add_column(sa.Column("called_off_by", sa.BigInteger))
    op.create_index("jobs_of_model", "jobs", ["model", "painted_at"])
    op.create_index("jobs_of_channel", "jobs", ["channel_id", "created_at"])
    op.create_index("jobs_of_place", "jobs", ["place_id", "created_at"])
