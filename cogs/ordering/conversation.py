"""Orders by message: in a thread of ours, a reply to a picture or a mention of the bot is the next order."""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from contextlib import suppress
from typing import Final

import discord
from discord.ext import commands

from bot.client import Retouch
from bot.errors import Refused, RetouchError
from bot.jobs.job import Job
from bot.jobs.lineage import result_of
from bot.orders import Order, Source
from cogs.ordering.owners import Owners
from cogs.ordering.place_order import OrderPlacement, public_locale
from cogs.ui.attachments import brings_pictures, brought, pictures
from cogs.ui.cards import RESULT
from cogs.ui.job_of_message import JobFinder, is_ours

LOOK_BACK: Final = 25
"""Messages that are searched for the last picture."""

REMEMBERED: Final = 1000
"""Hints that are remembered, so that nobody gets the same hint twice."""

_log = logging.getLogger(__name__)


class Conversation(commands.Cog):
    """The listener for messages addressed to the bot. No privileged intent is needed: Discord shows these in full.

    https://discord.com/developers/docs/events/gateway#message-content-intent
    """

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._placement = OrderPlacement(bot)
        self._owners = Owners(bot)
        self._job_finder = JobFinder(bot)
        self._hinted: OrderedDict[tuple[str, int, int], None] = OrderedDict()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Process a message that is addressed to the bot, but no edit and no message of the bot or of another bot."""
        if message.author.bot or message.webhook_id is not None or self._bot.user is None:
            return
        if message.type not in (discord.MessageType.default, discord.MessageType.reply):
            return
        mentioned = self._bot.user.mentioned_in(message) and not message.mention_everyone
        if not mentioned and message.reference is None:
            return
        if not await self._bot.services.slot.answers():
            return  # another process received it too, and answers
        try:
            await self._process(message, mentioned)
        except RetouchError as error:
            if error.key != "refused-twice":  # after a lost connection Discord may repeat a message: its card is there
                await self._explain(message, error)
        except Exception:  # noqa: BLE001 - any error is explained to the member, and logged
            _log.exception("a message could not be answered")
            await self._explain(message, RetouchError())

    async def _explain(self, message: discord.Message, error: RetouchError) -> None:
        sentence = self._bot.services.phrases.explain(await self._locale(message), error)
        if not await self._reply(message, sentence):
            with suppress(discord.HTTPException):  # a member who closed their direct messages can't be told
                await message.author.send(sentence)

    async def _process(self, message: discord.Message, mentioned: bool) -> None:
        last = await self._bot.services.jobs.last_in(message.channel.id)
        if last is None:
            if mentioned:
                await self._hint(message, self._greeting(message))
            return
        parent_and_sources = await self._find_parent(message, mentioned, last)
        if parent_and_sources is None:
            return
        parent, sources = parent_and_sources
        prompt = _without_mention(message.content, self._bot.user.id if self._bot.user else 0)
        if not prompt and not brings_pictures(message):
            await self._hint(message, await self._why_empty(message, mentioned))
            return
        sources += brought(message)
        order = Order(prompt, parent.order.model, None, parent.order.resolution, sources=sources)
        locale = await self._locale(message, parent)
        await self._placement.place_for_message(message, order, locale, parent_id=parent.id)

    async def _why_empty(self, message: discord.Message, mentioned: bool) -> str:
        """Return the key of the hint for a message without words.

        Discord hides the words of a reply that does not ping us, and of each reply to an interaction's answer.
        https://discord.com/developers/docs/gateway/you-might-not-need-a-privileged-intent
        """
        if not mentioned:
            return "hint-ping"
        replied = await self._replied_to(message) if not message.content else None
        return "hint-prompt" if replied is None or replied.interaction_metadata is None else "hint-reply"

    def _greeting(self, message: discord.Message) -> str:
        """Return the key of the sentence that says how to begin, or why this member is refused."""
        try:
            self._bot.services.intake.admit(message.author.id, message.guild.id if message.guild else None)
        except Refused as refused:
            return refused.key
        return "hint-command"

    async def _find_parent(
        self, message: discord.Message, mentioned: bool, last: Job
    ) -> tuple[Job, tuple[Source, ...]] | None:
        """Return the job to continue from and its picture, or None when the message is not for us."""
        if message.reference is not None:
            resolved = await self._replied_to(message)
            if resolved is None or not is_ours(self._bot, resolved):
                # Discord does not show us the text and pictures of others, so we can't know whether they are meant.
                if mentioned:
                    await self._hint(message, "hint-menu")
                return None
            marked = await self._job_finder.find_by_message(resolved, _server(message))
            if marked is not None:
                visible = pictures(resolved, await self._owners.of(resolved, _server(message)))
                return marked[0], tuple(visible[:1]) or self._sources_of(marked[0], message)
        elif not isinstance(message.channel, discord.Thread | discord.DMChannel):
            await self._hint(message, "hint-command")
            return None
        visible_result = await self._newest_result(message)
        if visible_result is not None:
            return visible_result
        newest = await self._bot.services.jobs.last_delivered(message.channel.id) or last
        if newest.result_id is None and brings_pictures(message):
            return newest, ()
        return newest, self._sources_of(newest, message)

    async def _newest_result(self, message: discord.Message) -> tuple[Job, tuple[Source, ...]] | None:
        """Return the last result above the message. Its delivery may not be stored yet."""
        try:
            async for older in message.channel.history(limit=LOOK_BACK, before=message):
                marked = await self._job_finder.find_by_message(older, _server(message)) if older.attachments else None
                if marked is not None and marked[1] == RESULT:
                    return marked[0], tuple(pictures(older, await self._owners.of(older, _server(message)))[:1])
        except discord.HTTPException:
            return None  # we may not read here, so the tables have to do
        return None

    async def _replied_to(self, message: discord.Message) -> discord.Message | None:
        """Return the message of this channel that is replied to, or None. A forward is no reply."""
        reference = message.reference
        if reference is None or reference.message_id is None or reference.channel_id != message.channel.id:
            return None
        if isinstance(reference.resolved, discord.Message):
            return reference.resolved
        try:
            return await message.channel.fetch_message(reference.message_id)
        except discord.HTTPException:
            return None

    def _sources_of(self, job: Job, message: discord.Message) -> tuple[Source, ...]:
        """Return the job's first painted picture, or the job's sources when there is no painted picture.

        Raises Refused when these are gone and the message brings none: else it would be painted from words alone.
        """
        result = result_of(job)
        if result is not None and job.destination.came_direct and result.channel_id != message.channel.id:
            if not brings_pictures(message):
                raise Refused("picture-direct")
            return ()
        if job.erased_id is not None:
            if not brings_pictures(message):
                raise Refused("picture-deleted")
            return ()
        if job.forgotten_at is not None and not brings_pictures(message):
            raise Refused("forgotten-picture")
        return job.sources if result is None else (result,)

    async def _hint(self, message: discord.Message, key: str) -> None:
        """Send a hint, but only once to each member in each place."""
        hint = (key, message.channel.id, message.author.id)
        if hint in self._hinted:
            return
        self._hinted[hint] = None
        while len(self._hinted) > REMEMBERED:
            self._hinted.popitem(last=False)
        await self._reply(message, self._bot.services.phrases.say(await self._locale(message), key))

    async def _reply(self, message: discord.Message, sentence: str) -> bool:
        """Send a reply. Return False when we may not write."""
        try:
            await message.reply(sentence, mention_author=False)
        except discord.HTTPException:
            return False
        return True

    async def _locale(self, message: discord.Message, parent: Job | None = None) -> str:
        """Return the language of the server's rules, or else the member's.

        A message does not tell the language of its writer. It is that of their previous order, else the server's at
        Discord.
        """
        usual = message.guild.preferred_locale.value if message.guild else "en"
        if parent is not None and parent.destination.requester_id == message.author.id:
            usual = parent.destination.locale
        return public_locale(await self._bot.services.rules.lately(message.guild.id if message.guild else None), usual)


def _server(message: discord.Message) -> int | None:
    """Return the id of the server in which a message stands, None for a direct message."""
    return message.guild.id if message.guild is not None else None


def _without_mention(text: str, bot_id: int) -> str:
    return re.sub(rf"<@!?{bot_id}>", " ", text).strip()
