"""What is read from a task of ToAPIs: every spelling and shape."""

from __future__ import annotations

from typing import Any

import pytest

from bot.errors import (
    ModelUnavailable,
    OrderRejected,
    OutOfCredit,
    PaintingFailed,
    PolicyRefused,
    ToAPIsError,
    ToAPIsUnavailable,
)
from bot.money import Micros
from bot.toapis import wire
from bot.toapis.tasks import Billing, Failed, Painted, Painting, Queued
from tests.support.toapis_answers import URL, answer

# Tasks


@pytest.mark.parametrize("status", ["queued", "submitted", "pending", "Pending", " QUEUED ", None])
@pytest.mark.proves("status-spelling")
def test_each_spelling_of_waiting_is_queued(status: str | None) -> None:
    assert wire.read_task(answer({"id": "t", "status": status})) == Queued("t")


@pytest.mark.parametrize("status", ["in_progress", "processing", "running", "warming_up", "", 7, ["completed"]])
@pytest.mark.proves("status-spelling")
def test_a_status_that_nobody_knows_is_not_final(status: object) -> None:
    assert isinstance(wire.read_task(answer({"id": "t", "status": status})), Painting | Queued)


@pytest.mark.parametrize("status", ["completed", "success", "succeeded", "SUCCESS"])
def test_each_spelling_of_done_is_painted(status: str) -> None:
    task = wire.read_task(answer({"id": "t", "status": status, "result": {"data": [{"url": URL}]}}))
    assert task == Painted("t", (URL,))


@pytest.mark.parametrize(
    ("times", "seconds"),
    [
        ({"created_at": 1_800_000_000, "completed_at": 1_800_000_042}, 42),
        ({"submitted_at": "1800000000", "finished_at": 1_800_000_042_000}, 42),
        ({"created_at": 1_800_000_000, "completed_at": 1_800_000_000}, 0),
        ({"created_at": 1_800_000_000, "completed_at": 1_700_000_000}, None),
        ({"created_at": 1_800_000_000, "completed_at": None}, None),
        ({"completed_at": 1_800_000_000}, None),
        ({"created_at": "yesterday", "completed_at": 0}, None),
    ],
)
def test_painted_task_says_how_long_it_took(times: dict[str, object], seconds: int | None) -> None:
    task = wire.read_task(answer({"id": "t", "status": "completed", **times, "url": URL}))
    assert isinstance(task, Painted)
    assert task.seconds == seconds


@pytest.mark.parametrize(
    "status", ["failed", "FAILURE", "error", "cancelled", "canceled", "expired", "timeout", "Failed"]
)
@pytest.mark.proves("failure-envelopes")
def test_a_failed_task_under_http_200_is_a_value(status: str) -> None:
    task = wire.read_task(
        answer({"id": "t", "status": status, "error": {"code": "generation_failed", "message": "no"}})
    )
    assert isinstance(task, Failed)
    assert isinstance(task.error, PaintingFailed)
    assert task.error.detail == "generation_failed no"


@pytest.mark.parametrize(
    "shape",
    [
        {"result": {"type": "image", "data": [{"url": URL}]}},
        {"url": URL},
        {"images": [{"url": URL}]},
        {"images": [URL]},
        {"data": [{"url": URL}]},
        {"data": [{"image_url": URL}]},
        {"image_url": URL},
        {"result": {"url": URL}},
        {"result": [{"image_url": {"url": URL}}]},
        {"result": {"data": []}, "url": "", "images": [{"url": URL}]},
        {"result": {"data": [{"b64_json": "AAAA"}]}, "url": "data:image/png;base64,AAAA", "images": [URL]},
    ],
)
@pytest.mark.proves("result-places")
def test_the_picture_is_found_in_each_shape_of_a_result(shape: dict[str, Any]) -> None:
    assert wire.read_task(answer({"id": "t", "status": "completed", **shape})) == Painted("t", (URL,))


@pytest.mark.proves("result-places")
def test_the_documented_place_of_a_result_comes_first() -> None:
    body: dict[str, Any] = {"id": "t", "status": "completed", "url": URL + "?2", "images": [URL + "?3"]}
    body["result"] = {"data": [{"url": URL}, {"url": URL + "?b"}, {"url": URL}]}
    assert wire.read_task(answer(body)) == Painted("t", (URL, URL + "?b"))


def test_a_finished_task_may_have_no_picture_yet() -> None:
    assert wire.read_task(answer({"id": "t", "status": "completed", "result": None})) == Painted("t", ())


