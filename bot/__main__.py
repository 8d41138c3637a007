"""The command line: runs the bot, or a command for the operator."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from argparse import Namespace
from contextlib import AsyncExitStack, ExitStack
from importlib import import_module
from typing import NoReturn

import discord

from bot import logs
from bot.database import Database, DatabaseMistake, FileLock
from bot.guilds.api_keys import ApiKeys
from bot.i18n import Phrases
from bot.migrations.migrate import migrate
from bot.process.command_line import parse
from bot.process.serve import serve
from bot.settings import Settings, SettingsMistake, read, slips
from bot.toapis.catalogue.catalogue import Catalogue, CatalogueMistake
from bot.wiring import Wiring, build_reconcile

_log = logging.getLogger("bot")


async def _compare(settings: Settings) -> int:
    """Print the differences. Return the exit code: 0 without, 1 with, 2 if ToAPIs could not be asked."""
    async with AsyncExitStack() as stack:
        comparison = await build_reconcile(await Wiring.open(settings, stack)).look()
    print("\n".join(comparison.lines(Phrases())))  # noqa: T201 - the answer to a command
    if comparison.differences:
        return 1
    return 0 if comparison.is_whole else 2


async def _rotate(settings: Settings) -> int:
    """Update servers' own keys to the first of SECRET_KEYS. Return the exit code: 2 if a key can't be opened."""
    async with Database.open(settings.database_url) as database:
        done, locked = await ApiKeys(database, settings.secret_keys).rotate()
    print(f"{done} servers' own keys are sealed with the first of SECRET_KEYS")  # noqa: T201 - asked for on a terminal
    if locked:
        print(f"{locked} more can't be opened: add the key that sealed them to SECRET_KEYS", file=sys.stderr)  # noqa: T201 - as above
    return 2 if locked else 0


def main(arguments: list[str]) -> int:
    """Run a command. Return the exit code: 0 after a stop, 2 for mistakes of the operator; see also the commands."""
    os.umask(0o077)  # only the operator may read the database and the files beside it
    try:
        command = parse(arguments)
    except SystemExit as end:  # help, the version, or a word that is no command
        return int(end.code or 0)
    try:
        slipped = slips()
        if slipped:
            print("\n".join(slipped), file=sys.stderr)  # noqa: T201 - also where the settings can't be used
        settings = read()
        secrets = (
            settings.discord_token,
            settings.toapis_api_key,
            *settings.secret_keys,
            *settings.toapis_webhook_secret,
            *([settings.metrics_token] if settings.metrics_token is not None else []),
        )
        logs.set_up(settings.log_level, settings.log_format, [secret.get_secret_value() for secret in secrets])
        Catalogue.load(settings.catalogue_file)
        return _run(command, settings)
    except (SettingsMistake, DatabaseMistake, CatalogueMistake) as mistake:
        print(mistake, file=sys.stderr)  # noqa: T201 - the log may not be set up yet
        return 2
    except discord.LoginFailure:
        print("DISCORD_TOKEN was refused by Discord: copy it anew from the developer portal", file=sys.stderr)  # noqa: T201 - as above
        return 2


def _run(command: Namespace, settings: Settings) -> int:
    """Run a command with its settings. Return the exit code."""
    verb = command.command
    if verb == "reconcile":
        return _reconcile(settings)
    if verb == "doctor":
        return int(import_module("bot.doctor.command").examine(settings, command.channel, paid=command.paid))
    if verb in ("backup", "restore"):
        copies = import_module("bot.backup.commands")
        if verb == "backup":
            lines = copies.back_up(settings, command.file)
        else:
            lines = copies.restore(settings, command.file, replace=command.replace)
        print("\n".join(lines))  # noqa: T201 - the answer to a command
        return 0
    return _alone(verb, settings)


def _reconcile(settings: Settings) -> int:
    """Run the comparison. It only reads, so it may run beside the bot."""
    if settings.embedded and not settings.database_file.is_file():
        raise DatabaseMistake(f"DATABASE_URL: there is no file {settings.database_file}, so nothing to compare")
    migrate(settings.database_url, ask=True)
    return asyncio.run(_compare(settings))


def _alone(verb: str, settings: Settings) -> int:
    """Run a command that needs an SQLite file for this process alone."""
    with ExitStack() as stack:
        if settings.embedded:
            stack.callback(FileLock.take(settings.database_file).release)
            if settings.on_vanishing_disk:
                _log.warning("this host's disk vanishes at every restart: set DATABASE_URL to a PostgreSQL server")
        migrate(settings.database_url, ask=verb != "migrate")
        if verb == "rotate":
            return asyncio.run(_rotate(settings))
        if verb == "run":
            while asyncio.run(serve(settings)):
                pass  # another process has taken over: wait until it ends
    return 0


def leave(code: int) -> NoReturn:
    """End the process without waiting for its threads, as Python would.

    A thread may wait for a database that is away, or decode a picture that nobody needs any more.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
