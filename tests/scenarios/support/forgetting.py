"""What scenarios about forgetting need: rows made older, Ana's request, and money that is closed before it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from playground.world.interactions import Interaction
from playground.world.places import Message
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.server import Server, job_of


def query(server: Server, statement: str, **values: Any) -> list[Any]:
    """Run a statement on the bot's own database, commit, and return its rows."""
    engine = sa.create_engine(server.stage.settings["DATABASE_URL"])
    with engine.begin() as connection:
        cursor = connection.execute(sa.text(statement), values)
        rows = list(cursor.all()) if cursor.returns_rows else []
    engine.dispose()
    return rows


async def paid(server: Server, *results: Message) -> None:
    """Wait until the money of these results is closed: before that no job is over."""
    records = BotRecords(server.stage.settings["DATABASE_URL"])
    await records.until(lambda: all(records.money(job_of(result)) for result in results), timeout=20)
    records.close()


def days_ago(server: Server, days: float, *results: Message) -> None:
    for result in results:
        query(
            server,
            "UPDATE jobs SET created_at = created_at - :age WHERE id = :id",
            age=days * 24 * 3600,
            id=job_of(result),
        )


async def forgets(server: Server, *, restart: bool = False) -> Interaction:
    """Let Ana delete her data."""
    question = await server.ana.command(server.channel, "mydata delete")
    assert question.message is not None
    assert question.ephemeral
    assert "Press “Delete”" in question.message.content
    if restart:
        await server.stage.kill()
        await server.stage.start()
    answer = await server.ana.press(question.message, "Yes, forget me")
    await server.world.until(lambda: question.message and question.message.content.startswith("Done"), timeout=20)
    assert question.message.buttons == []
    return answer
