"""The translation of values into ToAPIs' JSON, and of its answers into values or one typed error. No I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, TypeVar

from pydantic import AliasChoices, AliasPath, BaseModel, ConfigDict, Field, ValidationError

from bot.errors import NotFound, OrderRejected, ToAPIsUnavailable
from bot.money import Micros, micros
from bot.orders import Order
from bot.toapis.catalogue.model import Model
from bot.toapis.error_text import says_no_task
from bot.toapis.fields import Id, Moment, Number, Progress, Status, Word, Yes, as_id, is_address
from bot.toapis.responses import Answer, document, painting_error, read_error, request_id, retry_after, text_of
from bot.toapis.tasks import CREDITS_PER_DOLLAR, Balance, Billing, Failed, Painted, Painting, Queued, Task, Upload

__all__ = [
    "Answer",
    "create_body",
    "read_balance",
    "read_error",
    "read_found",
    "read_models",
    "read_task",
    "read_upload",
    "retry_after",
]

_WAITING: Final = frozenset({"queued", "submitted", "pending"})
_DONE: Final = frozenset({"completed", "success", "succeeded"})
_FAILED: Final = frozenset({"failed", "failure", "error", "cancelled", "canceled", "expired", "timeout"})
_BUSINESS_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,200}")


def create_body(
    order: Order, model: Model, urls: Sequence[str], business_id: str, callback_url: str | None = None
) -> dict[str, Any]:
    """Build the JSON of a paid create, in this model's spelling. ``callback_url`` gets the webhook at its end.

    Raise OrderRejected for a reference that is not an http(s) address (ToAPIs refuses base64, data and file addresses)
    and for a business id that could not be looked up again.
    """
    if not _BUSINESS_ID.fullmatch(business_id):
        raise OrderRejected("the business id must be 1 to 200 of A-Z a-z 0-9 _ . : -")
    if any(not is_address(url) for url in urls):
        raise OrderRejected("a reference is not an http(s) address")
    body: dict[str, Any] = {
        "model": model.id,
        "prompt": order.prompt,
        "response_format": "url",
        "client_business_id": business_id,
    }
    if order.ratio is not None:
        body["size"] = order.ratio.replace("×", "x").replace("：", ":")
    if order.count > 1:
        body["n"] = order.count
    if urls:
        body[model.reference_field] = [{"url": url} for url in urls] if model.reference_shape == "objects" else [*urls]
    metadata: dict[str, Any] = {}
    resolution = order.resolution or model.default_resolution
    if resolution is not None and model.resolution_field == "metadata":
        metadata["resolution"] = resolution.upper()
    elif resolution is not None and model.resolution_field != "none":
        body["resolution"] = resolution.lower() if model.resolution_field == "top-lower" else resolution.upper()
    if model.watermark is not None:
        metadata["watermark"] = model.watermark
    if metadata:
        body["metadata"] = metadata
    if callback_url is not None:
        body["callback_url"] = callback_url
    return body


def read_upload(answer: Answer) -> Upload:
    """Read an upload's answer. Raise a ToAPIsError if it failed."""
    body = _parse(_UploadBody, answer)
    if body.url is None or not is_address(body.url):
        raise ToAPIsUnavailable("the upload's answer holds no address", request_id=request_id(answer))
    return Upload(id=body.id or "", url=body.url, mime=body.mime or "", size=body.size or 0)


def read_task(answer: Answer, requested_id: str | None = None) -> Task:
    """Read the task from a create's or a status answer. ``requested_id`` is its id if the answer may leave it out.

    A failed task is a value (Failed); a failed request raises. An unknown status is not final.
    """
    body = document(answer)
    inner = body.get("data")
    if isinstance(inner, dict) and body.get("id") is None and body.get("task_id") is None:
        body = {**body, **inner}
    task = _parse(_TaskBody, answer, body)
    task_id = task.id or (requested_id if task.status else None)
    if task_id is None:
        error = read_error(answer)
        raise ToAPIsUnavailable(f"no task id: {error.detail}"[:500], request_id=error.request_id)
    billing = _read_billing(body.get("billing"))
    if task.status in _DONE:
        return Painted(task_id, _urls(body), task.expires_at, billing, task.business_id, task.seconds)
    if task.status in _FAILED:
        words = [text_of(body.get(key)) for key in ("error", "fail_reason", "message")]
        reason = " ".join(part for part in words if part) or f"status {task.status}"
        return Failed(task_id, painting_error(reason, answer.secret), billing, task.business_id)
    if task.status is None or task.status in _WAITING:
        return Queued(task_id, task.business_id)
    return Painting(task_id, task.progress, task.business_id)


def read_found(answer: Answer, business_id: str) -> Task | None:
    """Read the task with this business id. Return None only if ToAPIs itself says that it knows none.

    A proxy's 404 must not be read as "no task": the next step would pay a second time.
    """
    try:
        task = read_task(answer)
    except NotFound as error:
        if says_no_task(error.detail):
            return None
        raise ToAPIsUnavailable(f"an unclear 404: {error.detail}"[:500], request_id=error.request_id) from error
    if task.business_id not in (None, business_id):
        raise ToAPIsUnavailable("the look-up answered with another order's task", request_id=request_id(answer))
    return task


