"""The engine's workflows and steps become tables of our own, beside the jobs that they run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables. ``bot/jobs/old_engine.py`` takes over what an earlier version's engine left."""
    op.create_table(
        "workflows",
        sa.Column("id", sa.String(48), primary_key=True),
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("phase", sa.String(8), nullable=False),
        sa.Column("slot", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("ended", sa.String(12)),
        sa.Column("ended_at", sa.Float),
    )
    op.create_index("workflows_open", "workflows", ["slot", "ended_at", "created_at"])
    op.create_index("workflows_of_job", "workflows", ["job_id"])
    op.create_table(
        "steps",
        sa.Column("workflow_id", sa.String(48), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("outcome", sa.JSON, nullable=False),
    )
