"""What is looked for gets a column or a table of its own, so that nothing has to be read whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0010"
branch_labels = None
depends_on = None

AT_A_TIME = 500


def upgrade() -> None:
    """Add the moment and the member of a small fact; from which messages and whose pictures an order is made."""
    with op.batch_alter_table("facts") as facts:
        facts.add_column(sa.Column("at", sa.Float))
        facts.add_column(sa.Column("member_id", sa.BigInteger))
    op.create_index("facts_at", "facts", ["at"])
    op.create_index("facts_of_member", "facts", ["member_id", "at"])
    for table, column in (("order_messages", "message_id"), ("order_owners", "member_id")):
        op.create_table(
            table,
            sa.Column(column, sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("job_id", sa.String(32), primary_key=True),
        )
        op.create_index(f"{table}_of_job", table, ["job_id"])
    op.create_index("jobs_by_age", "jobs", ["forgotten_at", "created_at"])
    op.create_index("jobs_called_off", "jobs", ["called_off_by"])
    op.create_index("jobs_created", "jobs", ["created_at"])
    _date_facts()
    _index_orders()


def _date_facts() -> None:
    here = op.get_bind()
    facts = sa.table("facts", sa.column("name", sa.String), sa.column("value", sa.JSON), sa.column("at", sa.Float))
    for row in here.execute(sa.select(facts)).all():
        at = row.value.get("at") if isinstance(row.value, dict) else None
        if isinstance(at, int | float):
            here.execute(sa.update(facts).where(facts.c.name == row.name).values(at=float(at)))


def _index_orders() -> None:
    here = op.get_bind()
    jobs = sa.table(
        "jobs", sa.column("id", sa.String), sa.column("member_id", sa.BigInteger), sa.column("order", sa.JSON)
    )
    messages = sa.table("order_messages", sa.column("message_id"), sa.column("job_id"))
    owners = sa.table("order_owners", sa.column("member_id"), sa.column("job_id"))
    last = ""
    while rows := here.execute(sa.select(jobs).where(jobs.c.id > last).order_by(jobs.c.id).limit(AT_A_TIME)).all():
        last = rows[-1].id
        orders = [(row, row.order if isinstance(row.order, dict) else json.loads(row.order)) for row in rows]
        named = [{"message_id": one, "job_id": row.id} for row, order in orders for one in _messages(order)]
        owned = [{"member_id": one, "job_id": row.id} for row, order in orders for one in _owners(order, row.member_id)]
        if named:
            here.execute(sa.insert(messages), named)
        if owned:
            here.execute(sa.insert(owners), owned)


def _messages(order: Mapping[str, Any]) -> set[int]:
    return {source["message_id"] for source in order["sources"] if source.get("message_id")}


def _owners(order: Mapping[str, Any], member_id: int) -> set[int]:
    """Return the ids of others. 0 stands for somebody who is not known."""
    kept: Iterable[int] = order.get("owner_ids") or ()
    named = {one for source in order["sources"] for one in source.get("owner_ids") or ()}
    return {one for one in named | set(kept) if one > 0} - {member_id}
