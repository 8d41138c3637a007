"""The front door: builds each part once, joins them, runs, closes in reverse."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass

import discord

from bot import logs
from bot.app import Parts, Retouch
from bot.audit import Audit
from bot.blocks import Blocks
from bot.complaints import Complaints
from bot.consent import Consent
from bot.database import Database, DatabaseMistake, FileLock, migrate
from bot.facts import Facts
from bot.gate import Limits
from bot.health import Health
from bot.jobs.engine import Engine
from bot.jobs.intake import Intake
from bot.jobs.lookup import Lookup
from bot.jobs.pipeline import Patience, Pipeline
from bot.jobs.purchase import Purchase
from bot.jobs.rush import Rush
from bot.jobs.settle import Settlement
from bot.jobs.store import Jobs
from bot.jobs.sweep import DAY, STORIES_LAST, Sweep
from bot.jobs.wait import Wait
from bot.ledger import Ledger
from bot.overview import Overviews
from bot.phrases import Phrases
from bot.picture import Darkroom
from bot.privacy import Privacy
from bot.purse import Purse
from bot.reconcile import Reconcile
from bot.report import Reports
from bot.rules import Rules
from bot.settings import Settings, SettingsMistake, read
from bot.styles import Styles
from bot.toapis.catalogue import Catalogue, CatalogueMistake
from bot.toapis.client import ToAPIs
from bot.toapis.offer import Offer

COGS = (
    "delivery",
    "edit",
    "menus",
    "forms",
    "pressing",
    "conversation",
    "history",
    "styles",
    "server",
    "reporting",
    "blocks",
    "audit",
    "usage",
    "balance",
    "operator",
    "privacy",
)
"""In the order in which they are opened: the first sets the courier."""

_log = logging.getLogger("bot")


@dataclass(frozen=True, slots=True)
class Ground:
    """What all the rest stands on."""

    settings: Settings
    database: Database
    toapis: ToAPIs
    offer: Offer
    rush: Rush
    engine: Engine

    @classmethod
    async def open(cls, settings: Settings, house: AsyncExitStack) -> Ground:
        """Connects to the database and to ToAPIs; ``house`` closes both."""
        key = settings.toapis_api_key.get_secret_value()
        toapis = ToAPIs.open(key=key, base_url=settings.toapis_base_url, tier=settings.toapis_tier)
        database = await house.enter_async_context(Database.open(settings.database_url))
        client = await house.enter_async_context(toapis)
        offer, rush = Offer(Catalogue.load(settings.catalogue_file), client), Rush()
        return cls(settings, database, client, offer, rush, Engine(rush=rush))


async def serve(settings: Settings) -> None:
    """Runs until SIGTERM or SIGINT. Running steps are let finish; the rest goes on in the next life."""
    async with AsyncExitStack() as house:
        ground = await Ground.open(settings, house)
        parts = _parts(ground, house)
        app = await house.enter_async_context(Retouch(parts))
        await app.login(settings.discord_token.get_secret_value())
        await app.open_cogs(*COGS)
        await app.sync_commands()
        pipeline, sweep = _story(ground, app)
        running = ground.engine.running(_engine_url(settings), pipeline.story, at_once=settings.running_in_all)
        await house.enter_async_context(running)
        await _until_stopped(app, sweep, ground.offer)


def _parts(ground: Ground, house: AsyncExitStack) -> Parts:
    """What the cogs work with: it needs no Discord. ``house`` closes what has to be closed."""
    settings, database, engine = ground.settings, ground.database, ground.engine
    jobs, ledger, facts, rules = Jobs(database), Ledger(database), Facts(database), Rules(database)
    darkroom, styles, reports, limits = Darkroom(), Styles(database), Reports(database), _limits(settings)
    house.callback(darkroom.close)
    house.push_async_callback(styles.close)
    audit = Audit(database, rules)
    blocks = Blocks(database, audit)
    intake = Intake(
        database=database,
        jobs=jobs,
        ledger=ledger,
        engine=engine,
        limits=limits,
        rules=rules,
        blocks=blocks,
        rush=ground.rush,
    )
    purse = Purse(toapis=ground.toapis, reports=reports, facts=facts, warn_days=settings.balance_warn_days)
    privacy = Privacy(
        database, engine, retention_days=settings.retention_days, guild_gone_days=settings.guild_gone_days
    )
    return Parts(
        phrases=Phrases(),
        jobs=jobs,
        ledger=ledger,
        facts=facts,
        styles=styles,
        rules=rules,
        consent=Consent(database),
        darkroom=darkroom,
        intake=intake,
        catalogue=ground.offer,
        operator_ids=settings.operator_ids,
        reports=reports,
        purse=purse,
        privacy=privacy,
        audit=audit,
        blocks=blocks,
        complaints=Complaints(database, audit),
        health=Health(database=database, engine=engine, toapis=ground.toapis, purse=purse),
        overviews=Overviews(database, ledger=ledger, reports=reports, maintenance=intake.maintenance, limits=limits),
        reconcile=_reconcile(ground),
    )


def _reconcile(ground: Ground) -> Reconcile:
    key = ground.settings.toapis_api_key.get_secret_value()
    return Reconcile(database=ground.database, toapis=ground.toapis, facts=Facts(ground.database), key=key)


def _limits(settings: Settings) -> Limits:
    return Limits(
        settings.pictures_per_day,
        settings.running_per_member,
        settings.running_in_all,
        settings.blocked_ids,
        settings.money_per_day,
        settings.money_per_month,
        settings.allowed_guild_ids,
    )


def _story(ground: Ground, app: Retouch) -> tuple[Pipeline, Sweep]:
    """The steps of a job, and what takes up those that a crash left lying."""
    settings, toapis, engine, parts, courier = ground.settings, ground.toapis, ground.engine, app.parts, app.courier
    jobs, ledger = parts.jobs, parts.ledger
    key, settlement = settings.toapis_api_key.get_secret_value(), Settlement(toapis, ledger)
    lookup = Lookup(toapis, parts.facts, key=key, window=settings.look_up_seconds)
    patience = Patience(settings.deadline_minutes * 60, settings.give_up_hours * 3600)
    pipeline = Pipeline(
        engine=engine,
        jobs=jobs,
        purchase=Purchase(
            engine=engine, jobs=jobs, ledger=ledger, toapis=toapis, catalogue=ground.offer, lookup=lookup
        ),
        wait=Wait(toapis, courier, deadline=patience.deadline, called_off=jobs.is_called_off),
        settlement=settlement,
        toapis=toapis,
        catalogue=ground.offer,
        darkroom=parts.darkroom,
        courier=courier,
        patience=patience,
    )
    sweep = Sweep(
        jobs=jobs,
        ledger=ledger,
        engine=engine,
        intake=parts.intake,
        settlement=settlement,
        toapis=toapis,
        lookup=lookup,
        courier=courier,
        look_on=patience.give_up,
        stories_last=min(STORIES_LAST, settings.retention_days * DAY),
        chores=(app.show_maintenance, parts.privacy.keep_word, parts.privacy.once_a_day),
    )
    return pipeline, sweep


async def _until_stopped(app: Retouch, sweep: Sweep, offer: Offer) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with asyncio.TaskGroup() as group:
        works = (
            app.connect(),
            sweep.forever(),
            offer.refresh_forever(),
            app.parts.purse.watch_forever(app.courier.tell_operators),
        )
        tasks = [group.create_task(work) for work in works]
        tasks[0].add_done_callback(lambda _: stop.set())
        await stop.wait()
        app.parts.intake.close()
        _log.info("stopping: running steps are let finish")
        for task in tasks[1:]:
            task.cancel()
        if not tasks[0].done():
            tasks[0].cancel()


async def audit(settings: Settings) -> int:
    """Prints what differs. The exit code: 0 for nothing, 1 for something, 2 where ToAPIs could not be asked."""
    async with AsyncExitStack() as house:
        found = await _reconcile(await Ground.open(settings, house)).look()
    print("\n".join(found.lines(Phrases())))  # noqa: T201 - the answer to a command
    return 1 if found.differences else 0 if found.is_whole else 2


def _engine_url(settings: Settings) -> str:
    """The engine keeps its own tables: in a schema on a server, in a file beside ours on a disk."""
    if not settings.embedded:
        return settings.database_url
    file = settings.database_file
    return f"sqlite:///{file.with_name(file.stem + '.engine.db')}"


def main(arguments: list[str]) -> int:
    """The exit code: 0 after a stop, 2 for what the operator has to put right; ``audit`` has its own."""
    os.umask(0o077)  # the database and all that lies beside it are the operator's alone
    try:
        settings = read()
        logs.set_up(
            settings.log_level,
            settings.log_format,
            [settings.discord_token.get_secret_value(), settings.toapis_api_key.get_secret_value()],
        )
        Catalogue.load(settings.catalogue_file)
        if settings.embedded and arguments != ["reconcile"]:  # which may run beside the bot: it only reads
            lock = FileLock.take(settings.database_file)
            if settings.on_vanishing_disk:
                _log.warning("this host's disk vanishes at every restart: set DATABASE_URL to a PostgreSQL server")
        if settings.embedded and arguments == ["reconcile"] and not settings.database_file.is_file():
            raise DatabaseMistake(f"DATABASE_URL: there is no file {settings.database_file}, so nothing to compare")
        migrate(settings.database_url, ask=arguments != ["migrate"])
        if arguments == ["migrate"]:
            return 0
        if arguments == ["reconcile"]:
            return asyncio.run(audit(settings))
        asyncio.run(serve(settings))
        if settings.embedded:
            lock.release()
    except (SettingsMistake, DatabaseMistake, CatalogueMistake) as mistake:
        print(mistake, file=sys.stderr)  # noqa: T201 - the log may not be set up yet
        return 2
    except discord.LoginFailure:
        print("DISCORD_TOKEN was refused by Discord: copy it anew from the developer portal", file=sys.stderr)  # noqa: T201 - as above
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
