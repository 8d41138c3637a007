"""The bot's own account, and what it may read about servers and people."""

from __future__ import annotations

from typing import Any

from . import place_shapes
from .errors import Refusal
from .rest_context import Answer, Handler, RestContext, RestRequest

Json = dict[str, Any]


def me(context: RestContext, request: RestRequest) -> Answer:  # noqa: ARG001 -- a handler's two arguments
    return Answer(
        200,
        place_shapes.user(context.world.bot)
        | {"verified": True, "mfa_enabled": True, "locale": "en-US", "email": None},
    )


def application(context: RestContext, request: RestRequest) -> Answer:  # noqa: ARG001 -- a handler's two arguments
    return Answer(200, place_shapes.application(context.world.application, len(context.world.guilds)))


def user(context: RestContext, request: RestRequest) -> Answer:
    person = context.world.users.get(request.id("user"))
    if person is None:
        raise Refusal(10013)
    return Answer(200, place_shapes.user(person))


def my_guilds(context: RestContext, request: RestRequest) -> Answer:  # noqa: ARG001 -- a handler's two arguments
    guilds = [guild for guild in context.world.guilds.values() if context.world.bot.id in guild.members]
    common: Json = {"icon": None, "banner": None, "owner": False, "permissions": "0", "features": []}
    return Answer(200, [{"id": str(guild.id), "name": guild.name, **common} for guild in guilds])


_ASKED_FOR: Json = {
    "home_header": None,
    "region": "deprecated",
    "widget_enabled": False,
    "widget_channel_id": None,
    "max_presences": None,
    "max_members": 500_000,
    "max_stage_video_channel_users": 50,
    "max_video_channel_users": 25,
    "incidents_data": None,
}
"""What a server's answer holds beside what the gateway sends of it."""


def guild(context: RestContext, request: RestRequest) -> Answer:
    server = dict(context.shapes.partial_guild(context.guild(request)))
    server.pop("icon_hash", None)  # only the gateway sends it
    return Answer(200, server | _ASKED_FOR)


def guild_channels(context: RestContext, request: RestRequest) -> Answer:
    places = context.guild(request).channels.values()
    return Answer(200, [context.shapes.channel(channel) for channel in places if not channel.is_thread])


def guild_roles(context: RestContext, request: RestRequest) -> Answer:
    return Answer(200, [place_shapes.role(role) for role in context.guild(request).roles.values()])


def guild_member(context: RestContext, request: RestRequest) -> Answer:
    member = context.guild(request).members.get(request.id("user"))
    if member is None:
        raise Refusal(10007 if request.id("user") in context.world.users else 10013)
    return Answer(200, place_shapes.member(member))


def active_threads(context: RestContext, request: RestRequest) -> Answer:
    threads = context.guild(request).active_threads
    return Answer(200, {"threads": [context.shapes.channel(thread) for thread in threads], "members": []})


def nothing_sold(context: RestContext, request: RestRequest) -> Answer:  # noqa: ARG001 -- a handler's two arguments
    """Return no SKUs and no entitlements: this application sells nothing."""
    return Answer(200, [])


def app_emojis(context: RestContext, request: RestRequest) -> Answer:  # noqa: ARG001 -- a handler's two arguments
    return Answer(200, {"items": []})


ROUTES: dict[str, Handler] = {
    "GET /users/@me": me,
    "GET /applications/@me": application,
    "GET /oauth2/applications/@me": application,
    "GET /users/@me/guilds": my_guilds,
    "GET /users/{user}": user,
    "GET /guilds/{guild}": guild,
    "GET /guilds/{guild}/channels": guild_channels,
    "GET /guilds/{guild}/roles": guild_roles,
    "GET /guilds/{guild}/members/{user}": guild_member,
    "GET /guilds/{guild}/threads/active": active_threads,
    "GET /applications/{application}/skus": nothing_sold,
    "GET /applications/{application}/entitlements": nothing_sold,
    "GET /applications/{application}/emojis": app_emojis,
}
