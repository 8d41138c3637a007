"""A server with its own key: entering it, and which key paid by ToAPIs' ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import Fernet

from playground.stage import Stage
from playground.toapis.accounts import Account
from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.places import Channel, Message
from tests.scenarios.support.server import LOOK, Server
from tests.support.secrets_left import SentRequests, leaks, left_behind

ENCRYPTION_KEY = Fernet.generate_key().decode()


class OwnKeyServer(Server):
    """A server whose manager knows the key of another account at ToAPIs."""

    def __init__(self, stage: Stage, user: str = "2002", budget: int = 1_000_000_000) -> None:
        super().__init__(stage)
        self.account = Account(user, budget)
        self.key = stage.painter.add_key(self.account)

    @property
    def boss(self) -> Member:
        return Member(self.world, self.guild.owner)

    async def panel(self, member: Member | None = None) -> Message:
        return await (await (member or self.boss).command(self.channel, "server")).said()

    async def sends(self, key: str, form: Interaction | None = None) -> str:
        """Let the owner enter a key, and return the answer."""
        form = form or await self.boss.press(await self.panel(), "Own key…")
        answer = await self.boss.fill(form, key=key)
        return await private_answer(answer)

    async def log(self) -> Channel:
        """Set up a log channel of the server's."""
        log = self.world.add_channel(self.guild, "log")
        form = await self.boss.select(await self.panel(), "Log")
        await self.boss.fill(form, log_channel=[str(log.id)])
        await self.world.until(lambda: log.seen, timeout=10)
        return log

    def payers(self, *jobs: str | None) -> list[str]:
        """Return the keys that paid for these jobs, by ToAPIs' ledger."""
        return [charge.key for charge in self.painter.ledger if charge.business_id in jobs]

    def askers(self, job: str | None) -> set[str]:
        """Return the keys with which this job's task was polled."""
        tasks = {charge.task_id for charge in self.painter.ledger if charge.business_id == job}
        calls = [call for call in self.painter.requests if call.route == LOOK and call.params["id"] in tasks]
        return {call.headers["Authorization"].removeprefix("Bearer ") for call in calls}


async def started(stage: Stage, **more: str) -> OwnKeyServer:
    """Start a bot with an operator, and return a server whose key nobody has entered yet."""
    stage.settings |= {"OPERATOR_IDS": str(stage.world.user("Dagny").id), **more}
    await stage.start()
    return OwnKeyServer(stage)


async def private_answer(answer: Interaction) -> str:
    """Return what only the member reads after a form or a button: the follow-up, or a refusal in its place."""
    world = answer.world

    def words() -> str | None:
        if answer.followups:
            return answer.followups[-1].content
        first = answer.original
        return first.content if first is not None and first is not answer.source and not first.loading else None

    content = await world.until(words, timeout=30)
    assert content is not None  # until waited for it
    return content


def field(panel: Message) -> str:
    """Return what a panel says about the server's own key."""
    (text,) = [entry["value"] for entry in panel.embeds[0]["fields"] if entry["name"] == "Own key at ToAPIs"]
    return str(text)


@contextmanager
def clean(stage: Stage, folder: Path, database_url: str, *more: Callable[[], dict[str, str]]) -> Iterator[None]:
    """Check at the end that no secret is where it does not belong. The log is written for that."""
    stage.log = folder / "log"
    ears = SentRequests(stage)
    stage.settings |= {"SECRET_KEYS": stage.settings.get("SECRET_KEYS", ENCRYPTION_KEY), "LOG_LEVEL": "DEBUG"}
    yield
    secrets = {f"key {number}": key for number, key in enumerate(stage.painter.keys)}
    secrets |= {"seal": ENCRYPTION_KEY, "the bot's token": stage.world.application.token}
    for more_secrets in more:
        secrets |= more_secrets()
    places = left_behind(folder, database_url, stage, ears)
    assert len(places["log"]) > 0
    assert len(places["sent"]) > 1000
    leaked = leaks(secrets, places)
    assert leaked == [], leaked


def stored_keys(url: str) -> list[Any]:
    """Return the rows of the stored keys, oldest first."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT * FROM keys ORDER BY set_at")).all()
    engine.dispose()
    return list(rows)


def spoil(url: str, sealed: str) -> None:
    """Overwrite every sealed key in the database itself."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE keys SET sealed = :sealed"), {"sealed": sealed})
    engine.dispose()
