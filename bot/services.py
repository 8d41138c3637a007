"""The services that the cogs use. ``wiring.py`` builds them, ``client.py`` holds them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bot.attachments import Attachments
from bot.guilds.api_keys import ApiKeys
from bot.guilds.audit import Audit
from bot.guilds.blocks import Blocks
from bot.guilds.consent import Consent
from bot.guilds.picture_reports import PictureReports
from bot.guilds.rules import Rules
from bot.guilds.styles import Styles
from bot.i18n import Phrases
from bot.images.worker import ImageWorker
from bot.jobs.accounts import Accounts
from bot.jobs.intake import Intake
from bot.jobs.slot import Slot
from bot.jobs.store import Jobs
from bot.jobs.webhooks import Webhooks
from bot.key_value import KeyValueStore
from bot.ledger import Ledger
from bot.memory import PictureMemory
from bot.privacy.personal_data import Privacy
from bot.reports.balance import BalanceMonitor
from bot.reports.health import Health
from bot.reports.overview import Overviews
from bot.reports.reconcile import Reconcile
from bot.reports.usage import Reports
from bot.throttle import Turns
from bot.toapis.catalogue.catalogue import Catalogue

MINUTE: Final = 60.0
HOUR: Final = 3600.0

LOOKS: Final = 30
"""How often in a minute a member may look at results."""

EXPORTS: Final = 6
"""How often in an hour a member may request their data as a file."""


@dataclass(frozen=True, slots=True)
class Services:
    """The services that the cogs use."""

    phrases: Phrases
    jobs: Jobs
    ledger: Ledger
    key_values: KeyValueStore
    styles: Styles
    rules: Rules
    consent: Consent
    image_worker: ImageWorker
    intake: Intake
    catalogue: Callable[[], Catalogue]
    """Return the models that can be ordered now."""
    whole_catalogue: Callable[[], Catalogue]
    """Return all models, for jobs that were ordered before."""
    operator_ids: frozenset[int]
    reports: Reports
    balance_monitor: BalanceMonitor
    privacy: Privacy
    health: Health
    overviews: Overviews
    reconcile: Reconcile
    audit: Audit
    blocks: Blocks
    picture_reports: PictureReports
    api_keys: ApiKeys
    accounts: Accounts
    memory: PictureMemory
    attachments: Attachments
    slot: Slot
    webhooks: Webhooks | None = None
    """None where ToAPIs can't call this bot."""
    looking: Turns = field(default_factory=lambda: Turns(LOOKS, MINUTE))
    """The throttle for looks at results: before and after, the steps, past jobs."""
    exporting: Turns = field(default_factory=lambda: Turns(EXPORTS, HOUR))
