"""Deletion of a painted picture from everywhere that the bot posted it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

import discord

from bot.client import Retouch
from bot.jobs.courier import TOGETHER
from bot.jobs.job import Job
from cogs.delivery.collages import Collages
from cogs.delivery.courier import DiscordCourier
from cogs.delivery.posting import THREAD_ARCHIVED
from cogs.moderation.report_inbox import ReportInbox
from cogs.ui.attachments import is_named
from cogs.ui.result_posts import result_mark

EVERY: Final[frozenset[str]] = frozenset({""})
"""All pictures of a message."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Copy:
    """A later job's message that holds the picture among its sources, under these names."""

    channel_id: int
    message_id: int
    names: frozenset[str]


def copies_in(job: Job, held: Mapping[int, Collection[str]]) -> Copy | None:
    """Return the copy that a job made of the pictures in ``held``, or None.

    ``held``: the names of the pictures (``EVERY`` for all) by the id of their message.
    """
    where = job.destination
    sources = job.order.sources
    if where.source_id is None or where.source_id == where.card_id or where.place_id is None:
        return None  # its sources were not posted: they are in other messages, or it ended before
    names = frozenset(
        job.stem("source", number, len(sources))
        for number, source in enumerate(sources, 1)
        if _is_one_of(source.name, held.get(source.message_id or 0, ()))
    )
    return Copy(where.place_id, where.source_id, names) if names else None


def _is_one_of(name: str, names: Collection[str]) -> bool:
    return names == EVERY or any(is_named(name, wanted) for wanted in names)


def with_place(job: Job, channel_id: int, message_id: int) -> Job:
    """Return a forgotten job with the place of its result, which is no longer stored with the job."""
    where = replace(
        job.destination, channel_id=channel_id, interaction_id=message_id - 1, place_id=None, result_place_id=None
    )
    return replace(job, destination=where, result_id=message_id)


class Erasing:
    """Deletion of pictures. Each step may be repeated."""

    def __init__(self, bot: Retouch, courier: DiscordCourier, collages: Collages, inbox: ReportInbox) -> None:
        self._bot = bot
        self._courier = courier
        self._posting = courier.posting
        self._collages = collages
        self._inbox = inbox
        self._jobs = bot.services.jobs

    async def erase(self, job: Job, by: int) -> int:
        """Delete the painted pictures of a job wherever the bot posted them, for a member who may do so.

        The result is deleted first, then its copies. Return how many messages with copies could not be changed. Raises
        Refused("thread-locked") when the result itself can't be deleted.
        """
        async with self._posting.result_lock(job.id):
            deleted = await self._delete_result(job)
        await self._courier.show_deleted(job, by)
        left = await self._delete_copies(job, deleted)
        await self._inbox.mark_deleted(job.id, by)
        return left

    async def _delete_result(self, job: Job) -> set[int]:
        """Delete every message that brought the result, found by its mark. Return their ids."""
        where = job.destination
        place = where.result_place_id or where.place_id or where.channel_id
        parts = range(-(-job.order.count // TOGETHER))
        marks = [job.nonce + result_mark(part) for part in parts]
        known_id = job.result_id or job.erased_id
        ids: list[int | None] = [known_id] if len(marks) == 1 and known_id else []
        ids = ids or [await self._posting.find(place, mark, after=where.interaction_id) for mark in marks]
        message_ids = {message_id for message_id in ids if message_id is not None}
        if message_ids:
            message_ids |= await self._posting.find_links(place, job.nonce, after=min(message_ids))
        for message_id in message_ids:
            await self._posting.delete(place, message_id)
        await self._jobs.forget_result(job.id, min(message_ids, default=None))
        return message_ids | ({known_id} if known_id else set())

    async def _delete_copies(self, job: Job, message_ids: set[int]) -> int:
        """Remove the picture from later jobs' messages and from collages. Return how many could not be changed."""
        picture_report = await self._bot.services.picture_reports.get(job.id)
        held: dict[int, frozenset[str]] = dict.fromkeys(message_ids, EVERY)
        if picture_report is not None:
            reported = (picture_report.result_id, picture_report.message_id)
            held |= {message_id: EVERY for message_id in reported if message_id is not None}
        done = set(held)
        left = 0
        while held:
            later_copies = [copies_in(later, held) for later in await self._jobs.made_from(list(held))]
            copies = [copy for copy in later_copies if copy is not None and copy.message_id not in done]
            for copy in copies:
                left += not await self._take_out(copy)
            held = {copy.message_id: copy.names for copy in copies}
            done |= set(held)
        await self._collages.forget(done)
        return left

    async def _take_out(self, copy: Copy) -> bool:
        """Remove a copy, but keep the rest of its message. Return False when the message can't be changed."""
        try:
            try:
                await self._change(copy)
            except discord.HTTPException as error:
                if error.code != THREAD_ARCHIVED or not await self._posting.unarchive(copy.channel_id):
                    raise
                await self._change(copy)
        except discord.NotFound:
            return True
        except discord.HTTPException as error:
            _log.warning("message %s can't be rid of a deleted picture: %s", copy.message_id, error)
            return False
        return True

    async def _change(self, copy: Copy) -> None:
        message = await self._bot.get_partial_messageable(copy.channel_id).fetch_message(copy.message_id)
        remaining = [file for file in message.attachments if not _is_one_of(file.filename, copy.names)]
        if remaining or message.content or message.embeds:
            await message.edit(attachments=remaining)
        else:
            await message.delete()
