"""A bot that stops in the middle, in a Discord by other authors: after the start it continues where it stopped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.witness.place import Place, answer, job_of, painted, words

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_picture_that_was_being_painted_comes_after_the_restart(place: Place) -> None:
    order = await place.order()
    job = job_of(order)
    await place.stage.until(lambda: place.charges(job), "the purchase")
    await place.stage.restart()
    result = await place.picture(job)
    assert result.channel.id == place.thread.id
    await place.done(order)
    assert place.charges(job) == 1
    assert len([message for message in place.thread.history() if painted(message)]) == 1


async def test_an_order_that_was_just_taken_is_painted_after_the_restart(place: Place) -> None:
    order = await place.order()
    await place.stage.restart()
    assert await place.picture(job_of(order))
    await place.done(order)
    assert place.charges(job_of(order)) == 1


async def test_buttons_of_before_a_restart_work(place: Place) -> None:
    result = await place.result()
    await place.stage.restart()
    form = await place.ana.click(result, label="Go on")
    await place.ana.submit_modal(form, {"prompt": "now at night"})
    assert await place.newest([result.id])


async def test_a_form_that_was_open_at_a_restart_is_still_read(place: Place) -> None:
    result = await place.result()
    form = await place.ana.click(result, label="Change")
    await place.stage.restart()
    sent = await place.ana.submit_modal(form, {"prompt": "as a stamp"})
    assert "as a stamp" in words(answer(sent))
    assert await place.picture(job_of(sent))


async def test_a_picture_whose_answer_was_lost_is_not_posted_twice(place: Place) -> None:
    """The bot finds its own message by its user's id: simcord ignores the nonce that would suppress a second post."""

    def brings_picture(message: Mapping[str, Any]) -> bool:
        return any(file["filename"].startswith("retouch-") for file in message["attachments"])

    place.stage.lose_answer(brings_picture)
    order = await place.order()
    await place.done(order)
    assert len([message for message in place.thread.history() if painted(message)]) == 1
    assert place.charges(job_of(order)) == 1
