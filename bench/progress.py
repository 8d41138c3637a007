"""Many jobs run in one channel, under Discord's rate limits: how old the progress is that people look at.

*Age of the shown progress*, of a job at a moment: for how long it has been news that its message does not show. News
is what ToAPIs told the bot about the task (waiting or painting, and a percentage that the bot believes); it arrives
with the answer to a poll, and is shown by a message that names the same or something later. The age is 0 if the newest
news is shown, else the time since the first news that is not. It is taken for each job twice a second, from its first
news until its picture is there. How long nothing was known that could be shown is another column: from the order until
ToAPIs has the task.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.contender import RETOUCH, guests, on_stage, start, stop
from bench.gallery import Gallery
from bench.pictures import photo
from bench.prepared import PROMPT
from bench.table import Table, percentile, spread
from bot.i18n import Phrases
from bot.jobs.progress import believable
from playground.hooks import Call, Phase
from playground.stage import Stage
from playground.toapis.tasks import PAINTING
from playground.world import conversation
from playground.world.interactions import ANSWER_WITHIN, Interaction
from playground.world.places import Channel

EVERY: Final = 0.5
"""Seconds between two measurements of all jobs."""

SOURCE_MARK: Final = re.compile(r"\b([0-9a-f]{16})(\.0)?(?: |$)", re.MULTILINE)
"""The job's id in the small print of the message with its progress, or of its card."""

COLUMNS: Final = (
    "where",
    "age of the shown progress: p50",
    "p99",
    "most",
    "at ToAPIs: most",
    "answered while they run: p99",
    "failed",
    "pictures",
)

NAMES: Final = {"channel": "each in a thread of its own", "thread": "all in one thread"}

Line = tuple[bool, int | None]
"""Whether it is being painted, and the percentage."""


@dataclass(slots=True)
class Watched:
    """What was told and shown of a job, each with its time, oldest first."""

    told: list[tuple[float, Line]] = field(default_factory=list)
    said: list[tuple[float, int]] = field(default_factory=list)
    shown: Line | None = None
    reached: int = -1
    """The index in ``told`` of what is shown."""
    done: bool = False

    def hears(self, now: float, began: float, body: dict[str, Any]) -> None:
        painting = body["status"] in PAINTING
        if painting:
            self.said.append((now - began, int(body["progress"])))
        line = (painting, believable(self.said) if painting else None)
        if not self.told or self.told[-1][1] != line:
            self.told.append((now, line))
            self.shows(self.shown)

    def shows(self, line: Line | None) -> None:
        self.shown = line
        places = [place for place, (_, news) in enumerate(self.told) if news == line and place >= self.reached]
        self.reached = places[-1] if places else self.reached

    def age(self, now: float) -> float | None:
        """Return the age of the shown progress, or None before the first news and after the last."""
        if not self.told or self.done:
            return None
        return now - self.told[self.reached + 1][0] if self.reached + 1 < len(self.told) else 0.0


class Watch:
    """Follows ToAPIs' answers and the messages of the world."""

    def __init__(self, stage: Stage, seconds: float) -> None:
        self._began = time.time()
        self._seconds = seconds
        self.jobs: dict[str, Watched] = {}
        self.ages: list[float] = []
        self.ordered: dict[str, float] = {}
        self._stage = stage
        self._read = 0
        self._painting = Phrases().say("en", "progress-painting", {"bar": "", "until": 1}).split("…")[0]
        self._waiting = Phrases().say("en", "progress-queued", {"until": 1}).split("…")[0]
        stage.painter.hooks.append(self._heard)

    async def _heard(self, phase: Phase, call: Call) -> None:
        task = self._stage.painter.tasks.get(call.params.get("id", ""))
        if phase != "after" or call.status != 200 or task is None or "progress" not in (call.answer or {}):
            return
        now = time.time()
        job = task.request.business_id or ""
        if not task.finished(now):
            self.jobs.setdefault(job, Watched()).hears(now, task.created, call.answer)
        self.ordered.setdefault(job, task.created)

    def look(self) -> None:
        """Read what was shown since the last look, and store all ages.

        The stand-in's progress climbs evenly in this bench, so that there is news all the time.
        """
        self._stage.painter.fault("stuck-progress", at=min(99, int((time.time() - self._began) / self._seconds * 100)))
        world = self._stage.world
        entries = world.transcript.entries[self._read :]
        self._read += len(entries)
        for entry in entries:
            mark = SOURCE_MARK.search(entry.text) if entry.kind in ("message", "edited") else None
            if any(file["name"].startswith("retouch-") for file in entry.facts.get("attachments", ())):
                for job, watched in self.jobs.items():
                    watched.done |= job in entry.text
            elif mark and mark[1] in self.jobs and (line := self._line(entry.text)) is not None:
                self.jobs[mark[1]].shows(line)
        now = time.time()
        self.ages += [age for watched in self.jobs.values() if (age := watched.age(now)) is not None]

    def _line(self, text: str) -> Line | None:
        if text.startswith(self._waiting):
            return False, None
        percent = re.search(r"(\d+) %", text.splitlines()[0])
        return (True, int(percent[1]) if percent else None) if text.startswith(self._painting) else None


