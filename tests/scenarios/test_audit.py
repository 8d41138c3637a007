"""/audit: every action of the moderators, as lines and as a file."""

from __future__ import annotations

import csv
import io

import pytest

from playground.world.typed_command import CannotDo
from tests.scenarios.support.button_table import delete
from tests.scenarios.support.moderation import ModeratedServer, blocks
from tests.scenarios.test_server_panel import changed, owner

DATABASE = "sqlite"
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_audit_lists_all_actions_and_exports_them_without_spreadsheet_formulas(
    moderated: ModeratedServer,
) -> None:
    server = moderated.server
    result = await server.result()
    await moderated.reported(result)
    await moderated.mod.press(moderated.report, "Dismiss")
    await moderated.until(moderated.report, "**Dismissed**")
    await blocks(moderated, "add", member=server.ben, reason='=HYPERLINK("http://evil")', days=1)
    await blocks(moderated, "remove", member=server.ben)
    await delete(moderated.mod, result)
    await moderated.logged("deleted a picture of")
    await changed(server, "Pace", cooldown="5")
    with pytest.raises(CannotDo):
        await moderated.mod.command(server.channel, "audit")
    reply = await (await owner(server).command(server.channel, "audit")).said(timeout=15)
    assert reply.ephemeral
    lines = reply.content.splitlines()[1:]
    assert "changed “Seconds between two orders of a member” from no limit to 5" in lines[0]
    mod = f"<@{moderated.mod.user.id}>"
    ana, ben = (f"<@{member.user.id}>" for member in (server.ana, server.ben))
    assert [line.split(" <t:")[0] for line in lines[1:5]] == [
        f"- {mod} deleted a picture of {ana}",
        f"- {mod} lifted the block of {ben}",
        f"- {mod} blocked {ben} until",
        f"- {mod} dismissed the reports of a picture of {ana}",
    ]
    (file,) = reply.attachments
    rows = list(csv.DictReader(io.StringIO(file.data.decode())))
    assert [row["action"] for row in rows][:5] == [
        "rule-changed", "picture-deleted", "member-unblocked", "member-blocked", "report-dismissed"
    ]  # fmt: skip
    assert rows[3]["reason"] == '\'=HYPERLINK("http://evil")'
    assert (rows[0]["rule"], rows[0]["old"], rows[0]["new"]) == ("cooldown", "0", "5")
    assert rows[4]["member_id"] == str(server.ana.user.id)
    assert rows[4]["link"].endswith(f"/{result.channel.id}/{result.id}")
    assert {row["rule"] for row in rows[5:]} == {"log_channel", "reports_channel"}
