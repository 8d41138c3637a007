"""A slash command as it is typed. Its options are checked as Discord's app checks them."""

from __future__ import annotations

from typing import Any

from playground.world.messages import Attachment, Upload, received
from playground.world.people import Role, User
from playground.world.places import Channel
from playground.world.world import World

Json = dict[str, Any]
Resolved = dict[str, dict[int, Any]]

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(1, 12)


class CannotDo(Exception):
    """An action that Discord's app does not let a person do."""


def find_command(world: World, channel: Channel, name: str, *, kind: int = 1) -> tuple[Json, list[Json], list[Json]]:
    """Find the registered command, the subcommands on the way, and the options at the end. Raises CannotDo."""
    guild = channel.guild
    scope = str(guild.id) if guild is not None else None
    words = name.split(" ") if kind == 1 else [name]
    fits = [
        registered for registered in world.commands
        if registered["name"] == words[0] and registered["type"] == kind
        and registered.get("guild_id") in (None, scope)
    ]  # fmt: skip
    if not fits:
        names = sorted(registered["name"] for registered in world.commands)
        raise CannotDo(f"there is no command {name!r}; there is {names}")
    command = max(fits, key=lambda registered: "guild_id" in registered)
    contexts = command["contexts"]
    if contexts is None:
        contexts = [0, 1, 2] if command["dm_permission"] else [0]  # the older way to say it
    if (0 if guild is not None else 1) not in contexts:
        raise CannotDo(f"{name!r} is not offered in {channel.label}")
    away = guild is not None and world.bot.id not in guild.members
    if away and 1 not in command["integration_types"]:
        raise CannotDo(f"{name!r} can't be used where the bot is not")
    path: list[Json] = []
    options: list[Json] = command["options"]
    for word in words[1:]:
        step = next((option for option in _subcommands(options) if option["name"] == word), None)
        if step is None:
            raise CannotDo(f"{command['name']!r} has no subcommand {word!r}")
        path.append(step)
        options = step.get("options") or []
    if _subcommands(options):
        raise CannotDo(f"{name!r} needs one of its subcommands: {[option['name'] for option in options]}")
    return command, path, options


def leaves(command: Json) -> list[tuple[str, str]]:
    """Return what can be typed of a registered command, as name and description: itself, or each of its subcommands."""
    inside = _subcommands(command["options"]) if command["type"] == 1 else []
    if not inside:
        return [(command["name"], command["description"])]
    names: list[tuple[str, str]] = []
    for step in inside:
        path = f"{command['name']} {step['name']}"
        below = [
            (f"{path} {option['name']}", option["description"])
            for option in step.get("options") or []
            if option["type"] == SUBCOMMAND
        ]
        names += below or [(path, step["description"])]
    return names


def _subcommands(options: list[Json]) -> list[Json]:
    return [option for option in options if option["type"] in (SUBCOMMAND, GROUP)]


def typed_options(
    world: World, channel: Channel, specs: list[Json], options: dict[str, Any], *, unfinished: bool = False
) -> tuple[list[Json], Resolved, list[Attachment]]:
    """Return the options as they are sent, what their ids mean, and the uploaded files. Raises CannotDo.

    ``unfinished``: the member is still typing, so required options may be missing.
    """
    by_name = {spec["name"]: spec for spec in specs}
    unknown = set(options) - set(by_name)
    if unknown:
        raise CannotDo(f"there is no option {sorted(unknown)}; there is {sorted(by_name)}")
    missing = [name for name, spec in by_name.items() if spec.get("required") and options.get(name) is None]
    if missing and not unfinished:
        raise CannotDo(f"required: {missing}")
    sent_options: list[Json] = []
    resolved: Resolved = {}
    uploads: list[Attachment] = []
    for name, value in options.items():
        if value is None:
            continue
        spec = by_name[name]
        if isinstance(value, Upload) and spec["type"] == ATTACHMENT:
            file = received(value, world.clock.snowflake(), ephemeral=True)
            uploads.append(file)
            resolved.setdefault("attachments", {})[file.id] = file
            sent: Any = str(file.id)
        else:
            sent = _value(spec, value)
            _resolve(channel, value, resolved)
        sent_options.append({"name": name, "type": spec["type"], "value": sent})
    return sent_options, resolved, uploads


def _value(spec: Json, value: Any) -> Any:
    """Return one option's value as it is sent. Raises CannotDo."""
    kind = spec["type"]
    name = spec["name"]
    things: dict[int, tuple[type, ...]] = {
        STRING: (str,), INTEGER: (int,), BOOLEAN: (bool,), NUMBER: (int, float), USER: (User,), CHANNEL: (Channel,),
        ROLE: (Role,), MENTIONABLE: (User, Role),
    }  # fmt: skip
    if not isinstance(value, things.get(kind, ())) or (isinstance(value, bool) and kind != BOOLEAN):
        raise CannotDo(f"{name}: {value!r} is not of type {kind}")
    if spec.get("choices"):
        fits = [choice["value"] for choice in spec["choices"] if value in (choice["name"], choice["value"])]
        if not fits:
            raise CannotDo(f"{name}: {value!r} is not among {[choice['name'] for choice in spec['choices']]}")
        return fits[0]
    if isinstance(value, str) and not spec.get("min_length", 0) <= len(value) <= spec.get("max_length", 6000):
        raise CannotDo(f"{name}: {len(value)} characters do not fit here")
    if kind in (INTEGER, NUMBER):
        lowest = spec.get("min_value", value)
        highest = spec.get("max_value", value)
        if not lowest <= value <= highest:
            raise CannotDo(f"{name}: {value} is not between {lowest} and {highest}")
    if isinstance(value, Channel) and spec.get("channel_types") and int(value.kind) not in spec["channel_types"]:
        raise CannotDo(f"{name}: {value.label} can't be chosen here")
    return str(value.id) if isinstance(value, User | Role | Channel) else value


def _resolve(channel: Channel, value: Any, resolved: Resolved) -> None:
    if isinstance(value, User):
        resolved.setdefault("users", {})[value.id] = value
        if channel.guild is not None and value.id in channel.guild.members:
            resolved.setdefault("members", {})[value.id] = channel.guild.members[value.id]
    elif isinstance(value, Role):
        resolved.setdefault("roles", {})[value.id] = value
    elif isinstance(value, Channel):
        resolved.setdefault("channels", {})[value.id] = value
