"""Faults of the stand-in ToAPIs: each does what its line says, to its verb, and charges only what it says."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import pytest

from playground.toapis.faults.answer_faults import ANSWER_FAULTS
from playground.toapis.faults.fault import ActiveFault, TaskFault
from playground.toapis.faults.refusals import REFUSALS
from playground.toapis.faults.task_faults import TASK_FAULTS
from playground.toapis.server import Painter
from tests.support.toapis_caller import Reply, Visitor, only_url, visiting

LOST = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError)


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with visiting() as visitor:
        yield visitor


async def perform(visitor: Visitor, verb: str) -> Reply:
    """Send a request of that verb, which would go well without faults."""
    active = {active.fault.name: active for active in visitor.painter.active}
    verbs: dict[str, Any] = {
        "upload": visitor.upload,
        "create": visitor.create,
        "balance": lambda: visitor.ask("GET", "/v1/balance"),
        "models": lambda: visitor.ask("GET", "/v1/models?type=image"),
    }
    if verb in verbs:
        reply: Reply = await verbs[verb]()
        return reply
    visitor.painter.calm()
    task = (await visitor.create()).json["id"]
    visitor.clock.advance(60)
    url = only_url((await visitor.look(task)).json)
    for name, fault in active.items():
        visitor.painter.fault(name, fault.left, on=fault.on, **dict(fault.options))
    if verb == "download":
        return await visitor.download(url)
    return await visitor.look(task if verb == "status" else "job-1")


REFUSED_WITH: dict[str, tuple[int, str]] = {
    "invalid-request": (400, "invalid_request"),
    "invalid-param": (400, '"param": "size"'),
    "invalid-references": (400, "invalid_reference_images"),
    "webhook-not-configured": (400, "webhook_not_configured"),
    "everyone-400": (400, "@everyone"),
    "upload-unsupported": (400, '"success": false'),
    "upload-too-large": (400, "10MB"),
    "unauthorized": (401, "unauthorized"),
    "unauthorized-numeric": (401, '"code": 401'),
    "unauthorized-chinese": (401, "无效的令牌"),
    "insufficient-quota": (402, "insufficient_quota"),
    "forbidden": (403, "permission_denied"),
    "quota-403": (403, "用户额度不足"),
    "edge-403": (403, "<html>"),
    "not-found": (404, '"code": 404'),
    "task-not-found": (404, "task_not_found"),
    "lookup-absent": (404, "not_found_error"),
    "request-timeout": (408, "<html>"),
    "too-large-413": (413, "<html>"),
    "policy-422": (422, "content_policy_violation"),
    "policy-chinese": (400, "敏感"),
    "rate-limited": (429, "rate_limit_exceeded"),
    "internal-error": (500, "internal_error"),
    "rate-limit-unavailable": (503, "rate_limit_unavailable"),
    "no-channel": (503, "no available channel"),
    "unavailable": (503, "<html>"),
    "empty-503": (503, ""),
    "bad-gateway": (502, "<html>"),
    "gateway-timeout": (504, "<html>"),
    "timeout-524": (524, "<html>"),
    "success-false": (200, '"success": false'),
    "error-as-string": (500, '{"error": "'),
    "message-only": (500, '{"message": "'),
    "result-gone": (404, "<html>"),
    "result-410": (410, "<html>"),
    "result-503": (503, "<html>"),
}
REFUSALS_ANSWERED = [(name, verb) for name in REFUSED_WITH for verb in REFUSALS[name].on]


@pytest.mark.parametrize(("name", "verb"), REFUSALS_ANSWERED)
@pytest.mark.proves("fault-refusals")
async def test_a_refusal_answers_its_verbs_and_makes_nothing(visitor: Visitor, name: str, verb: str) -> None:
    fault = visitor.painter.fault(name)
    reply = await perform(visitor, verb)
    status, text = REFUSED_WITH[name]
    assert reply.status == status
    assert text in reply.data.decode()
    assert [charge.business_id for charge in visitor.painter.ledger] == (
        [] if verb in {"create"} | set(KEPT) else ["job-1"]
    )
    assert fault.struck == (1 if verb in {"create"} | set(KEPT) else 0)


KEPT = ("upload", "balance", "models")


async def hangs(visitor: Visitor, fault: ActiveFault) -> None:
    """Send a create, and check that it is not answered."""
    creating = asyncio.ensure_future(visitor.create())
    while not fault.struck:  # noqa: ASYNC110 - the painter tells nobody
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert not creating.done()
    creating.cancel()


@pytest.mark.parametrize("name", ["gateway-timeout", "internal-error", "request-timeout", "hang"])
@pytest.mark.proves("fault-refusals")
async def test_with_made_the_task_is_made_and_charged_behind_the_refusal(visitor: Visitor, name: str) -> None:
    fault = visitor.painter.fault(name, on=("create",), made=True)
    if name == "hang":
        await hangs(visitor, fault)
    else:
        assert (await visitor.create()).status >= 400
    assert len(visitor.painter.ledger) == 1
    assert (await visitor.look("job-1")).status == 200


@pytest.mark.parametrize("name", ["rate-limited", "rate-limit-unavailable"])
@pytest.mark.proves("fault-refusals")
async def test_retry_after_comes_in_three_forms_or_not_at_all(visitor: Visitor, name: str) -> None:
    values = {}
    for form in ("seconds", "http-date", "unix", "none"):
        visitor.painter.fault(name, times=1, form=form, seconds=3)
        values[form] = (await visitor.create()).headers.get("Retry-After", "")
    assert (values["seconds"], values["unix"], values["none"]) == ("3", "1800000003", "")
    assert parsedate_to_datetime(values["http-date"]).timestamp() == 1_800_000_003


async def test_a_fault_strikes_the_given_number_of_times(visitor: Visitor) -> None:
    fault = visitor.painter.fault("bad-gateway", times=2)
    assert [(await visitor.create()).status for _ in range(3)] == [502, 502, 200]
    assert (fault.struck, fault.left, visitor.painter.active) == (2, 0, [])


async def test_a_fault_for_one_order_leaves_every_other_alone(visitor: Visitor) -> None:
    visitor.painter.fault("no-channel", prompt="in fog")
    visitor.painter.fault("no-channel", prompt="in mist")  # beside the first, not in its place
    visitor.painter.fault("never", prompt="in rain")
    visitor.painter.fault("not-found", prompt="in snow")
    visitor.painter.fault("result-gone", prompt="in snow")
    assert [(await visitor.create(prompt=f"in {word}")).status for word in ("fog", "mist")] == [503, 503]
    rain, snow, sun = [(await visitor.create(prompt=f"in {word}")).json["id"] for word in ("rain", "snow", "sun")]
    visitor.clock.advance(60)
    assert (await visitor.look(rain)).json["status"] != "completed"
    assert (await visitor.look(snow)).status == 404
    visitor.painter.calm()
    visitor.painter.fault("result-gone", prompt="in snow")
    statuses = [(await visitor.download(only_url((await visitor.look(id_)).json))).status for id_ in (snow, sun)]
    assert statuses == [404, 200]


async def test_calm_removes_every_fault(visitor: Visitor) -> None:
    visitor.painter.fault("bad-gateway")
    visitor.painter.fault("never")
    visitor.painter.calm()
    assert (await visitor.painted())["status"] == "completed"


async def test_chance_lets_some_requests_through(visitor: Visitor) -> None:
    visitor.painter.fault("bad-gateway", chance=0.5)
    assert {(await visitor.create()).status for _ in range(30)} == {200, 502}


def test_an_unknown_fault_or_option_is_refused_at_once() -> None:
    painter = Painter(seed=1)
    with pytest.raises(ValueError, match="no fault is called 'gloom'"):
        painter.fault("gloom")
    with pytest.raises(ValueError, match="slow has no option speed; it has: scale"):
        painter.fault("slow", speed=2)


@pytest.mark.proves("fault-menu-lines")
def test_every_fault_has_a_line_for_the_menu_and_a_test() -> None:
    names = Painter(seed=1).faults
    assert all(line and len(line) < 90 for line in names.values())
    assert len(names) == len(REFUSALS) + len(ANSWER_FAULTS) + len(TASK_FAULTS)
    assert REFUSALS.keys() - REFUSED_WITH.keys() == {"hang", "reset-before"}


@pytest.mark.parametrize(
    ("name", "charges"), [("reset-before", 0), ("reset-after", 1), ("late-task", 1), ("cut-answer", 1)]
)
@pytest.mark.proves("fault-connections")
async def test_a_broken_connection_charges_only_if_the_task_was_made(visitor: Visitor, name: str, charges: int) -> None:
    visitor.painter.fault(name, times=1)
    with pytest.raises(LOST):
        await visitor.create()
    assert len(visitor.painter.ledger) == len(visitor.painter.tasks) == charges


@pytest.mark.parametrize(("name", "charges"), [("hang", 0), ("hang-after", 1)])
@pytest.mark.proves("fault-connections")
async def test_hanging_never_answers(visitor: Visitor, name: str, charges: int) -> None:
    await hangs(visitor, visitor.painter.fault(name, on=("create",)))
    assert len(visitor.painter.ledger) == charges


@pytest.mark.proves("fault-late-tasks")
async def test_a_late_task_is_hidden_from_both_look_ups_for_its_seconds(visitor: Visitor) -> None:
    visitor.painter.fault("late-task", seconds=5)
    with pytest.raises(LOST):
        await visitor.create()
    (id_,) = visitor.painter.tasks
    assert [(await visitor.look(name)).status for name in (id_, "job-1")] == [404, 404]
    visitor.clock.advance(5)
    assert [(await visitor.look(name)).status for name in (id_, "job-1")] == [200, 200]


@pytest.mark.parametrize("name", ["html-200", "empty-body", "truncated-json"])
@pytest.mark.proves("fault-late-tasks")
async def test_a_200_that_is_no_json_hides_a_task_that_was_charged(visitor: Visitor, name: str) -> None:
    visitor.painter.fault(name)
    reply = await visitor.create()
    assert reply.status == 200
    with pytest.raises(json.JSONDecodeError):
        _ = reply.json
    assert len(visitor.painter.ledger) == 1
    assert visitor.painter.requests[-1].note in visitor.painter.tasks


async def test_a_fault_of_answers_is_not_used_up_by_a_bad_request(visitor: Visitor) -> None:
    visitor.painter.fault("reset-after", times=1)
    assert (await visitor.create(n="1")).status == 400
    with pytest.raises(LOST):
        await visitor.create()


@pytest.mark.proves("fault-connections")
async def test_drip_is_slow_and_complete(visitor: Visitor) -> None:
    id_ = (await visitor.create()).json["id"]
    visitor.painter.fault("drip", pace=0.001)
    start = time.monotonic()
    assert (await visitor.look(id_)).json["id"] == id_
    assert time.monotonic() - start > 0.03


SHAPED: dict[str, set[str]] = {
    "shape-result": {"result"},
    "shape-url": {"url"},
    "shape-images": {"images"},
    "shape-data": {"data"},
    "shape-image_url": {"data"},
}


@pytest.mark.parametrize("name", SHAPED)
async def test_the_address_comes_in_the_shape_that_was_asked_for(visitor: Visitor, name: str) -> None:
    visitor.painter.fault(name)
    for _ in range(4):
        body = await visitor.painted()
        assert {"result", "url", "images", "data"} & body.keys() == SHAPED[name]
        assert (await visitor.download(only_url(body))).status == 200


@pytest.mark.proves("fault-no-address")
async def test_completed_comes_without_address_for_two_look_ups(visitor: Visitor) -> None:
    visitor.painter.fault("completed-without-url", polls=2)
    bodies = [await visitor.painted(), *[(await visitor.look("job-1")).json for _ in range(2)]]
    assert [body["status"] for body in bodies] == ["completed"] * 3
    assert [bool(body["result"]["data"]) for body in bodies] == [False, False, True]


@pytest.mark.proves("fault-no-address")
async def test_completed_may_never_have_an_address(visitor: Visitor) -> None:
    visitor.painter.fault("completed-never-url")
    assert (await visitor.painted())["result"]["data"] == []


@pytest.mark.proves("fault-waiting")
async def test_words_of_a_body_change_with_the_fault(visitor: Visitor) -> None:
    visitor.painter.fault("numbers-as-strings")
    assert (await visitor.create()).json["created_at"] == "1800000000"
    assert (await visitor.ask("GET", "/v1/balance")).json["credits_per_usd"] == "200"
    visitor.painter.fault("unknown-fields")
    assert "x_trace" in (await visitor.look("job-1")).json
    visitor.painter.fault("unknown-status")
    assert (await visitor.look("job-1")).json["status"] == "warming_up"
    visitor.painter.fault("stuck-progress", at=33)
    assert (await visitor.look("job-1")).json["progress"] == 33
    visitor.painter.calm()
    visitor.painter.fault("other-words")
    assert (await visitor.look("job-1")).json["status"] == "running"
    visitor.clock.advance(60)
    assert (await visitor.look("job-1")).json["status"] == "succeeded"


@pytest.mark.parametrize("name", ["unknown-status", "stuck-progress"])
@pytest.mark.proves("fault-waiting")
async def test_a_finished_task_is_reported_as_finished_with_every_waiting_fault(visitor: Visitor, name: str) -> None:
    visitor.painter.fault(name)
    body = await visitor.painted()
    assert (body["status"], body["progress"]) == ("completed", 100)


async def test_the_task_id_may_come_in_other_places(visitor: Visitor) -> None:
    visitor.painter.fault("create-task-id", times=1)
    assert (await visitor.create()).json["task_id"] in visitor.painter.tasks
    visitor.painter.fault("create-data-id", times=1)
    assert (await visitor.create()).json["data"]["id"] in visitor.painter.tasks


FAILING = [name for name, fault in TASK_FAULTS.items() if isinstance(fault, TaskFault) and "message" in fault.options]


@pytest.mark.parametrize("name", FAILING)
@pytest.mark.proves("fault-failed-tasks")
async def test_a_failing_task_fails_with_200_and_is_refunded(visitor: Visitor, name: str) -> None:
    visitor.painter.fault(name, message="just so")
    visitor.painter.billing = "settled"
    body = await visitor.painted()
    assert body["status"] == "failed"
    said = body.get("error", body.get("fail_reason"))
    assert (said["message"] if isinstance(said, dict) else said) == "just so"
    if name.startswith("failed:"):
        assert said["code"] == name.removeprefix("failed:")
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


async def result(visitor: Visitor, name: str, **options: Any) -> tuple[str, bytes]:
    """Return the address of a painted picture and its true bytes, and switch the fault on."""
    url = only_url(await visitor.painted())
    data = (await visitor.download(url)).data
    visitor.painter.fault(name, **options)
    return url, data


@pytest.mark.proves("fault-results")
async def test_a_result_may_lie_about_its_type(visitor: Visitor) -> None:
    url, data = await result(visitor, "wrong-type-result", says="text/plain")
    reply = await visitor.download(url)
    assert (reply.data, reply.headers["Content-Type"]) == (data, "text/plain")


@pytest.mark.proves("fault-results")
async def test_a_result_may_break_off_be_half_be_empty_or_a_page(visitor: Visitor) -> None:
    url, data = await result(visitor, "truncated-result", times=1)
    with pytest.raises(LOST):
        await visitor.download(url)
    visitor.painter.fault("broken-result", times=1)
    assert (await visitor.download(url)).data == data[: len(data) // 2]
    visitor.painter.fault("empty-result", times=1)
    assert (await visitor.download(url)).data == b""
    visitor.painter.fault("result-not-image", times=1)
    reply = await visitor.download(url)
    assert reply.data.startswith(b"<!DOCTYPE html>")
    assert reply.headers["Content-Type"].startswith("image/")


@pytest.mark.proves("fault-results")
async def test_a_result_may_be_huge(visitor: Visitor) -> None:
    url, data = await result(visitor, "huge-result", length=3_000_000)
    reply = await visitor.download(url)
    assert (len(reply.data), reply.data[: len(data)]) == (3_000_000, data)


@pytest.mark.proves("fault-results")
async def test_a_result_may_never_end_until_nobody_listens(visitor: Visitor) -> None:
    url, _ = await result(visitor, "endless-result")
    async with visitor.session.get(url) as response:
        assert len(await response.content.readexactly(2_000_000)) == 2_000_000


@pytest.mark.proves("fault-results")
async def test_a_result_may_be_elsewhere(visitor: Visitor) -> None:
    url, data = await result(visitor, "redirect-result", to="private")
    places = {}
    for to in ("private", "metadata", "file", "loop", "good", "https://example.com/x.png"):
        visitor.painter.fault("redirect-result", to=to)
        reply = await visitor.download(url)
        assert reply.status == 302
        places[to] = reply.headers["Location"]
    assert places["private"].startswith("http://10.")
    assert places["metadata"].startswith("http://169.254.169.254/")
    assert places["loop"] == url.removeprefix(visitor.painter.url)
    assert places["https://example.com/x.png"] == "https://example.com/x.png"
    assert (await visitor.download(visitor.painter.url + places["good"])).data == data
