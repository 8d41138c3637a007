"""Faults in a task's outcome while it is being made: how long it takes, its price, and whether it fails."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Final

from playground.toapis.faults.fault import Fault, Options, TaskFault
from playground.toapis.faults.refusals import RUDE
from playground.toapis.tasks import Failure, TaskOutcome

_CHINESE: Final = "上游负载已饱和，请稍后再试 (request id: 20261124090000123456789)"
_CODES: Final[dict[str, str]] = {
    "generation_failed": "upstream returned 422 Unprocessable Entity",
    "InvalidParameter": "the parameter resolution is not supported by this model",
    "model_not_found": "no available channel for this model under group default",
    "quota_not_enough": "user quota is not enough",
    "reference_fetch_failed": "reference image could not be fetched or mirrored",
    "reference_too_large": "reference image exceeds 10 MB",
    "deadline_exceeded": "task deadline exceeded",
    "no_images": "upstream answered without images",
    "content_policy_violation": "the prompt or picture was rejected by the content policy",
    "capability_mismatch": "the channel does not support this capability",
}


def _failing(name: str, line: str, failure: Failure) -> TaskFault:
    def act(outcome: TaskOutcome, options: Options) -> TaskOutcome:
        said = replace(failure, message=options["message"])
        seconds = outcome.seconds if options["seconds"] is None else options["seconds"]
        return replace(outcome, failure=said, seconds=seconds)

    return TaskFault(
        name, f"{line} (refunded)", ("create",), options={"message": failure.message, "seconds": None}, act=act
    )


def _bending(name: str, line: str, change: Any, **options: Any) -> TaskFault:
    return TaskFault(name, line, ("create",), options=options, act=change)


_ROWS: Final[tuple[Fault, ...]] = (
    _bending(
        "slow",
        "paints for six minutes (times scale)",
        lambda outcome, options: replace(outcome, seconds=360.0 * options["scale"]),
        scale=1.0,
    ),
    _bending("never", "never finishes", lambda outcome, _options: replace(outcome, seconds=math.inf)),
    _bending(
        "price-differs",
        "charges more than the list says (times factor)",
        lambda outcome, options: replace(outcome, factor=options["factor"]),
        factor=1.5,
    ),
    *(
        _failing(f"failed:{code}", f"the task fails with {code}", Failure(code, message))
        for code, message in _CODES.items()
    ),
    _failing("policy-failed", "the task fails: moderation", Failure(422, "Request rejected by the safety system")),
    _failing("chinese-texts", "the task fails with a Chinese text", Failure("generation_failed", _CHINESE)),
    _failing("everyone", "the task fails with a text that pings @everyone", Failure("generation_failed", RUDE)),
    _failing("failed-as-string", "the task's error is a bare string", Failure("", "upstream error", form="string")),
    _failing(
        "fail_reason", "the task's error stands in fail_reason", Failure("", "upstream error", form="fail_reason")
    ),
    Fault("narrow-tiers", "gpt-image-2 by its model guide: 1K in 3 ratios, 4K in 6", ("create",)),
)

TASK_FAULTS: Final = {fault.name: fault for fault in _ROWS}
