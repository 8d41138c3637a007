"""Two processes on one database at the same time, which the lock normally prevents, and kills in between."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

from playground.hooks import Call, Phase
from playground.stage import Stage
from tests.scenarios.support.kills import MemberOrder, count, order
from tests.scenarios.support.server import CREATE

SETTINGS = {
    # A create that was never sent is sent again after this; on a slow machine one in flight must not count as lost.
    "LOOK_UP_SECONDS": "30",
    "RUNNING_IN_ALL": "500",
}


@dataclass(frozen=True, slots=True)
class PairCounts:
    """How orders ended that went through both processes. ``told``: refused with a sentence, and nothing was bought."""

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
        """Start both, one after the other."""
        for number, process in enumerate((self.stage, self._other), 1):
            await process.start("tests.support.lock_forced_open")
            await self._connected(number)

    async def _connected(self, number: int) -> None:
        gateway = self.stage.discord.gateway
        await self.stage.world.until(lambda: len(gateway.connected) >= number, timeout=120)

    async def kill_one(self) -> None:
        """Kill one of them and start it again, while the other goes on."""
        process = self._rng.choice((self.stage, self._other))
        await process.kill()
        await self.stage.world.until(lambda: len(self.stage.discord.gateway.connected) == 1, timeout=60)
        await process.start("tests.support.lock_forced_open")
        await self._connected(2)

    async def close(self) -> None:
        await self._other.kill()
        await self.stage.kill()

    async def run(self, orders: int, kills: int) -> PairCounts:
        """Run so many orders with so many kills in between. Raises AssertionError if a create was sent twice."""
        placed: list[MemberOrder] = []
        for part in range(kills + 1):
            placed += [order(self.stage, self._rng) for _ in range(orders // (kills + 1))]
            if part < kills:
                await self._some_are_bought()
                await self.kill_one()
        await self.stage.world.until(
            lambda: all(sent.interaction.failed or sent.ended(self.stage) for sent in placed), timeout=900
        )
        return self._counted(placed, kills)

    async def _some_are_bought(self) -> None:
        """Wait until a few more creates came in, so that there is a job in each state."""
        wanted = len(self.stage.painter.ledger) + self._rng.randint(1, 4)
        await self.stage.world.until(lambda: len(self.stage.painter.ledger) >= wanted, timeout=300)

    def _counted(self, placed: list[MemberOrder], kills: int) -> PairCounts:
        stage = self.stage
        bodies = [call.json for call in stage.painter.requests if call.route == CREATE and call.status == 200]
        sent = Counter(body["client_business_id"] for body in bodies)
        charged = Counter(charge.business_id for charge in stage.painter.ledger)
        assert set(charged.values()) <= {1}, [job for job, times in charged.items() if times > 1]
        assert set(sent.values()) <= {1}, [job for job, times in sent.items() if times > 1]
        ends = count(stage, placed)
        return PairCounts(len(placed), kills, len(stage.painter.ledger), ends.results, ends.told + ends.unheard)
