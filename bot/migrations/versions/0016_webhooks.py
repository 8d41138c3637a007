"""The events that ToAPIs sent by webhook: which tasks have ended. Kept for little longer than it may repeat them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of the events."""
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("job_id", sa.String(200)),
        sa.Column("task_id", sa.String(200)),
        sa.Column("seconds", sa.Integer),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_index("webhook_events_of_job", "webhook_events", ["job_id"])
    op.create_index("webhook_events_of_task", "webhook_events", ["task_id"])
    op.create_index("webhook_events_at", "webhook_events", ["at"])
