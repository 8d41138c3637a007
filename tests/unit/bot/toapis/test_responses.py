"""What an unsuccessful answer becomes: every envelope, one typed error, and how long to wait."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from bot.errors import (
    KeyRefused,
    ModelUnavailable,
    NotAllowed,
    NotFound,
    OrderRejected,
    OutOfCredit,
    PolicyRefused,
    RateLimited,
    ToAPIsError,
    ToAPIsUnavailable,
)
from bot.toapis import wire
from bot.toapis.responses import Answer, rate_limit
from bot.toapis.retry import LimiterDown
from bot.toapis.tasks import Queued
from tests.support.toapis_answers import KEY, NOW, answer, error


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
    trouble = wire.read_error(answer(error("x", text), 400))
    assert trouble.facts == {}
    assert len(trouble.detail) <= 500
    assert trouble.detail.isprintable()
    for secret in (KEY, "zzzzzzzzzz", "topsecret"):
        assert secret not in trouble.detail


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


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("300", 300),
        (" 2000 ", 2000),
        ("", None),
        ("-5", None),
        ("0", None),
        ("1e3", None),
        ("٣٠٠", None),
        ("9" * 5000, None),
        ("999999999", None),
    ],
)
def test_allowed_calls_a_minute_are_read_where_they_are_sensible(text: str, limit: int | None) -> None:
    assert rate_limit(Answer(200, {"x-ratelimit-limit": text}, b"{}")) == limit
    assert rate_limit(Answer(200, {}, b"{}")) is None
