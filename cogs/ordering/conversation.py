"""The conversation: in a thread of ours, a reply to a picture or a mention of the bot is the next order."""

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
from cogs.ordering.place_order import OrderPlacement, spoken
from cogs.ui.attachments import attachment, pictures
from cogs.ui.cards import RESULT
from cogs.ui.job_of_message import About, is_ours

LOOK_BACK: Final = 25
"""Messages among which the last picture is sought."""

_log = logging.getLogger(__name__)

REMEMBERED: Final = 1000
"""How many hints are remembered, so that nobody gets the same one twice."""


class Conversation(commands.Cog):
    """Reads only what is addressed to the bot. Needs no privileged intent: Discord shows such messages in full.

    https://discord.com/developers/docs/events/gateway#message-content-intent
    """

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self._placement = OrderPlacement(bot)
        self._owners = Owners(bot)
        self._about = About(bot)
        self._hinted: OrderedDict[tuple[str, int, int], None] = OrderedDict()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Never our own words, another bot's, or an edit; and only what calls on us."""
        if message.author.bot or message.webhook_id is not None or self._bot.user is None:
            return
        if message.type not in (discord.MessageType.default, discord.MessageType.reply):
            return
        mentioned = self._bot.user.mentioned_in(message) and not message.mention_everyone
        if not mentioned and message.reference is None:
            return
        try:
            await self._heard(message, mentioned)
        except RetouchError as error:
            if error.key != "refused-twice":  # after a lost connection we may be told again: the card is there
                await self._explain(message, error)
        except Exception:  # noqa: BLE001 - whatever it is, the member is told, and the log knows it
            _log.exception("a message could not be answered")
            await self._explain(message, RetouchError())

    async def _explain(self, message: discord.Message, error: RetouchError) -> None:
        sentence = self._bot.services.phrases.explain(await self._locale(message), error)
        if not await self._say(message, sentence):
            with suppress(discord.HTTPException):  # who closed their direct messages can't be told at all
                await message.author.send(sentence)

    async def _heard(self, message: discord.Message, mentioned: bool) -> None:
        jobs, place = self._bot.services.jobs, message.channel.id
        last = await jobs.last_in(place)
        if last is None:
            if mentioned:
                await self._hint(message, self._greeting(message))
            return
        meant = await self._meant(message, mentioned, last)
        if meant is None:
            return
        parent, sources = meant
        prompt = _without_mention(message.content, self._bot.user.id if self._bot.user else 0)
        if not prompt and not message.attachments:
            await self._hint(message, await self._why_empty(message, mentioned))
            return
        sources += tuple(attachment(one, (message.author.id,)) for one in message.attachments)
        order = Order(prompt, parent.order.model, None, parent.order.resolution, sources=sources)
        locale = await self._locale(message, parent)
        await self._placement.take_message(message, order, locale, parent_id=parent.id)

    async def _why_empty(self, message: discord.Message, mentioned: bool) -> str:
        """Return the key of the hint for a message without words.

        Discord keeps the words of a reply from us where it does not ping, and of each reply to an interaction's answer.
        https://discord.com/developers/docs/gateway/you-might-not-need-a-privileged-intent
        """
        if not mentioned:
            return "hint-ping"
        replied = await self._replied_to(message) if not message.content else None
        return "hint-prompt" if replied is None or replied.interaction_metadata is None else "hint-reply"

    def _greeting(self, message: discord.Message) -> str:
        """How to begin; where nothing is done for them, that. The sentence's key."""
        try:
            self._bot.services.intake.admit(message.author.id, message.guild.id if message.guild else None)
        except Refused as refused:
            return refused.key
        return "hint-command"

    async def _meant(
        self, message: discord.Message, mentioned: bool, last: Job
    ) -> tuple[Job, tuple[Source, ...]] | None:
        """The job to go on from and its picture; None where the message is not for us."""
        jobs = self._bot.services.jobs
        if message.reference is not None:
            resolved = await self._replied_to(message)
            if resolved is None or not is_ours(self._bot, resolved):
                # What others wrote is not shown to us, nor are their pictures: it may or may not be what is meant.
                if mentioned:
                    await self._hint(message, "hint-menu")
                return None
            known = await self._about.message(resolved, _server(message))
            if known is not None:
                shown = pictures(resolved, await self._owners.of(resolved, _server(message)))
                return known[0], tuple(shown[:1]) or self._seen(known[0], message)
        elif not isinstance(message.channel, discord.Thread | discord.DMChannel):
            await self._hint(message, "hint-command")
            return None
        found = await self._newest_shown(message)
        if found is not None:
            return found
        newest = await jobs.last_delivered(message.channel.id) or last
        return newest, () if newest.result_id is None and message.attachments else self._seen(newest, message)

    async def _newest_shown(self, message: discord.Message) -> tuple[Job, tuple[Source, ...]] | None:
        """The last picture that people see above the message: our tables may not know yet that it was delivered."""
        try:
            async for older in message.channel.history(limit=LOOK_BACK, before=message):
                known = await self._about.message(older, _server(message)) if older.attachments else None
                if known is not None and known[1] == RESULT:
                    return known[0], tuple(pictures(older, await self._owners.of(older, _server(message)))[:1])
        except discord.HTTPException:
            return None  # we may not read here: then our tables have to do
        return None

    async def _replied_to(self, message: discord.Message) -> discord.Message | None:
        """The message of this channel that is answered. A forwarded one is of elsewhere, and answers nothing."""
        reference = message.reference
        if reference is None or reference.message_id is None or reference.channel_id != message.channel.id:
            return None
        if isinstance(reference.resolved, discord.Message):
            return reference.resolved
        try:
            return await message.channel.fetch_message(reference.message_id)
        except discord.HTTPException:
            return None

    def _seen(self, job: Job, message: discord.Message) -> tuple[Source, ...]:
        """The job's first painted picture; where there is none, what it was to be painted from.

        Raises Refused where that is forgotten and the message brings none: else it would be painted from words alone.
        """
        found = result_of(job)
        if found is not None and job.destination.came_direct and found.channel_id != message.channel.id:
            if not message.attachments:
                raise Refused("picture-direct")
            return ()
        if job.erased_id is not None:
            if not message.attachments:
                raise Refused("picture-deleted")
            return ()
        if job.forgotten_at is not None and not message.attachments:
            raise Refused("forgotten-picture")
        return job.sources if found is None else (found,)

    async def _hint(self, message: discord.Message, key: str) -> None:
        """One hint of a kind for each member in each place."""
        known = (key, message.channel.id, message.author.id)
        if known in self._hinted:
            return
        self._hinted[known] = None
        while len(self._hinted) > REMEMBERED:
            self._hinted.popitem(last=False)
        await self._say(message, self._bot.services.phrases.say(await self._locale(message), key))

    async def _say(self, message: discord.Message, sentence: str) -> bool:
        """False where we may not write."""
        try:
            await message.reply(sentence, mention_author=False)
        except discord.HTTPException:
            return False
        return True

    async def _locale(self, message: discord.Message, parent: Job | None = None) -> str:
        """The one that the server wants. A message does not say its writer's: the one they ordered in before, else the
        server's at Discord.
        """
        usual = message.guild.preferred_locale.value if message.guild else "en"
        if parent is not None and parent.destination.requester_id == message.author.id:
            usual = parent.destination.locale
        return spoken(await self._bot.services.rules.lately(message.guild.id if message.guild else None), usual)


def _server(message: discord.Message) -> int | None:
    """Return the id of the server in which a message stands, None for a direct message."""
    return message.guild.id if message.guild is not None else None


def _without_mention(text: str, bot_id: int) -> str:
    return re.sub(rf"<@!?{bot_id}>", " ", text).strip()
