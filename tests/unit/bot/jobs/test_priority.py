"""The CommandPriority: answers first, and nobody is held back for ever."""

from __future__ import annotations

import asyncio

import pytest

from bot.jobs import priority as room
from bot.jobs.priority import CommandPriority


@pytest.fixture(autouse=True)
def _without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a step that no answer releases wait for longer than a test."""
    monkeypatch.setattr(room, "LONGEST", 3600.0)


async def test_who_begins_something_waits_until_the_last_order_is_answered() -> None:
    command_priority = CommandPriority()
    events = list[str]()

    async def begin() -> None:
        await command_priority.over()
        events.append("begun")

    with command_priority.answering():
        with command_priority.answering():
            beginning = asyncio.create_task(begin())
        await asyncio.sleep(0.02)
        events.append("answered")
    await beginning
    assert events == ["answered", "begun"]
    await asyncio.wait_for(command_priority.over(), 60)  # nobody waits: at once


async def test_an_order_that_breaks_holds_nobody_back() -> None:
    command_priority = CommandPriority()
    with pytest.raises(ValueError, match="broken"), command_priority.answering():
        raise ValueError("broken")
    await asyncio.wait_for(command_priority.over(), 60)


async def test_a_rush_without_end_holds_nobody_back_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LONGEST", 0.02)
    command_priority = CommandPriority()
    with command_priority.answering():
        await asyncio.wait_for(command_priority.over(), 60)
