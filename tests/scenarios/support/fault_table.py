"""For each fault of the stand-in ToAPIs: what an order that meets it must come to.

What may be repeated, and what that costs, is read from ToAPIs' pages and not from the bot. A refusal (4xx) is told at
once. 429 and "the limiter is down" made no task, so the create is sent again. After any other silence (5xx, a reset,
HTML, half an answer) a task may have been made and charged: it is looked up, and only a proved "no such task" lets the
create be sent again. Asking and downloading cost nothing. A failed task was refunded. What was painted was paid for.
https://docs.toapis.com/docs/en/api-reference/tasks/image-status
https://docs.toapis.com/docs/en/api-reference/rate-limits/async-tasks
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from playground.toapis.faults.fault import Verb

PICTURE: Final = "picture"
LINK: Final = "link"
"""Paid for, but the picture can't be posted: the member gets its address."""

OPEN: Final = ("error-unknown", "error-gave-up")
"""Not final: the money stays held."""

Group = Literal["told", "lost", "upload", "upload, both"]


@dataclass(frozen=True, slots=True)
class Scenario:
    """An order that meets a fault. ``ends``: PICTURE, LINK, or the key of the sentence that the member is told.

    ``creates``: how many were sent. ``paid``: charges that were not refunded. ``times``, ``on``, ``options``: the
    fault's. ``order``: further options of the order. ``late``: the member is told once that it takes longer.
    """

    fault: str
    ends: str
    creates: int = 1
    paid: int = 0
    times: int | None = None
    on: tuple[Verb, ...] | None = None
    options: dict[str, Any] = field(default_factory=dict)
    order: dict[str, str] = field(default_factory=dict)
    group: Group = "told"
    late: bool = False

    def __str__(self) -> str:
        options = [f"{key}={value}" for key, value in (("times", self.times), ("on", self.on)) if value]
        return " ".join([self.fault, *options, *(f"{key}={value}" for key, value in self.options.items())])


def _comes(fault: str, creates: int = 1, **more: Any) -> Scenario:
    return Scenario(fault, PICTURE, creates, 1, **more)


def _linked(fault: str, **more: Any) -> Scenario:
    return Scenario(fault, LINK, 1, 1, **more)


def _refused(fault: str, key: str, **more: Any) -> Scenario:
    """Return a scenario refused at once: nothing is charged, and no create is sent a second time."""
    return Scenario(fault, key, **more)


def _no_answer(fault: str) -> Iterator[Scenario]:
    """Yield scenarios whose create's answer tells of no task: one picture comes and one is paid, made or not."""
    yield _comes(fault, creates=2, times=1, on=("create",), group="lost")
    yield _comes(fault, times=1, on=("create",), options={"made": True}, group="lost")


def _free_to_ask(fault: str) -> Iterator[Scenario]:
    """Yield the same fault at look-ups, which cost nothing: the task goes on meanwhile."""
    yield _comes(fault, times=2, on=("status",))


def _rows() -> Iterator[Scenario]:
    yield from _refusals()
    yield from _silences()
    yield from _answers()
    yield from _results()
    yield from _task_failures()


def _refusals() -> Iterator[Scenario]:
    for fault in ("invalid-request", "invalid-param", "invalid-references", "webhook-not-configured", "everyone-400"):
        yield _refused(fault, "error-order-rejected")
    for fault in ("upload-unsupported", "upload-too-large", "too-large-413"):
        yield _refused(fault, "error-order-rejected", creates=0, group="upload")
    # Free to repeat, and so it is: five times, and after a pause again.
    yield _comes("success-false", times=5, on=("upload",), group="upload, both")
    yield _comes("success-false", times=2, group="upload")
    for fault in ("unauthorized", "unauthorized-numeric", "unauthorized-chinese"):
        yield _refused(fault, "error-key")
        yield _refused(fault, "error-key", creates=0, group="upload")
    yield _comes("unauthorized", times=2, on=("status",))  # the task goes on whatever happens to the key
    for fault in ("insufficient-quota", "quota-403"):
        yield _refused(fault, "error-out-of-credit")
    yield _refused("forbidden", "error-not-allowed")
    for fault in ("policy-422", "policy-chinese"):
        yield _refused(fault, "error-policy")
    yield _comes("no-channel", creates=2, times=1)  # it made no task; for a minute it is tried again
    # Not JSON, so it came from the edge: it says nothing of the key, and does not prove that a create stopped there.
    yield _comes("edge-403", times=5, on=("upload",), group="upload, both")
    yield _comes("edge-403", creates=2, times=1, on=("create",), group="lost")
    # No task was made, so the same create may go out again: five times, and after a pause as often.
    for fault in ("rate-limited", "rate-limit-unavailable"):
        yield _comes(fault, creates=3, times=2, on=("create",))
    yield _comes("rate-limited", creates=6, times=5, on=("create",), options={"seconds": 0})
    yield _comes("rate-limit-unavailable", creates=6, times=5, options={"seconds": 0})
    yield _comes("rate-limited", times=2, on=("status",))


