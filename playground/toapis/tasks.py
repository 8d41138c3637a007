"""Tasks: the outcome, drawn when a task is made, and the answer to a look-up at a given time. No I/O.

Nothing runs while a task is painting. Its state is computed from the clock at each look-up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from playground.toapis.accounts import CREDIT, Charge
from playground.toapis.create_request import CreateRequest

KEPT: Final = 24 * 3600
"""Seconds that a painted picture can be downloaded for, from its completion."""

Shape = Literal["result", "url", "images", "data"]
SHAPES: Final[tuple[Shape, ...]] = ("result", "url", "images", "data")
WAITING: Final = ("queued", "pending", "submitted")
PAINTING: Final = ("in_progress", "in_progress", "processing", "running")
BillingForm = Literal["off", "settled", "pending-then-settled"]


@dataclass(frozen=True, slots=True)
class Failure:
    """The reason why a task fails. ``form``: as an object, as a bare string, or in ``fail_reason``."""

    code: str | int
    message: str
    form: Literal["object", "string", "fail_reason"] = "object"


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """``seconds`` of painting (infinite: never ends). ``hidden``: seconds in which no look-up finds the task."""

    seconds: float
    failure: Failure | None = None
    hidden: float = 0.0
    factor: float = 1.0
    """The price that is charged, as a multiple of the listed one."""


@dataclass(slots=True)
class PaintTask:
    """One accepted create. ``seed`` varies the picture; ``looks`` counts look-ups after it was finished."""

    id: str
    request: CreateRequest
    outcome: TaskOutcome
    charge: Charge
    created: float
    waiting: str
    painting: str
    shape: Shape
    output: str
    seed: int
    looks: int = 0
    painted: dict[int, bytes] = field(default_factory=dict)

    @property
    def ends(self) -> float:
        """Return when it ends, in Unix seconds; infinite where it never does."""
        return self.created + self.outcome.seconds

    def finished(self, now: float) -> bool:
        return now >= self.ends

    def failed(self, now: float) -> bool:
        return self.finished(now) and self.outcome.failure is not None

    def painted_at(self, now: float) -> bool:
        return self.finished(now) and self.outcome.failure is None

    def gone(self, now: float) -> bool:
        """Return whether the time is over in which its pictures can be downloaded."""
        return now >= self.ends + KEPT

    def urls(self, home: str) -> list[str]:
        # The ending says .png whatever is inside: clients must look at the bytes.
        return [f"{home}/files/generated/{self.id}/{index}.png" for index in range(self.request.count)]


def created(task: PaintTask) -> dict[str, Any]:
    """Build the answer to a create: docs.toapis.com/docs/en/api-reference/images/gpt-image-2."""
    return {
        "id": task.id,
        "object": "generation.task",
        "model": task.request.named,
        "status": task.waiting,
        "progress": 0,
        "created_at": int(task.created),
        "metadata": {},
        **_business(task),
    }


def described(task: PaintTask, now: float, home: str, billing: BillingForm) -> dict[str, Any]:
    """Build the answer to a look-up: docs.toapis.com/docs/en/api-reference/tasks/image-status."""
    body = created(task) | {"status": _status(task, now), "progress": _progress(task, now)}
    if not task.finished(now):
        return body
    body["completed_at"] = math.ceil(task.ends)
    if task.outcome.failure is None:
        body["expires_at"] = math.ceil(task.ends) + KEPT
        place(body, task.urls(home), task.shape)
    else:
        add_failure(body, task.outcome.failure)
    if billing != "off":
        body["billing"] = _billing(task, pending=billing == "pending-then-settled" and task.looks < 2)
    return body


def place(body: dict[str, Any], urls: list[str], shape: Shape) -> None:
    """Write the result's addresses in one of the shapes that ToAPIs was seen to use; no addresses: an empty one."""
    for name in SHAPES:
        body.pop(name, None)
    entries = [{"url": url} for url in urls]
    if shape == "result":
        body["result"] = {"type": "image", "data": entries}
    elif shape == "url" and len(urls) == 1:
        body["url"] = urls[0]
    elif shape == "data":
        body["data"] = entries
    else:
        body["images"] = entries


def add_failure(body: dict[str, Any], failure: Failure) -> None:
    body.pop("error", None)
    if failure.form == "object":
        body["error"] = {"code": failure.code, "message": failure.message}
    else:
        body["error" if failure.form == "string" else "fail_reason"] = failure.message


def _status(task: PaintTask, now: float) -> str:
    if task.finished(now):
        return "completed" if task.outcome.failure is None else "failed"
    return task.waiting if _share(task, now) < 0.15 else task.painting


def _progress(task: PaintTask, now: float) -> int:
    """Return the progress: it sticks at 10, then jumps; a failed task shows 0 or 100."""
    if task.finished(now):
        return 100 if task.outcome.failure is None or task.seed % 2 else 0
    return 0 if _share(task, now) < 0.15 else 10


def _share(task: PaintTask, now: float) -> float:
    seconds = min(task.outcome.seconds, 60.0)
    return (now - task.created) / seconds if seconds else 1.0


def _business(task: PaintTask) -> dict[str, str]:
    business_id = task.request.business_id
    return {} if business_id is None else {"client_business_id": business_id}


def _billing(task: PaintTask, *, pending: bool) -> dict[str, str]:
    if pending:
        return {"status": "pending"}
    micros = 0 if task.outcome.failure else task.charge.micros
    state = "refunded" if task.outcome.failure else "settled"
    return {"status": state, "credits": f"{micros / CREDIT:.4f}", "cost_usd": f"{micros / 1_000_000:.6f}"}
