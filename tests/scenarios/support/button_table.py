"""The Buttons, as a table: where each is found, what a person does with it, and what has to come of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.places import Message
from tests.scenarios.support.server import LOOK, Server, appears, job_in
from tests.scenarios.support.wording import sentence

Scene = Callable[[Server], Awaitable[Message]]
Gesture = Callable[[Member, Message], Awaitable[Interaction]]
Came = Callable[[Server, Message, Interaction, Member], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Button:
    """``scene`` leads to the message that has it, ``use`` goes as far as one gets, ``came`` waits for what must come.

    ``paints``: a new job comes of it. ``for_all``: whoever sees it may use it.
    """

    label: str
    scene: Scene
    use: Gesture
    came: Came
    paints: bool = False
    for_all: bool = True


def one_press(label: str) -> Gesture:
    async def use(member: Member, message: Message) -> Interaction:
        return await member.press(message, label)

    return use


def with_form(label: str, prompt: str) -> Gesture:
    async def use(member: Member, message: Message) -> Interaction:
        form = await member.press(message, label)
        return form if form.modal is None else await member.fill(form, prompt=prompt)

    return use


async def delete(member: Member, message: Message) -> Interaction:
    """Both presses."""
    asked = await member.press(message, "Delete")
    assert asked.message is not None, asked
    return asked if not asked.message.buttons else await member.press(asked.message, "Yes, delete it")


async def report(member: Member, message: Message) -> Interaction:
    """With a reason."""
    form = await member.press(message, "Report")
    return form if form.modal is None else await member.fill(form, reason="It is *rude*")


# Scenes


async def reportable(server: Server) -> Message:
    """A picture in a server that has a channel for reports."""
    channel = server.world.add_channel(server.guild, "reports")
    boss = Member(server.world, server.guild.owner)
    panel = await (await boss.command(server.channel, "server")).said()
    await boss.fill(await boss.select(panel, "Log"), reports_channel=[str(channel.id)])
    return await server.result()


def reports(server: Server) -> list[Message]:
    """What the moderators have to read."""
    return next(one.seen for one in server.guild.channels.values() if one.name == "reports")


async def result(server: Server) -> Message:
    return await server.result()


async def second_result(server: Server) -> Message:
    """A picture that came of another."""
    first = await server.result()
    answer = await with_form("Go on", "now at night")(server.ana, first)
    return await server.picture(job_in(answer.message))


async def failure(server: Server) -> Message:
    """The painter tried in vain."""
    server.painter.fault("failed:generation_failed", times=1, prompt="a hard one")
    await server.order(prompt="a hard one")
    return await appears(server.world, lambda: _with_button(server, "Try again"))


async def painting(server: Server) -> Message:
    """The card of a picture that takes long: bought, and asked for."""
    server.painter.fault("slow", times=1, prompt="a slow one")
    order = await server.order(prompt="a slow one")
    assert order.message is not None, order
    job = job_in(order.message)
    await server.world.until(lambda: asked_for(server, job), timeout=20)
    return order.message


def asked_for(server: Server, job: str | None) -> bool:
    """Whether the bot has asked how this job's painting is getting on."""
    tasks = {task for task, one in server.painter.tasks.items() if one.commission.business_id == job}
    return any(call.route == LOOK and call.params["id"] in tasks for call in server.painter.requests)


def _with_button(server: Server, label: str) -> Message | None:
    return next((one for place in server.channel.threads for one in place.seen if label in one.buttons), None)


# What comes of it


async def painted_for_whoever_pressed(server: Server, _: Message, answer: Interaction, by: Member) -> None:
    assert answer.answered, answer
    assert answer.message is not None, answer
    job = job_in(answer.message)
    assert job is not None, answer.message
    assert f"<@{by.user.id}>" in answer.message.text
    picture = await server.picture(job)
    assert picture.pinged == [by.user]
    assert server.charged(job) == 1


async def shown_to_whoever_pressed(server: Server, _: Message, answer: Interaction, by: Member) -> None:
    said = await answer.said(timeout=15)
    assert said.seen_only_by is by.user
    assert len(said.attachments) == 1, said
    assert said.attachments[0].description


async def deleted(server: Server, message: Message, answer: Interaction, by: Member) -> None:
    await server.world.until(lambda: message.deleted, timeout=10)
    card = f"Deleted by <@{by.user.id}>"
    await server.world.until(lambda: any(card in one.text for one in server.channel.seen), timeout=10)
    assert answer.answered, answer
    await server.world.until(lambda: answer.source is not None and answer.source.content == "Deleted.", timeout=10)


async def cancelled(server: Server, card: Message, answer: Interaction, by: Member) -> None:
    says(answer, "cancelled-bought")
    await server.world.until(lambda: f"Called off by <@{by.user.id}>" in card.text, timeout=10)
    assert "it still costs its price" in card.text


async def reported(server: Server, message: Message, answer: Interaction, by: Member) -> None:
    said = await answer.said(timeout=15)
    assert said.seen_only_by is by.user
    assert sentence("report-thanks").fullmatch(said.content), said
    (told,) = reports(server)
    assert f"<@{by.user.id}>" in str(told.embeds)
    assert f"/{message.channel.id}/{message.id})" in str(told.embeds)
    assert [file.name.startswith("SPOILER_") for file in told.attachments] == [True]


def says(answer: Interaction, key: str) -> None:
    """Whoever asked, and nobody else, reads exactly this sentence."""
    assert answer.message is not None, answer
    assert answer.ephemeral, answer.message
    assert sentence(key).fullmatch(answer.message.content), answer.message


def _paints(label: str, scene: Scene, use: Gesture | None = None) -> Button:
    return Button(label, scene, use or one_press(label), painted_for_whoever_pressed, paints=True)


GO_ON: Final = _paints("Go on", result, with_form("Go on", "now at night"))
CHANGE: Final = _paints("Change", result, with_form("Change", "in the snow"))
AGAIN: Final = _paints("Again", result)
SHARPER: Final = _paints("Sharper", result)
TRY_AGAIN: Final = _paints("Try again", failure)
COMPARE: Final = Button("Compare", result, one_press("Compare"), shown_to_whoever_pressed)
STEPS: Final = Button("Steps", second_result, one_press("Steps"), shown_to_whoever_pressed)
DELETE: Final = Button("Delete", result, delete, deleted, for_all=False)
CANCEL: Final = Button("Cancel", painting, one_press("Cancel"), cancelled, for_all=False)

REPORT: Final = Button("Report", reportable, report, reported)

BUTTONS: Final = (GO_ON, CHANGE, AGAIN, SHARPER, TRY_AGAIN, COMPARE, STEPS, DELETE, CANCEL, REPORT)
