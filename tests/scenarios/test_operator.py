"""/operator: real numbers on one panel, maintenance by every way and across a restart, allowed servers, reconcile."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial

import pytest
import pytest_asyncio

from playground.stage import Stage
from playground.world.members import Member
from playground.world.messages import upload
from playground.world.places import Channel, Message
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.entry_table import ATTACHMENT, AVATAR, EDIT, IMAGINE, MENTION, REPLY, Way, answer_to
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import Server, job_in, while_painting_next
from tests.scenarios.support.wording import sentence

DATABASE = "postgresql"
pytestmark = pytest.mark.asyncio(loop_scope="module")

PLAIN = sentence("refused-maintenance")
WITH_WHY = sentence("refused-maintenance-why")
NOT_HERE = sentence("refused-not-here")


@pytest_asyncio.fixture(loop_scope="module")
async def other(shared_stage: Stage) -> AsyncIterator[Server]:
    """Yield a second server."""
    yield Server(shared_stage)


@dataclass(slots=True)
class Traces:
    """Counts what an order would leave behind."""

    server: Server
    records: BotRecords

    def now(self) -> tuple[int, int, int]:
        painter = self.server.painter
        return self.records.jobs(), len(painter.uploads), len(painter.ledger)


def operator(server: Server) -> Member:
    return Member(server.world, server.world.application.owner)


async def panel(server: Server, place: Channel | None = None) -> Message:
    return await (await operator(server).command(place or server.channel, "operator")).said()


def field(message: Message, name: str) -> str:
    fields = {entry["name"]: entry["value"] for entry in message.embeds[0]["fields"]}
    return str(next(value for key, value in fields.items() if key.startswith(name)))


async def begin(server: Server, why: str = "", message: Message | None = None) -> Message:
    """Turn maintenance on as the operator, and return the panel once it says so."""
    boss = operator(server)
    message = message or await panel(server)
    await boss.fill(await boss.press(message, "Maintenance on"), why=why)
    await server.world.until(lambda: "Maintenance" in message.embeds[0]["description"], timeout=10)
    assert "Maintenance off" in message.buttons
    return message


async def end(server: Server, message: Message) -> None:
    await operator(server).press(message, "Maintenance off")
    await server.world.until(lambda: message.embeds[0]["description"] == "Orders are taken.", timeout=10)


async def settled(records: BotRecords, job: str | None) -> None:
    await records.until(partial(records.money, str(job)))


async def restarted(server: Server, **settings: str) -> None:
    await server.stage.kill()
    server.stage.settings.update(settings)
    await server.stage.start()


def presences(server: Server) -> set[str]:
    """Return the bot's status in all its connections."""
    return {(session.presence or {"status": "online"})["status"] for session in server.stage.discord.gateway.connected}


def spent(server: Server) -> str:
    """Return what all orders cost by ToAPIs' ledger, in dollars as shown."""
    micros = sum(charge.micros for charge in server.painter.ledger if not charge.refunded)
    text = f"{micros / 1_000_000:.6f}".rstrip("0")
    whole, _, part = text.partition(".")
    return f"${whole}.{part:0<2}"


async def test_the_panel_has_the_true_numbers(server: Server, records: BotRecords) -> None:
    first = job_in((await server.order(model="gpt-image-2")).message)
    await server.picture(first)
    server.painter.fault("policy-422", times=1, on=("create",), prompt="as a failure")
    second = await server.order(prompt="as a failure")
    await server.world.until(lambda: second.message and "No picture this time" in second.message.text, timeout=20)
    for job in (first, job_in(second.message)):
        await settled(records, job)
    message = await panel(server)
    assert message.seen_only_by is operator(server).user
    health = field(message, "Health")
    for line in (
        r"Version 0\.1\.0, up since <t:\d+:R>",
        r"Discord: connected(, \d+ ms)?",
        r"PostgreSQL: answers in \d+\.\d ms",
        "Engine: running",
        r"ToAPIs: answers, last <t:\d+:R>",
        r"Key: accepted, \$\d+\.\d+ left",
    ):
        assert re.search(f"^{line}$", health, re.MULTILINE), (line, health)
    assert field(message, "Queue").startswith("0 accepted · 0 submitted · 0 painted · 0 unknown\n$0.00 is held")
    assert field(message, "Spent") == f"24 hours: {spent(server)}\n7 days: {spent(server)}\n30 days: {spent(server)}"
    assert f"Own Server ({server.guild.id}): one picture, $" in field(message, "Dearest servers")
    assert field(message, "Failures") == "policy: 1"
    server.painter.fault("unauthorized", on=("balance",))
    await operator(server).press(message, "Refresh")
    await server.world.until(lambda: "Key: **refused**" in field(message, "Health"), timeout=10)


