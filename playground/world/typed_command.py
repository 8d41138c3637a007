"""A slash command as it is typed: found among the registered ones, its options checked as Discord's app checks them."""

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
    """Discord's app does not let a person do this."""


def find_command(world: World, channel: Channel, name: str, *, kind: int = 1) -> tuple[Json, list[Json], list[Json]]:
    """The registered command, the subcommands on the way, and the options at the end. Raises CannotDo."""
    guild = channel.guild
    scope = str(guild.id) if guild is not None else None
    words = name.split(" ") if kind == 1 else [name]
    fits = [
        one for one in world.commands
        if one["name"] == words[0] and one["type"] == kind and one.get("guild_id") in (None, scope)
    ]  # fmt: skip
    if not fits:
        raise CannotDo(f"there is no command {name!r}; there is {sorted(one['name'] for one in world.commands)}")
    command = max(fits, key=lambda one: "guild_id" in one)
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
        step = next((one for one in options if one["name"] == word and one["type"] in (SUBCOMMAND, GROUP)), None)
        if step is None:
            raise CannotDo(f"{command['name']!r} has no subcommand {word!r}")
        path.append(step)
        options = step.get("options") or []
    if any(one["type"] in (SUBCOMMAND, GROUP) for one in options):
        raise CannotDo(f"{name!r} needs one of its subcommands: {[one['name'] for one in options]}")
    return command, path, options


def leaves(command: Json) -> list[tuple[str, str]]:
    """What can be typed of a registered command, as name and description: itself, or each of its subcommands."""
    inside = [one for one in command["options"] if one["type"] in (SUBCOMMAND, GROUP)] if command["type"] == 1 else []
    if not inside:
        return [(command["name"], command["description"])]
    found: list[tuple[str, str]] = []
    for step in inside:
        below = [one for one in step.get("options") or [] if one["type"] == SUBCOMMAND]
        path = f"{command['name']} {step['name']}"
        found += [(f"{path} {one['name']}", one["description"]) for one in below] or [(path, step["description"])]
    return found


def typed_options(
    world: World, channel: Channel, specs: list[Json], options: dict[str, Any], *, unfinished: bool = False
) -> tuple[list[Json], Resolved, list[Attachment]]:
    """The options as they are sent, what their ids mean, and the uploaded files. Raises CannotDo.

    ``unfinished``: the member is still typing, so required options may be missing.
    """
    known = {spec["name"]: spec for spec in specs}
    unknown = set(options) - set(known)
    if unknown:
        raise CannotDo(f"there is no option {sorted(unknown)}; there is {sorted(known)}")
    missing = [name for name, spec in known.items() if spec.get("required") and options.get(name) is None]
    if missing and not unfinished:
        raise CannotDo(f"required: {missing}")
    given: list[Json] = []
    resolved: Resolved = {}
    uploads: list[Attachment] = []
    for name, value in options.items():
        if value is None:
            continue
        spec = known[name]
        if isinstance(value, Upload) and spec["type"] == ATTACHMENT:
            file = received(value, world.clock.snowflake(), ephemeral=True)
            uploads.append(file)
            resolved.setdefault("attachments", {})[file.id] = file
            sent: Any = str(file.id)
        else:
            sent = _value(spec, value)
            _resolve(channel, value, resolved)
        given.append({"name": name, "type": spec["type"], "value": sent})
    return given, resolved, uploads


def _value(spec: Json, value: Any) -> Any:
    """One option's value, or CannotDo."""
    kind, name = spec["type"], spec["name"]
    things: dict[int, tuple[type, ...]] = {
        STRING: (str,), INTEGER: (int,), BOOLEAN: (bool,), NUMBER: (int, float), USER: (User,), CHANNEL: (Channel,),
        ROLE: (Role,), MENTIONABLE: (User, Role),
    }  # fmt: skip
    if not isinstance(value, things.get(kind, ())) or (isinstance(value, bool) and kind != BOOLEAN):
        raise CannotDo(f"{name}: {value!r} is not of type {kind}")
    if spec.get("choices"):
        fits = [one["value"] for one in spec["choices"] if value in (one["name"], one["value"])]
        if not fits:
            raise CannotDo(f"{name}: {value!r} is not among {[one['name'] for one in spec['choices']]}")
        return fits[0]
    if isinstance(value, str) and not spec.get("min_length", 0) <= len(value) <= spec.get("max_length", 6000):
        raise CannotDo(f"{name}: {len(value)} characters do not fit here")
    if kind in (INTEGER, NUMBER):
        lowest, highest = spec.get("min_value", value), spec.get("max_value", value)
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
