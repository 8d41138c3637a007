"""How far Retouch's memory grows when many handle pictures of 20 MB at once: resident memory at its highest."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import process
from bench.contender import RETOUCH, guests, on_stage, start, stop
from bench.gallery import Gallery
from bench.pictures import one_strip, photo, single_runs
from bench.prepared import PROMPT
from bench.table import Table
from playground.stage import Stage
from playground.toapis.painting.grain import grain
from playground.world.interactions import Interaction
from playground.world.messages import upload
from playground.world.places import Channel, Message

MEGABYTES: Final = 20.0
"""The size of each picture, in millions of bytes."""

PATIENCE: Final = 900.0
"""Seconds that a part may take."""

SETTLE: Final = 3.0
"""Seconds from READY to the look at the idle bot."""

COLUMNS: Final = ("what happens", "done", "peak before", "peak after", "growth")


Act = Callable[[Stage, str, int], Awaitable["Peak"]]


@dataclass(frozen=True, slots=True)
class Peak:
    """A part's resident memory in MiB: the highest before it began, and the highest when it was over."""

    what: str
    done: str
    before: float
    after: float


async def measure(folder: Path, *, crowd: int = 60) -> Table:
    """Measure each part on a bot that was just started."""
    parts: Sequence[tuple[str, Act]] = (
        ("Compare, pressed by all at once", _compared),
        ("deliveries at once, each made smaller for its place", _delivered),
        ("an attachment that never ends", _endless),
        ("two hostile files, and a picture of somebody else", _hostile),
    )
    peaks = []
    for number, (what, act) in enumerate(parts):
        async with on_stage(folder / str(number), seconds=(0.75,), stated=(0.5, 1.0), edge=256, orders=crowd) as stage:
            peaks.append(await act(stage, what, crowd))
    rows = tuple(
        (p.what, p.done, f"{p.before:.0f} MiB", f"{p.after:.0f} MiB", f"{p.after - p.before:.0f} MiB") for p in peaks
    )
    notes = (
        f"Pictures of {MEGABYTES:g} MB, {crowd} members. VmHWM of the bot's process and its children, from "
        f"{SETTLE:g} s after READY until all had their answer; of the hostile files the sum of all processes at one "
        "moment (PSS), which must stay below 512 MiB."
    )
    return Table("Memory", notes, COLUMNS, rows)


async def _peak(stage: Stage, what: str, act: Callable[[], Awaitable[str]]) -> Peak:
    await start(stage, RETOUCH)
    await asyncio.sleep(SETTLE)
    before = process.peak(stage.pid)
    async with asyncio.timeout(PATIENCE):
        done = await act()
    peak = Peak(what, done, before, process.peak(stage.pid))
    await stop(stage)
    return peak


async def _compared(stage: Stage, what: str, crowd: int) -> Peak:
    result = await _prepared(stage)

    async def act() -> str:
        presses = await asyncio.gather(*(guest.press(result, "Compare") for guest in guests(stage, crowd)))
        await _until(lambda: all(press.settled for press in presses))
        return (
            f"{sum(map(_strip, presses))} of {crowd} strips, {sum(press.failed for press in presses)} unanswered in 3 s"
        )

    return await _peak(stage, what, act)


async def _prepared(stage: Stage) -> Message:
    """Return a result of 20 MB, made from a source of 20 MB in a server that accepts such files, before a restart."""
    await start(stage, RETOUCH)
    photos = stage.world.channel("photos")
    assert photos.guild is not None  # a server's channel
    photos.guild.boost = 3
    stage.painter.fault("heavy-result", megabytes=MEGABYTES)
    ana = guests(stage, 1)[0]
    gallery = Gallery(stage)
    order = await ana.command(photos, "edit", image=upload("photo.png", grain(MEGABYTES)), prompt=PROMPT)
    async with asyncio.timeout(PATIENCE):
        await gallery.until(lambda: gallery.waited(order) is not None, PATIENCE)
    await stop(stage)
    messages = (message for thread in photos.threads for message in thread.seen)
    return next(message for message in messages if "Compare" in message.buttons)


def _strip(press: Interaction) -> bool:
    return press.original is not None and bool(press.original.attachments)


async def _delivered(stage: Stage, what: str, crowd: int) -> Peak:
    stage.painter.fault("heavy-result", megabytes=MEGABYTES)

    async def act() -> str:
        photos = stage.world.channel("photos")
        gallery = Gallery(stage)
        file = photo(640, 480)
        orders = (guest.command(photos, "edit", image=file, prompt=PROMPT) for guest in guests(stage, crowd))
        ordered = await asyncio.gather(*orders)
        await gallery.until(lambda: all(gallery.waited(order) is not None for order in ordered), PATIENCE)
        return f"{sum(gallery.pictures.values())} of {crowd} pictures"

    return await _peak(stage, what, act)


async def _endless(stage: Stage, what: str, _: int) -> Peak:
    stage.discord.swell("endless.png")

    async def act() -> str:
        photos = stage.world.channel("photos")
        file = upload("endless.png", photo(640, 480).data)
        await guests(stage, 1)[0].command(photos, "edit", image=file, prompt=PROMPT)
        await _until(lambda: _says(photos, "more bytes"))
        return f"{stage.discord.bytes_sent('endless.png') / 1_000_000:.1f} MB sent, refused in words"

    return await _peak(stage, what, act)


async def _hostile(stage: Stage, what: str, _: int) -> Peak:
    """Order with two files that take all the time and memory they get. Looks at all processes, every 20 ms."""
    await start(stage, RETOUCH)
    await asyncio.sleep(SETTLE)
    before = process.proportional(stage.pid)
    highest = [before]
    watch = asyncio.create_task(_watched(stage.pid, highest))
    photos = stage.world.channel("photos")
    sender, other = guests(stage, 2)
    began = time.perf_counter()
    gallery = Gallery(stage)
    files = (upload("runs.bmp", single_runs()), upload("strip.tif", one_strip()))
    await asyncio.gather(*(sender.command(photos, "edit", image=file, prompt=PROMPT) for file in files))
    order = await other.command(photos, "edit", image=photo(640, 480), prompt=PROMPT)
    async with asyncio.timeout(PATIENCE):
        await gallery.until(lambda: gallery.waited(order) is not None, PATIENCE)
        delivered = time.perf_counter() - began
        await _until(lambda: _says(photos, "too long to open") and _says(photos, "too much memory"))
    done = f"the other picture after {delivered:.1f} s, both refused after {time.perf_counter() - began:.1f} s"
    watch.cancel()
    await stop(stage)
    return Peak(what, done, before, max(highest))


async def _watched(pid: int, highest: list[float]) -> None:
    while True:
        highest[0] = max(highest[0], process.proportional(pid))
        await asyncio.sleep(0.02)


def _says(place: Channel, word: str) -> bool:
    messages = (message for channel in (place, *place.threads) for message in channel.seen)
    return any(word in str(message.embeds) + message.content for message in messages)


async def _until(enough: Callable[[], bool]) -> None:
    while not enough():  # noqa: ASYNC110 - a busy world is not checked at each change
        await asyncio.sleep(0.1)
