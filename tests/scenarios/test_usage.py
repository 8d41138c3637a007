"""/usage and /balance: who may see which sums, and that they equal ToAPIs' own."""

from __future__ import annotations

import csv
import io
from functools import partial

import pytest

from playground.world.members import Member
from playground.world.messages import Attachment
from playground.world.places import Channel, Message
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.server import Server, job_in
from tests.scenarios.support.wording import sentence
from tests.support import photos

DATABASE = "postgresql"
pytestmark = pytest.mark.asyncio(loop_scope="module")

MANAGE_SERVER = 1 << 5 | 1 << 31


def operator(server: Server) -> Member:
    """Return the operator of the shared stage's bot, who also owns every server there."""
    return Member(server.world, server.world.application.owner)


def manager(server: Server) -> Member:
    """Return Ben with a role that may manage the server; he is neither its owner nor an operator."""
    server.world.give(server.ben.user, server.world.add_role(server.guild, "Boss", MANAGE_SERVER), server.guild)
    return server.ben


async def answer_to(member: Member, place: Channel, command: str, **options: str | int) -> Message:
    reply = await (await member.command(place, command, **options)).said()
    assert reply.seen_only_by is member.user or place.guild is None
    return reply


async def bought(server: Server, *orders: tuple[Member, str]) -> dict[int, int]:
    """Order and wait for the bills; return how many micro-dollars each member cost."""
    costs: dict[int, int] = {}
    records = BotRecords(server.stage.settings["DATABASE_URL"])
    for member, model in orders:
        order = await server.order(by=member, model=model)
        await server.picture(job := job_in(order.message))
        await records.until(partial(records.money, str(job)))
        (charge,) = [charge for charge in server.painter.ledger if charge.business_id == job]
        costs[member.user.id] = costs.get(member.user.id, 0) + charge.micros
    records.close()
    return costs


def files(message: Message) -> tuple[Attachment, list[dict[str, str]]]:
    """Return the chart and the table's rows."""
    chart, table = message.attachments
    return chart, list(csv.DictReader(io.StringIO(table.data.decode())))


def micros(rows: list[dict[str, str]]) -> int:
    return sum(round(float(row["dollars"]) * 1_000_000) for row in rows)


async def test_manager_sees_the_servers_usage_as_text_chart_and_file(server: Server) -> None:
    costs = await bought(
        server, (server.ana, "gpt-image-2"), (server.ana, "gemini-3-pro-image-preview"), (server.ben, "gpt-image-2")
    )
    reply = await answer_to(manager(server), server.channel, "usage", what="this server", period=30)
    assert reply.content.startswith("**This server’s pictures** in the last 30 days: 3 pictures, $")
    assert f"- <@{server.ana.user.id}>: 2 pictures, $" in reply.content
    assert f"- <@{server.ben.user.id}>: one picture, $" in reply.content
    assert reply.content.count(": 2 pictures") == 2  # for a member, and for a model
    chart, rows = files(reply)
    assert photos.opened(chart.data).size == (1200, 720)
    assert chart.description is not None
    assert chart.description.startswith("Bar chart by day (UTC) from 20")
    assert "In all 3 pictures, $" in chart.description
    assert chart.description.count(": 0,") == 29
    assert sorted((row["member_id"], row["model"], row["pictures"]) for row in rows) == sorted(
        (str(member.user.id), model, "1")
        for member, model in (
            (server.ana, "gpt-image-2"),
            (server.ana, "gemini-3-pro-image-preview"),
            (server.ben, "gpt-image-2"),
        )
    )
    assert micros(rows) == sum(costs.values())


