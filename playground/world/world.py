"""The world: everything that a small Discord holds, in memory. No I/O; listeners get an event for each change."""

from __future__ import annotations

import asyncio
import base64
import secrets
import time
from collections.abc import Callable
from typing import Any, Final

from playground.world import conversation
from playground.world.clock import Clock
from playground.world.interactions import ANSWER_WITHIN, Interaction
from playground.world.looks import Sticker
from playground.world.mentions import permissions_of
from playground.world.people import Application, Role, User
from playground.world.permissions import EVERYONE, Permission
from playground.world.places import Channel, ChannelType, Guild, InteractionType, Membership, Overwrite
from playground.world.state import WorldState
from playground.world.transcript_text import plain_transcript

Json = dict[str, Any]

LOOK_AGAIN: Final = 0.25
"""Seconds after which an unanswered interaction is looked at again, where the machine was to blame so far."""


class World(WorldState):
    """One application (the bot), its servers and people. ``clock`` gives seconds since 1970."""

    def __init__(self, clock: Callable[[], float] = time.time, *, bot_name: str = "Retouch") -> None:
        super().__init__(clock if isinstance(clock, Clock) else Clock(clock))
        self.clock.on_advance(self.tick)
        self.interactions: dict[int, Interaction] = {}
        self.commands: list[Json] = []
        """Registered application commands, as Discord answers them; ``guild_id`` is set where one is a server's own."""
        self.external: dict[str, tuple[bytes, str]] = {}
        """Pictures elsewhere on the web, by address: bytes and content type. Reached through proxy_url only."""
        self.stickers: dict[int, Sticker] = {}
        self.takes_file_types = True
        """Whether Discord takes ``file_types``; it refuses a command or a form that has them otherwise."""
        self.album: dict[str, bytes] = {}
        """Pictures that people have at hand, by file name: ``await ana.edit("cat.jpg", "as a lithograph")``."""
        self.nonces: dict[tuple[int, int, str], tuple[float, int]] = {}
        bot = self.add_user(bot_name, bot=True)
        owner = self.add_user("Operator")
        # A token looks like a real one: the bot's id comes first. It opens nothing but this world.
        head = base64.b64encode(str(bot.id).encode()).decode().rstrip("=")
        token = f"{head}.{secrets.token_urlsafe(4)}.{secrets.token_urlsafe(28)}"
        # Two ids, as applications from before 2016 have them: code that takes one for the other fails here.
        self.application = Application(self.clock.snowflake(), bot_name, token, bot, owner)

    # People and places

    def add_user(self, name: str, *, bot: bool = False, locale: str = "en-US") -> User:
        user = User(self.clock.snowflake(), name, bot=bot, locale=locale)
        self.users[user.id] = user
        return user

    def user(self, name: str) -> User:
        """Return the user of this name. Raises KeyError."""
        for user in self.users.values():
            if user.name == name:
                return user
        raise KeyError(name)

    def add_guild(
        self, name: str, owner: User, *, with_bot: bool = True, locale: str = "en-US", boost: int = 0
    ) -> Guild:
        guild = Guild(self.clock.snowflake(), name, owner, locale=locale, boost=boost)
        guild.roles[guild.id] = Role(guild.id, "@everyone", EVERYONE, position=0)
        self.guilds[guild.id] = guild
        self.join(owner, guild)
        if with_bot:
            self.join(self.bot, guild)
        return guild

    def join(self, user: User, guild: Guild, *roles: Role) -> Membership:
        """Add a user to a server; a bot brings a role of its own along. For our bot that is a GUILD_CREATE."""
        own = [self.add_role(guild, user.name, EVERYONE, bot=user)] if user.bot else []
        member = guild.members[user.id] = Membership(user, guild, self.clock(), [*roles, *own])
        if user is self.bot:
            self.tell("GUILD_CREATE", guild)
        else:
            self.tell("GUILD_MEMBER_ADD", member)
        return member

    def leave(self, user: User, guild: Guild) -> None:
        """Remove a user who left or was kicked. For the bot itself that is a GUILD_DELETE."""
        member = guild.members.pop(user.id)
        if user is self.bot:
            self.tell("GUILD_DELETE", guild)
        else:
            self.tell("GUILD_MEMBER_REMOVE", member)

    def add_role(
        self, guild: Guild, name: str, permissions: int = 0, *, mentionable: bool = False, bot: User | None = None
    ) -> Role:
        role = Role(self.clock.snowflake(), name, permissions, len(guild.roles), mentionable, bot)
        guild.roles[role.id] = role
        self.tell("GUILD_ROLE_CREATE", role, guild=guild)
        return role

    def add_sticker(self, name: str, format_type: int, data: bytes) -> Sticker:
        """Add a sticker that anybody can send. ``format_type`` as in ``playground.world.looks``."""
        sticker = Sticker(self.clock.snowflake(), name, format_type, data)
        self.stickers[sticker.id] = sticker
        return sticker

    def give(self, user: User, role: Role, guild: Guild) -> None:
        guild.members[user.id].roles.append(role)
        self.tell("GUILD_MEMBER_UPDATE", guild.members[user.id])

    def set_permissions(self, guild: Guild, role: Role, permissions: int) -> None:
        role.permissions = int(permissions)
        self.tell("GUILD_ROLE_UPDATE", role, guild=guild)

    def overwrite(self, channel: Channel, target: Role | User, *, allow: int = 0, deny: int = 0) -> None:
        """Allow or deny something to a role or a user in one channel; replaces what was said about them before."""
        channel.overwrites[target.id] = Overwrite(target, int(allow), int(deny))
        self.tell("CHANNEL_UPDATE", channel)

    def add_channel(self, guild: Guild, name: str, kind: ChannelType = ChannelType.TEXT, **more: Any) -> Channel:
        channel = Channel(self.clock.snowflake(), kind, name, guild, position=len(guild.channels), **more)
        guild.channels[channel.id] = self.channels[channel.id] = channel
        self.tell("CHANNEL_CREATE", channel)
        return channel

    def channel(self, name: str) -> Channel:
        """Return the first channel or thread of this name, in any server. Raises KeyError."""
        for channel in self.channels.values():
            if channel.guild is not None and channel.name == name.removeprefix("#"):
                return channel
        raise KeyError(name)

    def remove_channel(self, channel: Channel) -> None:
        for thread in channel.threads:
            self.remove_channel(thread)
        assert channel.guild is not None  # a DM can't be removed
        del channel.guild.channels[channel.id], self.channels[channel.id]
        self.record("deleted", "someone", channel, "the thread" if channel.is_thread else "the channel")
        self.tell("THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE", channel)

    def dm(self, user: User) -> Channel:
        """Return the direct conversation between this user and the bot, made at the first call."""
        for channel in self.channels.values():
            if channel.kind is ChannelType.DM and channel.recipients == [user]:
                return channel
        channel = Channel(self.clock.snowflake(), ChannelType.DM, recipients=[user])
        self.channels[channel.id] = channel
        return channel

    # Interactions

    def interact(self, kind: InteractionType, user: User, channel: Channel, data: Json, **more: Any) -> Interaction:
        """Start an interaction and send it to the gateway at once. It fails by itself after 3 s without an answer."""
        guild = channel.guild
        interaction = Interaction(
            self.clock.snowflake(), kind, user, guild, data, token=secrets.token_urlsafe(60), channel=channel,
            created_at=self.clock(), world=self, held_up_before=self.held_up(),
            app_permissions=permissions_of(self.bot, channel, self.clock()),
            by_user_install=guild is not None and self.bot.id not in guild.members, **more,
        )  # fmt: skip
        self.interactions[interaction.id] = interaction
        words = {
            InteractionType.COMMAND: "command",
            InteractionType.COMPONENT: "press",
            InteractionType.AUTOCOMPLETE: "autocomplete",
        }
        if data.get("component_type", 2) != 2:
            words[InteractionType.COMPONENT] = "select"
        self.record(words.get(kind, "submit"), user.name, channel, interaction.name, interaction=str(interaction.id))
        self._time(interaction, ANSWER_WITHIN + 0.01)
        self.tell("INTERACTION_CREATE", interaction)
        return interaction

    # Time

    def _time(self, interaction: Interaction, seconds: float) -> None:
        interaction.timer = asyncio.get_running_loop().call_later(seconds, self._ring, interaction)

    def _ring(self, interaction: Interaction) -> None:
        """Check an interaction whose three seconds are over: perhaps not all of them were the bot's.

        Others have timers of their own: a thousand that looked at all would keep the bot waiting for this world.
        """
        self._judge(interaction)
        self.changed()
        if not interaction.answered and not interaction.failed:
            self._time(interaction, LOOK_AGAIN)

    def tick(self) -> None:
        """Update what has become due: interactions fail, quiet threads are archived."""
        for interaction in self.interactions.values():
            self._judge(interaction)
        for guild in self.guilds.values():
            for thread in guild.active_threads:
                if self.clock() - thread.active_at > thread.auto_archive * 60:
                    conversation.change_thread(self, thread, by="Discord", archived=True)
        self.changed()

    def _judge(self, interaction: Interaction) -> None:
        if interaction.overdue and not interaction.failed:
            interaction.failed = True
            self.record("failed", interaction.user.name, interaction.channel, "The application did not respond",
                        interaction=str(interaction.id))  # fmt: skip

    def rest(self) -> None:
        """Stop all timers; the world has closed."""
        for interaction in self.interactions.values():
            if interaction.timer is not None:
                interaction.timer.cancel()

    @property
    def plain_transcript(self) -> str:
        """Return what happened, without ids and times: the same text for the same things."""
        return plain_transcript(self)


def studio(clock: Callable[[], float] = time.time) -> World:
    """Build the demo: the server "Retouch Studio" with #general and #photos, Ana, Ben, Chiyo and Dagny, and the bot."""
    world = World(clock)
    owner = world.add_user("Dagny")
    guild = world.add_guild("Retouch Studio", owner)
    for name, locale in (("Ana", "en-US"), ("Ben", "de"), ("Chiyo", "ja")):
        world.join(world.add_user(name, locale=locale), guild)
    moderators = world.add_role(guild, "Moderators", int(Permission.MANAGE_MESSAGES | Permission.MANAGE_GUILD))
    world.give(world.user("Chiyo"), moderators, guild)
    world.add_channel(guild, "general", topic="Say hello")
    world.add_channel(guild, "photos", topic="Pictures to be edited")
    return world
