"""The Rush: answers first, and nobody is held back for ever."""

from __future__ import annotations

import asyncio

import pytest

from bot.jobs import priority as room
from bot.jobs.priority import Rush


@pytest.fixture(autouse=True)
def _without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is not let go by an answer waits for longer than a test."""
    monkeypatch.setattr(room, "LONGEST", 3600.0)


async def test_who_begins_something_waits_until_the_last_order_is_answered() -> None:
    rush, told = Rush(), list[str]()

    async def begin() -> None:
        await rush.over()
        told.append("begun")

    with rush.answering():
        with rush.answering():
            beginning = asyncio.create_task(begin())
        await asyncio.sleep(0.02)
        told.append("answered")
    await beginning
    assert told == ["answered", "begun"]
    await asyncio.wait_for(rush.over(), 60)  # nobody waits: at once


async def test_an_order_that_breaks_holds_nobody_back() -> None:
    rush = Rush()
    with pytest.raises(ValueError, match="broken"), rush.answering():
        raise ValueError("broken")
    await asyncio.wait_for(rush.over(), 60)


async def test_a_rush_without_end_holds_nobody_back_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LONGEST", 0.02)
    rush = Rush()
    with rush.answering():
        await asyncio.wait_for(rush.over(), 60)