def _silences() -> Iterator[Scenario]:
    for fault in ("request-timeout", "bad-gateway", "gateway-timeout", "timeout-524", "unavailable", "empty-503"):
        yield from _no_answer(fault)
    for fault in ("internal-error", "error-as-string", "message-only"):
        yield from _no_answer(fault)
    for fault in ("bad-gateway", "unavailable", "internal-error", "error-as-string", "message-only", "cut-answer"):
        yield from _free_to_ask(fault)
    yield _comes("reset-before", creates=2, times=1, group="lost")
    for fault in ("reset-after", "hang-after", "html-200", "empty-body", "truncated-json"):
        yield _comes(fault, group="lost")
    yield _comes("cut-answer", times=1, group="lost")
    yield _comes("late-task", options={"seconds": 2.0}, group="lost")
    yield _comes("hang", times=1, group="lost")
    # Sent again after each proof, three times in all. Then it is not called free: it is looked for further.
    yield Scenario("gateway-timeout", "error-unknown", creates=3, on=("create",), group="lost")
    # No look-up is possible: nothing is sent again, and the member is told.
    yield Scenario("unavailable", "error-unknown", on=("create", "find"), group="lost")
    yield Scenario("edge-403", "error-unknown", group="lost")
    # "No such task" at a status just after the create is a slow database; long after it, the task is lost.
    yield _comes("task-not-found", times=3)
    yield Scenario("not-found", "error-unknown", paid=1, group="lost", late=True)
    yield _comes("lookup-absent")
    yield Scenario("never", "error-gave-up", paid=1, group="lost", late=True)
    yield _comes("slow", options={"scale": 0.05}, group="lost", late=True)


def _answers() -> Iterator[Scenario]:
    for fault in ("numbers-as-strings", "unknown-fields", "unknown-status", "other-words", "stuck-progress"):
        yield _comes(fault)
    for shape in ("result", "url", "images", "data", "image_url"):
        yield _comes(f"shape-{shape}")
    for fault in ("create-task-id", "create-data-id", "completed-without-url", "wrong-type-result"):
        yield _comes(fault)
    yield _comes("drip", options={"pace": 0.01})
    yield Scenario("completed-never-url", "error-result-gone", paid=1)


def _results() -> Iterator[Scenario]:
    """Yield faulty downloads, which are free to repeat; at the end the member gets the address of what was paid."""
    for fault in ("result-gone", "result-410", "broken-result", "result-not-image", "endless-result", "huge-result"):
        yield _linked(fault)
    for fault in ("result-503", "truncated-result", "empty-result"):
        yield _linked(fault)
        yield _comes(fault, times=1)
    yield _linked("redirect-result", options={"to": "loop"})
    for place in ("private", "metadata", "file"):
        yield Scenario("redirect-result", "error-result-refused", paid=1, options={"to": place})
    yield Scenario("address-elsewhere", "error-result-refused", paid=1)
    yield _comes("long-address")
    yield _comes("heavy-result", options={"megabytes": 20.0})
    yield _comes("redirect-result", options={"to": "good"})


def _task_failures() -> Iterator[Scenario]:
    yield _comes("price-differs")
    yield _comes("narrow-tiers", order={"model": "gpt-image-2", "ratio": "4:3"})
    narrow = {"model": "gpt-image-2", "ratio": "4:3", "resolution": "1K"}
    yield _refused("narrow-tiers", "error-order-rejected", order=narrow)
    reasons = {
        "failed:generation_failed": "error-painting-failed",
        "failed:deadline_exceeded": "error-painting-failed",
        "failed:no_images": "error-painting-failed",
        "chinese-texts": "error-painting-failed",
        "everyone": "error-painting-failed",
        "failed-as-string": "error-painting-failed",
        "fail_reason": "error-painting-failed",
        "failed:InvalidParameter": "error-order-rejected",
        "failed:capability_mismatch": "error-order-rejected",
        "failed:reference_too_large": "error-order-rejected",
        "failed:reference_fetch_failed": "error-painting-failed",
        "failed:model_not_found": "error-model-unavailable",
        "failed:quota_not_enough": "error-out-of-credit",
        "failed:content_policy_violation": "error-policy",
        "policy-failed": "error-policy",
    }
    for fault, key in reasons.items():
        yield Scenario(fault, key)  # charged, and refunded when it failed


SCENARIOS: Final = tuple(_rows())

AGES: Final = {"not-found": 200.0, "never": 25 * 3600.0}
"""The seconds that pass in a scenario before the member is told that it takes longer."""

FORMS: Final = tuple(
    _comes("rate-limited", creates=2, times=1, on=("create",), options={"seconds": 3, "form": form})
    for form in ("seconds", "http-date", "unix")
)
"""A moment at which to ask again, in each of its forms; longer than the bot would wait by itself."""

_SAMPLED: Final = (
    "reset-after",
    "gateway-timeout",
    "policy-422",
    "insufficient-quota",
    "rate-limited",
    "failed:generation_failed",
    "result-gone",
)
SAMPLE: Final = tuple(
    {scenario.fault: scenario for scenario in reversed(SCENARIOS) if scenario.fault in _SAMPLED}.values()
)
"""One scenario of each kind, for the other database: the first of each of these faults."""
