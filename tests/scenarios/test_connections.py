"""What happens to a picture while the connection to Discord is bad: tokens end, the gateway breaks, requests fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from playground.discord import Discord
from tests.scenarios.support.server import DOWNLOAD, EDIT, MESSAGE, THREAD, Server, once, says_done, while_painting

DATABASE = "postgresql"
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_picture_comes_although_the_interactions_token_has_ended(server: Server) -> None:
    while_painting(server.stage, lambda: server.world.clock.advance(16 * 60))
    order = await server.order()
    result = await server.delivered_to(lambda: server.thread)
    assert order.expired
    await server.world.until(lambda: says_done(order, result))


async def test_a_failure_is_told_although_the_interactions_token_has_ended(server: Server) -> None:
    server.painter.fault("failed:generation_failed", seconds=0.1)
    while_painting(server.stage, lambda: server.world.clock.advance(16 * 60))
    order = await server.order()
    words = "could not finish this picture"
    await server.world.until(lambda: server.count_messages(words), timeout=20)
    assert order.expired
    assert order.message is not None
    assert words in order.message.text
    assert server.pings == ["Ana"]
    assert [charge.refunded for charge in server.painter.ledger if charge.business_id in server.jobs] == [True]


BREAKS: dict[str, Callable[[Discord], None]] = {
    "dropped, and resumed": lambda discord: discord.drop_gateway(),
    "dropped, and its session forgotten": lambda discord: discord.drop_gateway(resumable=False),
    "asked to reconnect": lambda discord: discord.reconnect_gateway(),
}


@pytest.mark.parametrize("way", BREAKS)
async def test_a_broken_gateway_costs_no_picture_and_commands_work_again(server: Server, way: str) -> None:
    discord = server.stage.discord
    before = [session.connection for session in discord.gateway.connected]
    while_painting(server.stage, lambda: BREAKS[way](discord))
    order = await server.order()
    result = await server.delivered_to(lambda: server.thread)
    await server.world.until(lambda: says_done(order, result))  # the card is edited a moment after the picture
    await server.world.until(
        lambda: any(session.connection not in before for session in discord.gateway.connected), timeout=25
    )
    again = await server.order(server.thread, prompt="in snow")
    assert again.answered
    await server.settled()
    assert len(server.pictures) == server.charges == 2


FAULTS = {
    "the thread, 503": (THREAD, 503, 1),
    "the source, 503": (MESSAGE, 503, 1),
    "the source, 429": (MESSAGE, 429, 1),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_trouble_on_the_way_to_the_thread_delays_the_picture_only(server: Server, fault: str) -> None:
    route, status, times = FAULTS[fault]
    server.stage.discord.fault(route, status=status, times=times)
    order = await server.order()
    result = await server.delivered_to(lambda: server.thread)
    assert len([message for message in server.thread.seen if message.attachments]) == 2
    await server.world.until(lambda: says_done(order, result))


@pytest.mark.parametrize(("status", "times"), [(503, 2), (429, 1)])
async def test_trouble_at_the_delivery_delays_the_picture_only(server: Server, status: int, times: int) -> None:
    def refuse() -> None:
        server.stage.discord.fault(MESSAGE, status=status, times=times)

    once(server.painter.hooks, "before", DOWNLOAD, refuse)
    order = await server.order()
    result = await server.delivered_to(lambda: server.thread)
    await server.world.until(lambda: says_done(order, result))


async def test_a_card_that_can_not_be_edited_costs_no_picture(server: Server) -> None:
    server.stage.discord.fault(EDIT, status=403, code=50013, times=9)
    order = await server.order()
    result = await server.delivered_to(lambda: server.thread)
    assert not says_done(order, result)
