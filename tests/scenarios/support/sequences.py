"""Sequences of orders and failures in random order, on the real bot; afterwards money and limits must be right.

Each sequence has a server and two members of its own; those of a group share the bot and its restarts, and take turns.
A group ends when all money is closed: then the bot's ledger is ToAPIs', and no limit was exceeded.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from playground.bot_clock import BotClock
from playground.discord.absence import Manner
from playground.hooks import Call, Phase
from playground.stage import Stage
from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.messages import upload
from playground.world.places import Channel
from playground.world.typed_command import CannotDo
from tests.scenarios.conftest import settings
from tests.scenarios.support.engine_rows import lose_the_engine
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.sequence_ends import DAY, HELD, MONEY, PICTURES, GroupCounts, checked, rows
from tests.scenarios.support.sequence_plan import SAVE, planned
from tests.scenarios.support.server import LOOK, Server, job_in

MODELS: Final = ("gemini-3-pro-image-preview", "gpt-image-2")
STEPS_SAVED: Final = ("prepare", "submit", "wait", "deliver", "settle")  # one of them can't be saved after a kill
LIMITS: Final = {
    "PICTURES_PER_DAY": str(PICTURES),
    "MONEY_PER_DAY": f"{MONEY / 1e6:.2f}",
    "RUNNING_PER_MEMBER": "20",
    "ATTEMPTS_PER_HOUR": "0",
    "TOAPIS_TIER": "svip",
}


@dataclass
class RunningSequence:
    """A running sequence: its server, its members, and the cards of its orders."""

    server: Server
    cards: list[Interaction] = field(default_factory=list)

    def member(self, rng: random.Random) -> Member:
        """Return one of its members at random, who accepts direct messages or not."""
        member = rng.choice([self.server.ana, self.server.ben])
        member.user.dms_open = rng.random() < 0.5
        return member


class Group:
    """Runs sequences by turns on one stage. ``events`` counts what happened."""

    def __init__(self, stage: Stage, rng: random.Random, url: str) -> None:
        self.stage = stage
        self.rng = rng
        self.url = url
        self.events: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self._sequences: list[RunningSequence] = []
        self._ahead = 0.0
        self._watched: dict[str, Callable[[], None]] = {}
        """By job: what happens when the bot next polls its task."""
        stage.painter.hooks.append(self._on_look)

    async def run(self, sequences: Sequence[Sequence[str]]) -> GroupCounts:
        """Run all sequences to their ends. Raises AssertionError where money or a limit is wrong."""
        await self.stage.start("tests.support.failing_save", "no step")  # for its quick recovery
        await Server(self.stage).result()  # its create is answered, which proves the look-up
        self._sequences = [RunningSequence(Server(self.stage)) for _ in sequences]
        for turn in range(max(map(len, sequences))):
            for sequence, steps in zip(self._sequences, sequences, strict=True):
                if turn < len(steps):
                    await self._step(sequence, steps[turn])
        return await self._end()

    async def _step(self, sequence: RunningSequence, kind: str) -> None:
        steps: dict[str, Callable[[RunningSequence], Awaitable[None]]] = {
            "order": self._order_only,
            "channel deleted": self._channel_deleted,
            "thread deleted": self._thread_deleted,
            "bot removed": self._bot_removed,
            "model delisted": self._model_delisted,
            "clock stepped": self._clock_stepped,
            "cancel": self._cancel,
            "painting fails": self._painting_fails,
            "answer lost": self._answer_lost,
            "Discord away": self._away,
            "kill": self._kill,
            "engine lost": self._engine_lost,
        }
        self._ready(sequence)
        await steps[kind](sequence)

    def _ready(self, sequence: RunningSequence) -> None:
        """Put back what was taken away: the bot into the server, and sooner or later a model."""
        guild = sequence.server.guild
        world = self.stage.world
        if world.bot.id not in guild.members:
            world.join(world.bot, guild)
        if self.stage.painter.delisted and self.rng.random() < 0.5:
            self.stage.painter.delisted.clear()

    async def _order(self, sequence: RunningSequence, channel: Channel | None = None) -> str | None:
        """Send an order and return its job's id, or None if it was refused or not answered in time."""
        offered = [model for model in MODELS if model not in self.stage.painter.delisted] or list(MODELS)
        order = await sequence.server.order(
            channel,
            prompt=f"as poster {sum(len(other.cards) for other in self._sequences)}",
            by=sequence.member(self.rng),
            model=self.rng.choice(offered),
            image=upload("cat.jpg", cat()),
        )
        sequence.cards.append(order)
        job = job_in(order.message)
        if order.message is not None and job is None:
            self.refused[order.message.content[:60]] += 1
        return job

    async def _order_only(self, sequence: RunningSequence) -> None:
        self.events["order"] += await self._order(sequence) is not None

    def _when_looked_at(self, job: str | None, kind: str, act: Callable[[], None]) -> None:
        """Act when the bot next polls this job's task."""
        if job is not None:

            def happens() -> None:
                act()
                self.events[kind] += 1

            self._watched[job] = happens

    async def _on_look(self, phase: Phase, call: Call) -> None:
        """Run what awaits this poll."""
        task = self.stage.painter.tasks.get(call.params.get("id", ""))
        if (phase, call.route) == ("before", LOOK) and task is not None:
            happens = self._watched.pop(task.request.business_id or "", None)
            if happens is not None:
                happens()

    async def _channel_deleted(self, sequence: RunningSequence) -> None:
        channel = self.stage.world.add_channel(sequence.server.guild, "short-lived")
        job = await self._order(sequence, channel)
        self._when_looked_at(job, "channel deleted", lambda: self.stage.world.remove_channel(channel))

    async def _thread_deleted(self, sequence: RunningSequence) -> None:
        job = await self._order(sequence)
        card = sequence.cards[-1].message

        def delete() -> None:
            for thread in sequence.server.channel.threads:
                if card and thread.id == card.id:
                    self.stage.world.remove_channel(thread)

        self._when_looked_at(job, "thread deleted", delete)

    async def _bot_removed(self, sequence: RunningSequence) -> None:
        world = self.stage.world
        guild = sequence.server.guild

        def leave() -> None:
            if world.bot.id in guild.members:
                world.leave(world.bot, guild)

        self._when_looked_at(await self._order(sequence), "bot removed", leave)

    async def _model_delisted(self, sequence: RunningSequence) -> None:
        job = await self._order(sequence)
        painter = self.stage.painter

        def delist() -> None:
            tasks = [task for task in painter.tasks.values() if task.request.business_id == job]
            painter.delisted.update(task.request.model.id for task in tasks)

        self._when_looked_at(job, "model delisted", delist)

    async def _clock_stepped(self, sequence: RunningSequence) -> None:
        assert self.stage.bot_clock is not None  # given by ``group``
        steps = [days * DAY for days in (-3, -1.1, -0.05, 0.05, 1.1, 3)]
        step = self.rng.choice([by for by in steps if abs(self._ahead + by) <= 3 * DAY])
        self._ahead += step
        self.stage.bot_clock.step(step)
        self.events["clock stepped"] += 1

    async def _cancel(self, sequence: RunningSequence) -> None:
        """Cancel sooner or later: the order may not be bought yet, be bought, or be painted by then."""
        job = await self._order(sequence)
        card = sequence.cards[-1]
        await asyncio.sleep(self.rng.choice([0, 0.1, 0.3, 0.6]))
        if job is not None and card.message is not None:
            try:
                pressed = await Member(self.stage.world, card.user).press(card.message, "Cancel")
            except CannotDo:  # it is over, and the button gone
                return
            self.events["cancel"] += pressed.answered

    async def _painting_fails(self, sequence: RunningSequence) -> None:
        self.stage.painter.fault("failed:generation_failed", times=1)
        self.events["painting fails"] += await self._order(sequence) is not None

    async def _answer_lost(self, sequence: RunningSequence) -> None:
        self.stage.painter.fault("reset-after", times=1)
        self.events["answer lost"] += await self._order(sequence) is not None

    async def _away(self, sequence: RunningSequence) -> None:
        manners: tuple[Manner, ...] = ("refused", "reset", "502", "503")
        await self.stage.discord.leave(self.rng.choice(manners))
        await asyncio.sleep(self.rng.uniform(0.2, 1.0))
        await self.stage.discord.come_back()
        assert self.stage.bot_clock is not None  # given by ``group``
        while not self.stage.discord.gateway.connected:
            self.stage.bot_clock.advance(1)  # it tries again ever more rarely
            await asyncio.sleep(0.1)
        self.events["Discord away"] += 1

    async def _kill(self, sequence: RunningSequence) -> None:
        await self.stage.kill()
        self.events["kill"] += 1
        await self._live()

    async def _engine_lost(self, sequence: RunningSequence) -> None:
        await self.stage.kill()
        lose_the_engine(self.url)
        self.events["engine lost"] += 1
        await self._live()

    async def _live(self) -> None:
        await self.stage.start("tests.support.failing_save", self.rng.choice(STEPS_SAVED))

    async def _end(self) -> GroupCounts:
        """Put everything back, wait until all money is closed, and return the counts."""
        self.stage.painter.calm()
        await self._closed()
        self.stage.painter.delisted.clear()
        assert await self.stage.stop() == 0
        log = self.stage.log.read_text() if self.stage.log else ""
        self.events[SAVE] += log.count("not saved: ")
        return GroupCounts(
            events=self.events,
            orders=sum(len(sequence.cards) for sequence in self._sequences),
            refused=self.refused.total(),
            **checked(self.stage, self.url),
        )

    async def _closed(self) -> None:
        """Wait until no money is held but that of jobs whose purchase is unknown."""
        assert self.stage.bot_clock is not None  # given by ``group``
        for waited in range(120):
            for sequence in self._sequences:
                self._ready(sequence)
            if not rows(self.url, "SELECT id FROM jobs WHERE state <> 'unknown'" + HELD):
                return
            await asyncio.sleep(0.5)
            if waited > 40 and waited % 10 == 0:
                self.stage.bot_clock.advance(120)  # whatever waits for an outage to end looks again
        raise AssertionError(f"held for ever: {rows(self.url, 'SELECT id, state FROM jobs WHERE 1 = 1' + HELD)}")


async def group(folder: Path, url: str, rng: random.Random, *, sequences: int, steps: int = 12) -> GroupCounts:
    """Run so many sequences on a stage of their own. Raises AssertionError with what was broken."""
    variables = settings(folder, url) | LIMITS
    async with Stage.open(variables, seconds=(0.2, 0.6), rate_limits=False, tier="svip") as stage:
        stage.painter.edge = 64
        stage.painter.billing = rng.choice(["off", "settled"])
        stage.bot_clock = BotClock(folder / "clock")
        stage.log = folder / "bot.log"
        try:
            return await Group(stage, rng, url).run(planned(rng, sequences, steps))
        except BaseException:
            print(stage.world.transcript, stage.log.read_text(), sep="\n\n", flush=True)
            raise
