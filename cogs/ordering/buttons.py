"""The actions of the buttons under a picture, and of the forms that they open."""

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
from cogs.moderation.erasing import Erasing, with_place
from cogs.moderation.reports import PictureReporting
from cogs.ordering.offer import offered
from cogs.ordering.owners import Owners
from cogs.ordering.place_order import OrderPlacement
from cogs.ui.attachments import pictures
from cogs.ui.cards import Cards
from cogs.ui.components import row
from cogs.ui.job_of_message import JobFinder
from cogs.ui.marks import read_requester
from cogs.ui.modals import FormId, order_form, read
from cogs.ui.router import Use, component, form


class JobButtons(commands.Cog):
    """The buttons of a job. All may order at their own cost; only the requester and moderators cancel and delete."""

    def __init__(self, bot: Retouch, collages: Collages, erasing: Erasing, reports: PictureReporting) -> None:
        self._bot = bot
        self._collages = collages
        self._erasing = erasing
        self._reports = reports
        self._placement = OrderPlacement(bot)
        self._owners = Owners(bot)
        self._job_finder = JobFinder(bot)
        self._cards = Cards(bot.services.phrases, bot.services.whole_catalogue)

    @form("go", "change", of_job=True)
    async def order(self, interaction: discord.Interaction, use: Use, job: Job) -> None:
        """Submit the order that a form describes. Raises Refused."""
        action = use.action
        filled = read(use.data, interaction.user.id)
        _refuse_forgotten(job, action)
        if action == "go":
            results = await self._results(interaction)
            sources = [results[number] for number in filled.picked if number < len(results)] or results[:1]
            if not sources:
                raise Refused("picture-not-here")
        else:
            sources = await self._sources(job)
        # The form has no field for the count: it stays as it was if an order for the same model is changed.
        count = job.order.count if action == "change" and filled.model in ("", job.order.model) else 1
        sources += filled.uploads
        order = Order(filled.prompt, filled.model, filled.ratio, filled.resolution, count, tuple(sources))
        idempotency_key = f"form:{job.id}:{zlib.crc32(filled.prompt.encode()):08x}"
        editing = action == "go" or bool(job.order.sources)
        await self._placement.place(
            interaction, order, parent_id=_parent(job), idempotency_key=idempotency_key, editing=editing
        )

    # Paid actions

    @component("job1:go", of_job=True)
    async def open_edit_form(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Open the form that continues from a painted picture. Raises Refused."""
        _refuse_deleted(job)
        results = await self._results(interaction)
        if not results:
            raise Refused("picture-not-here")
        await self._owners.check(interaction, results)
        await self._send_form(interaction, "go", job, replace(job.order, prompt="", ratio=None), len(results))

    @component("job1:change", of_job=True)
    async def open_change_form(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Open the form that changes this order. Raises Refused."""
        _refuse_forgotten(job, "change")
        await self._owners.check(interaction, job.sources)
        await self._send_form(interaction, "change", job, job.order, 1)

    async def _send_form(
        self, interaction: discord.Interaction, action: str, job: Job, order: Order, count: int
    ) -> None:
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
        """Submit the same order once more. Raises Refused."""
        _refuse_forgotten(job, "again")
        order = replace(job.order, sources=tuple(await self._sources(job)))
        await self._repeat(interaction, job, order, "again")

    @component("job1:sharper", of_job=True)
    async def sharper(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Submit the same order at the next larger size. Raises Refused."""
        _refuse_forgotten(job, "sharper")
        next_size = self._bot.services.catalogue().model(job.order.model).sharper(job.order.resolution)
        if next_size is None:
            raise Refused("sharpest", resolution=job.order.resolution or "")
        order = replace(job.order, resolution=next_size, sources=tuple(await self._sources(job)))
        await self._repeat(interaction, job, order, "sharper")

    async def _repeat(self, interaction: discord.Interaction, job: Job, order: Order, action: str) -> None:
        editing = bool(job.order.sources)
        idempotency_key = f"{action}:{job.id}"
        await self._placement.place(
            interaction, order, parent_id=_parent(job), idempotency_key=idempotency_key, editing=editing
        )

    # Free actions

    @component("job1:compare", of_job=True)
    async def compare(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Show the picture before and after, to the member who asked. Raises Refused."""
        _refuse_forgotten(job, "compare")
        _refuse_deleted(job)
        results = await self._results(interaction)
        if not results or not job.sources:
            raise Refused("nothing-to-compare")
        with self._bot.services.looking.of(interaction.user.id):
            await self._collages.compare(interaction, job, results[0])

    @component("job1:steps", of_job=True)
    async def steps(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Show all pictures that led to this one, to the member who asked. Raises Refused."""
        _refuse_forgotten(job, "steps")
        results = await self._results(interaction)
        with self._bot.services.looking.of(interaction.user.id):
            await self._collages.steps(interaction, job, results[0] if results else None)

    @component("job1:report", of_job=True)
    async def report(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Open the form that reports the picture. Raises Refused."""
        _refuse_deleted(job)
        await self._reports.open_form(interaction, job)

    @component("job1:cancel", of_job=True)
    async def cancel(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Cancel the job. Raises Refused."""
        _refuse_forgotten(job, "cancel")
        self._check_rights(interaction, job)
        outcome = await self._bot.services.jobs.cancel(job.id, interaction.user.id)
        if outcome is None:
            raise Refused("too-late-to-cancel")
        if outcome == "free":
            await self._bot.services.ledger.give_back(job.id)
        sentence = self._cards.say_in(interaction.locale.value, f"cancelled-{outcome}")
        await interaction.response.send_message(sentence, ephemeral=True)
        if outcome != "buying":  # else the workflow shows the cancellation once the purchase is clear
            await self._bot.courier.cancelled(await self._reload(job))

    @component("job1:delete", of_job=True)
    async def ask_to_delete(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Request a confirmation. Raises Refused."""
        self._check_rights(interaction, job)
        say = partial(self._cards.say_in, interaction.locale.value)
        # The place of a forgotten job's picture is stored nowhere, so the id of the second button holds it.
        where = f":{interaction.message.id}" if job.forgotten_at is not None and interaction.message else ""
        confirmation = row(job.id + where, {"erase": say("button-erase")})
        await interaction.response.send_message(say("delete-sure"), view=confirmation, ephemeral=True)

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
        job = await self._job_finder.require(interaction, job_id)
        self._check_rights(interaction, job)
        await self._erase(interaction, job)

    async def _erase_forgotten(self, interaction: discord.Interaction, job_id: str, message_id: str) -> None:
        """Delete the picture of a forgotten job, whose place is known only from the button. So the message is checked.

        Raises Refused for a member who may not do so, and for a message that is not of this job.
        """
        if not message_id.isdecimal():
            raise Refused("forgotten-delete")
        try:
            message = await self._job_finder.fetch_message(interaction, int(message_id))
        except discord.NotFound:
            raise Refused("picture-deleted") from None
        except discord.Forbidden:
            raise Refused("forgotten-order") from None
        marked = await self._job_finder.find_by_message(message, interaction.guild_id)
        if marked is None or marked[0].id != job_id:
            raise Refused("job-gone")
        self._check_rights(interaction, marked[0], message)
        await self._erase(interaction, with_place(marked[0], message.channel.id, message.id))

    async def _erase(self, interaction: discord.Interaction, job: Job) -> None:
        await interaction.response.defer()
        say = partial(self._cards.say_in, interaction.locale.value)
        left = await self._erasing.erase(job, interaction.user.id)
        sentences = [say("deleted"), *([say("copies-left", count=left)] if left else [])]
        await interaction.edit_original_response(content="\n".join(sentences), view=None)
        job = await self._reload(job)  # a forgotten job may still have its requester stored
        requester_id = job.destination.requester_id
        by_moderator = requester_id == NOBODY and interaction.permissions.manage_messages
        if requester_id not in (interaction.user.id, NOBODY) or by_moderator:
            await self._reports.record_deletion(interaction, job)

    # Common parts

    async def _is_forgotten(self, job_id: str) -> bool:
        job = await self._bot.services.jobs.get(job_id)
        return job is not None and job.forgotten_at is not None

    async def _reload(self, job: Job) -> Job:
        """Read the job again. Raises Refused when it is gone."""
        current = await self._bot.services.jobs.get(job.id)
        if current is None:
            raise Refused("job-gone")
        return current

    async def _sources(self, job: Job) -> list[Source]:
        """Return the sources of a job, for another order. Raises Refused when a source was deleted.

        Otherwise the deletion would be noticed only after the order was accepted.
        """
        if await self._bot.services.jobs.lost_a_source(job):
            raise Refused("picture-deleted")
        return list(job.sources)

    def _check_rights(self, interaction: discord.Interaction, job: Job, result: discord.Message | None = None) -> None:
        """Raise Refused unless the member is the job's requester or a moderator.

        The requester of a forgotten job is known only from the message with its ``result``, which mentions them.
        """
        mine = interaction.user.id == job.destination.requester_id
        message = result or interaction.message
        if job.forgotten_at is not None and message is not None:
            mine = mine or interaction.user.id == read_requester(message)
        if not mine and not interaction.permissions.manage_messages:
            raise Refused("not-yours")

    async def _results(self, interaction: discord.Interaction) -> list[Source]:
        """Return the painted pictures in the message of the button."""
        message = interaction.message
        return [] if message is None else pictures(message, await self._owners.of(message, interaction.guild_id))


def _parent(job: Job) -> str | None:
    """Return the id of the next job's parent: this job, unless it ended without a picture.

    A picture is visible a moment before its job is stored as delivered.
    """
    return job.parent_id if job.state in (JobState.FAILED, JobState.CANCELLED, JobState.UNKNOWN) else job.id


def _refuse_deleted(job: Job) -> None:
    """Raise Refused if the picture that an action needs was deleted."""
    if job.erased_id is not None:
        raise Refused("picture-deleted")


def _refuse_forgotten(job: Job, action: str) -> None:
    """Raise Refused for an action on a forgotten job that needs more than its picture."""
    if job.forgotten_at is None or action == "go":
        return
    match action:
        case "cancel":
            raise Refused("too-late-to-cancel")
        case "compare":
            raise Refused("forgotten-compare")
        case "steps":
            raise Refused("forgotten-steps")
        case _:
            raise Refused("forgotten-order")
