"""The Wiring: what all the rest stands on, and each part built upon it, once."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.attachments import Attachments
from bot.client import Retouch
from bot.database import Database
from bot.guilds.api_keys import ApiKeys
from bot.guilds.audit import Audit
from bot.guilds.blocks import Blocks
from bot.guilds.consent import Consent
from bot.guilds.gate import Limits
from bot.guilds.picture_reports import PictureReports
from bot.guilds.rules import Rules
from bot.guilds.styles import Styles
from bot.i18n import Phrases
from bot.images.worker import ImageWorker
from bot.jobs.accounts import Accounts
from bot.jobs.ages import Ages
from bot.jobs.claim import Claims
from bot.jobs.engine import Engine
from bot.jobs.handover import Handover
from bot.jobs.intake import Intake
from bot.jobs.pipeline import Patience, Pipeline
from bot.jobs.polling import Wait
from bot.jobs.priority import CommandPriority
from bot.jobs.purchase import Purchase
from bot.jobs.recovery import DAY, STORIES_LAST, Recovery
from bot.jobs.settlement import Settlement
from bot.jobs.slot import Slot
from bot.jobs.store import Jobs
from bot.key_value import KeyValueStore
from bot.ledger import Ledger
from bot.memory import MIB, PictureMemory
from bot.privacy.personal_data import Privacy
from bot.reports.balance import BalanceMonitor
from bot.reports.health import Health
from bot.reports.overview import Overviews
from bot.reports.reconcile import Reconcile
from bot.reports.usage import Reports
from bot.services import Services
from bot.settings import Settings
from bot.toapis.catalogue.catalogue import Catalogue
from bot.toapis.client import ToAPIs
from bot.toapis.offer import Offer

HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Wiring:
    """What all the rest stands on."""

    settings: Settings
    database: Database
    toapis: ToAPIs
    offer: Offer
    command_priority: CommandPriority
    engine: Engine
    slot: Slot
    memory: PictureMemory
    attachments: Attachments

    @classmethod
    async def open(cls, settings: Settings, house: AsyncExitStack, slot: Slot | None = None) -> Wiring:
        """Connects to the database and to ToAPIs; ``house`` closes both."""
        key = settings.toapis_api_key.get_secret_value()
        toapis = ToAPIs.open(key=key, base_url=settings.toapis_base_url, tier=settings.toapis_tier)
        database = await house.enter_async_context(Database.open(settings.database_url))
        client = await house.enter_async_context(toapis)
        offer, command_priority, slot = (
            Offer(Catalogue.load(settings.catalogue_file), client),
            CommandPriority(),
            slot or Slot(),
        )
        memory = PictureMemory(settings.picture_memory_mb * MIB)
        attachments = await house.enter_async_context(Attachments.open())
        engine = Engine(command_priority=command_priority, slot=slot)
        return cls(settings, database, client, offer, command_priority, engine, slot, memory, attachments)


def build_services(ground: Wiring, house: AsyncExitStack) -> Services:
    """What the cogs work with: it needs no Discord. ``house`` closes what has to be closed."""
    settings, database, engine = ground.settings, ground.database, ground.engine
    jobs, ledger, facts, rules = Jobs(database), Ledger(database), KeyValueStore(database), Rules(database)
    image_worker, styles, reports, limits = ImageWorker(), Styles(database), Reports(database), _limits(settings)
    house.callback(image_worker.close)
    house.push_async_callback(styles.close)
    audit, api_keys = Audit(database, rules), ApiKeys(database, settings.secret_keys)
    blocks = Blocks(database, audit)
    intake = Intake(
        database=database,
        jobs=jobs,
        ledger=ledger,
        engine=engine,
        limits=limits,
        rules=rules,
        blocks=blocks,
        api_keys=api_keys,
        command_priority=ground.command_priority,
        slot=ground.slot,
    )
    balance_monitor = BalanceMonitor(
        toapis=ground.toapis, reports=reports, facts=facts, warn_days=settings.balance_warn_days
    )
    return Services(
        phrases=Phrases(),
        jobs=jobs,
        ledger=ledger,
        facts=facts,
        styles=styles,
        rules=rules,
        consent=Consent(database),
        image_worker=image_worker,
        intake=intake,
        catalogue=ground.offer,
        whole_catalogue=ground.offer.whole,
        operator_ids=settings.operator_ids,
        reports=reports,
        balance_monitor=balance_monitor,
        privacy=_privacy(ground),
        audit=audit,
        blocks=blocks,
        picture_reports=PictureReports(database, audit),
        api_keys=api_keys,
        accounts=_accounts(ground, facts, api_keys),
        health=Health(database=database, engine=engine, toapis=ground.toapis, balance_monitor=balance_monitor),
        overviews=Overviews(database, ledger=ledger, reports=reports, maintenance=intake.maintenance, limits=limits),
        reconcile=build_reconcile(ground),
        memory=ground.memory,
        attachments=ground.attachments,
    )


def _privacy(ground: Wiring) -> Privacy:
    retention, gone = ground.settings.retention_days, ground.settings.guild_gone_days
    return Privacy(ground.database, ground.engine, retention_days=retention, guild_gone_days=gone)


def _accounts(ground: Wiring, facts: KeyValueStore, api_keys: ApiKeys) -> Accounts:
    window, look_on = ground.settings.look_up_seconds, ground.settings.give_up_hours * HOUR
    return Accounts(toapis=ground.toapis, facts=facts, api_keys=api_keys, window=window, look_on=look_on)


def build_reconcile(ground: Wiring) -> Reconcile:
    """Needs no Discord either, so it may run beside the bot."""
    key = ground.settings.toapis_api_key.get_secret_value()
    return Reconcile(database=ground.database, toapis=ground.toapis, facts=KeyValueStore(ground.database), key=key)


def _limits(settings: Settings) -> Limits:
    return Limits(
        settings.pictures_per_day,
        settings.running_per_member,
        settings.running_in_all,
        settings.blocked_ids,
        settings.money_per_day,
        settings.money_per_month,
        settings.allowed_guild_ids,
        settings.attempts_per_hour,
    )


def _purchase_on(ground: Wiring, parts: Services, ages: Ages) -> Purchase:
    return Purchase(
        engine=ground.engine,
        jobs=parts.jobs,
        claims=Claims(ground.database),
        ledger=parts.ledger,
        accounts=parts.accounts,
        catalogue=ground.offer.whole,
        slot=ground.slot,
        ages=ages,
    )


def build_recovery(ground: Wiring, app: Retouch) -> tuple[Pipeline, Recovery]:
    """The steps of a job, and what takes up those that a crash left lying."""
    settings, engine, parts, courier = ground.settings, ground.engine, app.parts, app.courier
    jobs, ledger, accounts = parts.jobs, parts.ledger, parts.accounts
    settlement = Settlement(accounts, ledger)
    patience = Patience(settings.deadline_minutes * 60, settings.give_up_hours * HOUR)
    ages, whole = Ages(), ground.offer.whole
    pipeline = Pipeline(
        engine=engine,
        jobs=jobs,
        purchase=_purchase_on(ground, parts, ages),
        wait=Wait(accounts, courier, deadline=patience.deadline, cancelled=jobs.is_called_off, ages=ages),
        settlement=settlement,
        handover=Handover(
            jobs=jobs,
            toapis=ground.toapis,
            image_worker=parts.image_worker,
            courier=courier,
            memory=ground.memory,
            ages=ages,
        ),
        accounts=accounts,
        catalogue=whole,
        image_worker=parts.image_worker,
        courier=courier,
        patience=patience,
        memory=ground.memory,
        ages=ages,
    )
    look_after = partial(accounts.look_after, courier)
    recovery = Recovery(
        jobs=jobs,
        ledger=ledger,
        engine=engine,
        intake=parts.intake,
        settlement=settlement,
        accounts=accounts,
        courier=courier,
        look_on=patience.give_up,
        stories_last=min(STORIES_LAST, settings.retention_days * DAY),
        chores=(
            app.show_maintenance,
            parts.privacy.keep_word,
            parts.privacy.once_a_day,
            look_after,
            ground.database.empty_log,
            engine.empty_log,
        ),
        slot=ground.slot,
    )
    return pipeline, recovery
