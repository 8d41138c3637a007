"""What was painted counts against every limit, whatever became of the picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from playground.world.interactions import Interaction
from playground.world.places import Channel
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.server import LOOK, Server, job_in, once
from tests.scenarios.support.small_server import server_with

TRIES: Final = 4
"""Orders placed, more than the limit allows."""

PRICE: Final = 40_000
"""The price of these orders' model, in micro-dollars."""

Loss = Callable[[Server, Channel], None]


def loses_channel(server: Server, channel: Channel) -> None:
    server.world.remove_channel(channel)


def loses_bot(server: Server, channel: Channel) -> None:
    server.world.leave(server.world.bot, server.guild)


async def lost(server: Server, records: BotRecords, lose: Loss) -> Interaction:
    """Order a picture that becomes undeliverable while it is painted, and wait until its money is closed."""
    channel = server.world.add_channel(server.guild, "short-lived")
    server.ana.user.dms_open = False
    once(server.painter.hooks, "before", LOOK, lambda: lose(server, channel))
    order = await server.order(channel)
    job = job_in(order.message)
    if job is None:
        server.painter.hooks.pop()  # refused: nothing is painted
        return order
    await records.until(lambda: records.money(job), timeout=30)
    if server.world.bot.id not in server.guild.members:
        server.world.join(server.world.bot, server.guild)
    return order


@pytest.mark.parametrize("lose", [loses_channel, loses_bot])
async def test_undeliverable_pictures_count_against_the_members_day(
    tmp_path: Path, database_url: str, lose: Loss
) -> None:
    async with server_with(tmp_path, database_url, PICTURES_PER_DAY="2") as (server, records):
        orders = [await lost(server, records, lose) for _ in range(TRIES)]
        assert len(server.painter.ledger) == 2, "paid more than the limit"
        for order in orders[2:]:
            assert "in 24 hours, and none is left" in (await order.said()).content
        for order in orders[:2]:
            assert records.money(str(job_in(order.message))) == ("settled", PRICE)


async def test_undeliverable_pictures_count_against_everybodys_money(tmp_path: Path, database_url: str) -> None:
    async with server_with(tmp_path, database_url, MONEY_PER_DAY="0.10") as (server, records):
        orders = [await lost(server, records, loses_channel) for _ in range(TRIES)]
        assert sum(charge.micros for charge in server.painter.ledger) == 2 * PRICE
        assert sum(records.money(str(job_in(order.message))) == ("settled", PRICE) for order in orders[:2]) == 2
        assert (await orders[2].said()).content.startswith("I may spend $0.1")


async def test_undeliverable_pictures_count_against_the_servers_quota(tmp_path: Path, database_url: str) -> None:
    async with server_with(tmp_path, database_url) as (server, records):
        await server.rule("Quota of each member", member_day="2")
        orders = [await lost(server, records, loses_channel) for _ in range(TRIES)]
        assert len(server.painter.ledger) == 2
        assert (await orders[2].said()).content.startswith("You can have 2 pictures")


async def test_painted_without_an_address_is_paid_and_counts(tmp_path: Path, database_url: str) -> None:
    async with server_with(tmp_path, database_url, PICTURES_PER_DAY="1") as (server, records):
        server.painter.fault("completed-never-url")
        order = await server.order()
        job = str(job_in(order.message))
        await records.until(lambda: records.money(job), timeout=30)
        assert records.money(job) == ("settled", PRICE)
        server.painter.calm()
        refused = await server.order()
        assert "in 24 hours, and none is left" in (await refused.said()).content


async def test_a_task_that_failed_costs_nothing_and_does_not_count(tmp_path: Path, database_url: str) -> None:
    async with server_with(tmp_path, database_url, PICTURES_PER_DAY="1") as (server, records):
        server.painter.fault("failed:generation_failed", times=1)
        job = str(job_in((await server.order()).message))
        await records.until(lambda: records.money(job), timeout=30)
        assert records.money(job) == ("returned", PRICE)
        await server.result()