async def test_panel_shows_running_jobs_and_remaining_budget_also_in_direct_messages(server: Server) -> None:
    await restarted(server, MONEY_PER_DAY="500", MONEY_PER_MONTH="800")
    messages: list[Message] = []
    before = spent(server)

    async def look() -> None:
        messages.append(await panel(server, server.world.dm(operator(server).user)))

    while_painting_next(server, look)
    await server.result(model="gpt-image-2")
    queue = field(messages[0], "Queue")
    money = field(messages[0], "Spent")
    assert queue.startswith("0 accepted · 1 submitted · 0 painted · 0 unknown\nThe oldest that runs is from <t:")
    assert not queue.endswith("$0.00 is held")
    assert before != spent(server)
    left = f"${500 - float(spent(server)[1:]):.6f}".rstrip("0")
    assert re.search(
        rf"24 hours: {re.escape(spent(server))} of \$500\.00, {re.escape(left)} left \(more <t:\d+:R>\)", money
    )
    assert re.search(r"30 days: .+ of \$800\.00, .+ left \(more <t:\d+:R>\)", money)
    await restarted(server, MONEY_PER_DAY="0", MONEY_PER_MONTH="0")


@pytest.mark.proves("maintenance-runs")
async def test_maintenance_finishes_running_jobs_and_refuses_orders_by_every_way(
    server: Server, records: BotRecords
) -> None:
    result = await server.result()
    place = {way.name: await way.prepare(server) for way in (ATTACHMENT, REPLY)}
    form = await server.ana.press(result, "Change")
    message = await panel(server)

    async def maintain() -> None:
        await begin(server, "back at **noon** @everyone", message)

    while_painting_next(server, maintain)
    running = await server.order(prompt="as it runs")
    traces = Traces(server, records)
    await server.world.until(lambda: presences(server) == {"dnd"}, timeout=20)
    before = traces.now()
    refusals = [
        await (await server.order()).said(),
        await (await server.ana.fill(form, prompt="at night")).said(),
        *[await (await server.ana.press(result, button)).said() for button in ("Go on", "Change", "Again", "Sharper")],
        *[await answer_to(place[way.name], await way.go(place[way.name], server.ana)) for way in (ATTACHMENT, REPLY)],
        await answer_to(place["reply"], await IMAGINE.go(place["reply"], server.ana)),
        await (await server.ana.uses(server.ben.user, "Edit this avatar", server.channel)).said(),  # not a form
    ]
    for refused in refusals:
        assert WITH_WHY.fullmatch(refused.content), refused.content
        assert "back at \\*\\*noon\\*\\* \\@everyone" in refused.content
        assert refused.pinged == []
    assert await server.picture(job_in(running.message))
    assert traces.now() == before
    await restarted(server)
    refused = await (await server.order()).said()
    assert WITH_WHY.fullmatch(refused.content), "after a restart it is still on"
    await server.world.until(lambda: presences(server) == {"dnd"}, timeout=20)
    await end(server, message)  # a panel from before the restart
    await server.world.until(lambda: presences(server) == {"online"}, timeout=20)
    await server.result()
    await end(server, await begin(server))


async def test_maintenance_without_a_reason_tells_none(server: Server) -> None:
    message = await begin(server)
    assert PLAIN.fullmatch((await (await server.order()).said()).content)
    await end(server, message)


