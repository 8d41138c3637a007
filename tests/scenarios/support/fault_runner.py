"""Telling: stories of trouble told to one bot, many at once, and what went wrong in each, in words."""

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
from tests.scenarios.support.fault_table import LINK, OPEN, PICTURE, Story
from tests.scenarios.support.outcome import Ending, Overheard
from tests.scenarios.support.seen import cat
from tests.scenarios.support.wording import blunders, sentence

_AT_ONCE: Final = 8
"""Orders that wait for their answer at a time: Discord gives a bot three seconds."""


class Telling:
    """One bot, an operator called Dagny, and a member who orders much."""

    def __init__(self, stage: Stage, records: BotRecords) -> None:
        self.stage = stage
        self.records = records
        self.heard = Overheard()
        self.faults: dict[str, str] = {}
        self._queue = asyncio.Semaphore(_AT_ONCE)
        stage.painter.hooks.append(self.heard)

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, url: str, **more: str) -> AsyncIterator[Telling]:
        """``more`` are variables of the bot."""
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

    async def order(self, prompt: str, **asked: str) -> Ending:
        """Ana orders, and has her card."""
        ana = Member(self.stage.world, "Ana")
        photos = self.stage.world.channel("photos")
        async with self._queue:
            ordered = await ana.command(photos, "edit", image=upload("cat.jpg", cat()), prompt=prompt, **asked)
        return Ending(self.stage, ordered)

    async def prove(self) -> None:
        """A calm order first: it proves to the bot that a task is found by our own id."""
        calm = await self.order("in calm weather")
        await self.stage.world.until(lambda: calm.is_over, timeout=30)
        assert calm.pictures

    async def all(self, stories: Iterable[Story]) -> list[str]:
        """Tells them at once, each mood striking its own order alone."""
        wrong = await asyncio.gather(*(self.one(story, f"as poster no. {n}") for n, story in enumerate(stories)))
        return [what for each in wrong for what in each]

    async def one(self, story: Story, prompt: str, *, alone: bool = False) -> list[str]:
        """What went wrong with a story. ``alone``: the mood may strike whatever it meets."""
        only = None if alone else prompt
        self.stage.painter.fault(story.fault, story.times, on=story.on, prompt=only, **story.options)
        self.faults[prompt] = story.fault
        ending = await self.order(prompt, **story.asked)
        try:
            await self.stage.world.until(lambda: ending.is_over, timeout=90)
        except TimeoutError:
            return [f"{story}: no end: {ending.words!r}"]
        wrong = [*self._told(story, ending), *self._money(story, ending), *self._paced(story, prompt)]
        if story.ends not in OPEN:
            wrong += await self._settled(story, ending)
        return [f"{story}: {what}" for what in wrong]

    def _told(self, story: Story, ending: Ending) -> list[str]:
        comes = story.ends == PICTURE
        linked = story.ends == LINK
        on_card, in_thread = ending.sorry
        expected = [] if comes or linked else [story.ends]
        wrong = []
        if on_card != expected or in_thread != (expected if ending.thread else []):
            wrong.append(f"told {on_card} on the card and {in_thread} in the thread, not {expected}")
        if len(ending.pictures) != comes:
            wrong.append(f"{len(ending.pictures)} pictures")
        if len(ending.links) != linked or (linked and f"({self.stage.painter.url}/files/" not in ending.links[0]):
            wrong.append(f"links: {ending.links}")
        if ending.called - {"Ana"}:
            wrong.append(f"called {ending.called}")
        if raw := self.heard.in_words(ending.words):
            wrong.append(f"upstream's own words: {raw}")
        if ending.words.count("This one takes longer than usual, <@") != story.late:
            wrong.append("whether it is late is told wrongly")
        return wrong

    def _money(self, story: Story, ending: Ending) -> list[str]:
        wrong = [f"{ending.paid} charges stand"] if ending.paid != story.paid else []
        if ending.paid and "ou were not charged" in ending.words:
            wrong.append("it was paid, and the member is told that it was not")
        return wrong + ([f"{ending.creates} creates"] if ending.creates != story.creates else [])

    def _paced(self, story: Story, prompt: str) -> list[str]:
        """Whether no create was repeated before the moment that ToAPIs had named."""
        told = float(story.options.get("seconds", 0)) if "rate-limit" in story.fault else 0.0
        sent = self.heard.creates.get(prompt, [])
        gaps = [after - before for before, after in pairwise(sent)]
        return [f"asked again after {gap:.2f} s" for gap in gaps if gap < told - 0.05]

    async def _settled(self, story: Story, ending: Ending) -> list[str]:
        """The bot's own books: paid is settled, with the bill where one comes; else the member has it back."""
        try:
            await self.records.until(lambda: self.records.money(ending.job_id) is not None)
        except TimeoutError:
            return ["its money is held"]
        closed = self.records.money(ending.job_id)
        bills = self.stage.painter.billing == "settled"
        assert closed is not None  # the line above waited for it
        settled = story.ends in (PICTURE, LINK) or (bool(story.paid) and bills)
        if closed[0] != ("settled" if settled else "returned"):
            return [f"its money was {closed[0]}"]
        if settled and bills and closed[1] != ending.cost:
            return [f"{closed[1]} micro-dollars in the books, {ending.cost} on the bill"]
        return []

    def warnings(self, key: str) -> int:
        """How often the operator was told this."""
        letters = self.stage.world.dm(self.stage.world.user("Dagny")).seen
        return sum(sentence(key).search(letter.content) is not None for letter in letters)

    async def warned(self, *keys: str) -> list[int]:
        """The same for several, once each was told: the member hears of it first, and only then the operator."""
        await self.stage.world.until(lambda: all(self.warnings(key) for key in keys), timeout=20)
        return [self.warnings(key) for key in keys]

    def over(self, wrong: list[str]) -> None:
        """Nothing was wrong, nothing careless was sent, nothing odd was said to anybody."""
        assert not wrong, "\n" + "\n".join(wrong)
        assert self.stage.painter.offences == []
        assert blunders(self.stage.world) == []
