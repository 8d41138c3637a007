"""The acts: every way and every misfit, played by the real bot. Three bots at once, since each has other limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from playground.failures.bad_inputs import ALREADY, EVERYBODY, FULL, ORDERS, PLACES, Misfit, declared, lighthouse, lying
from playground.failures.fault_stories import Way, ways
from playground.failures.forbidden import MAINTENANCE, MANAGER, OPERATORS, SERVERS, decree, maintain, reopen
from playground.failures.outcome import Ending, ending, is_over
from playground.screenshots.staged_page import rehearsing
from playground.stage import Stage
from playground.world import conversation
from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.messages import upload
from playground.world.places import Channel

QUICK: Final = (0.1, 0.3)
"""Seconds of a painting."""
FREE: Final = {
    "RUNNING_PER_MEMBER": "200",
    "PICTURES_PER_DAY": "1000",
    "ATTEMPTS_PER_HOUR": "0",
    "TOAPIS_TIER": "svip",
}
HASTY: Final = {"DEADLINE_MINUTES": "0.1", "GIVE_UP_HOURS": "0.007", "RUNNING_IN_ALL": "2"}
"""Late after 6 seconds, given up after 25."""
STRICT: Final = {"RUNNING_PER_MEMBER": "1", "PICTURES_PER_DAY": "2", "TOAPIS_TIER": "svip"}
_AT_ONCE: Final = 4
"""Orders that wait for their answer at a time: Discord gives a bot three seconds."""
_PATIENCE: Final = 280.0
"""Seconds until an order must be over."""


@dataclass(frozen=True, slots=True)
class Act:
    """What went wrong (``line`` says what the mood does), how it ended, and the address of the page that shows it."""

    case: Way | Misfit
    line: str
    ending: Ending
    url: str


@asynccontextmanager
async def played() -> AsyncIterator[list[Act]]:
    """All acts, the ways in the order of the painter's moods. The pages stay up until the block ends."""
    async with AsyncExitStack() as opened:
        companies = []
        for settings in (FREE, FREE | HASTY, STRICT):
            stage, window = await opened.enter_async_context(rehearsing(QUICK, hurried=True, **settings))
            stage.painter.edge = 480
            stage.painter.account.tier = "svip"  # or the bot would pace its creates, as it must
            companies.append(Company(stage, window.url))
        studio, slow, strict = companies
        world = strict.stage.world
        strict.stage.settings["BLOCKED_IDS"] = str(world.user("Ben").id)
        studio.stage.settings["OPERATOR_IDS"] = str(studio.stage.world.user(MANAGER).id)
        for company in companies:
            await company.stage.start()
        told, waited, refused = await asyncio.gather(studio.all(), slow.slowly(), strict.misfits())
        forbidden = [*await studio.laws(), *await strict.operators()]
        for company in companies:
            await company.stage.kill()  # nothing changes any more while it is looked at
        table = list[Way | Misfit](ways(studio.stage.painter.faults))
        yield [*sorted([*told, *waited[:-1]], key=lambda act: table.index(act.case)), *refused, waited[-1], *forbidden]


