"""The log at debug level, of orders, failures that quote them and database errors: it holds nothing private."""

from __future__ import annotations

import asyncio
from pathlib import Path

import sqlalchemy as sa

from playground.stage import Stage
from playground.world.members import Member
from playground.world.messages import upload
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import MESSAGE, Server
from tests.support.secrets_left import leaks

NAME = "Zaphodine Quux"
PROMPT = "my grandmother in her violet nightgown, asleep"


def refuse_rows(database_url: str) -> None:
    """Let the database refuse jobs whose prompt is about a boat. PostgreSQL quotes the row that it refuses."""
    engine = sa.create_engine(database_url)
    with engine.begin() as write:
        if write.dialect.name == "sqlite":
            where = "WHEN NEW.\"order\" LIKE '%rowing boat%' BEGIN SELECT RAISE(ABORT, 'not this one'); END"
            write.execute(sa.text(f"CREATE TRIGGER refuse BEFORE INSERT ON jobs {where}"))
        else:
            check = "CHECK (\"order\"::text NOT LIKE '%rowing boat%')"
            write.execute(sa.text(f"ALTER TABLE jobs ADD CONSTRAINT refuse {check}"))
    engine.dispose()


async def test_no_prompt_address_token_or_name_is_logged_even_at_debug(
    idle_stage: Stage, tmp_path: Path, database_url: str
) -> None:
    stage = idle_stage
    world = idle_stage.world
    stage.settings |= {"LOG_LEVEL": "DEBUG", "OPERATOR_IDS": str(world.user("Dagny").id)}
    stage.log = tmp_path / "log"
    await stage.start()
    server = Server(stage)
    member = Member(world, world.add_user(NAME))
    world.join(member.user, server.guild)

    async def order(prompt: str) -> str:
        """Order, wait for the end, and return the token of the interaction."""
        sent = await server.order(prompt=prompt, by=member, image=upload("violet-secret.jpg", cat()))
        card = sent.message
        over = ("Done:", "No picture this time")
        await world.until(lambda: card is None or any(word in card.text for word in over) or card.ephemeral, timeout=30)
        return sent.token

    tokens = [await order(PROMPT)]
    stage.painter.fault("policy-422", message=f"Rejected: {PROMPT} is not allowed", times=1)
    tokens.append(await order(PROMPT + ", again"))
    stage.painter.fault("failed:generation_failed", times=1)
    tokens.append(await order(PROMPT + ", once more"))
    stage.painter.fault("result-gone")
    stage.painter.fault("long-address", length=700)
    tokens.append(await order(PROMPT + ", for the third time"))
    stage.painter.calm()
    stage.discord.fault(MESSAGE, status=500, message=PROMPT, times=2)
    tokens.append(await order(PROMPT + ", in spite of all"))
    await asyncio.to_thread(refuse_rows, database_url)
    tokens.append(await order("three men in a rowing boat with violet oars"))
    assert await stage.stop() == 0

    log = stage.log.read_bytes()
    assert b"job " in log
    assert b"IntegrityError" in log or b"not this one" in log
    private = {
        "the prompt": "grandmother in her violet",
        "a refused prompt": "in a rowing boat with",
        "a member's name": NAME,
        "the way to a source": "violet-secret",
        "the way to a result": "/files/generated/",
        "a signature": "?signature=",
        "the bot's token": world.application.token,
        "the key": stage.painter.key,
        **{f"the token of interaction {number}": token for number, token in enumerate(tokens)},
    }
    assert leaks(private, {"the log": log}) == []
