"""Two processes at work on one database at the same time, which the lock was made to prevent, and kills between."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

from playground.hooks import Call, Phase
from playground.stage import Stage
from tests.scenarios.support.kills import Asked, count, order
from tests.scenarios.support.server import CREATE

SETTINGS = {
    # A create that was never sent is sent again after this; a slow machine must not take one under way for lost.
    "LOOK_UP_SECONDS": "30",
    "RUNNING_IN_ALL": "500",
}


@dataclass(frozen=True, slots=True)
class Both:
    """What came of orders that went through both. ``told``: with a sentence, and nothing was bought."""

    orders: int
    kills: int
    charges: int
    pictures: int
    told: int


class Pair:
    """Two processes of the bot without a lock. Each order goes to one of them, in turn."""

    def __init__(self, stage: Stage, rng: random.Random) -> None:
        self.stage = stage
        self._rng = rng
        stage.discord.gateway.take_turns = True
        self._other = Stage(stage.world, stage.discord, stage.painter, stage.settings)
        self._other.log = stage.log
        stage.painter.hooks.append(self._heard)

    async def _heard(self, _: Phase, __: Call) -> None:
        self.stage.world.changed()

    async def start(self) -> None:
        """Both, the second beside the first."""
        for number, process in enumerate((self.stage, self._other), 1):
            await process.start("tests.support.lock_forced_open")
            await self._connected(number)

    async def _connected(self, number: int) -> None:
        gateway = self.stage.discord.gateway
        await self.stage.world.until(lambda: len(gateway.connected) >= number, timeout=120)

    async def kill_one(self) -> None:
        """One of them dies and is started again, while the other goes on."""
        process = self._rng.choice((self.stage, self._other))
        await process.kill()
        await self.stage.world.until(lambda: len(self.stage.discord.gateway.connected) == 1, timeout=60)
        await process.start("tests.support.lock_forced_open")
        await self._connected(2)

    async def close(self) -> None:
        await self._other.kill()
        await self.stage.kill()

    async def run(self, orders: int, kills: int) -> Both:
        """So many orders in all, with so many kills between. Raises AssertionError where a create was sent twice."""
        asked: list[Asked] = []
        for part in range(kills + 1):
            asked += [order(self.stage, self._rng) for _ in range(orders // (kills + 1))]
            if part < kills:
                await self._some_are_bought()
                await self.kill_one()
        await self.stage.world.until(lambda: all(one.interaction.failed or one.ended(self.stage) for one in asked), 900)
        return self._counted(asked, kills)

    async def _some_are_bought(self) -> None:
        """Waits until a few more creates came in: some job is in each state then."""
        wanted = len(self.stage.painter.ledger) + self._rng.randint(1, 4)
        await self.stage.world.until(lambda: len(self.stage.painter.ledger) >= wanted, timeout=300)

    def _counted(self, asked: list[Asked], kills: int) -> Both:
        stage = self.stage
        bodies = [call.json for call in stage.painter.requests if call.route == CREATE and call.status == 200]
        sent = Counter(body["client_business_id"] for body in bodies)
        charged = Counter(charge.business_id for charge in stage.painter.ledger)
        assert set(charged.values()) <= {1}, [job for job, times in charged.items() if times > 1]
        assert set(sent.values()) <= {1}, [job for job, times in sent.items() if times > 1]
        ends = count(stage, asked)
        return Both(len(asked), kills, len(stage.painter.ledger), ends.results, ends.told + ends.unheard)
