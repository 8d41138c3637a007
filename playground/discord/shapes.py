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

    def interaction(self, interaction: Interaction) -> Json:
        """Build an interaction as in INTERACTION_CREATE. Permissions are those in this channel, as strings."""
        bits = permissions_of(interaction.user, interaction.channel, self.world.clock())
        guild = interaction.guild
        shape: Json = {
            "id": str(interaction.id), "application_id": str(self.world.application.id),
            "type": int(interaction.kind), "token": interaction.token,
            "version": 1, "data": self._data(interaction), "channel_id": str(interaction.channel.id),
            "channel": self.channel(interaction.channel) | {"permissions": str(bits)},
            "locale": interaction.user.locale,
            "app_permissions": str(int(BROUGHT_ALONG) if interaction.by_user_install else interaction.app_permissions),
            "entitlements": [], "entitlement_sku_ids": [],
            "authorizing_integration_owners": self._owners(interaction), "context": 0 if guild is not None else 1,
            "attachment_size_limit": guild.upload_limit if guild is not None else 10 * 1024 * 1024,
        }  # fmt: skip
        if guild is None:
            shape["user"] = user(interaction.user)
        else:
            shape |= {
                "guild_id": str(guild.id), "guild_locale": guild.locale,
                "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
                "member": member(guild.members[interaction.user.id]) | {"permissions": str(bits)},
            }  # fmt: skip
        if interaction.source is not None:
            shape["message"] = self.message(interaction.source)
        return shape

    def _data(self, interaction: Interaction) -> Json:
        data = dict(interaction.data)
        resolved = {}
        for kind, things in interaction.resolved.items():
            resolved[kind] = {
                str(snowflake): self._resolved(kind, thing, interaction) for snowflake, thing in things.items()
            }
        if resolved:
            data["resolved"] = resolved
        return data

    def _resolved(self, kind: str, thing: Any, interaction: Interaction) -> Json:
        if kind == "users":
            return user(thing)
        if kind == "members":
            bits = permissions_of(thing.user, interaction.channel, self.world.clock())
            return member(thing, with_user=False) | {"permissions": str(bits)}
        if kind == "roles":
            return role(thing)
        if kind == "channels":
            return self.channel(thing) | {
                "permissions": str(permissions_of(interaction.user, thing, self.world.clock()))
            }
        if kind == "messages":
            return self.message(thing)
        return self.attachment(thing, interaction.channel)
