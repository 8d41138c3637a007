"""The bot's own account, and what it may read about servers and people."""

from __future__ import annotations

from typing import Any

from . import place_shapes
from .desk import Answer, Ask, Desk, Handler
from .errors import Refusal

Json = dict[str, Any]


def me(desk: Desk, ask: Ask) -> Answer:  # noqa: ARG001 -- a handler's two arguments
    return Answer(
        200,
        place_shapes.user(desk.world.bot) | {"verified": True, "mfa_enabled": True, "locale": "en-US", "email": None},
    )


def application(desk: Desk, ask: Ask) -> Answer:  # noqa: ARG001 -- a handler's two arguments
    return Answer(200, place_shapes.application(desk.world.application, len(desk.world.guilds)))


def user(desk: Desk, ask: Ask) -> Answer:
    person = desk.world.users.get(ask.id("user"))
    if person is None:
        raise Refusal(10013)
    return Answer(200, place_shapes.user(person))


def my_guilds(desk: Desk, ask: Ask) -> Answer:  # noqa: ARG001 -- a handler's two arguments
    guilds = [guild for guild in desk.world.guilds.values() if desk.world.bot.id in guild.members]
    common: Json = {"icon": None, "owner": False, "features": []}
    return Answer(200, [{"id": str(guild.id), "name": guild.name, **common} for guild in guilds])


def guild(desk: Desk, ask: Ask) -> Answer:
    return Answer(200, desk.shapes.partial_guild(desk.guild(ask)))


def guild_channels(desk: Desk, ask: Ask) -> Answer:
    places = desk.guild(ask).channels.values()
    return Answer(200, [desk.shapes.channel(channel) for channel in places if not channel.is_thread])


def guild_roles(desk: Desk, ask: Ask) -> Answer:
    return Answer(200, [place_shapes.role(role) for role in desk.guild(ask).roles.values()])


def guild_member(desk: Desk, ask: Ask) -> Answer:
    member = desk.guild(ask).members.get(ask.id("user"))
    if member is None:
        raise Refusal(10007 if ask.id("user") in desk.world.users else 10013)
    return Answer(200, place_shapes.member(member))


def active_threads(desk: Desk, ask: Ask) -> Answer:
    threads = desk.guild(ask).active_threads
    return Answer(200, {"threads": [desk.shapes.channel(thread) for thread in threads], "members": []})


def nothing_sold(desk: Desk, ask: Ask) -> Answer:  # noqa: ARG001 -- a handler's two arguments
    """Return no SKUs and no entitlements: this application sells nothing."""
    return Answer(200, [])


def app_emojis(desk: Desk, ask: Ask) -> Answer:  # noqa: ARG001 -- a handler's two arguments
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
