"""Who may send a job's create is decided in its row; who holds the slot is fenced off by a number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds two columns and a table, empty: of a job that has an intent and no number, the create is looked up."""
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("sends", sa.Integer))
        jobs.add_column(sa.Column("claim_id", sa.String(32)))
    op.create_table(
        "slots",
        sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("fence", sa.BigInteger, nullable=False),
    )
