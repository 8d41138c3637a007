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
from bot.jobs.recovery import DAY, WORKFLOWS_LAST, Recovery
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
    async def open(cls, settings: Settings, stack: AsyncExitStack, slot: Slot | None = None) -> Wiring:
        """Connects to the database and to ToAPIs; ``stack`` closes both."""
        key = settings.toapis_api_key.get_secret_value()
        toapis = ToAPIs.open(key=key, base_url=settings.toapis_base_url, tier=settings.toapis_tier)
        database = await stack.enter_async_context(Database.open(settings.database_url))
        client = await stack.enter_async_context(toapis)
        offer, command_priority, slot = (
            Offer(Catalogue.load(settings.catalogue_file), client),
            CommandPriority(),
            slot or Slot(),
        )
        memory = PictureMemory(settings.picture_memory_mb * MIB)
        attachments = await stack.enter_async_context(Attachments.open())
        engine = Engine(command_priority=command_priority, slot=slot)
        return cls(settings, database, client, offer, command_priority, engine, slot, memory, attachments)


def build_services(wiring: Wiring, stack: AsyncExitStack) -> Services:
    """What the cogs work with: it needs no Discord. ``stack`` closes what has to be closed."""
    settings, database, engine = wiring.settings, wiring.database, wiring.engine
    jobs, ledger, key_values, rules = Jobs(database), Ledger(database), KeyValueStore(database), Rules(database)
    image_worker, styles, reports, limits = ImageWorker(), Styles(database), Reports(database), _limits(settings)
    stack.callback(image_worker.close)
    stack.push_async_callback(styles.close)
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
        command_priority=wiring.command_priority,
        slot=wiring.slot,
    )
    balance_monitor = BalanceMonitor(
        toapis=wiring.toapis, reports=reports, key_values=key_values, warn_days=settings.balance_warn_days
    )
    return Services(
        phrases=Phrases(),
        jobs=jobs,
        ledger=ledger,
        key_values=key_values,
        styles=styles,
        rules=rules,
        consent=Consent(database),
        image_worker=image_worker,
        intake=intake,
        catalogue=wiring.offer,
        whole_catalogue=wiring.offer.whole,
        operator_ids=settings.operator_ids,
        reports=reports,
        balance_monitor=balance_monitor,
        privacy=_privacy(wiring),
        audit=audit,
        blocks=blocks,
        picture_reports=PictureReports(database, audit),
        api_keys=api_keys,
        accounts=_accounts(wiring, key_values, api_keys),
        health=Health(database=database, engine=engine, toapis=wiring.toapis, balance_monitor=balance_monitor),
        overviews=Overviews(database, ledger=ledger, reports=reports, maintenance=intake.maintenance, limits=limits),
        reconcile=build_reconcile(wiring),
        memory=wiring.memory,
        attachments=wiring.attachments,
    )


def _privacy(wiring: Wiring) -> Privacy:
    retention, gone = wiring.settings.retention_days, wiring.settings.guild_gone_days
    return Privacy(wiring.database, wiring.engine, retention_days=retention, guild_gone_days=gone)


def _accounts(wiring: Wiring, key_values: KeyValueStore, api_keys: ApiKeys) -> Accounts:
    window, look_on = wiring.settings.look_up_seconds, wiring.settings.give_up_hours * HOUR
    return Accounts(toapis=wiring.toapis, key_values=key_values, api_keys=api_keys, window=window, look_on=look_on)


def build_reconcile(wiring: Wiring) -> Reconcile:
    """Needs no Discord either, so it may run beside the bot."""
    key = wiring.settings.toapis_api_key.get_secret_value()
    return Reconcile(database=wiring.database, toapis=wiring.toapis, key_values=KeyValueStore(wiring.database), key=key)


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


def _purchase_on(wiring: Wiring, services: Services, ages: Ages) -> Purchase:
    return Purchase(
        engine=wiring.engine,
        jobs=services.jobs,
        claims=Claims(wiring.database),
        ledger=services.ledger,
        accounts=services.accounts,
        catalogue=wiring.offer.whole,
        slot=wiring.slot,
        ages=ages,
    )


def build_recovery(wiring: Wiring, app: Retouch) -> tuple[Pipeline, Recovery]:
    """The steps of a job, and what takes up those that a crash left lying."""
    settings, engine, services, courier = wiring.settings, wiring.engine, app.services, app.courier
    jobs, ledger, accounts = services.jobs, services.ledger, services.accounts
    settlement = Settlement(accounts, ledger)
    patience = Patience(settings.deadline_minutes * 60, settings.give_up_hours * HOUR)
    ages, whole = Ages(), wiring.offer.whole
    pipeline = Pipeline(
        engine=engine,
        jobs=jobs,
        purchase=_purchase_on(wiring, services, ages),
        wait=Wait(accounts, courier, deadline=patience.deadline, cancelled=jobs.is_cancelled, ages=ages),
        settlement=settlement,
        handover=Handover(
            jobs=jobs,
            toapis=wiring.toapis,
            image_worker=services.image_worker,
            courier=courier,
            memory=wiring.memory,
            ages=ages,
        ),
        accounts=accounts,
        catalogue=whole,
        image_worker=services.image_worker,
        courier=courier,
        patience=patience,
        memory=wiring.memory,
        ages=ages,
    )
    look_after = partial(accounts.look_after, courier)
    recovery = Recovery(
        jobs=jobs,
        ledger=ledger,
        engine=engine,
        intake=services.intake,
        settlement=settlement,
        accounts=accounts,
        courier=courier,
        look_on=patience.give_up,
        workflows_last=min(WORKFLOWS_LAST, settings.retention_days * DAY),
        chores=(
            app.show_maintenance,
            services.privacy.keep_word,
            services.privacy.once_a_day,
            look_after,
            wiring.database.empty_log,
            engine.empty_log,
        ),
        slot=wiring.slot,
    )
    return pipeline, recovery
