"""Faults in the outcome of a task: each does what its line says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from playground.toapis.faults.fault import TaskFault
from playground.toapis.faults.task_faults import TASK_FAULTS
from tests.support.toapis_caller import Visitor, visiting


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with visiting() as visitor:
        yield visitor


FAILING = [name for name, fault in TASK_FAULTS.items() if isinstance(fault, TaskFault) and "message" in fault.options]


@pytest.mark.parametrize("name", FAILING)
@pytest.mark.proves("fault-failed-tasks")
async def test_a_failing_task_fails_with_200_and_is_refunded(visitor: Visitor, name: str) -> None:
    visitor.painter.fault(name, message="just so")
    visitor.painter.billing = "settled"
    body = await visitor.painted()
    assert body["status"] == "failed"
    reason = body.get("error", body.get("fail_reason"))
    assert (reason["message"] if isinstance(reason, dict) else reason) == "just so"
    if name.startswith("failed:"):
        assert reason["code"] == name.removeprefix("failed:")
    assert [charge.refunded for charge in visitor.painter.ledger] == [True]
    assert body["billing"] == {"status": "refunded", "credits": "0.0000", "cost_usd": "0.000000"}
    url = visitor.painter.tasks[body["id"]].urls(visitor.painter.url)[0]
    assert (await visitor.download(url)).status == 404


@pytest.mark.proves("fault-waiting")
async def test_slow_takes_six_minutes_times_its_scale_and_never_takes_for_ever(visitor: Visitor) -> None:
    visitor.painter.fault("slow", times=1, scale=0.5)
    assert (await visitor.painted())["status"] in {"in_progress", "processing", "running"}
    visitor.clock.advance(119)
    assert (await visitor.look("job-1")).json["status"] != "completed"
    visitor.clock.advance(1)
    assert (await visitor.look("job-1")).json["status"] == "completed"
    visitor.painter.fault("never")
    await visitor.painted()
    visitor.clock.advance(10**7)
    assert (await visitor.look("job-1")).json["progress"] == 10
    assert [charge.refunded for charge in visitor.painter.ledger] == [False, False]


async def test_a_price_may_differ_from_the_list(visitor: Visitor) -> None:
    visitor.painter.fault("price-differs", factor=1.5)
    await visitor.create()
    assert visitor.painter.ledger[0].micros == 60_000


async def test_narrow_tiers_refuse_what_the_wide_ones_accept(visitor: Visitor) -> None:
    order: dict[str, Any] = {"model": "gpt-image-2", "metadata": None, "resolution": "1k", "size": "16:9"}
    assert (await visitor.create(**order)).status == 200
    visitor.painter.fault("narrow-tiers")
    reply = await visitor.create(**order)
    assert (reply.status, reply.json["error"]["code"]) == (400, "invalid_request_error")
