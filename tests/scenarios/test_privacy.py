"""/about privacy and /mydata: what is promised is done, down to the bytes of the file."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from playground.hooks import Call, Phase
from playground.stage import Stage
from playground.world.places import Message
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.button_table import DELETE, GO_ON, STEPS, says
from tests.scenarios.support.forgetting import days_ago, forgets, paid, query
from tests.scenarios.support.server import LOOK, Server, job_in, job_of
from tests.scenarios.support.wording import sentence
from tests.scenarios.test_history import prompts
from tests.scenarios.test_server_styles import manager
from tests.support.privacy_desk import traces

DATABASE = "sqlite"
pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = "a walled garden that nobody knows"


def database(stage: Stage) -> Path:
    return Path(stage.settings["DATABASE_URL"].removeprefix("sqlite:///"))


def addresses_of(server: Server, *results: Message) -> list[str]:
    """Return the addresses of their pictures at ToAPIs."""
    jobs = {job_of(result) for result in results}
    tasks = server.painter.tasks.items()
    return [f"/files/generated/{task_id}/" for task_id, task in tasks if task.request.business_id in jobs]


async def again(server: Server, **settings: str) -> None:
    """Restart the bot with other settings."""
    await server.stage.kill()
    server.stage.settings |= settings
    await server.stage.start()


async def test_privacy_notice_is_available_everywhere_with_the_operators_retention(server: Server) -> None:
    for place in (server.channel, server.dm):
        answer = await server.ana.command(place, "about privacy")
        assert answer.message is not None
        assert answer.ephemeral
        text = answer.message.content
        for words in ("90 days", "30 days", "public address", "made by AI", "/mydata export", "/mydata delete"):
            assert words in text, (place, words)
    await again(server, RETENTION_DAYS="1", GUILD_GONE_DAYS="7")
    answer = await server.ana.command(server.channel, "about privacy")
    assert answer.message is not None
    assert "A day after the order" in answer.message.content
    assert "7 days after I left" in answer.message.content
    await again(server, RETENTION_DAYS="90", GUILD_GONE_DAYS="30")


async def test_an_export_is_one_file_for_its_member_alone(server: Server) -> None:
    result = await server.result(prompt=SECRET)
    await server.order(prompt="somebody else's", by=server.ben)
    await paid(server, result)
    for place in (server.channel, server.dm):
        reply = await (await server.ana.command(place, "mydata export")).said()
        assert reply.seen_only_by is server.ana.user
        assert sentence("mydata-export").fullmatch(reply.content)
        (file,) = reply.attachments
        assert (file.name, file.ephemeral) == ("mydata.json", True)
        export = json.loads(file.data)
        assert "made by AI" in export["pictures"]
        (job,) = export["jobs"]
        assert (job["id"], job["order"]["prompt"], job["state"]) == (job_of(result), SECRET, "delivered")
        assert job["links"]["result"].endswith(f"/{result.channel.id}/{result.id}")
        assert [entry["kind"] for entry in export["ledger"]] == ["reserved", "settled"]
        assert "somebody else" not in file.data.decode()


async def test_deleted_data_is_in_no_file_also_across_a_restart(
    server: Server,
) -> None:
    secret = "an attic full of clocks"
    results = [await server.result(prompt=f"{secret} {number}") for number in range(3)]
    await server.ana.uses(server.ana.user, "Edit this avatar", server.channel)  # a form that is open
    await paid(server, *results)
    days_ago(server, 31, *results)
    ids = [server.ana.user.id, *(result.id for result in results), *(result.channel.id for result in results)]
    folder = database(server.stage).parent
    addresses = addresses_of(server, *results)
    before_deletion = " ".join(traces(folder, secret, *ids))
    assert all(str(text) in before_deletion for text in (secret, *ids))
    assert traces(folder, *addresses) == {}  # of the pictures at ToAPIs: no row needs them
    before = query(server, "SELECT sum(amount), count(*) FROM ledger")
    await forgets(server, restart=True)
    assert traces(folder, secret, *ids, *addresses) == {}
    assert query(server, "SELECT sum(amount), count(*) FROM ledger") == before
    reply = await (await server.ana.command(server.channel, "history")).said()
    assert sentence("refused-history-empty").fullmatch(reply.content)
    steps = query(server, "SELECT workflow_id, count(*) FROM steps GROUP BY workflow_id")
    assert not {job_of(result) for result in results} & {workflow_id for workflow_id, _ in steps}
    # Their requester is unknown now, but whoever the picture pinged can still delete it.
    says(await server.ben.press(results[0], "Delete"), "refused-not-yours")
    await DELETE.use(server.ana, results[0])
    await server.world.until(lambda: results[0].deleted, timeout=10)
    await DELETE.use(manager(server), results[1])
    await server.world.until(lambda: results[1].deleted, timeout=10)


async def test_workflow_interrupted_by_a_kill_is_forgotten_too(server: Server) -> None:
    result = await server.result()
    await paid(server, result)
    addresses = addresses_of(server, result)
    await server.stage.kill()
    last_step_undone(server, job_of(result))
    asked = asyncio.Event()
    go_on = asyncio.Event()

    async def hold(phase: Phase, call: Call) -> None:
        if (phase, call.route) == ("before", LOOK):
            asked.set()
            await go_on.wait()  # so the workflow can't end before it is forgotten

    server.painter.hooks.append(hold)
    await server.stage.start()
    async with asyncio.timeout(60):
        await asked.wait()
    days_ago(server, 31, result)
    await forgets(server)
    assert traces(database(server.stage).parent, *addresses) == {}
    go_on.set()


def last_step_undone(server: Server, job_id: str) -> None:
    """Set the workflow back to what a kill leaves after a job's money was closed."""
    engine = sa.create_engine(server.stage.settings["DATABASE_URL"])
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE workflows SET ended = NULL, ended_at = NULL WHERE id = :id"), {"id": job_id})
    engine.dispose()


