"""Erasing: a painted picture goes from everywhere that the bot posted it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import discord

from bot.client import Retouch
from bot.jobs.courier import TOGETHER
from bot.jobs.job import Job
from cogs.delivery.collages import Collages
from cogs.delivery.courier import Delivery
from cogs.delivery.posting import THREAD_ARCHIVED
from cogs.moderation.report_inbox import Moderators
from cogs.ui.attachments import is_named
from cogs.ui.cards import result_mark

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
    """The copy that a job made of pictures that are ``held``: by message, the names in it (``EVERY`` for all)."""
    where, sources = job.destination, job.order.sources
    if where.source_id is None or where.source_id == where.card_id or where.place_id is None:
        return None  # its sources were not posted: they are in other messages, or it never came so far
    names = frozenset(
        job.stem("source", number, len(sources))
        for number, source in enumerate(sources, 1)
        if _is_one_of(source.name, held.get(source.message_id or 0, ()))
    )
    return Copy(where.place_id, where.source_id, names) if names else None


def _is_one_of(name: str, names: Collection[str]) -> bool:
    return names == EVERY or any(is_named(name, one) for one in names)


class Erasing:
    """Each step may be done twice."""

    def __init__(self, bot: Retouch, delivery: Delivery, collages: Collages, inbox: Moderators) -> None:
        self._bot = bot
        self._delivery = delivery
        self._route = delivery.route
        self._collages = collages
        self._inbox = inbox
        self._jobs = bot.services.jobs

    async def erase(self, job: Job, by: int) -> int:
        """Delete the painted pictures of a job wherever the bot posted them, for a member who may do so.

        The result goes first, then its copies. Return how many messages with copies could not be changed. Raises
        Refused("thread-locked") where the result itself can't be deleted.
        """
        async with self._route.result_lock(job.id):
            gone = await self._result(job)
        await self._delivery.show_deleted(job, by)
        left = await self._copies(job, gone)
        await self._inbox.gone(job.id, by)
        return left

    async def _result(self, job: Job) -> set[int]:
        """Delete every message that brought the result, found by its mark. Return their ids."""
        where = job.destination
        place = where.result_place_id or where.place_id or where.channel_id
        parts = range(-(-job.order.count // TOGETHER))
        marks = [job.nonce + result_mark(part) for part in parts]
        seen = job.result_id or job.erased_id
        ids: list[int | None] = [seen] if len(marks) == 1 and seen else []
        ids = ids or [await self._route.find(place, mark, after=where.interaction_id) for mark in marks]
        found = {one for one in ids if one is not None}
        if found:
            found |= await self._route.find_links(place, job.nonce, after=min(found))
        for message_id in found:
            await self._route.delete(place, message_id)
        await self._jobs.forget_result(job.id, min(found, default=None))
        return found | ({seen} if seen else set())

    async def _copies(self, job: Job, message_ids: set[int]) -> int:
        """Remove the picture from later jobs' messages and from collages. Return how many could not be changed."""
        picture_report = await self._bot.services.picture_reports.get(job.id)
        held: dict[int, frozenset[str]] = dict.fromkeys(message_ids, EVERY)
        if picture_report is not None:
            held |= {one: EVERY for one in (picture_report.result_id, picture_report.message_id) if one is not None}
        gone, left = set(held), 0
        while held:
            made = [copies_in(one, held) for one in await self._jobs.made_from(list(held))]
            copies = [one for one in made if one is not None and one.message_id not in gone]
            for copy in copies:
                left += not await self._take_out(copy)
            held = {copy.message_id: copy.names for copy in copies}
            gone |= set(held)
        await self._collages.forget(gone)
        return left

    async def _take_out(self, copy: Copy) -> bool:
        """The other pictures of the message stay, and so do its words. False where it can't be changed."""
        try:
            try:
                await self._change(copy)
            except discord.HTTPException as error:
                if error.code != THREAD_ARCHIVED or not await self._route.wake(copy.channel_id):
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
        stay = [one for one in message.attachments if not _is_one_of(one.filename, copy.names)]
        if stay or message.content or message.embeds:
            await message.edit(attachments=stay)
        else:
            await message.delete()
