"""The registration of application commands.

https://discord.com/developers/docs/interactions/application-commands
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from .command_checks import check_command
from .errors import FormErrors, Refusal
from .file_types import refuse_file_types
from .rest_context import NOTHING, Answer, Handler, RestContext, RestRequest

Json = dict[str, Any]

MOST = {1: 100, 2: 15, 3: 15}


def _scope(context: RestContext, request: RestRequest) -> str | None:
    """Return the server that the path names, or None for commands that hold everywhere."""
    if request.id("application") != context.world.application.id:
        raise Refusal(10002)
    return str(context.guild(request).id) if "guild" in request.call.params else None


def _in(context: RestContext, scope: str | None) -> list[Json]:
    return [command for command in context.world.commands if command.get("guild_id") == scope]


def _registered(context: RestContext, body: Json, scope: str | None) -> Json:
    """Return a command as Discord answers it: defaults filled in, and the id that its name and type had before."""
    kind = body.get("type") or 1
    bits = body.get("default_member_permissions")
    before = [command for command in _in(context, scope) if (command["name"], command["type"]) == (body["name"], kind)]
    shape: Json = {
        "id": before[0]["id"] if before else str(context.world.clock.snowflake()),
        "application_id": str(context.world.application.id), "version": str(context.world.clock.snowflake()),
        "type": kind,
        "name": body["name"], "name_localizations": body.get("name_localizations"),
        "description": body.get("description") or "",
        "description_localizations": body.get("description_localizations"),
        "default_member_permissions": None if bits is None else str(bits),
        "dm_permission": body.get("dm_permission") is not False,
        "contexts": body.get("contexts"), "integration_types": body.get("integration_types") or [0],
        "nsfw": bool(body.get("nsfw")), "options": body.get("options") or [],
    }  # fmt: skip
    if scope is not None:
        shape["guild_id"] = scope
    return shape


def listing(context: RestContext, request: RestRequest) -> Answer:
    return Answer(200, _in(context, _scope(context, request)))


def replace(context: RestContext, request: RestRequest) -> Answer:
    """Replace all commands of the scope at once."""
    scope = _scope(context, request)
    bodies = request.call.json
    errors = FormErrors()
    if not isinstance(bodies, list):
        errors.add((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        errors.check()
    for n, body in enumerate(bodies):
        check_command(errors, (n,), body)
    errors.check()
    _check_known(context, bodies)
    _count(bodies)
    registered = [_registered(context, body, scope) for body in bodies]
    context.world.commands = [
        command for command in context.world.commands if command.get("guild_id") != scope
    ] + registered
    context.world.changed()
    return Answer(200, registered)


def _check_known(context: RestContext, body: Any) -> None:
    """Raise Refusal for a field that this Discord does not take."""
    if not context.world.takes_file_types:
        refuse_file_types(body)


def _count(bodies: list[Json]) -> None:
    errors = FormErrors()
    names = Counter((body["name"], body.get("type") or 1) for body in bodies)
    for (name, _), times in names.items():
        if times > 1:
            words = f"Application command names must be unique: {name}"
            errors.add((), "APPLICATION_COMMANDS_DUPLICATE_NAME", words)
    for kind, most in MOST.items():
        if sum(1 for body in bodies if (body.get("type") or 1) == kind) > most:
            raise Refusal(30032, message=f"Maximum number of application commands reached ({most})")
    errors.check()


def create(context: RestContext, request: RestRequest) -> Answer:
    """Create a command. One whose name is taken is replaced."""
    scope = _scope(context, request)
    body = request.body
    errors = FormErrors()
    check_command(errors, (), body)
    errors.check()
    _check_known(context, body)
    key = (body["name"], body.get("type") or 1)
    others = [command for command in _in(context, scope) if (command["name"], command["type"]) != key]
    _count([*others, body])
    registered = _registered(context, body, scope)
    new = all(command["id"] != registered["id"] for command in context.world.commands)
    others = [command for command in context.world.commands if command["id"] != registered["id"]]
    context.world.commands = [*others, registered]
    context.world.changed()
    return Answer(201 if new else 200, registered)


def _command(context: RestContext, request: RestRequest) -> Json:
    for command in _in(context, _scope(context, request)):
        if command["id"] == request.call.params["command"]:
            return command
    raise Refusal(10063)


def fetch(context: RestContext, request: RestRequest) -> Answer:
    return Answer(200, _command(context, request))


def change(context: RestContext, request: RestRequest) -> Answer:
    command = _command(context, request)
    merged = command | request.body | {"type": command["type"]}
    errors = FormErrors()
    check_command(errors, (), merged)
    errors.check()
    command.update(merged | {"version": str(context.world.clock.snowflake())})
    return Answer(200, command)


def remove(context: RestContext, request: RestRequest) -> Answer:
    context.world.commands.remove(_command(context, request))
    return NOTHING


ROUTES: dict[str, Handler] = {
    f"{method} /applications/{{application}}{scope}/commands{command}": handler
    for scope in ("", "/guilds/{guild}")
    for method, command, handler in (
        ("GET", "", listing),
        ("PUT", "", replace),
        ("POST", "", create),
        ("GET", "/{command}", fetch),
        ("PATCH", "/{command}", change),
        ("DELETE", "/{command}", remove),
    )
}
