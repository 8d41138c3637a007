"""What Discord says of the bot: its token, intents, commands and permissions; and what time it is there."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from email.utils import parsedate_to_datetime
from typing import Any, Final

import aiohttp
import discord
from discord.http import Route

from bot.doctor.finding import Finding
from bot.doctor.permissions import invite_link, missing

USER_AGENT: Final = "DiscordBot (https://github.com/retouch, 0.1)"
"""Discord refuses libraries' default names. https://docs.discord.com/developers/reference#user-agent"""

SKEW: Final = 10.0
"""Seconds by which the clock may differ: times on cards and the age of webhooks go by it."""

_UNREACHABLE: Final = "can't be reached ({error}): check this machine's network, DNS, and the firewall or proxy"


class DiscordChecks:
    """Asks Discord with the bot's token. Changes nothing there."""

    def __init__(self, session: aiohttp.ClientSession, token: str, clock: Callable[[], float] = time.time) -> None:
        self._session = session
        self._headers = {"Authorization": f"Bot {token}", "User-Agent": USER_AGENT}
        self._clock = clock
        self._date: str | None = None

    async def findings(self, channel_id: int | None, operator_ids: frozenset[int]) -> AsyncIterator[Finding]:
        """Yield what is known of each matter. Without a good token nothing else can be asked."""
        try:
            status, application = await self._get("/oauth2/applications/@me")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            yield Finding("Discord", False, _UNREACHABLE.format(error=type(error).__name__))
            return
        yield self._time()
        if status != 200:
            yield _refused(status)
            return
        app_id = int(application["id"])
        yield Finding("token", True, f"it belongs to {application['name']} (application {app_id})")
        yield Finding("invite", True, invite_link(app_id))
        yield _intents(application)
        yield _operators(application, operator_ids)
        async for finding in self._places(app_id, channel_id):
            yield finding

    async def _places(self, app_id: int, channel_id: int | None) -> AsyncIterator[Finding]:
        """Yield what is known of the commands, the servers and the channel."""
        status, commands = await self._get(f"/applications/{app_id}/commands")
        names = [str(command["name"]) for command in commands] if status == 200 else []
        if "edit" in names:
            yield Finding("commands", True, f"Discord knows {len(names)}: {', '.join(sorted(names))}")
        else:
            yield Finding("commands", False, "Discord does not know /edit yet: start the bot once, which tells it")
        status, guilds = await self._get("/users/@me/guilds")
        if status == 200 and guilds:
            yield Finding("servers", True, f"the bot is in {len(guilds)}")
        else:
            yield Finding("servers", False, 'the bot is in none: open the address beside "invite" and add it to one')
        if channel_id is not None:
            yield await self._channel(channel_id)

    async def _channel(self, channel_id: int) -> Finding:
        """Return whether the bot may do in a channel what it needs."""
        matter = f"channel {channel_id}"
        status, channel = await self._get(f"/channels/{channel_id}")
        if status != 200:
            reason = "it may not see it" if status == 403 else "there is none with this id where the bot is"
            return Finding(
                matter, False, f"{reason}: check the id, the invitation, and View Channels for the bot's role"
            )
        if "guild_id" not in channel:
            return Finding(matter, False, "it is a direct message: give the id of a server's channel")
        if "thread_metadata" in channel:
            _, channel = await self._get(f"/channels/{channel['parent_id']}")
        guild_id = channel["guild_id"]
        _, bot = await self._get("/users/@me")
        _, guild = await self._get(f"/guilds/{guild_id}")
        _, roles = await self._get(f"/guilds/{guild_id}/roles")
        status, member = await self._get(f"/guilds/{guild_id}/members/{bot['id']}")
        if status != 200:
            return Finding(matter, False, "the bot is no member of its server: invite it again")
        lacking = missing(member, guild, roles, channel)
        if lacking:
            return Finding(matter, False, f"the bot lacks {', '.join(lacking)}: allow it to the bot's role there")
        return Finding(matter, True, f"the bot has every permission that it needs in #{channel.get('name', '?')}")

    def _time(self) -> Finding:
        """Compare the clock with the moment of Discord's last answer."""
        if self._date is None:
            return Finding("clock", True, "Discord's answer has no date to compare with")
        ahead = self._clock() - parsedate_to_datetime(self._date).timestamp()
        if abs(ahead) <= SKEW:
            return Finding("clock", True, f"within {SKEW:.0f} s of Discord's")
        side = "fast" if ahead > 0 else "slow"
        return Finding("clock", False, f"it is {abs(ahead):.0f} s {side}: let NTP set it (timedatectl set-ntp true)")

    async def _get(self, path: str) -> tuple[int, Any]:
        """Return the status and the JSON of an answer; None where it holds none."""
        async with self._session.get(Route("GET", path).url, headers=self._headers) as response:
            self._date = response.headers.get("Date", self._date)
            try:
                return response.status, await response.json(content_type=None)
            except ValueError:
                return response.status, None


def _refused(status: int) -> Finding:
    if status == 401:
        return Finding("token", False, "Discord refuses DISCORD_TOKEN: reset it under Bot in the developer portal")
    if status in (403, 429):
        return Finding(
            "token", False, f"Discord turns this address away for now ({status}): wait an hour, then try again"
        )
    return Finding("token", False, f"Discord answers {status}: see https://discordstatus.com, then try again")


def _intents(application: dict[str, Any]) -> Finding:
    """Return that the bot needs no privileged intent, and which are on for nothing."""
    flags = discord.ApplicationFlags._from_value(int(application.get("flags") or 0))
    granted = {
        "Presence": flags.gateway_presence or flags.gateway_presence_limited,
        "Server Members": flags.gateway_guild_members or flags.gateway_guild_members_limited,
        "Message Content": flags.gateway_message_content or flags.gateway_message_content_limited,
    }
    needless = [name for name, on in granted.items() if on]
    if needless:
        return Finding("intents", True, f"none is needed; {', '.join(needless)} may be turned off in the portal")
    return Finding("intents", True, "no privileged one is on, and none is needed")


def _operators(application: dict[str, Any], operator_ids: frozenset[int]) -> Finding:
    if operator_ids:
        return Finding("operators", True, f"{len(operator_ids)} in OPERATOR_IDS")
    owner = (application.get("owner") or {}).get("id", "your own id")
    return Finding("operators", False, f"OPERATOR_IDS is empty, so nobody is told of trouble: set it to {owner}")
