"""The ways to order, as a table: how a member asks for a picture, and how many pictures it is painted from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.messages import upload
from playground.world.places import Channel, Message
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import CREATE, Server, first_reply, job_in

ELSEWHERE: Final = "https://pictures.example/fox.png"
"""A picture on the web. Nothing listens at this address: it is reached through Discord's proxy, or not at all."""

NAMES: Final = ("one", "two", "three", "four", "five", "six")


@dataclass(slots=True)
class Place:
    """A channel or thread on a server. ``begins_at`` is the message that the way begins at, if any."""

    server: Server
    channel: Channel
    begins_at: Message | None = None
    form: Interaction | None = None

    @property
    def message(self) -> Message:
        assert self.begins_at is not None  # set by the way's scene
        return self.begins_at


Request = Interaction | Message


@dataclass(frozen=True, slots=True)
class Way:
    """``scene`` prepares, ``begin`` opens a form where there is one, ``ask`` sends the order.

    ``sources``: how many pictures it is painted from. ``in_thread``: it begins only in a thread of the bot's.
    """

    name: str
    ask: Callable[[Place, Member], Awaitable[Request]]
    sources: int
    scene: Callable[[Place], Awaitable[None]] | None = None
    begin: Callable[[Place, Member], Awaitable[Interaction]] | None = None
    in_thread: bool = False

    async def prepare(self, server: Server, *, in_thread: bool = False) -> Place:
        """Return the place to order in: a thread of the bot's where that is needed or wished, else the channel."""
        if not (in_thread or self.in_thread):
            place = Place(server, server.channel)
        else:
            result = await server.result()
            place = Place(server, result.channel, result)
        if self.scene is not None:
            await self.scene(place)
        return place

    async def go(self, place: Place, member: Member) -> Request:
        """Order from the beginning to the end; stop where the bot refuses."""
        if self.begin is not None:
            place.form = await self.begin(place, member)
            if place.form.modal is None:
                return place.form
        return await self.ask(place, member)


async def answer_to(place: Place, request: Request) -> Message:
    """Return the bot's first answer: the card, or the refusal."""
    world = place.server.world
    if isinstance(request, Interaction):
        assert not request.failed, request
        return await request.said()
    return await first_reply(world, request)


async def painted(place: Place, request: Request, by: Member, way: Way) -> Message:
    """Return the ordered picture: paid once, from the right number of sources, and with a ping for whoever asked."""
    card = await answer_to(place, request)
    assert not card.ephemeral, card
    job = job_in(card)
    picture = await place.server.picture(job)
    assert f"<@{by.user.id}>" in card.text
    assert picture.pinged == [by.user]
    assert place.server.charged(job) == 1
    assert sources(place.server, job) == way.sources
    return picture


def sources(server: Server, job: str | None) -> int:
    """Count the source pictures that ToAPIs was given for this job."""
    bodies = [call.json for call in server.painter.requests if call.route == CREATE]
    (body,) = [sent for sent in bodies if sent["client_business_id"] == job]
    return len(body.get("image_urls") or body.get("reference_images") or ())


def command(name: str, **options: Any) -> Callable[[Place, Member], Awaitable[Request]]:
    async def ask(place: Place, member: Member) -> Request:
        return await member.command(place.channel, name, prompt="as a poster", **options)

    return ask


def fill(**fields: Any) -> Callable[[Place, Member], Awaitable[Request]]:
    async def ask(place: Place, member: Member) -> Request:
        assert place.form is not None  # ``begin`` opened it
        return await member.fill(place.form, prompt="as a poster", **fields)

    return ask


async def shared_pictures(place: Place) -> None:
    """Let Ben share three pictures, which the bot can't read by itself."""
    files = tuple(upload(f"{name}.jpg", cat(wider)) for wider, name in enumerate(("cat", "dog", "fox")))
    place.begins_at = await place.server.ben.says(place.channel, "look", files=files)


async def shared_link(place: Place) -> None:
    """Let Ben share a link that Discord has unfurled."""
    place.server.world.external[ELSEWHERE] = (cat(), "image/jpeg")
    embed = {"title": "A fox", "image": {"url": ELSEWHERE}}
    place.begins_at = await place.server.ben.says(place.channel, ELSEWHERE, embeds=(embed,))


async def open_menu(place: Place, member: Member) -> Interaction:
    return await member.uses(place.message, "Edit this picture")


async def open_avatar(place: Place, member: Member) -> Interaction:
    return await member.uses(place.server.ben.user, "Edit this avatar", place.channel)


async def reply(place: Place, member: Member) -> Request:
    return await member.says(place.channel, "now at night", reply_to=place.message)


def mention(*names: str) -> Callable[[Place, Member], Awaitable[Request]]:
    async def ask(place: Place, member: Member) -> Request:
        files = tuple(upload(f"{name}.jpg", cat(5)) for name in names)
        return await member.says(place.channel, f"<@{place.server.world.bot.id}> now at night", files=files)

    return ask


_SIX: Final = {f"image{n if n > 1 else ''}": upload(f"{name}.jpg", cat(n)) for n, name in enumerate(NAMES, 1)}

EDIT: Final = Way("/edit with six pictures", command("edit", **_SIX), sources=6)
IMAGINE: Final = Way("/imagine", command("imagine"), sources=0)
ATTACHMENT: Final = Way("message menu", fill(), sources=1, scene=shared_pictures, begin=open_menu)
EMBED: Final = Way("message menu, embed", fill(), sources=1, scene=shared_link, begin=open_menu)
PICK: Final = Way("message menu, pick", fill(picked="2. dog.jpg"), sources=1, scene=shared_pictures, begin=open_menu)
EXTRA: Final = Way(
    "message menu, upload",
    fill(uploads=upload("hat.jpg", cat(9))),
    sources=2,
    scene=shared_pictures,
    begin=open_menu,
)
AVATAR: Final = Way("avatar menu", fill(), sources=1, begin=open_avatar)
REPLY: Final = Way("reply", reply, sources=1, in_thread=True)
MENTION: Final = Way("mention", mention(), sources=1, in_thread=True)
ATTACHED: Final = Way("mention with attachments", mention("hat", "scarf"), sources=3, in_thread=True)

WAYS: Final = (EDIT, IMAGINE, ATTACHMENT, EMBED, PICK, EXTRA, AVATAR, REPLY, MENTION, ATTACHED)
