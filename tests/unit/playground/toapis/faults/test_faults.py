"""Faults of the stand-in ToAPIs: each does what its line says, to its verb, and charges only what it says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import pytest

from playground.toapis.faults.answer_faults import ANSWER_FAULTS
from playground.toapis.faults.fault import ActiveFault
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
    while not fault.struck:  # noqa: ASYNC110 - the stand-in sends no event
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
