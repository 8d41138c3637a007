"""All cases, played by the real bot. Three bots run at once, since each has other limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from playground.failures.bad_inputs import (
    ALREADY,
    EVERYBODY,
    FULL,
    ORDERS,
    PLACES,
    BadInput,
    declared,
    lighthouse,
    lying,
)
from playground.failures.fault_stories import FaultStory, fault_stories
from playground.failures.forbidden import (
    MAINTENANCE,
    MANAGER,
    OPERATOR_RULES,
    SERVER_RULES,
    end_maintenance,
    set_rule,
    start_maintenance,
)
from playground.failures.outcome import Ending, ending, is_over
from playground.screenshots.staged_page import staged_page
from playground.stage import Stage
from playground.world import conversation
from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.messages import upload
from playground.world.places import Channel

QUICK: Final = (0.1, 0.3)
"""The range of seconds that a painting takes."""
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
class PlayedCase:
    """A case and its ending. ``line`` says what went wrong; ``url`` is the address of the page that shows it."""

    cause: FaultStory | BadInput
    line: str
    ending: Ending
    url: str


@asynccontextmanager
async def play_all() -> AsyncIterator[list[PlayedCase]]:
    """Run all cases, the stories in the order of the faults. The pages stay up until the block ends."""
    async with AsyncExitStack() as stack:
        players = []
        for settings in (FREE, FREE | HASTY, STRICT):
            stage, page_server = await stack.enter_async_context(staged_page(QUICK, hurried=True, **settings))
            stage.painter.edge = 480
            stage.painter.account.tier = "svip"  # or the bot would pace its creates, as it must
            players.append(CasePlayer(stage, page_server.url))
        studio, slow, strict = players
        world = strict.stage.world
        strict.stage.settings["BLOCKED_IDS"] = str(world.user("Ben").id)
        studio.stage.settings["OPERATOR_IDS"] = str(studio.stage.world.user(MANAGER).id)
        for player in players:
            await player.stage.start()
        played, waited, refused = await asyncio.gather(studio.all(), slow.slowly(), strict.bad_inputs())
        forbidden = [*await studio.server_rules(), *await strict.operator_rules()]
        for player in players:
            await player.stage.kill()  # nothing changes any more while it is looked at
        table = list[FaultStory | BadInput](fault_stories(studio.stage.painter.faults))
        yield [
            *sorted([*played, *waited[:-1]], key=lambda case: table.index(case.cause)),
            *refused,
            waited[-1],
            *forbidden,
        ]


class CasePlayer:
    """A bot, and the members who order from it."""

    def __init__(self, stage: Stage, url: str) -> None:
        self.stage = stage
        self._url = url
        self._queue = asyncio.Semaphore(_AT_ONCE)
        self._ordered = 0

    async def all(self) -> list[PlayedCase]:
        """Run the stories that can be played side by side; then, one by one, those whose faults strike any upload."""
        table = fault_stories(self.stage.painter.faults)
        proof = await self._order({})  # it proves to the bot that a task is found by the bot's own id
        await self._end(proof)
        beside = sorted((story for story in table if story.room == "studio"), key=lambda story: not story.long)
        async with asyncio.TaskGroup() as group:
            tasks = [(story, group.create_task(self._play(story))) for story in beside]
            await asyncio.wait([task for story, task in tasks if not story.long])
            alone = [await self._play(story) for story in table if story.room == "uploads"]
        return [*(task.result() for _, task in tasks), *alone]

    async def slowly(self) -> list[PlayedCase]:
        """Run the stories that take hours in life; and, while both hands are full, one more order."""
        table = [story for story in fault_stories(self.stage.painter.faults) if story.room == "slow studio"]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._play(story)) for story in table]
            await self.stage.world.until(lambda: len(self.stage.painter.ledger) == len(table), _PATIENCE)
            busy = await self._meet(EVERYBODY)
        return [*(task.result() for task in tasks), busy]

    async def bad_inputs(self) -> list[PlayedCase]:
        """Run the bad inputs one by one: a member may have one picture at a time. Failures do not use up the day."""
        cases = [await self._meet(bad_input) for bad_input in (*declared(), *lying(), *ORDERS)]
        first = await self._slow_order()
        cases.append(await self._meet(ALREADY))
        await self._end(first)
        await self._end(await self._order({}))
        cases.append(await self._meet(FULL))
        return cases + [await self._meet(bad_input) for bad_input in PLACES]

    async def server_rules(self) -> list[PlayedCase]:
        """Run the rules one by one, after all other orders: a rule is everybody's. Ana has many pictures by then."""
        world = self.stage.world
        cases = []
        guild = world.channel("photos").guild
        assert guild is not None  # #photos is a server's channel
        world.give(world.user("Ana"), world.add_role(guild, "Painters"), guild)
        for rule in SERVER_RULES:
            await set_rule(world, rule)
            running = await self._slow_order() if rule.while_running else None
            cases.append(await self._meet(rule.bad_input))
            await set_rule(world, rule, lift=True)
            if running is not None:
                await self._end(running)
        for why, bad_input in MAINTENANCE.items():
            panel = await start_maintenance(world, why)
            cases.append(await self._meet(bad_input))
            await end_maintenance(world, panel)
        return cases

    async def operator_rules(self) -> list[PlayedCase]:
        """Run what the operator sets by variables. Each needs a restart of the bot."""
        cases = []
        for bad_input, name, value in OPERATOR_RULES:
            await self.stage.kill()
            self.stage.settings[name] = value
            await self.stage.start()
            cases.append(await self._meet(bad_input))
            del self.stage.settings[name]
        return cases

    async def _slow_order(self) -> Interaction:
        self.stage.painter.fault("slow", 1, scale=0.005)
        return await self._order({})

    async def _play(self, story: FaultStory) -> PlayedCase:
        painter = self.stage.painter
        prompt = self._prompt()
        only = None if story.room == "uploads" else prompt
        painter.fault(story.fault, story.times, on=story.on, prompt=only, **story.options)
        ending = await self._end(await self._order({"prompt": prompt, **story.order_options}))
        if only is None:
            painter.calm(story.fault)
        return PlayedCase(story, painter.faults[story.fault], ending, self._url)

    async def _meet(self, bad_input: BadInput) -> PlayedCase:
        place = self._place(bad_input) if bad_input.denied else None
        order = await self._order(bad_input.options, bad_input.who, place)
        return PlayedCase(bad_input, bad_input.line, await self._end(order), self._url)

    def _place(self, bad_input: BadInput) -> Channel:
        world = self.stage.world
        guild = world.channel("photos").guild
        assert guild is not None  # #photos is a server's channel
        channel = world.add_channel(guild, "holiday")
        place = channel
        if bad_input.in_thread:
            place = conversation.open_thread(world, channel, world.user("Ana"), "By the sea")
        world.overwrite(channel, world.bot, deny=int(bad_input.denied))
        return place

    def _prompt(self) -> str:
        self._ordered += 1
        return f"as a watercolour, no. {self._ordered}"

    async def _order(self, options: Any, who: str = "Ana", place: Channel | None = None) -> Interaction:
        """Send an order, and wait for its first answer."""
        world = self.stage.world
        picture = upload("lighthouse.jpg", lighthouse())
        fields = {"image": picture, "prompt": options.get("prompt") or self._prompt(), **options}
        async with self._queue:
            return await Member(world, who).command(place or world.channel("photos"), "edit", **fields)

    async def _end(self, order: Interaction) -> Ending:
        await self.stage.world.until(lambda: is_over(order), _PATIENCE)
        return ending(order, self.stage.painter)
