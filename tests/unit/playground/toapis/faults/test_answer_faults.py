"""Faults in a good answer on its way out: each does what its line says, after the effect."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.support.toapis_caller import Visitor, only_url, visiting

LOST = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError)


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with visiting() as visitor:
        yield visitor


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