class Company:
    """One bot, and the members who order of it."""

    def __init__(self, stage: Stage, url: str) -> None:
        self.stage = stage
        self._url = url
        self._queue = asyncio.Semaphore(_AT_ONCE)
        self._ordered = 0

    async def all(self) -> list[Act]:
        """Every way that can be played beside the others; then, one by one, those whose moods strike any upload."""
        table = ways(self.stage.painter.faults)
        proof = await self._order({})  # it proves to the bot that a task is found by the bot's own id
        await self._end(proof)
        beside = sorted((way for way in table if way.room == "studio"), key=lambda way: not way.long)
        async with asyncio.TaskGroup() as group:
            made = [(way, group.create_task(self._play(way))) for way in beside]
            await asyncio.wait([task for way, task in made if not way.long])
            alone = [await self._play(way) for way in table if way.room == "uploads"]
        return [*(task.result() for _, task in made), *alone]

    async def slowly(self) -> list[Act]:
        """The ways that take hours in life; and, while both hands are full, one more order."""
        table = [way for way in ways(self.stage.painter.faults) if way.room == "slow studio"]
        async with asyncio.TaskGroup() as group:
            made = [group.create_task(self._play(way)) for way in table]
            await self.stage.world.until(lambda: len(self.stage.painter.ledger) == len(table), _PATIENCE)
            busy = await self._meet(EVERYBODY)
        return [*(task.result() for task in made), busy]

    async def misfits(self) -> list[Act]:
        """One by one: each member may have one picture at a time. What failed does not count against the day."""
        acts = [await self._meet(misfit) for misfit in (*declared(), *lying(), *ORDERS)]
        first = await self._slow_one()
        acts.append(await self._meet(ALREADY))
        await self._end(first)
        await self._end(await self._order({}))
        acts.append(await self._meet(FULL))
        return acts + [await self._meet(misfit) for misfit in PLACES]

    async def laws(self) -> list[Act]:
        """One by one, once nobody else orders: a law is everybody's. Ana has had many pictures by then."""
        world = self.stage.world
        acts = []
        guild = world.channel("photos").guild
        assert guild is not None  # #photos is a server's channel
        world.give(world.user("Ana"), world.add_role(guild, "Painters"), guild)
        for law in SERVERS:
            await decree(world, law)
            running = await self._slow_one() if law.while_running else None
            acts.append(await self._meet(law.misfit))
            await decree(world, law, lift=True)
            if running is not None:
                await self._end(running)
        for why, misfit in MAINTENANCE.items():
            panel = await maintain(world, why)
            acts.append(await self._meet(misfit))
            await reopen(world, panel)
        return acts

    async def operators(self) -> list[Act]:
        """What the operator sets by variables, each with a life of its own."""
        acts = []
        for misfit, name, value in OPERATORS:
            await self.stage.kill()
            self.stage.settings[name] = value
            await self.stage.start()
            acts.append(await self._meet(misfit))
            del self.stage.settings[name]
        return acts

    async def _slow_one(self) -> Interaction:
        self.stage.painter.fault("slow", 1, scale=0.005)
        return await self._order({})

    async def _play(self, way: Way) -> Act:
        painter = self.stage.painter
        prompt = self._prompt()
        only = None if way.room == "uploads" else prompt
        painter.fault(way.fault, way.times, on=way.on, prompt=only, **way.options)
        acted = await self._end(await self._order({"prompt": prompt, **way.asked}))
        if only is None:
            painter.calm(way.fault)
        return Act(way, painter.faults[way.fault], acted, self._url)

    async def _meet(self, misfit: Misfit) -> Act:
        place = self._place(misfit) if misfit.denied else None
        order = await self._order(misfit.options, misfit.who, place)
        return Act(misfit, misfit.line, await self._end(order), self._url)

    def _place(self, misfit: Misfit) -> Channel:
        world = self.stage.world
        guild = world.channel("photos").guild
        assert guild is not None  # #photos is a server's channel
        channel = world.add_channel(guild, "holiday")
        place = (
            conversation.open_thread(world, channel, world.user("Ana"), "By the sea") if misfit.in_thread else channel
        )
        world.overwrite(channel, world.bot, deny=int(misfit.denied))
        return place

    def _prompt(self) -> str:
        self._ordered += 1
        return f"as a watercolour, no. {self._ordered}"

    async def _order(self, options: Any, who: str = "Ana", place: Channel | None = None) -> Interaction:
        """Somebody orders, and has a first answer."""
        world = self.stage.world
        picture = upload("lighthouse.jpg", lighthouse())
        asked = {"image": picture, "prompt": options.get("prompt") or self._prompt(), **options}
        async with self._queue:
            return await Member(world, who).command(place or world.channel("photos"), "edit", **asked)

    async def _end(self, order: Interaction) -> Ending:
        await self.stage.world.until(lambda: is_over(order), _PATIENCE)
        return ending(order, self.stage.painter)