async def test_buttons_under_a_forgotten_picture_do_what_remains_possible(server: Server) -> None:
    second = await STEPS.scene(server)
    third = await server.picture(job_in((await server.ana.press(second, "Again")).message))
    await paid(server, second, third)
    await forgets(server)
    for label, key in (
        ("Change", "refused-forgotten-order"),
        ("Again", "refused-forgotten-order"),
        ("Sharper", "refused-forgotten-order"),
        ("Compare", "refused-forgotten-compare"),
        ("Steps", "refused-forgotten-steps"),
    ):
        says(await server.ana.press(second, label), key)
    says(await server.ben.press(second, "Delete"), "refused-not-yours")
    answer = await GO_ON.use(server.ana, second)
    fourth = await server.picture(job_in(answer.message))
    steps = await (await server.ana.press(fourth, "Steps")).said(timeout=15)
    assert steps.content.splitlines()[0] == "**1** the earliest that I still know; what came before may be forgotten"
    question = await server.ana.press(second, "Delete")
    assert question.message is not None
    erased = await server.ana.press(question.message, "Yes, delete it")
    await server.world.until(lambda: second.deleted, timeout=10)
    await server.world.until(lambda: erased.source is not None and erased.source.content == "Deleted.", timeout=10)
    assert not third.deleted


async def test_form_opened_before_forgetting_orders_nothing_without_a_picture(server: Server) -> None:
    result = await server.result()
    await paid(server, result)
    form = await server.ana.press(result, "Change")
    question = await server.ana.press(result, "Delete")
    await forgets(server)
    charges = len(server.painter.ledger)
    says(await server.ana.fill(form, prompt="in the snow"), "refused-forgotten-order")
    assert question.message is not None
    says(await server.ana.press(question.message, "Yes, delete it"), "refused-forgotten-delete")
    assert not result.deleted
    assert len(server.painter.ledger) == charges


async def test_jobs_past_the_retention_are_listed_and_continued_without_their_prompt(server: Server) -> None:
    result = await server.result(prompt=SECRET)
    await paid(server, result)
    days_ago(server, 91, result)
    await again(server)  # the first recovery after a start erases
    records = BotRecords(server.stage.settings["DATABASE_URL"])
    await records.until(lambda: records.prompt(job_of(result)) == "", timeout=20)
    records.close()
    for options in ({}, {"what": "here"}):
        page = await (await server.ana.command(server.channel, "history", **options)).said()
        assert [line.split(" · ")[0] for line in prompts(page)] == [
            "Its words and links are forgotten, as promised; a picture stays where it came"
        ]
    says(await server.ana.press(result, "Again"), "refused-forgotten-order")
    earlier = {message.id for message in server.thread.seen}
    await server.ana.reply(result, "now at night")
    await server.world.until(
        lambda: [message for message in server.thread.seen if message.id not in earlier and message.attachments],
        timeout=20,
    )
    await DELETE.use(server.ana, result)
    await server.world.until(lambda: result.deleted, timeout=10)


async def test_reply_in_a_forgotten_jobs_thread_orders_nothing_without_a_picture(
    server: Server,
) -> None:
    result = await server.result()
    await paid(server, result)
    days_ago(server, 91, result)
    await again(server)
    records = BotRecords(server.stage.settings["DATABASE_URL"])
    await records.until(lambda: records.prompt(job_of(result)) == "", timeout=20)
    records.close()
    await DELETE.use(server.ana, result)
    await server.world.until(lambda: result.deleted, timeout=10)
    await server.ana.says(server.thread, f"<@{server.world.bot.id}> now at night")
    kind = sentence("refused-forgotten-picture")
    await server.world.until(lambda: any(kind.fullmatch(message.content) for message in server.thread.seen), timeout=10)


async def test_leaving_a_server_is_recorded_until_return_and_outages_are_ignored(server: Server) -> None:
    await manager(server).command(server.channel, "style add", name="Neon sign", words="neon")

    def noted() -> list[int]:
        return [row.guild_id for row in query(server, "SELECT guild_id FROM departures")]

    records = BotRecords(server.stage.settings["DATABASE_URL"])
    await server.stage.kill()
    query(server, "INSERT INTO departures VALUES (:id, :now)", id=server.guild.id, now=time.time())
    await server.stage.start()
    await records.until(lambda: noted() == [])  # the bot is still a member; from now on Discord reports every departure
    other = server.world.add_guild("Another Server", server.guild.owner)
    for session in server.stage.discord.gateway.connected:
        session.dispatch("GUILD_DELETE", {"id": str(other.id), "unavailable": True})
    server.world.leave(server.world.bot, server.guild)
    await records.until(lambda: noted() == [server.guild.id])
    server.world.join(server.world.bot, server.guild)
    await records.until(lambda: noted() == [])
    server.world.leave(server.world.bot, server.guild)
    await records.until(lambda: noted() == [server.guild.id])
    query(server, "UPDATE departures SET left_at = left_at - :age", age=31 * 24 * 3600)
    await again(server)
    await records.until(lambda: noted() == [], timeout=20)
    assert query(server, "SELECT * FROM styles WHERE guild_id = :id", id=server.guild.id) == []
    records.close()
