"""All shapes together, with those of interactions on top.

https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object
"""

from __future__ import annotations

from typing import Any

from playground.world.interactions import Interaction
from playground.world.mentions import permissions_of
from playground.world.permissions import Permission

from .message_shapes import MessageShapes
from .place_shapes import member, role, user

Json = dict[str, Any]

BROUGHT_ALONG = (
    Permission.EMBED_LINKS | Permission.ATTACH_FILES | Permission.MENTION_EVERYONE | Permission.USE_EXTERNAL_EMOJIS
)
"""The permissions of a user-installed app, by the interaction's token, in a server that the bot is not in."""


class Shapes(MessageShapes):
    """The world's nouns, as they travel."""

    def interaction(self, of: Interaction) -> Json:
        """Build an interaction as in INTERACTION_CREATE. Permissions are those in this channel, as strings."""
        theirs = permissions_of(of.user, of.channel, self.world.clock())
        shape: Json = {
            "id": str(of.id), "application_id": str(self.world.application.id), "type": int(of.kind), "token": of.token,
            "version": 1, "data": self._data(of), "channel_id": str(of.channel.id),
            "channel": self.channel(of.channel) | {"permissions": str(theirs)}, "locale": of.user.locale,
            "app_permissions": str(int(BROUGHT_ALONG) if of.by_user_install else of.app_permissions),
            "entitlements": [], "entitlement_sku_ids": [],
            "authorizing_integration_owners": self._owners(of), "context": 0 if of.guild is not None else 1,
            "attachment_size_limit": of.guild.upload_limit if of.guild is not None else 10 * 1024 * 1024,
        }  # fmt: skip
        if of.guild is None:
            shape["user"] = user(of.user)
        else:
            shape |= {
                "guild_id": str(of.guild.id), "guild_locale": of.guild.locale,
                "guild": {"id": str(of.guild.id), "locale": of.guild.locale, "features": []},
                "member": member(of.guild.members[of.user.id]) | {"permissions": str(theirs)},
            }  # fmt: skip
        if of.source is not None:
            shape["message"] = self.message(of.source)
        return shape

    def _data(self, of: Interaction) -> Json:
        data = dict(of.data)
        resolved = {}
        for kind, things in of.resolved.items():
            resolved[kind] = {str(snowflake): self._resolved(kind, thing, of) for snowflake, thing in things.items()}
        if resolved:
            data["resolved"] = resolved
        return data

    def _resolved(self, kind: str, thing: Any, of: Interaction) -> Json:
        if kind == "users":
            return user(thing)
        if kind == "members":
            bits = permissions_of(thing.user, of.channel, self.world.clock())
            return member(thing, with_user=False) | {"permissions": str(bits)}
        if kind == "roles":
            return role(thing)
        if kind == "channels":
            return self.channel(thing) | {"permissions": str(permissions_of(of.user, thing, self.world.clock()))}
        if kind == "messages":
            return self.message(thing)
        return self.attachment(thing, of.channel)
