"""What is written to ToAPIs, and what is read from it: every envelope, spelling and shape; and any bytes whatever."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ToAPIsError, ToAPIsUnavailable
from bot.toapis import wire
from bot.toapis.responses import Answer
from bot.toapis.tasks import Balance, Failed, Painted, Painting, Queued, Upload
from tests.support.toapis_answers import KEY, NOW, URL, answer

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
    lambda reply: wire.read_found(reply, "job-1"),
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
    reply = Answer(status, headers, body, NOW, KEY)
    problem = wire.read_error(reply)
    assert isinstance(problem, ToAPIsError)
    assert len(problem.detail) <= 500
    assert problem.detail.isprintable()
    wait = wire.retry_after(headers, NOW)
    assert wait is None or 0 <= wait <= 3600
    try:
        value = reader(reply)
    except ToAPIsError as problem:
        assert len(problem.detail) <= 600
        return
    if isinstance(value, Queued | Painting | Painted | Failed):
        value.task_id.encode()


def test_json_too_deep_to_read_is_no_answer() -> None:
    with pytest.raises(ToAPIsUnavailable):
        wire.read_task(answer(b'{"a":' * 100_000))
