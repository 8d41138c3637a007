"""Cancel, at each moment of a job: who may, and what is said about the money."""

from __future__ import annotations

import asyncio

import pytest

from playground.hooks import Call, Phase
from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.permissions import EVERYONE, Permission
from playground.world.places import Message
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.button_table import CANCEL, DELETE, asked_for, says
from tests.scenarios.support.server import CREATE, UPLOAD, Server, finish, job_in

DATABASE = "postgresql"
pytestmark = pytest.mark.asyncio(loop_scope="module")


def moderator(server: Server) -> Member:
    """Return a member who may manage messages."""
    user = server.world.add_user("Mod")
    role = server.world.add_role(server.guild, "Mods", int(EVERYONE | Permission.MANAGE_MESSAGES))
    server.world.join(user, server.guild, role)
    return Member(server.world, user)


async def held_at(server: Server, route: str) -> tuple[Message, asyncio.Event]:
    """Return the card of a job that waits before this call to ToAPIs until the event is set."""
    reached = asyncio.Event()
    go = asyncio.Event()

    async def hold(phase: Phase, call: Call) -> None:
        if (phase, call.route) == ("before", route):
            reached.set()
            await go.wait()

    server.painter.hooks.append(hold)
    order = await server.order()
    await asyncio.wait_for(reached.wait(), 60)
    assert order.message is not None
    return order.message, go


async def test_cancelling_before_purchase_is_free_and_releases_the_reservation(
    server: Server, records: BotRecords
) -> None:
    card, go = await held_at(server, UPLOAD)
    job = job_in(card)
    assert job is not None
    answer = await server.ana.press(card, "Cancel")
    says(answer, "cancelled-free")
    await server.world.until(lambda: "nothing was bought" in card.text, timeout=10)
    assert records.money(job) == ("returned", records.price(job))
    go.set()
    again = await server.ana.press(card, "Try again")  # the same order is accepted again, so the first job is over
    await server.picture(job_in(again.message))
    assert not server.charged(job)
    assert "nothing was bought" in card.text


async def test_cancelling_during_purchase_promises_nothing(server: Server, records: BotRecords) -> None:
    card, go = await held_at(server, CREATE)
    job = job_in(card)
    assert job is not None
    says(await server.ana.press(card, "Cancel"), "cancelled-buying")
    go.set()
    await server.world.until(lambda: "it still costs its price" in card.text, timeout=20)
    assert server.charged(job) == 1
    assert not server.pictures


async def test_cancelling_after_purchase_holds_the_money_until_the_task_ends(
    server: Server, records: BotRecords
) -> None:
    server.painter.fault("slow", times=1, prompt="a slow one")
    card = (await server.order(prompt="a slow one")).message
    job = job_in(card)
    assert card is not None
    assert job is not None
    await server.world.until(lambda: server.charged(job), timeout=20)
    await server.world.until(lambda: "Painting in" in card.text, timeout=20)
    says(await _bought(server, card), "cancelled-bought")
    await server.world.until(lambda: "it still costs its price" in card.text, timeout=10)
    assert records.money(job) is None  # it is still being painted, and may fail
    assert not server.pictures


async def _bought(server: Server, card: Message) -> Interaction:
    """Press "Cancel" once the bot has polled the task: by then it has stored the purchase."""
    job = job_in(card)
    await server.world.until(lambda: asked_for(server, job), timeout=20)
    return await server.ana.press(card, "Cancel")


async def test_moderator_may_cancel_and_is_named_on_the_card(server: Server) -> None:
    card = await CANCEL.scene(server)
    mod = moderator(server)
    await CANCEL.came(server, card, await mod.press(card, "Cancel"), mod)


async def test_cancelling_too_late_says_so(server: Server) -> None:
    card, go = await held_at(server, UPLOAD)
    old = list(card.components)
    go.set()
    await server.picture(job_in(card))
    await server.settled()
    card.components = old  # as an app shows it that has not received the change yet
    says(await server.ana.press(card, "Cancel"), "refused-too-late-to-cancel")


async def test_form_opened_before_a_moderator_deleted_the_picture_is_refused_politely(server: Server) -> None:
    result = await server.result()
    await server.settled()
    go_on = await server.ana.press(result, "Go on")
    change = await server.ana.press(result, "Change")
    mod = moderator(server)
    await DELETE.came(server, result, await DELETE.use(mod, result), mod)
    again = await server.ana.fill(change, prompt="in the snow")  # its source is there
    await server.picture(job_in(again.message))
    gone = await server.ana.fill(go_on, prompt="now at night")
    says(gone, "refused-picture-deleted")
    past = await (await server.ana.command(server.channel, "history")).said()
    assert "Deleted since" in str(past.embeds)


async def test_recovery_after_the_task_ends_settles_a_cancelled_jobs_real_cost(
    server: Server, records: BotRecords
) -> None:
    ends: dict[str, tuple[str, int]] = {}
    for prompt, fails in (("a good end", False), ("a bad end", True)):
        server.painter.fault("slow", times=1, prompt=prompt)  # it is painted when this scenario says so
        if fails:
            server.painter.fault("failed:generation_failed", times=1, prompt=prompt)
        card = (await server.order(prompt=prompt)).message
        job = job_in(card)
        assert card is not None
        assert job is not None
        says(await _bought(server, card), "cancelled-bought")
        price = records.price(job)
        ends[job] = ("returned", price) if fails else ("settled", price)
    await server.stage.kill()
    finish(server.painter)
    await server.stage.start()  # a start begins with a recovery; else there is one each minute
    await records.until(lambda: all(records.money(job) for job in ends), timeout=20)
    assert {job: records.money(job) for job in ends} == ends
    charged = {charge.business_id for charge in server.painter.ledger if not charge.refunded}
    assert {job: job in charged for job in ends} == {job: kind == "settled" for job, (kind, _) in ends.items()}
    assert not server.pictures
