"""Pressing: what each button under a picture does, and what becomes of the forms that it opened."""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final, cast

import discord
from discord.ext import commands

from bot.client import Retouch
from bot.database import NOBODY
from bot.errors import Refused
from bot.jobs.job import Job, JobState
from bot.orders import Order, Source
from cogs.delivery.collages import Collages
from cogs.moderation.reports import Reporting
from cogs.ordering.offer import offered
from cogs.ordering.owners import Owners
from cogs.ordering.place_order import OrderPlacement
from cogs.ui.attachments import pictures
from cogs.ui.cards import Cards
from cogs.ui.components import VERSION, JobButton, row
from cogs.ui.job_of_message import About
from cogs.ui.marks import read_requester
from cogs.ui.modals import FormId, form, read

Action = Callable[[discord.Interaction, Job], Awaitable[None]]

OF_THE_PICTURE: Final = ("go", "compare", "report")
"""What needs the painted picture itself."""


class Pressing(commands.Cog):
    """Everybody may press what costs them alone; to cancel and delete is for the requester and for moderators."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._placement = OrderPlacement(bot)
        self._owners = Owners(bot)
        self._about = About(bot)
        self._cards = Cards(bot.services.phrases)
        self.collages = Collages(bot)
        self._actions: dict[str, Action] = {
            "go": self._open_go,
            "change": self._open_change,
            "again": self._again,
            "retry": self._again,
            "sharper": self._sharper,
            "compare": self._compare,
            "steps": self._steps,
            "cancel": self._cancel,
            "delete": self._delete,
            "erase": self._erase,
            "report": self._report,
        }

    async def press(self, interaction: discord.Interaction, version: int, action: str, job_id: str) -> None:
        """A button was pressed. Raises Refused for one that is too old, or whose job is gone."""
        if version != VERSION or action not in self._actions:
            raise Refused("button-old")
        self._bot.services.intake.admit(interaction.user.id, interaction.guild_id)
        job_id, _, message_id = job_id.partition(":")
        if action == "erase" and await self._is_forgotten(job_id):
            await self._erase_forgotten(interaction, job_id, message_id)
            return
        job = await self._about.used(interaction, job_id)
        if job.forgotten_at is not None:
            _remembered(action)
        if job.erased_id is not None and action in OF_THE_PICTURE:
            raise Refused("picture-deleted")
        await self._actions[action](interaction, job)

    async def filled(self, interaction: discord.Interaction, form_id: FormId, data: Mapping[str, Any]) -> None:
        """A form of ours came back."""
        filled = read(data, interaction.user.id)
        job = await self._about.used(interaction, form_id.ids[0])
        if job.forgotten_at is not None:
            _remembered(form_id.action)
        if form_id.action == "go":
            shown = await self._results(interaction)
            sources = [shown[number] for number in filled.picked if number < len(shown)] or shown[:1]
            if not sources:
                raise Refused("picture-not-here")
        else:
            sources = await self._sources(job)
        # The form does not ask how many: as many as before, where it is the same model that is changed in its order.
        count = job.order.count if form_id.action == "change" and filled.model in ("", job.order.model) else 1
        sources += filled.uploads
        order = Order(filled.prompt, filled.model, filled.ratio, filled.resolution, count, tuple(sources))
        origin = f"form:{job.id}:{zlib.crc32(filled.prompt.encode()):08x}"
        editing = form_id.action == "go" or bool(job.order.sources)
        await self._placement.take(interaction, order, parent_id=_parent(job), origin=origin, editing=editing)

    # What costs money

    async def _open_go(self, interaction: discord.Interaction, job: Job) -> None:
        shown = await self._results(interaction)
        if not shown:
            raise Refused("picture-not-here")
        await self._owners.check(interaction, shown)
        await self._open(interaction, "go", job, replace(job.order, prompt="", ratio=None), len(shown))

    async def _open_change(self, interaction: discord.Interaction, job: Job) -> None:
        await self._owners.check(interaction, job.sources)
        await self._open(interaction, "change", job, job.order, 1)

    async def _open(self, interaction: discord.Interaction, action: str, job: Job, order: Order, count: int) -> None:
        await self._bot.services.intake.is_open()
        words = partial(self._bot.services.phrases.say, interaction.locale.value)
        names = [f"{number}" for number in range(1, count + 1)]
        await interaction.response.send_modal(
            form(
                FormId(action, (job.id,)),
                words,
                await offered(self._bot, interaction.guild_id),
                prompt=order.prompt,
                model=order.model,
                ratio=order.ratio,
                resolution=order.resolution,
                pictures=names,
            )
        )

    async def _again(self, interaction: discord.Interaction, job: Job) -> None:
        order = replace(job.order, sources=tuple(await self._sources(job)))
        await self._repeat(interaction, job, order, "again")

    async def _sharper(self, interaction: discord.Interaction, job: Job) -> None:
        next_one = self._bot.services.catalogue().model(job.order.model).sharper(job.order.resolution)
        if next_one is None:
            raise Refused("sharpest", resolution=job.order.resolution or "")
        order = replace(job.order, resolution=next_one, sources=tuple(await self._sources(job)))
        await self._repeat(interaction, job, order, "sharper")

    async def _repeat(self, interaction: discord.Interaction, job: Job, order: Order, action: str) -> None:
        editing = bool(job.order.sources)
        origin = f"{action}:{job.id}"
        await self._placement.take(interaction, order, parent_id=_parent(job), origin=origin, editing=editing)

    # What costs nothing

    async def _compare(self, interaction: discord.Interaction, job: Job) -> None:
        shown = await self._results(interaction)
        if not shown or not job.sources:
            raise Refused("nothing-to-compare")
        with self._bot.services.looking.of(interaction.user.id):
            await self.collages.compare(interaction, job, shown[0])

    async def _steps(self, interaction: discord.Interaction, job: Job) -> None:
        shown = await self._results(interaction)
        with self._bot.services.looking.of(interaction.user.id):
            await self.collages.steps(interaction, job, shown[0] if shown else None)

    async def _report(self, interaction: discord.Interaction, job: Job) -> None:
        await self._reporting.opens(interaction, job)

    async def _cancel(self, interaction: discord.Interaction, job: Job) -> None:
        self._only_for(interaction, job)
        outcome = await self._bot.services.jobs.cancel(job.id, interaction.user.id)
        if outcome is None:
            raise Refused("too-late-to-cancel")
        if outcome == "free":
            await self._bot.services.ledger.give_back(job.id)
        sentence = self._cards.to_whom(interaction.locale.value, f"cancelled-{outcome}")
        await interaction.response.send_message(sentence, ephemeral=True)
        if outcome != "buying":  # of that the story itself tells, once it knows
            await self._bot.courier.cancelled(await self._now(job))

    async def _delete(self, interaction: discord.Interaction, job: Job) -> None:
        self._only_for(interaction, job)
        say, locale = self._cards.to_whom, interaction.locale.value
        # Where the picture is nobody remembers of a forgotten job, so the second button has to.
        where = f":{interaction.message.id}" if job.forgotten_at is not None and interaction.message else ""
        sure = row(job.id + where, {"erase": say(locale, "button-erase")})
        await interaction.response.send_message(say(locale, "delete-sure"), view=sure, ephemeral=True)

    async def _erase(self, interaction: discord.Interaction, job: Job) -> None:
        self._only_for(interaction, job)
        await self._erased(interaction, job)

    async def _erase_forgotten(self, interaction: discord.Interaction, job_id: str, message_id: str) -> None:
        """Delete the picture of a forgotten job. Where that is only the button says, so it is looked at.

        Raises Refused for whoever may not do so now, and for a message that is not of this job.
        """
        if not message_id.isdecimal():
            raise Refused("forgotten-delete")
        try:
            shown = await self._about.shown(interaction, int(message_id))
        except discord.NotFound:
            raise Refused("picture-deleted") from None
        except discord.Forbidden:
            raise Refused("forgotten-order") from None
        known = await self._about.message(shown, interaction.guild_id)
        if known is None or known[0].id != job_id:
            raise Refused("job-gone")
        self._only_for(interaction, known[0], shown)
        await self._erased(interaction, _shown_in(known[0], shown))

    async def _erased(self, interaction: discord.Interaction, job: Job) -> None:
        await interaction.response.defer()
        say, locale = self._cards.to_whom, interaction.locale.value
        left = await self._bot.courier.erase(job, interaction.user.id)
        sentences = [say(locale, "deleted"), *([say(locale, "copies-left", count=left)] if left else [])]
        await interaction.edit_original_response(content="\n".join(sentences), view=None)
        job = await self._now(job)  # whose a forgotten one was, it may still know
        owner, may = job.destination.requester_id, interaction.permissions.manage_messages
        if owner not in (interaction.user.id, NOBODY) or (owner == NOBODY and may):
            await self._reporting.deleted(interaction, job)

    # What they share

    @property
    def _reporting(self) -> Reporting:
        return cast("Reporting", self._bot.get_cog("Reporting"))

    async def _is_forgotten(self, job_id: str) -> bool:
        job = await self._bot.services.jobs.get(job_id)
        return job is not None and job.forgotten_at is not None

    async def _now(self, job: Job) -> Job:
        """Read the job anew."""
        known = await self._bot.services.jobs.get(job.id)
        if known is None:
            raise Refused("job-gone")
        return known

    async def _sources(self, job: Job) -> list[Source]:
        """What it was painted from, to be painted from once more. Raises Refused where some of it was deleted.

        A copy of it would be found to be gone later, when there is an order already.
        """
        if await self._bot.services.jobs.lost_a_source(job):
            raise Refused("picture-deleted")
        return list(job.sources)

    def _only_for(self, interaction: discord.Interaction, job: Job, shown: discord.Message | None = None) -> None:
        """Whose a forgotten job was, is seen in the message that brought its picture: it calls them."""
        mine = interaction.user.id == job.destination.requester_id
        message = shown or interaction.message
        if job.forgotten_at is not None and message is not None:
            mine = mine or interaction.user.id == read_requester(message)
        if not mine and not interaction.permissions.manage_messages:
            raise Refused("not-yours")

    async def _results(self, interaction: discord.Interaction) -> list[Source]:
        """The painted pictures of the message that was pressed."""
        message = interaction.message
        return [] if message is None else pictures(message, await self._owners.of(message, interaction.guild_id))


def _parent(job: Job) -> str | None:
    """Whom the next job comes of: this one, unless it ended without a picture.

    A picture is seen a moment before its job is noted as delivered.
    """
    return job.parent_id if job.state in (JobState.FAILED, JobState.CANCELLED, JobState.UNKNOWN) else job.id


def _remembered(action: str) -> None:
    """Of a forgotten job only its picture can be gone on from, and deleted. Raises Refused for what is more."""
    if action == "cancel":
        raise Refused("too-late-to-cancel")
    if action == "compare":
        raise Refused("forgotten-compare")
    if action == "steps":
        raise Refused("forgotten-steps")
    if action == "erase":
        raise Refused("forgotten-delete")
    if action not in ("go", "delete", "report"):
        raise Refused("forgotten-order")


def _shown_in(job: Job, message: discord.Message) -> Job:
    """Return a forgotten job with the place of its picture."""
    where = replace(
        job.destination,
        channel_id=message.channel.id,
        interaction_id=message.id - 1,
        place_id=None,
        result_place_id=None,
    )
    return replace(job, destination=where, result_id=message.id)


async def setup(bot: Retouch) -> None:
    """Called by discord.py when the extension is opened."""
    bot.add_dynamic_items(JobButton)
    await bot.add_cog(Pressing(bot))
