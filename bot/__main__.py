"""The entry point: it builds and joins the services, runs the bot, and closes everything in reverse order."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import discord

from bot import logs
from bot.client import Retouch
from bot.database import Database, DatabaseAway, DatabaseMistake, FileLock
from bot.guilds.api_keys import ApiKeys
from bot.i18n import Phrases
from bot.jobs.old_engine import take_over
from bot.jobs.recovery import Recovery
from bot.jobs.slot import Slot
from bot.jobs.webhooks import Webhooks
from bot.migrations.migrate import migrate
from bot.settings import Settings, SettingsMistake, read
from bot.toapis.catalogue.catalogue import Catalogue, CatalogueMistake
from bot.toapis.offer import Offer
from bot.toapis.rate_limit import TIERS
from bot.wiring import Wiring, build_queue_news, build_reconcile, build_recovery, build_services, build_webhooks

VERBS = ("", "migrate", "reconcile", "rotate")
"""The commands of the command line; the empty one runs the bot."""

CANCEL_AGAIN = 1.0
"""Seconds after which a task that did not end is cancelled once more."""

RESTART_AFTER = 60.0
"""Seconds until background work that failed starts again."""

T = TypeVar("T")

_log = logging.getLogger("bot")


async def serve(settings: Settings) -> bool:
    """Run until SIGTERM or SIGINT. Running steps may finish; the other steps go on after the next start.

    Return True if another process took over: then call this again, to wait until that process ends.
    """
    stop = stop_on_signals()
    slot = Slot()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database.open(settings.database_url))
        webhooks = build_webhooks(settings, database)
        server = None if webhooks is None else await door().open_door(settings, webhooks, stack)
        await _unless(stop, _locked(settings, slot, stack))
        webhooks = webhooks if server is not None and await server.open() else None
        started = await _unless(stop, _started(settings, slot, stack, database, webhooks))
        if started is not None:
            await run_until_stopped(*started, stop, slot.gone)
    return slot.gone.is_set()


def door() -> Any:
    """Import the web server only where it is needed: without it an idle bot is smaller, and starts sooner."""
    return import_module("bot.web.door")


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return stop


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """Run the work and return its result. If the stop comes first, cancel the work and return None."""
    if stop.is_set():
        work.close()
        return None
    tasks: tuple[asyncio.Task[T], asyncio.Task[Any]] = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[0].result() if tasks[0].done() and not stop.is_set() else None
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _locked(settings: Settings, slot: Slot, stack: AsyncExitStack) -> None:
    """Hold the slot until ``stack`` closes. Wait while another process has it. An SQLite file needs no slot."""
    if settings.embedded:
        return

    async def prepare() -> bool:
        """Check the tables only now: another version may have held the slot and migrated them."""
        try:
            await asyncio.to_thread(migrate, settings.database_url, ask=True)
        except DatabaseAway:
            return False
        return True

    from bot.jobs.slot_lock import SlotLock  # only for a server: its driver takes 8 MiB

    lock = SlotLock(settings.database_url, slot)
    stack.push_async_callback(lock.close)
    await lock.take(prepare)
    await stack.enter_async_context(lock.kept())


async def _started(
    settings: Settings, slot: Slot, stack: AsyncExitStack, database: Database, webhooks: Webhooks | None
) -> tuple[Retouch, Recovery, Offer]:
    wiring = await Wiring.open(settings, stack, slot, database=database, webhooks=webhooks)
    if settings.embedded:
        async with wiring.database.write() as write:
            await slot.number(write)
    services = build_services(wiring, stack)
    app = await stack.enter_async_context(Retouch(services))
    await app.login(settings.discord_token.get_secret_value())
    await import_module("cogs").open_on(app)  # by name: bot imports nothing of cogs
    await app.sync_commands()
    pipeline, recovery = build_recovery(wiring, app)
    await take_over(wiring.database, _old_engine_file(settings))
    creates_a_second = TIERS[settings.toapis_tier].submit.per_ten_seconds / 10
    running = wiring.engine.running(
        pipeline.workflow,
        at_once=settings.running_in_all,
        creates_a_second=creates_a_second,
        endure=pipeline.endure,
    )
    await stack.enter_async_context(running)
    await stack.enter_async_context(_beside(_keep_up("the news of the queue", build_queue_news(wiring, app).forever)))
    if webhooks is not None:
        works = door().works(settings, webhooks, app.courier.tell_operators)
        await stack.enter_async_context(_beside(*(_keep_up(*work) for work in works.items())))
    return app, recovery, wiring.offer


@asynccontextmanager
async def _beside(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Let background work run meanwhile."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        await _end(tasks)


async def run_until_stopped(
    app: Retouch, recovery: Recovery, offer: Offer, stop: asyncio.Event, gone: asyncio.Event
) -> None:
    """Run the connection to Discord and all background work until ``stop``; ``gone`` means that the slot is lost."""
    async with asyncio.TaskGroup() as group:
        works = (
            app.connect(),
            _keep_up("the recovery", recovery.forever),
            _keep_up("the update of the models on offer", offer.refresh_forever),
            _keep_up(
                "the watch over the balance",
                partial(app.services.balance_monitor.watch_forever, app.courier.tell_operators),
            ),
            _pass_on(gone, stop),
        )
        tasks = [group.create_task(work) for work in works]
        tasks[0].add_done_callback(lambda _: stop.set())
        await stop.wait()
        app.services.intake.close()
        if not gone.is_set():
            _log.info("stopping: running steps are let finish")
        await _end(tasks)


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel tasks until each of them has ended.

    Once is not enough: discord.py swallows the cancellation of a shard that is reconnecting
    (``discord.shard.Shard.reconnect``), and would wait for its next event for ever.
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN)


async def _pass_on(event: asyncio.Event, to: asyncio.Event) -> None:
    await event.wait()
    to.set()


async def _keep_up(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run background work until it is cancelled, and start it again a minute after an unexpected error.

    In the task group the error would end the connection to Discord.
    """
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001 - no error of background work may end the bot
            _log.exception("%s broke off", name)
        await asyncio.sleep(RESTART_AFTER)


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


def _old_engine_file(settings: Settings) -> Path | None:
    """Return where the engine of an earlier version kept its steps, or None for a schema on the server."""
    file = settings.database_file
    return file.with_name(file.stem + ".engine.db") if settings.embedded else None


def main(arguments: list[str]) -> int:
    """Run a command. Return the exit code: 0 after a stop, 2 for mistakes of the operator; see also the commands."""
    os.umask(0o077)  # only the operator may read the database and the files beside it
    verb = " ".join(arguments)
    if verb not in VERBS:
        print(f"python -m bot: one of {', '.join(filter(None, VERBS))}, or nothing to run", file=sys.stderr)  # noqa: T201 - on a terminal
        return 2
    try:
        settings = read()
        secrets = (
            settings.discord_token,
            settings.toapis_api_key,
            *settings.secret_keys,
            *settings.toapis_webhook_secret,
        )
        logs.set_up(settings.log_level, settings.log_format, [secret.get_secret_value() for secret in secrets])
        Catalogue.load(settings.catalogue_file)
        return _reconcile(settings) if verb == "reconcile" else _alone(verb, settings)
    except (SettingsMistake, DatabaseMistake, CatalogueMistake) as mistake:
        print(mistake, file=sys.stderr)  # noqa: T201 - the log may not be set up yet
        return 2
    except discord.LoginFailure:
        print("DISCORD_TOKEN was refused by Discord: copy it anew from the developer portal", file=sys.stderr)  # noqa: T201 - as above
        return 2


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
        if verb == "":
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
