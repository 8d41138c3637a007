"""A server's own key pays for that server's pictures only, also through kills and changes, and never leaks."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from playground.hooks import Call, Drop, Phase
from playground.stage import Stage
from playground.toapis.accounts import Account
from playground.world.permissions import Permission
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.own_key_server import SEAL, Paying, clean, field, heard, spoil, stored_keys
from tests.scenarios.support.server import CREATE, LOOK, MESSAGE, UPLOAD, Server, appears, finish, job_in, once
from tests.scenarios.support.wording import sentence
from tests.support.secrets_left import leaks

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""For scenarios in which the database plays no part: once is enough."""

OTHER_SEAL = Fernet.generate_key().decode()
ROOT = Path(__file__).parents[2]


async def started(stage: Stage, **more: str) -> Paying:
    """Start a bot with an operator, and return a server whose key nobody has entered yet."""
    stage.settings |= {"OPERATOR_IDS": str(stage.world.user("Dagny").id), **more}
    await stage.start()
    return Paying(stage)


def operator_was_told(server: Server) -> bool:
    return bool(server.world.dm(server.world.user("Dagny")).seen)


async def rotate(stage: Stage, **more: str) -> tuple[int, str]:
    """Run ``python -m bot rotate``; return its exit code and everything that it printed."""
    keys = {
        "DISCORD_TOKEN": stage.world.application.token,
        "TOAPIS_API_KEY": stage.painter.key,
        "TOAPIS_BASE_URL": stage.painter.url,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "rotate", cwd=ROOT, env={**os.environ, **stage.settings, **keys, **more},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    printed, _ = await process.communicate()
    return process.returncode or 0, printed.decode()


async def test_own_key_pays_only_for_its_server_until_replaced_or_removed(
    dark_stage: Stage, tmp_path: Path, database_url: str
) -> None:
    with clean(dark_stage, tmp_path, database_url):
        server = await started(dark_stage)
        other = Server(dark_stage)
        log = await server.log()
        assert sentence("own-key-none").fullmatch(field(await server.panel()))
        said = await server.sends(f"  {server.key} ")
        four = server.key[-4:]
        assert f"ends in **{four}**; $1000.00 is left on it" in said
        assert f"ends in **{four}**. <@{server.boss.user.id}> entered it <t:" in field(await server.panel())
        await server.world.until(lambda: len(log.seen) == 2, timeout=10)
        assert f"<@{server.boss.user.id}> entered an own key of this server at ToAPIs" in log.seen[-1].content
        first = job_in((await server.order()).message)
        theirs = job_in((await other.order()).message)
        await asyncio.gather(server.picture(first), other.picture(theirs))
        assert server.payers(first) == [server.key]
        assert server.payers(theirs) == [dark_stage.painter.key]

        successor = dark_stage.painter.add_key(Account("3003"))
        replaced = asyncio.Event()

        async def replace() -> None:
            await server.sends(successor)
            replaced.set()

        once(dark_stage.painter.hooks, "before", LOOK, replace)
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

        gone = await heard(await server.boss.press(await server.panel(), "Remove own key"))
        assert sentence("own-key-removed").fullmatch(gone)
        await server.world.until(lambda: len(log.seen) == 4, timeout=10)
        assert "removed this server’s own key" in log.seen[-1].content
        last = job_in((await server.order()).message)
        await server.picture(last)
        assert server.payers(last) == [dark_stage.painter.key]
        await server.settled()
        assert not operator_was_told(server)
        await dark_stage.stop()
        await dark_stage.start()  # the recovery looks at once
        records = BotRecords(database_url)
        await records.until(lambda: stored_keys(database_url) == [], timeout=60)
        records.close()
        await dark_stage.stop()


async def test_job_resumed_after_a_kill_uses_the_key_it_began_with(
    dark_stage: Stage, tmp_path: Path, database_url: str
) -> None:
    with clean(dark_stage, tmp_path, database_url):
        server = await started(dark_stage)
        await server.sends(server.key)
        dark_stage.painter.fault("slow")
        polled = asyncio.Event()
        once(dark_stage.painter.hooks, "after", LOOK, polled.set)
        job = job_in((await server.order()).message)
        await asyncio.wait_for(polled.wait(), 60)
        await server.sends(successor := dark_stage.painter.add_key(Account("3003")))
        await dark_stage.kill()
        finish(dark_stage.painter)
        await dark_stage.start()
        await server.picture(job)
        await server.settled()
        assert server.payers(job) == [server.key]
        assert server.askers(job) == {server.key}
        assert server.creates == len(server.pictures) == 1
        await server.picture(after := job_in((await server.order()).message))
        assert server.payers(after) == [successor]
        await dark_stage.kill()


async def test_lost_create_is_looked_up_with_its_key_and_leaks_none(
    dark_stage: Stage, tmp_path: Path, database_url: str
) -> None:
    with clean(dark_stage, tmp_path, database_url):
        server = await started(dark_stage)
        await server.sends(server.key)
        dark_stage.painter.fault("reset-after", times=1)
        await server.picture(job := job_in((await server.order()).message))
        assert server.payers(job) == [server.key]
        await dark_stage.stop()
        await dark_stage.start("tests.support.crashing")
        refused = await (await server.order()).said()
        assert sentence("error-unexpected").fullmatch(refused.content)
        await dark_stage.kill()
        assert dark_stage.log is not None
        assert "RuntimeError: nobody foresaw this" in dark_stage.log.read_text()


@on_sqlite
@pytest.mark.parametrize("point", [UPLOAD, CREATE, LOOK])
async def test_key_revoked_during_a_job_stops_only_that_server(
    dark_stage: Stage, tmp_path: Path, database_url: str, point: str
) -> None:
    with clean(dark_stage, tmp_path, database_url, lambda: {"revoked": server.key}):
        server = await started(dark_stage)
        other = Server(dark_stage)
        log = await server.log()
        await server.sends(server.key)
        once(dark_stage.painter.hooks, "before", point, lambda: dark_stage.painter.revoke(server.key))
        order = await server.order()
        card = order.message
        assert card is not None
        hint = sentence("error-own-key")
        await server.world.until(lambda: hint.search(card.text), timeout=30)
        stopped = sentence("own-key-stopped")
        await server.world.until(lambda: stopped.fullmatch(log.seen[-1].content), timeout=10)
        assert server.charges == (point == LOOK)  # the server's own money, already spent
        rows = len(dark_stage.painter.requests)
        creates = server.creates
        refused = await server.order(by=server.ben)
        assert refused.ephemeral
        assert sentence("refused-own-key-rejected").fullmatch((await refused.said()).content)
        assert "ToAPIs refuses this server’s own key" in field(await server.panel())
        await other.picture(theirs := job_in((await other.order()).message))
        assert server.payers(theirs) == [dark_stage.painter.key]
        assert not any(server.key in str(call.headers) for call in dark_stage.painter.requests[rows:])
        assert server.creates == creates
        assert len([message for message in log.seen if stopped.fullmatch(message.content)]) == 1
        assert not operator_was_told(server)
        await server.sends(dark_stage.painter.add_key(Account("3003")))
        await server.picture(job_in((await server.order()).message))
        await dark_stage.stop()


@on_sqlite
@pytest.mark.parametrize("closed", [False, True])
async def test_without_log_channel_the_key_owner_is_told_once_despite_a_crash(
    dark_stage: Stage, tmp_path: Path, database_url: str, closed: bool
) -> None:
    with clean(dark_stage, tmp_path, database_url, lambda: {"revoked": server.key}):
        server = await started(dark_stage)
        if closed:
            log = await server.log()
            server.world.overwrite(log, server.world.bot, deny=Permission.SEND_MESSAGES | Permission.VIEW_CHANNEL)
        await server.sends(server.key)
        direct = server.world.dm(server.boss.user)
        died = asyncio.Event()

        async def die(phase: Phase, call: Call) -> None:
            """Kill the bot when the owner was told, before that is stored."""
            if (phase, call.route, died.is_set()) == ("after", MESSAGE, False) and str(direct.id) in call.path:
                await dark_stage.kill()
                died.set()

        dark_stage.discord.hooks.append(die)
        dark_stage.painter.revoke(server.key)
        card = (await server.order()).message
        assert card is not None
        await asyncio.wait_for(died.wait(), 60)
        assert len(direct.seen) == 1
        await dark_stage.start()
        await server.world.until(lambda: sentence("error-own-key").search(card.text), timeout=30)
        assert sentence("refused-own-key-rejected").fullmatch((await (await server.order()).said()).content)
        await dark_stage.stop()
        assert [sentence("own-key-stopped").fullmatch(message.content) is not None for message in direct.seen] == [True]
        dark_stage.world.offences.clear()  # a message into a channel that the bot does not see


@on_sqlite
async def test_an_empty_account_is_told_once_and_each_new_order_tries_again(dark_stage: Stage) -> None:
    dark_stage.settings["SECRET_KEYS"] = SEAL
    server = await started(dark_stage)
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
async def test_invalid_key_changes_nothing(dark_stage: Stage, tmp_path: Path, database_url: str) -> None:
    typed = {"typed": "sk-" + "x" * 40 + "wrong", "shapeless": "hello-hello-hello-hello"}
    with clean(dark_stage, tmp_path, database_url, lambda: typed):
        server = await started(dark_stage)
        before = field(await server.panel())
        assert sentence("refused-own-key-shape").fullmatch(await server.sends(typed["shapeless"]))
        assert sentence("refused-own-key-refused").fullmatch(await server.sends(typed["typed"]))
        dark_stage.painter.fault("unavailable", on=("balance",))
        assert sentence("refused-own-key-unchecked").fullmatch(await server.sends(server.key))
        dark_stage.painter.calm()
        assert field(await server.panel()) == before
        assert stored_keys(database_url) == []
        await server.picture(job := job_in((await server.order()).message))
        assert server.payers(job) == [dark_stage.painter.key]
        await server.sends(server.key)
        first = stored_keys(database_url)
        await server.sends(typed["typed"])
        assert stored_keys(database_url) == first  # the earlier key stays
        await dark_stage.stop()


@on_postgresql
async def test_only_a_manager_enters_a_key_also_across_a_restart(dark_stage: Stage) -> None:
    dark_stage.settings["SECRET_KEYS"] = SEAL
    server = await started(dark_stage)
    managers = server.world.add_role(server.guild, "Managers", Permission.MANAGE_GUILD | Permission.VIEW_CHANNEL)
    server.world.give(server.ben.user, managers, server.guild)
    bens_panel = await server.panel(server.ben)
    form = await server.ben.press(bens_panel, "Own key…")
    server.world.set_permissions(server.guild, managers, 0)
    refusal = sentence("refused-not-manager")
    assert refusal.fullmatch(await heard(await server.ben.fill(form, key=server.key)))
    assert refusal.fullmatch((await (await server.ben.press(bens_panel, "Own key…")).said()).content)
    assert stored_keys(dark_stage.settings["DATABASE_URL"]) == []
    panel = await server.panel()
    await dark_stage.kill()
    await dark_stage.start()
    opened = await server.boss.press(panel, "Own key…")
    await dark_stage.kill()
    await dark_stage.start()
    assert sentence("own-key-none").fullmatch(field(panel))
    await server.sends(server.key, opened)
    assert server.key[-4:] in field(panel)  # the panel itself is updated
    await server.picture(job := job_in((await server.order()).message))
    assert server.payers(job) == [server.key]
    first = await server.panel()
    again = await server.panel()
    await heard(await server.boss.press(first, "Remove own key"))
    assert sentence("refused-own-key-gone").fullmatch(await heard(await server.boss.press(again, "Remove own key")))


@on_sqlite
async def test_without_encryption_keys_none_is_stored_and_nobody_else_pays(
    dark_stage: Stage, database_url: str
) -> None:
    dark_stage.settings["SECRET_KEYS"] = SEAL
    server = await started(dark_stage)
    offered = await server.panel()
    await server.sends(server.key)
    await dark_stage.stop()
    dark_stage.settings["SECRET_KEYS"] = ""
    await dark_stage.start()
    refused = await server.order()
    assert refused.ephemeral
    assert sentence("refused-own-key-locked").fullmatch((await refused.said()).content)
    off = sentence("refused-own-key-off")
    assert off.fullmatch((await (await server.boss.press(offered, "Own key…")).said()).content)
    await heard(await server.boss.press(await server.panel(), "Remove own key"))
    assert sentence("own-key-unavailable").fullmatch(field(await server.panel()))
    assert server.charges == 0
    await server.picture(job := job_in((await server.order()).message))
    assert server.payers(job) == [dark_stage.painter.key]
    await dark_stage.stop()
    dark_stage.settings["SECRET_KEYS"] = SEAL
    await dark_stage.start()
    await server.sends(server.key)
    spoil(database_url, stored_keys(database_url)[-1].sealed[:-8] + "tampered")
    assert sentence("refused-own-key-locked").fullmatch((await (await server.order()).said()).content)
    assert server.charges == 1


@on_sqlite
@pytest.mark.parametrize(("point", "words"), [(CREATE, "error-unknown-locked"), (LOOK, "held-locked")])
async def test_picture_bought_before_encryption_keys_were_lost_is_delivered_when_restored(
    dark_stage: Stage, tmp_path: Path, database_url: str, point: str, words: str
) -> None:
    with clean(dark_stage, tmp_path, database_url):
        server = await started(dark_stage)
        await server.sends(server.key)
        dark_stage.painter.fault("slow")
        reached = asyncio.Event()
        dead = asyncio.Event()

        async def hold() -> None:
            reached.set()
            await dead.wait()
            raise Drop

        once(dark_stage.painter.hooks, "after", point, hold)
        order = await server.order()
        await asyncio.wait_for(reached.wait(), 60)
        await dark_stage.kill()
        finish(dark_stage.painter)
        dead.set()
        dark_stage.settings["SECRET_KEYS"] = ""
        await dark_stage.start()
        card = order.message
        assert card is not None
        messages = [card, *server.thread.seen]
        await server.world.until(lambda: any(sentence(words).search(message.text) for message in messages), timeout=60)
        assert not sentence("error-own-key-locked").search(card.text)  # it says that nothing was charged
        assert await dark_stage.stop() == 0
        dark_stage.settings["SECRET_KEYS"] = SEAL
        await dark_stage.start()
        job = job_in(card)
        await server.picture(job)
        await server.settled(60)
        assert server.payers(job) == [server.key]
        assert server.askers(job) == {server.key}
        assert server.creates == len(server.pictures) == 1
        await dark_stage.stop()


async def test_rotation_makes_the_old_encryption_key_removable_and_names_wrong_keys(
    dark_stage: Stage, tmp_path: Path, database_url: str
) -> None:
    with clean(dark_stage, tmp_path, database_url, lambda: {"another seal": OTHER_SEAL}):
        server = await started(dark_stage)
        await server.sends(server.key)
        await dark_stage.stop()
        code, printed = await rotate(dark_stage, SECRET_KEYS=OTHER_SEAL)
        assert code == 2
        assert "1 more can't be opened: add the key that sealed them to SECRET_KEYS" in printed
        secrets = {"seal": SEAL, "another": OTHER_SEAL, "key": server.key, "operator's": dark_stage.painter.key}
        assert leaks(secrets, {"printed": printed.encode()}) == []
        code, printed = await rotate(dark_stage, SECRET_KEYS=f"{OTHER_SEAL},{SEAL}")
        assert code == 0
        assert "1 servers' own keys are sealed with the first of SECRET_KEYS" in printed.splitlines()
        dark_stage.settings["SECRET_KEYS"] = OTHER_SEAL
        await dark_stage.start()
        await server.picture(job := job_in((await server.order()).message))
        assert server.payers(job) == [server.key]
        await dark_stage.stop()


def test_secret_scan_finds_planted_secrets() -> None:
    places = {"log": b"... sk-planted ...", "database": b"nothing"}
    assert leaks({"key": "sk-planted", "seal": "quiet"}, places) == ["key in log"]
