"""The wiring: opens the resources that everything is built from, and builds each service once."""

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
from bot.jobs.experience import Experience
from bot.jobs.handover import Handover
from bot.jobs.intake import Intake
from bot.jobs.pipeline import Patience, Pipeline
from bot.jobs.polling import Wait
from bot.jobs.priority import CommandPriority
from bot.jobs.purchase import Purchase
from bot.jobs.queue_news import QueueNews
from bot.jobs.recovery import DAY, WORKFLOWS_LAST, Recovery
from bot.jobs.restored import Recall
from bot.jobs.settlement import Settlement
from bot.jobs.slot import Slot
from bot.jobs.store import Jobs
from bot.jobs.webhooks import Webhooks
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
    """The settings and open resources that everything else is built from."""

    settings: Settings
    database: Database
    toapis: ToAPIs
    offer: Offer
    command_priority: CommandPriority
    engine: Engine
    slot: Slot
    memory: PictureMemory
    attachments: Attachments
    webhooks: Webhooks | None

    @classmethod
    async def open(
        cls,
        settings: Settings,
        stack: AsyncExitStack,
        slot: Slot | None = None,
        *,
        database: Database | None = None,
        webhooks: Webhooks | None = None,
    ) -> Wiring:
        """Connect to the database, if that is not done yet, and to ToAPIs; ``stack`` closes both."""
        key = settings.toapis_api_key.get_secret_value()
        slot = slot or Slot()
        toapis = ToAPIs.open(
            key=key,
            base_url=settings.toapis_base_url,
            tier=settings.toapis_tier,
            among=slot.in_all,
            before_paid=slot.confirm,
        )
        if database is None:
            database = await stack.enter_async_context(Database.open(settings.database_url))
        client = await stack.enter_async_context(toapis)
        offer = Offer(Catalogue.load(settings.catalogue_file), client)
        command_priority = CommandPriority()
        memory = PictureMemory(settings.picture_memory_mb * MIB)
        attachments = await stack.enter_async_context(Attachments.open())
        engine = Engine(database, command_priority=command_priority, slot=slot)
        return cls(settings, database, client, offer, command_priority, engine, slot, memory, attachments, webhooks)


def build_services(wiring: Wiring, stack: AsyncExitStack) -> Services:
    """Build the services that the cogs use, without Discord. ``stack`` closes those that must be closed."""
    settings = wiring.settings
    database = wiring.database
    image_worker = ImageWorker()
    stack.callback(image_worker.close)
    styles = Styles(database)
    stack.push_async_callback(styles.close)
    jobs = Jobs(database, slot=wiring.slot)
    ledger = Ledger(database, check=wiring.slot.check)
    key_values = KeyValueStore(database)
    rules = Rules(database)
    reports = Reports(database)
    limits = _limits(settings)
    audit = Audit(database, rules)
    blocks = Blocks(database, audit)
    api_keys = ApiKeys(database, settings.secret_keys)
    balance_monitor = _balance_monitor(wiring, reports, key_values)
    intake = _intake(wiring, jobs=jobs, ledger=ledger, limits=limits, rules=rules, blocks=blocks, api_keys=api_keys)
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
        health=Health(database=database, engine=wiring.engine, toapis=wiring.toapis, balance_monitor=balance_monitor),
        overviews=Overviews(database, ledger=ledger, reports=reports, maintenance=intake.maintenance, limits=limits),
        reconcile=build_reconcile(wiring),
        memory=wiring.memory,
        attachments=wiring.attachments,
        webhooks=wiring.webhooks,
        slot=wiring.slot,
    )


def build_reconcile(wiring: Wiring) -> Reconcile:
    """Build the comparison with ToAPIs, which needs no Discord, so that it may run beside the bot."""
    key = wiring.settings.toapis_api_key.get_secret_value()
    return Reconcile(database=wiring.database, toapis=wiring.toapis, key_values=KeyValueStore(wiring.database), key=key)


