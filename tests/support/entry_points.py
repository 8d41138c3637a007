"""Starts the bot, which first writes every entry point that leads into it to the file WAYS_FILE.

They are read from the running client: its commands, buttons and menus, forms and listeners.
"""

from __future__ import annotations

import json
import os
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands


def ways_of(bot: commands.AutoShardedBot) -> list[str]:
    """Return the name of each way in, sorted."""
    return sorted([*_commands(bot), *_routes(bot), *_listeners(bot), *_views(bot)])


def _commands(bot: commands.AutoShardedBot) -> Iterator[str]:
    for command in bot.tree.walk_commands():
        if not isinstance(command, app_commands.Group):
            yield f"/{command.qualified_name}"
            suggested = [parameter.name for parameter in command.parameters if parameter.autocomplete]
            yield from (f"suggests {command.qualified_name} {name}" for name in suggested)
    for kind in (discord.AppCommandType.message, discord.AppCommandType.user):
        yield from (f"menu {menu.name}" for menu in bot.tree.get_commands(type=kind))


def _routes(bot: commands.AutoShardedBot) -> Iterator[str]:
    """Yield each component and form that the router knows, by its kind and action, without its version."""
    routes: dict[str, Any] = vars(bot)["routes"]
    for head in routes:
        kind, _, action = head.partition(":")
        prefix = kind.rstrip("0123456789")
        yield f"form {action}" if prefix == "form" else f"button {prefix} {action}".rstrip()
    store: Any = bot._connection._view_store
    assert len(store._dynamic_items) == 1  # whatever else is pressed would not come by the router


def _listeners(bot: commands.AutoShardedBot) -> Iterator[str]:
    names = {name for cog in bot.cogs.values() for name, _ in cog.get_listeners()}
    own = {name for kind in type(bot).__mro__ if kind.__module__.startswith("bot.") for name in vars(kind)}
    yield from (f"hears {name}" for name in names | {name for name in own if name.startswith("on_")})


def _views(bot: commands.AutoShardedBot) -> Iterator[str]:
    yield from (f"view {type(view).__name__}" for view in bot.persistent_views)


def _write(ways: list[str]) -> None:
    Path(os.environ["WAYS_FILE"]).write_text(json.dumps(ways))


def _run() -> None:
    connect = commands.AutoShardedBot.connect

    async def connected(bot: commands.AutoShardedBot, *, reconnect: bool = True) -> None:
        _write(ways_of(bot))
        await connect(bot, reconnect=reconnect)

    # Everything is registered by the time it connects.
    commands.AutoShardedBot.connect = connected  # type: ignore[method-assign,assignment]  # discord.py types it loosely
    runpy.run_module("bot", run_name="__main__")


if __name__ == "__main__":
    _run()
