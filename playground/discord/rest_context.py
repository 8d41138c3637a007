"""The context of a REST handler: the world, the request that came in, and the answer that goes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.hooks import Call
from playground.world.mentions import permissions_of
from playground.world.messages import Upload
from playground.world.permissions import Permission
from playground.world.places import Channel, Guild, Message
from playground.world.world import World

from .errors import Refusal
from .shapes import Shapes

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


NOTHING = Answer(204)


@dataclass(slots=True)
class RestRequest:
    """One request, read in full. ``uploads`` are its files, by the n of ``files[n]``."""

    call: Call
    query: Mapping[str, str] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    @property
    def body(self) -> Json:
        """Return the JSON object of the body. Raises Refusal where there is none."""
        if isinstance(self.call.json, dict):
            return self.call.json
        if self.call.json is None:
            return {}
        raise Refusal(
            50035, errors={"_errors": [{"code": "DICT_TYPE_CONVERT", "message": "Only dictionaries may be used"}]}
        )

    def id(self, name: str) -> int:
        """Return an id in the path. Raises Refusal where it is not a number."""
        text = self.call.params[name]
        if text == "@me":
            return 0
        if not text.isascii() or not text.isdigit():
            message = f'Value "{text}" is not snowflake.'
            raise Refusal(
                50035, errors={name + "_id": {"_errors": [{"code": "NUMBER_TYPE_COERCE", "message": message}]}}
            )
        return int(text)


@dataclass(frozen=True, slots=True)
class RestContext:
    world: World
    shapes: Shapes

    def channel(self, request: RestRequest, *needs: Permission) -> Channel:
        """Return the channel in the path. Raises Refusal 10003, 50001 (not seen) or 50013 (not permitted)."""
        channel = self.world.channels.get(request.id("channel"))
        if channel is None:
            raise Refusal(10003)
        self.need(channel, *needs)
        return channel

    def need(self, channel: Channel, *needs: Permission) -> None:
        bits = permissions_of(self.world.bot, channel, self.world.clock())
        if not bits & Permission.VIEW_CHANNEL:
            raise Refusal(50001, foreseeable=self._told_without(channel, Permission.VIEW_CHANNEL))
        for permission in needs:
            if not bits & permission:
                raise Refusal(50013, foreseeable=self._told_without(channel, permission))

    def _told_without(self, channel: Channel, permission: Permission) -> bool:
        """Return whether the last interaction in this place said, by its app_permissions, that the bot may not."""
        for interaction in reversed(self.world.interactions.values()):
            if interaction.channel in (channel, channel.parent):
                return not interaction.app_permissions & permission
        return False

    def may(self, channel: Channel, permission: Permission) -> bool:
        return bool(permissions_of(self.world.bot, channel, self.world.clock()) & permission)

    def message(self, request: RestRequest, channel: Channel) -> Message:
        """Return the message in the path. An ephemeral one does not exist for the bot's token. Raises Refusal 10008."""
        message = channel.messages.get(request.id("message"))
        if message is None or message.seen_only_by is not None:
            raise Refusal(10008)
        return message

    def guild(self, request: RestRequest) -> Guild:
        guild = self.world.guilds.get(request.id("guild"))
        if guild is None or self.world.bot.id not in guild.members:
            raise Refusal(10004)
        return guild


Handler = Callable[[RestContext, RestRequest], Answer]
