"""Runs fault scenarios against one bot, many at once, and says in words what went wrong in each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Final

from playground.stage import Stage
from playground.world.members import Member
from playground.world.messages import upload
from tests.scenarios.conftest import settings
from tests.scenarios.support.bot_records import BotRecords
from tests.scenarios.support.fault_table import LINK, OPEN, PICTURE, Scenario
from tests.scenarios.support.outcome import Ending, RecordedAnswers
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.wording import blunders, sentence

_AT_ONCE: Final = 8
"""Orders that wait for their answer at a time: Discord gives a bot three seconds."""


class FaultRunner:
    """One bot, an operator called Dagny, and a member who orders much."""

    def __init__(self, stage: Stage, records: BotRecords) -> None:
        self.stage = stage
        self.records = records
        self.recorded = RecordedAnswers()
        self.faults: dict[str, str] = {}
        self._queue = asyncio.Semaphore(_AT_ONCE)
        stage.painter.hooks.append(self.recorded)

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, url: str, **more: str) -> AsyncIterator[FaultRunner]:
        """Start a bot; ``more`` are variables of the bot."""
        free = {
            "RUNNING_PER_MEMBER": "200",
            "PICTURES_PER_DAY": "1000",
            "ATTEMPTS_PER_HOUR": "0",
            "TOAPIS_TIER": "svip",
        }
        records = BotRecords(url)
        try:
            async with Stage.open(settings(folder, url) | free | more, seconds=(0.1, 0.3), rate_limits=False) as stage:
                stage.painter.edge = 64
                stage.painter.account.tier = "svip"  # or the bot would pace its creates, as it must
                stage.settings["OPERATOR_IDS"] = str(stage.world.user("Dagny").id)
                await stage.start()
                yield cls(stage, records)
        finally:
            records.close()

    async def order(self, prompt: str, **options: str) -> Ending:
        """Let Ana order a picture, and return once she has her card."""
        ana = Member(self.stage.world, "Ana")
        photos = self.stage.world.channel("photos")
        async with self._queue:
            ordered = await ana.command(photos, "edit", image=upload("cat.jpg", cat()), prompt=prompt, **options)
        return Ending(self.stage, ordered)

    async def prove(self) -> None:
        """Let Ana order without a fault first: this proves to the bot that a task is found by its business id."""
        calm = await self.order("in calm weather")
        await self.stage.world.until(lambda: calm.is_over, timeout=30)
        assert calm.pictures

    async def run_all(self, scenarios: Iterable[Scenario]) -> list[str]:
        """Run the scenarios at once, each fault hitting only its own order."""
        wrong = await asyncio.gather(
            *(self.run(scenario, f"as poster no. {n}") for n, scenario in enumerate(scenarios))
        )
        return [fault for faults in wrong for fault in faults]

    async def run(self, scenario: Scenario, prompt: str, *, alone: bool = False) -> list[str]:
        """Return what went wrong with a scenario. ``alone``: the fault may hit whatever it meets."""
        only = None if alone else prompt
        self.stage.painter.fault(scenario.fault, scenario.times, on=scenario.on, prompt=only, **scenario.options)
        self.faults[prompt] = scenario.fault
        ending = await self.order(prompt, **scenario.order)
        try:
            await self.stage.world.until(lambda: ending.is_over, timeout=90)
        except TimeoutError:
            return [f"{scenario}: no end: {ending.words!r}"]
        wrong = [*self._messages(scenario, ending), *self._money(scenario, ending), *self._paced(scenario, prompt)]
        if scenario.ends not in OPEN:
            wrong += await self._settled(scenario, ending)
        return [f"{scenario}: {fault}" for fault in wrong]

    def _messages(self, scenario: Scenario, ending: Ending) -> list[str]:
        comes = scenario.ends == PICTURE
        linked = scenario.ends == LINK
        on_card, in_thread = ending.sorry
        expected = [] if comes or linked else [scenario.ends]
        wrong = []
        if on_card != expected or in_thread != (expected if ending.thread else []):
            wrong.append(f"said {on_card} on the card and {in_thread} in the thread, not {expected}")
        if len(ending.pictures) != comes:
            wrong.append(f"{len(ending.pictures)} pictures")
        if len(ending.links) != linked or (linked and f"({self.stage.painter.url}/files/" not in ending.links[0]):
            wrong.append(f"links: {ending.links}")
        if ending.pinged - {"Ana"}:
            wrong.append(f"pinged {ending.pinged}")
        if raw := self.recorded.in_words(ending.words):
            wrong.append(f"ToAPIs' own words: {raw}")
        if ending.words.count("This one takes longer than usual, <@") != scenario.late:
            wrong.append("wrong notice of a delay")
        return wrong

    def _money(self, scenario: Scenario, ending: Ending) -> list[str]:
        wrong = [f"{ending.paid} charges stand"] if ending.paid != scenario.paid else []
        if ending.paid and "ou were not charged" in ending.words:
            wrong.append("it was paid, and the member is told that it was not")
        return wrong + ([f"{ending.creates} creates"] if ending.creates != scenario.creates else [])

    def _paced(self, scenario: Scenario, prompt: str) -> list[str]:
        """Check that no create was repeated before the moment that ToAPIs had named."""
        named_pause = float(scenario.options.get("seconds", 0)) if "rate-limit" in scenario.fault else 0.0
        sent = self.recorded.creates.get(prompt, [])
        gaps = [after - before for before, after in pairwise(sent)]
        return [f"asked again after {gap:.2f} s" for gap in gaps if gap < named_pause - 0.05]

    async def _settled(self, scenario: Scenario, ending: Ending) -> list[str]:
        """Check the bot's own books: what was paid is settled, with the bill where one comes, else returned."""
        try:
            await self.records.until(lambda: self.records.money(ending.job_id) is not None)
        except TimeoutError:
            return ["its money is held"]
        closed = self.records.money(ending.job_id)
        bills = self.stage.painter.billing == "settled"
        assert closed is not None  # the line above waited for it
        settled = scenario.ends in (PICTURE, LINK) or (bool(scenario.paid) and bills)
        if closed[0] != ("settled" if settled else "returned"):
            return [f"its money was {closed[0]}"]
        if settled and bills and closed[1] != ending.cost:
            return [f"{closed[1]} micro-dollars in the books, {ending.cost} on the bill"]
        return []

    def warnings(self, key: str) -> int:
        """Count how often the operator was told this."""
        direct = self.stage.world.dm(self.stage.world.user("Dagny")).seen
        return sum(sentence(key).search(message.content) is not None for message in direct)

    async def warned(self, *keys: str) -> list[int]:
        """Return these counts once the operator was told of all keys: the member is told first, then the operator."""
        await self.stage.world.until(lambda: all(self.warnings(key) for key in keys), timeout=20)
        return [self.warnings(key) for key in keys]

    def check(self, wrong: list[str]) -> None:
        """Check that nothing was wrong, nothing careless was sent and nothing odd was said to anybody."""
        assert not wrong, "\n" + "\n".join(wrong)
        assert self.stage.painter.offences == []
        assert blunders(self.stage.world) == []
