"""Whose money is still held is marked, so that it is found by an index however long ago it was reserved."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a column and its index; the mark is set where no closing entry stands."""
    with op.batch_alter_table("ledger") as table:
        table.add_column(sa.Column("held", sa.Boolean))
    ledger = sa.table("ledger", sa.column("job_id"), sa.column("phase"), sa.column("held"))
    closed = ledger.alias("closed")
    is_closed = sa.exists().where(closed.c.job_id == ledger.c.job_id, closed.c.phase == "close")
    op.execute(sa.update(ledger).where(ledger.c.phase == "open", ~is_closed).values(held=sa.true()))
    marked = sa.text("held IS NOT NULL")
    op.create_index("ledger_held", "ledger", ["at"], sqlite_where=marked, postgresql_where=marked)
