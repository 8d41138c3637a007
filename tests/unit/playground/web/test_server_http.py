"""The page's server by plain HTTP: the callers that it answers, the files that it serves, and its size limits."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest

from playground.discord import Discord
from playground.toapis.server import Painter
from playground.web.server import PageServer
from playground.world.members import Member
from playground.world.messages import upload
from playground.world.world import World, studio
from tests.support.small_bot import png


@dataclass(slots=True)
class Door:
    world: World
    url: str
    web: aiohttp.ClientSession

    async def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.web.get(self.url + path, headers=sent) as answer:
            return answer.status, {str(name): value for name, value in answer.headers.items()}, await answer.read()

    async def post(self, path: str, data: aiohttp.FormData | dict[str, str], **headers: str) -> tuple[int, str]:
        async with self.web.post(self.url + path, data=data, headers=headers) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    world = studio()
    async with Discord(world, rate_limits=False) as there, aiohttp.ClientSession() as web:
        page_server = PageServer(world, there, Painter())
        async with page_server.serve(port=0):
            yield Door(world, page_server.url.rstrip("/"), web)


@pytest.mark.parametrize("path", ["/", "/state", "/page.js", "/lighthouse.jpg", "/nothing.js", "/file/1"])
async def test_every_answer_forbids_other_hosts_and_frames(door: Door, path: str) -> None:
    _, headers, _ = await door.get(path)
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; img-src 'self' data: blob:;")
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_a_name_that_only_points_here_is_refused(door: Door) -> None:
    assert (await door.get("/state"))[0] == 200
    assert (await door.get("/state", Host="evil.example"))[0] == 403
    assert (await door.get("/state", Host="127.0.0.1.evil.example:80"))[0] == 403
    assert (await door.get("/state", Host=door.url.replace("http://127.0.0.1", "localhost")))[0] == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null"])
async def test_a_page_of_another_origin_can_not_act(door: Door, origin: str) -> None:
    form = {"channel": str(door.world.channel("photos").id), "text": "hello"}
    assert (await door.post("/action/says", form, Origin=origin))[0] == 403
    assert not door.world.channel("photos").seen
    assert (await door.post("/action/says", form, Origin=door.url))[0] == 200
    assert [message.content for message in door.world.channel("photos").seen] == ["hello"]


async def test_a_picture_tag_elsewhere_gets_nothing_and_a_link_leads_here(door: Door) -> None:
    assert (await door.get("/state", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors"))[0] == 403
    assert (await door.get("/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate"))[0] == 200


@pytest.mark.parametrize("path", ["/..%2fwindow.py", "/%2e%2e/window.py", "/../__main__.py", "/__init__.py"])
async def test_only_the_pages_own_files_are_given_out(door: Door, path: str) -> None:
    assert (await door.get(path))[0] == 404


async def test_a_file_that_is_no_picture_is_only_downloaded(door: Door) -> None:
    files = (upload("a.svg", b"<svg/>"), upload("a.html", b"<script>1</script>"), upload("a.png", png()))
    message = await Member(door.world, "Ana").says(door.world.channel("photos"), files=files)
    kinds = []
    for file in message.attachments:
        _, headers, _ = await door.get(f"/file/{file.id}")
        kinds.append((headers["Content-Type"], headers["Content-Disposition"]))
    assert kinds == [("application/octet-stream", "attachment")] * 2 + [("image/png", "inline")]


async def test_what_is_for_one_person_only_is_given_to_nobody_else(door: Door) -> None:
    ana = door.world.user("Ana")
    ben = door.world.user("Ben")
    photos = door.world.channel("photos")
    message = await Member(door.world, ana).says(photos, files=(upload("a.png", png()),))
    message.seen_only_by = ana
    path = f"/file/{message.attachments[0].id}"
    assert (await door.get(f"{path}?me={ana.id}"))[0] == 200
    assert (await door.get(f"{path}?me={ben.id}"))[0] == 404
    assert str(message.id).encode() not in (await door.get(f"/state?me={ben.id}"))[2]


async def test_too_much_at_once_is_refused(door: Door) -> None:
    form = aiohttp.FormData({"channel": str(door.world.channel("photos").id)})
    form.add_field("files", io.BytesIO(bytes(61 * 1024 * 1024)), filename="a.bin")
    assert (await door.post("/action/says", form))[0] == 413
    form = aiohttp.FormData({"channel": str(door.world.channel("photos").id)})
    for n in range(11):
        form.add_field("files", b"x", filename=f"{n}.txt")
    status, sentence = await door.post("/action/says", form)
    assert (status, sentence) == (400, "This can't be done: a message holds 10 files at most.")


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/action/command", {"name": "edit", "options": "[]"}),
        ("/action/command", {"name": "nothing"}),
        ("/action/press", {"message": "1"}),
        ("/action/fill", {"interaction": "x"}),
        ("/action/says", {"text": "x", "channel": "?"}),
        ("/action/says", {"text": "x", "me": "0"}),
        ("/backstage/fault", {"name": "sulking", "times": "once"}),
        ("/backstage/pace", {"name": "never"}),
        ("/backstage/bot", {"do": "kill"}),
    ],
)
async def test_what_can_not_be_done_is_a_sentence(door: Door, path: str, form: dict[str, str]) -> None:
    status, sentence = await door.post(path, {"channel": str(door.world.channel("photos").id)} | form)
    assert status == 400 and sentence.endswith(".")


async def test_what_does_not_exist_is_not_found(door: Door) -> None:
    assert (await door.post("/action/fly", {}))[0] == (await door.post("/backstage/door", {}))[0] == 404
    assert (await door.get("/state?me=1"))[0] == 400
