"""Languages: public messages are in the server's language, if it has one; ephemeral ones in the member's."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.i18n import FOLDER
from playground.stage import Stage, launch
from playground.world.members import Member
from playground.world.messages import upload
from playground.world.places import Message
from tests.scenarios.support.pictures import cat
from tests.scenarios.support.server import Server, first_reply, job_in

GERMAN = """
language = Deutsch
card-asked = { $member } bat um
state-accepted = Wird vorbereitet…
state-delivered = Fertig: { $link }
progress-painted = In { $seconds } s gemalt
result = { $member }, hier ist dein Bild.
button-again = Nochmal
hint-prompt = Sag mir, was anders werden soll.
refused-prompt-empty = Sag mir, was anders werden soll: da steht nichts.
rule-language-member = die eigene
refused-rule-count = So viele auf einmal malt dieser Server nicht.
"""


@pytest.fixture
async def server(idle_stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """Start a bot that speaks a second language, as far as these scenarios need it."""
    folder = tmp_path / "locales"
    folder.mkdir()
    (folder / "en.ftl").write_text((FOLDER / "en.ftl").read_text())
    (folder / "de.ftl").write_text(GERMAN)
    # Modules imported earlier have built their tables from the languages of that time.
    monkeypatch.setattr(Stage, "launch", staticmethod(launch))
    await idle_stage.start("tests.support.other_languages", str(folder))
    return Server(idle_stage)


def card_of(message: Message | None) -> Message:
    assert message is not None
    return message


async def test_without_a_rule_each_member_reads_their_own_language(server: Server) -> None:
    lea = Member(server.world, server.world.add_user("Lea", locale="de"))
    server.world.join(lea.user, server.guild)
    for member, words in ((lea, "hier ist dein Bild"), (server.ana, "here is your picture")):
        order = await server.order(by=member)
        assert words in (await server.picture(job_in(order.message))).content


async def test_servers_language_applies_to_everything_public(server: Server) -> None:
    sent = await server.rule("How", language="Deutsch")
    panel = sent.source
    assert panel is not None
    await server.world.until(lambda: "Language of cards and threads: **Deutsch**" in str(panel.embeds))
    order = await server.order()
    card = card_of(order.message)
    assert f"<@{server.ana.user.id}> bat um" in card.text
    picture = await server.picture(job_in(card))
    assert "hier ist dein Bild" in picture.content
    assert "Nochmal" in picture.buttons
    await server.world.until(lambda: "Fertig" in card.text)
    await server.world.until(lambda: any("gemalt" in message.text for message in picture.channel.seen))
    # Also in its thread, to whoever replies.
    reply = await server.ana.says(picture.channel, "in snow", reply_to=picture)
    answer = await first_reply(server.world, reply)
    assert "bat um" in answer.text
    assert "hier ist dein Bild" in (await server.picture(job_in(answer))).content
    await server.ana.says(picture.channel, f"<@{server.world.bot.id}>")
    await server.world.until(lambda: "Sag mir" in picture.channel.seen[-1].content)


async def test_ephemeral_answers_stay_in_the_members_language(server: Server) -> None:
    await server.rule("How", language="Deutsch")
    await server.rule("What", count="1")
    refused = await server.ana.command(
        server.channel, "edit", image=upload("cat.jpg", cat()), prompt="x", model="gpt-4o-image", count=2
    )
    assert "paints at most one picture" in (await refused.said()).content
    await server.rule("How", language="each member’s own")
    order = await server.order()
    assert "here is your picture" in (await server.picture(job_in(order.message))).content
