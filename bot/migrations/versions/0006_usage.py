"""The ledger is added up for a member, for a server and for all."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the indexes that find what is new."""
    op.create_index("ledger_of_guild", "ledger", ["guild_id", "at"])
    op.create_index("ledger_of_member", "ledger", ["member_id", "at"])
    op.create_index("ledger_by_time", "ledger", ["at"])
