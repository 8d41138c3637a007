"""Kills: the points at which a life of the bot may end, and what each order must have come to in the next one.

Charges are counted by the painter's ledger, pictures and sentences by what the world shows.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

from playground.hooks import Call, Drop, Phase
from playground.stage import Stage
from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.messages import upload
from playground.world.places import Message
from tests.scenarios.support.seen import cat, messages

TROUBLES: Final = ("**No picture this time**", "**Not known yet**")
UNKNOWN_WORDS: Final = "can't tell yet"
INTERRUPTED_WORDS: Final = "I was restarted"


@dataclass(frozen=True, slots=True)
class Point:
    """Whose request, before or after its effect, which route, with a file whose name begins so.

    ``lost`` is what the painter does about the create: it shows the task late, or never to a look-up.
    """

    side: Literal["discord", "painter"]
    phase: Phase
    route: str
    file: str = ""
    lost: Literal["", "late", "absent"] = ""

    def hits(self, phase: Phase, call: Call) -> bool:
        """Whether this moment of this request is the point."""
        named = not self.file or any(name.startswith(self.file) for name in call.files)
        return phase == self.phase and call.route == self.route and named


_ANSWER: Final = "POST /interactions/{interaction}/{token}/callback"
_CREATE: Final = "POST /v1/images/generations"

POINTS: Final[dict[str, Point]] = {
    "between row and answer": Point("discord", "before", _ANSWER),
    "between answer and enqueue": Point("discord", "after", _ANSWER),
    "while the thread is made": Point("discord", "after", "POST /channels/{channel}/messages/{message}/threads"),
    "after the upload": Point("painter", "after", "POST /v1/uploads/images"),
    "just before create": Point("painter", "before", _CREATE),
    "in the middle of create": Point("painter", "after", _CREATE),
    "in create, task late": Point("painter", "after", _CREATE, lost="late"),
    "in create, look-up 404": Point("painter", "after", _CREATE, lost="absent"),
    "while waiting": Point("painter", "before", "GET /v1/images/generations/{id}"),
    "between result and delivery": Point("painter", "after", "GET /files/…"),
    "in the delivery's POST": Point("discord", "after", "POST /channels/{channel}/messages", file="retouch-"),
}


class Trap:
    """Kills the bot at a point, once. ``marker`` is the request that was hit."""

    def __init__(self, stage: Stage, point: Point) -> None:
        self._stage = stage
        self._point = point
        self._dead = asyncio.Event()
        self.marker = ""

    async def __call__(self, phase: Phase, call: Call) -> None:
        """A hook."""
        if self.marker or not self._point.hits(phase, call):
            return
        self.marker = f"{phase} {call.method} {call.path}"
        await self._stage.kill()
        self._dead.set()
        if phase == "before":
            raise Drop  # it died before the request was out

    async def sprung(self) -> None:
        """Waits until the bot is dead. Raises TimeoutError where the point is never reached."""
        await asyncio.wait_for(self._dead.wait(), 60)


@dataclass(frozen=True, slots=True)
class Ends:
    """What became of some orders. ``unknown``: told that nobody knows yet; ``told``: told that it was not bought;
    ``unheard``: Discord's own "did not respond", and nothing of it was recorded."""

    orders: int = 0
    results: int = 0
    unknown: int = 0
    told: int = 0
    unheard: int = 0
    charges: int = 0

    def __add__(self, other: Ends) -> Ends:
        mine = self.as_row()
        theirs = other.as_row()
        return Ends(*(a + b for a, b in zip(mine, theirs, strict=True)))

    def as_row(self) -> tuple[int, ...]:
        return (self.orders, self.results, self.unknown, self.told, self.unheard, self.charges)


