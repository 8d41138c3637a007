"""The buttons that lead to another order: go on from the picture, change, again, sharper. And the forms of two."""

from __future__ import annotations

import zlib
from dataclasses import replace
from functools import partial

import discord
from discord.ext import commands

from bot.client import Retouch
from bot.errors import Refused
from bot.jobs.job import Job, JobState
from bot.orders import Order, Source
from cogs.ordering.buttons.checks import refuse_deleted, refuse_forgotten
from cogs.ordering.offer import offered
from cogs.ordering.owners import Owners
from cogs.ordering.place_order import OrderPlacement
from cogs.ui.modals import FormId, order_form, read, send_form
from cogs.ui.router import Use, component, form


class ReorderButtons(commands.Cog):
    """The buttons that lead to another order. Everybody may press them, at their own cost."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._placement = OrderPlacement(bot)
        self._owners = Owners(bot)

    @form("go", "change", of_job=True)
    async def order(self, interaction: discord.Interaction, use: Use, job: Job) -> None:
        """Submit the order that a form describes. Raises Refused."""
        action = use.action
        filled = read(use.data, interaction.user.id)
        refuse_forgotten(job, action)
        if action == "go":
            results = await self._owners.results(interaction)
            sources = [results[number] for number in filled.picked if number < len(results)] or results[:1]
            if not sources:
                raise Refused("picture-not-here")
        else:
            sources = await self._sources(job)
        # The form has no field for the count: it stays as it was if an order for the same model is changed.
        count = job.order.count if action == "change" and filled.model in ("", job.order.model) else 1
        sources += filled.uploads
        spoiler = action == "change" and job.order.spoiler
        order = Order(
            filled.prompt, filled.model, filled.ratio, filled.resolution, count, tuple(sources), spoiler=spoiler
        )
        idempotency_key = f"form:{job.id}:{zlib.crc32(filled.prompt.encode()):08x}"
        editing = action == "go" or bool(job.order.sources)
        await self._placement.place(
            interaction, order, parent_id=_parent(job), idempotency_key=idempotency_key, editing=editing
        )

    @component("job1:go", of_job=True)
    async def open_edit_form(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Open the form that continues from a painted picture. Raises Refused."""
        refuse_deleted(job)
        results = await self._owners.results(interaction)
        if not results:
            raise Refused("picture-not-here")
        await self._owners.check(interaction, results)
        await self._send_form(interaction, "go", job, replace(job.order, prompt="", ratio=None), len(results))

    @component("job1:change", of_job=True)
    async def open_change_form(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Open the form that changes this order. Raises Refused."""
        refuse_forgotten(job, "change")
        await self._owners.check(interaction, job.sources)
        await self._send_form(interaction, "change", job, job.order, 1)

    async def _send_form(
        self, interaction: discord.Interaction, action: str, job: Job, order: Order, count: int
    ) -> None:
        await self._bot.services.intake.is_open()
        words = partial(self._bot.services.phrases.say, interaction.locale.value)
        names = [f"{number}" for number in range(1, count + 1)]
        form_id = FormId(action, (job.id,))
        modal = order_form(
            form_id,
            words,
            await offered(self._bot, interaction.guild_id),
            prompt=order.prompt,
            model=order.model,
            ratio=order.ratio,
            resolution=order.resolution,
            pictures=names,
        )
        await send_form(interaction, modal)

    @component("job1:again", "job1:retry", of_job=True)
    async def again(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Submit the same order once more. Raises Refused."""
        refuse_forgotten(job, "again")
        order = replace(job.order, sources=tuple(await self._sources(job)))
        await self._repeat(interaction, job, order, "again")

    @component("job1:sharper", of_job=True)
    async def sharper(self, interaction: discord.Interaction, _: Use, job: Job) -> None:
        """Submit the same order at the next larger size. Raises Refused."""
        refuse_forgotten(job, "sharper")
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

    async def _sources(self, job: Job) -> list[Source]:
        """Return the sources of a job, for another order. Raises Refused when a source was deleted.

        Otherwise the deletion would be noticed only after the order was accepted.
        """
        if await self._bot.services.jobs.lost_a_source(job):
            raise Refused("picture-deleted")
        return list(job.sources)


def _parent(job: Job) -> str | None:
    """Return the id of the next job's parent: this job, unless it ended without a picture.

    A picture is visible a moment before its job is stored as delivered.
    """
    return job.parent_id if job.state in (JobState.FAILED, JobState.CANCELLED, JobState.UNKNOWN) else job.id
