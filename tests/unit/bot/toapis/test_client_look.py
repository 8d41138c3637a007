"""What looking does in each trouble: it costs nothing, so it is repeated, and its answer is read in any form."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.errors import (
    ModelUnavailable,
    NotFound,
    OrderRejected,
    OutOfCredit,
    PaintingFailed,
    PolicyRefused,
    ResultGone,
    ToAPIsError,
    ToAPIsUnavailable,
)
from bot.toapis.tasks import Failed, Painted
from bot.toapis.transport import Timeouts
from tests.support.toapis_clients import CALM, LOOK, QUICK, buy, calls, finish, photo, share, studio

# Looking costs nothing, so it is repeated


@pytest.mark.parametrize(
    "fault",
    [
        "internal-error",
        "unavailable",
        "empty-503",
        "bad-gateway",
        "timeout-524",
        "cut-answer",
        "error-as-string",
        "hang",
    ],
)
@pytest.mark.parametrize("verb", ["status", "find"])
async def test_passing_trouble_does_not_end_a_look(fault: str, verb: Any) -> None:
    async with studio(QUICK if fault == "hang" else CALM) as (painter, toapis):
        task = await buy(toapis)
        painter.fault(fault, times=2, on=(verb,))
        looked = await (toapis.status(task.task_id) if verb == "status" else toapis.find("job-1"))
        assert looked is not None
        assert looked.task_id == task.task_id
        assert calls(painter, LOOK) == 3


async def test_a_task_not_known_yet_is_asked_for_a_few_times() -> None:
    async with studio() as (painter, toapis):
        task = await buy(toapis)
        painter.fault("not-found", times=2)
        assert (await toapis.status(task.task_id)).task_id == task.task_id
        painter.fault("task-not-found")
        with pytest.raises(NotFound):
            await toapis.status(task.task_id)


@pytest.mark.proves("own-user-agent")
async def test_an_edge_block_is_not_taken_for_a_bad_key() -> None:
    async with studio() as (painter, toapis):
        painter.fault("edge-403")
        with pytest.raises(ToAPIsUnavailable, match="edge block"):
            await toapis.balance()


async def test_a_balance_that_says_no_under_http_200_is_an_error() -> None:
    async with studio() as (painter, toapis):
        painter.fault("success-false")
        with pytest.raises(ToAPIsError):
            await toapis.balance()
        with pytest.raises(ToAPIsError):
            await toapis.upload(photo())


@pytest.mark.parametrize(
    "fault",
    [
        "shape-result",
        "shape-url",
        "shape-images",
        "shape-data",
        "shape-image_url",
        "numbers-as-strings",
        "unknown-fields",
        "unknown-status",
        "other-words",
        "stuck-progress",
        "completed-without-url",
        "create-task-id",
        "create-data-id",
        "drip",
    ],
)
async def test_the_picture_arrives_in_each_way_of_saying_it(fault: str) -> None:
    async with studio(replace(QUICK, timeouts=Timeouts())) as (painter, toapis):
        options: dict[str, Any] = {"pace": 0.0005} if fault == "drip" else {}
        painter.fault(fault, **options)
        task = await finish(toapis, (await buy(toapis)).task_id)
        assert isinstance(task, Painted)
        assert len(painter.ledger) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("failed:generation_failed", PaintingFailed),
        ("failed:InvalidParameter", OrderRejected),
        ("failed:model_not_found", ModelUnavailable),
        ("failed:quota_not_enough", OutOfCredit),
        ("failed:reference_too_large", OrderRejected),
        ("failed:content_policy_violation", PolicyRefused),
        ("policy-failed", PolicyRefused),
        ("chinese-texts", PaintingFailed),
        ("failed-as-string", PaintingFailed),
        ("fail_reason", PaintingFailed),
    ],
)
async def test_a_failed_task_is_a_value_with_its_reason_and_was_refunded(fault: str, kind: type[ToAPIsError]) -> None:
    async with studio() as (painter, toapis):
        painter.fault(fault, seconds=0.0)
        task = await finish(toapis, (await buy(toapis)).task_id)
        assert isinstance(task, Failed)
        assert type(task.error) is kind
        assert [charge.refunded for charge in painter.ledger] == [True]


@pytest.mark.parametrize("fault", ["result-503", "truncated-result", "empty-result"])
async def test_a_download_is_repeated_by_itself_and_nothing_is_bought_again(fault: str) -> None:
    async with studio() as (painter, toapis):
        task = await finish(toapis, (await buy(toapis)).task_id)
        assert isinstance(task, Painted)
        painter.fault(fault, times=2)
        assert (await toapis.download(task.urls[0], share())).data
        assert len(painter.ledger) == 1


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("result-gone", {}),
        ("result-410", {}),
        ("redirect-result", {"to": "private"}),
        ("redirect-result", {"to": "loop"}),
    ],
)
async def test_a_result_that_can_not_be_had_is_gone_at_once(fault: str, options: dict[str, Any]) -> None:
    async with studio() as (painter, toapis):
        task = await finish(toapis, (await buy(toapis)).task_id)
        assert isinstance(task, Painted)
        painter.fault(fault, **options)
        with pytest.raises(ResultGone):
            await toapis.download(task.urls[0], share())
