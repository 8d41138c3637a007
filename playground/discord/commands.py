"""Registering application commands.

https://discord.com/developers/docs/interactions/application-commands
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from .command_checks import check_command
from .desk import NOTHING, Answer, Ask, Desk, Handler
from .errors import Faults, Refusal

Json = dict[str, Any]

MOST = {1: 100, 2: 15, 3: 15}


def _scope(desk: Desk, ask: Ask) -> str | None:
    """The server that the path names, or None for commands that hold everywhere."""
    if ask.id("application") != desk.world.application.id:
        raise Refusal(10002)
    return str(desk.guild(ask).id) if "guild" in ask.call.params else None


def _in(desk: Desk, scope: str | None) -> list[Json]:
    return [one for one in desk.world.commands if one.get("guild_id") == scope]


def _registered(desk: Desk, given: Json, scope: str | None) -> Json:
    """As Discord answers it: defaults filled in, and the same id as before for the same name and type."""
    kind, bits = given.get("type") or 1, given.get("default_member_permissions")
    known = [one for one in _in(desk, scope) if (one["name"], one["type"]) == (given["name"], kind)]
    shape: Json = {
        "id": known[0]["id"] if known else str(desk.world.clock.snowflake()),
        "application_id": str(desk.world.application.id), "version": str(desk.world.clock.snowflake()), "type": kind,
        "name": given["name"], "name_localizations": given.get("name_localizations"),
        "description": given.get("description") or "",
        "description_localizations": given.get("description_localizations"),
        "default_member_permissions": None if bits is None else str(bits),
        "dm_permission": given.get("dm_permission") is not False,
        "contexts": given.get("contexts"), "integration_types": given.get("integration_types") or [0],
        "nsfw": bool(given.get("nsfw")), "options": given.get("options") or [],
    }  # fmt: skip
    if scope is not None:
        shape["guild_id"] = scope
    return shape


def listing(desk: Desk, ask: Ask) -> Answer:
    return Answer(200, _in(desk, _scope(desk, ask)))


def replace(desk: Desk, ask: Ask) -> Answer:
    """All commands of the scope at once."""
    scope, given = _scope(desk, ask), ask.call.json
    faults = Faults()
    if not isinstance(given, list):
        faults.add((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        faults.check()
    for n, one in enumerate(given):
        check_command(faults, (n,), one)
    faults.check()
    _count(given)
    made = [_registered(desk, one, scope) for one in given]
    desk.world.commands = [one for one in desk.world.commands if one.get("guild_id") != scope] + made
    desk.world.changed()
    return Answer(200, made)


def _count(given: list[Json]) -> None:
    faults = Faults()
    names = Counter((one["name"], one.get("type") or 1) for one in given)
    for (name, _), times in names.items():
        if times > 1:
            words = f"Application command names must be unique: {name}"
            faults.add((), "APPLICATION_COMMANDS_DUPLICATE_NAME", words)
    for kind, most in MOST.items():
        if sum(1 for one in given if (one.get("type") or 1) == kind) > most:
            raise Refusal(30032, message=f"Maximum number of application commands reached ({most})")
    faults.check()


def create(desk: Desk, ask: Ask) -> Answer:
    """Creating a command whose name is taken replaces it."""
    scope, given = _scope(desk, ask), ask.body
    faults = Faults()
    check_command(faults, (), given)
    faults.check()
    others = [one for one in _in(desk, scope) if (one["name"], one["type"]) != (given["name"], given.get("type") or 1)]
    _count([*others, given])
    made = _registered(desk, given, scope)
    new = all(one["id"] != made["id"] for one in desk.world.commands)
    desk.world.commands = [one for one in desk.world.commands if one["id"] != made["id"]] + [made]
    desk.world.changed()
    return Answer(201 if new else 200, made)


def _one(desk: Desk, ask: Ask) -> Json:
    for one in _in(desk, _scope(desk, ask)):
        if one["id"] == ask.call.params["command"]:
            return one
    raise Refusal(10063)


def fetch(desk: Desk, ask: Ask) -> Answer:
    return Answer(200, _one(desk, ask))


def change(desk: Desk, ask: Ask) -> Answer:
    known = _one(desk, ask)
    merged = known | ask.body | {"type": known["type"]}
    faults = Faults()
    check_command(faults, (), merged)
    faults.check()
    known.update(merged | {"version": str(desk.world.clock.snowflake())})
    return Answer(200, known)


def remove(desk: Desk, ask: Ask) -> Answer:
    desk.world.commands.remove(_one(desk, ask))
    return NOTHING


ROUTES: dict[str, Handler] = {
    f"{method} /applications/{{application}}{scope}/commands{one}": handler
    for scope in ("", "/guilds/{guild}")
    for method, one, handler in (
        ("GET", "", listing),
        ("PUT", "", replace),
        ("POST", "", create),
        ("GET", "/{command}", fetch),
        ("PATCH", "/{command}", change),
        ("DELETE", "/{command}", remove),
    )
}
