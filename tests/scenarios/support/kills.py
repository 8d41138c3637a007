"""The points at which the bot's process may be killed, and what each order must have come to after a restart.

Charges are counted by ToAPIs' ledger, pictures and sentences by what the world shows.
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
from playground.world.places import Channel, Message
from tests.scenarios.support.pictures import cat

TROUBLES: Final = ("**No picture this time**", "**Not known yet**")
UNKNOWN_WORDS: Final = "can't tell yet"
INTERRUPTED_WORDS: Final = "I was restarted"


@dataclass(frozen=True, slots=True)
class Point:
    """A moment to kill at: before or after the effect of a request to one side, by route and start of a file's name.

    ``lost``: how the stand-in ToAPIs treats the create; it shows the task late, or never to a look-up.
    """

    side: Literal["discord", "painter"]
    phase: Phase
    route: str
    file: str = ""
    lost: Literal["", "late", "absent"] = ""

    def hits(self, phase: Phase, call: Call) -> bool:
        """Return whether this moment of this request is the point."""
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
    """A hook that kills the bot at a point, once. ``marker`` is the request that was hit."""

    def __init__(self, stage: Stage, point: Point) -> None:
        self._stage = stage
        self._point = point
        self._dead = asyncio.Event()
        self.marker = ""

    async def __call__(self, phase: Phase, call: Call) -> None:
        """Kill the bot if this is the point."""
        if self.marker or not self._point.hits(phase, call):
            return
        self.marker = f"{phase} {call.method} {call.path}"
        await self._stage.kill()
        self._dead.set()
        if phase == "before":
            raise Drop  # the bot died before the request was sent

    async def until_dead(self) -> None:
        """Wait until the bot is dead. Raises TimeoutError if the point is never reached."""
        await asyncio.wait_for(self._dead.wait(), 60)


@dataclass(frozen=True, slots=True)
class OrderCounts:
    """Counts of how orders ended. ``unknown``: told that the outcome is not known yet; ``told``: told that it was not
    bought; ``unheard``: Discord's own "did not respond", and nothing of the order was recorded.
    """

    orders: int = 0
    results: int = 0
    unknown: int = 0
    told: int = 0
    unheard: int = 0
    charges: int = 0

    def __add__(self, other: OrderCounts) -> OrderCounts:
        mine = self.as_row()
        theirs = other.as_row()
        return OrderCounts(*(a + b for a, b in zip(mine, theirs, strict=True)))

    def as_row(self) -> tuple[int, ...]:
        return (self.orders, self.results, self.unknown, self.told, self.unheard, self.charges)


@dataclass(slots=True)
class MemberOrder:
    """An order as its member sees it. Each member orders once, so whatever mentions them is about this order."""

    interaction: Interaction
    prompt: str

    def ended(self, stage: Stage) -> bool:
        """Return whether the member has a picture or a sentence."""
        return bool(self.files(stage)) or bool(self.sentence(stage))

    def files(self, stage: Stage) -> list[str]:
        """Return the names of the painted pictures that came for the order."""
        files = [file for message in self._about(stage) for file in message.attachments]
        return [file.name for file in files if file.name.startswith("retouch-")]

    def sentence(self, stage: Stage) -> str:
        """Return what the member was told instead of a picture; empty while there is none."""
        card = self.interaction.message
        messages = [card] if card else self._about(stage)
        return next((message.text for message in messages if card is None or message.text.startswith(TROUBLES)), "")

    def job_id(self, stage: Stage) -> str:
        """Return the job's id from the small print of the first message about it; empty if there is none."""
        card = self.interaction.message
        messages = [card] if card else self._about(stage)
        return messages[0].text.split()[-1].partition(".")[0] if messages else ""

    def _about(self, stage: Stage) -> list[Message]:
        mention = f"<@{self.interaction.user.id}>"
        place = self.interaction.channel
        return [message for place in (place, *place.threads) for message in place.seen if mention in message.content]


def count(stage: Stage, orders: Iterable[MemberOrder]) -> OrderCounts:
    """Count how orders ended, and check each against the promise. Raises AssertionError naming the broken one."""
    total = OrderCounts()
    for order in orders:
        files = order.files(stage)
        sentence = order.sentence(stage)
        job_id = order.job_id(stage)
        charges = sum(charge.business_id == job_id for charge in stage.painter.ledger) if job_id else 0
        unknown = UNKNOWN_WORDS in sentence and not files
        was_told = bool(sentence) and not files and not unknown
        unheard = order.interaction.failed and not order.ended(stage) and order.interaction.message is None
        summary = f"{order.prompt!r}: {files=} {sentence=} {charges=} {order.interaction!r}"
        assert len(files) == 1 or unknown or was_told or unheard, f"silent, or told twice: {summary}"
        assert charges <= 1, f"paid twice: {summary}"
        assert charges == 1 or not files, f"a picture without a charge: {summary}"
        assert charges == 0 or not (was_told or unheard), f"charged without a picture: {summary}"
        total += OrderCounts(1, len(files), unknown, was_told, unheard, charges)
    return total


@contextmanager
def trapped(stage: Stage, point: Point, late: float) -> Iterator[Trap]:
    """Set a trap at a point, with the fault for it. ``late`` in seconds."""
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
) -> tuple[list[MemberOrder], str]:
    """Kill the bot at the point while one to ``most`` members wait, then start it again.

    Returns the orders, each of them ended, and the marker of the kill. Faults stay on.
    """
    with trapped(stage, point, late) as trap:
        orders = [order(stage, rng) for _ in range(rng.randint(1, most))]
        await trap.until_dead()
    await asyncio.sleep(rng.uniform(0, 0.1))  # a host needs a moment to notice
    await stage.start()
    await stage.world.until(lambda: all(_settled(stage, waiting) for waiting in orders), timeout=90)
    return orders, trap.marker


def order(stage: Stage, rng: random.Random, place: Channel | None = None) -> MemberOrder:
    """Let a new member order a picture, in #photos or another channel of a server."""
    place = place or stage.world.channel("photos")
    name = f"Member {rng.randrange(16**6):06x}"
    assert place.guild is not None  # members order in servers here
    stage.world.join(stage.world.add_user(name), place.guild)
    prompt = f"as a poster for {name}"
    picture = upload("cat.jpg", cat())
    return MemberOrder(Member(stage.world, name).types(place, "edit", image=picture, prompt=prompt), prompt)


def _settled(stage: Stage, order: MemberOrder) -> bool:
    """Return whether the order has ended, or Discord told the member that it failed and nothing was recorded."""
    return order.ended(stage) or (order.interaction.failed and order.interaction.message is None)
