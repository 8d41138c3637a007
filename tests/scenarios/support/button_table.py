"""The buttons as a table: where each is found, how it is used, and what must come of it."""

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
    """``scene`` leads to the message with the button, ``use`` presses it and fills its form, ``came`` checks the rest.

    ``paints``: it orders a new job. ``for_all``: whoever sees it may use it.
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
    """Press "Delete" and confirm."""
    question = await member.press(message, "Delete")
    assert question.message is not None, question
    return question if not question.message.buttons else await member.press(question.message, "Yes, delete it")


async def report(member: Member, message: Message) -> Interaction:
    """Press "Report" and send the form with a reason."""
    form = await member.press(message, "Report")
    return form if form.modal is None else await member.fill(form, reason="It is *rude*")


# Scenes


async def reportable(server: Server) -> Message:
    """Return a picture in a server that has a channel for reports."""
    channel = server.world.add_channel(server.guild, "reports")
    boss = Member(server.world, server.guild.owner)
    panel = await (await boss.command(server.channel, "server")).said()
    await boss.fill(await boss.select(panel, "Log"), reports_channel=[str(channel.id)])
    return await server.result()


def reports(server: Server) -> list[Message]:
    """Return the messages in the channel for reports."""
    return next(channel.seen for channel in server.guild.channels.values() if channel.name == "reports")


async def result(server: Server) -> Message:
    return await server.result()


async def second_result(server: Server) -> Message:
    """Return a picture that was made from another."""
    first = await server.result()
    answer = await with_form("Go on", "now at night")(server.ana, first)
    return await server.picture(job_in(answer.message))


async def failure(server: Server) -> Message:
    """Return the message about an order that failed at ToAPIs."""
    server.painter.fault("failed:generation_failed", times=1, prompt="a hard one")
    await server.order(prompt="a hard one")
    return await appears(server.world, lambda: _with_button(server, "Try again"))


async def painting(server: Server) -> Message:
    """Return the card of a picture that takes long, when it was bought and asked for."""
    server.painter.fault("slow", times=1, prompt="a slow one")
    order = await server.order(prompt="a slow one")
    assert order.message is not None, order
    job = job_in(order.message)
    await server.world.until(lambda: asked_for(server, job), timeout=20)
    return order.message


def asked_for(server: Server, job: str | None) -> bool:
    """Return whether the bot has polled this job's task."""
    tasks = {task_id for task_id, task in server.painter.tasks.items() if task.request.business_id == job}
    return any(call.route == LOOK and call.params["id"] in tasks for call in server.painter.requests)


def _with_button(server: Server, label: str) -> Message | None:
    messages = (message for thread in server.channel.threads for message in thread.seen)
    return next((message for message in messages if label in message.buttons), None)


# The effects


async def painted_for_presser(server: Server, _: Message, answer: Interaction, by: Member) -> None:
    assert answer.answered, answer
    assert answer.message is not None, answer
    job = job_in(answer.message)
    assert job is not None, answer.message
    assert f"<@{by.user.id}>" in answer.message.text
    picture = await server.picture(job)
    assert picture.pinged == [by.user]
    assert server.charged(job) == 1


async def shown_to_presser(server: Server, _: Message, answer: Interaction, by: Member) -> None:
    reply = await answer.said(timeout=15)
    assert reply.seen_only_by is by.user
    assert len(reply.attachments) == 1, reply
    assert reply.attachments[0].description


async def deleted(server: Server, message: Message, answer: Interaction, by: Member) -> None:
    await server.world.until(lambda: message.deleted, timeout=10)
    card = f"Deleted by <@{by.user.id}>"
    await server.world.until(lambda: any(card in post.text for post in server.channel.seen), timeout=10)
    assert answer.answered, answer
    await server.world.until(lambda: answer.source is not None and answer.source.content == "Deleted.", timeout=10)


async def cancelled(server: Server, card: Message, answer: Interaction, by: Member) -> None:
    says(answer, "cancelled-bought")
    await server.world.until(lambda: f"Called off by <@{by.user.id}>" in card.text, timeout=10)
    assert "it still costs its price" in card.text


async def reported(server: Server, message: Message, answer: Interaction, by: Member) -> None:
    reply = await answer.said(timeout=15)
    assert reply.seen_only_by is by.user
    assert sentence("report-thanks").fullmatch(reply.content), reply
    (post,) = reports(server)
    assert f"<@{by.user.id}>" in str(post.embeds)
    assert f"/{message.channel.id}/{message.id})" in str(post.embeds)
    assert [file.name.startswith("SPOILER_") for file in post.attachments] == [True]


def says(answer: Interaction, key: str) -> None:
    """Check that whoever asked, and nobody else, reads exactly this sentence."""
    assert answer.message is not None, answer
    assert answer.ephemeral, answer.message
    assert sentence(key).fullmatch(answer.message.content), answer.message


def _paints(label: str, scene: Scene, use: Gesture | None = None) -> Button:
    return Button(label, scene, use or one_press(label), painted_for_presser, paints=True)


GO_ON: Final = _paints("Go on", result, with_form("Go on", "now at night"))
CHANGE: Final = _paints("Change", result, with_form("Change", "in the snow"))
AGAIN: Final = _paints("Again", result)
SHARPER: Final = _paints("Sharper", result)
TRY_AGAIN: Final = _paints("Try again", failure)
COMPARE: Final = Button("Compare", result, one_press("Compare"), shown_to_presser)
STEPS: Final = Button("Steps", second_result, one_press("Steps"), shown_to_presser)
DELETE: Final = Button("Delete", result, delete, deleted, for_all=False)
CANCEL: Final = Button("Cancel", painting, one_press("Cancel"), cancelled, for_all=False)

REPORT: Final = Button("Report", reportable, report, reported)

BUTTONS: Final = (GO_ON, CHANGE, AGAIN, SHARPER, TRY_AGAIN, COMPARE, STEPS, DELETE, CANCEL, REPORT)
