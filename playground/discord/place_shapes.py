"""People and places in the JSON shapes of Discord's API v10."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from playground.world.mentions import permissions_of
from playground.world.people import Application, Role, User
from playground.world.places import Channel, ChannelType, Guild, Membership, Overwrite
from playground.world.world import World

from .signing import Signer

Json = dict[str, Any]


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


def user(of: User) -> Json:
    return {
        "id": str(of.id), "username": of.name.lower() if not of.bot else of.name,
        "global_name": None if of.bot else of.name,
        "discriminator": "0001" if of.bot else "0", "avatar": None, "bot": of.bot, "system": False, "flags": 0,
        "public_flags": 0, "banner": None, "accent_color": None, "avatar_decoration_data": None, "collectibles": None,
        "primary_guild": None,
    }  # fmt: skip


def member(of: Membership, *, with_user: bool = True) -> Json:
    shape: Json = {
        "nick": of.nick, "avatar": None, "banner": None, "roles": [str(role.id) for role in of.roles],
        "joined_at": iso(of.joined_at), "premium_since": None, "deaf": False, "mute": False, "flags": 0,
        "pending": False,
        "communication_disabled_until": None if of.timed_out_until is None else iso(of.timed_out_until),
    }  # fmt: skip
    if with_user:
        shape["user"] = user(of.user)
    return shape


def role(of: Role) -> Json:
    shape: Json = {
        "id": str(of.id), "name": of.name, "permissions": str(of.permissions), "position": of.position, "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None}, "hoist": False,
        "managed": of.bot is not None, "mentionable": of.mentionable, "icon": None, "unicode_emoji": None, "flags": 0,
    }  # fmt: skip
    if of.bot is not None:
        shape["tags"] = {"bot_id": str(of.bot.id)}
    return shape


def application(of: Application, guilds: int) -> Json:
    return {
        "id": str(of.id), "name": of.name, "icon": None, "description": "", "type": None, "bot": user(of.user),
        "bot_public": True, "bot_require_code_grant": False, "verify_key": "0" * 64, "flags": of.flags,
        "flags_new": str(of.flags), "owner": user(of.owner), "team": None, "redirect_uris": [],
        "interactions_endpoint_url": None, "role_connections_verification_url": None, "approximate_guild_count": guilds,
        "approximate_user_install_count": 0, "approximate_user_authorization_count": 0, "explicit_content_filter": 0,
        "eligible_oauth2_scopes": [], "integration_types_config": {"0": {}, "1": {}},
    }  # fmt: skip


def overwrite(of: Overwrite) -> Json:
    kind = int(isinstance(of.target, User))
    return {"id": str(of.target.id), "type": kind, "allow": str(of.allow), "deny": str(of.deny)}


class PlaceShapes:
    """Servers, channels and threads. ``signer`` knows the addresses that files are served under."""

    def __init__(self, world: World, signer: Signer) -> None:
        self.world = world
        self.signer = signer

    def channel(self, of: Channel) -> Json:
        public = (message for message in reversed(of.messages.values()) if message.seen_only_by is None)
        last = next((str(message.id) for message in public), None)
        shape: Json = {
            "id": str(of.id),
            "type": int(of.kind),
            "flags": 0,
            "last_message_id": last,
            "last_pin_timestamp": None,
        }
        if of.guild is None:
            return shape | {"recipients": [user(recipient) for recipient in of.recipients]}
        shape |= {"guild_id": str(of.guild.id), "name": of.name, "rate_limit_per_user": of.slowmode,
                  "parent_id": None if of.parent is None else str(of.parent.id)}  # fmt: skip
        if of.is_thread:
            return shape | self._thread(of)
        shape |= {
            "topic": of.topic, "position": of.position, "nsfw": of.nsfw,
            "permission_overwrites": [overwrite(permissions) for permissions in of.overwrites.values()],
        }  # fmt: skip
        if of.kind in (ChannelType.VOICE, ChannelType.STAGE):
            shape |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
        if of.kind is ChannelType.FORUM:
            shape |= {"available_tags": [], "default_reaction_emoji": None, "default_sort_order": None,
                      "default_forum_layout": 0}  # fmt: skip
        return shape

    def _thread(self, of: Channel) -> Json:
        assert of.owner is not None  # whoever opened it
        shape: Json = {
            "owner_id": str(of.owner.id), "message_count": max(0, of.sent), "total_message_sent": of.sent,
            "member_count": len(of.joined), "rate_limit_per_user": of.slowmode,
            "thread_metadata": {
                "archived": of.archived, "locked": of.locked, "auto_archive_duration": of.auto_archive,
                "archive_timestamp": iso(of.archive_changed_at), "create_timestamp": iso(of.archive_changed_at),
            },
        }  # fmt: skip
        joined = of.joined.get(self.world.bot.id)
        if joined is not None:
            shape["member"] = {
                "id": str(of.id),
                "user_id": str(self.world.bot.id),
                "join_timestamp": iso(joined),
                "flags": 0,
            }
        return shape

    def guild(self, of: Guild, *, everybody: bool) -> Json:
        """Build a server as in GUILD_CREATE. Without the members intent only the bot itself is listed."""
        bot = self.world.bot
        places = list(of.channels.values())
        listed = [membership for membership in of.members.values() if everybody or membership.user is bot]
        return self.partial_guild(of) | {
            "joined_at": iso(of.members[bot.id].joined_at), "large": False, "unavailable": False,
            "member_count": len(of.members), "members": [member(membership) for membership in listed],
            "channels": [self.channel(place) for place in places if not place.is_thread],
            "threads": [
                self.channel(place) for place in places
                if place.is_thread and not place.archived and permissions_of(bot, place, self.world.clock())
            ],
            "voice_states": [], "presences": [], "stage_instances": [], "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }  # fmt: skip

    def partial_guild(self, of: Guild) -> Json:
        return {
            "id": str(of.id), "name": of.name, "icon": None, "icon_hash": None, "splash": None,
            "discovery_splash": None,
            "owner_id": str(of.owner.id), "afk_channel_id": None, "afk_timeout": 300, "verification_level": 0,
            "default_message_notifications": 0, "explicit_content_filter": 0, "emojis": [], "stickers": [],
            "features": [],
            "roles": [role(guild_role) for guild_role in of.roles.values()], "mfa_level": 0, "application_id": None,
            "system_channel_id": None, "system_channel_flags": 0, "rules_channel_id": None, "vanity_url_code": None,
            "description": None, "banner": None, "premium_tier": of.boost, "premium_subscription_count": 0,
            "preferred_locale": of.locale, "public_updates_channel_id": None, "nsfw": False, "nsfw_level": 0,
            "premium_progress_bar_enabled": False, "safety_alerts_channel_id": None,
        }  # fmt: skip