@pytest.mark.parametrize("action", ["refresh", "begin", "end", "reconcile"])
@pytest.mark.proves("operators-only")
async def test_nobody_but_an_operator_can_use_operator_actions(server: Server, action: str) -> None:
    """By the command, by a button with a known id, by a form."""
    form = await server.ana.uses(server.ben.user, "Edit this avatar", server.channel)
    assert form.modal is not None  # her own form, with the operator's id
    form.modal["custom_id"] = "form1:maintenance:begin"
    message = await begin(server)
    result = await _decorated(server, f"operator1:{action}")
    refusals = [
        await (await server.ana.command(server.channel, "operator")).said(),
        await (await server.ana.press(result, "Odd")).said(),
        await (await server.ana.fill(form, prompt="ha")).said(),
    ]
    for refused in refusals:
        assert sentence("refused-operators-only").fullmatch(refused.content)
        assert refused.seen_only_by is server.ana.user
    assert PLAIN.fullmatch((await (await server.order()).said()).content)  # neither ended nor begun again
    await end(server, message)


@pytest.mark.parametrize("custom_id", ["operator2:refresh", "operator1:dance", "operator1"])
async def test_malformed_button_is_answered_politely(server: Server, custom_id: str) -> None:
    result = await _decorated(server, custom_id)
    refused = await (await operator(server).press(result, "Odd")).said()
    assert sentence("refused-button-old").fullmatch(refused.content)


async def _decorated(server: Server, custom_id: str) -> Message:
    """Post a public message of the bot's with one more button."""
    message = await server.ben.says(server.channel, "look")
    message.author = server.world.bot
    part = {"type": 2, "id": 91, "style": 2, "label": "Odd", "custom_id": custom_id}
    message.components = [{"type": 1, "id": 90, "components": [part]}]
    return message


async def test_consistency_check_passes_real_orders_and_finds_planted_differences(
    server: Server, records: BotRecords
) -> None:
    jobs = [job_in((await server.order()).message) for _ in range(2)]
    for job in jobs:
        await server.picture(job)
        await settled(records, job)
    boss = operator(server)
    message = await panel(server)
    reply = await (await boss.press(message, "Reconcile")).said()
    assert reply.seen_only_by is boss.user
    assert reply.content.endswith("Nothing differs."), reply.content
    records.change("UPDATE ledger SET kind = 'returned' WHERE phase = 'close' AND job_id = :id", str(jobs[0]))
    reply = await (await boss.press(message, "Reconcile")).said()
    assert f"job {jobs[0]}: its picture was painted, and the $" in reply.content
    records.change("UPDATE ledger SET kind = 'settled' WHERE phase = 'close' AND job_id = :id", str(jobs[0]))
    reply = await (await boss.press(message, "Reconcile")).said()
    assert reply.content.endswith("Nothing differs."), reply.content


@pytest.mark.proves("server-not-listed")
async def test_unlisted_server_gets_nothing_by_any_way(server: Server, other: Server, records: BotRecords) -> None:
    ways: tuple[Way, ...] = (EDIT, IMAGINE, ATTACHMENT, AVATAR, REPLY, MENTION)
    places = {way.name: await way.prepare(other) for way in ways}
    result = await other.result()
    form = await other.ana.press(result, "Change")
    await restarted(server, ALLOWED_GUILD_IDS=str(server.guild.id))
    traces = Traces(server, records)
    before = traces.now()
    refusals = [await answer_to(places[way.name], await way.go(places[way.name], other.ana)) for way in ways]
    refusals += [await (await other.ana.press(result, button)).said() for button in result.buttons]
    refusals += [
        await (await other.ana.fill(form, prompt="at night")).said(),
        await (await other.ana.command(other.channel, "history")).said(),
        await (await other.ana.command(other.dm, "edit", image=upload("cat.jpg", cat()), prompt="x")).said(),
    ]
    for refused in refusals:
        assert NOT_HERE.fullmatch(refused.content), refused.content
    mention = f"<@{other.world.bot.id}> hello"
    lounge = other.world.add_channel(other.guild, "lounge")
    for _ in range(2):  # in a channel without orders it is said, but only once
        await other.ana.says(lounge, mention)
        await other.world.until(lambda: len(lounge.seen) > 1, timeout=10)
    await (await other.ana.command(other.channel, "history")).said()  # by now the bot has received all earlier messages
    assert len([message for message in lounge.seen if NOT_HERE.fullmatch(message.content)]) == 1
    assert traces.now() == before
    await server.result()
    assert "Health" in str((await panel(other)).embeds)  # the operator's panel is no order
    await restarted(server, ALLOWED_GUILD_IDS="")
    await other.result()
