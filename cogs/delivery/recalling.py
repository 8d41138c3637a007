"""Recalling: what people have of a job that a restored database knows only as it was when its copy was made."""

from __future__ import annotations

import logging
from typing import Final

import discord

from bot.client import Retouch
from bot.jobs.courier import Recalled
from bot.jobs.job import Job, Posted
from cogs.delivery.posting import Posting
from cogs.ui.cards import SOURCE
from cogs.ui.discord_errors import passes
from cogs.ui.result_posts import result_mark

_CANCEL: Final = "job1:cancel:"
"""Begins the id of the button that the card of a job has while it runs."""

_log = logging.getLogger(__name__)


async def recall(bot: Retouch, posting: Posting, job: Job) -> Recalled:
    """Look for a job's thread, its sources, its result and the state of its card. Raises Discord's passing errors."""
    where = job.destination
    thread_id = where.place_id or await _thread(bot, job)
    posted = await posting.find_sent(job, result_mark(0), thread_id)
    source_id = where.source_id
    if source_id is None and thread_id is not None:
        source_id = await posting.find(thread_id, job.nonce + SOURCE, after=where.interaction_id)
    return Recalled(
        place_id=thread_id,
        source_id=source_id,
        posted=None if posted is None else Posted(posted.channel_id, posted.message_id),
        is_over=posted is None and await _is_over(bot, job),
    )


async def _thread(bot: Retouch, job: Job) -> int | None:
    """Return the id of the thread that was opened from the card, or None. A message's thread has the message's id."""
    where = job.destination
    if where.kind != "channel" or where.card_id is None:
        return None
    try:
        return (await bot.fetch_channel(where.card_id)).id
    except discord.HTTPException as error:
        if passes(error):
            raise
        return None


async def _is_over(bot: Retouch, job: Job) -> bool:
    """Return whether the card offers no Cancel any more. A card that can't be read says nothing."""
    where = job.destination
    if where.card_id is None:
        return False
    channel = bot.get_partial_messageable(where.channel_id, guild_id=where.guild_id)
    try:
        card = await channel.fetch_message(where.card_id)
    except discord.HTTPException as error:
        if passes(error):
            raise
        _log.info("job %s: its card can't be read: %s", job.id, error)
        return False
    view = discord.ui.View.from_message(card, timeout=None)
    return not any(str(getattr(child, "custom_id", "")).startswith(_CANCEL) for child in view.children)
