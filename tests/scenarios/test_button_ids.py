"""Ids that must not be trusted: of another version, unknown, or nonsense. Each is answered with a polite sentence."""

from __future__ import annotations

from typing import Any

import pytest

from playground.world.interactions import Interaction
from playground.world.places import Message
from tests.scenarios.support.button_table import says
from tests.scenarios.support.server import Server, job_in, job_of

DATABASE = "sqlite"
pytestmark = pytest.mark.asyncio(loop_scope="module")


def button(message: Message, custom_id: str) -> Message:
    """Return the message with one more button."""
    part = {"type": 2, "id": 91, "style": 2, "label": "Odd", "custom_id": custom_id}
    message.components = [*message.components, {"type": 1, "id": 90, "components": [part]}]
    return message


@pytest.mark.parametrize(
    ("custom_id", "key"),
    [
        ("job0:again:{job}", "refused-button-old"),
        ("job2:again:{job}", "refused-button-old"),
        ("job1:frame:{job}", "refused-button-old"),
        ("job1:again:0123456789abcdef", "refused-job-gone"),
        ("job1:steps:0", "refused-job-gone"),
        ("job1:again", "refused-job-gone"),
        ("job1:go-on:{job}:1", "refused-button-old"),
        ("past2:mine:0", "refused-button-old"),
        ("past1:everybody:0", "refused-button-old"),
        ("ownkey2:set", "refused-button-old"),
        ("ownkey1:burn", "refused-button-old"),
        ("ownkey1:set", "refused-not-manager"),
        ("ownkey1:remove", "refused-not-manager"),
    ],
)
async def test_malformed_button_is_answered_politely_and_costs_nothing(
    server: Server, custom_id: str, key: str
) -> None:
    result = await server.result()
    charges = len(server.painter.ledger)
    says(await server.ana.press(button(result, custom_id.format(job=job_of(result))), "Odd"), key)
    assert len(server.painter.ledger) == charges


async def _opened(server: Server) -> Interaction:
    form = await server.ana.press(await server.result(), "Change")
    assert form.modal is not None
    return form


@pytest.mark.parametrize(
    ("custom_id", "key"),
    [
        ("form2:change:{job}", "refused-form-old"),
        ("form1:frame:{job}", "refused-form-old"),
        ("form1:change:", "refused-form-old"),
        ("form1:change", "refused-form-old"),
        ("form1:change:0123456789abcdef", "refused-job-gone"),
        ("form1:menu:1:2", "refused-form-old"),
        ("form1:key:set", "refused-not-manager"),
    ],
)
async def test_malformed_form_is_answered_politely_and_costs_nothing(server: Server, custom_id: str, key: str) -> None:
    form = await _opened(server)
    charges = len(server.painter.ledger)
    assert form.modal is not None
    form.modal["custom_id"] = custom_id.format(job=form.modal["custom_id"].split(":")[-1])
    says(await server.ana.fill(form, prompt="in the snow"), key)
    assert len(server.painter.ledger) == charges


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"prompt": {"value": "in the snow"}, "uploads": {"values": ["17"]}},
        {"prompt": {"value": "in the snow"}, "picked": {"values": ["first"]}},
        {"prompt": {}},
    ],
    ids=["empty", "no such upload", "no number", "no prompt"],
)
async def test_form_full_of_nonsense_is_answered_politely(server: Server, fields: dict[str, Any]) -> None:
    form = await _opened(server)
    assert form.modal is not None
    charges = len(server.painter.ledger)
    sent = [{"type": 18, "id": 1, "component": {"custom_id": name, **content}} for name, content in fields.items()]
    data = {"custom_id": form.modal["custom_id"], "components": sent}
    answer = server.world.interact(
        form.kind.MODAL, server.ana.user, form.channel, data, name="a form", source=form.source, opener=form
    )
    says(await answer.outcome(), "refused-form-old")
    assert len(server.painter.ledger) == charges


async def test_change_form_is_prefilled_with_the_previous_order(server: Server) -> None:
    result = await server.result(prompt="as a *poster*", model="gpt-4o-image", ratio="3:2", count=2)
    form = await server.ana.press(result, "Change")
    assert form.modal is not None
    fields = {row["component"]["custom_id"]: row["component"] for row in form.modal["components"]}
    chosen = {
        name: [option["value"] for option in part["options"] if option.get("default")]
        for name, part in fields.items()
        if "options" in part
    }
    assert fields["prompt"]["value"] == "as a *poster*"
    assert chosen == {"model": ["gpt-4o-image"], "ratio": ["3:2"]}
    answer = await server.ana.fill(form, prompt="as a stamp", model="gpt-4o-image", ratio="3:2")
    changed = await server.picture(job_in(answer.message))
    assert len(changed.attachments) == 2  # the form does not ask for the number, so it stays the same


async def test_one_of_several_pictures_is_chosen_to_continue_from(server: Server) -> None:
    result = await server.result(model="gpt-4o-image", count=2)
    assert len(result.attachments) == 2
    form = await server.ana.press(result, "Go on")
    answer = await server.ana.fill(form, prompt="now at night", picked="0")
    await server.picture(job_in(answer.message))
    assert server.painter.uploads[-1].data == result.attachments[0].data
    form = await server.ana.press(result, "Go on")
    answer = await server.ana.fill(form, prompt="now in fog", picked="2")
    await server.picture(job_in(answer.message))
    assert server.painter.uploads[-1].data == result.attachments[1].data


async def test_sharper_is_absent_at_largest_size_and_compare_without_a_source(server: Server) -> None:
    largest = await server.result(resolution="4K")
    assert "Sharper" not in largest.buttons
    says(await server.ana.press(button(largest, f"job1:sharper:{job_of(largest)}"), "Odd"), "refused-sharpest")
    order = await server.ana.command(server.channel, "imagine", prompt="a fox")
    fox = await server.picture(job_in(order.message))
    assert "Compare" not in fox.buttons
    assert "Sharper" in fox.buttons
    says(await server.ana.press(button(fox, f"job1:compare:{job_of(fox)}"), "Odd"), "refused-nothing-to-compare")
    assert "Steps" not in largest.buttons  # nothing came before it
