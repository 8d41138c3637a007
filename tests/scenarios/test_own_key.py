"""A server's own key pays for that server's pictures only, also through kills and changes, and never leaks."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from playground.hooks import Call, Phase
from playground.stage import Stage
from playground.toapis.accounts import Account
from playground.world.permissions import Permission
from playground.world.places import Channel
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.own_key_server import (
    ENCRYPTION_KEY,
    OwnKeyServer,
    clean,
    field,
    private_answer,
    started,
    stored_keys,
)
from tests.scenarios.support.server import CREATE, LOOK, MESSAGE, UPLOAD, Server, appears, finish, job_in, once
from tests.scenarios.support.wording import sentence

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""For scenarios in which the database plays no part: once is enough."""


def operator_was_told(server: Server) -> bool:
    return bool(server.world.dm(server.world.user("Dagny")).seen)


async def enter_key(server: OwnKeyServer, log: Channel) -> None:
    """Send the server's key, and check the answer, the panel and the log."""
    assert sentence("own-key-none").fullmatch(field(await server.panel()))
    reply = await server.sends(f"  {server.key} ")
    four = server.key[-4:]
    assert f"ends in **{four}**; $1000.00 is left on it" in reply
    assert f"ends in **{four}**. <@{server.boss.user.id}> entered it <t:" in field(await server.panel())
    await server.world.until(lambda: len(log.seen) == 2, timeout=10)
    assert f"<@{server.boss.user.id}> entered an own key of this server at ToAPIs" in log.seen[-1].content


async def test_own_key_pays_only_for_its_server_until_replaced_or_removed(
    idle_stage: Stage, tmp_path: Path, database_url: str
) -> None:
    with clean(idle_stage, tmp_path, database_url):
        server = await started(idle_stage)
        other = Server(idle_stage)
        log = await server.log()
        await enter_key(server, log)
        first = job_in((await server.order()).message)
        theirs = job_in((await other.order()).message)
        await asyncio.gather(server.picture(first), other.picture(theirs))
        assert server.payers(first) == [server.key]
        assert server.payers(theirs) == [idle_stage.painter.key]

        successor = idle_stage.painter.add_key(Account("3003"))
        replaced = asyncio.Event()

        async def replace() -> None:
            await server.sends(successor)
            replaced.set()

        once(idle_stage.painter.hooks, "before", LOOK, replace)
        second = job_in((await server.order()).message)
        await server.picture(second)
        assert replaced.is_set()
        third = job_in((await server.order()).message)
        await server.picture(third)
        await server.settled()
        assert server.payers(second, third) == [server.key, successor]
        assert (server.askers(second), server.askers(third)) == ({server.key}, {successor})
        usage = await (await server.boss.command(server.channel, "usage", what="server")).said()
        assert sentence("usage-own-keys").search(usage.content)

        gone = await private_answer(await server.boss.press(await server.panel(), "Remove own key"))
        assert sentence("own-key-removed").fullmatch(gone)
        await server.world.until(lambda: len(log.seen) == 4, timeout=10)
        assert "removed this server’s own key" in log.seen[-1].content
        last = job_in((await server.order()).message)
        await server.picture(last)
        assert server.payers(last) == [idle_stage.painter.key]
        await server.settled()
        assert not operator_was_told(server)
        await idle_stage.stop()
        await idle_stage.start()  # the recovery looks at once
        records = BotRecords(database_url)
        await records.until(lambda: stored_keys(database_url) == [], timeout=60)
        records.close()
        await idle_stage.stop()


async def test_job_resumed_after_a_kill_uses_the_key_it_began_with(
    idle_stage: Stage, tmp_path: Path, database_url: str
) -> None:
    with clean(idle_stage, tmp_path, database_url):
        server = await started(idle_stage)
        await server.sends(server.key)
        idle_stage.painter.fault("slow")
        polled = asyncio.Event()
        once(idle_stage.painter.hooks, "after", LOOK, polled.set)
        job = job_in((await server.order()).message)
        await asyncio.wait_for(polled.wait(), 60)
        await server.sends(successor := idle_stage.painter.add_key(Account("3003")))
        await idle_stage.kill()
        finish(idle_stage.painter)
        await idle_stage.start()
        await server.picture(job)
        await server.settled()
        assert server.payers(job) == [server.key]
        assert server.askers(job) == {server.key}
        assert server.creates == len(server.pictures) == 1
        await server.picture(after := job_in((await server.order()).message))
        assert server.payers(after) == [successor]
        await idle_stage.kill()


