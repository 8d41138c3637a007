"""Attacks by id: knowing a job's id reveals nothing of a job of another server, channel or direct message.

The entry points are read from the running bot (``entry_points``); one without a row in ``WAYS`` or ``EXEMPT`` fails.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from playground.stage import Stage
from playground.world import conversation
from playground.world.messages import upload
from playground.world.places import Message
from tests.scenarios.conftest import settings
from tests.scenarios.support.attacker import STYLE, Intruder, Victim, intruder
from tests.scenarios.support.button_table import says
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import first_reply, job_in
from tests.scenarios.support.wording import sentence
from tests.support.databases import sqlite_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

KINDS: Final = ("server", "direct", "channel")

Attack = Callable[[Intruder, Victim], Awaitable[None]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def eve(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Intruder]:
    """Start one bot for all attacks, each of which leaves everything as it was."""
    folder = tmp_path_factory.mktemp("attacks")
    with sqlite_database(folder) as url:
        async with Stage.open(settings(folder, url), seconds=(0.02, 0.05), rate_limits=False) as stage:
            stage.settings["WAYS_FILE"] = str(folder / "ways.json")
            await stage.start("tests.support.entry_points")
            yield await intruder(stage)
            assert stage.offences == []


def presses(custom_id: str, key: str) -> Attack:
    async def attack(eve: Intruder, victim: Victim) -> None:
        says(await eve.presses(victim, custom_id.format(job=victim.job, message=victim.message.id)), key)

    return attack


def sends(custom_id: str, key: str, **fields: str) -> Attack:
    async def attack(eve: Intruder, victim: Victim) -> None:
        names = {"job": victim.job, "message": victim.message.id, "channel": victim.message.channel.id}
        answer = await eve.sends(victim, custom_id.format(member=victim.member_id, **names), **fields)
        await answer.said(timeout=15)
        replies = [answer.original, *answer.followups]
        assert any(message is not None and sentence(key).fullmatch(message.content) for message in replies), replies

    return attack


def types(name: str, /, **options: str) -> Attack:
    """Return an attack by command, with the id wherever a text is accepted."""

    async def attack(eve: Intruder, victim: Victim) -> None:
        values = {key: value.format(job=victim.job, message=victim.message.id) for key, value in options.items()}
        picture = {"image": upload("cat.jpg", cat())} if name == "edit" else {}
        member = {"member": eve.server.ben} if name in ("block add", "block remove") else {}
        interaction = await eve.eve.command(eve.thread, name, **picture, **member, **values)
        await interaction.said(timeout=15)
        job = job_in(interaction.message) if name in ("edit", "imagine") else None
        if job is not None:
            await eve.server.picture(job)

    return attack


def turns(scope: str) -> Attack:
    """Return an attack that turns to a page of a history."""

    async def attack(eve: Intruder, victim: Victim) -> None:
        planted = eve.planted(victim, f"past1:{scope}:0")
        await eve.eve.press(planted, "Odd")
        await eve.server.world.until(lambda: planted.embeds, timeout=10)
        assert victim.prompt not in str(planted.embeds)

    return attack


def suggests(name: str, option: str) -> Attack:
    async def attack(eve: Intruder, victim: Victim) -> None:
        for typed in (victim.job, STYLE, ""):
            offered = await eve.eve.autocomplete(eve.thread, name, option, typed)
            assert STYLE not in str(offered)

    return attack


async def replies(eve: Intruder, victim: Victim) -> None:
    """Reply to a message with the exact mark, and to a refusal that repeats the id: only Eve's picture is used."""
    await _spoken(eve, await eve.eve.reply(eve.planted(victim), "now at night"))
    text = f"{eve.server.world.bot.mention} {victim.job}"
    await eve.server.rule("Blocked words", words=f"{victim.job}\n-# {victim.job}.2")
    refused = await _answer(eve, await eve.eve.says(eve.thread, text))
    assert sentence("refused-rule-word").fullmatch(refused.content)
    await eve.server.rule("Blocked words", words="")
    await _spoken(eve, await eve.eve.reply(refused, "now at night"))


async def mentions(eve: Intruder, victim: Victim) -> None:
    eve.planted(victim)
    await _spoken(eve, await eve.eve.says(eve.thread, f"{eve.server.world.bot.mention} now at night"))


async def hears(eve: Intruder, victim: Victim) -> None:
    await replies(eve, victim)
    await mentions(eve, victim)


async def _answer(eve: Intruder, request: Message) -> Message:
    return await first_reply(eve.server.world, request)


async def _spoken(eve: Intruder, request: Message) -> None:
    """Check that Eve's order is painted from her own picture, and delete the planted messages."""
    card = await _answer(eve, request)
    picture = await eve.server.picture(job_in(card))
    assert picture.channel is eve.thread
    sources = {file.data for file in eve.own.attachments}
    by_bot = [message for message in eve.thread.seen if message.author is eve.stage.world.bot]
    posted = {file.data for message in by_bot for file in message.attachments}
    assert eve.stage.painter.uploads[-1].data in sources | posted
    mention = f"<@{eve.eve.user.id}>"
    for message in [message for message in eve.thread.seen if message.content.startswith(mention)]:
        if message is not eve.own:
            conversation.delete(eve.stage.world, message, "Mod")


