"""Where a picture is asked for, Discord's apps offer pictures only; a Discord that does not take that stops nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.client import with_file_types
from playground.stage import Stage
from playground.world.interactions import Interaction
from playground.world.messages import upload
from tests.scenarios.conftest import settings
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import Server, job_in
from tests.support.databases import sqlite_database

Json = dict[str, Any]

COMMANDS = "PUT /applications/{application}/commands"


def options(stage: Stage) -> list[Json]:
    """Return the registered options that take a file."""
    return [option for command in stage.world.commands for option in command["options"] if option["type"] == 11]


def field(form: Interaction) -> Json:
    """Return the field for files of an open form."""
    (upload_field,) = [row["component"] for row in (form.modal or {})["components"] if row["component"]["type"] == 19]
    return dict(upload_field)


def registrations(stage: Stage) -> list[int | None]:
    """Return the status of each registration so far."""
    return [request.status for request in stage.discord.requests if request.route == COMMANDS]


async def ordered(stage: Stage) -> Interaction:
    """Order by command, and by a form, which is returned."""
    server = Server(stage)
    await server.picture(job_in((await server.order()).message))
    message = await server.ben.says(server.channel, "my cat", files=(upload("cat.jpg", cat()),))
    form = await server.ana.uses(message, "Edit this picture")
    sent = await server.ana.fill(form, prompt="as a poster", uploads=upload("hat.jpg", cat(1)))
    await server.picture(job_in(sent.message))
    again = await server.ben.press(await server.result(), "Go on")
    assert field(again).get("file_types") == field(form).get("file_types")
    return form


def test_options_of_subcommands_get_file_types_too() -> None:
    inner: Json = {
        "type": 1,
        "name": "picture",
        "options": [{"type": 11, "name": "image"}, {"type": 3, "name": "prompt"}],
    }
    (group,) = with_file_types([{"type": 1, "name": "edit", "options": [inner]}])
    assert group["options"][0]["options"] == [
        {"type": 11, "name": "image", "file_types": ["image"]},
        {"type": 3, "name": "prompt"},
    ]
    assert "file_types" not in inner["options"][0]


async def test_refused_file_types_are_left_out_and_tried_again(tmp_path: Path) -> None:
    with sqlite_database(tmp_path) as url:
        async with Stage.open(settings(tmp_path, url), seconds=(0.02, 0.05), rate_limits=False) as stage:
            stage.world.takes_file_types = False
            await stage.start()
            assert registrations(stage) == [400, 200]
            assert len(options(stage)) == 6
            assert not [option for option in options(stage) if "file_types" in option]
            assert "file_types" not in field(await ordered(stage))
            await stage.stop()
            stage.world.takes_file_types = True
            await stage.start()
            assert registrations(stage) == [400, 200, 200]
            assert [option["file_types"] for option in options(stage)] == [["image"]] * 6
            assert field(await ordered(stage))["file_types"] == ["image"]
            assert stage.offences == []