def build_recovery(wiring: Wiring, app: Retouch) -> tuple[Pipeline, Recovery]:
    """Build the pipeline, which has the steps of a job, and the recovery, which continues jobs after a crash."""
    services = app.services
    settlement = Settlement(services.accounts, services.ledger)
    patience = Patience(wiring.settings.deadline_minutes * 60, wiring.settings.give_up_hours * HOUR)
    pipeline = _pipeline(wiring, app, settlement, patience)
    recovery = Recovery(
        jobs=services.jobs,
        ledger=services.ledger,
        engine=wiring.engine,
        intake=services.intake,
        settlement=settlement,
        accounts=services.accounts,
        courier=app.courier,
        look_on=patience.give_up,
        workflows_last=min(WORKFLOWS_LAST, wiring.settings.retention_days * DAY),
        chores=(
            app.show_maintenance,
            *((services.privacy.keep_word, services.privacy.once_a_day) if wiring.slot.is_first else ()),
            partial(services.accounts.look_after, app.courier),
            wiring.database.empty_log,
            *([services.webhooks.purge] if services.webhooks is not None else []),
        ),
        slot=wiring.slot,
    )
    return pipeline, recovery


def build_queue_news(wiring: Wiring, app: Retouch) -> QueueNews:
    """Build what shows the places of those who wait."""
    return QueueNews(wiring.engine.line, app.services.jobs, app.courier, wiring.slot)


def _pipeline(wiring: Wiring, app: Retouch, settlement: Settlement, patience: Patience) -> Pipeline:
    services = app.services
    courier = app.courier
    ages = Ages()
    purchase = _purchase(wiring, services, ages)
    return Pipeline(
        engine=wiring.engine,
        jobs=services.jobs,
        purchase=purchase,
        wait=Wait(
            services.accounts,
            courier,
            deadline=patience.deadline,
            cancelled=services.jobs.is_cancelled,
            webhooks=services.webhooks,
            ages=ages,
        ),
        settlement=settlement,
        handover=Handover(
            jobs=services.jobs,
            toapis=wiring.toapis,
            image_worker=services.image_worker,
            courier=courier,
            memory=wiring.memory,
            ages=ages,
        ),
        accounts=services.accounts,
        catalogue=wiring.offer.whole,
        image_worker=services.image_worker,
        courier=courier,
        patience=patience,
        memory=wiring.memory,
        ages=ages,
        experience=Experience(services.key_values),
        recall=Recall(services.key_values, services.jobs, services.ledger, settlement, purchase, courier),
    )


def _purchase(wiring: Wiring, services: Services, ages: Ages) -> Purchase:
    return Purchase(
        engine=wiring.engine,
        jobs=services.jobs,
        claims=Claims(wiring.database),
        ledger=services.ledger,
        accounts=services.accounts,
        catalogue=wiring.offer.whole,
        slot=wiring.slot,
        webhooks=services.webhooks,
        ages=ages,
    )


def _intake(
    wiring: Wiring, *, jobs: Jobs, ledger: Ledger, limits: Limits, rules: Rules, blocks: Blocks, api_keys: ApiKeys
) -> Intake:
    return Intake(
        database=wiring.database,
        jobs=jobs,
        ledger=ledger,
        engine=wiring.engine,
        limits=limits,
        rules=rules,
        blocks=blocks,
        api_keys=api_keys,
        command_priority=wiring.command_priority,
        slot=wiring.slot,
    )


def _balance_monitor(wiring: Wiring, reports: Reports, key_values: KeyValueStore) -> BalanceMonitor:
    warn_days = wiring.settings.balance_warn_days
    return BalanceMonitor(toapis=wiring.toapis, reports=reports, key_values=key_values, warn_days=warn_days)


def _privacy(wiring: Wiring) -> Privacy:
    settings = wiring.settings
    return Privacy(
        wiring.database,
        wiring.engine,
        retention_days=settings.retention_days,
        guild_gone_days=settings.guild_gone_days,
    )


def _accounts(wiring: Wiring, key_values: KeyValueStore, api_keys: ApiKeys) -> Accounts:
    return Accounts(
        toapis=wiring.toapis,
        key_values=key_values,
        api_keys=api_keys,
        window=wiring.settings.look_up_seconds,
        look_on=wiring.settings.give_up_hours * HOUR,
        owns=wiring.slot.owns,
    )


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
        settings.queue_limit,
    )
