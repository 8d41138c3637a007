"""The stand-in's rules for ``file_types``."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.small_bot import serving

Json = dict[str, Any]
ROUTE = "PUT /applications/{}/commands"


def command(file_types: Any, kind: int = 11) -> list[Json]:
    option = {"type": kind, "name": "image", "description": "A picture", "file_types": file_types}
    return [{"name": "edit", "description": "Edit", "options": [option]}]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (command(["image"]), 200),
        (command(["image", ".PDF"]), 200),
        (command(["pictures"]), 400),
        (command("image"), 400),
        (command([".a"] * 11), 400),
        (command(["." + "a" * 16]), 400),
        (command(["image"], kind=3), 400),
    ],
)
@pytest.mark.proves("file-types")
async def test_file_types_are_checked_as_discord_documents_them(body: list[Json], status: int) -> None:
    async with serving() as stage:
        answer = await stage.call(ROUTE.format(stage.world.application.id), body)
        assert answer[0] == status
        if status == 200:
            assert answer[1][0]["options"][0]["file_types"] == body[0]["options"][0]["file_types"]


@pytest.mark.proves("file-types")
async def test_older_discord_refuses_file_types_without_blame() -> None:
    async with serving() as stage:
        stage.world.takes_file_types = False
        route = ROUTE.format(stage.world.application.id)
        assert (await stage.call(route, command(["image"])))[0] == 400
        assert stage.world.offences == []
        plain = command(["image"])
        del plain[0]["options"][0]["file_types"]
        assert (await stage.call(route, plain))[0] == 200
