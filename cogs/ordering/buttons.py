"""Pressing: what each button under a picture does, and what becomes of the forms that it opened."""

from __future__ import annotations

import zlib
from dataclasses import replace
from functools import partial

import discord
from discord.ext import commands

from bot.client import Retouch
from bot.database import NOBODY
from bot.errors import Refused
from bot.jobs.job import Job, JobState
from bot.orders import Order, Source
from cogs.delivery.collages import Collages
from cogs.moderation.erasing import Erasing
from cogs.moderation.reports import Reporting
from cogs.ordering.offer import offered
from cogs.ordering.owners import Owners
from cogs.ordering.place_order import OrderPlacement
from cogs.ui.attachments import pictures
from cogs.ui.cards import Cards
from cogs.ui.components import row
from cogs.ui.job_of_message import About
from cogs.ui.marks import read_requester
from cogs.ui.modals import FormId, order_form, read
from cogs.ui.router import Use, component, form


class Pressing(commands.Cog):
    """Everybody may press what costs them alone; to cancel and delete is for the requester and for moderators."""

    def __init__(self, bot: Retouch, collages: Collages, erasing: Erasing, reports: Reporting) -> None:
        self._bot = bot
        self._collages = collages
        self._erasing = erasing
        self._reports = reports
        self._placement = OrderPlacement(bot)
        self._owners = Owners(bot)
        self._about = About(bot)
        self._cards = Cards(bot.services.phrases)

    @form("go", "change", of_job=True)
    async def order(self, interaction: discord.Interaction, use: Use, job: Job) -> None:
        """Place the order that a form describes. Raises Refused."""
        action = use.action
        filled = read(use.data, interaction.user.id)
        _refuse_forgotten(job, action)
        if action == "go":
            shown = await self._results(interaction)
            sources = [shown[number] for number in filled.picked if number < len(shown)] or shown[:1]
            if not sources:
                raise Refused("picture-not-here")
        else:
            sources = await self._sources(job)
        # The form does not ask how many: as many as before, where it is the same model that is changed in its order.
        count = job.order.count if action == "change" and filled.model in ("", job.order.model) else 1
        sources += filled.uploads
        order = Order(filled.prompt, filled.model, filled.ratio, filled.resolution, count, tuple(sources))
        idempotency_key = f"form:{job.id}:{zlib.crc32(filled.prompt.encode()):08x}"
        editing = action == "go" or bool(job.order.sources)
        await self._placement.take(
            interaction, order, parent_id=_parent(job), idempotency_key=idempotency_key, editing=editing
        )

    # What costs money

    @component("job1:go", of_job=True)
    async def open_edit_form(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Answer with the form that goes on from a painted picture. Raises Refused."""
        _refuse_deleted(job)
        shown = await self._results(interaction)
        if not shown:
            raise Refused("picture-not-here")
        await self._owners.check(interaction, shown)
        await self._open(interaction, "go", job, replace(job.order, prompt="", ratio=None), len(shown))

    @component("job1:change", of_job=True)
    async def open_change_form(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Answer with the form that changes this order. Raises Refused."""
        _refuse_forgotten(job, "change")
        await self._owners.check(interaction, job.sources)
        await self._open(interaction, "change", job, job.order, 1)

    async def _open(self, interaction: discord.Interaction, action: str, job: Job, order: Order, count: int) -> None:
        await self._bot.services.intake.is_open()
        words = partial(self._bot.services.phrases.say, interaction.locale.value)
        names = [f"{number}" for number in range(1, count + 1)]
        await interaction.response.send_modal(
            order_form(
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

    @component("job1:again", "job1:retry", of_job=True)
    async def again(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Place the same order once more. Raises Refused."""
        _refuse_forgotten(job, "again")
        order = replace(job.order, sources=tuple(await self._sources(job)))
        await self._repeat(interaction, job, order, "again")

    @component("job1:sharper", of_job=True)
    async def sharper(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Place the same order at the next larger size. Raises Refused."""
        _refuse_forgotten(job, "sharper")
        next_one = self._bot.services.catalogue().model(job.order.model).sharper(job.order.resolution)
        if next_one is None:
            raise Refused("sharpest", resolution=job.order.resolution or "")
        order = replace(job.order, resolution=next_one, sources=tuple(await self._sources(job)))
        await self._repeat(interaction, job, order, "sharper")

    async def _repeat(self, interaction: discord.Interaction, job: Job, order: Order, action: str) -> None:
        editing = bool(job.order.sources)
        idempotency_key = f"{action}:{job.id}"
        await self._placement.take(
            interaction, order, parent_id=_parent(job), idempotency_key=idempotency_key, editing=editing
        )

    # What costs nothing

    @component("job1:compare", of_job=True)
    async def compare(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Show the picture before and after, to the member who asked. Raises Refused."""
        _refuse_forgotten(job, "compare")
        _refuse_deleted(job)
        shown = await self._results(interaction)
        if not shown or not job.sources:
            raise Refused("nothing-to-compare")
        with self._bot.services.looking.of(interaction.user.id):
            await self._collages.compare(interaction, job, shown[0])

    @component("job1:steps", of_job=True)
    async def steps(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Show all pictures that led to this one, to the member who asked. Raises Refused."""
        _refuse_forgotten(job, "steps")
        shown = await self._results(interaction)
        with self._bot.services.looking.of(interaction.user.id):
            await self._collages.steps(interaction, job, shown[0] if shown else None)

    @component("job1:report", of_job=True)
    async def report(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Answer with the form that reports the picture. Raises Refused."""
        _refuse_deleted(job)
        await self._reports.open_form(interaction, job)

    @component("job1:cancel", of_job=True)
    async def cancel(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Cancel the job. Raises Refused."""
        _refuse_forgotten(job, "cancel")
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

    @component("job1:delete", of_job=True)
    async def ask_to_delete(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Ask for a confirmation. Raises Refused."""
        self._only_for(interaction, job)
        say, locale = self._cards.to_whom, interaction.locale.value
        # Where the picture is nobody remembers of a forgotten job, so the second button has to.
        where = f":{interaction.message.id}" if job.forgotten_at is not None and interaction.message else ""
        sure = row(job.id + where, {"erase": say(locale, "button-erase")})
        await interaction.response.send_message(say(locale, "delete-sure"), view=sure, ephemeral=True)

    @component("job1:erase")
    async def delete(self, interaction: discord.Interaction, use: Use) -> None:
        """Delete the picture everywhere. Raises Refused.

        The place of a forgotten job's picture is known only from the button, so the message is read and checked.
        """
        job_id = use.first
        message_id = use.words[1] if len(use.words) > 1 else ""
        if await self._is_forgotten(job_id):
            await self._erase_forgotten(interaction, job_id, message_id)
            return
        job = await self._about.used(interaction, job_id)
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
        left = await self._erasing.erase(job, interaction.user.id)
        sentences = [say(locale, "deleted"), *([say(locale, "copies-left", count=left)] if left else [])]
        await interaction.edit_original_response(content="\n".join(sentences), view=None)
        job = await self._now(job)  # whose a forgotten one was, it may still know
        owner, may = job.destination.requester_id, interaction.permissions.manage_messages
        if owner not in (interaction.user.id, NOBODY) or (owner == NOBODY and may):
            await self._reports.deleted(interaction, job)

    # What they share

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


def _refuse_deleted(job: Job) -> None:
    """Raise Refused where the picture that an action needs was deleted."""
    if job.erased_id is not None:
        raise Refused("picture-deleted")


def _refuse_forgotten(job: Job, action: str) -> None:
    """Raise Refused for an action on a forgotten job that needs more than its picture."""
    if job.forgotten_at is None or action == "go":
        return
    if action == "cancel":
        raise Refused("too-late-to-cancel")
    if action == "compare":
        raise Refused("forgotten-compare")
    if action == "steps":
        raise Refused("forgotten-steps")
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