@pytest.mark.parametrize(("days", "heading", "bars"), [(1, "24 hours", 24), (30, "30 days", 30), (365, "365 days", 13)])
async def test_own_usage_spans_all_servers_also_in_direct_messages(
    server: Server, days: int, heading: str, bars: int
) -> None:
    other = Server(server.stage)
    other.world.join(server.ana.user, other.guild)
    costs = await bought(server, (server.ana, "gpt-image-2"), (server.ben, "gpt-image-2"))
    costs |= {0: (await bought(other, (server.ana, "gpt-image-2")))[server.ana.user.id]}
    for place in (server.channel, server.dm):
        reply = await answer_to(server.ana, place, "usage", period=days)
        assert reply.content.startswith(f"**Your pictures** in the last {heading}: 2 pictures, $")
        assert "<@" not in reply.content
        chart, rows = files(reply)
        assert micros(rows) == costs[server.ana.user.id] + costs[0]
        assert chart.description is not None
        assert len(chart.description.rpartition("dollars: ")[2].split(", ")) in (bars, bars - 1)  # as the month begins
        assert len(chart.description) <= 1024


async def test_who_never_ordered_sees_zeros_and_an_empty_table(server: Server) -> None:
    reply = await answer_to(server.ana, server.channel, "usage")
    assert reply.content.startswith("**Your pictures** in the last 30 days: 0 pictures, $0.00")
    _, rows = files(reply)
    assert rows == []


async def test_a_failed_picture_is_in_no_sum(server: Server) -> None:
    server.painter.fault("failed:generation_failed", times=1)
    order = await server.order()
    await server.world.until(lambda: order.message is not None and "No picture" in order.message.text, timeout=20)
    reply = await answer_to(manager(server), server.channel, "usage", what="this server")
    assert ": 0 pictures, $0.00" in reply.content.splitlines()[0]


async def test_sums_are_shown_only_to_those_entitled(server: Server) -> None:
    for member, place, key, what in (
        (server.ana, server.channel, "refused-managers-only", "this server"),
        (server.ana, server.channel, "refused-operators-only", "everything"),
        (manager(server), server.channel, "refused-operators-only", "everything"),
        (server.ana, server.dm, "refused-no-server-here", "this server"),
        (server.mallory, server.channel, "refused-blocked", "me"),
    ):
        reply = await answer_to(member, place, "usage", what=what)
        assert sentence(key).fullmatch(reply.content), (member, what)
        assert reply.attachments == []


async def test_the_operator_sees_everything_of_every_server(server: Server) -> None:
    other = Server(server.stage)
    for place in (server, other):
        await bought(place, (place.ana, "gpt-image-2"))
    reply = await answer_to(operator(server), server.channel, "usage", what="everything", period=1)
    assert reply.content.startswith("**All pictures** in the last 24 hours: ")
    _, rows = files(reply)
    assert {str(server.ana.user.id), str(other.ana.user.id)} <= {row["member_id"] for row in rows}
    assert len(reply.content) <= 2000


async def test_only_the_operator_sees_the_balance(server: Server) -> None:
    await bought(server, (server.ana, "gpt-image-2"))
    refused = await answer_to(server.ana, server.channel, "balance")
    assert sentence("refused-operators-only").fullmatch(refused.content)
    reply = await answer_to(operator(server), server.channel, "balance")
    key, account, spent, lasts = reply.content.splitlines()
    assert sentence("balance-key").fullmatch(key)
    assert sentence("balance-account").fullmatch(account)
    assert sentence("balance-spent").fullmatch(spent)
    assert lasts.startswith("At this rate that lasts for about **")
    server.painter.account.budget = None
    reply = await answer_to(operator(server), server.channel, "balance")
    assert [sentence(f"balance-{owner}-unlimited").fullmatch(line) is not None for owner, line in zip(
        ("key", "account"), reply.content.splitlines(), strict=False)] == [True, True]  # fmt: skip
    assert len(reply.content.splitlines()) == 3  # it never runs out, so there is no fourth line


async def test_a_balance_that_can_not_be_read_is_explained(server: Server) -> None:
    server.painter.fault("unauthorized", on=("balance",))
    reply = await answer_to(operator(server), server.channel, "balance")
    assert sentence("error-key").fullmatch(reply.content)


async def test_the_operator_is_told_before_the_money_is_used_up(server: Server) -> None:
    await bought(server, (server.ana, "gpt-image-2"))
    await server.stage.kill()
    server.painter.account.budget = 0
    direct = server.world.dm(server.world.application.owner)
    await server.stage.start()
    await server.world.until(lambda: any("lasts for less than a day" in message.content for message in direct.seen), 20)
    server.painter.account.budget = 1_000_000_000
