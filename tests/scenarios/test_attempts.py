"""Orders that cost nothing are limited as well: each of them made a card, a thread or an upload."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from playground.world.interactions import Interaction
from playground.world.messages import upload
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.server import UPLOAD, Server, job_in, once
from tests.scenarios.support.small_server import server_with

FULL: Final = "in the last hour came to nothing"


async def unusable(server: Server) -> Interaction:
    """Order with a file that is no picture: the order gets a card, and fails."""
    return await server.order(image=upload("cat.png", b"%PDF-1.7 this is no picture", content_type="image/png"))


async def cancelled(server: Server) -> Interaction:
    """Order, and cancel before anything is bought."""
    orders: list[Interaction] = []

    async def cancel() -> None:
        (order,) = orders
        assert order.message is not None
        await server.ana.press(order.message, "Cancel")

    once(server.painter.hooks, "before", UPLOAD, cancel)
    orders.append(await server.order())
    return orders[0]


async def failed(server: Server) -> Interaction:
    """Order a picture whose painting fails, so that it is refunded."""
    server.painter.fault("failed:generation_failed", times=1)
    return await server.order()


async def closed(records: BotRecords, order: Interaction) -> str:
    """Return how the money of an order was closed."""
    job = str(job_in(order.message))
    await records.until(lambda: records.money(job), timeout=30)
    kind, _ = records.money(job) or ("", 0)
    return kind


async def test_orders_that_cost_nothing_are_limited_by_the_hour(tmp_path: Path, database_url: str) -> None:
    async with server_with(tmp_path, database_url, ATTEMPTS_PER_HOUR="3") as (server, records):
        for attempt in (unusable, cancelled, failed):
            assert await closed(records, await attempt(server)) == "returned"
        cards = len(server.channel.seen)
        rows = records.jobs()
        refused = await server.order()
        reply = await refused.said()
        assert FULL in reply.content, reply.content
        assert "You can order again <t:" in reply.content
        assert refused.ephemeral
        assert (len(server.channel.seen), records.jobs()) == (cards, rows)
        assert server.charges == 1  # the refunded one
        assert (await server.ben.command(server.channel, "imagine", prompt="a poster")).message  # others may


async def test_pictures_and_refusals_are_no_attempts(tmp_path: Path, database_url: str) -> None:
    async with server_with(tmp_path, database_url, ATTEMPTS_PER_HOUR="2") as (server, records):
        assert await closed(records, await unusable(server)) == "returned"
        await server.rule("Blocked words", words="forbidden")
        for _ in range(3):
            refused = await server.order(prompt="something forbidden")
            assert "forbidden" in (await refused.said()).content
        for _ in range(2):
            assert await closed(records, await server.order()) == "settled"
        assert await closed(records, await unusable(server)) == "returned"
        assert FULL in (await (await server.order()).said()).content
