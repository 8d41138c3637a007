"""ToAPIs' webhooks: whether a delivery is signed with one of our secrets, and what its event tells. No I/O.

A delivery is signed anew at each try, with the moment of that try; the event's id stays the same.
https://docs.toapis.com/docs/en/api-reference/webhooks/task-webhooks
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.toapis.fields import as_id, as_moment

ID: Final = "X-ToAPIs-Webhook-Id"
TIMESTAMP: Final = "X-ToAPIs-Webhook-Timestamp"
SIGNATURE: Final = "X-ToAPIs-Webhook-Signature"

SKEW: Final = 300.0
"""Seconds by which the moment of a delivery may differ from our clock, either way."""

SIGNATURES: Final = 8
"""Signatures of a delivery that are looked at. There are two for a day after the secret was changed."""

TEST: Final = "endpoint.test"
_ENDED: Final = ("generation.completed", "generation.failed")
_MOMENT: Final = re.compile(r"[0-9]{1,12}")
_LONGEST: Final = 24 * 3600
"""Seconds. What is said to have painted for longer teaches nothing."""


class Malformed(Exception):
    """A delivery that is not built as ToAPIs builds them."""


class Unsigned(Exception):
    """A delivery that was not signed with one of our secrets, or not lately."""


@dataclass(frozen=True, slots=True)
class Event:
    """The end of a task, or a test. ``job_id`` is the task's business id; ``seconds`` is how long the task took.

    Only that a task has ended is read, and not how: that is asked of ToAPIs itself.
    """

    id: str
    kind: str
    task_id: str | None = None
    job_id: str | None = None
    seconds: int | None = None

    @property
    def is_end(self) -> bool:
        """Return whether it tells of the end of a task."""
        return self.kind in _ENDED and (self.task_id is not None or self.job_id is not None)

    @property
    def is_test(self) -> bool:
        """Return whether somebody pressed the button for a test in the console."""
        return self.kind == TEST


def read_delivery(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: float) -> Event:
    """Return the event of a delivery that arrived at ``now`` (Unix seconds).

    Raise Malformed for what is not built as documented, and Unsigned where no signature is of one of our ``secrets``
    or the delivery is too old, or from the future. Nothing of a body is read before its signature was found right.
    """
    event_id = as_id(headers.get(ID, ""))
    timestamp = headers.get(TIMESTAMP, "")
    if event_id is None or event_id != headers[ID] or not _MOMENT.fullmatch(timestamp):
        raise Malformed("the headers name no event, or no moment")
    signed = f"{event_id}.{timestamp}.".encode() + body
    right = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode() for secret in secrets]
    claimed = _claimed(headers.get(SIGNATURE, ""))
    if not any(hmac.compare_digest(signature, claim) for signature in right for claim in claimed):
        raise Unsigned("no signature is right")
    if abs(now - int(timestamp)) > SKEW:
        raise Unsigned("the delivery is too old, or a clock is wrong")
    return _read_event(event_id, body)


def _claimed(header: str) -> list[bytes]:
    """Return the signatures that a header names."""
    parts = [part.strip() for part in header.split(",", SIGNATURES)[:SIGNATURES]]
    return [part.removeprefix("v1=").encode("utf-8", "replace") for part in parts if part.startswith("v1=")]


def _read_event(event_id: str, body: bytes) -> Event:
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("the body is not JSON") from None
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, dict) or document.get("id") != event_id or not isinstance(document.get("type"), str):
        raise Malformed("the body is no event, or another one than its headers name")
    return Event(
        id=event_id,
        kind=document["type"],
        task_id=as_id(data.get("task_id")),
        job_id=as_id(data.get("client_business_id")),
        seconds=_seconds(data),
    )


def _seconds(data: dict[str, Any]) -> int | None:
    submitted = as_moment(data.get("submitted_at"))
    finished = as_moment(data.get("finished_at"))
    if submitted is None or finished is None or not 0 <= finished - submitted <= _LONGEST:
        return None
    return finished - submitted