async def edits_picture(eve: Intruder, victim: Victim) -> None:
    """Use the menu on a message with the victim's mark: only what is seen there is used, with unknown owner."""
    form = await eve.eve.uses(eve.planted(victim), "Edit this picture")
    assert form.modal is not None
    assert victim.prompt not in str(form.modal)


async def edits_avatar(eve: Intruder, victim: Victim) -> None:
    form = await eve.eve.uses(eve.server.ben.user, "Edit this avatar", eve.thread)
    assert form.modal is not None
    form.modal["custom_id"] = f"form1:avatar:{victim.member_id}:{victim.message.channel.id}"
    says(await eve.eve.fill(form, prompt="in the snow"), "refused-form-old")


async def exports(eve: Intruder, victim: Victim) -> None:
    reply = await (await eve.eve.command(eve.thread, "mydata export")).said(timeout=15)
    assert reply.attachments
    export = reply.attachments[0].data.decode()
    assert not [word for word in (victim.job, victim.prompt, str(victim.message.id)) if word in export]


GONE: Final = "refused-job-gone"
WAYS: Final[dict[str, Attack]] = {
    "hears on_message": hears,
    "hears on_interaction": sends("form1:go:{job}", GONE, prompt="in the snow"),
    "menu Edit this picture": edits_picture,
    "menu Edit this avatar": edits_avatar,
    **{
        f"button job {action}": presses(f"job1:{action}:{{job}}", GONE)
        for action in ("go", "change", "again", "retry", "sharper", "compare", "steps", "cancel", "delete", "report")
    },
    "button job erase": presses("job1:erase:{job}:{message}", GONE),
    **{
        f"button report {action}": presses(f"report1:{action}:{{job}}", "refused-report-gone")
        for action in ("delete", "block", "dismiss")
    },
    "form go": sends("form1:go:{job}", GONE, prompt="in the snow"),
    "form change": sends("form1:change:{job}", GONE, prompt="in the snow"),
    "form menu": sends("form1:menu:{channel}:{message}", "refused-form-old", prompt="in the snow"),
    "form avatar": sends("form1:avatar:{member}:{channel}", "refused-form-old", prompt="in the snow"),
    "form report": sends("form1:report:{job}:{message}", GONE, reason="rude"),
    "form block": sends("form1:block:{job}", "refused-report-gone", reason="rude", days=""),
    "/mydata export": exports,
    "/edit": types("edit", prompt="{job}"),
    "/imagine": types("imagine", prompt="{job}", style=STYLE),
    "/history": types("history", what="here"),
    "/usage": types("usage", what="server"),
    "/audit": types("audit"),
    "/block add": types("block add", reason="{job}"),
    "/block remove": types("block remove"),
    "/block list": types("block list"),
    "/style add": types("style add", name="{job}", words="{{prompt}} {job}"),
    "/style remove": types("style remove", name=STYLE),
    "/server": types("server"),
    "button past here": turns("here"),
    "button past mine": turns("mine"),
    **{
        f"suggests {name} {option}": suggests(name, option)
        for name in ("edit", "imagine")
        for option in ("model", "ratio", "resolution", "style")
    },
    "suggests style remove name": suggests("style remove", "name"),
}
"""For each entry point that could lead to a job or to another server: the attack by it."""

EXEMPT: Final = {
    "/about privacy": "tells the operator's numbers, and knows no job",
    "/mydata delete": "asks whoever uses it about their own data",
    "/mydata pictures": "a member's own choice",
    "/balance": "for operators alone, and knows no job",
    "/operator": "for operators alone",
    "button forget": "its id holds nothing: it forgets whoever presses it",
    "button rules": "its id holds nothing: it opens the rules of the server in which it is pressed",
    "button ownkey set": "its id holds nothing: it asks for a key of the server in which it is pressed",
    "button ownkey remove": "its id holds nothing: it removes the key of the server in which it is pressed",
    "button operator refresh": "for operators alone",
    "button operator begin": "for operators alone",
    "button operator end": "for operators alone",
    "button operator reconcile": "for operators alone",
    "form rules": "its id names a section: it changes the rules of the server in which it is sent",
    "form key": "its id names no server: it stores a key for the server in which it is sent",
    "form maintenance": "for operators alone",
    "hears on_guild_available": "Discord sends it; no member does",
    "hears on_guild_join": "Discord sends it; no member does",
    "hears on_guild_remove": "Discord sends it; no member does",
    "hears on_ready": "Discord sends it; no member does",
    "hears on_shard_ready": "Discord sends it; no member does",
}
"""For each other entry point: why no job's id passes through it."""


@pytest.mark.parametrize("way", WAYS)
async def test_foreign_job_id_reveals_and_uploads_nothing(eve: Intruder, way: str) -> None:
    for kind in KINDS:
        victim = eve.victims[kind]
        since = eve.mark()
        await WAYS[way](eve, victim)
        assert eve.harm(victim, since) == []
        if way.startswith(("button", "form")):
            assert not eve.ordered(since)


async def test_every_entry_point_of_the_bot_is_tried_or_exempt(eve: Intruder) -> None:
    file = Path(eve.stage.settings["WAYS_FILE"])
    ways = set(json.loads(await asyncio.to_thread(file.read_text)))
    assert len(ways) > 50
    assert ways == {*WAYS, *EXEMPT}
