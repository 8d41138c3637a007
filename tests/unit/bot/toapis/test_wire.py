"""What is written to ToAPIs, and what is read from it: every envelope, spelling and shape; and any bytes whatever."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import (
    KeyRefused,
    ModelUnavailable,
    NotAllowed,
    NotFound,
    OrderRejected,
    OutOfCredit,
    PaintingFailed,
    PolicyRefused,
    RateLimited,
    ToAPIsError,
    ToAPIsUnavailable,
)
from bot.money import Micros
from bot.orders import Order, Source
from bot.toapis import wire
from bot.toapis.catalogue.catalogue import Catalogue, Model
from bot.toapis.responses import Answer
from bot.toapis.retry import LimiterDown
from bot.toapis.tasks import Balance, Billing, Failed, Painted, Painting, Queued, Upload

CATALOGUE = Catalogue.load()
KEY = "sk-" + "a1B2" * 12
URL = "https://files.toapis.com/generated/1.png"
URLS = ["https://files.toapis.com/uploads/1/a.png"]
NOW = 1_800_000_000.0
SOURCE = Source("https://cdn.example.com/a.png", "a.png", None, 1)
ALL = [pytest.param(model, id=model.id) for model in CATALOGUE.models]


def answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, headers or {}, data, NOW, KEY)


def body_of(model: Model, **changes: Any) -> dict[str, Any]:
    order = Order(**{"prompt": "snow", "model": model.id, "sources": (SOURCE,), **changes})
    return wire.create_body(CATALOGUE.check(order), model, URLS, "job-1")


# What is written


@pytest.mark.parametrize("model", ALL)
def test_every_create_asks_for_an_address_and_carries_the_business_id(model: Model) -> None:
    body = body_of(model)
    assert body["response_format"] == "url"
    assert body["client_business_id"] == "job-1"
    assert body["model"] == model.id
    assert "n" not in body


@pytest.mark.parametrize("model", ALL)
@pytest.mark.proves("references-are-strings")
def test_references_are_plain_strings_in_the_one_field_that_the_model_reads(model: Model) -> None:
    body = body_of(model)
    assert body[model.reference_field] == URLS
    assert len({"image_urls", "reference_images"} & body.keys()) == 1


@pytest.mark.parametrize(
    ("model_id", "where"),
    [
        ("gpt-image-2", {"resolution": "2k"}),
        ("gpt-image-2-official", {"resolution": "2k"}),
        ("qwen-image-3.0", {"resolution": "2K"}),
        ("gemini-3-pro-image-preview", {"metadata": {"resolution": "2K"}}),
        ("flux-2-pro", {"metadata": {"resolution": "2K"}}),
        ("viduq2-pro", {"metadata": {"resolution": "2K"}}),
        ("doubao-seedream-4-5", {"metadata": {"resolution": "2K", "watermark": False}}),
    ],
)
@pytest.mark.proves("resolution-spelling")
def test_the_resolution_is_spelled_where_and_how_each_model_reads_it(model_id: str, where: dict[str, Any]) -> None:
    body = body_of(CATALOGUE.model(model_id), resolution="2K")
    assert {key: body[key] for key in ("resolution", "metadata") if key in body} == where


def test_a_model_without_resolutions_is_sent_none() -> None:
    assert not {"resolution", "metadata"} & body_of(CATALOGUE.model("gpt-4o-image")).keys()


@pytest.mark.parametrize("model_id", ["doubao-seedream-4-5", "doubao-seedream-5-0"])
@pytest.mark.proves("no-watermark-asked")
def test_seedream_is_always_told_to_paint_no_watermark(model_id: str) -> None:
    assert body_of(CATALOGUE.model(model_id))["metadata"]["watermark"] is False


def test_several_pictures_are_asked_for_with_a_number_not_a_text() -> None:
    assert body_of(CATALOGUE.model("gpt-4o-image"), count=4)["n"] == 4


def test_the_size_is_left_out_unless_chosen_and_has_ascii_signs() -> None:
    model = CATALOGUE.model("gemini-3-pro-image-preview")
    assert "size" not in body_of(model)
    order = Order("snow", model.id, ratio="1024×768")
    assert wire.create_body(order, model, [], "job-1")["size"] == "1024x768"


@pytest.mark.parametrize(
    "reference",
    [
        "data:image/png;base64,iVBORw0KGgo=",
        "iVBORw0KGgoAAAANSUhEUg==",
        "file:///etc/passwd",
        "/home/me/cat.png",
        "C:\\cat.png",
        "ftp://example.com/cat.png",
        "https://",
        "https://a b/",
        "",
    ],
)
@pytest.mark.proves("references-by-address")
def test_anything_but_an_http_address_is_refused_before_it_is_sent(reference: str) -> None:
    model = CATALOGUE.model("gpt-image-2")
    with pytest.raises(OrderRejected):
        wire.create_body(Order("snow", model.id), model, [*URLS, reference], "job-1")


@pytest.mark.parametrize("business_id", ["", "a b", "ä", "x" * 201, "a/b"])
def test_a_business_id_that_could_not_be_looked_up_is_refused(business_id: str) -> None:
    with pytest.raises(OrderRejected):
        wire.create_body(Order("snow", "gpt-image-2"), CATALOGUE.model("gpt-image-2"), URLS, business_id)


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
    ("told", "read"), [(-3, 0), (250, 100), ("many", None), (None, None), (1e400, None), ([], None)]
)
def test_a_strange_progress_is_bounded_or_left_out(told: object, read: int | None) -> None:
    assert wire.read_task(answer({"id": "t", "status": "running", "progress": told})) == Painting("t", read)


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
    ("told", "read"),
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
def test_the_bill_is_read_in_millionths_or_not_at_all(told: object, read: Billing | None) -> None:
    task = wire.read_task(answer({"id": "t", "status": "completed", "billing": told}))
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


# Requests that failed


def error(code: object, message: str, **more: object) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, **more}}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, error("invalid_request", "bad size"), OrderRejected),
        (400, {"success": False, "message": "image too large (10MB)"}, OrderRejected),
        (400, error("invalid_request", "提示词包含敏感内容，请修改"), PolicyRefused),
        (400, error("invalid_request_error", "safety_tolerance must be 0 to 6"), OrderRejected),
        (401, error(401, "bad key", type="authentication_error"), KeyRefused),
        (401, error("x", "无效的令牌"), KeyRefused),
        (401, error("x", "该令牌额度已用尽"), OutOfCredit),
        (402, error("insufficient_quota", "top up"), OutOfCredit),
        (403, error("x", "this key may not use this model"), NotAllowed),
        (403, error("insufficient_user_quota", "用户额度不足, 剩余额度: ＄0.00"), OutOfCredit),
        (404, error(404, "task x was not found", type="not_found_error"), NotFound),
        (404, error("model_not_found", "no such model"), ModelUnavailable),
        (408, error("timeout", "slow"), ToAPIsUnavailable),
        (409, error("x", "conflict"), OrderRejected),
        (413, {"message": "too large"}, OrderRejected),
        (422, error("content_policy_violation", "no"), PolicyRefused),
        (422, error("invalid_request", "unsupported size"), OrderRejected),
        (429, error("rate_limit_exceeded", "quota exceeded for this minute"), RateLimited),
        (429, error("insufficient_quota", "top up"), OutOfCredit),
        (500, error("internal_error", "oops"), ToAPIsUnavailable),
        (500, error("x", "content policy service is down"), ToAPIsUnavailable),
        (500, {"error": "oops"}, ToAPIsUnavailable),
        (503, error("rate_limit_unavailable", "limiter down"), LimiterDown),
        (503, error("model_not_found", "no available channel"), ModelUnavailable),
        (503, error("x", "当前分组 default 下对于模型 y 无可用渠道"), ModelUnavailable),
        (503, error("x", "user quota is not enough"), ToAPIsUnavailable),
        (502, b"<html>502 Bad Gateway</html>", ToAPIsUnavailable),
        (503, b"", ToAPIsUnavailable),
        (504, b"<html>no available channel</html>", ToAPIsUnavailable),
        (403, b"<html>Cloudflare</html>", ToAPIsUnavailable),
        (404, b"<html>nginx</html>", ToAPIsUnavailable),
        (413, b"<html>nginx</html>", OrderRejected),
        (429, b"slow down", RateLimited),
        (200, b"<html>hello</html>", ToAPIsUnavailable),
        (200, b"", ToAPIsUnavailable),
        (200, b'{"id": "task_1", "stat', ToAPIsUnavailable),
        (200, b"[1, 2]", ToAPIsUnavailable),
        (200, {"success": False, "message": "user not found"}, ToAPIsUnavailable),
        (200, {"success": "false", "message": "unsupported image type"}, OrderRejected),
        (200, {"success": False, "code": 401, "message": "who are you"}, KeyRefused),
        (302, b"", ToAPIsUnavailable),
    ],
)
@pytest.mark.proves("failure-envelopes")
def test_each_refusal_becomes_its_own_type(status: int, body: object, kind: type[ToAPIsError]) -> None:
    with pytest.raises(ToAPIsError) as caught:
        wire.read_task(answer(body, status))
    assert type(caught.value) is kind, caught.value.detail


def test_a_403_that_is_not_json_is_called_an_edge_block() -> None:
    assert "edge block" in wire.read_error(answer(b"<html>denied</html>", 403)).detail


@pytest.mark.proves("failure-envelopes")
def test_error_codes_are_compared_as_text_whether_number_or_word() -> None:
    for code in (404, "404", "task_not_found"):
        assert wire.read_found(answer(error(code, "task was not found"), 404), "job-1") is None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"<html>404</html>"),
        (404, error("invalid_request_error", "Invalid URL (GET /v1/images/generations/x) not found")),
        (404, {}),
        (200, {"id": "t", "status": "queued", "client_business_id": "somebody-else"}),
        (503, b""),
    ],
)
def test_an_unclear_look_up_is_never_read_as_no_task(status: int, body: object) -> None:
    with pytest.raises(ToAPIsUnavailable):
        wire.read_found(answer(body, status), "job-1")


def test_a_look_up_answers_with_the_task() -> None:
    body = {"id": "t", "status": "queued", "client_business_id": "job-1"}
    assert wire.read_found(answer(body), "job-1") == Queued("t", "job-1")


def test_the_providers_words_stay_in_the_detail_without_key_or_control_characters() -> None:
    text = f"bad \x1b[31mkey {KEY} or sk-zzzzzzzzzz\r\nBearer topsecret" + "!" * 5000
    told = wire.read_error(answer(error("x", text), 400))
    assert told.facts == {}
    assert len(told.detail) <= 500
    assert told.detail.isprintable()
    for secret in (KEY, "zzzzzzzzzz", "topsecret"):
        assert secret not in told.detail


def test_a_key_of_another_form_is_kept_out_as_well() -> None:
    data = json.dumps({"message": "no such key my-odd-key-1"}).encode()
    assert "my-odd-key-1" not in wire.read_error(Answer(401, {}, data, NOW, "my-odd-key-1")).detail


def test_the_request_id_is_found_in_a_header_or_in_the_text() -> None:
    in_text = answer(error("x", "无效的令牌 (request id: 20261124090000123)"), 401)
    assert wire.read_error(in_text).request_id == "20261124090000123"
    assert wire.read_error(answer({}, 500, {"X-Request-Id": "abc-1"})).request_id == "abc-1"
    assert wire.read_error(answer({}, 500)).request_id is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 1.5 ", 1.5),
        ("-5", 0.0),
        ("0", 0.0),
        ("999999", 3600.0),
        ("1800000030", 30.0),
        ("1800000030000", 30.0),
        ("1700000000", 0.0),
        (format_datetime(datetime.fromtimestamp(NOW + 90, UTC), usegmt=True), 90.0),
        (format_datetime(datetime.fromtimestamp(NOW - 90, UTC), usegmt=True), 0.0),
        ("nan", None),
        ("inf", 3600.0),
        ("soon", None),
        ("", None),
        ("Mon, 99 Foo 2026 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_read_in_its_three_forms_and_bounded(text: str, seconds: float | None) -> None:
    assert wire.retry_after({"retry-after": text}, NOW) == seconds
    assert wire.retry_after({"Retry-After": text}, NOW) == seconds


def test_a_429_and_a_503_carry_for_how_long_to_wait() -> None:
    limited = wire.read_error(answer(error("rate_limit_exceeded", "x"), 429, {"Retry-After": "3"}))
    assert isinstance(limited, RateLimited)
    assert limited.retry_after == 3.0
    down = wire.read_error(answer(error("rate_limit_unavailable", "x"), 503, {"Retry-After": "4"}))
    assert isinstance(down, LimiterDown)
    assert down.retry_after == 4.0


# Uploads, balances, lists


def test_an_upload_is_read_from_its_envelope_with_numbers_as_texts() -> None:
    body = {"success": True, "data": {"id": "upload_1", "url": URL, "mime_type": "image/png", "size": "12"}}
    assert wire.read_upload(answer(body)) == Upload("upload_1", URL, "image/png", 12)


@pytest.mark.parametrize("data", [None, [], "x", {}, {"url": "file:///x"}, {"url": 5}, {"id": "upload_1"}])
def test_an_upload_without_an_address_is_no_answer(data: object) -> None:
    with pytest.raises(ToAPIsUnavailable):
        wire.read_upload(answer({"success": True, "data": data}))


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ({"success": True, "remain_credits": 100, "used_credits": 7, "remain_balance": 0.5}, Balance(100, 7)),
        ({"success": True, "remain_credits": "100.9", "used_credits": "7"}, Balance(100, 7)),
        ({"remain_credits": 3, "used_credits": 1, "unlimited_quota": True, "remain_balance": -1}, Balance(None, 1)),
        ({"success": True, "data": {"remain_credits": 5}}, Balance(5, 0)),
        ({"remain_credits": -4, "used_credits": 9}, Balance(0, 9)),
    ],
)
def test_the_balance_is_read_in_credits(body: dict[str, Any], read: Balance) -> None:
    assert wire.read_balance(answer(body)) == read


@pytest.mark.parametrize(
    "body", [{}, {"success": True, "remain_balance": 3}, {"success": False, "message": "not found"}]
)
def test_a_balance_without_credits_is_an_error_though_it_is_http_200(body: dict[str, Any]) -> None:
    with pytest.raises(ToAPIsError):
        wire.read_balance(answer(body))


def test_the_list_of_models_holds_ids_and_passes_over_what_is_none() -> None:
    body = {"success": True, "object": "list", "data": [{"id": "a"}, {"id": None}, {}, "b", 3, {"id": "a"}]}
    assert wire.read_models(answer(body)) == frozenset({"a", "b", "3"})
    with pytest.raises(ToAPIsUnavailable):
        wire.read_models(answer({"data": None}))


# Anything whatever

FIELDS = [
    "id",
    "task_id",
    "status",
    "progress",
    "result",
    "data",
    "url",
    "images",
    "image_url",
    "error",
    "code",
    "message",
    "fail_reason",
    "success",
    "billing",
    "credits",
    "cost_usd",
    "client_business_id",
    "metadata",
    "expires_at",
    "remain_credits",
    "used_credits",
    "unlimited_quota",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(FIELDS) | st.text(max_size=5),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)
BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())
STATUSES = st.sampled_from([200, 201, 204, 302, 400, 401, 402, 403, 404, 408, 422, 429, 500, 502, 503, 524, 999])
READERS: list[Callable[[Answer], object]] = [
    wire.read_task,
    wire.read_upload,
    wire.read_balance,
    wire.read_models,
    lambda told: wire.read_found(told, "job-1"),
]


@given(
    body=BODIES,
    status=STATUSES,
    retry=st.none() | st.text(max_size=30) | st.integers().map(str) | st.floats().map(str),
    reader=st.sampled_from(READERS),
)
def test_nothing_but_a_value_or_a_toapis_error_comes_out(
    body: bytes, status: int, retry: str | None, reader: Callable[[Answer], object]
) -> None:
    headers = {} if retry is None else {"Retry-After": retry}
    told = Answer(status, headers, body, NOW, KEY)
    problem = wire.read_error(told)
    assert isinstance(problem, ToAPIsError)
    assert len(problem.detail) <= 500
    assert problem.detail.isprintable()
    wait = wire.retry_after(headers, NOW)
    assert wait is None or 0 <= wait <= 3600
    try:
        value = reader(told)
    except ToAPIsError as problem:
        assert len(problem.detail) <= 600
        return
    if isinstance(value, Queued | Painting | Painted | Failed):
        value.task_id.encode()


def test_json_too_deep_to_read_is_no_answer() -> None:
    with pytest.raises(ToAPIsUnavailable):
        wire.read_task(answer(b'{"a":' * 100_000))
