"""Three processes for two slots, on one PostgreSQL server, and members who order in servers of each shard."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from pathlib import Path
from typing import Final

import psycopg

from playground.hooks import Call, Phase
from playground.stage import Stage
from playground.world.places import Channel
from tests.scenarios.support.kills import MemberOrder, OrderCounts, count, order
from tests.scenarios.support.server import CREATE, LOOK

SHARDS: Final = 4
SLOTS: Final = 2
PROCESSES: Final = 3

SYNC: Final = "PUT /applications/{application}/commands"
"""How a bot tells Discord all its commands."""

SETTINGS: Final = {
    "SLOTS": str(SLOTS),
    "RUNNING_IN_ALL": "500",
    # A process can be frozen in the very middle of a create, which then arrives when it wakes: ToAPIs would not wait so
    # long for the rest of a request, and a lost create is looked for longer than that.
    "LOOK_UP_SECONDS": "40",
}
DISCORD: Final = {"shards": SHARDS, "concurrency": SHARDS, "identify_every": 5.0}
"""Discord lets all shards identify at once here, and each of them only every five seconds."""

_CONNECTS: Final = re.compile(r"slot (\d) of 2: shards")
STANDS_BY: Final = "another Retouch process has taken over"
_HOLDERS: Final = (
    "SELECT objid::int, pid FROM pg_locks WHERE locktype = 'advisory' AND classid = 20261130 AND granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class Fleet:
    """The processes of one bot, on one stage. ``places`` has a channel for each shard."""

    def __init__(self, stage: Stage, rng: random.Random, folder: Path, database_url: str) -> None:
        self.stage = stage
        stage.settings["OPERATOR_IDS"] = str(stage.world.application.owner.id)
        self.rng = rng
        self._database = database_url.replace("+psycopg", "", 1)
        self.processes = [stage]
        self.processes += [
            Stage(stage.world, stage.discord, stage.painter, stage.settings) for _ in range(PROCESSES - 1)
        ]
        for number, process in enumerate(self.processes):
            process.log = folder / f"process-{number}.log"
        self.places: list[Channel] = []
        self.orders: list[MemberOrder] = []
        self._looked: dict[str, float] = {}
        """By job: when it was last asked about."""
        stage.painter.hooks.append(self._heard)

    @property
    def logs(self) -> list[Path]:
        """Return the logs of the processes that have begun one."""
        return [process.log for process in self.processes if process.log is not None and process.log.exists()]

    async def _heard(self, phase: Phase, call: Call) -> None:
        if phase == "before" and call.route == LOOK:
            task = self.stage.painter.tasks.get(call.params["id"])
            self._looked[(task.request.business_id if task is not None else None) or ""] = time.monotonic()
        self.stage.world.changed()

    async def start(self) -> None:
        """Start all processes, and wait until the slots connect with all shards. Found a server in each shard."""
        world = self.stage.world
        places: dict[int, Channel] = {}
        while len(places) < SHARDS:
            shard = (int((world.clock() - 1_420_070_400) * 1000) + 1) % SHARDS
            if shard not in places:
                guild = world.add_guild(f"Server {shard}", world.application.owner)
                places[(guild.id >> 22) % SHARDS] = world.add_channel(guild, "pictures")
            await asyncio.sleep(0.001)
        self.places = list(places.values())
        for process in self.processes:
            await process.begin()
        await self.connected()
        self.order()  # its create is answered, which proves the look-up
        await self.ended()

    async def connected(self) -> None:
        """Wait until every shard has a living connection."""
        gateway = self.stage.discord.gateway
        everything = set(range(SHARDS))
        await self.stage.world.until(lambda: {session.shard for session in gateway.connected} >= everything, 120)

    def order(self, number: int = 1) -> None:
        """Let so many new members order, each in a server of another shard in turn."""
        for _ in range(number):
            place = self.places[len(self.orders) % SHARDS]
            self.orders.append(order(self.stage, self.rng, place))

    async def ended(self) -> None:
        """Wait until each order has a picture or a sentence, or Discord told its member that it failed."""
        await self.stage.world.until(
            lambda: all(self._refused(placed) or placed.ended(self.stage) for placed in self.orders), timeout=200
        )

    def _refused(self, placed: MemberOrder) -> bool:
        """Return whether nobody answered, or the order was refused with a sentence that only its member sees."""
        card = placed.interaction.message
        return placed.interaction.failed or (card is not None and card.ephemeral)

    async def some_are_bought(self) -> None:
        """Wait until a few more creates came in, so that there is a job in each state."""
        wanted = len(self.stage.painter.ledger) + self.rng.randint(1, 4)
        await self.stage.world.until(lambda: len(self.stage.painter.ledger) >= wanted, timeout=120)

    async def holder(self) -> tuple[Stage, int]:
        """Draw a slot. Return the process that holds it, and the slot."""
        slot = self.rng.randrange(SLOTS)
        (process,) = [process for process in self.processes if slot_of(process) == slot]
        return process, slot

    async def holders(self) -> dict[int, int]:
        """Return which session of the server holds each slot."""
        async with await psycopg.AsyncConnection.connect(self._database, autocommit=True) as admin:
            rows = await (await admin.execute(_HOLDERS)).fetchall()
        return {int(slot): int(pid) for slot, pid in rows}

    async def taken_over(self, slot: int, before: int) -> float:
        """Wait until another session than ``before`` holds the slot. Return when that was seen (monotonic clock)."""
        async with asyncio.timeout(60):
            while (await self.holders()).get(slot, before) == before:  # noqa: ASYNC110 - a lock sends no event
                await asyncio.sleep(0.05)
        return time.monotonic()

    async def waits_again(self, slot: int, since: float, jobs: set[str]) -> float:
        """Wait until each of these jobs was asked about after a moment, or has ended. Return the seconds it took.

        Seconds in which the slot's new holder was ready to run, and others were running, do not count.
        """
        held_up = {process: process.waited_for_processor for process in self.processes}

        def is_seen(job: str) -> bool:
            return self._looked.get(job, 0.0) >= since or job in self._delivered()

        await self.stage.world.until(lambda: all(is_seen(job) for job in jobs), timeout=120)
        moments = [self._looked[job] for job in jobs if self._looked.get(job, 0.0) >= since]
        await self.connected()
        heirs = [process for process in self.processes if slot_of(process) == slot]
        late = max((heir.waited_for_processor - held_up[heir] for heir in heirs), default=0.0)
        return max(0.0, max(moments, default=since) - since - late)

    def painting(self, slot: int) -> set[str]:
        """Return the bought jobs of a slot's servers, the pictures of which nobody has yet."""
        jobs = set()
        for placed in self.orders:
            guild = placed.interaction.channel.guild
            assert guild is not None  # every order comes from a server
            if (guild.id >> 22) % SLOTS == slot:
                jobs.add(placed.job_id(self.stage))
        bought = {charge.business_id for charge in self.stage.painter.ledger}
        return (jobs & {job for job in bought if job is not None}) - self._delivered()

    def _delivered(self) -> set[str]:
        return {placed.job_id(self.stage) for placed in self.orders if placed.files(self.stage)}

    def counted(self) -> OrderCounts:
        """Count how all orders ended. Raises AssertionError where something was lost, or paid or shown twice."""
        bodies = [call.json for call in self.stage.painter.requests if call.route == CREATE and call.status == 200]
        sent = Counter(body["client_business_id"] for body in bodies)
        assert set(sent.values()) <= {1}, [job for job, times in sent.items() if times > 1]
        assert {of for _, of in self.stage.discord.gateway.identified} == {SHARDS}
        assert self.stage.offences == []
        assert len([call for call in self.stage.discord.requests if call.route == SYNC]) == 1
        accepted = [placed for placed in self.orders if placed.interaction.failed or not self._refused(placed)]
        ends = count(self.stage, accepted)
        assert ends.unknown == 0, ends
        assert len(self.stage.painter.ledger) == ends.charges == ends.results, ends
        return ends

    async def close(self) -> None:
        for process in self.processes:
            await process.kill()


def slot_of(process: Stage) -> int | None:
    """Return the slot that a process works for now, by its log; None for a spare."""
    log = process.log.read_text() if process.log is not None and process.log.exists() else ""
    since = max((log.rfind(words) for words in (STANDS_BY, "stopping: running steps")), default=-1)
    numbers = _CONNECTS.findall(log[max(since, 0) :])
    return int(numbers[-1]) if numbers else None
