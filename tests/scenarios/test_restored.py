"""A database that was lost and restored from an older copy: nothing is bought twice, and nothing delivered twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from playground.stage import Stage
from playground.world import conversation
from playground.world.interactions import Interaction
from playground.world.places import Message
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.copies import command, count_rows, lose_and_restore, lose_the_database
from tests.scenarios.support.server import UPLOAD, Server, finish, once, painted


async def test_copy_made_under_load_is_restored_and_nothing_comes_twice(
    stage: Stage, database_url: str, tmp_path: Path
) -> None:
    rng = random.Random("a copy under load")
    counts = await lose_and_restore(stage, database_url, tmp_path / "copy", rng, orders=4)
    assert counts.known >= 1
    assert count_rows(database_url, "SELECT count(*) FROM jobs WHERE state <> 'delivered'") == 0


THREAD = "POST /channels/{channel}/messages/{message}/threads"
UNKNOWN = "SELECT count(*) FROM jobs WHERE state = 'unknown'"


async def delivered(server: Server, card: Message) -> None:
    await server.settled()


async def deleted(server: Server, card: Message) -> None:
    await server.settled()
    [result] = [message for message in server.channel.threads[-1].seen if painted(message)]
    conversation.delete(server.world, result, "Mod")


async def cancelled(server: Server, card: Message) -> None:
    assert "cancel" in (await (await server.ana.press(card, "Cancel")).said()).content.lower()
    finish(server.painter)
    await server.settled()


@pytest.mark.parametrize("became", [delivered, deleted, cancelled], ids=lambda became: became.__name__)
async def test_job_that_ended_after_the_copy_is_not_bought_or_posted_again(
    stage: Stage, database_url: str, tmp_path: Path, became: Callable[[Server, Message], Awaitable[None]]
) -> None:
    server = Server(stage)
    await server.result()  # it proves the look-up
    await server.settled()
    if became is cancelled:
        stage.painter.fault("slow")

    async def copy() -> None:
        code, output = await command(stage, "backup", str(tmp_path / "copy"))
        assert code == 0, output

    once(stage.discord.hooks, "before", THREAD, copy)  # the copy knows of no thread
    order = await server.order()
    assert order.message is not None
    await stage.world.until(lambda: len(stage.painter.ledger) == 2, timeout=30)
    await became(server, order.message)
    assert await stage.stop() == 0
    seen = stage.world.transcript.of("message")
    lose_the_database(database_url)
    code, output = await command(stage, "restore", str(tmp_path / "copy"))
    assert code == 0, output
    await stage.start()
    await server.settled(60)
    assert stage.world.transcript.of("message") == seen
    assert server.creates == server.charges == 2
    state = "cancelled" if became is not delivered else "delivered"
    assert count_rows(database_url, f"SELECT count(*) FROM jobs WHERE state = '{state}'") >= 1
    assert count_rows(database_url, "SELECT count(*) FROM ledger WHERE phase = 'close' AND amount > 0") == 2


async def copied_and_killed(stage: Stage, server: Server, file: Path) -> Interaction:
    """Return an order before the upload of which a copy was made, and the bot was killed."""
    dead = asyncio.Event()

    async def copy_and_die() -> None:
        code, output = await command(stage, "backup", str(file))
        assert code == 0, output
        await stage.kill()
        dead.set()

    once(stage.painter.hooks, "before", UPLOAD, copy_and_die)
    order = await server.order()
    await asyncio.wait_for(dead.wait(), 60)
    return order


async def test_job_that_was_never_bought_goes_on_after_the_restore(
    stage: Stage, database_url: str, tmp_path: Path
) -> None:
    server = Server(stage)
    await server.result()
    await server.settled()

    order = await copied_and_killed(stage, server, tmp_path / "copy")
    lose_the_database(database_url)
    code, output = await command(stage, "restore", str(tmp_path / "copy"))
    assert (code, "1 jobs were not over then" in output) == (0, True), output
    await stage.start()
    await server.settled(60)
    assert order.answered
    assert server.creates == server.charges == len(server.pictures) == 2


async def test_job_is_unknown_and_not_bought_where_no_look_up_is_proved(
    stage: Stage, database_url: str, tmp_path: Path
) -> None:
    server = Server(stage)

    await copied_and_killed(stage, server, tmp_path / "copy")
    lose_the_database(database_url)
    assert (await command(stage, "restore", str(tmp_path / "copy")))[0] == 0
    await stage.start()
    with closing(BotRecords(database_url)) as records:
        await records.until(lambda: count_rows(database_url, UNKNOWN) == 1, 30)
    assert server.creates == 0


async def test_database_that_another_tool_restored_is_marked_by_a_command(idle_stage: Stage, database_url: str) -> None:
    code, output = await command(idle_stage, "restore", "--mark")
    assert code == 0, output
    assert output.startswith("Marked: the database is as it was at ")
    assert count_rows(database_url, "SELECT count(*) FROM facts WHERE name = 'restored'") == 1


async def test_restore_is_refused_while_a_bot_runs_and_onto_used_tables(
    stage: Stage, database_url: str, tmp_path: Path
) -> None:
    code, output = await command(stage, "backup", str(tmp_path / "copy"))
    assert code == 0, output
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
    code, output = await command(stage, "restore", str(tmp_path / "copy"))
    assert code == 2
    assert "Retouch process uses" in output
    code, output = await command(stage, "backup", str(tmp_path / "copy"))
    assert (code, output) == (2, f"{tmp_path}/copy is there already: choose another name, or delete it first\n")
