"""What a PostgreSQL server is told about our connections, apart from what SQLAlchemy tells it."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

IDLE_IN_TRANSACTION: Final = 8
"""Seconds after which a server ends a transaction in which nothing happens. Its process is frozen, or out of reach:
what it locked holds up every other process, and what it was allowed to do may be another's by the time it wakes."""


def end_idle_transactions(engine: sa.Engine) -> None:
    """Let the server end transactions that were left open, over each connection from now on."""
    sa.event.listen(engine, "connect", _prepare)


def _prepare(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION}s'")
    cursor.close()
    connection.commit()  # else the setting would be rolled back
