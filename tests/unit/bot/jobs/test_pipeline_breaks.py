"""The Pipeline where a step breaks that nobody foresaw."""

from __future__ import annotations

from typing import Any, cast

import pytest

from bot.jobs.job import Destination, Job, JobState
from bot.jobs.pipeline import Patience, Pipeline
from bot.jobs.source_pictures import Prepared
from bot.money import Micros
from bot.orders import Order


class Breaking:
    """An engine in which one step breaks, a purchase that succeeds, and a store with one job."""

    def __init__(self, breaks: str, task_id: str | None) -> None:
        self.breaks = breaks
        self.steps: list[str] = []
        self.job = Job("job", Order("x", "m"), Destination(1, 2, 3), JobState.ACCEPTED, Micros(1), 0.0, task_id=task_id)

    def prepared(self) -> None: ...

    async def run(self, name: str, *_: Any, **__: Any) -> Any:
        self.steps.append(name)
        if name == self.breaks:
            raise OSError("nobody foresaw this")
        return Prepared((), None)

    async def get(self, _: str) -> Job:
        return self.job

    async def buy(self, *_: Any) -> str:
        return "task"

    async def deliver(self, *_: Any) -> None: ...


def _pipeline(parts: Breaking) -> Pipeline:
    part = cast("Any", parts)
    return Pipeline(
        engine=part,
        jobs=part,
        purchase=part,
        wait=part,
        settlement=part,
        handover=part,
        accounts=part,
        catalogue=part,
        image_worker=part,
        courier=part,
        patience=Patience(),
    )


async def test_before_the_purchase_it_ends_in_an_apology() -> None:
    parts = Breaking("prepare", None)
    await _pipeline(parts).workflow("job", "paint")
    assert parts.steps[-1] == "apologise"


@pytest.mark.parametrize("step", ["wait", "deliver"])
async def test_unknown_error_after_the_purchase_breaks_the_workflow_for_recovery(step: str) -> None:
    parts = Breaking(step, "task")
    with pytest.raises(OSError, match="nobody foresaw"):
        await _pipeline(parts).workflow("job", "paint")
    assert "apologise" not in parts.steps


async def test_in_the_second_chapter_the_money_is_held_and_people_are_told() -> None:
    parts = Breaking("wait", "task")
    await _pipeline(parts).workflow("job", "found")
    assert parts.steps == ["wait", "unknown"]
