"""About: which job a message of ours or a press is about. What people wrote is never asked."""

from __future__ import annotations

import discord

from bot.app import Retouch


def is_ours(bot: Retouch, message: discord.Message) -> bool:
    """Return whether the bot wrote this message.

    Its author is the bot's user. The application has an id of its own, which is another one for applications of
    before 2016: https://discord.com/developers/docs/resources/application#application-object
    """
    return bot.user is not None and message.author.id == bot.user.id