@dataclass(slots=True)
class Asked:
    """One order as its member sees it. Nobody asks twice, so whatever mentions them is about this order."""

    interaction: Interaction
    prompt: str

    def ended(self, stage: Stage) -> bool:
        """Whether the member has a picture or a sentence."""
        return bool(self.files(stage)) or bool(self.sentence(stage))

    def files(self, stage: Stage) -> list[str]:
        """The names of the painted pictures that came for it."""
        files = [file for message in self._about(stage) for file in message.attachments]
        return [file.name for file in files if file.name.startswith("retouch-")]

    def sentence(self, stage: Stage) -> str:
        """What the member was told instead of a picture; empty while nothing."""
        card = self.interaction.message
        said = [card] if card else self._about(stage)
        return next((message.text for message in said if card is None or message.text.startswith(TROUBLES)), "")

    def job_id(self, stage: Stage) -> str:
        """From the small print of whatever was said about it; empty where nothing was."""
        card = self.interaction.message
        said = [card] if card else self._about(stage)
        return said[0].text.split()[-1].partition(".")[0] if said else ""

    def _about(self, stage: Stage) -> list[Message]:
        mention = f"<@{self.interaction.user.id}>"
        return [message for message in messages(stage) if mention in message.content]


def count(stage: Stage, asked: Iterable[Asked]) -> Ends:
    """Counts what came of orders, and holds each to the promise. Raises AssertionError with the broken one."""
    total = Ends()
    for one in asked:
        files = one.files(stage)
        said = one.sentence(stage)
        job_id = one.job_id(stage)
        charges = sum(charge.business_id == job_id for charge in stage.painter.ledger) if job_id else 0
        unknown = UNKNOWN_WORDS in said and not files
        told = bool(said) and not files and not unknown
        unheard = one.interaction.failed and not one.ended(stage) and one.interaction.message is None
        story = f"{one.prompt!r}: {files=} {said=} {charges=} {one.interaction!r}"
        assert len(files) == 1 or unknown or told or unheard, f"silent, or told twice: {story}"
        assert charges <= 1, f"paid twice: {story}"
        assert charges == 1 or not files, f"a picture for nothing: {story}"
        assert charges == 0 or not (told or unheard), f"paid for nothing: {story}"
        total += Ends(1, len(files), unknown, told, unheard, charges)
    return total


@contextmanager
def trapped(stage: Stage, point: Point, late: float) -> Iterator[Trap]:
    """A trap at a point, with the painter in the mood for it. ``late`` in seconds."""
    trap = Trap(stage, point)
    hooks = stage.discord.hooks if point.side == "discord" else stage.painter.hooks
    hooks.append(trap)
    if point.lost == "late":
        stage.painter.fault("late-task", times=1, seconds=late)
    if point.lost == "absent":
        stage.painter.fault("lookup-absent")
    try:
        yield trap
    finally:
        hooks.remove(trap)


async def kill_once(
    stage: Stage, point: Point, rng: random.Random, *, most: int, late: float
) -> tuple[list[Asked], str]:
    """One life ends at the point, while one to ``most`` members wait; the next one makes it good.

    Returns the orders, each of them ended, and the marker of the kill. Moods stay on.
    """
    with trapped(stage, point, late) as trap:
        asked = [order(stage, rng) for _ in range(rng.randint(1, most))]
        await trap.sprung()
    await asyncio.sleep(rng.uniform(0, 0.1))  # a host needs a moment to notice
    await stage.start()
    await stage.world.until(lambda: all(_settled(stage, one) for one in asked), timeout=90)
    return asked, trap.marker


def order(stage: Stage, rng: random.Random) -> Asked:
    """Somebody new orders a picture."""
    photos = stage.world.channel("photos")
    name = f"Member {rng.randrange(16**6):06x}"
    assert photos.guild is not None  # #photos is a server's channel
    stage.world.join(stage.world.add_user(name), photos.guild)
    prompt = f"as a poster for {name}"
    picture = upload("cat.jpg", cat())
    return Asked(Member(stage.world, name).types(photos, "edit", image=picture, prompt=prompt), prompt)


def _settled(stage: Stage, one: Asked) -> bool:
    """Ended; or without an answer: then Discord told the member, and we as well where it had been recorded."""
    return one.ended(stage) or (one.interaction.failed and one.interaction.message is None)
