"""``… broken WAY``: the real bot with one thing broken. See test_breakages.py."""

from __future__ import annotations

import asyncio
import base64
import runpy
import sys
from collections.abc import Callable
from typing import Any

import discord
from discord import InteractionResponse as Response
from discord.abc import Messageable

import bot.toapis.client

_answer: Any = Response.send_message
_send: Any = Messageable.send


def late() -> None:
    async def slow(self: Response[Any], *arguments: Any, **options: Any) -> Any:
        await asyncio.sleep(4)  # the breakage: a second longer than Discord waits
        return await _answer(self, *arguments, **options)

    _replace(Response, "send_message", slow)


def twice() -> None:
    async def both(self: Response[Any], *arguments: Any, **options: Any) -> Any:
        answer = await _answer(self, *arguments, **options)
        self._response_type = None  # else discord.py would refuse by itself
        await _answer(self, "And again")
        return answer

    _replace(Response, "send_message", both)


def long_custom_id() -> None:
    _answering(lambda: {"view": discord.ui.View().add_item(discord.ui.Button(label="Again", custom_id="x" * 101))})


def long_content() -> None:
    _answering(lambda: {"content": "x" * 2001})


def everyone() -> None:
    def loud(more: dict[str, Any]) -> None:
        more |= {"content": f"@everyone {more['content']}", "allowed_mentions": discord.AllowedMentions.all()}

    _delivering(loud)


def old_token() -> None:
    held: list[discord.Interaction[Any]] = []

    async def keep(self: Response[Any], *arguments: Any, **options: Any) -> Any:
        held.append(self._parent)
        return await _answer(self, *arguments, **options)

    async def by_token(self: Messageable, **options: Any) -> Any:
        if options.get("files") and options.get("content"):
            return await held[0].followup.send(options["content"], files=options["files"], wait=True)
        return await _send(self, **options)

    _replace(Response, "send_message", keep)
    _replace(Messageable, "send", by_token)


def unpermitted() -> None:
    _replace(discord.Interaction, "app_permissions", discord.Permissions.all())


def inline_picture() -> None:
    usual: Any = bot.toapis.client.create_body  # type: ignore[attr-defined]  # it is what the client calls

    def body(*arguments: Any) -> Any:
        sent = usual(*arguments)
        name = "image_urls" if "image_urls" in sent else "reference_images"
        return sent | {name: ["data:image/png;base64," + base64.b64encode(b"a picture").decode()]}

    _replace(bot.toapis.client, "create_body", body)


WAYS: dict[str, Callable[[], None]] = {
    "answer after four seconds": late,
    "two answers": twice,
    "a custom_id of 101 characters": long_custom_id,
    "a content of 2,001 characters": long_content,
    "everyone is pinged": everyone,
    "the token is used after fifteen minutes": old_token,
    "a post without permission": unpermitted,
    "base64 to ToAPIs": inline_picture,
}


def _replace(owner: Any, name: str, thing: Any) -> None:
    setattr(owner, name, thing)


def _answering(changed: Callable[[], dict[str, Any]]) -> None:
    async def answer(self: Response[Any], *arguments: Any, **options: Any) -> Any:
        return await _answer(self, *arguments, **options | changed())

    _replace(Response, "send_message", answer)


def _delivering(change: Callable[[dict[str, Any]], None]) -> None:
    """Change the message that brings the result: the one with files and words."""

    async def send(self: Messageable, **options: Any) -> Any:
        if options.get("files") and options.get("content"):
            change(options)
        return await _send(self, **options)

    _replace(Messageable, "send", send)


if __name__ == "__main__":
    WAYS[sys.argv[1]]()
    sys.argv = ["bot"]
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