def read_balance(answer: Answer) -> Balance:
    """Read the credits that are left. ``remain_balance`` has no fixed unit, so it is ignored."""
    body = _parse(_BalanceBody, answer)
    if not body.unlimited and body.left is None:
        raise ToAPIsUnavailable("the balance's answer holds no credits", request_id=request_id(answer))
    return Balance(None if body.unlimited else max(body.left or 0, 0), max(body.used or 0, 0))


def read_models(answer: Answer) -> frozenset[str]:
    """Read the ids of the models that this key may use now."""
    entries = document(answer).get("data")
    if not isinstance(entries, list):
        raise ToAPIsUnavailable("the list of models holds no list", request_id=request_id(answer))
    ids = (entry.get("id") if isinstance(entry, dict) else entry for entry in entries)
    return frozenset(model_id for model_id in map(as_id, ids) if model_id)


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


_B = TypeVar("_B", bound=_Body)


class _TaskBody(_Body):
    id: Id = Field(None, validation_alias=AliasChoices("id", "task_id"))
    status: Status = Field(None, validation_alias=AliasChoices("status", "task_status", "state"))
    progress: Progress = None
    created_at: Moment = Field(None, validation_alias=AliasChoices("created_at", "submitted_at"))
    completed_at: Moment = Field(None, validation_alias=AliasChoices("completed_at", "finished_at"))
    expires_at: Moment = None
    business_id: Id = Field(
        None, validation_alias=AliasChoices("client_business_id", AliasPath("metadata", "client_business_id"))
    )

    @property
    def seconds(self) -> int | None:
        """Return how long the task took, or None where it is not said, or said to have ended before it began."""
        if self.created_at is None or self.completed_at is None or self.completed_at < self.created_at:
            return None
        return self.completed_at - self.created_at


class _UploadBody(_Body):
    id: Id = Field(None, validation_alias=AliasChoices(AliasPath("data", "id"), "id"))
    url: Word = Field(None, validation_alias=AliasChoices(AliasPath("data", "url"), "url"))
    mime: Word = Field(None, validation_alias=AliasChoices(AliasPath("data", "mime_type"), "mime_type"))
    size: Number = Field(None, validation_alias=AliasChoices(AliasPath("data", "size"), "size"))


class _BalanceBody(_Body):
    left: Number = Field(None, validation_alias=AliasChoices("remain_credits", AliasPath("data", "remain_credits")))
    used: Number = Field(None, validation_alias=AliasChoices("used_credits", AliasPath("data", "used_credits")))
    unlimited: Yes = Field(
        False, validation_alias=AliasChoices("unlimited_quota", AliasPath("data", "unlimited_quota"))
    )


def _parse(kind: type[_B], answer: Answer, body: dict[str, Any] | None = None) -> _B:
    present = {key: value for key, value in (document(answer) if body is None else body).items() if value is not None}
    try:
        return kind.model_validate(present)
    except ValidationError as error:  # every field coerces, so this should not happen
        detail = f"the answer has a strange shape: {error.error_count()} fields"
        raise ToAPIsUnavailable(detail, request_id=request_id(answer)) from error


def _urls(body: dict[str, Any]) -> tuple[str, ...]:
    """Read the pictures' addresses. The documents' field lists and examples disagree: the first match wins."""
    result = body.get("result")
    inner = result if isinstance(result, dict) else {}
    for shape in (
        inner.get("data"),
        body.get("url"),
        body.get("images"),
        body.get("data"),
        body.get("image_url"),
        inner.get("url"),
        inner.get("images"),
        result,
    ):
        if addresses := tuple(dict.fromkeys(_addresses(shape))):
            return addresses
    return ()


def _addresses(shape: object) -> list[str]:
    addresses: list[str] = []
    for entry in shape if isinstance(shape, list) else [shape]:
        value = (entry.get("url") or entry.get("image_url")) if isinstance(entry, dict) else entry
        if isinstance(value, dict):
            value = value.get("url")
        if is_address(value):
            addresses.append(str(value))
    return addresses


def _read_billing(value: object) -> Billing | None:
    if not isinstance(value, dict):
        return None
    state = text_of(value.get("status")).strip().lower()
    if state not in ("settled", "refunded"):
        return Billing("pending", None)
    cost = _micros(value.get("cost_usd"))
    if cost is None and (credit := _micros(value.get("credits"))) is not None:
        cost = Micros(credit // CREDITS_PER_DOLLAR)
    return Billing(state, cost)


def _micros(value: object) -> Micros | None:
    """Convert a decimal string to millionths; return None if it is no amount."""
    try:
        amount = Decimal(text_of(value).strip())
        return micros(amount) if 0 <= amount <= 100_000 else None
    except ArithmeticError:  # decimal's errors: no number, or NaN
        return None
