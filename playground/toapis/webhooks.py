"""Webhooks of the stand-in ToAPIs: set up for a key in an imaginary console, signed, delivered, and sent again.

Unlike ToAPIs it calls addresses of this machine, and without https: it has no others.
https://docs.toapis.com/docs/en/api-reference/webhooks/task-webhooks
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import io
import json as jsonlib
import math
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import aiohttp

from playground.toapis.accounts import WebhookSetting
from playground.toapis.faults.webhook_faults import WebhookFaults
from playground.toapis.tasks import PaintTask

AGAIN: Final = (10.0, 30.0, 120.0, 600.0, 3600.0, 6 * 3600.0, 24 * 3600.0)
"""Seconds from a delivery that failed to the next."""

PATIENCE: Final = 10.0
"""Seconds within which a delivery must be answered."""

READ: Final = 4096
"""Bytes of an answer that are read."""

EVERY: Final = 0.01
"""Seconds between two looks at the clock, which may be moved, while something is to be sent."""

HUGE: Final = 1 << 20


@dataclass(slots=True)
class Delivery:
    """One try to deliver an event. ``status`` is what the other side answered; None: nothing."""

    event_id: str
    kind: str
    url: str
    at: float
    task_id: str | None = None
    status: int | None = None

    @property
    def taken(self) -> bool:
        """Return whether the event need not be sent again."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(slots=True)
class _Parcel:
    """An event to be delivered at ``due``, by the stand-in's clock; None: when its task has ended."""

    event: dict[str, Any]
    url: str
    setting: WebhookSetting
    task: PaintTask | None = None
    due: float | None = None
    tries: int = 0


class WebhookSender:
    """Sends what is due while it is ``sending``. ``deliveries`` are all tries, oldest first."""

    def __init__(self, clock: Callable[[], float], home: Callable[[], str]) -> None:
        self.faults = WebhookFaults()
        self.deliveries: list[Delivery] = []
        self.heard: Callable[[], None] = lambda: None
        """Called after each try."""
        self._clock = clock
        self._home = home
        self._parcels: list[_Parcel] = []
        self._news = asyncio.Event()

    def expect(self, task: PaintTask, setting: WebhookSetting | None) -> None:
        """Send an event when this task has ended, if its key has a webhook."""
        if setting is None or not setting.enabled or self.faults.strike("lost"):
            return
        url = task.request.callback_url or setting.url
        self._parcels.append(_Parcel({"id": f"evt_{secrets.token_hex(12)}"}, url, setting, task))
        self._news.set()

    def test(self, setting: WebhookSetting) -> None:
        """Send a test, as the button in the console does."""
        data = {
            "task_id": "endpoint_test",
            "task_type": "image",
            "status": "SUCCESS",
            "progress": "100%",
            "result": {"message": "ToAPIs webhook endpoint test"},
            "error": None,
            "submitted_at": 0,
            "finished_at": 0,
        }
        event = {"id": f"evt_{secrets.token_hex(12)}", "type": "endpoint.test", "data": data}
        self._parcels.append(_Parcel(event, setting.url, setting, due=self._clock()))
        self._news.set()

    async def before_answer(self, task_id: str) -> None:
        """End a task that was just made, and deliver its event before the create is answered, if that fault is on."""
        parcels = [parcel for parcel in self._parcels if parcel.task is not None and parcel.task.id == task_id]
        if not parcels or self.faults.strike("before-answer") is None:
            return
        (parcel,) = parcels
        assert parcel.task is not None  # filtered
        parcel.task.outcome = replace(parcel.task.outcome, seconds=0.0)
        self._parcels.remove(parcel)
        async with aiohttp.ClientSession() as session:
            await self._deliver(session, parcel)

    @contextlib.asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """Send meanwhile. What is not taken by then stays to be sent."""
        task = asyncio.create_task(self._send())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task  # a fault of its own is not hidden

    async def _send(self) -> None:
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
            while True:
                now = self._clock()
                for parcel in [parcel for parcel in self._parcels if self._is_due(parcel, now)]:
                    self._parcels.remove(parcel)
                    group.create_task(self._deliver(session, parcel))
                if self._parcels:
                    await asyncio.sleep(EVERY)
                else:
                    self._news.clear()
                    await self._news.wait()

    def _is_due(self, parcel: _Parcel, now: float) -> bool:
        if parcel.due is None and parcel.task is not None and parcel.task.finished(now):
            late = self.faults.strike("late")
            parcel.due = now + late.seconds if late else now
        return parcel.due is not None and now >= parcel.due

    async def _deliver(self, session: aiohttp.ClientSession, parcel: _Parcel) -> None:
        if parcel.task is not None:
            parcel.event |= _ended(parcel.task, self._home())
        delivery = await self._post(session, parcel)
        if delivery.taken and self.faults.strike("twice"):
            await self._post(session, parcel)
        if not delivery.taken and parcel.tries < len(AGAIN):
            parcel.due = self._clock() + AGAIN[parcel.tries]
            parcel.tries += 1
            self._parcels.append(parcel)
            self._news.set()

    async def _post(self, session: aiohttp.ClientSession, parcel: _Parcel) -> Delivery:
        now = self._clock()
        event = parcel.event | {"api_version": "v1", "created_at": int(now)}
        if self.faults.strike("huge"):
            event["padding"] = "x" * HUGE
        at = now - 600 if self.faults.strike("old") else now
        keys = ["another secret"] if self.faults.strike("wrong-signature") else parcel.setting.secrets
        body = jsonlib.dumps(event).encode()
        headers = signed(event["id"], str(int(at)), body, keys)
        delivery = Delivery(event["id"], event["type"], parcel.url, now, parcel.task.id if parcel.task else None)
        self.deliveries.append(delivery)
        with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
            timeout = aiohttp.ClientTimeout(total=PATIENCE)
            content = io.BytesIO(body)  # aiohttp warns about large plain bytes
            async with session.post(
                parcel.url, data=content, headers=headers, allow_redirects=False, timeout=timeout
            ) as response:
                delivery.status = response.status
                await response.content.read(READ)
        self.heard()
        return delivery


def signed(event_id: str, timestamp: str, body: bytes, keys: list[str]) -> dict[str, str]:
    """Return the headers of a delivery, with one signature for each key."""
    content = f"{event_id}.{timestamp}.".encode() + body
    signatures = [f"v1={hmac.new(key.encode(), content, hashlib.sha256).hexdigest()}" for key in keys]
    return {
        "User-Agent": "ToAPIs-Webhook/1.0",
        "Content-Type": "application/json",
        "X-ToAPIs-Webhook-Id": event_id,
        "X-ToAPIs-Webhook-Timestamp": timestamp,
        "X-ToAPIs-Webhook-Signature": ",".join(signatures),
    }


def _ended(task: PaintTask, home: str) -> dict[str, Any]:
    """Return what an event tells of a task that has ended. The result as in the status, in its documented shape."""
    failure = task.outcome.failure
    business_id = task.request.business_id
    pictures = {"type": "image", "data": [{"url": url} for url in task.urls(home)]}
    data = {
        "task_id": task.id,
        **({} if business_id is None else {"client_business_id": business_id}),
        "task_type": "image",
        "model": task.request.named,
        "status": "FAILURE" if failure else "SUCCESS",
        "progress": "100%",
        "result": None if failure else pictures,
        "error": {"code": str(failure.code), "message": failure.message} if failure else None,
        "submitted_at": int(task.created),
        "finished_at": math.ceil(task.ends),
    }
    return {"type": "generation.failed" if failure else "generation.completed", "data": data}
