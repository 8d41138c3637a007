"""Deliveries of webhooks: what is signed and young is read, and nothing else, whatever comes."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.toapis.webhook import ID, SIGNATURE, SIGNATURES, SKEW, TIMESTAMP, Event, Malformed, Unsigned, read_delivery

NOW = 1_790_000_000.0
SECRET = "c" * 32
OTHER = "d" * 32

COMPLETED = {
    "id": "evt_01abcdef",
    "type": "generation.completed",
    "api_version": "v1",
    "created_at": 1783953302,
    "data": {
        "task_id": "tsk_01abcdef",
        "client_business_id": "order_123",
        "task_type": "image",
        "status": "SUCCESS",
        "progress": "100%",
        "result": {"type": "image", "data": [{"url": "https://cdn.example/result.png"}]},
        "error": None,
        "submitted_at": 1783953000,
        "finished_at": 1783953300,
    },
}
"""The example of ToAPIs' page."""

TEST = {
    "id": "evt_01test",
    "type": "endpoint.test",
    "data": {"task_id": "endpoint_test", "status": "SUCCESS", "submitted_at": 0, "finished_at": 0},
}

WORDS = st.text(st.characters(codec="utf-8"), max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


def signature(secret: str, event_id: str, timestamp: str, body: bytes) -> str:
    """Return what the page's own sample computes."""
    signed = f"{event_id}.{timestamp}.".encode() + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def headers(body: bytes, event_id: str, *secrets: str, at: float = NOW) -> dict[str, str]:
    timestamp = f"{at:.0f}"
    signatures = ",".join(signature(secret, event_id, timestamp, body) for secret in secrets)
    return {ID: event_id, TIMESTAMP: timestamp, SIGNATURE: signatures}


def delivery(event: Any, *secrets: str, at: float = NOW) -> tuple[dict[str, str], bytes]:
    body = json.dumps(event).encode()
    return headers(body, str(event["id"]), *(secrets or (SECRET,)), at=at), body


def test_example_of_the_page_is_read() -> None:
    event = read_delivery(*delivery(COMPLETED), [SECRET], NOW)
    assert event == Event("evt_01abcdef", "generation.completed", "tsk_01abcdef", "order_123", 300)
    assert event.is_end
    assert not event.is_test


def test_press_on_the_test_button_ends_no_task() -> None:
    event = read_delivery(*delivery(TEST), [SECRET], NOW)
    assert event.is_test
    assert not event.is_end
    assert event.seconds is None


@pytest.mark.parametrize("ours", [(SECRET,), (OTHER,), (SECRET, OTHER), (OTHER, SECRET)])
@pytest.mark.parametrize("theirs", [(SECRET, OTHER), (OTHER, SECRET)])
def test_either_secret_is_right_while_one_replaces_the_other(ours: tuple[str, ...], theirs: tuple[str, ...]) -> None:
    assert read_delivery(*delivery(COMPLETED, *theirs), ours, NOW).is_end


def test_without_secrets_nothing_is_signed() -> None:
    with pytest.raises(Unsigned):
        read_delivery(*delivery(COMPLETED, ""), [], NOW)


@given(st.floats(-2 * SKEW, 2 * SKEW))
def test_delivery_must_be_of_the_last_or_next_five_minutes(late: float) -> None:
    moment = round(NOW - late)
    sent = delivery(COMPLETED, at=moment)
    if abs(NOW - moment) > SKEW:
        with pytest.raises(Unsigned):
            read_delivery(*sent, [SECRET], NOW)
    else:
        assert read_delivery(*sent, [SECRET], NOW).is_end


@given(st.data())
def test_change_of_a_single_bit_is_noticed(data: st.DataObject) -> None:
    sent, body = delivery(COMPLETED)
    place = data.draw(st.integers(0, len(body) * 8 - 1))
    changed = bytearray(body)
    changed[place // 8] ^= 1 << place % 8
    with pytest.raises(Unsigned):
        read_delivery(sent, bytes(changed), [SECRET], NOW)


@pytest.mark.parametrize("name", [ID, TIMESTAMP])
def test_signature_is_of_the_id_and_the_moment_too(name: str) -> None:
    sent, body = delivery(COMPLETED)
    with pytest.raises(Unsigned):
        read_delivery(sent | {name: sent[name] + "1" if name == ID else f"{NOW + 1:.0f}"}, body, [SECRET], NOW)


@given(st.dictionaries(st.sampled_from([ID, TIMESTAMP, SIGNATURE]), WORDS), st.binary(max_size=100))
def test_strangers_are_turned_away_whatever_they_send(sent: dict[str, str], body: bytes) -> None:
    with pytest.raises((Unsigned, Malformed)):
        read_delivery(sent, body, [SECRET], NOW)


@given(JSON, st.sampled_from(["whole", "data", "task_id", "client_business_id", "submitted_at", "type"]))
def test_anything_signed_is_an_event_or_malformed(value: Any, place: str) -> None:
    document: Any = json.loads(json.dumps(COMPLETED))
    if place == "whole":
        document = value
    elif place in ("data", "type"):
        document[place] = value
    else:
        document["data"][place] = value
    body = json.dumps(document).encode()
    try:
        event = read_delivery(headers(body, "evt_01abcdef", SECRET), body, [SECRET], NOW)
    except Malformed:
        assert place in ("whole", "data", "type")
        return
    assert event.id == "evt_01abcdef"
    for text in (event.task_id, event.job_id):
        assert text is None or (0 < len(text) <= 200 and text.isprintable())
    assert event.seconds is None or event.seconds >= 0


def test_body_must_be_the_event_that_its_headers_name() -> None:
    body = json.dumps(COMPLETED).encode()
    with pytest.raises(Malformed):
        read_delivery(headers(body, "evt_another", SECRET), body, [SECRET], NOW)


def test_of_many_signatures_only_the_first_are_looked_at() -> None:
    sent, body = delivery(COMPLETED)
    wrong = ",".join(["v1=0"] * SIGNATURES)
    with pytest.raises(Unsigned):
        read_delivery(sent | {SIGNATURE: f"{wrong},{sent[SIGNATURE]}"}, body, [SECRET], NOW)


def test_signature_of_another_version_is_none() -> None:
    sent, body = delivery(COMPLETED)
    with pytest.raises(Unsigned):
        read_delivery(sent | {SIGNATURE: sent[SIGNATURE].replace("v1=", "v2=")}, body, [SECRET], NOW)


def test_deep_json_is_malformed() -> None:
    body = b"[" * 30_000
    with pytest.raises(Malformed):
        read_delivery(headers(body, "evt_1", SECRET), body, [SECRET], NOW)