async def test_lost_create_is_looked_up_with_its_key_and_leaks_none(
    idle_stage: Stage, tmp_path: Path, database_url: str
) -> None:
    with clean(idle_stage, tmp_path, database_url):
        server = await started(idle_stage)
        await server.sends(server.key)
        idle_stage.painter.fault("reset-after", times=1)
        await server.picture(job := job_in((await server.order()).message))
        assert server.payers(job) == [server.key]
        await idle_stage.stop()
        await idle_stage.start("tests.support.crashing")
        refused = await (await server.order()).said()
        assert sentence("error-unexpected").fullmatch(refused.content)
        await idle_stage.kill()
        assert idle_stage.log is not None
        assert "RuntimeError: nobody foresaw this" in idle_stage.log.read_text()


@on_sqlite
@pytest.mark.parametrize("point", [UPLOAD, CREATE, LOOK])
async def test_key_revoked_during_a_job_stops_only_that_server(
    idle_stage: Stage, tmp_path: Path, database_url: str, point: str
) -> None:
    with clean(idle_stage, tmp_path, database_url, lambda: {"revoked": server.key}):
        server = await started(idle_stage)
        other = Server(idle_stage)
        log = await server.log()
        await server.sends(server.key)
        once(idle_stage.painter.hooks, "before", point, lambda: idle_stage.painter.revoke(server.key))
        order = await server.order()
        card = order.message
        assert card is not None
        hint = sentence("error-own-key")
        await server.world.until(lambda: hint.search(card.text), timeout=30)
        stopped = sentence("own-key-stopped")
        await server.world.until(lambda: stopped.fullmatch(log.seen[-1].content), timeout=10)
        assert server.charges == (point == LOOK)  # the server's own money, already spent
        rows = len(idle_stage.painter.requests)
        creates = server.creates
        refused = await server.order(by=server.ben)
        assert refused.ephemeral
        assert sentence("refused-own-key-rejected").fullmatch((await refused.said()).content)
        assert "ToAPIs refuses this server’s own key" in field(await server.panel())
        await other.picture(theirs := job_in((await other.order()).message))
        assert server.payers(theirs) == [idle_stage.painter.key]
        assert not any(server.key in str(call.headers) for call in idle_stage.painter.requests[rows:])
        assert server.creates == creates
        assert len([message for message in log.seen if stopped.fullmatch(message.content)]) == 1
        assert not operator_was_told(server)
        await server.sends(idle_stage.painter.add_key(Account("3003")))
        await server.picture(job_in((await server.order()).message))
        await idle_stage.stop()


@on_sqlite
@pytest.mark.parametrize("closed", [False, True])
async def test_without_log_channel_the_key_owner_is_told_once_despite_a_crash(
    idle_stage: Stage, tmp_path: Path, database_url: str, closed: bool
) -> None:
    with clean(idle_stage, tmp_path, database_url, lambda: {"revoked": server.key}):
        server = await started(idle_stage)
        if closed:
            log = await server.log()
            server.world.overwrite(log, server.world.bot, deny=Permission.SEND_MESSAGES | Permission.VIEW_CHANNEL)
        await server.sends(server.key)
        direct = server.world.dm(server.boss.user)
        died = asyncio.Event()

        async def die(phase: Phase, call: Call) -> None:
            """Kill the bot when the owner was told, before that is stored."""
            if (phase, call.route, died.is_set()) == ("after", MESSAGE, False) and str(direct.id) in call.path:
                await idle_stage.kill()
                died.set()

        idle_stage.discord.hooks.append(die)
        idle_stage.painter.revoke(server.key)
        card = (await server.order()).message
        assert card is not None
        await asyncio.wait_for(died.wait(), 60)
        assert len(direct.seen) == 1
        await idle_stage.start()
        await server.world.until(lambda: sentence("error-own-key").search(card.text), timeout=30)
        assert sentence("refused-own-key-rejected").fullmatch((await (await server.order()).said()).content)
        await idle_stage.stop()
        assert [sentence("own-key-stopped").fullmatch(message.content) is not None for message in direct.seen] == [True]
        idle_stage.world.offences.clear()  # a message into a channel that the bot does not see


