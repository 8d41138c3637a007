"""The front door: builds each part once, joins them, runs, closes in reverse."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from contextlib import AsyncExitStack
from functools import partial

import discord

from bot import logs
from bot.accounts import Accounts
from bot.app import Parts, Retouch
from bot.database import Database, DatabaseMistake, FileLock, migrate
from bot.facts import Facts
from bot.gate import Limits
from bot.jobs.engine import Engine
from bot.jobs.intake import Intake
from bot.jobs.pipeline import Patience, Pipeline
from bot.jobs.purchase import Purchase
from bot.jobs.rush import Rush
from bot.jobs.settle import Settlement
from bot.jobs.store import Jobs
from bot.jobs.sweep import DAY, STORIES_LAST, Sweep
from bot.jobs.wait import Wait
from bot.ledger import Ledger
from bot.phrases import Phrases
from bot.picture import Darkroom
from bot.privacy import Privacy
from bot.purse import Purse
from bot.report import Reports
from bot.rules import Rules
from bot.settings import Settings, SettingsMistake, read
from bot.styles import Styles
from bot.toapis.catalogue import Catalogue, CatalogueMistake
from bot.toapis.client import ToAPIs
from bot.toapis.offer import Offer
from bot.vault import Vault

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
    "own_key",
    "usage",
    "balance",
    "privacy",
)
"""In the order in which they are opened: the first sets the courier."""

_log = logging.getLogger("bot")


async def serve(settings: Settings) -> None:
    """Runs until SIGTERM or SIGINT. Running steps are let finish; the rest goes on in the next life."""
    async with AsyncExitStack() as house:
        database = await house.enter_async_context(Database.open(settings.database_url))
        key = settings.toapis_api_key.get_secret_value()
        toapis = await house.enter_async_context(
            ToAPIs.open(key=key, base_url=settings.toapis_base_url, tier=settings.toapis_tier)
        )
        darkroom = Darkroom()
        house.callback(darkroom.close)
        offer = Offer(Catalogue.load(settings.catalogue_file), toapis)
        jobs, ledger, facts, rules, rush = Jobs(database), Ledger(database), Facts(database), Rules(database), Rush()
        engine = Engine(rush=rush)
        vault = Vault(database, settings.secret_keys)
        limits = Limits(
            settings.pictures_per_day,
            settings.running_per_member,
            settings.running_in_all,
            settings.blocked_ids,
            settings.money_per_day,
            settings.money_per_month,
        )
        intake = Intake(
            database=database,
            jobs=jobs,
            ledger=ledger,
            engine=engine,
            limits=limits,
            rules=rules,
            vault=vault,
            rush=rush,
        )
        styles = Styles(database)
        house.push_async_callback(styles.close)
        reports = Reports(database)
        purse = Purse(toapis=toapis, reports=reports, facts=facts, warn_days=settings.balance_warn_days)
        privacy = Privacy(
            database, engine, retention_days=settings.retention_days, guild_gone_days=settings.guild_gone_days
        )
        patience = Patience(settings.deadline_minutes * 60, settings.give_up_hours * 3600)
        accounts = Accounts(
            toapis=toapis, facts=facts, vault=vault, window=settings.look_up_seconds, look_on=patience.give_up
        )
        parts = Parts(
            phrases=Phrases(),
            jobs=jobs,
            ledger=ledger,
            facts=facts,
            styles=styles,
            rules=rules,
            darkroom=darkroom,
            intake=intake,
            catalogue=offer,
            operator_ids=settings.operator_ids,
            reports=reports,
            purse=purse,
            privacy=privacy,
            vault=vault,
            accounts=accounts,
        )
        app = await house.enter_async_context(Retouch(parts))
        await app.login(settings.discord_token.get_secret_value())
        await app.open_cogs(*COGS)
        await app.sync_commands()

        courier, settlement = app.courier, Settlement(accounts, ledger)
        pipeline = Pipeline(
            engine=engine,
            jobs=jobs,
            purchase=Purchase(engine=engine, jobs=jobs, ledger=ledger, accounts=accounts, catalogue=offer),
            wait=Wait(accounts, courier, deadline=patience.deadline, called_off=jobs.is_called_off),
            settlement=settlement,
            toapis=toapis,
            accounts=accounts,
            catalogue=offer,
            darkroom=darkroom,
            courier=courier,
            patience=patience,
        )
        sweep = Sweep(
            jobs=jobs,
            ledger=ledger,
            engine=engine,
            intake=intake,
            settlement=settlement,
            accounts=accounts,
            courier=courier,
            look_on=patience.give_up,
            stories_last=min(STORIES_LAST, settings.retention_days * DAY),
            chores=(privacy.keep_word, privacy.once_a_day, partial(accounts.look_after, courier)),
        )
        running = engine.running(_engine_url(settings), pipeline.story, at_once=settings.running_in_all)
        await house.enter_async_context(running)
        await _until_stopped(app, intake, sweep, offer, purse)


async def _until_stopped(app: Retouch, intake: Intake, sweep: Sweep, offer: Offer, purse: Purse) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with asyncio.TaskGroup() as group:
        works = (
            app.connect(),
            sweep.forever(),
            offer.refresh_forever(),
            purse.watch_forever(app.courier.tell_operators),
        )
        tasks = [group.create_task(work) for work in works]
        tasks[0].add_done_callback(lambda _: stop.set())
        await stop.wait()
        intake.close()
        _log.info("stopping: running steps are let finish")
        for task in tasks[1:]:
            task.cancel()
        if not tasks[0].done():
            tasks[0].cancel()


async def _rotate(settings: Settings) -> int:
    """Seals servers' own keys with the first of SECRET_KEYS. The exit code: 2 where one of them can't be opened."""
    async with Database.open(settings.database_url) as database:
        done, locked = await Vault(database, settings.secret_keys).rotate()
    print(f"{done} servers' own keys are sealed with the first of SECRET_KEYS")  # noqa: T201 - asked for on a terminal
    if locked:
        print(f"{locked} more can't be opened: add the key that sealed them to SECRET_KEYS", file=sys.stderr)  # noqa: T201 - as above
    return 2 if locked else 0


def _engine_url(settings: Settings) -> str:
    """The engine keeps its own tables: in a schema on a server, in a file beside ours on a disk."""
    if not settings.embedded:
        return settings.database_url
    file = settings.database_file
    return f"sqlite:///{file.with_name(file.stem + '.engine.db')}"


def main(arguments: list[str]) -> int:
    """The exit code: 0 after a stop, 2 for what the operator has to put right."""
    os.umask(0o077)  # the database and all that lies beside it are the operator's alone
    try:
        settings = read()
        known = (settings.discord_token, settings.toapis_api_key, *settings.secret_keys)
        logs.set_up(settings.log_level, settings.log_format, [one.get_secret_value() for one in known])
        Catalogue.load(settings.catalogue_file)
        if settings.embedded:
            lock = FileLock.take(settings.database_file)
            if settings.on_vanishing_disk:
                _log.warning("this host's disk vanishes at every restart: set DATABASE_URL to a PostgreSQL server")
        migrate(settings.database_url, ask=arguments != ["migrate"])
        if arguments == ["migrate"]:
            return 0
        if arguments == ["rotate"]:
            return asyncio.run(_rotate(settings))
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