def test_numbers_may_come_as_texts_and_unknown_fields_are_ignored() -> None:
    body = {"id": 12345, "status": "in_progress", "progress": "45.0", "client_business_id": "job-1", "new": {"a": [1]}}
    assert wire.read_task(answer(body)) == Painting("12345", 45, "job-1")
    body = {"task_id": "t", "status": "completed", "progress": "100%", "expires_at": "1800086400", "url": URL}
    assert wire.read_task(answer(body)) == Painted("t", (URL,), 1_800_086_400)


@pytest.mark.parametrize(
    ("value", "read"), [(-3, 0), (250, 100), ("many", None), (None, None), (1e400, None), ([], None)]
)
def test_a_strange_progress_is_bounded_or_left_out(value: object, read: int | None) -> None:
    assert wire.read_task(answer({"id": "t", "status": "running", "progress": value})) == Painting("t", read)


@pytest.mark.parametrize(
    "body",
    [
        {"id": "t", "status": "queued"},
        {"task_id": "t", "status": "queued"},
        {"success": True, "data": {"id": "t", "status": "queued"}},
        {"data": {"task_id": "t"}, "status": "queued"},
        {"id": None, "task_id": "t"},
    ],
)
def test_the_task_id_is_found_under_each_of_its_names(body: dict[str, Any]) -> None:
    assert wire.read_task(answer(body)) == Queued("t")


def test_a_created_task_without_an_id_is_no_answer() -> None:
    with pytest.raises(ToAPIsUnavailable):
        wire.read_task(answer({"status": "queued"}))
    assert wire.read_task(answer({"status": "queued"}), requested_id="t") == Queued("t")


@pytest.mark.parametrize("task_id", ["a\x00b", "\ud800", "x" * 201, {"a": 1}, [], ""])
def test_an_id_that_could_not_be_stored_or_asked_for_is_none(task_id: object) -> None:
    with pytest.raises(ToAPIsUnavailable):
        wire.read_task(answer({"id": task_id, "status": "queued"}))


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (None, None),
        ({"status": "pending", "credits": None}, Billing("pending", None)),
        ({"status": "settled", "credits": "8", "cost_usd": "0.04"}, Billing("settled", Micros(40_000))),
        ({"status": "SETTLED", "credits": "8"}, Billing("settled", Micros(40_000))),
        ({"status": "refunded", "cost_usd": 0}, Billing("refunded", Micros(0))),
        ({"status": "settled", "cost_usd": "NaN", "credits": "-1"}, Billing("settled", None)),
        ({"status": "disputed", "cost_usd": "1"}, Billing("pending", None)),
        ("settled", None),
    ],
)
def test_the_bill_is_read_in_millionths_or_not_at_all(value: object, read: Billing | None) -> None:
    task = wire.read_task(answer({"id": "t", "status": "completed", "billing": value}))
    assert isinstance(task, Painted)
    assert task.billing == read


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        (
            {"error": {"code": "generation_failed", "message": "upstream returned 422 Unprocessable Entity"}},
            PaintingFailed,
        ),
        ({"error": {"code": "InvalidParameter", "message": "resolution"}}, OrderRejected),
        ({"error": {"code": "x", "message": "reference image exceeds 10 MB"}}, OrderRejected),
        ({"error": {"code": "deadline_exceeded", "message": "deadline exceeded 10 minutes"}}, PaintingFailed),
        ({"error": "upstream error"}, PaintingFailed),
        ({"fail_reason": "reference image could not be fetched"}, PaintingFailed),
        ({}, PaintingFailed),
        ({"error": {"code": "model_not_found", "message": "no available channel for model"}}, ModelUnavailable),
        ({"error": {"code": "quota_not_enough", "message": "user quota is not enough"}}, OutOfCredit),
        ({"error": {"code": "x", "message": "Request rejected by the safety system"}}, PolicyRefused),
        ({"fail_reason": "提示词包含敏感内容"}, PolicyRefused),
        ({"error": {"code": 422, "message": "content_policy_violation"}}, PolicyRefused),
        ({"error": {"message": "names are case-sensitive words"}}, PaintingFailed),
    ],
)
def test_a_failed_task_says_why_where_its_words_tell(fields: dict[str, Any], kind: type[ToAPIsError]) -> None:
    task = wire.read_task(answer({"id": "t", "status": "failed", **fields}))
    assert isinstance(task, Failed)
    assert type(task.error) is kind
