"""People and places in the JSON shapes of Discord's API v10."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from playground.world.looks import hash_of
from playground.world.mentions import permissions_of
from playground.world.people import Application, Role, User
from playground.world.places import Channel, ChannelType, Guild, Membership, Overwrite
from playground.world.world import World

from .signing import Signer

Json = dict[str, Any]


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


def user(person: User) -> Json:
    return {
        "id": str(person.id), "username": person.name.lower() if not person.bot else person.name,
        "global_name": None if person.bot else person.name,
        "discriminator": "0001" if person.bot else "0", "avatar": hash_of(person.avatar), "bot": person.bot,
        "system": False, "flags": 0, "public_flags": 0, "banner": None, "accent_color": None,
        "avatar_decoration_data": None, "collectibles": None, "primary_guild": None,
    }  # fmt: skip


def member(membership: Membership, *, with_user: bool = True) -> Json:
    shape: Json = {
        "nick": membership.nick, "avatar": hash_of(membership.avatar), "banner": None,
        "roles": [str(role.id) for role in membership.roles],
        "joined_at": iso(membership.joined_at), "premium_since": None, "deaf": False, "mute": False, "flags": 0,
        "pending": False,
        "communication_disabled_until": None if membership.timed_out_until is None else iso(membership.timed_out_until),
    }  # fmt: skip
    if with_user:
        shape["user"] = user(membership.user)
    return shape


def role(server_role: Role) -> Json:
    shape: Json = {
        "id": str(server_role.id), "name": server_role.name, "permissions": str(server_role.permissions),
        "position": server_role.position, "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None}, "hoist": False,
        "managed": server_role.bot is not None, "mentionable": server_role.mentionable, "icon": None,
        "unicode_emoji": None, "flags": 0,
    }  # fmt: skip
    if server_role.bot is not None:
        shape["tags"] = {"bot_id": str(server_role.bot.id)}
    return shape


def application(app: Application, guilds: int) -> Json:
    return {
        "id": str(app.id), "name": app.name, "icon": None, "description": "", "type": None, "bot": user(app.user),
        "bot_public": True, "bot_require_code_grant": False, "verify_key": "0" * 64, "flags": app.flags,
        "flags_new": str(app.flags), "owner": user(app.owner), "team": None, "redirect_uris": [],
        "interactions_endpoint_url": None, "role_connections_verification_url": None, "approximate_guild_count": guilds,
        "approximate_user_install_count": 0, "approximate_user_authorization_count": 0, "explicit_content_filter": 0,
        "eligible_oauth2_scopes": [], "integration_types_config": {"0": {}, "1": {}},
    }  # fmt: skip


def overwrite(rule: Overwrite) -> Json:
    kind = int(isinstance(rule.target, User))
    return {
        "id": str(rule.target.id),
        "type": kind,
        "allow": str(rule.allow),
        "deny": str(rule.deny),
    }


class PlaceShapes:
    """Servers, channels and threads. ``signer`` knows the addresses that files are served under."""

    def __init__(self, world: World, signer: Signer) -> None:
        self.world = world
        self.signer = signer

    def channel(self, channel: Channel) -> Json:
        public = (message for message in reversed(channel.messages.values()) if message.seen_only_by is None)
        last = next((str(message.id) for message in public), None)
        shape: Json = {
            "id": str(channel.id),
            "type": int(channel.kind),
            "flags": 0,
            "last_message_id": last,
            "last_pin_timestamp": None,
        }
        if channel.guild is None:
            return shape | {"recipients": [user(recipient) for recipient in channel.recipients]}
        shape |= {"guild_id": str(channel.guild.id), "name": channel.name, "rate_limit_per_user": channel.slowmode,
                  "parent_id": None if channel.parent is None else str(channel.parent.id)}  # fmt: skip
        if channel.is_thread:
            return shape | self._thread(channel)
        shape |= {
            "topic": channel.topic, "position": channel.position, "nsfw": channel.nsfw,
            "permission_overwrites": [overwrite(rule) for rule in channel.overwrites.values()],
        }  # fmt: skip
        if channel.kind in (ChannelType.VOICE, ChannelType.STAGE):
            shape |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
        if channel.kind is ChannelType.FORUM:
            shape |= {"available_tags": [], "default_reaction_emoji": None, "default_sort_order": None,
                      "default_forum_layout": 0}  # fmt: skip
        return shape

    def _thread(self, thread: Channel) -> Json:
        assert thread.owner is not None  # the user who opened it
        shape: Json = {
            "owner_id": str(thread.owner.id), "message_count": max(0, thread.sent), "total_message_sent": thread.sent,
            "member_count": len(thread.joined), "rate_limit_per_user": thread.slowmode,
            "thread_metadata": {
                "archived": thread.archived, "locked": thread.locked, "auto_archive_duration": thread.auto_archive,
                "archive_timestamp": iso(thread.archive_changed_at), "create_timestamp": iso(thread.archive_changed_at),
            },
        }  # fmt: skip
        joined = thread.joined.get(self.world.bot.id)
        if joined is not None:
            shape["member"] = {
                "id": str(thread.id),
                "user_id": str(self.world.bot.id),
                "join_timestamp": iso(joined),
                "flags": 0,
            }
        return shape

    def guild(self, guild: Guild, *, everybody: bool) -> Json:
        """Build a server as in GUILD_CREATE. Without the members intent only the bot itself is listed."""
        bot = self.world.bot
        places = list(guild.channels.values())
        listed = [membership for membership in guild.members.values() if everybody or membership.user is bot]
        return self.partial_guild(guild) | {
            "joined_at": iso(guild.members[bot.id].joined_at), "large": False, "unavailable": False,
            "member_count": len(guild.members), "members": [member(membership) for membership in listed],
            "channels": [self.channel(place) for place in places if not place.is_thread],
            "threads": [
                self.channel(place) for place in places
                if place.is_thread and not place.archived and permissions_of(bot, place, self.world.clock())
            ],
            "voice_states": [], "presences": [], "stage_instances": [], "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }  # fmt: skip

    def partial_guild(self, guild: Guild) -> Json:
        return {
            "id": str(guild.id), "name": guild.name, "icon": None, "icon_hash": None, "splash": None,
            "discovery_splash": None,
            "owner_id": str(guild.owner.id), "afk_channel_id": None, "afk_timeout": 300, "verification_level": 0,
            "default_message_notifications": 0, "explicit_content_filter": 0, "emojis": [], "stickers": [],
            "features": [],
            "roles": [role(server_role) for server_role in guild.roles.values()], "mfa_level": 0,
            "application_id": None,
            "system_channel_id": None, "system_channel_flags": 0, "rules_channel_id": None, "vanity_url_code": None,
            "description": None, "banner": None, "premium_tier": guild.boost, "premium_subscription_count": 0,
            "preferred_locale": guild.locale, "public_updates_channel_id": None, "nsfw": False, "nsfw_level": 0,
            "premium_progress_bar_enabled": False, "safety_alerts_channel_id": None,
        }  # fmt: skip
