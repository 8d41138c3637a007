"""Forgetting, as stories need it: rows made older, Ana's wish, and money that is closed before it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from playground.world.interactions import Interaction
from playground.world.places import Message
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.server import Server


def asked(server: Server, query: str, **values: Any) -> list[Any]:
    """From the bot's own database; a change is made for good."""
    engine = sa.create_engine(server.stage.settings["DATABASE_URL"])
    with engine.begin() as connection:
        done = connection.execute(sa.text(query), values)
        rows = list(done.all()) if done.returns_rows else []
    engine.dispose()
    return rows


def job_of(result: Message) -> str:
    return result.attachments[0].name.removeprefix("retouch-")[:16]


async def paid(server: Server, *results: Message) -> None:
    """Until the money of these is closed: before that nothing is over."""
    records = BotRecords(server.stage.settings["DATABASE_URL"])
    await records.until(lambda: all(records.money(job_of(one)) for one in results), timeout=20)
    records.close()


def days_ago(server: Server, days: float, *results: Message) -> None:
    for one in results:
        asked(
            server,
            "UPDATE jobs SET created_at = created_at - :age WHERE id = :id",
            age=days * 24 * 3600,
            id=job_of(one),
        )


async def forgets(server: Server, *, restart: bool = False) -> Interaction:
    """Ana has her data deleted."""
    sure = await server.ana.command(server.channel, "mydata delete")
    assert sure.message is not None
    assert sure.ephemeral
    assert "Press “Delete”" in sure.message.content
    if restart:
        await server.stage.kill()
        await server.stage.start()
    answer = await server.ana.press(sure.message, "Yes, forget me")
    await server.world.until(lambda: sure.message and sure.message.content.startswith("Done"), timeout=20)
    assert sure.message.buttons == []
    return answer
