"""The ways by which a covered picture comes in, as a table, and what of an order stands open afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.messages import Upload, upload
from playground.world.places import Message
from playground.world.transcript import Entry
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import Server, first_reply, job_in
from tests.scenarios.support.standing_pictures import FOX, container, file_component, gallery, section, shown_by_app

Json = dict[str, Any]

ELSEWHERE: Final = "https://pictures.example/fox.png"
"""A picture on the web, which Discord's proxy serves."""

COVERED_GALLERY: Final = {"type": 12, "id": 1, "items": [{"media": {"url": FOX}, "spoiler": True}]}
COVERED_SECTION: Final = section(FOX) | {"accessory": {"type": 11, "id": 4, "media": {"url": FOX}, "spoiler": True}}
COVERED_FILE: Final = file_component("cat.jpg") | {"spoiler": True}

Cover = Callable[[int], Upload]
Asked = Interaction | Message


def by_name(wider: int = 0) -> Upload:
    """Return a picture that is covered as every app could do it until 2026."""
    return upload("SPOILER_cat.jpg", cat(wider))


def by_flag(wider: int = 0) -> Upload:
    """Return a picture that is covered as Discord's apps do it now: its name says nothing."""
    return upload("cat.jpg", cat(wider), spoiler=True)


@dataclass(frozen=True, slots=True)
class Way:
    """A way in: ``ask`` lets Ana order from a covered picture. ``scene``: what is there before, which is open."""

    name: str
    ask: Callable[[Server, Cover], Awaitable[Asked]]
    scene: Callable[[Server], Awaitable[None]] | None = None


async def command(server: Server, cover: Cover) -> Asked:
    return await server.order(image=cover(0))


async def second_picture(server: Server, cover: Cover) -> Asked:
    return await server.order(image2=cover(1))


async def menu(server: Server, cover: Cover) -> Asked:
    shared = await server.ben.says(server.channel, "my cat", files=(cover(0),))
    return await _form(server, shared)


async def menu_on_forward(server: Server, cover: Cover) -> Asked:
    elsewhere = server.world.add_channel(server.guild, "elsewhere")
    shared = await server.ben.says(elsewhere, "my cat", files=(cover(0),))
    return await _form(server, await server.ana.forwards(shared, server.channel))


async def menu_on_covered_link(server: Server, _: Cover) -> Asked:
    server.world.external[ELSEWHERE] = (cat(), "image/jpeg")
    embed = {"title": "A fox", "url": ELSEWHERE, "image": {"url": ELSEWHERE}}
    return await _form(server, await server.ben.says(server.channel, f"look: ||{ELSEWHERE}||", embeds=(embed,)))


def menu_on_app(*components: Json, name: str = "cat.jpg") -> Callable[[Server, Cover], Awaitable[Asked]]:
    """Return the menu, used on components that another app has posted."""

    async def ask(server: Server, _: Cover) -> Asked:
        return await _form(server, shown_by_app(server, *components, files=(upload(name, cat()),)))

    return ask


async def menu_on_forwarded_gallery(server: Server, _: Cover) -> Asked:
    posted = shown_by_app(server, COVERED_GALLERY)
    return await _form(server, await server.ana.forwards(posted, server.channel))


async def upload_in_form(server: Server, cover: Cover) -> Asked:
    shared = await server.ben.says(server.channel, "my cat", files=(upload("cat.jpg", cat()),))
    return await _form(server, shared, uploads=cover(1))


async def mention_with_attachment(server: Server, cover: Cover) -> Asked:
    return await server.ana.says(server.thread, f"<@{server.world.bot.id}> and this", files=(cover(1),))


async def open_thread(server: Server) -> None:
    await server.result()
    await server.settled()


async def wish(server: Server, _: Cover) -> Asked:
    return await server.order(spoiler=True)


async def wish_without_a_picture(server: Server, _: Cover) -> Asked:
    return await server.ana.command(server.channel, "imagine", prompt="a fox", spoiler=True)


async def _form(server: Server, message: Message, **fields: object) -> Asked:
    form = await server.ana.uses(message, "Edit this picture")
    return await server.ana.fill(form, prompt="now at night", **fields)


WAYS: Final = (
    Way("/edit", command),
    Way("/edit, second picture", second_picture),
    Way("menu", menu),
    Way("menu on a forward", menu_on_forward),
    Way("menu on a covered link", menu_on_covered_link),
    Way("menu on a gallery", menu_on_app(COVERED_GALLERY)),
    Way("menu on a thumbnail", menu_on_app(COVERED_SECTION)),
    Way("menu on a file component", menu_on_app(COVERED_FILE)),
    Way("menu on a container", menu_on_app(container(gallery(FOX)) | {"spoiler": True})),
    Way(
        "menu on a gallery of a covered file", menu_on_app(gallery("attachment://SPOILER_a.jpg"), name="SPOILER_a.jpg")
    ),
    Way("menu on a forwarded gallery", menu_on_forwarded_gallery),
    Way("upload in a form", upload_in_form),
    Way("mention with an attachment", mention_with_attachment, open_thread),
    Way("option of /edit", wish),
    Way("option of /imagine", wish_without_a_picture),
)


async def card_of(server: Server, asked: Asked) -> Message:
    """Return the card that answers an order."""
    return await asked.said() if isinstance(asked, Interaction) else await first_reply(server.world, asked)


async def painted(server: Server, asked: Asked) -> Message:
    """Return the ordered picture, once all of its order is over."""
    picture = await server.picture(job_in(await card_of(server, asked)))
    await server.settled()
    return picture


def shown(server: Server, since: int = 0) -> list[Entry]:
    """Return what the bot showed in all places since an entry of the transcript, the messages for one member too."""
    entries = server.world.transcript.entries[since:]
    return [entry for entry in entries if entry.who == server.world.bot.name and "open" in entry.facts]


def open_pictures(server: Server, since: int = 0) -> list[str]:
    """Return the pictures that the bot showed open since then."""
    return [name for entry in shown(server, since) for name in entry.facts["open"]]


def covered_files(server: Server, since: int = 0) -> list[str]:
    """Return the names of the files that the bot showed covered since then."""
    files = [file for entry in shown(server, since) for file in entry.facts["attachments"]]
    return [file["name"] for file in files if file["covered"]]


def presses(label: str, **fields: str) -> Callable[[Member, Message], Awaitable[Asked]]:
    """Return the use of a button under a result, with the form that it may open."""

    async def press(member: Member, message: Message) -> Asked:
        pressed = await member.press(message, label)
        return await member.fill(pressed, **fields) if fields else pressed

    return press


async def replies(member: Member, message: Message) -> Asked:
    return await member.says(message.channel, "now at night", reply_to=message)


async def mentions(member: Member, message: Message) -> Asked:
    return await member.says(message.channel, f"<@{member.world.bot.id}> now at night")


async def edits(member: Member, message: Message) -> Asked:
    form = await member.uses(message, "Edit this picture")
    return await member.fill(form, prompt="now at night")


FURTHER: Final = {
    "Go on": presses("Go on", prompt="in snow"),
    "Change": presses("Change", prompt="in rain"),
    "Again": presses("Again"),
    "Sharper": presses("Sharper"),
    "reply": replies,
    "mention": mentions,
    "menu on the result": edits,
}
"""The ways to order from a result."""