@dataclass(frozen=True, slots=True)
class Run:
    """A run, in seconds. ``at_toapis``: from the first order until ToAPIs had each."""

    ages: tuple[float, ...]
    at_toapis: tuple[float, ...]
    answers: tuple[float, ...]
    failed: int
    pictures: int


async def measure(folder: Path, *, jobs: int = 30, seconds: float = 60.0, rounds: int = 1, commands: int = 30) -> Table:
    """Measure ``jobs`` jobs at once, each painted for so many ``seconds``; ``commands`` more are typed meanwhile."""
    runs: dict[str, list[Run]] = {kind: [] for kind in NAMES}
    for number in range(rounds):
        for kind, kind_runs in runs.items():
            place = folder / f"{kind}-{number}"
            # The bot may poll from early on, as with a model that is sometimes fast.
            stated = (min(2.0, seconds / 4), seconds * 2)
            async with on_stage(
                place, seconds=(seconds,), stated=stated, edge=128, orders=jobs + commands, rate_limits=True
            ) as stage:
                kind_runs.append(await _run(stage, kind, jobs, seconds, commands))
    return _table(runs, jobs, seconds, rounds)


async def _run(stage: Stage, kind: str, jobs: int, seconds: float, commands: int) -> Run:
    photos = stage.world.channel("photos")
    members = guests(stage, jobs)
    await start(stage, RETOUCH)
    where = photos if kind == "channel" else _thread(stage, photos)
    watch = Watch(stage, seconds)
    gallery = Gallery(stage)
    began = time.time()
    placed: list[Interaction] = []
    for member in members:
        placed.append(member.types(where, "edit", image=photo(320, 240), prompt=PROMPT))
        await asyncio.sleep(0)  # the gateway sends each at once
    looking = asyncio.create_task(_look(watch))
    typed: list[Interaction] = []
    for number in range(commands):
        await asyncio.sleep(seconds / commands)
        typed.append(members[number % jobs].types(where, "history"))
    with contextlib.suppress(TimeoutError):  # missing pictures are seen in the table
        await gallery.until(lambda: sum(gallery.pictures.values()) >= jobs, seconds + 60)
    looking.cancel()
    await asyncio.wait([looking])
    await stop(stage)
    gallery.look()
    interactions = [*placed, *typed]
    return Run(
        ages=tuple(watch.ages),
        at_toapis=tuple(created - began for created in watch.ordered.values()),
        answers=tuple(ANSWER_WITHIN if sent.answered_after is None else sent.answered_after for sent in interactions),
        failed=sum(sent.failed for sent in interactions),
        pictures=sum(gallery.pictures.values()),
    )


def _thread(stage: Stage, photos: Channel) -> Channel:
    """Open a thread as a member, and return it."""
    return conversation.open_thread(stage.world, photos, stage.world.user("Ana"), "Pictures of today")


async def _look(watch: Watch) -> None:
    while True:
        watch.look()
        await asyncio.sleep(EVERY)


def _table(runs: dict[str, list[Run]], jobs: int, seconds: float, rounds: int) -> Table:
    rows = []
    for kind, name in NAMES.items():
        kind_runs = runs[kind]
        middle, slow, most = ([percentile(run.ages, share) for run in kind_runs] for share in (0.5, 0.99, 1.0))
        rows.append(
            (
                name,
                spread(middle, "s"),
                spread(slow, "s"),
                spread(most, "s"),
                spread([max(run.at_toapis) for run in kind_runs], "s"),
                spread([percentile(run.answers, 0.99) * 1000 for run in kind_runs], "ms"),
                str(sum(run.failed for run in kind_runs)),
                str(sum(run.pictures for run in kind_runs)),
            )
        )
    notes = (
        f"{jobs} orders at once in one channel, each painted for {seconds:g} s, {rounds} times; Discord's rate limits "
        "are on. How long there has been news that the message of a job does not show, over all jobs and moments."
    )
    return Table("Progress", notes, COLUMNS, tuple(rows))