@on_sqlite
async def test_an_empty_account_is_told_once_and_each_new_order_tries_again(idle_stage: Stage) -> None:
    idle_stage.settings["SECRET_KEYS"] = ENCRYPTION_KEY
    server = await started(idle_stage)
    log = await server.log()
    await server.sends(server.key)
    server.account.budget = 0
    empty = sentence("own-key-empty")
    for _ in range(2):
        card = (await server.order()).message
        assert card is not None
        failed = await appears(server.world, lambda card=card: card if "is empty" in card.text else None)  # type: ignore[misc]  # mypy infers no default of a lambda
        assert sentence("error-own-key-empty").search(failed.text)
    assert len([message for message in log.seen if empty.fullmatch(message.content)]) == 1
    server.account.budget = 1_000_000
    await server.picture(job := job_in((await server.order()).message))
    assert server.payers(job) == [server.key]
    assert server.charges == 1
    assert not operator_was_told(server)


@on_sqlite
async def test_invalid_key_changes_nothing(idle_stage: Stage, tmp_path: Path, database_url: str) -> None:
    typed = {"typed": "sk-" + "x" * 40 + "wrong", "shapeless": "hello-hello-hello-hello"}
    with clean(idle_stage, tmp_path, database_url, lambda: typed):
        server = await started(idle_stage)
        before = field(await server.panel())
        assert sentence("refused-own-key-shape").fullmatch(await server.sends(typed["shapeless"]))
        assert sentence("refused-own-key-refused").fullmatch(await server.sends(typed["typed"]))
        idle_stage.painter.fault("unavailable", on=("balance",))
        assert sentence("refused-own-key-unchecked").fullmatch(await server.sends(server.key))
        idle_stage.painter.calm()
        assert field(await server.panel()) == before
        assert stored_keys(database_url) == []
        await server.picture(job := job_in((await server.order()).message))
        assert server.payers(job) == [idle_stage.painter.key]
        await server.sends(server.key)
        first = stored_keys(database_url)
        await server.sends(typed["typed"])
        assert stored_keys(database_url) == first  # the earlier key stays
        await idle_stage.stop()


@on_postgresql
async def test_only_a_manager_enters_a_key_also_across_a_restart(idle_stage: Stage) -> None:
    idle_stage.settings["SECRET_KEYS"] = ENCRYPTION_KEY
    server = await started(idle_stage)
    managers = server.world.add_role(server.guild, "Managers", Permission.MANAGE_GUILD | Permission.VIEW_CHANNEL)
    server.world.give(server.ben.user, managers, server.guild)
    bens_panel = await server.panel(server.ben)
    form = await server.ben.press(bens_panel, "Own key…")
    server.world.set_permissions(server.guild, managers, 0)
    refusal = sentence("refused-not-manager")
    assert refusal.fullmatch(await private_answer(await server.ben.fill(form, key=server.key)))
    assert refusal.fullmatch((await (await server.ben.press(bens_panel, "Own key…")).said()).content)
    assert stored_keys(idle_stage.settings["DATABASE_URL"]) == []
    panel = await server.panel()
    await idle_stage.kill()
    await idle_stage.start()
    opened = await server.boss.press(panel, "Own key…")
    await idle_stage.kill()
    await idle_stage.start()
    assert sentence("own-key-none").fullmatch(field(panel))
    await server.sends(server.key, opened)
    assert server.key[-4:] in field(panel)  # the panel itself is updated
    await server.picture(job := job_in((await server.order()).message))
    assert server.payers(job) == [server.key]
    first = await server.panel()
    again = await server.panel()
    await private_answer(await server.boss.press(first, "Remove own key"))
    removed_twice = await server.boss.press(again, "Remove own key")
    assert sentence("refused-own-key-gone").fullmatch(await private_answer(removed_twice))
