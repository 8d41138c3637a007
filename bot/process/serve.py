"""The bot from its start to its stop: it builds and joins the services, and closes everything in reverse order."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from bot.client import Retouch
from bot.database import Database, DatabaseAway
from bot.gateway.identify import IdentifyTurns
from bot.gateway.shards import shards_in_all, shards_of
from bot.jobs.old_engine import take_over
from bot.jobs.recovery import Recovery
from bot.jobs.slot import Slot
from bot.jobs.webhook_events import WebhookEvents
from bot.jobs.webhooks import PATH, Webhooks
from bot.key_value import KeyValueStore
from bot.migrations.migrate import migrate
from bot.process.notify import ServiceManager
from bot.process.tasks import beside, end, keep_up, pass_on, stop_on_signals, unless
from bot.reports.readiness import Parts, Readiness
from bot.settings import Settings
from bot.toapis.offer import Offer
from bot.toapis.rate_limit import TIERS
from bot.wiring import Wiring, build_queue_news, build_recovery, build_services

_log = logging.getLogger("bot")


async def serve(settings: Settings) -> bool:
    """Run until SIGTERM or SIGINT. Running steps may finish; the other steps go on after the next start.

    Return True if another process took over: then call this again, to wait until that process ends.
    """
    stop = stop_on_signals()
    slot = Slot(settings.slots)
    import_module("cogs")  # a spare does so while it waits
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database.open(settings.database_url))
        readiness = Readiness(database, slot)
        manager = ServiceManager(settings.notify_socket, settings.watchdog_usec)
        await stack.enter_async_context(manager.informed(readiness, stop))
        webhooks = _webhooks(settings, database)
        server = await _door().open_door(settings, webhooks, readiness, stack) if settings.listens else None
        readiness.phase = "waiting"
        await unless(stop, _locked(settings, slot, stack))
        webhooks = webhooks if server is not None and await server.open() else None
        readiness.phase = "starting"
        started = await unless(stop, _started(settings, readiness, stack, webhooks))
        if started is not None:
            readiness.phase = "working"
            await run_until_stopped(*started, stop, slot.gone)
    return slot.gone.is_set()


def _webhooks(settings: Settings, database: Database) -> Webhooks | None:
    """Build what takes ToAPIs' webhooks, or return None where the settings have none."""
    if settings.public_url is None:
        return None
    return Webhooks(WebhookEvents(database), KeyValueStore(database), settings.public_url + PATH)


def _door() -> Any:
    """Import the web server only where it is needed: without it an idle bot is smaller, and starts sooner."""
    return import_module("bot.web.door")


async def _locked(settings: Settings, slot: Slot, stack: AsyncExitStack) -> None:
    """Hold a slot until ``stack`` closes. Wait while other processes have all. An SQLite file needs no lock."""
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
    settings: Settings, readiness: Readiness, stack: AsyncExitStack, webhooks: Webhooks | None
) -> tuple[Retouch, Recovery, Offer]:
    slot = readiness.slot
    wiring = await Wiring.open(settings, stack, slot, database=readiness.database, webhooks=webhooks)
    if settings.embedded:
        async with wiring.database.write() as write:
            await slot.number_alone(write)
    services = build_services(wiring, stack)
    app = await stack.enter_async_context(Retouch(services))
    await app.login(settings.discord_token.get_secret_value())
    await import_module("cogs").open_on(app)  # by name: bot imports nothing of cogs
    await app.sync_commands()
    pipeline, recovery = build_recovery(wiring, app)
    if slot.is_first:
        await take_over(wiring.database, _old_engine_file(settings))
    creates_a_second = TIERS[settings.toapis_tier].submit.per_ten_seconds / 10
    running = wiring.engine.running(
        pipeline.workflow,
        at_once=math.ceil(settings.running_in_all / slot.in_all),
        creates_a_second=creates_a_second / slot.in_all,
        endure=pipeline.endure,
    )
    await stack.enter_async_context(running)
    await stack.enter_async_context(beside(keep_up("the news of the queue", build_queue_news(wiring, app).forever)))
    if webhooks is not None:
        works = _door().works(settings, webhooks, app.courier.tell_operators if slot.is_first else None)
        await stack.enter_async_context(beside(*(keep_up(*work) for work in works.items())))
    if slot.in_all > 1 and slot.agree_on_shards is not None:
        await _share_shards(app, wiring.database, slot.agree_on_shards)
    readiness.parts = _parts(wiring, app)
    return app, recovery, wiring.offer


def _parts(wiring: Wiring, app: Retouch) -> Parts:
    """Return what is looked at while this process works."""
    services = app.services
    return Parts(
        engine=wiring.engine,
        toapis=wiring.toapis,
        maintenance=services.intake.maintenance,
        overviews=services.overviews,
        balance_monitor=services.balance_monitor,
        shards=app.latency_of_shards,
    )


async def _share_shards(app: Retouch, database: Database, agree: Callable[[int], Awaitable[int]]) -> None:
    """Agree with the other processes on the number of shards, and connect with this slot's alone."""
    slot = app.services.slot
    recommended, _, limit = await app.http.get_bot_gateway()
    shards = await agree(shards_in_all(recommended, slot.in_all))
    app.shard_count = shards
    app.shard_ids = shards_of(slot.number, slot.in_all, shards)
    app.identify_turns = IdentifyTurns(database, limit["max_concurrency"])
    _log.info("slot %d of %d: shards %s of %d", slot.number, slot.in_all, app.shard_ids, shards)


async def run_until_stopped(
    app: Retouch, recovery: Recovery, offer: Offer, stop: asyncio.Event, gone: asyncio.Event
) -> None:
    """Run the connection to Discord and all background work until ``stop``; ``gone`` means that the slot is lost."""
    async with asyncio.TaskGroup() as group:
        works = (
            app.connect(),
            keep_up("the recovery", recovery.forever),
            keep_up("the update of the models on offer", offer.refresh_forever),
            *_works_of_the_first(app),
            pass_on(gone, stop),
        )
        tasks = [group.create_task(work) for work in works]
        tasks[0].add_done_callback(lambda _: stop.set())
        await stop.wait()
        app.services.intake.close()
        if not gone.is_set():
            _log.info("stopping: running steps are let finish")
        await end(tasks)


def _works_of_the_first(app: Retouch) -> Iterator[Coroutine[Any, Any, None]]:
    """Yield the background work that is done once for all slots."""
    if app.services.slot.is_first:
        watch = partial(app.services.balance_monitor.watch_forever, app.courier.tell_operators)
        yield keep_up("the watch over the balance", watch)


def _old_engine_file(settings: Settings) -> Path | None:
    """Return where the engine of an earlier version kept its steps, or None for a schema on the server."""
    file = settings.database_file
    return file.with_name(file.stem + ".engine.db") if settings.embedded else None
