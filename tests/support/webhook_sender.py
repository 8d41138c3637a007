"""Webhooks as ToAPIs sends them, and the parts of the bot that take them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from bot.database import Database
from bot.jobs.webhook_events import WebhookEvents
from bot.jobs.webhooks import PATH, Webhooks
from bot.key_value import KeyValueStore
from bot.toapis.webhook import Event
from playground.toapis.webhooks import signed
from tests.support.studio import NOW, Hours

SECRET = "a secret of thirty-two characters"
ADDRESS = f"https://bot.example.com{PATH}"


def webhooks_over(database: Database, clock: Callable[[], float] | None = None) -> Webhooks:
    """Build what takes webhooks, as one process has it."""
    hours = clock or Hours()
    return Webhooks(WebhookEvents(database, hours), KeyValueStore(database), ADDRESS, hours)


def ended(job_id: str | None, *, task_id: str | None = "task-1", id_: str = "evt_1", seconds: int | None = 30) -> Event:
    """Return the event of a task that has ended."""
    return Event(id_, "generation.completed", task_id, job_id, seconds)


TEST = Event("evt_test", "endpoint.test", "endpoint_test")


def delivery(
    job_id: str = "job-1", *, id_: str = "evt_1", at: float = NOW, secrets: Sequence[str] = (SECRET,), **more: Any
) -> tuple[dict[str, str], bytes]:
    """Return headers and body of a delivery."""
    data = {"task_id": "task-1", "client_business_id": job_id, "submitted_at": NOW - 30, "finished_at": NOW}
    event = {"id": id_, "type": "generation.completed", "data": data} | more
    body = json.dumps(event).encode()
    return signed(id_, f"{at:.0f}", body, list(secrets)), body
